"""What an answer to one partner must lose before it can be an answer to everybody."""

import re
from collections.abc import Collection
from dataclasses import dataclass
from enum import StrEnum

from bot.core.canned import LONGEST_NAME, Placeholder
from bot.core.errors import NotAllowed
from bot.core.routing.personal import names_a_case

#: Stands where something was taken out; whoever finishes the draft finds it.
GAP = "…"
_REFERENCE = re.compile(r"\bQ-?\d{3,18}\b", re.IGNORECASE)
_EMAIL = re.compile(r"[\w.+-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63}){1,6}")
_PHONE = re.compile(r"(?:\+|\b00)\d[\d ()./-]{5,18}\d|\b\d{7,}\b")
#: A shorter part of a name may be any word.
_SHORTEST_PART = 3


class Taken(StrEnum):
    """What was taken out of the words, each with a word of its own."""

    ORGANISATION = "organisation"
    PERSON = "person"
    REFERENCE = "reference"
    EMAIL = "email"
    PHONE = "phone"


class NamesACase(NotAllowed):
    """The words seem to lead to one migrant: no ready answer is made of them."""

    template = "errors.names_a_case"


@dataclass(frozen=True, slots=True, kw_only=True)
class Named:
    """Who and what an answer may name that others must not read."""

    reference: str
    organisations: Collection[str] = ()
    people: Collection[str] = ()


@dataclass(frozen=True, slots=True)
class General:
    """Words for everybody, and what is not in them any more."""

    text: str
    taken: frozenset[Taken]


def general(text: str, named: Named) -> General:
    """Names, references, e-mail addresses and telephone numbers go; raises `NamesACase`."""
    if names_a_case(text):
        raise NamesACase(reference=named.reference)
    own, parts = re.escape(named.reference), [part for name in named.people for part in name.split()]
    people = [*named.people, *(part for part in parts if len(part) >= _SHORTEST_PART)]
    taken = set()
    for what, pattern, stands in (
        (Taken.EMAIL, _EMAIL, GAP),
        (Taken.ORGANISATION, _any_of(named.organisations), f"{{{Placeholder.ORGANISATION}}}"),
        (Taken.PERSON, _any_of(people), GAP),
        (Taken.REFERENCE, re.compile(rf"\b{own}\b"), f"{{{Placeholder.REFERENCE}}}"),
        (Taken.REFERENCE, _REFERENCE, GAP),
        (Taken.PHONE, _PHONE, GAP),
    ):
        text, times = pattern.subn(stands, text)
        if times:
            taken.add(what)
    return General(text, frozenset(taken))


def _any_of(names: Collection[str]) -> re.Pattern[str]:
    """As they are written, whole words; the longest first."""
    known = sorted({name.strip() for name in names} - {""}, key=len, reverse=True)
    return re.compile(rf"(?<!\w)(?:{'|'.join(map(re.escape, known))})(?!\w)") if known else re.compile(r"(?!)")


def draft_name(about: str, day: str) -> str:
    """What staff find the draft by: what it is about, and when it was made."""
    return f"{about[: LONGEST_NAME - len(day) - 3]} · {day}" if about else day
