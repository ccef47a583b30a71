"""A large office: tens of thousands of partners, people, addresses, invitations, questions and acts of staff."""

import random
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict
from datetime import UTC, date, datetime, timedelta
from typing import Any

import sqlalchemy as sa

from bot.core.organisation import Level, Observer, Organisation, OrganisationConsent, OrganisationStatus
from bot.core.person import Connection, Invitations, Person
from bot.core.world import World
from storage import organisations
from storage.database import Database, Transaction
from storage.directory_tables import duplicates, identities, invites, people
from storage.tables import addresses, audit, queries

NOW = datetime(2026, 3, 4, 9, 0, tzinfo=UTC)
_FIRST = (
    *("Harbour", "Río", "Savanna", "Étoile", "Padma", "Steppe", "Coral"),
    *("Umoja", "Solidarité", "Atlas", "Nordic", "Andes", "Mekong"),
)
_SECOND = (
    *("Migrant", "Workers", "Returns", "Women", "Youth", "Border", "Shelter"),
    *("Health", "Rights", "Radio", "Legal", "Climate", "Family"),
)
_THIRD = (
    *("Alliance", "Network", "Fundación", "Relief", "Circle", "Union", "Institut"),
    *("Collective", "Watch", "League", "Trust"),
)
_NAMES = (
    *("Amina", "Zoé", "José", "Nadia", "Tomás", "Ngozi", "Léa"),
    *("Omar", "Priya", "Sofía", "Kwame", "Elif", "Ravi", "Marta", "Chantal"),
)
_ROWS = 1000


def fill(database: Database, world: World, number: int) -> None:
    """So many organisations, half as many people again, and everything that belongs to them."""
    chance = random.Random(7)
    made = list(_organisations(chance, world, number))
    for start in range(0, number, _ROWS):
        chunk = made[start : start + _ROWS]
        database.run_sync(lambda tx, chunk=chunk: organisations.add_all(tx, chunk, NOW))  # type: ignore[misc]
    persons = [_person(chance, made, place) for place in range(number * 3 // 2)]
    database.run_sync(lambda tx: _people(tx, chance, persons, made))
    database.run_sync(lambda tx: _rest(tx, chance, made, number))
    database.run_sync(lambda tx: tx.exec_driver_sql("ANALYZE"))


def _organisations(chance: random.Random, world: World, number: int) -> Iterator[Organisation]:
    types, topics = list(world.organisation_types)[:7], list(world.topics)
    countries = sorted(world.region_of)
    for place in range(number):
        name = f"{chance.choice(_FIRST)} {chance.choice(_SECOND)} {chance.choice(_THIRD)} {place}"
        status = chance.choices(list(OrganisationStatus), [10, 84, 3, 3])[0]
        observer = chance.choices(list(Observer), [90, 4, 6])[0]
        yield Organisation(
            id=f"CSO-{place + 100:04d}",
            name=name,
            acronym=f"{name[0]}{place}",
            type=chance.choice(types),
            level=chance.choice(list(Level)[:4]),
            country=chance.choice(countries),
            language=chance.choice(world.office.languages),
            timezone="UTC",
            email=f"contact@p{place}.example",
            listed=chance.random() < 0.7,
            status=status,
            parent=f"CSO-{chance.randrange(place) + 100:04d}" if place and chance.random() < 0.2 else "",
            topics=tuple(chance.sample(topics, 3)),
            languages=tuple(chance.sample(["en", "fr", "es", "ar", "sw", "pt"], 2)),
            clusters=("shelter",) if chance.random() < 0.1 else (),
            observer=observer,
            observer_since=date(2020, 1, 1) if observer is Observer.OBSERVER else None,
            consent=chance.choice(list(OrganisationConsent)),
            source="import:1",
        )


def _person(chance: random.Random, made: Sequence[Organisation], place: int) -> Person:
    organisation = made[place % len(made)]
    connection = chance.choices(
        [Connection.CONFIRMED, Connection.CLAIMED, Connection.NONE, Connection.LEFT, Connection.REFUSED],
        [55, 10, 25, 7, 3],
    )[0]
    return Person(
        language=organisation.language,
        country=organisation.country,
        organisation=organisation.id,
        connection=connection,
        invitations=Invitations.ALL,
        name=f"{chance.choice(_NAMES)} {chance.choice(_THIRD)}",
        position="Coordinator",
        email=f"p{place}@example.org",
        source="import:1",
        known_since=NOW - timedelta(days=chance.randrange(700)),
    )


def _people(tx: Transaction, chance: random.Random, persons: list[Person], made: Sequence[Organisation]) -> None:
    first = tx.execute(sa.select(sa.func.coalesce(sa.func.max(people.c.id), 0))).scalar_one() + 1
    rows = [{**asdict(each), "id": first + place} for place, each in enumerate(persons)]
    _add(tx, people, rows)
    if tx.dialect.name == "postgresql":
        tx.exec_driver_sql("SELECT setval(pg_get_serial_sequence('people', 'id'), (SELECT max(id) FROM people))")
    wrote = [row["id"] for row in rows if row["connection"] in (Connection.CONFIRMED, Connection.CLAIMED)]
    chats = [("telegram" if chance.random() < 0.8 else "slack", f"9{number}", number) for number in wrote]
    known = ({"account": account, "user": chat, "person": number, "chat": chat} for account, chat, number in chats)
    _add(tx, identities, known)
    _add(
        tx,
        addresses,
        ({"key": f"{a}:{c}", "unreachable": "blocked" if chance.random() < 0.1 else ""} for a, c, _ in chats),
    )
    asked = [row for row in rows if row["connection"] is Connection.NONE]
    _add(tx, invites, (_invite(chance, row, place) for place, row in enumerate(asked)))
    _add(tx, queries, (_query(chance, rows[place % len(rows)], place) for place in range(len(made) // 2)))


def _invite(chance: random.Random, row: dict[str, Any], place: int) -> dict[str, Any]:
    made_at = NOW - timedelta(days=chance.randrange(28))
    return {
        "digest": f"d{place}",
        "kind": "organisation",
        "organisation": row["organisation"],
        "person": row["id"],
        "made_at": made_at,
        "expires_at": made_at + timedelta(days=14),
    }


def _query(chance: random.Random, row: dict[str, Any], place: int) -> dict[str, Any]:
    return {
        "opened_by": f"bench:{place}",
        "person": row["id"],
        "organisation": row["organisation"],
        "country": row["country"],
        "language": row["language"],
        "account": "telegram",
        "topic": "shelter",
        "topics": [],
        "desk": "mission-ke",
        "because": "topic",
        "because_fields": {},
        "policy": "standard",
        "asked_at": NOW - timedelta(hours=chance.randrange(5000)),
        "status": chance.choice(["new", "claimed", "answered", "closed"]),
        "holder": 0,
        "private": chance.random() < 0.2,
        "rating": 0,
        "rating_shared": False,
        "version": 1,
    }


def _rest(tx: Transaction, chance: random.Random, made: Sequence[Organisation], number: int) -> None:
    acts = ("organisation_verified", "organisation_changed:topics", "organisation_changed:email")
    _add(
        tx,
        audit,
        (
            {
                "at": NOW - timedelta(hours=chance.randrange(9000)),
                "person": 1,
                "act": chance.choice(acts),
                "about": f"organisation:{chance.choice(made).id}",
                "via": "console",
            }
            for _ in range(number * 3 // 2)
        ),
    )
    pairs = ((made[place].id, made[place + 1].id) for place in range(0, number - 1, 60))
    _add(
        tx,
        duplicates,
        ({"one": one, "other": other, "why": "name", "alike": 90, "state": "open", "at": NOW} for one, other in pairs),
    )


def _add(tx: Transaction, table: sa.Table, rows: Iterable[dict[str, Any]]) -> None:
    waiting = list(rows)
    for start in range(0, len(waiting), _ROWS):
        tx.execute(sa.insert(table), waiting[start : start + _ROWS])
