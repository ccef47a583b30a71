"""Whose desk a topic belongs to: mission of the country, its region, the department, the entry point."""

from collections.abc import Iterator, Mapping

from bot.core.message import Value
from bot.core.organisation import Level
from bot.core.routing.decision import Because, Choice, Decision, Route
from bot.core.routing.policy import TRIAGE
from bot.core.world import TopicOwner, World


def owner(
    world: World, topic: str, country: str, level: Level = Level.UNKNOWN, because: Because | None = None
) -> Route:
    """The first desk that exists, by the office's rules. `topic` is a topic, a subtopic or "triage".

    `because` replaces the reason where a person chose: the desk stays the one the rules say.
    """
    known = world.topics.get(topic)
    if known is None:
        return _route(world, world.office.fallback_desk, because or Because.NO_TOPIC, {})
    department = world.departments.get(known.department)
    desk = department.desk if department else world.office.fallback_desk
    if known.owner is TopicOwner.CONFIDENTIAL:
        return Route(world.office.confidential_desk, Because.CONFIDENTIAL, {})
    if known.owner is TopicOwner.FIELD:
        for found, reason, fields in _field(world, country, level):
            return _route(world, found, because or reason, {"topic": topic, **fields})
    return _route(world, desk, because or Because.TOPIC, {"topic": topic})


def _field(world: World, country: str, level: Level) -> Iterator[tuple[str, Because, Mapping[str, Value]]]:
    """The desks in the field that come before the department, in the order of the office's rules."""
    region = world.region_of.get(country, "")
    for kind in world.office.first_owner.get(level, ()):
        if kind == "mission" and country in world.mission_of:
            yield world.mission_of[country], Because.COUNTRY_AND_TOPIC, {"country": country}
        elif kind == "region" and region in world.regions:
            yield world.regions[region].desk, Because.REGION_AND_TOPIC, {"country": country, "region": region}
        elif kind == "hq":
            return


def _route(world: World, desk: str, because: Because, fields: Mapping[str, Value]) -> Route:
    return Route(desk if desk in world.desks else world.office.fallback_desk, because, dict(fields))


def first_route(world: World, decision: Decision, country: str, level: Level = Level.UNKNOWN) -> Route | None:
    """Where a text would go if its decision were followed; None when it opens no query."""
    if decision.choice is Choice.NONE:
        return None
    return owner(world, decision.topic or TRIAGE, country, level)
