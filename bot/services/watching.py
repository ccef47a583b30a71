"""Watching a query: who of staff is told in private what becomes of it. Never a word of what was written in it."""

from datetime import datetime
from enum import StrEnum

from bot.core.calendar import NeverOpen
from bot.core.message import Fields
from bot.core.person import Staff
from bot.core.query import Query
from bot.core.query_clock import desk_of, policy_of
from bot.core.quiet import next_permitted
from bot.core.routing.decision import Because
from bot.core.world import World
from bot.services.setup import Setup
from bot.services.told import tell_member
from storage import people, watchers, working_times
from storage.database import Transaction


class Watched(StrEnum):
    """What watchers are told: the template is "desk.watched_NAME"."""

    ANSWERED = "answered"
    MOVED = "moved"
    #: The desk below had not answered in time, would not have, or nobody was there.
    ESCALATED = "escalated"
    CLOSED = "closed"
    REOPENED = "reopened"


_UP = {Because.LATE, Because.NEARLY_LATE, Because.NOBODY_THERE}


def moved(query: Query) -> Watched:
    """What a move is called: by why the query is where it is."""
    return Watched.ESCALATED if query.because in _UP else Watched.MOVED


def tell(tx: Transaction, setup: Setup, query: Query, what: Watched, by: int, now: datetime) -> None:
    """Each of those who watch, whoever did it apart; in their working time unless it is urgent."""
    fields: Fields = {"reference": query.reference, "desk": query.desk, "outcome": query.outcome or ""}
    for person in watchers.of_query(tx, query.id):
        staff = people.staff(tx, person) if person != by else None
        if staff is not None:
            source = f"watched:{query.id}:{query.version}:{what}"
            due = _at_work(tx, setup.world, staff, query, now)
            template = f"desk.watched_{what}"
            tell_member(tx, setup, person, source, template, fields, now, due=due, query=query.id)


def _at_work(tx: Transaction, world: World, staff: Staff, query: Query, now: datetime) -> datetime:
    """Now if it is urgent or they are at work, else when they begin: by their own hours, or those of their desk."""
    if policy_of(world, query).around_the_clock:
        return now
    desk = next((world.desks[role.desk] for role in staff.roles if role.desk in world.desks), desk_of(world, query))
    try:
        return next_permitted(working_times.of(tx, staff.person).calendar(desk.main), now)
    except NeverOpen:
        return now
