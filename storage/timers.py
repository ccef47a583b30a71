"""What a conversation wants to hear again after a while."""

from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from storage.database import Transaction
from storage.tables import timers


@dataclass(frozen=True, slots=True, kw_only=True)
class Timer:
    id: int = 0
    account: str
    conversation: str
    what: str
    about: str
    due: datetime


def add(tx: Transaction, timer: Timer) -> None:
    values = {name: getattr(timer, name) for name in Timer.__dataclass_fields__ if name != "id"}
    tx.execute(sa.insert(timers).values(values))


def take_due(tx: Transaction, now: datetime, most: int) -> tuple[Timer, ...]:
    """Due timers, removed: whoever takes one must let its conversation hear it in the same transaction."""
    due = sa.select(timers.c.id).where(timers.c.due <= now).order_by(timers.c.due, timers.c.id).limit(most)
    chosen = list(tx.scalars(due.with_for_update(skip_locked=True)))
    if not chosen:
        return ()
    rows = tx.execute(sa.delete(timers).where(timers.c.id.in_(chosen)).returning(timers)).all()
    return tuple(Timer(**row._mapping) for row in sorted(rows, key=lambda row: (row.due, row.id)))


def forget(tx: Transaction, conversation: str) -> None:
    """This conversation wants to hear nothing any more."""
    tx.execute(sa.delete(timers).where(timers.c.conversation == conversation))
