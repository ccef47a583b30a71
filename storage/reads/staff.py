"""Who works here, with which roles. Who belongs to the confidential desk, only administrators see."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from bot.core.permission import Permission, Viewer, check
from bot.core.person import Role, StaffRole
from bot.core.suspension import Suspension
from storage import suspensions
from storage.console_tables import second_factors
from storage.database import Transaction
from storage.directory_tables import identities, people, resting_desks, staff_roles
from storage.queries import HELD
from storage.tables import queries


@dataclass(frozen=True, slots=True, kw_only=True)
class Member:
    """One member of staff."""

    person: int
    #: Empty where nobody gave one.
    name: str
    roles: tuple[StaffRole, ...]
    suspension: Suspension | None
    #: Accounts of ours on which they can be reached: "telegram", "slack" …
    accounts: tuple[str, ...]
    known_since: datetime | None
    #: Whether an authenticator is set up.
    has_factor: bool
    #: Desks whose chat they left: their roles rest there.
    resting: tuple[str, ...] = ()
    #: Queries they have, claimed or answered.
    held: int = 0
    #: (account, the platform's id of the person), for administrators alone.
    users: tuple[tuple[str, str], ...] = ()


def members(tx: Transaction, viewer: Viewer) -> tuple[Member, ...]:
    """All of staff by name, suspended ones too; raises `NotAllowed`."""
    check(viewer, Permission.SEE_STAFF)
    manages = viewer.may(Permission.MANAGE_STAFF)
    roles = _roles(tx, with_confidential=manages)
    rest, resting, held = suspensions.every(tx), _resting(tx), _held(tx)
    users = _users(tx, roles) if manages else {}
    accounts = _accounts(tx, roles)
    factors = set(tx.scalars(sa.select(second_factors.c.person).where(second_factors.c.confirmed_at.is_not(None))))
    rows = tx.execute(sa.select(people.c.id, people.c.name, people.c.known_since).where(people.c.id.in_(list(roles))))
    found = [
        Member(
            person=row.id,
            name=row.name,
            roles=tuple(roles[row.id]),
            suspension=rest.get(row.id),
            accounts=tuple(accounts[row.id]),
            known_since=row.known_since,
            has_factor=row.id in factors,
            resting=tuple(resting[row.id]),
            held=held.get(row.id, 0),
            users=tuple(users.get(row.id, ())),
        )
        for row in rows
    ]
    return tuple(sorted(found, key=lambda each: (not each.name, each.name.casefold(), each.person)))


def _roles(tx: Transaction, *, with_confidential: bool) -> dict[int, list[StaffRole]]:
    found: dict[int, list[StaffRole]] = defaultdict(list)
    for row in tx.execute(sa.select(staff_roles).order_by(staff_roles.c.role, staff_roles.c.desk)):
        role = StaffRole(**{**row._mapping, "role": Role(row.role)})
        if with_confidential or role.role is not Role.CONFIDENTIAL:
            found[role.person].append(role)
    return found


def _accounts(tx: Transaction, persons: Iterable[int]) -> dict[int, list[str]]:
    found: dict[int, list[str]] = defaultdict(list)
    theirs = (
        sa.select(identities.c.person, identities.c.account).distinct().where(identities.c.person.in_(list(persons)))
    )
    for row in tx.execute(theirs.order_by(identities.c.account)):
        found[row.person].append(row.account)
    return found


def _users(tx: Transaction, persons: Iterable[int]) -> dict[int, list[tuple[str, str]]]:
    found: dict[int, list[tuple[str, str]]] = defaultdict(list)
    theirs = sa.select(identities).where(identities.c.person.in_(list(persons)))
    for row in tx.execute(theirs.order_by(identities.c.account, identities.c.user)):
        found[row.person].append((row.account, row.user))
    return found


def _resting(tx: Transaction) -> dict[int, list[str]]:
    found: dict[int, list[str]] = defaultdict(list)
    for row in tx.execute(sa.select(resting_desks).order_by(resting_desks.c.desk)):
        found[row.person].append(row.desk)
    return found


def _held(tx: Transaction) -> dict[int, int]:
    open_ = sa.and_(queries.c.status.in_(HELD), queries.c.holder != 0)
    counted = sa.select(queries.c.holder, sa.func.count().label("open")).where(open_).group_by(queries.c.holder)
    return {row.holder: row.open for row in tx.execute(counted)}
