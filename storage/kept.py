"""What tables hold about one person: read for that person, who asked to see it."""

from collections.abc import Mapping
from typing import Any

import sqlalchemy as sa

from storage.audit import of_matters
from storage.console_tables import second_factors, sessions
from storage.database import Transaction
from storage.desk_tables import working_times
from storage.directory_tables import absences, identities, invites, staff_roles, suspensions
from storage.tables import addresses, audit

Rows = list[Mapping[str, Any]]


def reached_at(tx: Transaction, person: int) -> Rows:
    """Addresses by platform, and how each is doing."""
    key = identities.c.account + ":" + identities.c.chat
    columns = (identities.c.account, identities.c.user, identities.c.chat, identities.c.linked_at)
    state = (addresses.c.unreachable, addresses.c.counted_from, addresses.c.counted)
    joined = sa.select(*columns, *state).outerjoin(addresses, addresses.c.key == key)
    return _rows(tx, joined.where(identities.c.person == person).order_by(identities.c.account))


def roles(tx: Transaction, person: int) -> Rows:
    columns = (staff_roles.c.role, staff_roles.c.desk, staff_roles.c.department, staff_roles.c.region)
    return _rows(tx, sa.select(*columns).where(staff_roles.c.person == person).order_by(staff_roles.c.role))


def suspended(tx: Transaction, person: int) -> Rows:
    return _rows(tx, sa.select(suspensions.c.at, suspensions.c.why).where(suspensions.c.person == person))


def away(tx: Transaction, person: int) -> Rows:
    """When they are or were away; who stands in is the record of those."""
    theirs = sa.select(absences.c.begins, absences.c.ends).where(absences.c.person == person)
    return _rows(tx, theirs.order_by(absences.c.begins))


def hours(tx: Transaction, person: int) -> Rows:
    """When they work and which digests they want, where they said anything."""
    theirs = working_times.c.person == person
    names = ("timezone", "working_days", "opens", "closes", "morning", "evening")
    return _rows(tx, sa.select(*(working_times.c[name] for name in names)).where(theirs))


def invitations(tx: Transaction, person: int) -> Rows:
    """Those made for the person, and those they used."""
    theirs = sa.or_(invites.c.person == person, invites.c.used_by == person)
    columns = (invites.c.kind, invites.c.organisation, invites.c.made_at, invites.c.expires_at, invites.c.used_at)
    return _rows(tx, sa.select(*columns).where(theirs).order_by(invites.c.made_at))


def console_sessions(tx: Transaction, person: int) -> Rows:
    columns = (sessions.c.device, sessions.c.made_at, sessions.c.seen_at, sessions.c.expires_at, sessions.c.revoked_at)
    return _rows(tx, sa.select(*columns).where(sessions.c.person == person).order_by(sessions.c.made_at))


def second_factor_since(tx: Transaction, person: int) -> Rows:
    """Since when there is one; its secret is nobody's to read."""
    return _rows(tx, sa.select(second_factors.c.confirmed_at).where(second_factors.c.person == person))


def acts(tx: Transaction, person: int) -> Rows:
    """What they did as staff; what they did for the confidential desk is not sent through a chat."""
    columns = (audit.c.at, audit.c.act, audit.c.about, audit.c.via)
    theirs = sa.and_(audit.c.person == person, ~of_matters())
    return _rows(tx, sa.select(*columns).where(theirs).order_by(audit.c.id))


def acts_about(tx: Transaction, person: int) -> Rows:
    """What staff did about them; by whom is the record of those."""
    columns = (audit.c.at, audit.c.act, audit.c.via)
    return _rows(tx, sa.select(*columns).where(audit.c.about == f"person:{person}").order_by(audit.c.id))


def _rows(tx: Transaction, found: "sa.Select[Any]") -> Rows:
    return [dict(row._mapping) for row in tx.execute(found)]
