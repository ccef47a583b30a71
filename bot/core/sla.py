"""What is promised: working time of the owner's desk from the moment of asking."""

from collections.abc import Iterator
from datetime import datetime, timedelta

from bot.core.calendar import AroundTheClock, Hours, after, timezone
from bot.core.organisation import Level
from bot.core.world import Desk, Policy, PostKind, World

#: Promised times are rounded up to this.
STEP = timedelta(minutes=30)


def promised(asked_at: datetime, policy: Policy, desk: Desk, zone: str) -> datetime:
    """When a person will have answered, in UTC, rounded up to the next half hour of the reader's zone."""
    return rounded_up(after(hours_of(policy, desk), asked_at, timedelta(hours=policy.first_response_hours)), zone)


def hours_of(policy: Policy, desk: Desk) -> Hours:
    """What counts as working time for a query of this policy at this desk."""
    return AroundTheClock() if policy.around_the_clock else desk.main.calendar


def rounded_up(moment: datetime, zone: str) -> datetime:
    """The next half hour as clocks in the zone show it (some zones are a quarter hour off)."""
    local = moment.astimezone(timezone(zone))
    over = timedelta(minutes=local.minute % 30, seconds=local.second, microseconds=local.microsecond)
    return moment if not over else moment + (STEP - over)


def policy_for(world: World, topic: str, desk: str, country: str = "", level: Level = Level.UNKNOWN) -> Policy:
    """The promise: by the first rule that fits, else the topic's department's, else that of the desk's department."""
    setting = world.settings.get(country, "")
    rule = next((rule for rule in world.class_rules if rule.fits(topic, setting, level)), None)
    if rule and rule.policy:
        return world.policies[rule.policy]
    department = world.topics[topic].department if topic in world.topics else world.desks[desk].department
    return world.policies[world.departments[department].policy]


def on_duty(desk: Desk) -> bool:
    """Whether somebody is at the desk at every hour."""
    return any(post.kind is PostKind.DUTY for post in desk.posts)


def desk_for(world: World, policy: Policy, desk: str) -> str:
    """The desk itself, or where its urgent queries go when it has nobody around the clock."""
    staffed = on_duty(world.desks[desk]) or not policy.around_the_clock
    return desk if staffed else policy.no_duty_desk or desk


def next_above(world: World, policy: Policy, desk: Desk, but: str = "") -> str:
    """Where a query goes up to, one desk left out; what counts every hour passes desks with nobody at night.

    Empty: nobody is above.
    """
    way = [each for each in _above(world, desk) if each != but]
    awake = (each for each in way if on_duty(world.desks[each])) if policy.around_the_clock else iter(way)
    return next(awake, way[0] if way else "")


def _above(world: World, desk: Desk) -> Iterator[str]:
    seen = {desk.id}
    while desk.escalates_to in world.desks and desk.escalates_to not in seen:
        seen.add(desk.escalates_to)
        yield desk.escalates_to
        desk = world.desks[desk.escalates_to]


def zone_of(world: World, country: str, preferred: str = "") -> str:
    """The zone to show times in: the organisation's own, else the country's, else its region's."""
    if preferred:
        return preferred
    if country in world.zones:
        return world.zones[country]
    region = world.region_of.get(country)
    return world.regions[region].timezone if region else "UTC"
