"""When digests are due."""

from datetime import UTC, date, datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.core.calendar import Calendar, open_at
from bot.core.digest import DigestKind, DigestRules, day_of, due

RULES = DigestRules()
EVERY_DAY = frozenset(range(1, 8))
BEIRUT = Calendar(zone="Asia/Beirut", working_days=frozenset({7, 1, 2, 3, 4}), opens=time(8), closes=time(16))
NEW_YORK = Calendar(
    zone="America/New_York",
    working_days=frozenset({1, 2, 3, 4, 5}),
    opens=time(9),
    closes=time(17),
    holidays=frozenset({date(2026, 3, 10)}),
)
DUTY = Calendar(zone="Europe/Zurich", working_days=EVERY_DAY, opens=time.min, closes=time.max)
calendars = st.sampled_from([BEIRUT, NEW_YORK, DUTY])
moments = st.datetimes(datetime(2026, 1, 1), datetime(2027, 1, 1), timezones=st.just(UTC))


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@given(calendars, moments)
def test_the_mornings_comes_only_at_work(calendar: Calendar, now: datetime) -> None:
    """Nobody gets it on a day off, before their day begins or after it has ended."""
    assert due(DigestKind.MORNING, calendar, RULES, now) is None or open_at(calendar, now)


@given(calendars, st.dates(date(2026, 1, 1), date(2026, 12, 31)), st.sampled_from(list(DigestKind)))
def test_each_working_day_has_its_own(calendar: Calendar, day: date, kind: DigestKind) -> None:
    """Looked at every quarter of an hour through a day of theirs, it is due for that day if it is one of work."""
    quarters = (datetime.combine(day, time(), UTC) + timedelta(minutes=15 * each) for each in range(-4 * 14, 4 * 38))
    days = {found.date for now in quarters if (found := due(kind, calendar, RULES, now))}
    assert (day in days) is calendar.works_on(day)


@pytest.mark.parametrize(
    ("calendar", "before", "at"),
    [
        (BEIRUT, "2026-03-08T05:59", "2026-03-08T06:00"),
        # The clocks of New York went forward on Sunday.
        (NEW_YORK, "2026-03-09T12:59", "2026-03-09T13:00"),
        # Nobody is told at midnight because they are there at midnight.
        (DUTY, "2026-03-09T06:59", "2026-03-09T07:00"),
    ],
)
def test_the_mornings_comes_as_the_day_begins(calendar: Calendar, before: str, at: str) -> None:
    """By the clock on their own wall."""
    given_at = [due(DigestKind.MORNING, calendar, RULES, utc(moment)) for moment in (before, at)]
    assert [bool(each) for each in given_at] == [False, True]


@pytest.mark.parametrize(
    ("calendar", "before", "at"),
    [(BEIRUT, "2026-03-08T13:29", "2026-03-08T13:30"), (DUTY, "2026-03-09T18:59", "2026-03-09T19:00")],
)
def test_the_evenings_comes_before_the_day_ends(calendar: Calendar, before: str, at: str) -> None:
    """Half an hour before, as the office says."""
    given_at = [due(DigestKind.EVENING, calendar, RULES, utc(moment)) for moment in (before, at)]
    assert [bool(each) for each in given_at] == [False, True]


def test_a_holiday_has_none() -> None:
    """The tenth of March is a day off in New York."""
    assert due(DigestKind.MORNING, NEW_YORK, RULES, utc("2026-03-10T15:00")) is None


def test_overnight_is_since_they_left() -> None:
    """After a weekend and a holiday the night is longer; what is due tomorrow is due on their next working day."""
    day = day_of(NEW_YORK, utc("2026-03-09T14:00"))
    assert day is not None
    assert (day.left, day.over, day.next_over) == (
        utc("2026-03-06T22:00"),
        utc("2026-03-10T04:00"),
        utc("2026-03-12T04:00"),
    )
