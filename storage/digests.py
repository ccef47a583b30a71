"""Which digests were made: one row per person, kind and day of theirs, so that each is made once."""

from collections.abc import Iterable
from datetime import date, datetime

import sqlalchemy as sa

from bot.core.digest import DigestKind
from storage.database import Transaction, insert_missing
from storage.desk_tables import digests


def claim(tx: Transaction, person: int, kind: DigestKind, day: date, now: datetime) -> bool:
    """Whether it is ours to make: nobody has made it, here or in another replica."""
    row = {"person": person, "kind": kind.value, "day": day.isoformat(), "at": now}
    return bool(insert_missing(tx, digests, [row], digests.c.person))


def made(tx: Transaction, days: Iterable[date]) -> frozenset[tuple[int, str, str]]:
    """(person, kind, day) of those days."""
    named = [each.isoformat() for each in days]
    chosen = sa.select(digests.c.person, digests.c.kind, digests.c.day).where(digests.c.day.in_(named))
    return frozenset((row.person, row.kind, row.day) for row in tx.execute(chosen))


def had_one(tx: Transaction, person: int) -> bool:
    """Whether the person has ever had one."""
    return bool(tx.scalar(sa.select(sa.exists().where(digests.c.person == person))))


def forget(tx: Transaction, before: date) -> None:
    """Those of earlier days say nothing any more."""
    tx.execute(sa.delete(digests).where(digests.c.day < before.isoformat()))
