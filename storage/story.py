"""How queries went, as the demo tells it: ids, states and reasons. Nothing that anybody wrote is read here."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa

from bot.core.delivery import DeliveryState
from bot.core.matter import SealedState
from bot.core.query import EntryKind, EntryState, Query
from storage import clock, queries
from storage.database import Transaction
from storage.directory_tables import identities
from storage.sealed_tables import sealed
from storage.tables import deliveries, entries, inbox
from storage.tables import queries as query_rows

_UNSENT = (DeliveryState.QUEUED, DeliveryState.SENDING)
#: Events of the timeline that belong to the story; the text of an event is its name.
_EVENTS = ("claimed", "released", "moved", "closed", "reopened")
#: What is sent within this time does not count as waiting.
_USUAL = timedelta(seconds=3)
_ANSWERS = (EntryKind.REPLY, EntryKind.CORRECTION)


@dataclass(frozen=True, slots=True)
class Line:
    """Something that happened to a query."""

    entry: int
    kind: EntryKind
    state: EntryState
    at: datetime
    #: Person id; 0 for the bot.
    author: int
    #: Name of an event; empty for what somebody wrote.
    event: str = ""


@dataclass(frozen=True, slots=True)
class Sending:
    """What became of an answer on its way to the CSO."""

    state: DeliveryState
    reason: str
    attempts: int
    settled_at: datetime | None


@dataclass(frozen=True, slots=True)
class Story:
    """One query from the first message to the rating."""

    query: Query
    lines: tuple[Line, ...]
    #: By entry id.
    answers: Mapping[int, Sending]

    @property
    def last_answer(self) -> Line | None:
        return next((line for line in reversed(self.lines) if line.kind in _ANSWERS), None)


@dataclass(frozen=True, slots=True)
class Matter:
    """A confidential matter: its number and state are all there is to see."""

    number: int
    state: SealedState
    at: datetime


@dataclass(frozen=True, slots=True)
class Telling:
    """Everything the strip can tell, the latest query first."""

    stories: tuple[Story, ...]
    matters: tuple[Matter, ...]
    #: Person id -> (account, user).
    people: Mapping[int, tuple[str, str]]
    #: Messages that should have left a while ago, by account.
    unsent: Mapping[str, int]
    #: Events that came in and are not worked on yet.
    unread: int


def tell(tx: Transaction, most: int) -> Telling:
    """The latest queries and matters."""
    latest = tx.execute(sa.select(query_rows.c.id).order_by(query_rows.c.id.desc()).limit(most))
    found = [queries.get(tx, number) for number in latest.scalars()]
    overdue = deliveries.c.due <= clock.now(tx) - _USUAL
    waiting = sa.select(deliveries.c.account, sa.func.count()).where(deliveries.c.state.in_(_UNSENT), overdue)
    people = tx.execute(sa.select(identities.c.person, identities.c.account, identities.c.user))
    return Telling(
        tuple(_story(tx, query) for query in found),
        _matters(tx, most),
        {row.person: (row.account, row.user) for row in people},
        {row[0]: row[1] for row in tx.execute(waiting.group_by(deliveries.c.account))},
        tx.execute(sa.select(sa.func.count()).where(inbox.c.state == "waiting")).scalar_one(),
    )


def _story(tx: Transaction, query: Query) -> Story:
    told = sa.select(
        entries.c.id,
        entries.c.kind,
        entries.c.state,
        entries.c.at,
        entries.c.author,
        sa.case((entries.c.kind == EntryKind.EVENT, entries.c.text), else_="").label("event"),
    )
    rows = tx.execute(told.where(entries.c.query == query.id).order_by(entries.c.id))
    lines = tuple(
        Line(row.id, EntryKind(row.kind), EntryState(row.state), row.at, row.author, row.event)
        for row in rows
        if row.kind != EntryKind.EVENT or row.event in _EVENTS
    )
    return Story(query, lines, _answers(tx, lines))


def _answers(tx: Transaction, lines: tuple[Line, ...]) -> Mapping[int, Sending]:
    sources = {f"reply:{line.entry}": line.entry for line in lines if line.kind in _ANSWERS}
    sent = sa.select(deliveries).where(deliveries.c.source.in_(sources), deliveries.c.part == 0)
    return {
        sources[row.source]: Sending(DeliveryState(row.state), row.reason, row.attempts, row.settled_at)
        for row in tx.execute(sent.order_by(deliveries.c.id))
    }


def _matters(tx: Transaction, most: int) -> tuple[Matter, ...]:
    rows = tx.execute(sa.select(sealed.c.number, sealed.c.state, sealed.c.at).order_by(sealed.c.id.desc()).limit(most))
    return tuple(Matter(row.number, SealedState(row.state), row.at) for row in rows)
