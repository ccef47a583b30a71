"""A chart as a picture: what stands in it, its drawing, and the same numbers as a table and as a sentence."""

import math
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from typing import Any
from xml.etree.ElementTree import Element

WIDTH, HEIGHT = 760, 380
#: A row of a chart of dots needs so much.
DOT_ROW, DOT_FRAME = 34, 80
LONGEST_LABEL = 30
_SVG = "{http://www.w3.org/2000/svg}"
_FONT_PIXELS = 13
#: A picture is printed and sent: it is dressed for paper. Pages dress the same classes by their own sheet.
_DRESS = """
text { font-family: "Noto Sans", "Noto Sans Arabic"; font-size: 13px; fill: #505c68; stroke: none; }
.title { font-size: 17px; font-weight: 600; fill: #17212b; text-anchor: middle; }
.background { fill: #ffffff; }
.axis.x text, .value { text-anchor: middle; }
.axis.y text { text-anchor: end; }
.value { fill: #17212b; }
.line { fill: none; stroke: #d5dce3; stroke-width: 1; }
.guide { stroke: #e5eaef; }
.series .line { stroke-width: 3; }
.color-0 .line { stroke: COLOUR0; } .color-1 .line { stroke: COLOUR1; } .color-2 .line { stroke: COLOUR2; }
.color-0, .color-0 .dot, .color-0 .rect { fill: COLOUR0; }
.color-1, .color-1 .dot, .color-1 .rect { fill: COLOUR1; }
.color-2, .color-2 .dot, .color-2 .rect { fill: COLOUR2; }
.series .line { fill: none; }
.dot-graph .dot { fill: #b5ded9; }
"""
#: What a series means, by its place: good or the lower, bad or the higher, at rest.
_COLOURS = {"line": ("#0f766e", "#9a4a05", "#8592a0"), "stack": ("#0f766e", "#b42318", "#8592a0")}


class Kind(StrEnum):
    LINE = "line"
    STACK = "stack"
    #: Rows and columns, a dot for each number.
    DOTS = "dots"


@dataclass(frozen=True, slots=True)
class Series:
    """One line, one colour of the bars, one row of dots."""

    name: str
    #: One for each label of the chart; None: there is nothing to count.
    values: Sequence[float | None]
    #: The same as people read it.
    shown: Sequence[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Chart:
    """Everything that a chart says, in the reader's words."""

    kind: Kind
    title: str
    #: One or two sentences with the numbers that matter: what somebody hears who does not see it.
    summary: str
    #: Over the column of labels.
    corner: str
    labels: Sequence[str]
    #: The labels in short, for the drawing; empty: as they are.
    ticks: Sequence[str] = ()
    series: Sequence[Series]
    #: Stands in the table and would only dwarf the rest of the drawing.
    rest: Sequence[Series] = ()

    @property
    def empty(self) -> bool:
        return not any(value for each in self.series for value in each.values)


def svg(chart: Chart) -> str:
    """For a page: no script, no style and no title of its own; the page's sheet dresses its classes."""
    return _drawn(chart, titled=False)


def picture(chart: Chart) -> str:
    """For paper and chat: with its title, dressed."""
    return _drawn(chart, titled=True)


@cache
def _library() -> Any:
    """Loaded when something is first drawn. Its hook for old plug-ins, which slows every later import, goes again."""
    import pygal  # noqa: PLC0415
    import pygal.style  # noqa: PLC0415

    sys.meta_path[:] = [each for each in sys.meta_path if type(each).__module__ != pygal.__name__]
    return pygal


def _drawn(chart: Chart, *, titled: bool) -> str:
    pygal = _library()
    sizes = dict.fromkeys(("label_font_size", "major_label_font_size", "value_font_size"), _FONT_PIXELS)
    style = pygal.style.Style(font_family="Noto Sans", title_font_size=17, legend_font_size=_FONT_PIXELS, **sizes)
    frame = pygal.Config(
        js=(),
        css=(),
        no_prefix=True,
        classes=("drawing",),
        disable_xml_declaration=True,
        style=style,
        width=WIDTH,
        height=DOT_FRAME + DOT_ROW * max(2, len(chart.series)) if chart.kind is Kind.DOTS else HEIGHT,
        title=chart.title if titled else None,
        legend_at_bottom=True,
        legend_at_bottom_columns=3,
        legend_box_size=13,
        show_legend=chart.kind is not Kind.DOTS,
        truncate_legend=-1,
        dots_size=4,
        x_labels=[_short(each) for each in chart.ticks or chart.labels],
        y_labels=_whole_steps(chart) if chart.kind is Kind.STACK else None,
        allow_interruptions=True,
        print_values=chart.kind is Kind.DOTS,
        print_zeroes=False,
        include_x_axis=True,
        no_data_text="",
    )
    made = {Kind.LINE: pygal.Line, Kind.STACK: pygal.StackedBar, Kind.DOTS: pygal.Dot}[chart.kind](frame)
    for each in chart.series:
        made.add(_short(each.name), [None if value is None else round(value, 2) for value in each.values])
    made.add_xml_filter(lambda root: _dressed(root, chart) if titled else _bare(root))
    return str(made.render(is_unicode=True))


def _whole_steps(chart: Chart) -> list[int]:
    """Marks of an axis that counts things: whole numbers, at most eight of them."""
    stacks = zip(*([value or 0 for value in each.values] for each in chart.series), strict=True)
    top = math.ceil(max((sum(stack) for stack in stacks), default=0))
    step = max(1, math.ceil(top / 7))
    return list(range(0, top + step, step))


def _bare(root: Element) -> Element:
    """Without what a page must not take from elsewhere, and without tooltips that need a script."""
    unwanted = {f"{_SVG}{name}" for name in ("script", "style", "desc", "title", "defs")} | {"desc", "title", "defs"}
    for parent in list(root.iter()):
        for child in list(parent):
            tooltip = "tooltip-overlay" in child.get("class", "")
            if child.tag in unwanted or not isinstance(child.tag, str) or tooltip:
                parent.remove(child)
    root.attrib.pop("id", None)
    return root


def _dressed(root: Element, chart: Chart) -> Element:
    bare = _bare(root)
    style = Element("style")
    style.text = _DRESS
    for place, colour in enumerate(_COLOURS.get(chart.kind, _COLOURS["line"])):
        style.text = style.text.replace(f"COLOUR{place}", colour)
    bare.insert(0, style)
    return bare


def _short(name: str) -> str:
    return name if len(name) <= LONGEST_LABEL else f"{name[: LONGEST_LABEL - 1].rstrip()}…"


def table(chart: Chart) -> Sequence[tuple[str, Sequence[str]]]:
    """The same numbers: a row for each label, a column for each series; dots the other way round."""
    if chart.kind is Kind.DOTS:
        return [(each.name, each.shown) for each in (*chart.series, *chart.rest)]
    return [(label, [each.shown[place] for each in chart.series]) for place, label in enumerate(chart.labels)]


def columns(chart: Chart) -> Sequence[str]:
    """The heads of the table's columns, without the first."""
    return chart.labels if chart.kind is Kind.DOTS else [each.name for each in chart.series]
