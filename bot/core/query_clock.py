"""The promise of a query through its life: begun, paused, resumed, moved, put off, ended. Query in, query out."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import TypeAlias

from bot.core.calendar import Hours, after, between
from bot.core.escalation import marks
from bot.core.promise import Promise, PromiseBackwards
from bot.core.query import Query
from bot.core.sla import hours_of, policy_for, rounded_up
from bot.core.world import Desk, Policy, World

#: How much working time a working day of a promise in days is: the length of the desk's own day.
DAY = timedelta(days=1)
#: From when to when we waited for the CSO.
Pauses: TypeAlias = Sequence[tuple[datetime, datetime]]


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
    ends = _resolution(policy, desk, zone, since)
    query = replace(started, policy=policy.id, waiting_since=None, resolve_by=ends)
    return woken_by(replace(query, promised_from=since, answer_by=query.due_at, next_word=False), ends)


def woken_by(query: Query, moment: datetime | None) -> Query:
    """Looked at by then at the latest."""
    known = [each for each in (query.wake_at, moment) if each]
    return replace(query, wake_at=min(known, default=None))


def next_word_promised(query: Query, policy: Policy, desk: Desk, zone: str, now: datetime) -> Query:
    """The CSO has had a word that is no answer yet: it hears again within the policy's hours."""
    total = timedelta(hours=policy.next_update_hours or policy.first_response_hours)
    told = _with(query, Promise(total=total, since=now, marks=marks(policy)), policy, desk, zone)
    return replace(told, promised_from=now, next_word=True)


def paused(query: Query, policy: Policy, desk: Desk, now: datetime) -> Query:
    """We wait for the CSO: nothing is due. Raises `ClockStands`."""
    stands = promise(query, policy).paused(hours_of(policy, desk), now)
    used = round(stands.used.total_seconds())
    return replace(query, clock_used=used, clock_since=None, due_at=None, mark_at=None, waiting_since=now)


def resumed(query: Query, policy: Policy, desk: Desk, zone: str, now: datetime) -> Query:
    """The CSO has written: what was left of each promised time runs. Raises `ClockStands`."""
    runs = _with(query, promise(query, policy).resumed(now), policy, desk, zone)

    def shifted(moment: datetime | None) -> datetime | None:
        since = query.waiting_since
        if moment is None or since is None or moment <= since:
            return moment
        hours = hours_of(policy, desk)
        return rounded_up(after(hours, now, between(hours, since, moment)), zone)

    answer_by = shifted(query.answer_by) if query.next_word or query.first_answered_at else runs.due_at
    resolve_by = shifted(query.resolve_by)
    runs = replace(runs, waiting_since=None, answer_by=answer_by, resolve_by=resolve_by)
    return _looked_at_end(runs, now)


def at_other_desk(query: Query, policy: Policy, old: Desk, new: Desk, now: datetime) -> Query:
    """The promised time stays; reminders come in the new desk's hours."""
    if query.due_at is None:
        return query
    here, there = hours_of(policy, old), hours_of(policy, new)
    afresh = timedelta(hours=policy.first_response_hours)
    return _kept(query, promise(query, policy).handed_over(here, there, query.due_at, now, afresh), there)


def put_off(query: Query, policy: Policy, desk: Desk, to: datetime, now: datetime) -> Query:
    """Staff promise another, later time than was said. Raises `PromiseBackwards` or `ClockStands`."""
    hours = hours_of(policy, desk)
    later = promise(query, policy).moved_to(hours, to, now)
    if query.due_at and to <= query.due_at:
        raise PromiseBackwards
    said = replace(query, due_at=to, answer_by=query.answer_by if query.next_word else to)
    resolve_by = max(query.resolve_by, to) if query.resolve_by else None
    return _looked_at_end(_kept(replace(said, resolve_by=resolve_by), later, hours), now)


def of_class(query: Query, policy: Policy, old: Policy, desk: Desk, zone: str, pauses: Pauses, now: datetime) -> Query:
    """The running promise by another policy, counted from when it began, with the pauses left out.

    A class that answers sooner never moves a promised time that is still ahead to a later one. Where it would have
    been used up by now, it is promised from now on. A class that answers later is staff's explicit word: the later
    time is the promise.
    """
    hours, since = hours_of(policy, desk), query.promised_from or query.asked_at
    total = timedelta(hours=_hours(query, policy))
    stood = sum((between(hours, max(since, begins), ends) for begins, ends in pauses if ends > since), timedelta())
    used = max(between(hours, since, now) - stood, timedelta())
    clock = Promise(total=total, used=used if used < total else timedelta(), since=now, marks=marks(policy))
    changed = _with(query, clock.without_past_marks(), policy, desk, zone)
    ends = _resolution(policy, desk, zone, since)
    if sooner(policy, old):
        changed = _not_later(changed, query, clock, hours, now)
        ends = min((each for each in (ends, query.resolve_by) if each and each > now), default=query.resolve_by)
    answer_by = query.answer_by if query.next_word else changed.due_at
    return _looked_at_end(replace(changed, policy=policy.id, answer_by=answer_by, resolve_by=ends), now)


def sooner(policy: Policy, old: Policy) -> bool:
    """Whether this class promises a sooner answer than the other."""

    def rank(each: Policy) -> tuple[bool, float]:
        return not each.around_the_clock, each.first_response_hours

    return rank(policy) < rank(old)


def _not_later(changed: Query, query: Query, clock: Promise, hours: Hours, now: datetime) -> Query:
    said = query.due_at
    if said is None or changed.due_at is None or said <= now or changed.due_at <= said:
        return changed
    kept = replace(clock, total=clock.used + between(hours, now, said)).without_past_marks()
    return _kept(replace(changed, due_at=said), kept, hours)


def _hours(query: Query, policy: Policy) -> float:
    return (query.next_word and policy.next_update_hours) or policy.first_response_hours


def with_earlier(kept: Query, gone: Query, policy: Policy, old: Desk, new: Desk, now: datetime) -> Query:
    """With the promise of another query where that one is earlier; both clocks run, else nothing changes."""
    moved = at_other_desk(gone, policy, old, new, now) if old.id != new.id else gone
    if moved.clock_since is None or moved.due_at is None or kept.due_at is None or kept.due_at <= moved.due_at:
        return kept
    return replace(
        kept,
        policy=moved.policy,
        due_at=moved.due_at,
        clock_total=moved.clock_total,
        clock_used=moved.clock_used,
        clock_since=moved.clock_since,
        marks_reached=moved.marks_reached,
        mark_at=moved.mark_at,
        next_word=moved.next_word,
        promised_from=moved.promised_from,
        answer_by=min(filter(None, (kept.answer_by, moved.answer_by)), default=None),
        resolve_by=min(filter(None, (kept.resolve_by, moved.resolve_by)), default=None),
    )


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


def _looked_at_end(query: Query, now: datetime) -> Query:
    """An end that was moved is looked at when it comes."""
    ahead = query.resolve_by if query.resolve_by and query.resolve_by > now else None
    return woken_by(query, ahead)


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
