"""The zone in which the CSO of a query reads times."""

from bot.core.person import Connection
from bot.core.query import Query
from bot.core.sla import zone_of
from bot.services.setup import Setup
from storage import organisations, people
from storage.database import Transaction


def reader_zone(tx: Transaction, setup: Setup, query: Query) -> str:
    """That of the organisation they are confirmed for, else of the query's country, else of their own."""
    person = people.get(tx, query.person)
    confirmed = person is not None and person.connection is Connection.CONFIRMED
    organisation = organisations.get(tx, person.organisation) if person and confirmed else None
    country = query.country or (person.country if person else "")
    return zone_of(setup.world, country, organisation.timezone if organisation else "")
