"""The people of staff: their roles given and taken, their suspension, and the hand-over of what they have open."""

from datetime import datetime

from bot.core.errors import BotError, NotAllowed, Unknown
from bot.core.message import Fields
from bot.core.permission import Permission, Viewer, check
from bot.core.person import InviteKind, Role, StaffRole
from bot.core.staff_role import check_role
from bot.core.suspension import Suspension, Why
from bot.services import hand_over as handing
from bot.services.hand_over import Plan, Reason, Receiver
from bot.services.setup import Setup
from bot.services.told import Told, language_of, tell
from storage import audit, invites, people, suspensions
from storage.database import Transaction


class LastAdmin(BotError):
    """This is the last administrator. Make somebody else one first: csobot invite staff admin"""

    template = "errors.last_admin"


class NotStaff(Unknown):
    """Nobody of staff has this number: `csobot staff list` shows them."""

    template = "errors.no_such_staff"


def give_role(tx: Transaction, setup: Setup, by: Viewer, role: StaffRole, now: datetime, via: str = "console") -> None:
    """One more role for somebody of staff; others are invited. Raises `BadRole`, `NotStaff` or `NotAllowed`."""
    check_role(setup.world, role)
    _roles(tx, role.person)
    check_may_manage(by, (role,))
    people.add_role(tx, role)
    _noted(tx, by, f"role_given:{role.name}", role.person, now, via)


def remove_role(
    tx: Transaction, setup: Setup, by: Viewer, role: StaffRole, now: datetime, via: str = "console"
) -> Plan:
    """Take one role away; what its holder may no longer handle goes back to the desks.

    Raises `NotStaff`, `LastAdmin` or `NotAllowed`.
    """
    check_may_manage(by, (role,))
    if role not in people.roles(tx, role.person):
        raise NotStaff
    if _is_full_admin(role):
        check_not_last_admin(tx, role.person)
    people.remove_role(tx, role)
    _noted(tx, by, f"role_removed:{role.name}", role.person, now, via)
    left = people.staff(tx, role.person)
    world = setup.world
    lost = {desk for desk in world.desks if left is None or not left.may_act_at(desk, world)}
    returned = handing.plan(tx, setup, role.person, Receiver(), lost)
    handing.carry_out(tx, setup, returned, Reason.HANDED_OVER, by.person, now)
    return returned


def suspend(
    tx: Transaction, setup: Setup, by: Viewer, person: int, why: Why, now: datetime, via: str = "console"
) -> Plan:
    """Their roles rest at once, everywhere, and so do their sessions; what they had open goes back to the desks.

    Raises `NotStaff`, `LastAdmin` or `NotAllowed`.
    """
    check_may_manage(by, _roles(tx, person))
    check_not_last_admin(tx, person)
    returned = rest(tx, setup, Suspension(person=person, why=why, at=now, by=by.person), Reason.RESTING)
    _noted(tx, by, f"suspended:{why}", person, now, via)
    tell_privately(
        tx, setup, person, f"suspended:{person}:{now.isoformat()}", "staff.suspended", {"why": why.value}, now
    )
    return returned


def rest(tx: Transaction, setup: Setup, suspension: Suspension, reason: Reason) -> Plan:
    """The roles rest from now on; returns what went back to the desks."""
    suspensions.add(tx, suspension)
    _end_codes(tx, suspension.person, suspension.at)
    returned = handing.plan(tx, setup, suspension.person, Receiver())
    handing.carry_out(tx, setup, returned, reason, suspension.by, suspension.at)
    return returned


def _end_codes(tx: Transaction, person: int, now: datetime) -> None:
    """What they invited others with ends with their roles: a code in the wrong hands would outlive them."""
    for kind in InviteKind:
        invites.end_made_by(tx, person, kind, now)


def lift(tx: Transaction, setup: Setup, by: Viewer, person: int, now: datetime, via: str = "console") -> None:
    """Their roles count again; nothing that went to others comes back. Raises `NotStaff` when nothing rested."""
    check_may_manage(by, _roles(tx, person))
    if not suspensions.lift(tx, person):
        raise NotStaff("Nothing rests for this person: csobot staff list shows who is suspended.")
    _noted(tx, by, "lifted", person, now, via)
    tell_privately(tx, setup, person, f"lifted:{person}:{now.isoformat()}", "staff.lifted", {}, now)


def preview(tx: Transaction, setup: Setup, by: Viewer, person: int, receiver: Receiver) -> Plan:
    """What `hand_over` would do. Raises `NotStaff`, `NoReceiver` or `NotAllowed`."""
    _roles(tx, person)
    planned = handing.plan(tx, setup, person, receiver)
    _check_may_hand_over(by, planned, people.roles(tx, person))
    return planned


def hand_over(
    tx: Transaction,
    setup: Setup,
    person: int,
    receiver: Receiver,
    by: Viewer,
    now: datetime,
    via: str = "console",
) -> Plan:
    """Everything open of the person goes to the receiver, as `preview` says. Who gets something is told in private."""
    planned = preview(tx, setup, by, person, receiver)
    handing.carry_out(tx, setup, planned, Reason.HANDED_OVER, by.person, now)
    _noted(tx, by, "handed_over", person, now, via)
    for going in planned.queries:
        audit.add(tx, by.person, f"handed_over:{going.fate}", f"query:{going.query.id}", now, via)
    if planned.taken:
        fields: Fields = {"references": planned.taken}
        source = f"received:{person}:{now.isoformat()}"
        tell_privately(tx, setup, receiver.person, source, "staff.received", fields, now)
    return planned


def _check_may_hand_over(by: Viewer, planned: Plan, roles: tuple[StaffRole, ...]) -> None:
    """Whoever has the work, an administrator of theirs, or a manager of every desk concerned."""
    desks = {going.query.desk for going in planned.queries} | {query.desk for query in planned.owned}
    manages = bool(desks) and all(by.staff.manages(desk, by.world) for desk in desks)
    if by.person != planned.person and not manages:
        check_may_manage(by, roles)


def check_may_manage(by: Viewer, roles: tuple[StaffRole, ...]) -> None:
    """An administrator who is limited manages only roles within that limit. Raises `NotAllowed`."""
    check(by, Permission.MANAGE_STAFF)
    admins = [each for each in by.staff.roles if each.role is Role.ADMIN]
    if any(not each.limited for each in admins):
        return
    covered = frozenset[str]().union(*(each.desks(by.world) for each in admins))
    if not all(role.limited and role.desks(by.world) <= covered for role in roles):
        raise NotAllowed


def check_not_last_admin(tx: Transaction, person: int) -> None:
    """Somebody must be left who can manage staff. Raises `LastAdmin`."""
    admins = {each.person for each in people.with_role(tx, Role.ADMIN) if any(map(_is_full_admin, each.roles))}
    if admins == {person}:
        raise LastAdmin


def tell_privately(
    tx: Transaction, setup: Setup, person: int, source: str, template: str, fields: Fields, now: datetime
) -> None:
    """A line to one member of staff alone; silent to whoever never wrote in private."""
    known = people.get(tx, person)
    address = people.private_address(tx, person, "") if known else None
    if known and address:
        told = Told(address=address, person=person, language=language_of(setup, known), zone="UTC")
        tell(tx, told, source, 0, template, fields, now)


def _roles(tx: Transaction, person: int) -> tuple[StaffRole, ...]:
    roles = people.roles(tx, person)
    if not roles:
        raise NotStaff
    return roles


def _is_full_admin(role: StaffRole) -> bool:
    return role.role is Role.ADMIN and not role.limited


def _noted(tx: Transaction, by: Viewer, act: str, person: int, now: datetime, via: str) -> None:
    audit.add(tx, by.person, act, f"staff:{person}", now, via)
