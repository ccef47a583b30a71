"""Charts in words and as drawings: every language, nothing lost, nothing that could run."""

import hashlib
from datetime import UTC, datetime
from pathlib import Path

import pytest

from adapters.exports import insight_charts
from adapters.exports.charts import Chart, Kind, Series, columns, picture, svg, table
from adapters.exports.insight_charts import Wording
from adapters.renderer import Renderer
from bot.core.insight import (
    Ages,
    AnswerTimes,
    FirstAnswers,
    Hands,
    Month,
    Numbers,
    Promises,
    TopicRegions,
    age_edges,
    last_months,
    ranked,
)
from config import world as worlds

WORLD = worlds.load(None)
SAY = Renderer(WORLD).sentence
FONTS = Path(__file__).resolve().parents[2] / "templates" / "vendor" / "fonts"
MONTHS = last_months(datetime(2026, 1, 31, tzinfo=UTC), 3)
TIMES = AnswerTimes(
    months=[FirstAnswers(month=each, answered=2, median_hours=3.25, ninetieth_hours=20.75) for each in MONTHS],
    answered=6,
    median_hours=3.25,
    ninetieth_hours=20.75,
)
PROMISES = [Promises(month=each, kept=9, broken=1, running=2) for each in MONTHS]
AGES = [Ages(from_days=0, to_days=1, numbers=dict.fromkeys(Hands, 2))]
PLACES = TopicRegions(topics=["shelter", ""], regions=["EHA", ""], numbers={("shelter", "EHA"): 4, ("", ""): 1})


def drawn(counted: object, language: str = "en") -> Chart:
    return insight_charts.made(Wording(WORLD, language, SAY), Numbers(MONTHS, counted))  # type: ignore[arg-type]


def test_months_cross_the_year() -> None:
    """January is preceded by December of the year before."""
    assert [str(each) for each in MONTHS] == ["2025-11", "2025-12", "2026-01"]


@pytest.mark.parametrize("text", ["", "2026", "2026-13", "2026-00", "26-11", "2026-1", "2026-11-01", "٢٠٢٦-11"])
def test_what_is_no_month(text: str) -> None:
    """An address says 2026-11 or nothing."""
    assert Month.read(text) is None


@pytest.mark.parametrize(
    ("steps", "share", "expected"),
    [
        ({}, 0.5, None),
        ({3: 1}, 0.9, 1.75),
        ({0: 5, 10: 5}, 0.5, 0.25),
        ({0: 5, 10: 5}, 0.9, 5.25),
        ({1: 9, 8: 1}, 0.9, 0.75),
    ],
)
def test_ranks(steps: dict[int, int], share: float, expected: float | None) -> None:
    """The nearest rank, at the middle of its half hour."""
    assert ranked(steps, share) == expected


def test_ages_leave_no_gap() -> None:
    """Where one ends the next begins, and the last has no end."""
    edges = age_edges(datetime(2026, 1, 31, tzinfo=UTC))
    assert [end for _, end, _, _ in edges[:-1]] == [begin for begin, _, _, _ in edges[1:]]
    assert edges[-1][1] is None


@pytest.mark.parametrize("language", ["en", "fr", "es"])
@pytest.mark.parametrize("counted", [TIMES, PROMISES, AGES, PLACES], ids=["times", "promises", "ages", "places"])
def test_a_table_says_what_the_drawing_shows(counted: object, language: str) -> None:
    """As many cells as there are numbers, each under a head."""
    chart = drawn(counted, language)
    heads, rows = columns(chart), table(chart)
    assert rows
    assert {len(cells) for _, cells in rows} == {len(heads)}
    assert len(rows) * len(heads) == sum(len(each.values) for each in chart.series)


@pytest.mark.parametrize(
    ("language", "expected"),
    [
        ("en", "Nov 2025 to Jan 2026: 27 promises kept, 3 not kept: 90 % kept. 6 are still running."),
        ("fr", "nov. 2025 à janv. 2026 : 27 promesses tenues, 3 non tenues : 90 % tenues. 6 sont encore en cours."),
        ("es", "De nov 2025 a ene 2026: 27 promesas cumplidas, 3 no cumplidas: 90 % cumplidas. 6 siguen en curso."),
    ],
)
def test_a_sentence_says_what_matters(language: str, expected: str) -> None:
    """Whoever does not see the chart hears its numbers."""
    assert drawn(PROMISES, language).summary.replace("\u00a0", " ") == expected


def test_nothing_is_said_to_be_nothing() -> None:
    """No time, no share: a sentence says so."""
    none = AnswerTimes(months=TIMES.months, answered=0, median_hours=None, ninetieth_hours=None)
    assert drawn(none).summary == "Nov 2025 to Jan 2026: there is nothing to count yet."


def test_names_are_text_in_a_drawing() -> None:
    """Whatever an office calls its topics."""
    chart = Chart(
        kind=Kind.DOTS,
        title="<script>1</script>",
        summary="",
        corner="",
        labels=['"><img src=x>'],
        series=[Series("<b onload=1>&", [3], ["3"])],
    )
    for drawing in (svg(chart), picture(chart)):
        assert "<script" not in drawing
        assert "<b " not in drawing
        assert "<img" not in drawing


def test_a_page_gets_a_drawing_without_style() -> None:
    """The console's policy allows no style and no script in a page."""
    drawing = svg(drawn(TIMES))
    assert "<style" not in drawing
    assert "style=" not in drawing


def test_small_topics_stand_together_in_the_table() -> None:
    """The largest are drawn; nothing is lost in the sum, which would dwarf them."""
    many = TopicRegions(
        topics=[f"t{n}" for n in range(20)], regions=["EHA"], numbers={(f"t{n}", "EHA"): 1 for n in range(20)}
    )
    chart = drawn(many)
    assert (len(chart.series), table(chart)[-1]) == (14, ("all other topics", ["6"]))


@pytest.mark.parametrize("language", ["en", "fr", "es"])
def test_a_picture_for_chat(language: str) -> None:
    """Drawn with fonts of our own, wherever it runs."""
    made = insight_charts.draw_chart(WORLD, SAY, Numbers(MONTHS, PLACES), language)
    assert (made.png[:8], len(made.png) > 5000) == (b"\x89PNG\r\n\x1a\n", True)


def test_fonts_are_what_the_list_says() -> None:
    """Version and SHA-256 of every font stand beside it."""
    lines = [line.split() for line in (FONTS / "VERSIONS.txt").read_text().splitlines() if not line.startswith("#")]
    listed = {name: digest for _, _, _, digest, name in lines}
    assert {file.name: hashlib.sha256(file.read_bytes()).hexdigest() for file in FONTS.glob("*.ttf")} == listed
