"""When what can wait is told: staff in their working time, partners outside quiet hours. Answers never wait."""

from datetime import datetime

from bot.core.calendar import NeverOpen
from bot.core.person import Connection, Person
from bot.core.query import Query
from bot.core.query_clock import policy_of
from bot.core.quiet import CAN_WAIT, Waking, next_permitted, quiet_hours
from bot.core.sla import zone_of
from bot.services import working_time
from bot.services.setup import Setup
from storage import deliveries, organisations, people
from storage.database import Transaction


def when_at_work(tx: Transaction, setup: Setup, person: int, query: Query, now: datetime) -> datetime:
    """When to tell somebody of staff about the query: now if it is urgent or they are at work, else as they begin."""
    staff = people.staff(tx, person)
    hours = working_time.calendar(tx, setup.world, staff) if staff else None
    if hours is None or policy_of(setup.world, query).around_the_clock:
        return now
    try:
        return next_permitted(hours, now)
    except NeverOpen:
        return now


def when_awake(tx: Transaction, setup: Setup, person: Person, now: datetime) -> datetime:
    """When to ask a partner what can wait: outside the quiet hours of their organisation, else of the office."""
    confirmed = person.connection is Connection.CONFIRMED and person.organisation
    organisation = organisations.get(tx, person.organisation) if confirmed else None
    own = quiet_hours(organisation.quiet_hours) if organisation else None
    zone = zone_of(setup.world, person.country, organisation.timezone if organisation else "")
    return next_permitted(Waking(own or setup.world.office.quiet_hours, zone), now)


def take_back(tx: Transaction, query: Query, now: datetime) -> None:
    """What waits to be said of the query when somebody's day begins is not true any more."""
    deliveries.cancel_later(tx, query.id, CAN_WAIT, now)
