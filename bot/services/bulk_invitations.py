"""Many invitations in one transaction: for named partners, for all who are not invited, for all to be reminded."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime

from bot.core.errors import BotError
from bot.core.invitation import Invitation, Invitee
from bot.core.permission import Viewer
from bot.services import invitations
from bot.services.setup import Setup
from storage import people
from storage.database import Transaction
from storage.reads import connecting


class NoSuchPartner(BotError):
    """There is no such organisation or contact: use ids such as CSO-0001 or person:12."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    """Somebody who could not be invited, and why."""

    organisation: str
    person: int
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Made:
    invitations: tuple[Invitation, ...]
    refused: tuple[Refusal, ...]


def named(tx: Transaction, ids: Iterable[str]) -> tuple[Invitee, ...]:
    """Organisation ids and "person:12"; raises `NoSuchPartner`."""
    return tuple(_named(tx, each) for each in ids)


def _named(tx: Transaction, name: str) -> Invitee:
    number = name.removeprefix("person:")
    if not number.isdecimal():
        return Invitee(organisation=name)
    contact = people.get(tx, int(number))
    if contact is None or not contact.organisation:
        raise NoSuchPartner(f"There is no contact {number} of an organisation.")
    return Invitee(organisation=contact.organisation, person=contact.id)


def uninvited(tx: Transaction, viewer: Viewer, now: datetime) -> tuple[Invitee, ...]:
    """Every organisation that is neither connected nor invited."""
    return tuple(Invitee(organisation=each.organisation) for each in connecting.uninvited(tx, viewer, now))


def to_remind(tx: Transaction, setup: Setup, viewer: Viewer, now: datetime) -> tuple[Invitee, ...]:
    """Whoever is on the reminder list, as they were invited before."""
    found = connecting.to_remind(tx, viewer, setup.world.office.invitations, now)
    return tuple(
        Invitee(organisation=each.organisation, person=each.person, language=each.language, platform=each.platform)
        for each in found
    )


Make = Callable[[Transaction, Setup, Viewer, Invitee, datetime, str], Invitation]


def make(
    tx: Transaction, setup: Setup, viewer: Viewer, invitees: Iterable[Invitee], now: datetime, via: str, one: Make
) -> Made:
    """An invitation for each, by `invitations.invite` or `invitations.renew`; whoever cannot be invited is named."""
    made: list[Invitation] = []
    refused: list[Refusal] = []
    for each in invitees:
        try:
            made.append(one(tx, setup, viewer, each, now, via))
        except invitations.NoSuchLanguage:
            raise
        except BotError as problem:
            refused.append(Refusal(organisation=each.organisation, person=each.person, why=str(problem)))
    return Made(invitations=tuple(made), refused=tuple(refused))
