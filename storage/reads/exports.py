"""What leaves as a file: partners, contacts and the audit log, as far as the viewer may take them along."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from bot.core.organisation import Organisation, OrganisationConsent, OrganisationStatus
from bot.core.partner_scope import seen_countries
from bot.core.permission import Permission, Viewer, check
from bot.core.person import Invitations, Person
from storage import organisations as organisation_rows
from storage import people as people_rows
from storage.audit import of_matters
from storage.database import Transaction
from storage.directory_tables import identities, organisations, people
from storage.tables import accounts, audit

#: The widest agreement of its people is the organisation's.
_WIDEST = (Invitations.ALL, Invitations.ESSENTIAL, Invitations.NONE)


@dataclass(frozen=True, slots=True, kw_only=True)
class PartnerLine:
    """An organisation and how it can be reached in chat."""

    organisation: Organisation
    #: Platforms on which some of its people have written to us.
    channels: tuple[str, ...]
    #: What at least one of its people agreed to get: "all", "essential" or "none".
    invitations: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ContactLine:
    """Somebody of an organisation."""

    person: Person
    connected: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Act:
    """One row of the audit log: ids only."""

    at: datetime
    person: int
    act: str
    about: str
    via: str


def partners(tx: Transaction, viewer: Viewer) -> list[PartnerLine]:
    """Every organisation, an office below the one it belongs to, else by id; raises `NotAllowed`."""
    check(viewer, Permission.EXPORT)
    every = organisation_rows.every(tx, _allowed(viewer))
    channels, agreed = _channels(tx), _agreed(tx)
    parents = {each.id: each.parent for each in every}
    ordered = sorted(every, key=lambda each: (_depth(parents, each.id), each.id))
    return [
        PartnerLine(
            organisation=each,
            channels=channels.get(each.id, ()),
            invitations=next((kind for kind in _WIDEST if kind in agreed.get(each.id, ())), Invitations.NONE).value,
        )
        for each in ordered
    ]


def public_partners(tx: Transaction, viewer: Viewer) -> list[Organisation]:
    """Those anybody may see: listed, verified, and with consent given. By id; raises `NotAllowed`."""
    check(viewer, Permission.EXPORT)
    shown = sa.and_(
        organisations.c.listed,
        organisations.c.status == OrganisationStatus.VERIFIED,
        organisations.c.consent == OrganisationConsent.GIVEN,
    )
    return sorted(organisation_rows.every(tx, shown, _allowed(viewer)), key=lambda each: each.id)


def contacts(tx: Transaction, viewer: Viewer) -> list[ContactLine]:
    """Everybody who belongs to an organisation, by organisation and number; raises `NotAllowed`."""
    check(viewer, Permission.EXPORT)
    connected = sa.exists().where(identities.c.person == people.c.id, identities.c.chat != "").label("connected")
    found = sa.select(people, connected).join(organisations, organisations.c.id == people.c.organisation)
    rows = tx.execute(found.where(_allowed(viewer)).order_by(people.c.organisation, people.c.id))
    return [ContactLine(person=people_rows.from_row(_person(row)), connected=row.connected) for row in rows]


def _person(row: "sa.Row[tuple[object, ...]]") -> dict[str, object]:
    return {name: value for name, value in row._mapping.items() if name != "connected"}


def acts(tx: Transaction, viewer: Viewer) -> Iterator[Act]:
    """The audit log, oldest first; raises `NotAllowed`."""
    check(viewer, Permission.SEE_AUDIT)
    for row in tx.execute(sa.select(audit).where(~of_matters()).order_by(audit.c.id).execution_options(yield_per=1000)):
        yield Act(at=row.at, person=row.person, act=row.act, about=row.about, via=row.via)


def _allowed(viewer: Viewer) -> "sa.ColumnElement[bool]":
    countries = seen_countries(viewer, Permission.EXPORT, viewer.world)
    return sa.true() if countries is None else organisations.c.country.in_(sorted(countries))


def _channels(tx: Transaction) -> dict[str, tuple[str, ...]]:
    joined = (
        sa.select(people.c.organisation, accounts.c.kind)
        .join(identities, identities.c.person == people.c.id)
        .join(accounts, accounts.c.account == identities.c.account)
    )
    found: dict[str, tuple[str, ...]] = {}
    there = joined.where(people.c.organisation != "", identities.c.chat != "")
    for row in tx.execute(there.distinct().order_by(people.c.organisation, accounts.c.kind)):
        found[row.organisation] = (*found.get(row.organisation, ()), row.kind)
    return found


def _agreed(tx: Transaction) -> dict[str, set[str]]:
    found: dict[str, set[str]] = {}
    theirs = sa.select(people.c.organisation, people.c.invitations).where(people.c.organisation != "").distinct()
    for row in tx.execute(theirs):
        found.setdefault(row.organisation, set()).add(row.invitations)
    return found


def _depth(parents: dict[str, str], organisation: str) -> int:
    """How many organisations are above it; the list may be cut off by what the viewer may see."""
    depth, above = 0, parents.get(organisation, "")
    while above and depth <= len(parents):
        depth, above = depth + 1, parents.get(above, "")
    return depth
