"""After a backup was put back: deliveries are held, and whoever was erased since is erased again."""

from collections.abc import Iterable
from datetime import datetime

from bot.services import data
from bot.services.setup import Setup
from storage import fresh, holds, people, query_words
from storage.database import Transaction


def is_empty(tx: Transaction) -> bool:
    """Whether nothing of anybody is in the database: the world's own organisations and keys do not count."""
    return not fresh.holds_anything(tx)


def settle(tx: Transaction, setup: Setup, taken_at: datetime, erased: Iterable[int], now: datetime) -> int:
    """Hold deliveries and erase again; returns how many people were erased."""
    query_words.rebuild(tx)
    holds.hold(tx, f"restored:{taken_at.isoformat(timespec='minutes')}", now)
    known = [person for number in erased if (person := people.get(tx, number))]
    for person in known:
        data.erase_without_farewell(tx, setup, person, now)
    return len(known)
