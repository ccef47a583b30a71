"""Links to sign in. Only their hashes are kept."""

import hashlib
from datetime import datetime

import sqlalchemy as sa

from storage.console_tables import sign_ins
from storage.database import Transaction


def add(tx: Transaction, token: str, person: int, now: datetime, until: datetime) -> None:
    """Keep a new link; earlier ones of this person are no longer worth anything."""
    tx.execute(sa.delete(sign_ins).where(sign_ins.c.person == person))
    tx.execute(
        sa.insert(sign_ins).values(digest=digest(token), person=person, made_at=now, expires_at=until, used_at=None)
    )


def whose(tx: Transaction, token: str, now: datetime) -> int:
    """Whose link it is; 0 when it is unknown, used or expired."""
    person = tx.execute(sa.select(sign_ins.c.person).where(_usable(token, now))).scalar_one_or_none()
    return person or 0


def use_up(tx: Transaction, token: str, now: datetime) -> bool:
    """Whether it was this one who used it: the second of two does not."""
    return tx.execute(sa.update(sign_ins).where(_usable(token, now)).values(used_at=now)).rowcount == 1


def forget(tx: Transaction, person: int) -> None:
    """No link of this person is worth anything any more."""
    tx.execute(sa.delete(sign_ins).where(sign_ins.c.person == person))


def _usable(token: str, now: datetime) -> sa.ColumnElement[bool]:
    return sa.and_(sign_ins.c.digest == digest(token), sign_ins.c.used_at.is_(None), sign_ins.c.expires_at > now)


def digest(token: str) -> str:
    """What is kept of something secret."""
    return hashlib.sha256(token.strip().encode()).hexdigest()
