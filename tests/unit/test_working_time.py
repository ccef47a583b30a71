"""When a member of staff works: read from their words, and the desk's where they say nothing."""

from datetime import UTC, datetime, time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.core.calendar import open_at
from bot.core.working_time import (
    HoursBackwards,
    HoursUnread,
    WorkingTime,
    ZoneUnknown,
    days_of,
)
from config import world

KENYA = world.load(None).desks["mission-ke"].main
NOBODY = WorkingTime(person=1)
ONE_DAY = st.sampled_from(["MO", "TU", "WE", "TH", "FR", "SA", "SU"])
SUNDAYS = NOBODY.said("SU-TH 08:00-16:00 Asia/Amman")


def test_days_hours_and_zone_are_read_in_any_order() -> None:
    """As an office in Amman works."""
    said = NOBODY.said("Asia/Amman 8:00 - 16:00 SU-TH")
    assert (said.timezone, said.working_days, said.opens, said.closes) == (
        "Asia/Amman",
        frozenset({7, 1, 2, 3, 4}),
        time(8),
        time(16),
    )


@pytest.mark.parametrize("words", ["MO WE FR", "lu me ve", "LU, MI, VI", "Monday Wednesday Friday"])
def test_days_are_read_in_each_language(words: str) -> None:
    """Two letters are enough, and nobody means another day with them."""
    assert frozenset({1, 3, 5}) == NOBODY.said(words).working_days


def test_what_is_left_out_stays() -> None:
    """Another zone for a while, the hours as before."""
    assert (time(8), "Europe/Paris") == (SUNDAYS.said("europe/paris").opens, SUNDAYS.said("europe/paris").timezone)


@pytest.mark.parametrize(
    ("words", "refusal"),
    [
        ("16:00-08:00", HoursBackwards),
        ("08:00-08:00", HoursBackwards),
        ("08:00-25:00", HoursUnread),
        ("8-16", HoursUnread),
        ("MO-XX", HoursUnread),
        ("always", HoursUnread),
        ("Asia/Ammann", ZoneUnknown),
        ("../etc/passwd", ZoneUnknown),
    ],
)
def test_words_that_cannot_be_meant_are_refused(words: str, refusal: type[Exception]) -> None:
    """Nothing of them is taken over."""
    with pytest.raises(refusal):
        SUNDAYS.said(words)


def test_who_says_nothing_works_as_their_desk() -> None:
    """In everything."""
    assert KENYA.calendar == NOBODY.calendar(KENYA)


def test_the_days_off_of_the_desk_are_theirs() -> None:
    """Whatever zone they work in."""
    assert KENYA.holidays == SUNDAYS.calendar(KENYA).holidays


def test_nothing_of_their_own_remains() -> None:
    """Back to the desk's."""
    assert not SUNDAYS.as_the_desk().own


def test_somebody_may_work_until_midnight() -> None:
    """24:00 is the end of the day."""
    late = NOBODY.said("MO-FR 16:00-24:00 UTC").calendar(KENYA)
    assert open_at(late, datetime(2026, 11, 23, 23, 59, tzinfo=UTC))


@given(ONE_DAY, ONE_DAY)
def test_a_range_ends_where_it_says(first: str, last: str) -> None:
    """Also over the end of the week, and a day to itself is that day alone."""
    found = days_of(f"{first}-{last}")
    assert {*days_of(first), *days_of(last)} <= found
    assert len(found) == (next(iter(days_of(last))) - next(iter(days_of(first)))) % 7 + 1
