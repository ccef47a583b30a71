"""A query through any life that the transition table allows, in any order and any season."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from bot.core import query_clock
from bot.core.calendar import Calendar, between
from bot.core.errors import IllegalTransition
from bot.core.promise import PromiseBackwards
from bot.core.query import TRANSITIONS, Action, Query, QueryOutcome, Status
from bot.core.query_clock import desk_of, policy_of
from bot.core.sla import hours_of
from tests.unit.scenes import WORLD

#: A busy machine is no fault of what is tested.
unhurried = settings(deadline=None)
#: Desks with clocks that change in spring and autumn, at other hours or never; Cairo's week begins on Sunday.
DESKS = ("mission-ke", "region-mena", "region-amer", "region-eea", "doe", "ipd", "mission-bd")
POLICIES = ("standard", "priority", "urgent")
#: From before a leap day's year to after it, and over several changes of the clocks.
MOMENTS = st.datetimes(datetime(2027, 9, 1), datetime(2028, 11, 30)).map(lambda moment: moment.replace(tzinfo=UTC))
GAPS = st.integers(1, 5 * 24 * 3600).map(lambda seconds: timedelta(seconds=seconds))
#: What may happen next, beside the actions: staff promise later, a mark comes.
PUT_OFF, MARK = "put off", "mark"
STEPS = st.lists(st.tuples(st.sampled_from([*Action, PUT_OFF, MARK]), GAPS, st.sampled_from(DESKS)), max_size=14)


def begun(query: Query, now: datetime) -> Query:
    return query_clock.begun(query, policy_of(WORLD, query), desk_of(WORLD, query), "Africa/Nairobi", now)


def running(query: Query, now: datetime) -> Query:
    """What a query that does not wait for the CSO any more goes on with."""
    if query.waiting_since is None or query.status is Status.WAITING:
        return query
    return query_clock.resumed(query, policy_of(WORLD, query), desk_of(WORLD, query), "UTC", now)


def moved(query: Query, desk: str, now: datetime) -> Query:
    after = query.moved_to(desk, "staff_moved", {})
    if query.status is Status.ANSWERED:
        after = begun(after, now)
    here, there = desk_of(WORLD, query), desk_of(WORLD, after)
    return running(query_clock.at_other_desk(after, policy_of(WORLD, query), here, there, now), now)


def after(query: Query, step: str, desk: str, now: datetime) -> Query:
    """The query after one step, as the services make it; raises what they would."""
    policy, here = policy_of(WORLD, query), desk_of(WORLD, query)
    if step == PUT_OFF:
        return query_clock.put_off(query, policy, here, now + timedelta(days=9), now) if query.clock_since else query
    if step == MARK:
        return query_clock.mark_passed(query, policy, here) if query.mark_at and query.mark_at <= now else query
    match step:
        case Action.CLAIM:
            return query.claimed_by(7, now)
        case Action.HAND_OVER:
            return query.handed_to(8, now)
        case Action.RETURN:
            return running(query.returned(), now)
        case Action.RELEASE:
            return running(replace(query.after(Action.RELEASE), holder=0, claimed_at=None), now)
        case Action.ASK_BACK:
            return query_clock.paused(query.after(Action.ASK_BACK), policy, here, now)
        case Action.HEAR:
            return running(query.after(Action.HEAR), now)
        case Action.MOVE:
            return moved(query, desk, now)
        case Action.REPLY:
            return query.answered(now)
        case Action.CLOSE:
            return query.closed(QueryOutcome.ANSWERED)
        case Action.UPDATE:
            held = replace(query.after(Action.UPDATE), holder=query.holder or 7)
            return query_clock.next_word_promised(held, policy, here, "Africa/Nairobi", now)
    again = begun(query.after(Action(step)), now)
    return again if again.holder else replace(again, status=Status.NEW)


def lived(query: Query, steps: Sequence[tuple[str, timedelta, str]]) -> list[tuple[datetime, Query]]:
    """The query after each step that was possible, with its moment; the first is the beginning."""
    now = query.asked_at
    found = [(now, query)]
    for step, gap, desk in steps:
        now += gap
        try:
            query = after(query, step, desk, now)
        except (IllegalTransition, PromiseBackwards):
            continue
        found.append((now, query))
    return found


@st.composite
def lives(draw: st.DrawFn) -> list[tuple[datetime, Query]]:
    """From being routed on."""
    asked, desk, policy = draw(MOMENTS), draw(st.sampled_from(DESKS)), draw(st.sampled_from(POLICIES))
    opened = Query(id=1, opened_by="a", person=1, account="telegram", asked_at=asked, policy=policy, topic="avr")
    routed = replace(opened.after(Action.ROUTE), desk=desk)
    started = query_clock.begun(routed, WORLD.policies[policy], WORLD.desks[desk], "Africa/Nairobi", asked)
    return lived(started, draw(STEPS))


@unhurried
@given(lives())
def test_a_routed_query_always_has_a_desk_and_who_works_on_it_is_known(life: list[tuple[datetime, Query]]) -> None:
    """Whatever happens to it."""
    assert all(query.desk in WORLD.desks for _, query in life)
    assert all(query.holder for _, query in life if query.status in (Status.CLAIMED, Status.WAITING))
    assert not any(query.holder for _, query in life if query.status is Status.NEW)


@unhurried
@given(lives())
def test_what_is_open_and_unanswered_has_a_running_clock_or_waits_for_the_cso(
    life: list[tuple[datetime, Query]],
) -> None:
    """No third way: nothing lies somewhere without a time."""
    for _, query in life:
        open_ = query.status in (Status.NEW, Status.CLAIMED)
        assert open_ == (query.clock_since is not None), query
        assert (query.status is Status.WAITING) == (query.waiting_since is not None), query
        assert not open_ or query.due_at is not None


@unhurried
@given(lives())
def test_the_clock_never_runs_backwards(life: list[tuple[datetime, Query]]) -> None:
    """Of one promise ever more is used, from its beginning until the answer or the end."""
    used = timedelta()
    for now, query in life:
        policy, desk = policy_of(WORLD, query), desk_of(WORLD, query)
        new = query_clock.promise(query, policy).used_at(hours_of(policy, desk), now)
        over = query.status in (Status.ANSWERED, Status.CLOSED)
        assert over or new >= used - timedelta(seconds=1), query
        used = timedelta() if over else new


@unhurried
@given(lives())
def test_a_mark_never_lies_before_its_clock_began(life: list[tuple[datetime, Query]]) -> None:
    """And only a running clock has one."""
    for _, query in life:
        assert query.mark_at is None or (query.clock_since is not None and query.mark_at >= query.clock_since), query


@unhurried
@given(lives(), st.sampled_from(DESKS), GAPS)
def test_a_desk_that_takes_over_is_always_reminded(
    life: list[tuple[datetime, Query]], desk: str, gap: timedelta
) -> None:
    """Also where the promised time had passed and all its marks had been: nothing is handed to a desk in silence."""
    now, query = life[-1]
    assume(query.status in (Status.NEW, Status.CLAIMED, Status.WAITING, Status.ANSWERED))
    there = moved(query, desk, now + gap)
    assert there.mark_at is not None


@unhurried
@given(
    st.sampled_from(DESKS),
    MOMENTS,
    st.lists(st.tuples(st.integers(60, 3 * 24 * 3600), st.integers(60, 20 * 24 * 3600)), min_size=1, max_size=8),
)
def test_pauses_sum(desk: str, asked: datetime, stretches: list[tuple[int, int]]) -> None:
    """What is used is the working time of the stretches in which the clock ran, and nothing of the pauses."""
    where, policy = WORLD.desks[desk], replace(WORLD.policies["standard"], first_response_hours=1000)
    query = Query(id=1, opened_by="a", person=1, account="telegram", asked_at=asked, desk=desk, status=Status.CLAIMED)
    query = query_clock.begun(query, policy, where, "UTC", asked)
    now, worked = asked, timedelta()
    for ran, stood in stretches:
        ends = now + timedelta(seconds=ran)
        worked += between(where.main.calendar, now, ends)
        query = query_clock.paused(query, policy, where, ends)
        now = ends + timedelta(seconds=stood)
        query = query_clock.resumed(query, policy, where, "UTC", now)
    assert abs(timedelta(seconds=query.clock_used) - worked) <= timedelta(seconds=len(stretches))


@pytest.mark.parametrize("status", list(Status))
def test_every_state_has_a_way_to_its_end(status: Status) -> None:
    """Nothing is stuck: from every state a query can be closed, in one step or more."""
    reached, new = {status}, {status}
    while new := {to for (start, _), to in TRANSITIONS.items() if start in new} - reached:
        reached |= new
    assert Status.CLOSED in reached


@unhurried
@given(st.sampled_from(list(Status)), st.sampled_from(list(Action)))
def test_what_is_not_in_the_table_cannot_happen(status: Status, action: Action) -> None:
    """Each pair of state and action leads where the table says, or is refused."""
    query = Query(id=1, opened_by="a", person=1, account="telegram", asked_at=datetime(2026, 1, 1, tzinfo=UTC))
    try:
        came = replace(query, status=status).after(action).status
    except IllegalTransition:
        assert (status, action) not in TRANSITIONS
    else:
        assert TRANSITIONS[status, action] is came


WEEKS = st.sampled_from([frozenset({1, 2, 3, 4, 5}), frozenset({7, 1, 2, 3, 4}), frozenset({6, 7, 1, 2, 3})])
ZONES = st.sampled_from(
    ["Africa/Cairo", "America/New_York", "Asia/Kathmandu", "Australia/Lord_Howe", "Europe/Zurich", "Asia/Amman"]
)


@unhurried
@given(WEEKS, ZONES, st.dates(datetime(2027, 9, 1).date(), datetime(2028, 12, 1).date()))
def test_every_week_has_five_whole_working_days(days: frozenset[int], zone: str, first: datetime) -> None:
    """Wherever it begins, on whichever days, over the leap day and both changes of the clocks."""
    opens, closes = datetime(1, 1, 1, 8).time(), datetime(1, 1, 1, 16).time()
    calendar = Calendar(zone=zone, working_days=days, opens=opens, closes=closes)
    begins = datetime(first.year, first.month, first.day, tzinfo=UTC)
    local = calendar._at(begins.date(), datetime.min.time()), calendar._at(begins.date() + timedelta(7), opens.min)
    assert timedelta(hours=40) == between(calendar, *local)
