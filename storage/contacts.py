"""The people of organisations whom a file brings or a file changes."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, replace

import sqlalchemy as sa

from bot.core.errors import Conflict
from bot.core.person import Person
from storage import people as people_rows
from storage.database import Transaction
from storage.directory_tables import consents, identities, invites, organisations, people, staff_roles
from storage.organisations import in_parts
from storage.tables import queries

_SAVE = (
    sa.update(people)
    .where(people.c.id == sa.bindparam("saved_id"), people.c.version == sa.bindparam("saved_version"))
    .values({column.name: sa.bindparam(column.name) for column in people.c if column.name != "id"})
)
#: Where another row may say that it is a person's.
_USES = (
    identities.c.person,
    consents.c.person,
    staff_roles.c.person,
    queries.c.person,
    invites.c.used_by,
    organisations.c.speaker,
)


def of_organisations(tx: Transaction, ids: Iterable[str]) -> tuple[Person, ...]:
    """Who belongs to them, by id."""
    parts = in_parts(sorted(set(ids)))
    found = [sa.select(people.c.id).where(people.c.organisation.in_(some)) for some in parts]
    return by_ids(tx, [person for each in found for person in tx.execute(each).scalars()])


def by_ids(tx: Transaction, ids: Sequence[int]) -> tuple[Person, ...]:
    """Those of the people that there are, by id."""
    found: list[Person] = []
    for start in range(0, len(ids), 5000):
        rows = tx.execute(sa.select(people).where(people.c.id.in_(ids[start : start + 5000])).order_by(people.c.id))
        found += [people_rows.from_row(row._mapping) for row in rows]
    return tuple(found)


def add_all(tx: Transaction, fresh: Sequence[Person]) -> tuple[Person, ...]:
    """Keep people who have no address yet, each with a number now."""
    added = []
    for each in fresh:
        values = asdict(each)
        del values["id"]
        number = tx.execute(sa.insert(people).values(values).returning(people.c.id)).scalar_one()
        added.append(replace(each, id=number))
    return tuple(added)


def save_all(tx: Transaction, changed: Sequence[Person]) -> None:
    """As `people.save` for each; raises `Conflict` when somebody else changed one since."""
    if not changed:
        return
    rows = [_values(each) for each in changed]
    if tx.execute(_SAVE, rows).rowcount != len(rows):
        raise Conflict


def _values(person: Person) -> Mapping[str, object]:
    values = asdict(replace(person, version=person.version + 1))
    del values["id"]
    return {**values, "saved_id": person.id, "saved_version": person.version}


def used(tx: Transaction, ids: Sequence[int]) -> set[int]:
    """Those who have an address, a consent, a role, a query or a say."""
    found: set[int] = set()
    for column in _USES:
        for start in range(0, len(ids), 5000):
            here = column.in_(ids[start : start + 5000])
            found |= set(tx.execute(sa.select(column).where(here).distinct()).scalars())
    return found


def remove_all(tx: Transaction, ids: Sequence[int]) -> None:
    """Leave nothing of them, nor of invitations that nobody used; nothing else may be theirs any more."""
    for start in range(0, len(ids), 5000):
        some = ids[start : start + 5000]
        tx.execute(sa.delete(invites).where(invites.c.person.in_(some)))
        tx.execute(sa.delete(people).where(people.c.id.in_(some)))
