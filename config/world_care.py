"""How long things are kept and how much one address may write: two parts of office.yaml."""

from collections.abc import Mapping

from bot.core.care import DECIDED_BY_DESK, Kept, Limits
from bot.core.world import Texts
from config.world_files import Entry, listed

_CONFIDENTIAL = "confidential"
_NAMED_IN_CONSENT = (Kept.QUERY_TEXT, Kept.SURVEY_ANSWERS)


def kept_months(entry: Entry) -> Mapping[str, int]:
    """Months of every kind: none may be left out, or it would be kept for ever without anybody having said so."""
    kinds = [kind.value for kind in Kept]
    for name in entry.names:
        if name not in (*kinds, _CONFIDENTIAL):
            entry.place(name).bad(f"unknown kind {name!r}; allowed: {listed((*kinds, _CONFIDENTIAL))}")
    if entry.text_or(_CONFIDENTIAL) != DECIDED_BY_DESK:
        entry.place(_CONFIDENTIAL).bad(f"confidential must be {DECIDED_BY_DESK}: the desk decides case by case")
    return {kind: _above_none(entry, kind, "months") for kind in kinds}


def limits(entry: Entry) -> Limits:
    """Messages an hour and new queries a day."""
    return Limits(
        messages_per_hour=_above_none(entry, "messages_per_hour", "messages"),
        new_queries_per_day=_above_none(entry, "new_queries_per_day", "queries"),
    )


def says_how_long(consent: Entry, texts: Texts, months: Mapping[str, int]) -> None:
    """People are told the time that is kept: the consent text names the months of questions and of survey answers."""
    for language, text in texts.items():
        for kind in _NAMED_IN_CONSENT:
            if text and str(months[kind]) not in text.split():
                said = f"text in {language} does not say {months[kind]}, the months of retention_months.{kind}"
                consent.place("text").bad(f"{said}; change one of them, and the version")


def _above_none(entry: Entry, key: str, what: str) -> int:
    number = entry.whole(key)
    if not number:
        entry.place(key).bad(f"{key} is missing or 0; a number of {what} above 0 is needed")
    return number or 1
