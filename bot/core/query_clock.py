"""The promise of a query through its life: begun, paused, resumed, moved, put off, ended. Query in, query out."""

from dataclasses import replace
from datetime import datetime, timedelta

from bot.core.calendar import Hours, after
from bot.core.escalation import marks
from bot.core.promise import Promise
from bot.core.query import Query
from bot.core.sla import hours_of, policy_for, rounded_up
from bot.core.world import Desk, Policy, World

#: How much working time a working day of a promise in days is: the length of the desk's own day.
DAY = timedelta(days=1)


def policy_of(world: World, query: Query) -> Policy:
    """The policy of the query; an office that renamed it keeps its promises by the topic's."""
    desk = desk_of(world, query).id
    return world.policies.get(query.policy) or policy_for(world, query.topic, desk, query.country)


def desk_of(world: World, query: Query) -> Desk:
    """The desk that has it; the fallback where an office has taken its own away."""
    return world.desks.get(query.desk) or world.desks[world.office.fallback_desk]


def begun(query: Query, policy: Policy, desk: Desk, zone: str, since: datetime) -> Query:
    """A promise from `since` on: the first answer by the policy's hours, the end by its working days."""
    total = timedelta(hours=policy.first_response_hours)
    started = _with(query, Promise(total=total, since=since, marks=marks(policy)), policy, desk, zone)
    return replace(started, policy=policy.id, waiting_since=None, resolve_by=_resolution(policy, desk, zone, since))


def next_word_promised(query: Query, policy: Policy, desk: Desk, zone: str, now: datetime) -> Query:
    """The CSO has had a word that is no answer yet: it hears again within the policy's hours."""
    total = timedelta(hours=policy.next_update_hours or policy.first_response_hours)
    return _with(query, Promise(total=total, since=now, marks=marks(policy)), policy, desk, zone)


def paused(query: Query, policy: Policy, desk: Desk, now: datetime) -> Query:
    """We wait for the CSO: nothing is due. Raises `ClockStands`."""
    stands = promise(query, policy).paused(hours_of(policy, desk), now)
    used = round(stands.used.total_seconds())
    return replace(query, clock_used=used, clock_since=None, due_at=None, mark_at=None, waiting_since=now)


def resumed(query: Query, policy: Policy, desk: Desk, zone: str, now: datetime) -> Query:
    """The CSO has written: what was left of the time runs. Raises `ClockStands`."""
    runs = _with(query, promise(query, policy).resumed(now), policy, desk, zone)
    return replace(runs, waiting_since=None)


def at_other_desk(query: Query, policy: Policy, old: Desk, new: Desk, now: datetime) -> Query:
    """The promised time stays; reminders come in the new desk's hours."""
    if query.due_at is None:
        return query
    here, there = hours_of(policy, old), hours_of(policy, new)
    afresh = timedelta(hours=policy.first_response_hours)
    return _kept(query, promise(query, policy).handed_over(here, there, query.due_at, now, afresh), there)


def put_off(query: Query, policy: Policy, desk: Desk, to: datetime, now: datetime) -> Query:
    """Staff promise another, later time. Raises `PromiseBackwards` or `ClockStands`."""
    hours = hours_of(policy, desk)
    later = promise(query, policy).moved_to(hours, to, now)
    return _kept(replace(query, due_at=to), later, hours)


def mark_passed(query: Query, policy: Policy, desk: Desk) -> Query:
    """The next mark of the same promise."""
    return _kept(query, promise(query, policy).with_mark_reached(), hours_of(policy, desk))


def percent(query: Query, policy: Policy) -> int:
    """The mark that is reached when `mark_at` comes."""
    known = marks(policy)
    return known[min(query.marks_reached, len(known) - 1)]


def promise(query: Query, policy: Policy) -> Promise:
    """The clock as the query keeps it."""
    return Promise(
        total=timedelta(seconds=query.clock_total),
        used=timedelta(seconds=query.clock_used),
        since=query.clock_since,
        marks=marks(policy),
        reached=query.marks_reached,
    )


def _with(query: Query, clock: Promise, policy: Policy, desk: Desk, zone: str) -> Query:
    hours = hours_of(policy, desk)
    due = clock.due(hours)
    return _kept(replace(query, due_at=rounded_up(due, zone) if due else None), clock, hours)


def _kept(query: Query, clock: Promise, hours: Hours) -> Query:
    """The last mark comes with the time that was said, which is rounded up."""
    mark = clock.next_mark(hours)
    last = clock.reached + 1 >= len(clock.marks)
    return replace(
        query,
        clock_total=round(clock.total.total_seconds()),
        clock_used=round(clock.used.total_seconds()),
        clock_since=clock.since,
        marks_reached=clock.reached,
        mark_at=max(mark, query.due_at) if mark and last and query.due_at else mark,
    )


def _resolution(policy: Policy, desk: Desk, zone: str, since: datetime) -> datetime | None:
    if not policy.resolution_days:
        return None
    if policy.around_the_clock:
        return rounded_up(since + DAY * policy.resolution_days, zone)
    day = desk.main.calendar.day_length
    return rounded_up(after(desk.main.calendar, since, day * policy.resolution_days), zone)
