"""Staff give a query another class of promise, with the reason."""

from collections.abc import Sequence
from datetime import datetime

from bot.core import query_clock
from bot.core.message import Fields
from bot.core.promise import ClockStands
from bot.core.query import Entry, EntryKind, Query
from bot.core.query_clock import Pauses, desk_of, policy_of
from bot.core.routing.decision import Because, Route
from bot.core.sla import desk_for
from bot.core.turn import Immediate
from bot.core.world import Policy, World
from bot.services import by_mail, cards, queries
from bot.services.acts import Act, SameClass, only_holder, tell_asker
from bot.services.zone import reader_zone
from storage import queries as rows
from storage.database import Transaction


def classes(world: World) -> tuple[str, ...]:
    """The policies that staff may give: all but those of confidential departments."""
    sealed = {each.policy for each in world.departments.values() if each.confidential}
    return tuple(each for each in world.policies if each not in sealed)


def change(act: Act) -> Sequence[Immediate]:
    """Count the promise anew by the other class; urgent where nobody is on duty goes to the desk that is."""
    only_holder(act)
    world, query = act.setup.world, act.query
    known, wanted = classes(world), act.values.get("policy", "").strip().casefold()
    if wanted not in known or query.policy not in known or wanted == query.policy:
        raise SameClass(reference=query.reference)
    if query.clock_since is None:
        raise ClockStands(reference=query.reference)
    policy = world.policies[wanted]
    changed = rows.save(act.tx, _of_class(act, policy))
    fields: Fields = {"from": query.policy, "to": wanted, "reason": act.text}
    line = Entry(query=query.id, kind=EntryKind.EVENT, text="priority", at=act.now, author=act.person, fields=fields)
    rows.add_entry(act.tx, line)
    changed = _where_somebody_is(act, changed, policy)
    cards.renew_card(act.tx, act.setup, changed, act.now)
    moved = changed.desk != query.desk
    says: Fields = {"policy": wanted, "reason": act.text, "moved": moved}
    tell_asker(act, changed, "conversation.priority", says)
    by_mail.tell_so(act, changed, "conversation.priority", says)
    return ()


def _of_class(act: Act, policy: Policy) -> Query:
    world, query = act.setup.world, act.query
    zone = reader_zone(act.tx, act.setup, query)
    old, desk, pauses = policy_of(world, query), desk_of(world, query), _pauses(act.tx, query)
    return query_clock.of_class(query, policy, old, desk, zone, pauses, act.now)


def _pauses(tx: Transaction, query: Query) -> Pauses:
    """As the timeline has them; what has expired is not known any more."""
    lines = (each for each in rows.timeline(tx, query.id) if each.kind is EntryKind.EVENT and each.text == "resumed")
    return [(datetime.fromisoformat(str(each.fields["since"])), each.at) for each in lines if each.fields.get("since")]


def _where_somebody_is(act: Act, query: Query, policy: Policy) -> Query:
    """What counts every hour is with somebody at every hour, as when it is routed."""
    desk = desk_for(act.setup.world, policy, query.desk)
    if desk == query.desk:
        return query
    place = Route(desk, Because.NO_DUTY, {"topic": query.topic, "from_desk": query.desk, "reason": act.text})
    return queries.move(act.tx, act.setup, query, place, act.now, act.person)
