"""Who of staff did what. Ids only, never a text."""

from datetime import datetime

import sqlalchemy as sa

from storage.database import Transaction
from storage.tables import audit

#: Act of joining two records of one person; `about` names the record that went.
JOINED = "person.joined"


def add(tx: Transaction, person: int, act: str, about: str, at: datetime, via: str = "chat") -> None:
    """`about` is "organisation:CSO-0001", "person:12" …; `via` is "chat", "console" or "command"."""
    tx.execute(sa.insert(audit).values(at=at, person=person, act=act, about=about, via=via))


def joined_into(tx: Transaction, person: int) -> tuple[int, ...]:
    """Numbers that the person had before records were joined: an older backup knows them by these."""
    found: list[int] = []
    looking = [person]
    while looking:
        acts = sa.select(audit.c.about).where(audit.c.act == JOINED, audit.c.person.in_(looking))
        numbers = [int(about.removeprefix("person:")) for about in tx.scalars(acts)]
        looking = [each for each in numbers if each not in found]
        found += looking
    return tuple(found)
