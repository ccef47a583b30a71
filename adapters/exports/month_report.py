"""The report of a month in a reader's words: the same sections for the screen, for a file and for paper."""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

import jinja2
from babel import Locale
from babel.dates import format_date, format_datetime

from adapters.exports import charts, insight_charts
from adapters.exports.charts import Chart
from adapters.exports.insight_charts import Wording
from adapters.exports.typeset import TEMPLATES, pdf
from bot.core.message import Fields
from bot.core.month_report import MOST_LINES, SILENT_DAYS, MonthReport, Unhappy
from bot.core.query import QueryOutcome


@dataclass(frozen=True, slots=True)
class Sheet:
    """A table: heads, rows of as many cells; the first cell of each row names it."""

    title: str
    heads: Sequence[str]
    rows: Sequence[Sequence[str]]


@dataclass(frozen=True, slots=True)
class Section:
    """One heading and what stands under it."""

    heading: str
    paragraphs: Sequence[str] = ()
    sheets: Sequence[Sheet] = ()
    charts: Sequence[Chart] = ()


@dataclass(frozen=True, slots=True)
class Page:
    """A report to be read from above to below."""

    title: str
    subtitle: str
    language: str
    #: What matters, in sentences.
    lead: Sequence[str]
    sections: Sequence[Section] = field(default_factory=tuple)


@dataclass(frozen=True, slots=True)
class Writer:
    """Puts a report into words."""

    word: Wording

    def say(self, key: str, /, **fields: str | int) -> str:
        return self.word.say(self.word.language, f"month.{key}", fields)

    def number(self, value: float | None, digits: int = 0) -> str:
        return self.word.number(value, digits)

    def desk(self, desk: str) -> str:
        fields: Fields = {"desk": desk, "zone": "UTC"}
        name = self.word.say(self.word.language, "canned.desk", fields)
        return name[:1].upper() + name[1:]

    def heads(self, *keys: str) -> list[str]:
        return [self.say(f"head_{key}") for key in keys]

    def page(self, report: MonthReport) -> Page:
        """The whole report."""
        locale = Locale.parse(self.word.language)
        name = str(format_date(report.month.begins, "LLLL y", locale=locale))
        at = str(format_datetime(report.counted_at, "d MMMM y, HH:mm", locale=locale))
        return Page(
            title=self.say("title", month=name[:1].upper() + name[1:]),
            subtitle=self.say("subtitle", at=at),
            language=self.word.language,
            lead=self._lead(report),
            sections=[
                self._volumes(report),
                self._promises(report),
                self._silence(report),
                self._unhappy(report),
                Section(self.say("counted"), [self.say("counted_what", days=SILENT_DAYS)]),
            ],
        )

    def _lead(self, report: MonthReport) -> list[str]:
        kept, times = report.kept, report.times
        said = [self.say("lead_asked", n=self.number(report.asked), before=self.number(report.asked_before))]
        if kept.share is not None:
            broken = {"broken": self.number(kept.broken), "kept": self.number(kept.kept)}
            said.append(self.say("lead_kept", share=self.number(kept.share), **broken))
        if times.answered:
            hours = {"median": times.median_hours, "ninetieth": times.ninetieth_hours}
            said.append(self.say("lead_times", **{name: self.number(each, 1) for name, each in hours.items()}))
        silent = sum(each.silent for each in report.regions)
        never = sum(each.never for each in report.regions)
        said.append(self.say("lead_silent", silent=self.number(silent), never=self.number(never), days=SILENT_DAYS))
        said.append(self.say("lead_unhappy", n=self.number(report.grieved), most=MOST_LINES))
        return said

    def _volumes(self, report: MonthReport) -> Section:
        if not report.asked:
            return Section(self.say("volumes"), [self.say("nothing")])
        desks = [
            [self.desk(each.desk), *map(self.number, (each.asked, each.answered, each.kept, each.broken))]
            for each in report.desks
        ]
        heads = self.heads("desk", "asked", "answered", "kept", "broken")
        known = ("", *QueryOutcome, "unsaid")
        ends = [[self.say(f"outcome_{each or 'open'}"), self.number(report.outcomes.get(each, 0))] for each in known]
        ways = [[name.capitalize(), self.number(n)] for name, n in sorted(report.accounts.items())]
        return Section(
            self.say("volumes"),
            sheets=[
                Sheet(self.say("by_desk"), heads, desks),
                Sheet(self.say("by_outcome"), self.heads("outcome", "number"), ends),
                Sheet(self.say("by_way"), self.heads("way", "number"), ways),
            ],
            charts=[insight_charts.topics(self.word, report.topics, [report.month])],
        )

    def _promises(self, report: MonthReport) -> Section:
        chart = insight_charts.promise(self.word, report.promises)
        rows = [
            [self.word.month(each.month), *map(self.number, (each.kept, each.broken, each.running, each.share))]
            for each in reversed(report.promises)
        ]
        heads = self.heads("month", "kept", "broken", "running", "share")
        return Section(self.say("promises"), [chart.summary], [Sheet(chart.title, heads, rows)], [chart])

    def _silence(self, report: MonthReport) -> Section:
        rows = [
            [self.word.region(each.region), *map(self.number, (each.partners, each.wrote, each.silent, each.never))]
            for each in report.regions
        ]
        sheets = [
            Sheet(self.say("by_region"), self.heads("region", "partners", "wrote", "silent", "never"), rows),
        ]
        locale = Locale.parse(self.word.language)
        names = [
            [
                each.name,
                each.organisation,
                str(locale.territories.get(each.country, each.country)),
                str(format_date(each.last, "d MMM y", locale=locale)),
            ]
            for each in report.silent
        ]
        if names:
            heads = self.heads("organisation", "id", "country", "last")
            sheets.append(Sheet(self.say("longest_silent"), heads, names))
        return Section(self.say("silence"), [self.say("silence_what", days=SILENT_DAYS)], sheets)

    def _unhappy(self, report: MonthReport) -> Section:
        counts = [[self.say(f"why_{why}"), self.number(report.unhappy[why])] for why in Unhappy]
        sheets = [Sheet(self.say("signs"), self.heads("sign", "number"), counts)]
        rows = [
            [
                each.reference,
                each.organisation or self.say("not_named"),
                self.word.topic(each.topic),
                self.desk(each.desk),
                ", ".join(self.say(f"why_{why}") for why in each.why),
            ]
            for each in report.grievances
        ]
        if rows:
            heads = self.heads("query", "organisation", "topic", "desk", "sign")
            sheets.append(Sheet(self.say("which"), heads, rows))
        return Section(self.say("unhappy"), [self.say("unhappy_what")], sheets)


def as_pdf(page: Page) -> bytes:
    """For paper and for mail: headings, tables and pictures that a screen reader follows."""
    drawings: dict[str, str] = {}
    sections: list[dict[str, Any]] = []
    for section in page.sections:
        shown = []
        for chart in section.charts:
            if not chart.empty:
                name = f"chart-{len(drawings)}.svg"
                drawings[name] = charts.picture(chart)
                shown.append({"file": name, "alt": f"{chart.title}. {chart.summary}"})
        told = {"heading": section.heading, "paragraphs": section.paragraphs}
        sections.append({**told, "sheets": [asdict(each) for each in section.sheets], "charts": shown})
    named = {"title": page.title, "subtitle": page.subtitle, "language": page.language}
    return pdf("report.typ", {**named, "lead": page.lead, "sections": sections}, drawings)


def as_html(page: Page) -> bytes:
    """One file that needs nothing else: to be opened, sent on, printed."""
    pages = jinja2.Environment(
        loader=jinja2.FileSystemLoader([TEMPLATES / "print", TEMPLATES / "console"]),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
    )
    dress = (TEMPLATES / "print" / "report.css").read_text(encoding="utf-8")
    told = pages.get_template("report.html").render(report=page, svg=charts.svg, dress=dress)
    return told.encode()


def as_json(report: MonthReport) -> bytes:
    """For programs: numbers and ids, nothing in words."""
    told: dict[str, Any] = {
        "month": str(report.month),
        "counted_at": report.counted_at.isoformat(),
        "asked": report.asked,
        "asked_before": report.asked_before,
        "first_answers": {
            "answered": report.times.answered,
            "median_hours": report.times.median_hours,
            "ninetieth_hours": report.times.ninetieth_hours,
        },
        "promises": [
            {"month": str(each.month), "kept": each.kept, "broken": each.broken, "running": each.running}
            for each in report.promises
        ],
        "desks": [asdict(each) for each in report.desks],
        "outcomes": {name or "open": number for name, number in report.outcomes.items()},
        "accounts": dict(report.accounts),
        "topics": [
            {"topic": topic, "region": region, "number": number}
            for (topic, region), number in sorted(report.topics.numbers.items())
        ],
        "regions": [asdict(each) for each in report.regions],
        "silent": [{**asdict(each), "last": each.last.isoformat()} for each in report.silent],
        "unhappy": {why.value: number for why, number in report.unhappy.items()},
        "queries": [
            {"query": each.reference, "desk": each.desk, "topic": each.topic, "why": [why.value for why in each.why]}
            for each in report.grievances
        ],
    }
    return json.dumps(told, ensure_ascii=False, indent=2).encode() + b"\n"
