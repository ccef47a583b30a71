"""A promise that counts every hour needs somebody at every hour, on each way that a query can take."""

from collections.abc import Collection, Iterator
from itertools import product

from bot.core.organisation import Level
from bot.core.routing.owner import owner
from bot.core.routing.policy import TRIAGE
from bot.core.sla import next_above, on_duty, policy_for
from bot.core.world import Policy, TopicOwner, World
from config.world_desks import FILE
from config.world_files import Entry, listed


def check(top: Entry, world: World) -> None:
    """Names the policies of departments.yaml by whose promise a query could lie where nobody is at night."""
    policies = top.entry("sla_policies")
    for policy in world.policies.values():
        entry = policies.entry(policy.id)
        if not policy.around_the_clock:
            _no_stray(entry, policy)
        elif policy.no_duty_desk:
            _check_named(entry, policy, world)
        else:
            _check_every_way(entry, policy, world)


def _no_stray(entry: Entry, policy: Policy) -> None:
    if policy.no_duty_desk:
        at = entry.place("no_duty_desk")
        at.bad(f"{policy.id} counts the desk's hours and needs no no_duty_desk; leave it out, or set calendar: 24x7")


def _check_named(entry: Entry, policy: Policy, world: World) -> None:
    """The desk that takes what comes at night."""
    name, at = policy.no_duty_desk, entry.place("no_duty_desk")
    if name not in world.desks:
        at.problems.among(at, name, [desk.id for desk in world.desks.values() if on_duty(desk)], "desk on duty")
        return
    if name == world.office.confidential_desk:
        at.bad(f"{policy.id}: the confidential desk takes no other desk's queries; name a desk that has a duty post")
        return
    if not on_duty(world.desks[name]):
        at.bad(f"{policy.id} is 24x7 and nobody is at {name} at night; {_add_duty(name)}, or name a desk that has one")
        return
    _check_confidential(entry, policy, world)
    _check_above(entry, policy, world)


def _check_confidential(entry: Entry, policy: Policy, world: World) -> None:
    """What is confidential goes to no other desk at night."""
    desk = world.office.confidential_desk
    topics = [topic.id for topic in world.topics.values() if topic.owner is TopicOwner.CONFIDENTIAL]
    if not on_duty(world.desks[desk]) and desk in _first_desks(policy, world, topics):
        entry.at.bad(
            f"{policy.id} is 24x7 and is the promise of the confidential desk, which nobody may stand in for; "
            f"{_add_duty(desk)}, or give confidential matters a policy with calendar: desk"
        )


def _check_above(entry: Entry, policy: Policy, world: World) -> None:
    """Where it goes up, somebody must be there as well."""
    desk = world.desks[policy.no_duty_desk]
    above = next_above(world, policy, desk)
    if policy.escalate_at_percent and above and not on_duty(world.desks[above]):
        entry.place("no_duty_desk").bad(
            f"{policy.id} is 24x7 and goes up from {desk.id} to {above}, where nobody is at night; "
            f"{_add_duty(above)}, or leave escalates_to of {desk.id} empty"
        )


def _check_every_way(entry: Entry, policy: Policy, world: World) -> None:
    """Without a desk for the night each desk where it can begin must be there itself."""
    every = _first_desks(policy, world, (*world.topics, TRIAGE))
    empty = sorted({desk for desk in every if not on_duty(world.desks[desk])})
    if empty:
        entry.at.bad(
            f"{policy.id} is 24x7 and nobody is at {listed(empty)} at night; give it a no_duty_desk that has "
            f"a duty post, or {_add_duty('each of them' if len(empty) > 1 else empty[0])}"
        )


def _first_desks(policy: Policy, world: World, topics: Collection[str]) -> Iterator[str]:
    """Desks where a query of this policy about one of the topics can begin."""
    countries = {"", *world.region_of, *world.mission_of, *world.settings}
    for topic, level, country in product(topics, Level, countries):
        desk = owner(world, topic, country, level).desk
        if policy_for(world, topic, desk, country, level) == policy:
            yield desk


def _add_duty(desk: str) -> str:
    return f"add a post of kind duty (MO-SU, 00:00-24:00) at {desk} to {FILE}"
