"""Two years of queries at every desk: asked, answered, broken, open, rated, in every region and about every topic."""

import random
from datetime import UTC, datetime, timedelta
from typing import Any

import sqlalchemy as sa

from bot.core.person import Connection, Person
from bot.core.query import EntryKind
from bot.core.world import World
from storage import organisations
from storage.database import Database, Transaction
from storage.directory_tables import people
from storage.tables import entries, queries

NOW = datetime(2026, 11, 25, 9, 0, tzinfo=UTC)
DAYS = 730
_ROWS = 2000


def fill(database: Database, world: World, number: int, now: datetime = NOW) -> None:
    """So many queries of one thousand people; one in twenty is open."""
    chance = random.Random(11)
    database.run_sync(lambda tx: organisations.load(tx, world.organisations))
    first = database.run_sync(lambda tx: _people(tx, world, chance))
    for start in range(0, number, _ROWS):
        rows = [_query(chance, world, first, place, now) for place in range(start, min(number, start + _ROWS))]
        database.run_sync(lambda tx, rows=rows: _add(tx, rows))  # type: ignore[misc]
    database.run_sync(lambda tx: tx.exec_driver_sql("ANALYZE"))


def _people(tx: Transaction, world: World, chance: random.Random) -> int:
    chosen = (chance.choice(world.organisations) for _ in range(1000))
    rows = [
        {
            "language": each.language,
            "country": each.country,
            "organisation": each.id,
            "claimed_name": "",
            "connection": Connection.CONFIRMED,
            "invitations": Person().invitations,
            "told_version": "",
            "stopped": False,
            "version": 1,
        }
        for each in chosen
    ]
    tx.execute(sa.insert(people), rows)
    return int(tx.execute(sa.select(sa.func.min(people.c.id))).scalar_one())


def _add(tx: Transaction, rows: list[dict[str, Any]]) -> None:
    tx.execute(sa.insert(queries), rows)
    last = int(tx.execute(sa.select(sa.func.max(queries.c.id))).scalar_one())
    lines = [
        _line(last - len(rows) + place + 1, kind, row["asked_at"] + timedelta(hours=hours))
        for place, row in enumerate(rows)
        for kind, hours in ((EntryKind.QUESTION, 0), (EntryKind.REPLY, 5), (EntryKind.ADDITION, 9))[: 1 + place % 3]
    ]
    tx.execute(sa.insert(entries), lines)


def _line(query: int, kind: EntryKind, at: datetime) -> dict[str, Any]:
    text = "Who can tell us how many kits there are for the families at the river? " * 3
    line = {"query": query, "kind": kind, "text": text, "at": at, "author": 1, "files": [], "state": "done"}
    return {**line, "source": f"bench:{query}:{kind}", "fields": {}}


def _query(chance: random.Random, world: World, first: int, place: int, now: datetime) -> dict[str, Any]:
    asked = now - timedelta(days=chance.random() * DAYS)
    is_open = chance.random() < 0.05
    took = timedelta(hours=chance.expovariate(1 / 9))
    answered = None if is_open else asked + took
    desks = [desk for desk in world.desks if desk != world.office.confidential_desk]
    person = chance.randrange(1000)
    organisation = world.organisations[person % len(world.organisations)]
    status = chance.choice(["new", "claimed", "waiting"]) if is_open else chance.choice(["answered", "closed"])
    return {
        "opened_by": f"bench:{place}",
        "person": first + person,
        "organisation": organisation.id,
        "country": chance.choice(sorted(world.region_of)),
        "language": chance.choice(world.office.languages),
        "account": chance.choice(["telegram", "slack"]),
        "topic": chance.choice(list(world.topics)),
        "topics": [["shelter", 0.8], ["cccm", 0.1]],
        "desk": chance.choice(desks),
        "because": "topic",
        "because_fields": {},
        "policy": "standard",
        "asked_at": asked,
        "due_at": asked + timedelta(hours=24),
        "status": status,
        "holder": 0 if status == "new" else first + chance.randrange(60),
        "private": False,
        "first_answered_at": answered,
        "answered_at": answered,
        "broken_at": asked + timedelta(hours=24) if took > timedelta(hours=24) else None,
        "outcome": "answered" if status == "closed" else None,
        "concern": chance.choice(["complaint", "critical"]) if chance.random() < 0.02 else None,
        "sensitive": chance.random() < 0.01,
        "rating": chance.choice([0, 0, 2, 4, 5]) if answered else 0,
        "rating_shared": chance.random() < 0.5,
        "version": 1,
    }
