"""What the database says after a simulated year, and what of it is not as it must be."""

from collections import Counter
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

import sqlalchemy as sa

from bot.core.query import Query, Status
from bot.core.query_clock import desk_of
from storage import queries
from storage.database import Transaction
from storage.tables import deliveries, entries
from tests.services.office import WORLD

#: Templates that remind somebody.
REMINDERS = ("desk.mark_holder", "desk.mark_desk")


class Mark(NamedTuple):
    """One mark of one promise."""

    query: int
    #: Since when the clock ran, as it names what is said of the mark.
    since: str
    percent: int

    @property
    def source(self) -> str:
        return f"mark:{self.query}:{self.since}:{self.percent}"


@dataclass(frozen=True, slots=True)
class Books:
    """Counts, and lists of what is wrong: empty where all is well."""

    asked: int
    states: Counter[Status]
    escalated: int
    reminders: int
    #: Open, unanswered, overdue, and neither escalated nor at a desk with nobody above.
    silent: list[str]
    #: Without a desk, or worked on by nobody.
    ownerless: list[str]
    #: Open with a clock that has stopped, or a mark that nobody looked at.
    stopped: list[str]
    #: Marks of which nothing was said, and reminders that were said twice.
    lost: list[str]
    double: list[str]

    @property
    def wrong(self) -> dict[str, list[str]]:
        """By kind, the first of each."""
        found = {name: getattr(self, name) for name in ("silent", "ownerless", "stopped", "lost", "double")}
        return {name: [f"{len(each)}", *each[:5]] for name, each in found.items() if each}

    def report(self) -> str:
        states = ", ".join(f"{count} {status}" for status, count in sorted(self.states.items()))
        return f"{self.asked} asked: {states}; {self.escalated} escalated, {self.reminders} reminders; {self.wrong}"


def read(tx: Transaction, now: datetime, marks: set[Mark]) -> Books:
    """Everything, checked against the marks that were seen to come."""
    every = queries.where(tx)
    up = frozenset(
        tx.scalars(sa.select(entries.c.query).where(entries.c.text == "escalated", entries.c.kind == "event"))
    )
    said = _said(tx)
    sources = {source for source, _ in said}
    lost = sorted(mark.source for mark in marks if mark.source not in sources)
    twice = sorted(f"{source} {template}" for (source, template), times in said.items() if times > 1)
    return Books(
        asked=len({query.opened_by for query in every}),
        states=Counter(query.status for query in every),
        escalated=len(up),
        reminders=sum(times for (_, template), times in said.items() if template in REMINDERS),
        silent=[query.reference for query in every if _silent(query, up, now)],
        ownerless=[query.reference for query in every if not _owned(query)],
        stopped=[query.reference for query in every if not _goes_on(query, now)],
        lost=lost,
        double=[each for each in twice if each.endswith(REMINDERS)],
    )


def _said(tx: Transaction) -> Counter[tuple[str, str]]:
    """(source, template) of all that marks said, and how often."""
    of_marks = sa.and_(deliveries.c.source >= "mark:", deliveries.c.source < "mark;")
    template = deliveries.c.message["template"].as_string()
    return Counter((row[0], row[1]) for row in tx.execute(sa.select(deliveries.c.source, template).where(of_marks)))


def _silent(query: Query, escalated: frozenset[int], now: datetime) -> bool:
    unanswered = query.status in (Status.NEW, Status.CLAIMED) and query.first_answered_at is None
    overdue = query.due_at is not None and query.due_at < now
    at_the_top = not desk_of(WORLD, query).escalates_to and query.broken_at is not None
    return unanswered and overdue and query.id not in escalated and not at_the_top


def _owned(query: Query) -> bool:
    worked_on = query.status in (Status.CLAIMED, Status.WAITING)
    return query.desk in WORLD.desks and query.status is not Status.ASKED and (not worked_on or query.holder > 0)


def _goes_on(query: Query, now: datetime) -> bool:
    """What is open and unanswered has a running clock or waits for the CSO, and no mark lies behind."""
    running = query.clock_since is not None
    if query.status in (Status.NEW, Status.CLAIMED):
        return running and (query.mark_at is None or query.mark_at > now)
    return not running and (query.waiting_since is not None) == (query.status is Status.WAITING)
