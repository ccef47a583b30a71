"""Effects that concern who a person is and whom they speak for, each performed in its one place."""

from collections.abc import Callable
from typing import Any

from bot.core.person import Connection, InviteKind, Role, StaffRole
from bot.core.turn import ClaimOrganisation, Redeem, SetInvitations, SetStopped, ToldConsent
from bot.services import data
from bot.services.acting import Acting
from storage import consents, invites, organisations, people
from storage.consents import Consent, ConsentKind


def claim_organisation(acting: Acting, effect: ClaimOrganisation) -> None:
    claimed = {"organisation": effect.organisation, "claimed_name": effect.name}
    acting.change(**claimed, connection=Connection.CLAIMED)
    data.renew_cards(acting.tx, acting.setup, acting.person.id, acting.now)


def set_invitations(acting: Acting, effect: SetInvitations) -> None:
    acting.change(invitations=effect.invitations)
    _agreed(acting, ConsentKind.INVITATIONS, effect.invitations.value)


def set_stopped(acting: Acting, effect: SetStopped) -> None:
    acting.change(stopped=effect.stopped)
    chosen = acting.person.invitations.value
    _agreed(acting, ConsentKind.INVITATIONS, consents.WITHDRAWN if effect.stopped else chosen)


def told_consent(acting: Acting, effect: ToldConsent) -> None:
    acting.change(told_version=effect.version, told_at=acting.now)
    _agreed(acting, ConsentKind.ANSWERS, consents.TOLD)


def _agreed(acting: Acting, kind: ConsentKind, choice: str) -> None:
    version = acting.setup.world.office.consent_version
    consents.add(acting.tx, acting.person.id, Consent(kind=kind, version=version, choice=choice, at=acting.now))


def redeem(acting: Acting, effect: Redeem) -> None:
    """The code is used up by the first; the second is told that it is not valid by the step, which finds none."""
    if not invites.use_up(acting.tx, effect.code, acting.person.id, acting.now):
        return
    invite = effect.invite
    if invite.kind is InviteKind.STAFF:
        role = StaffRole(
            person=acting.person.id,
            role=Role(invite.role),
            desk=invite.desk,
            department=invite.department,
            region=invite.region,
        )
        people.add_role(acting.tx, role)
        data.audit(acting.tx, acting.person.id, f"linked:{role.name}", f"staff:{acting.person.id}", acting.now)
    elif invite.kind is InviteKind.ORGANISATION:
        organisation = organisations.get(acting.tx, invite.organisation)
        known = {"organisation": invite.organisation, "connection": Connection.CONFIRMED, "claimed_name": ""}
        country = organisation.country if organisation else acting.person.country
        acting.change(**known, country=country, connection_at=acting.now)


HANDLERS: dict[type, Callable[[Acting, Any], None]] = {
    ClaimOrganisation: claim_organisation,
    SetInvitations: set_invitations,
    SetStopped: set_stopped,
    ToldConsent: told_consent,
    Redeem: redeem,
}
