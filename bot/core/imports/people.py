"""A row of a file as a contact of an organisation: somebody who may be invited. Nobody is connected by a file."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from bot.core.imports.layout import Problem, RawRow
from bot.core.organisation import Organisation
from bot.core.organisation_fields import is_email, known_countries
from bot.core.person import Connection, Person
from bot.core.world import World

COLUMNS = ("organisation", "name", "position", "email", "language", "country")
NEEDED = ("organisation",)
#: One record of the file each: by address, else by name.
KEYS = (("organisation", "email"), ("organisation", "name"))
_OWN = ("language", "country")
_MOST = {"name": 120, "position": 120}


@dataclass(frozen=True, slots=True, kw_only=True)
class Around:
    """What a row is held against besides the office itself."""

    world: World
    #: The organisation the row names, by id, acronym or name; None when it is not known.
    organisation: Organisation | None
    #: The contact that the row is about, where we have them.
    known: Person | None
    source: str
    now: datetime


def person(row: RawRow, around: Around) -> Person | tuple[Problem, ...]:
    """The contact as the row has it: new, or the known one with what the file's columns change."""
    problems = [*row.problems, *_wrong(row, around)]
    if problems or around.organisation is None:
        return tuple(problems)
    given: dict[str, Any] = {column: row[column] for column in COLUMNS[1:] if row[column]}
    if around.known is not None:
        return replace(around.known, **_not_theirs(around.known, given))
    organisation = around.organisation
    fresh = Person(
        organisation=organisation.id,
        language=organisation.language,
        country=organisation.country,
        connection=Connection.CONFIRMED,
        source=around.source,
        known_since=around.now,
    )
    return replace(fresh, **given)


def _not_theirs(known: Person, given: Mapping[str, Any]) -> dict[str, Any]:
    """What a file may change of a known person: language and country only until they have told them."""
    return {column: value for column, value in given.items() if column not in _OWN or not getattr(known, column)}


def same_person(row: RawRow, contacts: Mapping[tuple[str, str], Person]) -> Person | None:
    """The contact with the row's address, else the one with its name who has no other address."""
    if found := contacts.get(("email", row["email"].casefold())) if row["email"] else None:
        return found
    found = contacts.get(("name", row["name"].casefold())) if row["name"] else None
    return found if found and not (found.email and row["email"]) else None


def _wrong(row: RawRow, around: Around) -> list[Problem]:
    world, organisation = around.world, around.organisation
    found = [Problem(column, "too_long") for column, most in _MOST.items() if len(row[column]) > most]
    if not row["organisation"]:
        found.append(Problem("organisation", "empty"))
    elif organisation is None:
        found.append(Problem("organisation", "no_such_organisation"))
    elif not organisation.open:
        found.append(Problem("organisation", "organisation_not_open"))
    if row["email"] and not is_email(row["email"]):
        found.append(Problem("email", "not_an_address"))
    if row["language"] and row["language"] not in world.office.languages:
        found.append(Problem("language", "not_listed"))
    if row["country"] and row["country"] not in known_countries(world):
        found.append(Problem("country", "not_listed"))
    return found
