"""Erasing somebody on request: what would go, and doing it. In chat people do it themselves, with /forgetme."""

from dataclasses import dataclass
from datetime import datetime

from bot.core.errors import Unknown
from bot.core.person import Person
from bot.services import data
from bot.services.my_data import EVER
from bot.services.setup import Setup
from storage import audit, consents, people
from storage import queries as query_rows
from storage.database import Transaction

COMMAND_LINE = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Preview:
    """What is kept about somebody, as numbers: whoever looks learns nothing else of them."""

    connected: bool
    addresses: int
    queries: int
    consents: int
    roles: int


class NoSuchPerson(Unknown):
    """There is nobody with this number: the page of a partner shows the numbers of its people."""


def preview(tx: Transaction, number: int) -> Preview:
    """What would go; raises `Unknown`."""
    person = _person(tx, number)
    addresses = people.addresses(tx, person.id)
    return Preview(
        connected=bool(addresses),
        addresses=len(addresses),
        queries=len(query_rows.of_person(tx, person.id, EVER)),
        consents=len(consents.of_person(tx, person.id)),
        roles=len(people.roles(tx, person.id)),
    )


def forget(tx: Transaction, setup: Setup, number: int, now: datetime, by: int = COMMAND_LINE) -> None:
    """Erase them without a last message: they asked another way; raises `Unknown`."""
    person = _person(tx, number)
    data.erase_without_farewell(tx, setup, person, now)
    audit.add(tx, by, "erase", f"person:{number}", now, "console" if by else "command")


def _person(tx: Transaction, number: int) -> Person:
    person = people.get(tx, number)
    if person is None:
        raise NoSuchPerson
    return person
