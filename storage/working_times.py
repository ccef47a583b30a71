"""When staff work, as they said it themselves; who said nothing has no row."""

from collections.abc import Mapping, Sequence
from datetime import time

import sqlalchemy as sa

from bot.core.errors import Conflict
from bot.core.working_time import MIDNIGHT, WorkingTime, clock_words
from storage.database import Transaction, insert_missing
from storage.desk_tables import working_times


def of(tx: Transaction, person: int) -> WorkingTime:
    """Theirs; that of their desk in everything where they said nothing."""
    row = tx.execute(sa.select(working_times).where(working_times.c.person == person)).first()
    return _value(row) if row is not None else WorkingTime(person=person)


def of_many(tx: Transaction, persons: Sequence[int]) -> Mapping[int, WorkingTime]:
    """Of those among these people who said anything."""
    found = sa.select(working_times).where(working_times.c.person.in_(persons))
    return {row.person: _value(row) for row in tx.execute(found)}


def everybody(tx: Transaction) -> Mapping[int, WorkingTime]:
    """Of all who said anything, by person."""
    return {row.person: _value(row) for row in tx.execute(sa.select(working_times))}


def save(tx: Transaction, new: WorkingTime) -> WorkingTime:
    """Keep it if nobody else changed it since; raises `Conflict` otherwise."""
    row = _row(new)
    if not new.version:
        kept = bool(insert_missing(tx, working_times, [row], working_times.c.person))
    else:
        known = sa.and_(working_times.c.person == new.person, working_times.c.version == new.version)
        kept = tx.execute(sa.update(working_times).where(known).values(row)).rowcount == 1
    if not kept:
        raise Conflict
    return of(tx, new.person)


def _row(new: WorkingTime) -> dict[str, object]:
    return {
        "person": new.person,
        "timezone": new.timezone,
        "working_days": "".join(map(str, sorted(new.working_days))),
        "opens": new.opens.isoformat("minutes") if new.opens is not None else "",
        "closes": "" if new.closes is None else clock_words(new.closes),
        "morning": new.morning,
        "evening": new.evening,
        "version": new.version + 1,
    }


def _value(row: "sa.Row[tuple[object, ...]]") -> WorkingTime:
    closes = time.max if row.closes == MIDNIGHT else time.fromisoformat(row.closes) if row.closes else None
    return WorkingTime(
        person=row.person,
        timezone=row.timezone,
        working_days=frozenset(map(int, row.working_days)),
        opens=time.fromisoformat(row.opens) if row.opens else None,
        closes=closes,
        morning=row.morning,
        evening=row.evening,
        version=row.version,
    )
