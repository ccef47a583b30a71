"""People, their addresses and their roles."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, replace
from typing import Any

import sqlalchemy as sa

from bot.core.errors import Conflict
from bot.core.message import Address
from bot.core.person import Connection, Invitations, Person, Role, Staff, StaffRole
from storage.database import Transaction
from storage.directory_tables import identities, people, resting_desks, staff_roles, suspensions
from storage.tables import addresses as unreachable

# Statements of every message are made once: making one costs several times what the database needs for it.
_WITH_IDENTITY = sa.select(people).join(identities, identities.c.person == people.c.id)
_KNOWN = _WITH_IDENTITY.where(
    identities.c.account == sa.bindparam("account"), identities.c.user == sa.bindparam("user")
)
_BY_ID = sa.select(people).where(people.c.id == sa.bindparam("person"))
_ROLES = sa.select(staff_roles).where(staff_roles.c.person == sa.bindparam("person")).order_by(*staff_roles.c)
_ACTIVE_ROLES = _ROLES.where(~sa.exists().where(suspensions.c.person == staff_roles.c.person))
_RESTING = sa.select(resting_desks.c.desk).where(resting_desks.c.person == sa.bindparam("person"))


def known(tx: Transaction, account: str, user: str) -> Person | None:
    """Who writes from this account as this user."""
    row = tx.execute(_KNOWN, {"account": account, "user": user}).first()
    return from_row(row._mapping) if row else None


def in_chat(tx: Transaction, account: str, chat: str) -> Person | None:
    """Whose private chat this is."""
    found = _WITH_IDENTITY.where(identities.c.account == account, identities.c.chat == chat)
    row = tx.execute(found.limit(1)).first()
    return from_row(row._mapping) if row else None


def get(tx: Transaction, person_id: int) -> Person | None:
    row = tx.execute(_BY_ID, {"person": person_id}).first()
    return from_row(row._mapping) if row else None


def add(tx: Transaction, person: Person, account: str, user: str, chat: str) -> Person:
    """Keep a new person, reached as this user; `chat` is empty until they write privately."""
    values = _columns(person)
    del values["id"]
    number = tx.execute(sa.insert(people).values(values).returning(people.c.id)).scalar_one()
    tx.execute(sa.insert(identities).values(account=account, user=user, person=number, chat=chat))
    return replace(person, id=number)


def add_contact(tx: Transaction, person: Person) -> Person:
    """Keep somebody we know of who has never written here."""
    values = _columns(person)
    del values["id"]
    return replace(person, id=tx.execute(sa.insert(people).values(values).returning(people.c.id)).scalar_one())


def contact_by_mail(tx: Transaction, organisation: str, email: str) -> Person | None:
    """The person of the organisation whose address this is; the one known longest."""
    theirs = sa.and_(people.c.organisation == organisation, sa.func.lower(people.c.email) == email.casefold())
    row = tx.execute(sa.select(people).where(theirs).order_by(people.c.id).limit(1)).first()
    return from_row(row._mapping) if row else None


def with_mail(tx: Transaction, organisation: str, most: int) -> tuple[Person, ...]:
    """People of the organisation whose e-mail address is known."""
    theirs = sa.select(people).where(people.c.organisation == organisation, people.c.email != "")
    return tuple(from_row(row._mapping) for row in tx.execute(theirs.order_by(people.c.id).limit(most)))


def save(tx: Transaction, person: Person) -> Person:
    """Keep the change if nobody else made one since; raises `Conflict` otherwise."""
    saved = replace(person, version=person.version + 1)
    seen = sa.and_(people.c.id == person.id, people.c.version == person.version)
    if tx.execute(sa.update(people).where(seen).values(_columns(saved))).rowcount != 1:
        raise Conflict
    return saved


def note_chat(tx: Transaction, account: str, user: str, chat: str) -> None:
    """Remember where this user can be written to privately."""
    theirs = sa.and_(identities.c.account == account, identities.c.user == user, identities.c.chat != chat)
    tx.execute(sa.update(identities).where(theirs).values(chat=chat))


def private_address(tx: Transaction, person: int, account: str) -> Address | None:
    """The private chat of the person there, else on any other account; None when they never wrote privately."""
    theirs = sa.select(identities).where(identities.c.person == person, identities.c.chat != "")
    rows = tx.execute(theirs.order_by(identities.c.account)).all()
    best = next((row for row in rows if row.account == account), rows[0] if rows else None)
    return Address(best.account, best.chat) if best else None


def private_chats(tx: Transaction, persons: Sequence[int]) -> tuple[tuple[Person, Address], ...]:
    """Each of these people with a private chat in which they can be reached; without one they are left out."""
    chat = sa.and_(identities.c.person == people.c.id, identities.c.chat != "")
    key = identities.c.account + ":" + identities.c.chat
    closed = sa.exists().where(unreachable.c.key == key, unreachable.c.unreachable != "")
    theirs = sa.select(people, identities.c.account, identities.c.chat).join(identities, chat)
    rows = tx.execute(theirs.where(people.c.id.in_(persons), ~closed).order_by(people.c.id, identities.c.account)).all()
    names = Person.__dataclass_fields__
    first = {row.id: row for row in reversed(rows)}.values()
    return tuple(
        (from_row({name: row._mapping[name] for name in names}), Address(row.account, row.chat)) for row in first
    )


def addresses(tx: Transaction, person: int) -> tuple[Address, ...]:
    theirs = sa.select(identities).where(identities.c.person == person).order_by(identities.c.account)
    return tuple(Address(row.account, row.chat) for row in tx.execute(theirs))


def others_of(tx: Transaction, organisation: str, person: int) -> tuple[int, ...]:
    """Everybody else who speaks for the organisation, confirmed or not."""
    others = sa.select(people.c.id).where(people.c.organisation == organisation, people.c.id != person)
    return tuple(tx.scalars(others.order_by(people.c.id)))


def identities_of(tx: Transaction, person: int) -> tuple[tuple[str, str], ...]:
    """(account, user) of every address the person writes from."""
    theirs = sa.select(identities.c.account, identities.c.user).where(identities.c.person == person)
    rows = tx.execute(theirs.order_by(identities.c.account, identities.c.user))
    return tuple((row.account, row.user) for row in rows)


def unlink(tx: Transaction, person: int, account: str, user: str) -> Address | None:
    """The address does not lead to this person any more; the chat it had, None when it was not theirs."""
    theirs = sa.and_(identities.c.person == person, identities.c.account == account, identities.c.user == user)
    chat = tx.execute(sa.delete(identities).where(theirs).returning(identities.c.chat)).scalar_one_or_none()
    return None if chat is None else Address(account, chat)


def staff(tx: Transaction, person: int) -> Staff | None:
    """The person's roles; None for somebody who has none, or whose roles rest."""
    roles = tuple(_role(row) for row in tx.execute(_ACTIVE_ROLES, {"person": person}))
    if not roles:
        return None
    return Staff(person=person, roles=roles, resting=frozenset(tx.scalars(_RESTING, {"person": person})))


def roles(tx: Transaction, person: int) -> tuple[StaffRole, ...]:
    """What the person was given, whether it rests or not."""
    return tuple(_role(row) for row in tx.execute(_ROLES, {"person": person}))


def roles_of(tx: Transaction, persons: Sequence[int]) -> Mapping[int, tuple[StaffRole, ...]]:
    """The roles of each of these people that do not rest; without those who have none."""
    active = ~sa.exists().where(suspensions.c.person == staff_roles.c.person)
    found: dict[int, tuple[StaffRole, ...]] = {}
    theirs = sa.select(staff_roles).where(staff_roles.c.person.in_(persons), active)
    for row in tx.execute(theirs.order_by(*staff_roles.c)):
        found[row.person] = (*found.get(row.person, ()), _role(row))
    return found


def everybody_of_staff(tx: Transaction) -> tuple[Staff, ...]:
    """Everybody who has a role that does not rest."""
    found: dict[int, list[StaffRole]] = {}
    active = ~sa.exists().where(suspensions.c.person == staff_roles.c.person)
    for row in tx.execute(sa.select(staff_roles).where(active).order_by(*staff_roles.c)):
        found.setdefault(row.person, []).append(_role(row))
    resting: dict[int, set[str]] = {}
    for row in tx.execute(sa.select(resting_desks.c.person, resting_desks.c.desk)):
        resting.setdefault(row.person, set()).add(row.desk)
    return tuple(
        Staff(person=person, roles=tuple(roles), resting=frozenset(resting.get(person, ())))
        for person, roles in found.items()
    )


def add_role(tx: Transaction, role: StaffRole) -> None:
    """Give the role; giving it twice gives it once."""
    if role not in roles(tx, role.person):
        tx.execute(sa.insert(staff_roles).values(asdict(role)))


def remove_role(tx: Transaction, role: StaffRole) -> bool:
    """Whether the person had it."""
    values = asdict(role)
    this = sa.and_(*(column == values[column.name] for column in staff_roles.c))
    return tx.execute(sa.delete(staff_roles).where(this)).rowcount == 1


def with_role(tx: Transaction, *roles: Role) -> tuple[Staff, ...]:
    """Active staff who have one of these roles, whatever they are limited to."""
    chosen = sa.select(staff_roles.c.person).distinct().where(staff_roles.c.role.in_(roles))
    found = (staff(tx, person) for person in tx.scalars(chosen.order_by(staff_roles.c.person)).all())
    return tuple(each for each in found if each)


def _role(row: sa.Row[Any]) -> StaffRole:
    return StaffRole(**{**row._mapping, "role": Role(row.role)})


def _columns(person: Person) -> dict[str, Any]:
    return asdict(person)


def from_row(row: Mapping[Any, Any]) -> Person:
    kinds = {"connection": Connection(row["connection"]), "invitations": Invitations(row["invitations"])}
    return Person(**{**row, **kinds})
