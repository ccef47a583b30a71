"""Who of staff did what. Ids only, never a text."""

from datetime import datetime

import sqlalchemy as sa

from storage.database import Transaction
from storage.tables import audit


def add(tx: Transaction, person: int, act: str, about: str, at: datetime, via: str = "chat") -> None:
    """`about` is "organisation:CSO-0001", "person:12" …; `via` is "chat", "console" or "command"."""
    tx.execute(sa.insert(audit).values(at=at, person=person, act=act, about=about, via=via))
