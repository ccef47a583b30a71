"""Somebody or something is gone, says the platform: roles rest, what was open goes back, whoever must know is told."""

from datetime import datetime

from bot.core.message import Change, Event, Fields, Membership
from bot.core.person import Role, Staff
from bot.core.suspension import Suspension, Why
from bot.services import hand_over as handing
from bot.services.hand_over import Plan, Reason, Receiver
from bot.services.setup import Setup
from bot.services.staff import rest, tell_privately
from storage import accounts, audit, desks, people, suspensions
from storage.database import Transaction

#: Changes that end the roles of a member, wherever they work.
ENDS = {Change.CLOSED: Why.LEFT_WORKSPACE, Change.GUEST: Why.GUEST}
#: What is handled here.
NOTICED = frozenset({*ENDS, Change.LEFT, Change.REMOVED})


def noticed(tx: Transaction, setup: Setup, event: Event, change: Membership, now: datetime) -> None:
    """Coming back changes nothing: an administrator lifts what rests."""
    account = event.address.account
    if change.change is Change.REMOVED:
        accounts.ended(tx, account, now)
        return
    person = people.known(tx, account, event.sender.user)
    staff = people.staff(tx, person.id) if person else None
    if staff is None:
        return
    if change.change in ENDS:
        _gone(tx, setup, staff, ENDS[change.change], now)
    elif bound := desks.at(tx, account, event.address.chat):
        _left(tx, setup, staff, bound.desk, now)


def _left(tx: Transaction, setup: Setup, staff: Staff, desk: str, now: datetime) -> None:
    """Their roles rest at this desk; everywhere, when they have no other desk that works in a chat."""
    if not staff.may_act_at(desk, setup.world):
        return
    if not _works_elsewhere(tx, setup, staff, desk) and not _is_admin(staff):
        _gone(tx, setup, staff, Why.LEFT_GROUP, now)
        return
    suspensions.rest_at(tx, staff.person, desk, now)
    returned = handing.plan(tx, setup, staff.person, Receiver(), {desk})
    handing.carry_out(tx, setup, returned, Reason.LEFT, 0, now)
    audit.add(tx, 0, f"rests_at:{desk}", f"staff:{staff.person}", now)
    fields: Fields = {"desk": desk, "references": returned.returned}
    tell_privately(tx, setup, staff.person, _source("rests", staff, now), "staff.you_left", fields, now)
    _tell_those_above(tx, setup, staff, (desk,), {"why": Why.LEFT_GROUP.value, "all": False}, returned, now)


def _works_elsewhere(tx: Transaction, setup: Setup, staff: Staff, desk: str) -> bool:
    bound = (each.desk for each in desks.every(tx) if each.desk != desk)
    return any(staff.may_act_at(each, setup.world) for each in bound)


def _is_admin(staff: Staff) -> bool:
    """An administrator works in no chat, and so leaves the office by leaving none."""
    return any(each.role is Role.ADMIN for each in staff.roles)


def _gone(tx: Transaction, setup: Setup, staff: Staff, why: Why, now: datetime) -> None:
    """Everything rests, even for the last administrator: an account that is closed must not stay one."""
    where = _desks(tx, setup, staff)
    returned = rest(tx, setup, Suspension(person=staff.person, why=why, at=now), Reason.LEFT)
    audit.add(tx, 0, f"suspended:{why}", f"staff:{staff.person}", now)
    if why is not Why.LEFT_WORKSPACE:
        fields: Fields = {"why": why.value}
        tell_privately(tx, setup, staff.person, _source("suspended", staff, now), "staff.suspended", fields, now)
    _tell_those_above(tx, setup, staff, where, {"why": why.value, "all": True}, returned, now)


def _desks(tx: Transaction, setup: Setup, staff: Staff) -> tuple[str, ...]:
    """The desks that a limited role of theirs names."""
    limited = (role for role in staff.roles if role.limited)
    return tuple(sorted({desk for role in limited for desk in role.desks(setup.world)}))


def _tell_those_above(
    tx: Transaction, setup: Setup, staff: Staff, where: tuple[str, ...], said: Fields, returned: Plan, now: datetime
) -> None:
    """The managers of their desks in private; administrators where there is none who can be reached."""
    others = [each for each in people.with_role(tx, Role.MANAGER, Role.ADMIN) if each.person != staff.person]
    reached = [each for each in others if people.private_address(tx, each.person, "")]
    managers = [each for each in reached if any(each.manages(desk, setup.world) for desk in where)]
    known = people.get(tx, staff.person)
    fields: Fields = {
        **said,
        "name": known.name if known else "",
        "number": staff.person,
        "desk": where[0] if where else "",
        "desks": len(where),
        "references": returned.returned,
    }
    for each in managers or [each for each in reached if each.has(Role.ADMIN)]:
        tell_privately(tx, setup, each.person, _source("gone", staff, now), "staff.somebody_left", fields, now)


def _source(what: str, staff: Staff, now: datetime) -> str:
    return f"{what}:{staff.person}:{now.isoformat()}"


def removed_accounts(tx: Transaction) -> tuple[str, ...]:
    """Accounts where the platform removed us."""
    return tuple(each.account for each in accounts.every(tx) if each.ended_at)
