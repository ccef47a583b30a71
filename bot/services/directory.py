"""Bringing people in: one-time codes for staff, desks and organisations."""

from datetime import datetime

from bot.core.errors import BotError
from bot.core.invitation import Invitee
from bot.core.permission import command_line
from bot.core.person import Invite, InviteKind, StaffRole
from bot.core.staff_role import check_role
from bot.services import invitations
from bot.services.setup import Setup
from storage import audit, invites
from storage.database import Transaction


class NoSuchDesk(BotError):
    """There is no such desk; `csobot world check --json` lists them."""


def invite_staff(
    tx: Transaction,
    setup: Setup,
    role: StaffRole,
    now: datetime,
    *,
    platform: str = "",
    by: int = 0,
    via: str = "command",
) -> str:
    """A one-time code that gives this role to whoever redeems it, on that platform or on any; raises `BadRole`."""
    check_role(setup.world, role)
    invite = Invite(
        kind=InviteKind.STAFF,
        role=role.role.value,
        desk=role.desk,
        department=role.department,
        region=role.region,
        platform=platform,
        made_by=by,
        made_at=now,
        expires_at=now + setup.invitation,
    )
    audit.add(tx, by, f"invited_staff:{role.name}", "staff:0", now, via)
    return _invite(tx, setup, invite)


def invite_desk(tx: Transaction, setup: Setup, desk: str, now: datetime) -> str:
    """A one-time code that makes the chat where it is posted that desk; raises `NoSuchDesk`."""
    _known_desk(setup, desk)
    return _invite(tx, setup, Invite(kind=InviteKind.DESK, desk=desk, expires_at=now + setup.invitation))


def invite_organisation(tx: Transaction, setup: Setup, organisation: str, now: datetime) -> str:
    """A one-time code for one person of the organisation; raises `NoSuchOrganisation`."""
    invitee = Invitee(organisation=organisation)
    return invitations.invite(tx, setup, command_line(setup.world), invitee, now, "command").code


def _known_desk(setup: Setup, desk: str) -> None:
    if desk not in setup.world.desks:
        raise NoSuchDesk(f"There is no desk {desk!r}. Desks: {', '.join(setup.world.desks)}.")


def _invite(tx: Transaction, setup: Setup, invite: Invite) -> str:
    code = setup.new_token()
    invites.add(tx, code, invite)
    return code
