"""Days on which nobody is at a post: public holidays by country, and the office's own list."""

from collections.abc import Collection, Mapping, Sequence
from datetime import UTC, date, datetime

import holidays as public

from config.world_files import Folder, Place, Row

#: The office's own days: `date,for,name`; `for` is a desk, a country, a region, or `all`.
OWN = "holidays.csv"
#: All-day events of the office's calendar; they hold for every post.
CALENDAR = "holidays.ics"
#: Years before and after the start of the process for which public holidays are worked out.
YEARS_BACK, YEARS_AHEAD = 1, 3


def holidays(folder: Folder, posts: Sequence[Row], today: date | None = None) -> Mapping[str, frozenset[date]]:
    """Post id -> its days off. Duty posts have none: somebody is there at every hour."""
    year = (today or datetime.now(UTC).date()).year
    years = range(year - YEARS_BACK, year + YEARS_AHEAD + 1)
    own = _own(folder, posts)
    everywhere = _calendar(folder)
    found = {}
    for row in posts:
        if row["post"] != "duty":
            mine = (own.get(key, frozenset()) for key in ("all", row["desk"], row["country"], row["region"]) if key)
            found[row["id"]] = frozenset().union(_public(row, years), everywhere, *mine)
    return found


def _public(row: Row, years: range) -> frozenset[date]:
    """Of the post's `holidays` column ("KE", "CH-GE", "none"), else of the country of its mission."""
    code = row["holidays"] or row["country"]
    if code in ("", "none"):
        return frozenset()
    country, _, subdivision = code.partition("-")
    known = public.list_supported_countries()
    if country not in known:
        if row["holidays"]:
            row.at.bad(f"no public holidays are known for {country}; leave it empty or put the days into {OWN}")
        return frozenset()
    if subdivision and subdivision not in known[country]:
        row.at.bad(f"{country} has no part {subdivision}; allowed: {', '.join(sorted(known[country])) or 'none'}")
        return frozenset()
    return frozenset(public.country_holidays(country, subdiv=subdivision or None, years=years))


def _own(folder: Folder, posts: Sequence[Row]) -> Mapping[str, frozenset[date]]:
    if not folder.holds(OWN):
        return {}
    allowed = {"all", *(row[key] for row in posts for key in ("desk", "country", "region") if row[key])}
    found: dict[str, set[date]] = {}
    for row in folder.csv(OWN, ("date", "for", "name")):
        day = _day(row.at, row["date"], allowed, row["for"])
        if day:
            found.setdefault(row["for"], set()).add(day)
    return {key: frozenset(days) for key, days in found.items()}


def _day(at: Place, text: str, allowed: Collection[str], whose: str) -> date | None:
    if whose not in allowed:
        at.bad(f"{whose!r} is no desk, country or region of this office; `all` is for everybody")
    try:
        return date.fromisoformat(text)
    except ValueError:
        at.bad(f"{text!r} is no date; needed: YYYY-MM-DD")
        return None


def _calendar(folder: Folder) -> frozenset[date]:
    """Every day that an all-day event of the calendar covers; its end is the first day after it."""
    if not folder.holds(CALENDAR):
        return frozenset()
    import icalendar  # noqa: PLC0415 - most offices keep no such file

    try:
        events = icalendar.Calendar.from_ical((folder.path / CALENDAR).read_text(encoding="utf-8")).walk("VEVENT")
    except ValueError as error:
        folder.problems.add(CALENDAR, 1, f"not readable as a calendar: {error}")
        return frozenset()
    days: set[date] = set()
    for event in events:
        if isinstance(event, icalendar.Event) and not isinstance(event.start, datetime):
            first, last = event.start.toordinal(), max(event.end.toordinal(), event.start.toordinal() + 1)
            days |= {date.fromordinal(each) for each in range(first, last)}
    return frozenset(days)
