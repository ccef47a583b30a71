"""Whose roles rest. Signing in ends in the same transaction: a suspended person has no session."""

from collections.abc import Mapping
from dataclasses import asdict
from datetime import datetime

import sqlalchemy as sa

from bot.core.suspension import Suspension, Why
from storage.console_tables import sessions, sign_ins
from storage.database import Transaction, upsert
from storage.directory_tables import resting_desks, suspensions


def of(tx: Transaction, person: int) -> Suspension | None:
    """Why this person's roles rest everywhere; None while they do not."""
    row = tx.execute(sa.select(suspensions).where(suspensions.c.person == person)).first()
    return _suspension(row) if row else None


def every(tx: Transaction) -> Mapping[int, Suspension]:
    """By person."""
    return {row.person: _suspension(row) for row in tx.execute(sa.select(suspensions))}


def add(tx: Transaction, suspension: Suspension) -> None:
    """From now on; every session of the person and every link to sign in with ends."""
    values = asdict(suspension)
    upsert(tx, suspensions, values, {name: values[name] for name in ("why", "at", "by")})
    open_ = sa.and_(sessions.c.person == suspension.person, sessions.c.revoked_at.is_(None))
    tx.execute(sa.update(sessions).where(open_).values(revoked_at=suspension.at))
    tx.execute(sa.delete(sign_ins).where(sign_ins.c.person == suspension.person, sign_ins.c.used_at.is_(None)))


def lift(tx: Transaction, person: int) -> bool:
    """Whether anything rested: everywhere, or at some desk."""
    everywhere = tx.execute(sa.delete(suspensions).where(suspensions.c.person == person)).rowcount
    return everywhere + tx.execute(sa.delete(resting_desks).where(resting_desks.c.person == person)).rowcount > 0


def rest_at(tx: Transaction, person: int, desk: str, at: datetime) -> None:
    """Their roles rest at this desk from now on."""
    upsert(tx, resting_desks, {"person": person, "desk": desk, "at": at})


def resting(tx: Transaction, person: int) -> frozenset[str]:
    """Desks at which this person's roles rest."""
    return frozenset(tx.scalars(sa.select(resting_desks.c.desk).where(resting_desks.c.person == person)))


def _suspension(row: sa.Row[tuple[int, datetime, str, int]]) -> Suspension:
    return Suspension(person=row.person, why=Why(row.why), at=row.at, by=row.by)
