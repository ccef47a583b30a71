"""What the marks of many queries need to know, read once for all of them; what they say is queued in one go."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from bot.core.delivery import NewDelivery
from bot.core.message import Fields
from bot.core.query import Query
from bot.services import cards, told
from bot.services.presence import Presence
from bot.services.setup import Setup
from bot.services.told import Told
from storage import deliveries, desks
from storage import queries as rows
from storage.database import Transaction
from storage.desks import DeskThread


@dataclass(frozen=True, slots=True)
class Round:
    """The queries whose marks are looked at together, in one transaction."""

    tx: Transaction
    setup: Setup
    there: Presence
    now: datetime
    queries: Sequence[Query]
    #: Those in which the holder has written since they took it, and those where the CSO has read it.
    wrote: frozenset[int]
    told: frozenset[int]
    #: Query id -> its place at a desk.
    _threads: dict[int, DeskThread]
    #: Person id -> how to tell them; None for somebody who cannot be told in private.
    _members: dict[int, Told | None]
    _waiting: list[NewDelivery] = field(default_factory=list)

    def tell(self, query: Query, person: int, source: str, template: str, fields: Fields, due: datetime) -> bool:
        """Tell somebody of staff in private, with all others at the end; false where they cannot be told."""
        if person not in self._members:
            self._members[person] = told.members(self.tx, self.setup, [person]).get(person)
        known = self._members[person]
        if known is not None:
            self._waiting.append(told.notice(known, source, template, fields, due, query.id))
        return known is not None

    def post(self, query: Query, source: str, part: int, template: str, fields: Fields) -> None:
        """Post into the query's thread, with all others at the end."""
        if place := self._threads.get(query.id):
            post = cards.thread_post(self.setup, place, query, source, part, template, fields, self.now)
            self._waiting.append(post)

    def queue_all(self) -> None:
        deliveries.add_all(self.tx, self._waiting)
        self._waiting.clear()


def gather(tx: Transaction, setup: Setup, there: Presence, queries: Sequence[Query], now: datetime) -> Round:
    """Everything that is read for these queries."""
    ids = [query.id for query in queries]
    holders = sorted({query.holder for query in queries if query.holder})
    reached = told.members(tx, setup, holders) if holders else {}
    return Round(
        tx=tx,
        setup=setup,
        there=there,
        now=now,
        queries=queries,
        wrote=rows.written_in(tx, ids) if holders else frozenset(),
        told=rows.written_in(tx, ids, rows.TO_THE_CSO) if holders else frozenset(),
        _threads=dict(desks.current_of(tx, ids)) if ids else {},
        _members={holder: reached.get(holder) for holder in holders},
    )
