"""What staff decide about people of partners, each where their roles cover the organisation.

What follows from it, and who is told, is the same as when a colleague does it in chat.
"""

from datetime import datetime

from bot.core.errors import Unknown
from bot.core.partner_scope import scope_of
from bot.core.permission import Permission, Viewer, check
from bot.core.person import Person
from bot.services import partners
from bot.services.setup import Setup
from storage import organisations, people
from storage.database import Transaction

VIA = "console"


def confirm(tx: Transaction, setup: Setup, viewer: Viewer, person: int, now: datetime) -> Person:
    """They speak for the organisation. Raises `NotWaiting`, `OrganisationAtRest`, `NotAllowed`, `Unknown`."""
    _allowed(tx, setup, viewer, person)
    return partners.confirm(tx, setup, person, viewer.person, now, VIA)


def refuse(tx: Transaction, setup: Setup, viewer: Viewer, person: int, now: datetime) -> Person:
    """They do not, as far as anybody knows. Raises `NotWaiting`, `NotAllowed`, `Unknown`."""
    _allowed(tx, setup, viewer, person)
    return partners.refuse(tx, setup, person, viewer.person, now, VIA)


def left(tx: Transaction, setup: Setup, viewer: Viewer, person: int, to: int, now: datetime) -> str:
    """They do not any more; open questions go to the colleague `to`. Returns the organisation."""
    leaver = _allowed(tx, setup, viewer, person)
    partners.left(tx, setup, person, to, viewer.person, now, VIA)
    return leaver.organisation


def name_speaker(tx: Transaction, setup: Setup, viewer: Viewer, person: int, now: datetime) -> str:
    """Their registration counts for the organisation. Returns it."""
    named = _allowed(tx, setup, viewer, person)
    partners.name_speaker(tx, named.organisation, person, viewer.person, now, VIA)
    return named.organisation


def _allowed(tx: Transaction, setup: Setup, viewer: Viewer, person: int) -> Person:
    """The person, for somebody who may decide about partners of that country; staff are not decided about here."""
    check(viewer, Permission.EDIT_PARTNERS)
    found = people.get(tx, person)
    if found is None or people.roles(tx, person):
        raise Unknown
    organisation = organisations.get(tx, found.organisation) if found.organisation else None
    country = organisation.country if organisation else found.country
    check(viewer, Permission.EDIT_PARTNERS, scope_of(setup.world, country))
    return found
