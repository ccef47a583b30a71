"""A desk of many years: a hundred thousand queries with their timelines, of which one in twenty is open."""

import random
from collections.abc import Iterable
from datetime import timedelta
from typing import Any

import sqlalchemy as sa

from bot.core.query import Concern, EntryKind, EntryState, Status
from bot.core.world import World
from storage import query_words
from storage.database import Database, Transaction
from storage.desk_tables import watchers
from storage.directory_tables import people
from storage.tables import desk_threads, entries, queries
from tests.benchmarks.partner_data import NOW, fill

ORGANISATIONS = 2_000
_ROWS = 2_000
#: Words that people use; the first one in every second question, the last ones in one of ten.
_WORDS = (
    *("shelter", "cyclone", "returns", "permit", "visa", "training", "border", "camp", "water", "reintegration"),
    *("étude", "réunion", "kits", "warehouse", "distribution", "assessment", "counselling", "resettlement", "funding"),
    *("Beitbridge", "Kalobeyei", "Mwanza", "Cúcuta", "Dadaab", "Zwegedougou", "questionnaire", "fumigation", "ferry"),
)
_OPEN = (Status.NEW, Status.CLAIMED, Status.CLAIMED, Status.CLAIMED, Status.WAITING)
#: Who of staff holds queries; they are made with the first people.
HOLDERS = range(1, 61)


def fill_queries(database: Database, world: World, number: int) -> int:
    """The partners, then so many queries with what became of them, then the index of the search; the last number."""
    fill(database, world, ORGANISATIONS)
    chance = random.Random(11)
    asked = database.run_sync(lambda tx: tx.execute(sa.select(people.c.id, people.c.organisation)).all())
    desks = sorted(set(world.desks) - {world.office.confidential_desk})
    first = (database.run_sync(lambda tx: tx.scalar(sa.select(sa.func.max(queries.c.id)))) or 0) + 1
    made = [
        _query(chance, world, desks, chance.choice(asked), first + place, place / number) for place in range(number)
    ]
    for start in range(0, number, _ROWS):
        some = made[start : start + _ROWS]
        database.run_sync(lambda tx, some=some: _keep(tx, chance, some))  # type: ignore[misc]
    database.run_sync(query_words.rebuild)
    database.run_sync(lambda tx: tx.exec_driver_sql("ANALYZE"))
    return first + number - 1


def _query(chance: random.Random, world: World, desks: list[str], who: Any, number: int, part: float) -> dict[str, Any]:
    """`part`: how far through the years; the latest ones are the open ones."""
    is_open = chance.random() < (0.5 if part > 0.9 else 0.002)
    status = chance.choice(_OPEN) if is_open else chance.choices((Status.ANSWERED, Status.CLOSED), (1, 20))[0]
    asked_at = NOW - timedelta(hours=30_000 * (1 - part))
    due = NOW + timedelta(minutes=chance.randrange(-2000, 6000))
    return {
        "id": number,
        "opened_by": f"years:{number}",
        "person": who.id,
        "organisation": who.organisation,
        "country": chance.choice(sorted(world.region_of)),
        "language": chance.choices(["en", "fr", "es", "ar"], [60, 20, 15, 5])[0],
        "account": "telegram",
        "topic": chance.choice(sorted(world.topics)),
        "topics": [["shelter", 0.8]],
        "desk": chance.choice(desks),
        "because": "topic",
        "because_fields": {"topic": "shelter"},
        "policy": "standard",
        "asked_at": asked_at,
        "due_at": due if status in (Status.NEW, Status.CLAIMED) else None,
        "clock_total": 28_800,
        "clock_since": asked_at if is_open else None,
        "waiting_since": NOW if status is Status.WAITING else None,
        "answered_at": None if is_open else asked_at + timedelta(hours=5),
        "snoozed_until": NOW + timedelta(days=1) if is_open and chance.random() < 0.05 else None,
        "concern": Concern.COMPLAINT if chance.random() < 0.01 else None,
        "sensitive": chance.random() < 0.02,
        "status": status,
        "holder": 0 if status is Status.NEW else chance.choice(HOLDERS),
        "private": False,
        "rating": 0,
        "rating_shared": False,
        "version": 3,
    }


def _keep(tx: Transaction, chance: random.Random, some: list[dict[str, Any]]) -> None:
    tx.execute(sa.insert(queries), some)
    tx.execute(sa.insert(entries), [line for query in some for line in _lines(chance, query)])
    tx.execute(sa.insert(desk_threads), [_thread(query) for query in some])
    watched = [{"query": query["id"], "person": chance.choice(HOLDERS), "at": NOW} for query in some[::50]]
    tx.execute(sa.insert(watchers), watched)
    if tx.dialect.name == "postgresql":
        tx.exec_driver_sql("SELECT setval(pg_get_serial_sequence('queries', 'id'), (SELECT max(id) FROM queries))")


def _lines(chance: random.Random, query: dict[str, Any]) -> Iterable[dict[str, Any]]:
    kinds = [(EntryKind.QUESTION, query["person"]), (EntryKind.EVENT, query["holder"])]
    kinds += [(EntryKind.NOTE, query["holder"])] if chance.random() < 0.5 else []
    kinds += [(EntryKind.REPLY, query["holder"])] if query["answered_at"] else []
    for place, (kind, author) in enumerate(kinds):
        yield {
            "query": query["id"],
            "kind": kind,
            "text": "claimed" if kind is EntryKind.EVENT else _text(chance, query["id"]),
            "at": query["asked_at"] + timedelta(hours=place),
            "author": author,
            "files": [],
            "state": EntryState.DONE,
            "source": "",
            "fields": {},
        }


def _text(chance: random.Random, number: int) -> str:
    weights = [8 // (place + 1) + 3 for place in range(len(_WORDS))]
    return f"We ask about {' '.join(chance.choices(_WORDS, weights, k=8))} for group{number % 997} of village{number}."


def _thread(query: dict[str, Any]) -> dict[str, Any]:
    return {
        "query": query["id"],
        "desk": query["desk"] if query["id"] % 9 else "region-eha",
        "account": "slack",
        "chat": "C1",
        "style": "thread",
        "root": 0,
        "card": 0,
        "current": True,
    }
