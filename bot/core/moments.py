"""Days and times as people write them: "tomorrow 10:00", "viernes 15h", "2026-12-01T09:30", "2 hours"."""

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

from bot.core.calendar import timezone
from bot.core.dates import days
from bot.core.plain import plain

_CLOCK = re.compile(r"(?:^|[\sT,])(\d{1,2})\s*(?:[:h]\s*(\d{2})|h)(?=\s|$|[,;)])")
_AM_PM = re.compile(r"(?:^|\s)(\d{1,2})(?::(\d{2}))?\s*([ap])\.?m\b")
_AHEAD = re.compile(r"\b(\d{1,3})\s*(hours?|heures?|horas?|minutes?|minutos?|min)\b(?!\s*\d)")
_TODAY = re.compile(r"\b(today|aujourd.hui|hoy)\b")
_ISO = re.compile(r"\s*(\d{4}-\d{2}-\d{2})[T ](\d{2}:\d{2})(?::\d{2})?\s*")


@dataclass(frozen=True, slots=True)
class LocalMoment:
    """What was written, without a zone: so long from now, or a day and perhaps a time."""

    ahead: timedelta | None = None
    day: date | None = None
    clock: time | None = None

    def at(self, now: datetime, zone: str, usual: time) -> datetime:
        """The moment meant, in UTC; a day without a time means the `usual` one."""
        if self.ahead is not None:
            return now + self.ahead
        here = timezone(zone)
        day = self.day or now.astimezone(here).date()
        return datetime.combine(day, self.clock or usual, here).astimezone(UTC)


def local(text: str, today: date) -> LocalMoment | None:
    """What the text names; None where it names no day and no time."""
    if iso := _ISO.fullmatch(text):
        return _iso(*iso.groups())
    words = plain(text)
    clock = _clock(words)
    ahead = _AHEAD.search(words)
    if ahead and clock is None:
        many = int(ahead[1])
        return LocalMoment(ahead=timedelta(minutes=many) if ahead[2].startswith("min") else timedelta(hours=many))
    found = days(text, today)
    day = found[0] if found else today if _TODAY.search(words) else None
    return LocalMoment(day=day, clock=clock) if day or clock else None


def moment(text: str, now: datetime, zone: str, usual: time) -> datetime | None:
    """The moment that the text means to somebody in the zone; a time alone that has passed today means tomorrow."""
    today = now.astimezone(timezone(zone)).date()
    found = local(text, today)
    if found is None:
        return None
    meant = found.at(now, zone, usual)
    if found.ahead is None and found.day is None and meant <= now:
        return LocalMoment(day=today + timedelta(days=1), clock=found.clock).at(now, zone, usual)
    return meant


def _iso(day: str, clock: str) -> LocalMoment | None:
    try:
        return LocalMoment(day=date.fromisoformat(day), clock=time.fromisoformat(clock))
    except ValueError:
        return None


def _clock(words: str) -> time | None:
    half_day = _AM_PM.search(words)
    if half_day:
        return _time(int(half_day[1]) % 12 + (12 if half_day[3] == "p" else 0), int(half_day[2] or 0))
    found = _CLOCK.search(words)
    return _time(int(found[1]), int(found[2] or 0)) if found else None


def _time(hour: int, minute: int) -> time | None:
    return time(hour, minute) if hour < 24 and minute < 60 else None
