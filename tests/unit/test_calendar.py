"""Working time, and the clock of a promise."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from bot.core.calendar import AroundTheClock, Calendar, Hours, after, between, open_at
from bot.core.promise import ClockStands, Promise, PromiseBackwards

ZONES = ("Africa/Nairobi", "America/New_York", "Europe/Zurich", "Asia/Kathmandu", "Africa/Cairo", "Pacific/Apia", "UTC")
WEEKS = (frozenset({1, 2, 3, 4, 5}), frozenset({7, 1, 2, 3, 4}), frozenset({6}), frozenset(range(1, 8)))

moments = st.datetimes(datetime(2024, 1, 1), datetime(2029, 1, 1), timezones=st.just(UTC))
works = st.integers(0, 60 * 60 * 24 * 12).map(lambda seconds: timedelta(seconds=seconds))


@st.composite
def calendars(draw: st.DrawFn) -> Calendar:
    opens = draw(st.integers(0, 46))
    closes = draw(st.integers(opens + 1, 47))
    holidays = draw(st.frozensets(st.dates(date(2024, 1, 1), date(2029, 12, 31)), max_size=20))
    return Calendar(
        zone=draw(st.sampled_from(ZONES)),
        working_days=draw(st.sampled_from(WEEKS)),
        opens=time(opens // 2, opens % 2 * 30),
        closes=time.max if closes == 47 else time(closes // 2, closes % 2 * 30),
        holidays=holidays,
    )


hours = st.one_of(calendars(), st.just(AroundTheClock()))


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def office(zone: str, days: frozenset[int] = WEEKS[0], **more: frozenset[date]) -> Calendar:
    return Calendar(zone=zone, working_days=days, opens=time(8, 30), closes=time(17, 30), **more)


@given(hours, moments, works)
def test_what_is_counted_on_is_counted_back(calendar: Hours, start: datetime, work: timedelta) -> None:
    """The working time between a start and the moment it leads to is the time that was asked for."""
    assert work == between(calendar, start, after(calendar, start, work))


@given(hours, moments, works, works)
def test_time_never_runs_backwards(calendar: Hours, start: datetime, one: timedelta, more: timedelta) -> None:
    """More work is never done earlier."""
    assert start <= after(calendar, start, one) <= after(calendar, start, one + more)


@given(hours, moments, works, works)
def test_stretches_add_up(calendar: Hours, start: datetime, one: timedelta, other: timedelta) -> None:
    """Cut anywhere, working time is the sum of its parts."""
    middle, end = start + one, start + one + other
    assert between(calendar, start, end) == between(calendar, start, middle) + between(calendar, middle, end)


@given(calendars(), moments)
def test_nobody_works_on_a_day_off(calendar: Calendar, start: datetime) -> None:
    """No span begins on a holiday or a day that is none of work."""
    begins, _ = next(calendar.spans(start))
    assert calendar.works_on(begins.astimezone(ZoneInfo(calendar.zone)).date())


def test_a_holiday_does_not_count() -> None:
    """Thursday is a holiday: what was asked on Wednesday afternoon is due on Friday."""
    nairobi = office("Africa/Nairobi", holidays=frozenset({date(2026, 12, 3)}))
    assert utc("2026-12-04T06:30") == after(nairobi, utc("2026-12-02T13:30"), timedelta(hours=2))


def test_sunday_weeks() -> None:
    """In Cairo Thursday is followed by Sunday."""
    cairo = office("Africa/Cairo", WEEKS[1])
    assert utc("2026-11-29T07:30") == after(cairo, utc("2026-11-26T14:30"), timedelta(hours=2))


def test_the_night_the_clocks_change() -> None:
    """New York's working day has nine hours on the Monday after the change as well, an hour later in UTC."""
    york = office("America/New_York")
    assert utc("2026-11-02T22:30") == after(york, utc("2026-10-30T21:30"), timedelta(hours=9))


def test_the_twenty_ninth_of_february_is_a_day() -> None:
    """Thursday, 29 February 2024, is a working day."""
    assert timedelta(hours=9) == between(office("UTC"), utc("2024-02-29T00:00"), utc("2024-03-01T00:00"))


@pytest.mark.parametrize(("moment", "expected"), [("2026-11-27T06:00", True), ("2026-11-27T15:00", False)])
def test_open_or_not(moment: str, expected: bool) -> None:
    """Nine o'clock in Nairobi is working time, six in the evening is not."""
    assert expected is open_at(office("Africa/Nairobi"), utc(moment))


def promise(hours_of_work: int, since: datetime) -> Promise:
    return Promise(total=timedelta(hours=hours_of_work), since=since, marks=(50, 80, 100))


@given(hours, moments, st.integers(1, 40), st.lists(works, min_size=2, max_size=6))
def test_pauses_use_nothing(calendar: Hours, start: datetime, work: int, gaps: list[timedelta]) -> None:
    """However often the clock stands, what is used is the working time while it ran."""
    clock, now, ran = promise(work, start), start, timedelta()
    for gap in gaps:
        if clock.running:
            ran += between(calendar, now, now + gap)
        now += gap
        clock = clock.paused(calendar, now) if clock.running else clock.resumed(now)
    assert ran == clock.used_at(calendar, now)


@given(hours, moments, st.integers(1, 40))
def test_marks_come_in_order_and_the_last_with_the_promise(calendar: Hours, start: datetime, work: int) -> None:
    """Half, four fifths, all of it."""
    clock = promise(work, start)
    moments_ = [clock.next_mark(calendar)]
    for _ in clock.marks[1:]:
        clock = clock.with_mark_reached()
        moments_.append(clock.next_mark(calendar))
    assert moments_ == [*sorted(each for each in moments_[:-1] if each), clock.due(calendar)]


@given(calendars(), calendars(), moments, works)
def test_another_desk_keeps_the_promised_time(old: Calendar, new: Calendar, start: datetime, gap: timedelta) -> None:
    """What is left until then is counted in the new desk's hours: never later than promised."""
    clock, now = promise(9, start), start + gap
    due = clock.due(old)
    assume(due is not None and now < due)
    assert due is not None
    found = clock.handed_over(old, new, due, now, timedelta(hours=9)).due(new)
    assert found is not None
    assert max(now, found) <= due
    assert between(new, now, found) == between(new, now, due)


@given(calendars(), moments, works)
def test_a_promise_that_was_broken_has_marks_at_the_other_desk(new: Calendar, start: datetime, late: timedelta) -> None:
    """As many hours as the policy gives, from now on: it is not handed over in silence."""
    clock = promise(9, start)
    for _ in clock.marks:
        clock = clock.with_mark_reached()
    due = clock.due(new)
    assert due is not None
    over = clock.handed_over(new, new, due, due + late, timedelta(hours=9))
    assert over.due(new) == after(new, due + late, timedelta(hours=9))
    assert over.next_mark(new) is not None


def test_a_standing_clock_cannot_stand() -> None:
    """Pausing twice is a mistake that is named."""
    clock = promise(9, utc("2026-11-23T06:00")).paused(AroundTheClock(), utc("2026-11-23T07:00"))
    with pytest.raises(ClockStands):
        clock.paused(AroundTheClock(), utc("2026-11-23T08:00"))


def test_a_promise_moves_forward_only() -> None:
    """An earlier time than the promised one is refused."""
    clock = promise(9, utc("2026-11-23T06:00"))
    with pytest.raises(PromiseBackwards):
        clock.moved_to(AroundTheClock(), utc("2026-11-23T10:00"), utc("2026-11-23T07:00"))


@given(hours, moments, works.filter(bool))
def test_a_moved_promise_ends_when_it_says(calendar: Hours, start: datetime, more: timedelta) -> None:
    """Whatever was used before, the new due time is the one that was said, or the end of the working time before it."""
    clock, now = promise(4, start), start
    due = clock.due(calendar)
    assert due is not None
    to = after(calendar, due, more)
    assert to == clock.moved_to(calendar, to, now).due(calendar)
