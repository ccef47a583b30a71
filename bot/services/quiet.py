"""When what can wait is told: staff in their working time, partners outside quiet hours. Answers never wait."""

from datetime import datetime, timedelta

from bot.core.person import Connection, Person
from bot.core.query import Query
from bot.core.quiet import CAN_WAIT, Waking, next_permitted, quiet_hours
from bot.core.sla import zone_of
from bot.services.setup import Setup
from storage import deliveries, organisations, queries
from storage.database import Transaction

#: Somebody who wrote so lately is not disturbed.
AWAKE = timedelta(hours=1)


def when_awake(tx: Transaction, setup: Setup, person: Person, now: datetime) -> datetime:
    """When to ask a partner what can wait: outside the quiet hours of their organisation, else of the office.

    Whoever has just written is awake.
    """
    if queries.has_written(tx, person.id, now - AWAKE):
        return now
    confirmed = person.connection is Connection.CONFIRMED and person.organisation
    organisation = organisations.get(tx, person.organisation) if confirmed else None
    own = quiet_hours(organisation.quiet_hours) if organisation else None
    zone = zone_of(setup.world, person.country, organisation.timezone if organisation else "")
    return next_permitted(Waking(own or setup.world.office.quiet_hours, zone), now)


def take_back(tx: Transaction, query: Query, now: datetime) -> None:
    """What waits to be said of the query when somebody's day begins is not true any more."""
    deliveries.cancel_later(tx, query.id, CAN_WAIT, now)
