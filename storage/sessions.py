"""Sessions of the console. Only the hash of a cookie is kept."""

from dataclasses import asdict
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa

from bot.core.console import Session
from storage.console_tables import sessions
from storage.database import Transaction
from storage.sign_ins import digest

#: Ended sessions are listed nowhere and are forgotten after this time.
FORGET_AFTER = timedelta(days=30)
_COLUMNS = tuple(sessions.c[name] for name in Session.__dataclass_fields__)
_OPEN = sessions.c.revoked_at.is_(None)
_BY_COOKIE = sa.select(*_COLUMNS).where(sessions.c.digest == sa.bindparam("digest"), _OPEN)


def add(tx: Transaction, cookie: str, session: Session) -> None:
    """Keep a new session; what ended long ago goes."""
    tx.execute(sa.delete(sessions).where(sessions.c.expires_at < session.made_at - FORGET_AFTER))
    tx.execute(sa.insert(sessions).values(digest=digest(cookie), **asdict(session)))


def find(tx: Transaction, cookie: str) -> Session | None:
    """The session of the cookie, unless it was ended; whether it lasted too long is for the caller to see."""
    row = tx.execute(_BY_COOKIE, {"digest": digest(cookie)}).first()
    return _session(row) if row else None


def seen(tx: Transaction, public_id: str, now: datetime) -> None:
    tx.execute(sa.update(sessions).where(sessions.c.public_id == public_id).values(seen_at=now))


def factor_shown(tx: Transaction, public_id: str, now: datetime) -> None:
    tx.execute(sa.update(sessions).where(sessions.c.public_id == public_id).values(second_factor_at=now))


def get(tx: Transaction, public_id: str) -> Session | None:
    """By its public name, ended or not."""
    row = tx.execute(sa.select(*_COLUMNS).where(sessions.c.public_id == public_id)).first()
    return _session(row) if row else None


def end(tx: Transaction, public_id: str, now: datetime) -> bool:
    """Whether it was open until now."""
    here = sa.and_(sessions.c.public_id == public_id, _OPEN)
    return tx.execute(sa.update(sessions).where(here).values(revoked_at=now)).rowcount == 1


def end_all(tx: Transaction, person: int, now: datetime) -> int:
    """End every session of the person; how many there were."""
    theirs = sa.and_(sessions.c.person == person, _OPEN)
    return tx.execute(sa.update(sessions).where(theirs).values(revoked_at=now)).rowcount


def open_ones(tx: Transaction, now: datetime, idle: timedelta, person: int = 0) -> tuple[Session, ...]:
    """Sessions that could be used now, of one person or of everybody, the latest first."""
    usable = [_OPEN, sessions.c.expires_at > now, sessions.c.seen_at > now - idle]
    whose = [sessions.c.person == person] if person else []
    rows = tx.execute(sa.select(*_COLUMNS).where(*usable, *whose).order_by(sessions.c.seen_at.desc()))
    return tuple(_session(row) for row in rows)


def _session(row: sa.Row[Any]) -> Session:
    return Session(**row._mapping)
