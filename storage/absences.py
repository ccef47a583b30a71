"""Who of staff is away, from when until when, and who stands in."""

from collections.abc import Sequence
from dataclasses import asdict, replace
from datetime import datetime

import sqlalchemy as sa

from bot.core.absence import Absence
from storage.database import Transaction
from storage.directory_tables import absences

_COLUMNS = [absences.c[name] for name in Absence.__dataclass_fields__]


def add(tx: Transaction, absence: Absence) -> Absence:
    values = asdict(absence)
    del values["id"]
    return replace(absence, id=tx.execute(sa.insert(absences).values(values).returning(absences.c.id)).scalar_one())


def not_over(tx: Transaction, now: datetime) -> tuple[Absence, ...]:
    """Those that keep somebody away now or later, by their beginning."""
    return _found(tx, absences.c.ends > now)


def begun(tx: Transaction, now: datetime, most: int) -> tuple[Absence, ...]:
    """Absences that have begun and of which nothing was handed over yet, locked for this transaction."""
    due = sa.and_(absences.c.begins <= now, absences.c.ends > now, ~absences.c.handed_over)
    chosen = sa.select(*_COLUMNS).where(due).order_by(absences.c.id).limit(most).with_for_update(skip_locked=True)
    return tuple(Absence(**row._mapping) for row in tx.execute(chosen))


def note_handed_over(tx: Transaction, ids: Sequence[int]) -> None:
    """What these people held has gone on; it is done once."""
    tx.execute(sa.update(absences).where(absences.c.id.in_(ids)).values(handed_over=True))


def end(tx: Transaction, person: int, now: datetime) -> int:
    """The person is back: what has begun ends now, what has not is taken back. Returns how many."""
    mine = sa.and_(absences.c.person == person, absences.c.ends > now)
    later = tx.execute(sa.delete(absences).where(mine, absences.c.begins > now)).rowcount
    return later + tx.execute(sa.update(absences).where(mine).values(ends=now)).rowcount


def stood_in_by(tx: Transaction, deputy: int, now: datetime) -> tuple[Absence, ...]:
    """Absences, now or later, in which this person stands in."""
    return _found(tx, sa.and_(absences.c.ends > now, absences.c.deputy == deputy))


def name_deputy(tx: Transaction, absence: int, deputy: int) -> None:
    """Somebody else stands in; 0: the desk decides."""
    tx.execute(sa.update(absences).where(absences.c.id == absence).values(deputy=deputy))


def _found(tx: Transaction, where: sa.ColumnElement[bool]) -> tuple[Absence, ...]:
    rows = tx.execute(sa.select(*_COLUMNS).where(where).order_by(absences.c.begins, absences.c.id))
    return tuple(Absence(**row._mapping) for row in rows)
