"""When the digests of a day are due: the morning's as it begins, the evening's before it ends; none on days off."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum

from bot.core.calendar import Calendar, timezone

#: Looked back or ahead for another working day; beyond it the calendar is closed for longer than anybody is away.
MOST_DAYS = 30


class DigestKind(StrEnum):
    MORNING = "morning"
    EVENING = "evening"


class EmptyDigest(StrEnum):
    """What is sent when there is nothing to tell."""

    ONE_LINE = "one_line"
    NOTHING = "nothing"


@dataclass(frozen=True, slots=True, kw_only=True)
class DigestRules:
    """What an office may change of the digests."""

    empty: EmptyDigest = EmptyDigest.ONE_LINE
    #: The evening's comes so long before the day ends.
    evening_minutes_before_end: int = 30
    #: Each part names so many queries; the rest is counted.
    lines: int = 5
    #: The hours of whoever is there around the clock: their day neither begins nor ends.
    around_the_clock_morning: time = time(8)
    around_the_clock_evening: time = time(20)


@dataclass(frozen=True, slots=True, kw_only=True)
class Day:
    """A working day of one person, as a digest sees it. Moments are UTC."""

    date: date
    begins: datetime
    ends: datetime
    #: The next midnight of their zone: what is due before it is due today.
    over: datetime
    #: When they stopped working the last time.
    left: datetime
    #: The midnight after their next working day: what is due before it, and not today, is due then.
    next_over: datetime


def due(kind: DigestKind, calendar: Calendar, rules: DigestRules, now: datetime) -> Day | None:
    """The day whose digest is to be sent now, also where that is late; None on a day off and at any other time."""
    today = now.astimezone(timezone(calendar.zone)).date()
    hours = _hours(calendar, today)
    if hours is None:
        return None
    begins, ends = _window(kind, calendar, rules, today, hours)
    return _day(calendar, today, hours) if begins <= now < ends else None


def day_of(calendar: Calendar, now: datetime) -> Day | None:
    """The person's working day at that moment; None on a day off."""
    today = now.astimezone(timezone(calendar.zone)).date()
    hours = _hours(calendar, today)
    return _day(calendar, today, hours) if hours else None


def _day(calendar: Calendar, today: date, hours: tuple[datetime, datetime]) -> Day:
    back = (today - timedelta(days=each) for each in range(1, MOST_DAYS))
    ahead = (today + timedelta(days=each) for each in range(1, MOST_DAYS))
    left = next((found[1] for each in back if (found := _hours(calendar, each))), hours[0] - timedelta(days=1))
    following = next((each for each in ahead if _hours(calendar, each)), today + timedelta(days=1))
    return Day(
        date=today,
        begins=hours[0],
        ends=hours[1],
        over=midnight_after(calendar.zone, today),
        left=left,
        next_over=midnight_after(calendar.zone, following),
    )


def midnight_after(zone: str, day: date) -> datetime:
    """When the day is over in the zone."""
    return datetime.combine(day + timedelta(days=1), time.min, timezone(zone)).astimezone(UTC)


def _hours(calendar: Calendar, day: date) -> tuple[datetime, datetime] | None:
    """When work begins and ends on that day; None on a day off."""
    if not calendar.works_on(day):
        return None
    begins, ends = next(iter(calendar.spans(midnight_after(calendar.zone, day - timedelta(days=1)))))
    return (begins, ends) if begins.astimezone(timezone(calendar.zone)).date() == day else None


def _window(
    kind: DigestKind, calendar: Calendar, rules: DigestRules, today: date, hours: tuple[datetime, datetime]
) -> tuple[datetime, datetime]:
    """From when until when the digest may be sent; who starts late still gets the morning's."""
    begins, ends = hours
    if calendar.opens == time.min and calendar.closes == time.max:
        clock = rules.around_the_clock_morning if kind is DigestKind.MORNING else rules.around_the_clock_evening
        return datetime.combine(today, clock, timezone(calendar.zone)), midnight_after(calendar.zone, today)
    if kind is DigestKind.MORNING:
        return hours
    before = timedelta(minutes=rules.evening_minutes_before_end)
    return max(begins, ends - before), midnight_after(calendar.zone, today)
