"""Who is signed in to the console."""

from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa

from bot.core.console import Session
from bot.core.permission import Permission, Viewer
from storage import sessions
from storage.database import Transaction
from storage.directory_tables import people


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenSession:
    """A session with the name of whoever it is of; empty where nobody gave one."""

    session: Session
    name: str


def open_sessions(tx: Transaction, viewer: Viewer, now: datetime, idle: timedelta) -> tuple[OpenSession, ...]:
    """The viewer's own, or for an administrator without a limit everybody's, the latest first."""
    whose = 0 if viewer.unlimited(Permission.MANAGE_STAFF) else viewer.person
    found = sessions.open_ones(tx, now, idle, whose)
    ids = {each.person for each in found}
    named = sa.select(people.c.id, people.c.name).where(people.c.id.in_(ids))
    names = {row.id: row.name for row in tx.execute(named)}
    return tuple(OpenSession(session=each, name=names.get(each.person, "")) for each in found)
