"""The two clocks: the product's, which people see, and the database's own, for leases and pace."""

from datetime import UTC, datetime, timedelta
from functools import cache

import sqlalchemy as sa

from storage.database import Dialect, Transaction, dialect, upsert
from storage.tables import product_clock

_ROW = 1


def seconds_sql(tx: Transaction) -> sa.ColumnElement[float]:
    """The database's clock as an expression, in seconds; it also runs on while a transaction lasts (PostgreSQL)."""
    return _seconds(dialect(tx))


@cache
def _seconds(kind: Dialect) -> sa.ColumnElement[float]:
    if kind is Dialect.POSTGRESQL:
        return sa.cast(sa.extract("epoch", sa.func.clock_timestamp()), sa.Double)
    return sa.type_coerce((sa.func.julianday("now") - 2440587.5) * 86400.0, sa.Double)


def seconds(tx: Transaction) -> float:
    """What the database's clock says now."""
    return tx.execute(sa.select(seconds_sql(tx))).scalar_one()


def now(tx: Transaction) -> datetime:
    """The product clock: the database's time, moved by the offset; a frozen clock stands still."""
    row = tx.execute(_now(dialect(tx))).one()
    if row.frozen_at is not None:
        return row.frozen_at  # type: ignore[no-any-return]  # Moment: a datetime
    return datetime.fromtimestamp(row[0] + (row.offset_seconds or 0.0), UTC)


@cache
def _now(kind: Dialect) -> "sa.Select[float, float, datetime | None]":
    """Made once: it is asked several times in every transaction."""
    one = sa.select(sa.literal(_ROW).label("id")).subquery("one").outerjoin(product_clock, sa.true())
    columns = (_seconds(kind), product_clock.c.offset_seconds, product_clock.c.frozen_at)
    return sa.select(*columns).select_from(one)


def move(tx: Transaction, by: timedelta) -> None:
    """Let time pass: for the simulator and tests only."""
    row = tx.execute(sa.select(product_clock)).one_or_none()
    if row is not None and row.frozen_at is not None:
        freeze(tx, row.frozen_at + by)
        return
    offset = (row.offset_seconds if row is not None else 0.0) + by.total_seconds()
    _put(tx, offset_seconds=offset, frozen_at=None)


def freeze(tx: Transaction, at: datetime) -> None:
    """Let the product clock stand still at this moment."""
    _put(tx, frozen_at=at)


def release(tx: Transaction) -> None:
    """Let the product clock run again from where it stands: it never jumps back."""
    offset = (now(tx) - datetime.fromtimestamp(seconds(tx), UTC)).total_seconds()
    _put(tx, offset_seconds=offset, frozen_at=None)


def _put(tx: Transaction, **values: float | datetime | None) -> None:
    upsert(tx, product_clock, {"id": _ROW, **values}, values)
