"""Bringing people in: one-time codes for staff, desks and organisations."""

from datetime import datetime

from bot.core.errors import BotError
from bot.core.invitation import Invitee
from bot.core.permission import command_line
from bot.core.person import Invite, InviteKind, Role
from bot.services import invitations
from bot.services.setup import Setup
from storage import invites
from storage.database import Transaction


class NoSuchDesk(BotError):
    """There is no such desk; `csobot world check --json` lists them."""


class NoSuchRole(BotError):
    """There is no such role."""


def invite_staff(tx: Transaction, setup: Setup, role: str, desk: str, now: datetime) -> str:
    """A one-time code that gives the role, at that desk or at all; raises `NoSuchRole` or `NoSuchDesk`."""
    if role not in set(Role):
        raise NoSuchRole(f"There is no role {role!r}. Roles: {', '.join(Role)}.")
    if desk:
        _known_desk(setup, desk)
    if role == Role.FOCAL_POINT and not desk:
        raise NoSuchDesk("A focal point works at a desk: say which with --desk.")
    return _invite(tx, setup, Invite(kind=InviteKind.STAFF, role=role, desk=desk, expires_at=now + setup.invitation))


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
