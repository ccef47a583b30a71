"""Thousands of open queries in the hands of many focal points, as months of use would have left them."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, replace
from datetime import datetime, timedelta

import sqlalchemy as sa

from bot.core import query_clock
from bot.core.message import Address
from bot.core.person import BoundDesk, DeskStyle, Person, Role, StaffRole
from bot.core.query import Query, Status
from bot.core.sla import policy_for
from bot.core.working_time import WorkingTime
from bot.core.world import World
from storage import desks, people, working_times
from storage.database import Transaction
from storage.tables import deliveries, desk_threads, queries

#: So many rows go into one statement.
AT_ONCE = 500
#: Seconds of a promise whose next mark lies days ahead.
LONG = 20 * 9 * 3600


def settle(tx: Transaction, world: World, holders: int, now: datetime) -> Sequence[tuple[int, str]]:
    """Every desk in a Slack channel, and so many focal points spread over them, always at work, each with a chat."""
    open_desks = [desk for desk in world.desks if desk != world.office.confidential_desk]
    for place, desk in enumerate(open_desks):
        where = Address("slack", f"C0CROWD{place:02}")
        desks.bind(tx, BoundDesk(desk=desk, address=where, style=DeskStyle.THREAD), 0, now)
    found = []
    for number in range(holders):
        desk = open_desks[number % len(open_desks)]
        known = people.add(tx, Person(language="en"), "telegram", str(7_000_000 + number), str(7_000_000 + number))
        people.add_role(tx, StaffRole(person=known.id, role=Role.FOCAL_POINT, desk=desk))
        working_times.save(tx, WorkingTime(person=known.id).said("MO-SU 00:00-24:00"))
        found.append((known.id, desk))
    return found


def claimed(
    tx: Transaction, world: World, holders: Sequence[tuple[int, str]], count: int, due: datetime, first: int = 0
) -> None:
    """So many claimed queries of which half of the time has passed at this moment; each has its card at its desk."""
    asker = people.add(tx, Person(language="en", country="KE"), "telegram", f"6{first:06}", f"6{first:06}").id
    places = {bound.desk: bound.address for bound in desks.every(tx)}
    numbers = range(first, first + count)
    made = [_query(world, number, asker, *holders[number % len(holders)], due) for number in numbers]
    for start in range(0, count, AT_ONCE):
        some = made[start : start + AT_ONCE]
        ids = _insert(tx, queries, [_columns(query) for query in some])
        numbered = [replace(query, id=number) for query, number in zip(some, ids, strict=True)]
        cards = _insert(tx, deliveries, [_card(query, places[query.desk], due) for query in numbered])
        both = zip(numbered, cards, strict=True)
        _insert(tx, desk_threads, [_thread(query, card, places[query.desk]) for query, card in both])


def _insert(tx: Transaction, table: sa.Table, rows: Sequence[Mapping[str, object]]) -> Sequence[int]:
    returning = sa.insert(table).returning(table.c.id, sort_by_parameter_order=True)
    return tx.scalars(returning, [dict(row) for row in rows]).all()


def _query(world: World, number: int, asker: int, holder: int, desk: str, due: datetime) -> Query:
    asked = due - timedelta(days=1)
    policy = policy_for(world, "triage", desk)
    query = Query(
        id=0,
        opened_by=f"crowd:{number}",
        person=asker,
        country="KE",
        account="telegram",
        topic="triage",
        desk=desk,
        asked_at=asked,
        status=Status.CLAIMED,
        holder=holder,
        claimed_at=asked,
    )
    begun = query_clock.begun(query, policy, world.desks[desk], "UTC", asked)
    return replace(begun, clock_total=LONG, mark_at=due, due_at=due + timedelta(days=30))


def _columns(query: Query) -> dict[str, object]:
    values = {**asdict(query), "because_fields": {}}
    del values["id"]
    return values


def _card(query: Query, to: Address, due: datetime) -> dict[str, object]:
    """A card that was posted long ago."""
    return {
        "source": f"thread:{query.id}:{query.desk}:0",
        "part": 1,
        "account": to.account,
        "chat": to.chat,
        "op": "post",
        "priority": 5,
        "due": due - timedelta(days=1),
        "state": "sent",
        "kind": "notice",
        "message": {"template": "desk.card", "fields": {}, "buttons": []},
        "result": f"17000.{query.id:06}",
        "sent_revision": 1,
        "query": query.id,
        "created_at": due - timedelta(days=1),
    }


def _thread(query: Query, card: int, to: Address) -> dict[str, object]:
    where = {"account": to.account, "chat": to.chat, "thread": f"17000.{query.id:06}", "style": DeskStyle.THREAD}
    return {"query": query.id, "desk": query.desk, **where, "root": card, "card": card, "current": True}
