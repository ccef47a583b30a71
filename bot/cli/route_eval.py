"""The router measured on labelled texts."""

import csv
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from bot.core.errors import BotError
from bot.core.routing import policy
from bot.core.routing.decision import Choice
from bot.core.world import World
from bot.reader import Reader

#: Labels by which other files say that no topic fits.
_NO_TOPIC = {"none": policy.TRIAGE}


@dataclass(frozen=True, slots=True)
class Case:
    text: str
    language: str
    #: Topic id or "triage".
    unit: str


@dataclass(frozen=True, slots=True)
class Verdict:
    """How one case went."""

    case: Case
    #: Place of the right topic in the ranking, from 0; -1 when it is not there.
    place: int
    choice: Choice
    #: Whether the topic that was decided is the right one.
    right: bool
    sensitive: bool


@dataclass(frozen=True, slots=True)
class Figures:
    """Shares are of 1; the counts say of how many."""

    texts: int
    top1: float
    top3: float
    auto: int
    auto_precision: float
    auto_coverage: float


@dataclass(frozen=True, slots=True)
class Report:
    total: Figures
    languages: dict[str, Figures]
    sensitive_texts: int
    sensitive_recall: float
    false_alarms: float


def read(file: Path, world: World) -> tuple[Case, ...]:
    """The cases of a CSV file with the columns text, lang (or language) and unit (or topic)."""
    try:
        lines = file.read_text(encoding="utf-8-sig").splitlines(keepends=True)
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "not UTF-8 text"
        raise BotError(f"{file}: cannot be read: {reason}") from None
    rows = csv.DictReader(lines, strict=True)
    columns = rows.fieldnames or ()
    unit, language = ("unit" if "unit" in columns else "topic"), ("lang" if "lang" in columns else "language")
    if not {"text", language, unit} <= set(columns):
        raise BotError(f"{file}:1: the columns text, lang and unit are needed")
    allowed = {policy.TRIAGE, *_NO_TOPIC, *world.topics}
    cases = []
    try:
        for row in rows:
            where = f"{file}:{rows.line_num}"
            if None in row or None in row.values():
                raise BotError(f"{where}: not {len(columns)} columns as in the first line")
            if row[unit] not in allowed:
                raise BotError(f"{where}: unknown unit {row[unit]!r}; allowed: a topic id, triage")
            label = policy.unit_of(_NO_TOPIC.get(row[unit], row[unit]), world)
            cases.append(Case(row["text"], row[language], label))
    except csv.Error as error:
        raise BotError(f"{file}:{rows.line_num}: not readable as CSV: {error}") from None
    if not cases:
        raise BotError(f"{file}:2: no line to measure; at least one is needed")
    return tuple(cases)


def measure(cases: Sequence[Case], reader: Reader, world: World) -> Report:
    """The figures for these cases, all together and by language."""
    verdicts = [_verdict(case, reader, world) for case in cases]
    reports = [each for each in verdicts if each.case.unit == policy.OVERSIGHT]
    others = [each for each in verdicts if each.case.unit != policy.OVERSIGHT]
    languages = sorted({each.case.language for each in verdicts})
    return Report(
        total=_figures(verdicts),
        languages={code: _figures([each for each in verdicts if each.case.language == code]) for code in languages},
        sensitive_texts=len(reports),
        sensitive_recall=_share(sum(each.sensitive for each in reports), len(reports)),
        false_alarms=_share(sum(each.sensitive for each in others), len(others)),
    )


def _verdict(case: Case, reader: Reader, world: World) -> Verdict:
    reading = reader.read(case.text)
    decision = policy.decide(reading, world)
    ranking = policy.units(reading)
    place = ranking.index(case.unit) if case.unit in ranking else -1
    return Verdict(case, place, decision.choice, decision.topic == case.unit, reading.sensitive)


def _figures(verdicts: Sequence[Verdict]) -> Figures:
    auto = [each for each in verdicts if each.choice is Choice.AUTO]
    return Figures(
        texts=len(verdicts),
        top1=_share(sum(each.place == 0 for each in verdicts), len(verdicts)),
        top3=_share(sum(0 <= each.place <= 2 for each in verdicts), len(verdicts)),
        auto=len(auto),
        auto_precision=_share(sum(each.right for each in auto), len(auto)),
        auto_coverage=_share(len(auto), len(verdicts)),
    )


def _share(part: int, whole: int) -> float:
    return round(part / whole, 4) if whole else 0.0


def as_json(report: Report) -> dict[str, object]:
    """The report with the names of its fields."""
    return asdict(report)


def as_table(report: Report) -> str:
    """The report for people."""
    head = f"{'language':<10}{'texts':>7}{'top-1':>8}{'top-3':>8}{'auto':>7}{'precision':>11}{'coverage':>10}"
    rows = [_row("all", report.total), *(_row(code, each) for code, each in report.languages.items())]
    recall = f"{report.sensitive_recall:.1%} of {report.sensitive_texts}"
    sensitive = f"sensitive: {recall} found, false alarms {report.false_alarms:.1%} of the others"
    return "\n".join([head, *rows, sensitive])


def _row(name: str, each: Figures) -> str:
    precision = f"{each.auto_precision:>11.1%}" if each.auto else f"{'-':>11}"
    shares = f"{each.texts:>7}{each.top1:>8.1%}{each.top3:>8.1%}{each.auto:>7}"
    return f"{name:<10}{shares}{precision}{each.auto_coverage:>10.1%}"
