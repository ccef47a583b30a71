"""Working time: which hours count at a desk. Pure arithmetic on UTC instants; a zone's own clock jumps twice a year."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from typing import Protocol
from zoneinfo import ZoneInfo

#: No desk is closed for so many days in a row; beyond it the calendar itself is wrong.
LONGEST_DAYS = 400


class NeverOpen(ValueError):
    """The calendar has no working time within more than a year."""


@cache
def timezone(name: str) -> ZoneInfo:
    """The zone by its name. Python itself remembers eight of them and reads the file of a ninth every time."""
    return ZoneInfo(name)


class Hours(Protocol):
    """What counts as working time."""

    def spans(self, start: datetime) -> Iterator[tuple[datetime, datetime]]:
        """Working spans (UTC, begin < end) from `start` on, in order, the first beginning no earlier than `start`."""
        ...


@dataclass(frozen=True, slots=True)
class AroundTheClock:
    """Every hour counts."""

    def spans(self, start: datetime) -> Iterator[tuple[datetime, datetime]]:
        """One span without an end that anybody will see."""
        yield start, datetime.max.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class Calendar:
    """The working days and hours of a post, in its own zone."""

    zone: str
    #: ISO weekdays, Monday is 1.
    working_days: frozenset[int]
    opens: time
    #: `time.max` for a post that is there until midnight.
    closes: time
    #: Days of the post's own calendar on which nobody is there.
    holidays: frozenset[date] = frozenset()

    @property
    def day_length(self) -> timedelta:
        """Working time of a whole day."""
        ends = timedelta(days=1) if self.closes == time.max else _since_midnight(self.closes)
        return ends - _since_midnight(self.opens)

    def works_on(self, day: date) -> bool:
        return day.isoweekday() in self.working_days and day not in self.holidays

    def spans(self, start: datetime) -> Iterator[tuple[datetime, datetime]]:
        """The rest of the day of `start` where it is one of work, then every working day; never an empty span."""
        day = start.astimezone(timezone(self.zone)).date()
        closed = 0
        while closed < LONGEST_DAYS:
            closed += 1
            if self.works_on(day) and (ends := self._closing(day)) > start:
                begins = max(self._at(day, self.opens), start)
                if begins < ends:
                    closed = 0
                    yield begins, ends
            day += timedelta(days=1)

    def _at(self, day: date, clock: time) -> datetime:
        return datetime.combine(day, clock, timezone(self.zone)).astimezone(UTC)

    def _closing(self, day: date) -> datetime:
        """Midnight is the next day's beginning."""
        if self.closes == time.max:
            return self._at(day + timedelta(days=1), time.min)
        return self._at(day, self.closes)


def _since_midnight(clock: time) -> timedelta:
    return timedelta(hours=clock.hour, minutes=clock.minute, seconds=clock.second)


def after(hours: Hours, start: datetime, work: timedelta) -> datetime:
    """The moment when `work` of working time has passed since `start`, in UTC; raises `NeverOpen`."""
    left = work
    for begins, ends in hours.spans(start):
        if left <= ends - begins:
            return begins + left
        left -= ends - begins
    raise NeverOpen(f"no {work} of working time after {start}")


def between(hours: Hours, start: datetime, end: datetime) -> timedelta:
    """Working time from `start` to `end`; none where `end` is earlier."""
    total = timedelta()
    for begins, ends in hours.spans(start):
        if begins >= end:
            break
        total += min(ends, end) - begins
    return total


def open_at(hours: Hours, moment: datetime) -> bool:
    """Whether it is working time at that moment."""
    return next((begins <= moment for begins, _ in hours.spans(moment)), False)
