"""A row of a file as an organisation: checked against the office, or refused with every reason."""

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from enum import Enum
from zoneinfo import ZoneInfo

from bot.core.imports.layout import Problem, RawRow
from bot.core.organisation import (
    TRANSITIONS,
    Level,
    Observer,
    Organisation,
    OrganisationConsent,
    OrganisationStatus,
)
from bot.core.world import World

#: The columns of the list an office keeps, in its order, then what a full export has besides.
COLUMNS = (
    *("id", "name", "acronym", "type", "level", "country", "region", "languages", "interface_language", "timezone"),
    *("topics", "observer_status", "contact_role", "email", "connected", "channel", "addresses", "consent"),
    *("announcement_optin", "quiet_hours", "listed", "iati_org_id", "status", "since"),
    *("countries", "clusters", "observer_since", "observer_until", "ecosoc", "unpp", "parent"),
)
#: Taken and not used: the region follows from the country, and whom we can write to is for people to say in chat.
NOT_USED = frozenset(("region", "connected", "channel", "addresses", "announcement_optin"))
#: A file needs one of these.
NEEDED = ("id", "name")
#: One record of the file each.
KEYS = (("id",),)

_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")
_EMAIL = re.compile(r"[^\s@,;<>\"()]{1,64}@(?:[^\s@.,;<>\"()]{1,63}\.)+[^\s@.,;<>\"()]{2,63}")
_QUIET = re.compile(r"(?:[01]\d|2[0-3]):[0-5]\d-(?:[01]\d|2[0-3]):[0-5]\d")
_YEAR = re.compile(r"(?:19|20)\d\d")
_CODE = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,39}")
_WORDS = re.compile(r"[\s,;|]+")
_YES = {"yes": True, "true": True, "1": True, "no": False, "false": False, "0": False}
#: What other lists say of a partner that is on them.
_SAYS_NOTHING = frozenset(("", "active", "dormant"))
#: Column -> field, where a text is taken over as it is; most characters of each.
_TEXTS = {"contact_role": "contact_role", "iati_org_id": "iati", "ecosoc": "ecosoc", "unpp": "unpp"}
_MOST = {"name": 200, "acronym": 40, "contact_role": 120, "iati_org_id": 80, "ecosoc": 80, "unpp": 80}


@dataclass(frozen=True, slots=True, kw_only=True)
class Around:
    """What a row is held against besides the office itself."""

    world: World
    #: The record with the row's id, where there is one.
    known: Organisation | None
    #: Id for a row that has none.
    fresh_id: str
    #: Id -> id of the organisation it is an office of, of everything known so far; headquarters have "".
    parents: Mapping[str, str]
    source: str
    today: date


@dataclass(slots=True)
class _Reading:
    """One row while it is read: what it changes, and what is wrong."""

    row: RawRow
    around: Around
    values: dict[str, object] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)

    def bad(self, column: str, code: str) -> None:
        if not any(each.column == column for each in self.problems):
            self.problems.append(Problem(column, code))

    def given(self, column: str) -> bool:
        """Whether the row says something here: an empty cell counts for a known record, to clear the field."""
        return column in self.row and (self.around.known is not None or bool(self.row[column]))


def organisation(row: RawRow, around: Around) -> Organisation | tuple[Problem, ...]:
    """The organisation as the row has it: new, or the known one with what the file's columns change."""
    reading = _Reading(row, around, problems=list(row.problems))
    for check in (_names, _kind, _place, _tongues, _interests, _observer, _contact, _standing, _parent):
        check(reading)
    if reading.problems:
        return tuple(reading.problems)
    known = around.known
    if known is not None:
        return replace(known, **reading.values)  # type: ignore[arg-type]  # checked column by column above
    blank = Organisation(
        id=row["id"] or around.fresh_id,
        name="",
        acronym="",
        type="",
        level=Level.UNKNOWN,
        country="",
        language="",
        timezone="",
        source=around.source,
    )
    fresh = replace(blank, **reading.values)  # type: ignore[arg-type]  # as above
    return _completed(fresh, around.world, asked=bool(row["listed"]))


def _completed(fresh: Organisation, world: World, *, asked: bool) -> Organisation:
    """What a new organisation's row left open and the office can tell."""
    spoken = [each for each in fresh.languages if each in world.office.languages]
    language = fresh.language or (spoken[0] if spoken else world.office.default_language)
    listed = fresh.listed and (asked or fresh.type not in world.office.unlisted_types)
    return replace(
        fresh, listed=listed, language=language, timezone=fresh.timezone or world.zones.get(fresh.country, "UTC")
    )


def _names(reading: _Reading) -> None:
    row = reading.row
    if row["id"] and not _ID.fullmatch(row["id"]):
        reading.bad("id", "bad_id")
    _needed_text(reading, "name")
    for column in ("acronym", *_TEXTS):
        if reading.given(column):
            _fits(reading, column)
            reading.values[_TEXTS.get(column, column)] = row[column]


def _needed_text(reading: _Reading, column: str) -> None:
    if reading.row[column]:
        _fits(reading, column)
        reading.values[column] = reading.row[column]
    elif reading.around.known is None or column in reading.row:
        reading.bad(column, "needed")


def _fits(reading: _Reading, column: str) -> None:
    if len(reading.row[column]) > _MOST[column]:
        reading.bad(column, "too_long")


def _kind(reading: _Reading) -> None:
    _among(reading, "type", reading.around.world.organisation_types, needed=True)
    _one_of(reading, "level", Level)


def _place(reading: _Reading) -> None:
    world, row = reading.around.world, reading.row
    _among(reading, "country", world.countries, needed=True)
    _list(reading, "countries", world.countries)
    if row["timezone"] and not _zone(row["timezone"]):
        reading.bad("timezone", "unknown_timezone")
    elif row["timezone"]:
        reading.values["timezone"] = row["timezone"]


def _tongues(reading: _Reading) -> None:
    world, row = reading.around.world, reading.row
    _list(reading, "languages", world.languages)
    if row["interface_language"]:
        if row["interface_language"] not in world.office.languages:
            reading.bad("interface_language", "unknown_interface_language")
        reading.values["language"] = row["interface_language"]


def _interests(reading: _Reading) -> None:
    _list(reading, "topics", reading.around.world.topics)
    if reading.given("clusters"):
        clusters = _words(reading.row["clusters"])
        if any(not _CODE.fullmatch(each) for each in clusters):
            reading.bad("clusters", "unknown_clusters")
        reading.values["clusters"] = clusters


def _observer(reading: _Reading) -> None:
    row, known = reading.row, reading.around.known
    _one_of(reading, "observer_status", Observer, "observer")
    for column in ("observer_since", "observer_until"):
        if reading.given(column):
            reading.values[column] = _day(reading, column)
    status = reading.values.get("observer", known.observer if known else Observer.NONE)
    since = reading.values.get("observer_since", known.observer_since if known else None)
    until = reading.values.get("observer_until", known.observer_until if known else None)
    if isinstance(since, date) and isinstance(until, date) and until < since:
        reading.bad("observer_until", "ends_before_it_begins")
    if status is Observer.NONE and (row["observer_since"] or row["observer_until"]):
        reading.bad("observer_status", "dates_without_status")


def _day(reading: _Reading, column: str) -> date | None:
    text = reading.row[column]
    if not text:
        return None
    try:
        return date.fromisoformat(text)
    except ValueError:
        reading.bad(column, "bad_date")
    return None


def _contact(reading: _Reading) -> None:
    row = reading.row
    if reading.given("email"):
        if row["email"] and not is_email(row["email"]):
            reading.bad("email", "bad_email")
        reading.values["email"] = row["email"]
    if reading.given("quiet_hours"):
        if row["quiet_hours"] and not _QUIET.fullmatch(row["quiet_hours"]):
            reading.bad("quiet_hours", "bad_quiet_hours")
        reading.values["quiet_hours"] = row["quiet_hours"]


def _standing(reading: _Reading) -> None:
    row = reading.row
    _one_of(reading, "consent", OrganisationConsent)
    if row["listed"]:
        listed = _YES.get(row["listed"].casefold())
        if listed is None:
            reading.bad("listed", "not_yes_or_no")
        reading.values["listed"] = bool(listed)
    if reading.given("since"):
        year = row["since"]
        if year and (not _YEAR.fullmatch(year) or int(year) > reading.around.today.year):
            reading.bad("since", "bad_year")
        reading.values["since"] = year
    _status(reading)


def _status(reading: _Reading) -> None:
    """A list that calls a partner active lifts no suspension; what it says in our words must be a step that exists."""
    word, known = reading.row["status"].casefold(), reading.around.known
    if word in _SAYS_NOTHING:
        return
    if word not in set(OrganisationStatus):
        reading.bad("status", "unknown_status")
        return
    status = OrganisationStatus(word)
    if known is not None and status is not known.status and status not in TRANSITIONS[known.status]:
        reading.bad("status", "no_such_step")
    reading.values["status"] = status


def _parent(reading: _Reading) -> None:
    """An office belongs to an organisation that is known or stands further up in the file, and never to itself."""
    around = reading.around
    if not reading.given("parent"):
        return
    parent = above = reading.row["parent"]
    reading.values["parent"] = parent
    own = reading.row["id"]
    if parent and parent not in around.parents:
        reading.bad("parent", "unknown_parent")
    for _ in range(len(around.parents) + 1):
        if not above:
            return
        if above == own:
            reading.bad("parent", "parent_of_itself")
            return
        above = around.parents.get(above, "")


def _among(reading: _Reading, column: str, allowed: Collection[str], *, needed: bool) -> None:
    value = reading.row[column]
    if value in allowed:
        reading.values[column] = value
    elif value:
        reading.bad(column, f"unknown_{column}")
    elif needed and (reading.around.known is None or column in reading.row):
        reading.bad(column, "needed")


def _one_of(reading: _Reading, column: str, kinds: type[Enum], name: str = "") -> None:
    word = reading.row[column].casefold()
    if not word:
        return
    kind = next((each for each in kinds if each.value == word), None)
    if kind is None:
        reading.bad(column, f"unknown_{column}")
    reading.values[name or column] = kind


def _list(reading: _Reading, column: str, allowed: Collection[str]) -> None:
    if not reading.given(column):
        return
    words = _words(reading.row[column])
    if any(each not in allowed for each in words):
        reading.bad(column, f"unknown_{column}")
    reading.values[column] = words


def _words(text: str) -> tuple[str, ...]:
    """The words of a cell that holds several, each once."""
    return tuple(dict.fromkeys(each for each in _WORDS.split(text) if each))


def is_email(text: str) -> bool:
    """Whether it has the shape of one e-mail address."""
    return len(text) <= 254 and bool(_EMAIL.fullmatch(text))


def _zone(name: str) -> bool:
    try:
        return bool(ZoneInfo(name).key)
    except (OSError, ValueError, KeyError):
        return False
