"""An organisation that is on no list: what its first contact says of it becomes a proposal that staff look at."""

from dataclasses import replace
from datetime import datetime

from bot.core.organisation import Level, Organisation, OrganisationStatus
from bot.core.person import Person
from bot.core.sla import zone_of
from bot.services.merging import look_for_duplicates
from bot.services.organisations import next_id
from bot.services.setup import Setup
from bot.services.told import language_of
from storage import organisations
from storage.database import Transaction


def propose(tx: Transaction, setup: Setup, person: Person, kind: str, now: datetime) -> Organisation:
    """A record for staff: proposed, in no public list until they verify it."""
    proposed = Organisation(
        id=next_id(tx),
        name=person.claimed_name,
        acronym="",
        type=kind,
        level=Level.UNKNOWN,
        country=person.country,
        language=language_of(setup, person),
        timezone=zone_of(setup.world, person.country, ""),
        listed=False,
        status=OrganisationStatus.PROPOSED,
        source="chat",
    )
    while not organisations.add_where_free(tx, proposed, now):
        proposed = replace(proposed, id=next_id(tx))
    look_for_duplicates(tx, setup, proposed, now)
    return proposed
