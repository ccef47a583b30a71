"""Who of staff is told what becomes of a query: rows."""

from datetime import datetime

import sqlalchemy as sa

from storage.database import Transaction, insert_missing
from storage.desk_tables import watchers


def add(tx: Transaction, query: int, person: int, now: datetime) -> bool:
    """Whether they did not watch it before."""
    row = {"query": query, "person": person, "at": now}
    return bool(insert_missing(tx, watchers, [row], watchers.c.query))


def remove(tx: Transaction, query: int, person: int) -> bool:
    """Whether they watched it."""
    theirs = sa.and_(watchers.c.query == query, watchers.c.person == person)
    return tx.execute(sa.delete(watchers).where(theirs)).rowcount == 1


def of_query(tx: Transaction, query: int) -> tuple[int, ...]:
    """Person ids, the first who watched first."""
    found = sa.select(watchers.c.person).where(watchers.c.query == query).order_by(watchers.c.at, watchers.c.person)
    return tuple(tx.scalars(found))
