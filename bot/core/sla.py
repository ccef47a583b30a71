"""What is promised: working time of the owner's desk from the moment of asking."""

from datetime import datetime, timedelta
from functools import cache
from zoneinfo import ZoneInfo

from bot.core.world import Desk, Policy, Post, World

#: Promised times are rounded up to this.
STEP = timedelta(minutes=30)
#: No desk is closed longer than this; beyond it the calendar itself is wrong.
LONGEST_DAYS = 400


@cache
def timezone(name: str) -> ZoneInfo:
    """The zone by its name. Python itself remembers eight of them and reads the file of a ninth every time."""
    return ZoneInfo(name)


def promised(asked_at: datetime, policy: Policy, desk: Desk, zone: str) -> datetime:
    """When a person will have answered, in UTC, rounded up to the next half hour of the reader's zone."""
    if policy.around_the_clock:
        return rounded_up(asked_at + timedelta(hours=policy.first_response_hours), zone)
    return rounded_up(after_working_time(asked_at, timedelta(hours=policy.first_response_hours), desk.main), zone)


def after_working_time(start: datetime, work: timedelta, post: Post) -> datetime:
    """The moment when `work` of the post's own working time has passed since `start` (UTC)."""
    zone = timezone(post.timezone)
    day = start.astimezone(zone).date()
    left = work
    for _ in range(LONGEST_DAYS):
        opens = datetime.combine(day, post.opens, zone)
        closes = closing(day_of=opens, post=post)
        begins = max(opens, start)
        if day.isoweekday() in post.working_days and begins < closes:
            # Arithmetic on the UTC instants: a zone's own clock jumps twice a year.
            room = closes.timestamp() - begins.timestamp()
            if left.total_seconds() <= room:
                return datetime.fromtimestamp(begins.timestamp() + left.total_seconds(), tz=start.tzinfo)
            left -= timedelta(seconds=room)
        day += timedelta(days=1)
    raise ValueError(f"{post.id} has no working time")


def closing(day_of: datetime, post: Post) -> datetime:
    """When the post closes on that day; midnight is the next day's beginning."""
    if post.closes == post.closes.max:
        return datetime.combine(day_of.date() + timedelta(days=1), day_of.min.time(), day_of.tzinfo)
    return datetime.combine(day_of.date(), post.closes, day_of.tzinfo)


def rounded_up(moment: datetime, zone: str) -> datetime:
    """The next half hour as clocks in the zone show it (some zones are a quarter hour off)."""
    local = moment.astimezone(timezone(zone))
    over = timedelta(minutes=local.minute % 30, seconds=local.second, microseconds=local.microsecond)
    return moment if not over else moment + (STEP - over)


def policy_for(world: World, topic: str, desk: str) -> Policy:
    """The promise for a topic: its department's, else that of the desk's department."""
    department = world.topics[topic].department if topic in world.topics else world.desks[desk].department
    return world.policies[world.departments[department].policy]


def zone_of(world: World, country: str, preferred: str = "") -> str:
    """The zone to show times in: the organisation's own, else the country's, else its region's."""
    if preferred:
        return preferred
    if country in world.zones:
        return world.zones[country]
    region = world.region_of.get(country)
    return world.regions[region].timezone if region else "UTC"
