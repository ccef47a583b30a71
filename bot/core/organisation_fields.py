"""What may stand in each field of an organisation. One table: forms, chat and files are checked alike."""

import re
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum
from typing import Any
from zoneinfo import ZoneInfo

from bot.core.errors import BotError
from bot.core.organisation import Level, Observer, Organisation
from bot.core.world import World

LONGEST_NAME = 200
LONGEST_SHORT = 80
_MAIL = re.compile(r"[^@\s,;<>]{1,64}@[^@\s,;<>.]+(\.[^@\s,;<>.]+)+")
_QUIET = re.compile(r"([01]\d|2[0-3]):[0-5]\d-([01]\d|2[0-3]):[0-5]\d")
_CLUSTER = re.compile(r"[A-Za-z0-9][A-Za-z0-9/_-]{0,39}")
_YEAR = re.compile(r"(19|20)\d\d")


class Problem(StrEnum):
    """What is wrong with a field. Each has a sentence of its own that says what is allowed."""

    EMPTY = "empty"
    TOO_LONG = "too_long"
    NOT_LISTED = "not_listed"
    NOT_A_DATE = "not_a_date"
    NOT_A_YEAR = "not_a_year"
    NOT_AN_ADDRESS = "not_an_address"
    NOT_A_ZONE = "not_a_zone"
    NOT_HOURS = "not_hours"
    NOT_A_CODE = "not_a_code"
    YES_OR_NO = "yes_or_no"
    ENDS_BEFORE = "ends_before"
    #: An organisation cannot be an office of itself or of one of its own offices.
    CIRCLE = "circle"
    NO_SUCH_PARENT = "no_such_parent"
    UNPRINTABLE = "unprintable"


@dataclass(frozen=True, slots=True)
class FieldProblem:
    field: str
    problem: Problem
    #: The word that is wrong, where one of several is.
    word: str = ""


class BadFields(BotError):
    """Something in the form cannot be kept: says which fields and what is allowed there."""

    template = "errors.bad_fields"

    def __init__(self, problems: Collection[FieldProblem]) -> None:
        super().__init__(fields=" ".join(each.field for each in problems))
        self.problems = tuple(problems)


class _Bad(Exception):
    def __init__(self, problem: Problem, word: str = "") -> None:
        super().__init__(problem)
        self.problem, self.word = problem, word


_Read = Callable[[str, World], Any]


def known_countries(world: World) -> frozenset[str]:
    """Every country code the office knows: those with a time zone, and those of its regions."""
    return frozenset(world.zones) | frozenset(world.region_of)


def changed(
    organisation: Organisation, values: Mapping[str, str], world: World
) -> tuple[Organisation, tuple[FieldProblem, ...]]:
    """The organisation with what was written in these fields, and what of it cannot be kept. Lists are words."""
    problems: list[FieldProblem] = []
    new: dict[str, Any] = {}
    for name, text in values.items():
        try:
            new[name] = _READERS[name](_printable(text), world)
        except _Bad as bad:
            problems.append(FieldProblem(name, bad.problem, bad.word))
    after = replace(organisation, **new)
    problems += [each for each in _together(after) if not any(each.field == found.field for found in problems)]
    return after, tuple(problems)


def written(organisation: Organisation) -> dict[str, str]:
    """Every field as a form shows it: the text that `changed` would read as what is there."""
    return {name: _text(getattr(organisation, name)) for name in _READERS}


def differing(one: Organisation, other: Organisation) -> tuple[str, ...]:
    """The fields in which the two differ."""
    before, after = written(one), written(other)
    return tuple(name for name in before if before[name] != after[name])


def _text(value: object) -> str:
    if isinstance(value, tuple):
        return " ".join(value)
    if isinstance(value, bool):
        return "yes" if value else "no"
    return "" if value is None else value.isoformat() if isinstance(value, date) else str(value)


def _together(organisation: Organisation) -> list[FieldProblem]:
    """What is wrong only beside another field."""
    since, until = organisation.observer_since, organisation.observer_until
    ends = since is not None and until is not None and until < since
    return [FieldProblem("observer_until", Problem.ENDS_BEFORE)] if ends else []


def is_email(text: str) -> bool:
    """Whether it has the shape of one e-mail address."""
    return bool(_MAIL.fullmatch(text))


def _printable(text: str) -> str:
    if any(sign < " " and sign not in "\t\r\n" for sign in text) or "\x7f" in text:
        raise _Bad(Problem.UNPRINTABLE)
    return " ".join(text.split())


def _needed(text: str, _world: World) -> str:
    if not text:
        raise _Bad(Problem.EMPTY)
    return _within(text, LONGEST_NAME)


def _within(text: str, longest: int) -> str:
    if len(text) > longest:
        raise _Bad(Problem.TOO_LONG)
    return text


def _short(text: str, _world: World) -> str:
    return _within(text, LONGEST_SHORT)


def _one_of(allowed: Callable[[World], Collection[str]]) -> _Read:
    def read(text: str, world: World) -> str:
        if not text:
            raise _Bad(Problem.EMPTY)
        if text not in allowed(world):
            raise _Bad(Problem.NOT_LISTED, text)
        return text

    return read


def _all_of(allowed: Callable[[World], Collection[str]]) -> _Read:
    def read(text: str, world: World) -> tuple[str, ...]:
        words = tuple(dict.fromkeys(text.replace(",", " ").split()))
        known = allowed(world)
        if strange := next((word for word in words if word not in known), ""):
            raise _Bad(Problem.NOT_LISTED, strange)
        return words

    return read


def _like(form: re.Pattern[str]) -> _Read:
    def read(text: str, _world: World) -> tuple[str, ...]:
        words = tuple(dict.fromkeys(text.replace(",", " ").split()))
        if strange := next((word for word in words if not form.fullmatch(word)), ""):
            raise _Bad(Problem.NOT_A_CODE, strange)
        return words

    return read


def _matching(form: re.Pattern[str], problem: Problem) -> _Read:
    def read(text: str, _world: World) -> str:
        if text and not form.fullmatch(text):
            raise _Bad(problem)
        return text

    return read


def _zone(text: str, _world: World) -> str:
    try:
        return ZoneInfo(text).key
    except (OSError, ValueError, KeyError):
        raise _Bad(Problem.NOT_A_ZONE) from None


def _day(text: str, _world: World) -> date | None:
    try:
        return date.fromisoformat(text) if text else None
    except ValueError:
        raise _Bad(Problem.NOT_A_DATE) from None


def _yes(text: str, _world: World) -> bool:
    if text not in ("yes", "no"):
        raise _Bad(Problem.YES_OR_NO)
    return text == "yes"


def _level(text: str, world: World) -> Level:
    return Level(_one_of(lambda _: set(Level))(text, world))


def _observer(text: str, world: World) -> Observer:
    return Observer(_one_of(lambda _: set(Observer))(text, world))


#: Field of an organisation -> how its text is read. What is not here is changed by an act of its own.
_READERS: dict[str, _Read] = {
    "name": _needed,
    "acronym": _short,
    "type": _one_of(lambda world: world.organisation_types),
    "level": _level,
    "country": _one_of(known_countries),
    "countries": _all_of(known_countries),
    "parent": _short,
    "language": _one_of(lambda world: world.office.languages),
    "languages": _all_of(lambda world: world.languages),
    "timezone": _zone,
    "email": _matching(_MAIL, Problem.NOT_AN_ADDRESS),
    "contact_role": _short,
    "topics": _all_of(lambda world: world.topics),
    "clusters": _like(_CLUSTER),
    "observer": _observer,
    "observer_since": _day,
    "observer_until": _day,
    "listed": _yes,
    "quiet_hours": _matching(_QUIET, Problem.NOT_HOURS),
    "ecosoc": _short,
    "unpp": _short,
    "iati": _short,
    "since": _matching(_YEAR, Problem.NOT_A_YEAR),
}
FIELDS = tuple(_READERS)
