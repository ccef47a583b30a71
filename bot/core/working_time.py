"""When a member of staff works: their own zone, days and hours; what they leave out is that of their desk."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import time
from types import MappingProxyType

from bot.core.calendar import Calendar, timezone
from bot.core.errors import BotError
from bot.core.world import Post

#: How the end of a day is written that lasts until midnight.
MIDNIGHT = "24:00"
_HOURS = re.compile(r"(\d{1,2})[:.h](\d{2})[-–](\d{1,2})[:.h](\d{2})")
#: ISO weekdays by their first two letters; no two languages use one for different days.
DAYS: Mapping[str, int] = MappingProxyType(
    {"MO": 1, "TU": 2, "WE": 3, "TH": 4, "FR": 5, "SA": 6, "SU": 7}
    | {"LU": 1, "MA": 2, "ME": 3, "JE": 4, "VE": 5, "DI": 7}
    | {"MI": 3, "JU": 4, "VI": 5, "SÁ": 6, "DO": 7}
)


class HoursUnread(BotError):
    """A part of the words is neither days nor hours nor a zone."""

    template = "errors.hours_unread"


class HoursBackwards(BotError):
    """Work ends before it begins."""

    template = "errors.hours_backwards"


class ZoneUnknown(BotError):
    """There is no such time zone."""

    template = "errors.zone_unknown"


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkingTime:
    """Somebody's own working time, and which digests they want."""

    person: int
    #: IANA name; empty: that of the desk's main post.
    timezone: str = ""
    #: ISO weekdays, Monday is 1; none: those of the desk's main post.
    working_days: frozenset[int] = frozenset()
    #: Both or neither; `time.max` for somebody who works until midnight.
    opens: time | None = None
    closes: time | None = None
    #: Whether the digests of the morning and of the evening are wanted.
    morning: bool = True
    evening: bool = False
    #: 0 while nothing is kept of it.
    version: int = 0

    @property
    def own(self) -> bool:
        """Whether the person's time differs from that of their desk in anything."""
        return bool(self.timezone or self.working_days) or self.opens is not None

    def calendar(self, post: Post) -> Calendar:
        """The person's days and hours at a desk with this main post; its days off are theirs."""
        return Calendar(
            zone=self.timezone or post.timezone,
            working_days=self.working_days or post.working_days,
            opens=post.opens if self.opens is None else self.opens,
            closes=post.closes if self.closes is None else self.closes,
            holidays=post.holidays,
        )

    def as_the_desk(self) -> "WorkingTime":
        """Without anything of their own."""
        return replace(self, timezone="", working_days=frozenset(), opens=None, closes=None)

    def said(self, words: str) -> "WorkingTime":
        """With what the words name, in any order: "SU-TH 08:00-16:00 Asia/Amman"; what they leave out stays.

        Raises `HoursUnread`, `HoursBackwards` or `ZoneUnknown`.
        """
        changed, days = self, frozenset[int]()
        for part in re.sub(r"\s*[-–]\s*", "-", words).replace(",", " ").split():
            if match := _HOURS.fullmatch(part):
                opens, closes = hours_of(match[1], match[2], match[3], match[4])
                changed = replace(changed, opens=opens, closes=closes)
            elif "/" in part or part.upper() == "UTC":
                changed = replace(changed, timezone=zone_named(part))
            else:
                days |= days_of(part)
        return replace(changed, working_days=days or changed.working_days)


def hours_of(*parts: str) -> tuple[time, time]:
    """Beginning and end of a working day; 24:00 is midnight. Raises `HoursUnread` or `HoursBackwards`."""
    first_hour, first_minute, last_hour, last_minute = map(int, parts)
    written = f"{first_hour:02}:{first_minute:02}-{last_hour:02}:{last_minute:02}"
    try:
        opens = time(first_hour, first_minute)
        closes = time.max if (last_hour, last_minute) == (24, 0) else time(last_hour, last_minute)
    except ValueError:
        raise HoursUnread(part=written) from None
    if opens >= closes:
        raise HoursBackwards(part=written)
    return opens, closes


def days_of(part: str) -> frozenset[int]:
    """ISO weekdays of "MO-FR", "SU-TH" (over the week's end), "WE" or "Sunday-Thursday". Raises `HoursUnread`."""
    first, _, last = part.partition("-")
    begin, end = DAYS.get(first[:2].upper()), DAYS.get((last or first)[:2].upper())
    if begin is None or end is None or not part.replace("-", "").isalpha():
        raise HoursUnread(part=part)
    until = end if end >= begin else end + 7
    return frozenset((day - 1) % 7 + 1 for day in range(begin, until + 1))


def clock_words(moment: time) -> str:
    """As a working day's end is written: midnight is 24:00."""
    return MIDNIGHT if moment == time.max else moment.isoformat("minutes")


def zone_named(part: str) -> str:
    """The zone by its name, however it is spelt in capitals. Raises `ZoneUnknown`."""
    spelt = "/".join("_".join(word.capitalize() for word in each.split("_")) for each in part.split("/"))
    for name in (part, spelt, part.upper()):
        try:
            return timezone(name).key
        except (OSError, ValueError, KeyError):
            continue
    raise ZoneUnknown(part=part)
