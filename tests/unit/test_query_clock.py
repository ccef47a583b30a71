"""The promise of a query through its life."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.core.promise import PromiseBackwards
from bot.core.query import Query, Status
from bot.core.query_clock import (
    at_other_desk,
    begun,
    mark_passed,
    next_word_promised,
    of_class,
    paused,
    percent,
    put_off,
    resumed,
)
from tests.unit.scenes import WORLD

NAIROBI, ZURICH = "Africa/Nairobi", "Europe/Zurich"
KENYA, BORDER, SOUTHERN = (WORLD.desks[desk] for desk in ("mission-ke", "dmm-ibm", "region-saf"))
STANDARD, URGENT = WORLD.policies["standard"], WORLD.policies["urgent"]


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


MONDAY = utc("2026-11-23T06:12")
ASKED = Query(id=1, opened_by="a", person=1, account="telegram", asked_at=MONDAY, status=Status.CLAIMED)


def standard(since: datetime = MONDAY) -> Query:
    return begun(ASKED, STANDARD, KENYA, NAIROBI, since)


def test_a_promise_begins_with_the_question() -> None:
    """Transcript 01: asked on Monday 09:12 in Nairobi, promised for Tuesday 10:00."""
    assert utc("2026-11-24T07:00") == standard().due_at


def test_the_first_mark_is_half_of_the_time() -> None:
    """Four and a half working hours after 09:12."""
    assert (utc("2026-11-23T10:42"), 50) == (standard().mark_at, percent(standard(), STANDARD))


def test_the_last_mark_comes_with_the_time_that_was_said() -> None:
    """Rounded up like the promise itself, never before it."""
    last = mark_passed(mark_passed(standard(), STANDARD, KENYA), STANDARD, KENYA)
    assert (last.due_at, 100) == (last.mark_at, percent(last, STANDARD))


def test_after_the_last_mark_there_is_none() -> None:
    """Everything is said once."""
    query = standard()
    for _ in range(3):
        query = mark_passed(query, STANDARD, KENYA)
    assert query.mark_at is None


def test_while_we_wait_nothing_is_due() -> None:
    """The CSO sees that it is its turn."""
    waits = paused(standard(), STANDARD, KENYA, utc("2026-11-23T08:12"))
    assert (None, None, utc("2026-11-23T08:12")) == (waits.due_at, waits.mark_at, waits.waiting_since)


def test_the_rest_of_the_time_runs_when_the_cso_has_written() -> None:
    """Two of nine hours were used on Monday; seven are left on Thursday at opening."""
    waits = paused(standard(), STANDARD, KENYA, utc("2026-11-23T08:12"))
    assert utc("2026-11-26T12:30") == resumed(waits, STANDARD, KENYA, NAIROBI, utc("2026-11-26T05:30")).due_at


@given(st.lists(st.integers(1, 60 * 60 * 60), min_size=2, max_size=8))
def test_pauses_move_the_promise_and_never_shorten_it(gaps: list[int]) -> None:
    """However often we wait, the promised time moves away from the first one only."""
    query, now = standard(), MONDAY
    for gap in gaps:
        now += timedelta(seconds=gap)
        if query.waiting_since:
            query = resumed(query, STANDARD, KENYA, NAIROBI, now)
        else:
            query = paused(query, STANDARD, KENYA, now)
    first = standard().due_at
    assert query.due_at is None or (first is not None and query.due_at >= first)


@pytest.mark.req("S0-C2")
def test_another_desk_keeps_the_promised_time() -> None:
    """Transcript 05: Tuesday 10:00 in Johannesburg is Tuesday 09:00 in Zurich."""
    asked = begun(ASKED, STANDARD, SOUTHERN, "Africa/Johannesburg", utc("2026-11-23T08:00"))
    moved = at_other_desk(asked, STANDARD, SOUTHERN, BORDER, utc("2026-11-23T08:00"))
    assert utc("2026-11-24T08:00") == asked.due_at == moved.due_at


def test_another_desk_is_reminded_in_its_own_hours() -> None:
    """Half of what is left, counted in Zurich's working time."""
    asked = begun(ASKED, STANDARD, SOUTHERN, "Africa/Johannesburg", utc("2026-11-23T08:00"))
    moved = at_other_desk(asked, STANDARD, SOUTHERN, BORDER, utc("2026-11-23T08:00"))
    assert BORDER.main.calendar.works_on(utc("2026-11-23T08:00").date())
    assert moved.mark_at is not None
    assert moved.mark_at < utc("2026-11-23T17:00")


def test_a_later_time_can_be_promised() -> None:
    """To the minute that was said."""
    later = put_off(standard(), STANDARD, KENYA, utc("2026-11-27T09:00"), utc("2026-11-23T07:00"))
    assert utc("2026-11-27T09:00") == later.due_at


def test_an_earlier_time_cannot() -> None:
    """A promise is not taken back."""
    with pytest.raises(PromiseBackwards):
        put_off(standard(), STANDARD, KENYA, utc("2026-11-23T12:00"), utc("2026-11-23T07:00"))


def test_a_later_time_does_not_remind_of_what_is_past() -> None:
    """Put off by an hour when nine tenths are used: only the end is left to be looked at."""
    late = utc("2026-11-24T06:30")
    query = mark_passed(mark_passed(standard(), STANDARD, KENYA), STANDARD, KENYA)
    later = put_off(query, STANDARD, KENYA, utc("2026-11-24T08:00"), late)
    assert (utc("2026-11-24T08:00"), 100) == (later.mark_at, percent(later, STANDARD))


def test_a_word_that_is_no_answer_promises_the_next() -> None:
    """Eighteen working hours: two days of eight and a half, and one more."""
    told = next_word_promised(standard(), STANDARD, KENYA, NAIROBI, utc("2026-11-24T05:30"))
    assert utc("2026-11-26T06:30") == told.due_at


def test_urgent_marks_come_by_night() -> None:
    """A quarter of four hours."""
    query = begun(ASKED, URGENT, WORLD.desks["doe"], "UTC", utc("2026-11-28T22:00"))
    assert utc("2026-11-28T23:00") == query.mark_at


def test_what_is_answered_is_reminded_of_no_more() -> None:
    """The promised time stays to be read."""
    done = standard().answered(MONDAY)
    assert (None, standard().due_at) == (done.mark_at, done.due_at)


def test_the_end_is_promised_in_working_days() -> None:
    """Five days from Monday 09:12 lead to the Monday after."""
    assert utc("2026-11-30T06:30") == standard().resolve_by


def test_a_policy_without_an_end_promises_none() -> None:
    """The confidential desk decides."""
    policy = replace(STANDARD, resolution_days=0)
    assert begun(ASKED, policy, KENYA, NAIROBI, MONDAY).resolve_by is None


def test_a_pause_moves_every_promised_time() -> None:
    """Two working days of waiting: the first answer and the end move by as much."""
    waits = paused(standard(), STANDARD, KENYA, utc("2026-11-23T08:12"))
    runs = resumed(waits, STANDARD, KENYA, NAIROBI, utc("2026-11-25T08:12"))
    assert (utc("2026-11-26T07:00"), utc("2026-12-02T06:30")) == (runs.answer_by, runs.resolve_by)


def test_a_word_does_not_move_the_promised_answer() -> None:
    """Whether the first answer came in time is measured by what was promised for it."""
    told = next_word_promised(standard(), STANDARD, KENYA, NAIROBI, utc("2026-11-24T05:30"))
    assert standard().due_at == told.answer_by
    assert told.next_word


def test_a_time_that_was_said_already_is_no_later_one() -> None:
    """The promise was rounded up: what lies between is no gain for the CSO."""
    with pytest.raises(PromiseBackwards):
        put_off(standard(), STANDARD, KENYA, utc("2026-11-24T07:00"), utc("2026-11-23T07:00"))


@given(st.integers(1, 8 * 60), st.sampled_from(["priority", "urgent"]))
def test_a_sooner_class_never_moves_a_time_that_is_ahead_back(minutes: int, name: str) -> None:
    """However much of the time is used up."""
    query, now, policy = standard(), MONDAY + timedelta(minutes=minutes), WORLD.policies[name]
    changed = of_class(query, policy, STANDARD, KENYA, NAIROBI, (), now)
    assert query.due_at is not None
    assert changed.due_at is not None
    assert now < changed.due_at <= query.due_at


def test_back_to_the_class_it_had_it_has_its_promise_again() -> None:
    """Counted from the question, not from the change."""
    now = utc("2026-11-23T07:00")
    raised = of_class(standard(), WORLD.policies["priority"], STANDARD, KENYA, NAIROBI, (), now)
    assert standard().due_at == of_class(raised, STANDARD, WORLD.policies["priority"], KENYA, NAIROBI, (), now).due_at
