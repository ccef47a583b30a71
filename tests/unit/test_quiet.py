"""Quiet hours: what can wait comes within the hours of whoever it is for, and answers are not asked."""

import itertools
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.core.calendar import AroundTheClock, Calendar, open_at
from bot.core.quiet import NEVER_QUIET, QuietHours, Waking, next_permitted, quiet_hours

#: Zones with a jump at midnight, on a Friday, by half an hour, in the south, and with none.
ZONES = ("Africa/Cairo", "Asia/Beirut", "Europe/Zurich", "Australia/Lord_Howe", "America/Santiago", "Asia/Kathmandu")
moments = st.datetimes(datetime(2024, 1, 1), datetime(2029, 1, 1), timezones=st.just(UTC))
clocks = st.integers(0, 47).map(lambda half: time(half // 2, half % 2 * 30))
wakings = st.builds(Waking, st.builds(QuietHours, clocks, clocks), st.sampled_from(ZONES))
SUNDAY_WEEK = Calendar(zone="Asia/Beirut", working_days=frozenset({7, 1, 2, 3, 4}), opens=time(8), closes=time(16))


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@given(wakings, moments)
def test_nothing_comes_in_quiet_hours(waking: Waking, moment: datetime) -> None:
    """Whatever the zone's clock does, the permitted moment is none that the clock on the wall calls quiet."""
    comes = next_permitted(waking, moment)
    clock = comes.astimezone(ZoneInfo(waking.zone)).time()
    begins, ends = waking.quiet.begins, waking.quiet.ends
    quiet = begins <= clock < ends if begins <= ends else clock >= begins or clock < ends
    jumped = (
        comes.astimezone(ZoneInfo(waking.zone)).utcoffset()
        != (comes - timedelta(hours=2)).astimezone(ZoneInfo(waking.zone)).utcoffset()
    )
    assert not quiet or jumped


@given(wakings, moments)
def test_nothing_waits_longer_than_a_night(waking: Waking, moment: datetime) -> None:
    """Never earlier than it was wanted, and never a day later, with an hour for a clock that is set back."""
    assert moment <= next_permitted(waking, moment) <= moment + timedelta(hours=25)


@given(wakings, moments)
def test_a_permitted_moment_stays_as_it_is(waking: Waking, moment: datetime) -> None:
    """Asked about the moment it gave, it gives the same."""
    comes = next_permitted(waking, moment)
    assert next_permitted(waking, comes) == comes


@given(wakings, moments, st.integers(0, 60 * 48))
def test_what_was_wanted_later_never_comes_earlier(waking: Waking, moment: datetime, minutes: int) -> None:
    """Two messages keep their order."""
    later = moment + timedelta(minutes=minutes)
    assert next_permitted(waking, moment) <= next_permitted(waking, later)


@given(wakings, moments)
def test_waking_hours_follow_one_another(waking: Waking, moment: datetime) -> None:
    """Each begins after the one before has ended, and none is empty."""
    spans = waking.spans(moment)
    ended = moment
    for begins, ends in itertools.islice(spans, 4):
        assert ended <= begins < ends
        ended = ends


@given(moments)
def test_an_office_without_quiet_hours_waits_for_nothing(moment: datetime) -> None:
    """What begins and ends at one time is no time."""
    assert next_permitted(Waking(NEVER_QUIET, "UTC"), moment) == moment


@given(moments)
def test_around_the_clock_is_never_quiet(moment: datetime) -> None:
    """The duty post hears at once."""
    assert next_permitted(AroundTheClock(), moment) == moment


@given(moments)
def test_a_working_day_of_a_sunday_week_is_waited_for(moment: datetime) -> None:
    """Friday and Saturday are days off; Sunday is not."""
    comes = next_permitted(SUNDAY_WEEK, moment)
    assert open_at(SUNDAY_WEEK, comes)


def test_a_thursday_evening_waits_for_sunday() -> None:
    """Sunday to Thursday: what comes on Thursday after work is read on Sunday at eight."""
    assert next_permitted(SUNDAY_WEEK, utc("2026-03-05T15:00")) == utc("2026-03-08T06:00")


def test_the_clock_that_jumps_is_the_readers() -> None:
    """Clocks go forward in Zurich on 29 March 2026: seven o'clock comes an hour earlier."""
    waking = Waking(QuietHours(time(21), time(7)), "Europe/Zurich")
    nights = [next_permitted(waking, utc(f"2026-03-{day}T23:00")) for day in (27, 28)]
    assert nights == [utc("2026-03-28T06:00"), utc("2026-03-29T05:00")]


@pytest.mark.parametrize("written", ["9pm", "21:00", "21:00-25:00", "7-9", ""])
def test_what_says_no_hours_is_none(written: str) -> None:
    """An organisation whose quiet hours cannot be read has the office's."""
    assert quiet_hours(written) is None


def test_hours_are_read_as_they_are_written() -> None:
    """As the list of partners has them."""
    assert quiet_hours("21:00-07:30") == QuietHours(time(21), time(7, 30))
