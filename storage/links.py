"""Queries that belong together: rows."""

from datetime import datetime

import sqlalchemy as sa

from storage.database import Transaction, insert_missing
from storage.desk_tables import query_links as rows

LINKED, MERGED = "linked", "merged"


def add(tx: Transaction, one: int, other: int, by: int, now: datetime) -> bool:
    """Whether the two were not linked before; it does not matter which is named first."""
    first, second = sorted((one, other))
    row = {"query": first, "other": second, "kind": LINKED, "by": by, "at": now}
    return bool(insert_missing(tx, rows, [row], rows.c.id))


def remove(tx: Transaction, one: int, other: int) -> bool:
    """Whether the two were linked."""
    first, second = sorted((one, other))
    this = sa.and_(rows.c.query == first, rows.c.other == second, rows.c.kind == LINKED)
    return tx.execute(sa.delete(rows).where(this)).rowcount == 1


def of_query(tx: Transaction, query: int) -> tuple[int, ...]:
    """Numbers of those it is linked with, in order."""
    either = sa.and_(sa.or_(rows.c.query == query, rows.c.other == query), rows.c.kind == LINKED)
    found = tx.execute(sa.select(rows.c.query, rows.c.other).where(either))
    return tuple(sorted(row.other if row.query == query else row.query for row in found))


def note_merged(tx: Transaction, gone: int, kept: int, by: int, now: datetime) -> None:
    """The first goes on in the other, and with it what had gone on in the first."""
    remove(tx, gone, kept)
    tx.execute(sa.update(rows).where(rows.c.other == gone, rows.c.kind == MERGED).values(other=kept))
    tx.execute(sa.insert(rows).values(query=gone, other=kept, kind=MERGED, by=by, at=now))


def merged_into(tx: Transaction, query: int) -> tuple[int, ...]:
    """Numbers of those that go on in it."""
    these = sa.select(rows.c.query).where(rows.c.other == query, rows.c.kind == MERGED).order_by(rows.c.query)
    return tuple(tx.scalars(these))
