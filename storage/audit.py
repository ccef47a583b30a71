"""Who of staff did what. Ids only, never a text."""

from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from storage.database import Transaction
from storage.tables import audit

#: Act of joining two records of one person; `about` names the record that went.
JOINED = "person.joined"


def add(tx: Transaction, person: int, act: str, about: str, at: datetime, via: str = "chat") -> None:
    """`about` is "organisation:CSO-0001", "person:12" …; `via` is "chat", "console" or "command"."""
    tx.execute(sa.insert(audit).values(at=at, person=person, act=act, about=about, via=via))


@dataclass(frozen=True, slots=True)
class Noted:
    """One act about one thing."""

    at: datetime
    person: int
    act: str


def about(tx: Transaction, what: str, most: int) -> tuple[Noted, ...]:
    """What was done about it, the latest first."""
    found = sa.select(audit.c.at, audit.c.person, audit.c.act).where(audit.c.about == what)
    return tuple(Noted(*row) for row in tx.execute(found.order_by(audit.c.id.desc()).limit(most)))


def of_matters() -> sa.ColumnElement[bool]:
    """Acts of the confidential desk: even that there were any is for the desk alone."""
    return sa.or_(audit.c.about.startswith("matter:"), audit.c.act.startswith("matters."))


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
