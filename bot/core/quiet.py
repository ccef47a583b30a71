"""When something that can wait may ring: never outside the hours of whoever it is for. Answers do not come here."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

from bot.core.calendar import Hours, NeverOpen, timezone

#: How quiet hours are written: "21:00-07:00". The last "24:00" is midnight.
_WRITTEN = re.compile(r"([01]\d|2[0-3]):([0-5]\d)\s*[-–]\s*([01]\d|2[0-3]):([0-5]\d)")
DAY = timedelta(days=1)
#: Templates that wait for permitted hours, and are taken back where they are not true any more by then.
CAN_WAIT = frozenset(
    {
        "conversation.did_it_help",
        "conversation.still_waiting",
        "desk.mark_holder",
        "desk.no_reply",
        "desk.slept",
        "desk.taken_from_you",
        "desk.unresolved",
    }
)


@dataclass(frozen=True, slots=True)
class QuietHours:
    """The same hours of every day, across midnight where they begin later than they end; none where both are one."""

    begins: time
    ends: time


#: Nobody is ever disturbed by an office without quiet hours.
NEVER_QUIET = QuietHours(time.min, time.min)


def quiet_hours(written: str) -> QuietHours | None:
    """ "21:00-07:00"; None where it says no hours."""
    found = _WRITTEN.fullmatch(written.strip())
    if found is None:
        return None
    begins, ends = (time(int(found[at]), int(found[at + 1])) for at in (1, 3))
    return QuietHours(begins, ends)


@dataclass(frozen=True, slots=True)
class Waking:
    """All that is not quiet, in the zone of whoever it is for: hours like those of a desk."""

    quiet: QuietHours
    zone: str

    def spans(self, start: datetime) -> Iterator[tuple[datetime, datetime]]:
        """From `start` on, in order, without end."""
        if self.quiet.begins == self.quiet.ends:
            yield start, datetime.max.replace(tzinfo=UTC)
            return
        free, day = start, start.astimezone(timezone(self.zone)).date() - DAY
        while True:
            begins, ends = self._of(day)
            if free < begins:
                yield free, begins
            free, day = max(free, ends), day + DAY

    def _of(self, day: date) -> tuple[datetime, datetime]:
        """The quiet hours that begin on that day of the zone."""
        last = day if self.quiet.begins < self.quiet.ends else day + DAY
        return self._at(day, self.quiet.begins), self._at(last, self.quiet.ends)

    def _at(self, day: date, clock: time) -> datetime:
        return datetime.combine(day, clock, timezone(self.zone)).astimezone(UTC)


def next_permitted(hours: Hours, moment: datetime) -> datetime:
    """The moment itself where it is within the hours, else when they begin next, in UTC. Raises `NeverOpen`."""
    for begins, _ends in hours.spans(moment):
        return begins
    raise NeverOpen(f"no hours after {moment}")
