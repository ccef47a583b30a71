"""Templates of the console: one environment, and what they may do with a value, in a reader's language and zone."""

from collections.abc import Mapping
from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import jinja2
from babel.dates import format_date, format_datetime, format_timedelta, get_timezone_location
from babel.numbers import format_decimal
from markupsafe import Markup

from adapters.countries import country_name
from adapters.web.console.words import FOLDER, Words
from bot.core.world import DeskKind, World, text_in

#: Days so near are called by their name.
DAYS_BY_NAME = 6


@cache
def environment() -> jinja2.Environment:
    """One for the process: templates are compiled once."""
    made = jinja2.Environment(
        loader=jinja2.FileSystemLoader(FOLDER),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        extensions=["jinja2.ext.do"],
    )
    made.filters["moment"] = datetime.fromisoformat
    return made


class Reader:
    """Names, numbers and times as one reader knows them: `as.when(moment)` in a template."""

    def __init__(self, words: Words, zone: str, world: World, now: datetime) -> None:
        self._words = words
        self._world = world
        self._zone = zone_named(zone)
        self.zone = zone if zone_named(zone).key == zone else "UTC"
        self.now = now

    @property
    def zone_name(self) -> str:
        """The city of the zone, as times are labelled."""
        return self._city(self.zone)

    def _city(self, zone: str) -> str:
        if zone_named(zone).key == "UTC":
            return "UTC"
        return str(get_timezone_location(zone, locale=self._words.locale, return_city=True))

    def when(self, moment: datetime | None) -> Markup:
        """Day and time here; the exact moment, with its zone, is in the tooltip."""
        if moment is None:
            return Markup("—")
        local = moment.astimezone(self._zone)
        pattern = "d MMM HH:mm" if local.year == self.now.astimezone(self._zone).year else "d MMM y HH:mm"
        shown = format_datetime(local, pattern, locale=self._words.locale)
        exact = format_datetime(local, "full", locale=self._words.locale)
        return Markup('<time datetime="{}" title="{}">{}</time>').format(moment.isoformat(), exact, shown)

    def ago(self, moment: datetime) -> Markup:
        """How long ago, or until then, in words; the exact moment is in the tooltip."""
        since = moment - self.now
        shown = format_timedelta(since, add_direction=True, locale=self._words.locale)
        exact = format_datetime(moment.astimezone(self._zone), "full", locale=self._words.locale)
        return Markup('<time datetime="{}" title="{}">{}</time>').format(moment.isoformat(), exact, shown)

    def soon(self, moment: datetime) -> Markup:
        """The time, and the day where it is not today; the exact moment is in the tooltip."""
        local, now = moment.astimezone(self._zone), self.now.astimezone(self._zone)
        near = abs((local.date() - now.date()).days) < DAYS_BY_NAME
        pattern = "HH:mm" if local.date() == now.date() else "EEE HH:mm" if near else "d MMM HH:mm"
        shown = format_datetime(local, pattern, locale=self._words.locale)
        exact = format_datetime(local, "full", locale=self._words.locale)
        return Markup('<time datetime="{}" title="{}">{}</time>').format(moment.isoformat(), exact, shown)

    def there(self, moment: datetime, zone: str) -> str:
        """Day and time where the zone is, with its city; empty where it is as late as here."""
        local, here = moment.astimezone(zone_named(zone)), moment.astimezone(self._zone)
        if local.utcoffset() == here.utcoffset():
            return ""
        return f"{format_datetime(local, 'EEE HH:mm', locale=self._words.locale)} {self._city(zone)}"

    def span(self, since: datetime, until: datetime) -> str:
        """How long that is, in one short word: "2 hrs"."""
        return str(format_timedelta(until - since, format="short", threshold=1.5, locale=self._words.locale))

    @property
    def day_ends(self) -> datetime:
        """When today ends here."""
        tomorrow = self.now.astimezone(self._zone).date() + timedelta(days=1)
        return datetime.combine(tomorrow, time(), self._zone).astimezone(UTC)

    def day(self, day: date | datetime | None) -> str:
        if day is None:
            return "—"
        local = day.astimezone(self._zone).date() if isinstance(day, datetime) else day
        return str(format_date(local, "d MMM y", locale=self._words.locale))

    def size(self, size: int) -> str:
        """Of a file, in kilobytes or megabytes."""
        kilobytes = max(1, round(size / 1024))
        return f"{self.number(kilobytes)} kB" if kilobytes < 1024 else f"{self.number(round(kilobytes / 1024, 1))} MB"

    def number(self, number: float) -> str:
        return str(format_decimal(number, locale=self._words.locale))

    def country(self, code: str) -> str:
        return country_name(code, self._words.language) if code else ""

    def language(self, code: str) -> str:
        name: str = self._words.locale.languages.get(code, code)
        return name[:1].upper() + name[1:]

    def region(self, region: str) -> str:
        known = self._world.regions.get(region)
        return self._in(known.name) if known else region

    def department(self, department: str) -> str:
        known = self._world.departments.get(department)
        return self._in(known.name) if known else department

    def topic(self, topic: str) -> str:
        known = self._world.topics.get(topic)
        return self._in(known.name) if known else str(self._words("queries.to_sort")) if topic == "triage" else topic

    def desk(self, desk: str) -> str:
        """A desk as staff call it: by its country, its region or its department."""
        known = self._world.desks.get(desk)
        if known is None:
            return desk
        match known.kind:
            case DeskKind.MISSION:
                return str(self._words("layout.desk_mission", country=self.country(known.country)))
            case DeskKind.REGIONAL:
                return str(self._words("layout.desk_regional", region=self.region(known.region)))
            case DeskKind.CONFIDENTIAL:
                return str(self._words("layout.desk_confidential"))
            case _:
                return self.department(known.department)

    def _in(self, texts: Mapping[str, str]) -> str:
        return text_in(texts, self._words.language, self._world.office.default_language)


@cache
def zone_named(zone: str) -> ZoneInfo:
    """The zone, or UTC for a name that is none: it comes from a browser."""
    try:
        return ZoneInfo(zone)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return ZoneInfo("UTC")
