"""Effects that concern who a person is and whom they speak for, each performed in its one place."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from bot.core.errors import NotAllowed
from bot.core.message import Fields
from bot.core.partner_turn import (
    ClaimOrganisation,
    ConfirmPerson,
    NameSpeaker,
    PersonLeft,
    ProposeOrganisation,
    RefusePerson,
    SetName,
    SetPosition,
    ShowQuery,
    TellColleagues,
    Unlink,
)
from bot.core.person import Connection, InviteKind, Role, StaffRole
from bot.core.turn import Redeem, SayCode, SetInvitations, SetStopped, ToldConsent
from bot.services import data, invitations, partners, quoting, registration
from bot.services.acting import Acting, say, tell_acting
from bot.services.told import query_fields
from storage import consents, invites, people
from storage.consents import Consent, ConsentKind


def claim_organisation(acting: Acting, effect: ClaimOrganisation) -> None:
    """Said again it stays what it was."""
    person = acting.person
    same = (effect.organisation, effect.name) == (person.organisation, person.claimed_name)
    if same and person.connection is Connection.CLAIMED:
        return
    claimed = {"organisation": effect.organisation, "claimed_name": effect.name}
    acting.person = partners.connect(acting.tx, acting.setup, person, Connection.CLAIMED, acting.now, **claimed)


def propose_organisation(acting: Acting, effect: ProposeOrganisation) -> None:
    person = acting.person
    proposed = registration.propose(acting.tx, acting.setup, person, effect.type, acting.now)
    claimed = {"organisation": proposed.id, "claimed_name": ""}
    acting.person = partners.connect(acting.tx, acting.setup, person, Connection.CLAIMED, acting.now, **claimed)


def tell_colleagues(acting: Acting, effect: TellColleagues) -> None:
    partners.tell_colleagues(acting.tx, acting.setup, acting.person, acting.now)


def set_name(acting: Acting, effect: SetName) -> None:
    acting.change(name=effect.name)


def set_position(acting: Acting, effect: SetPosition) -> None:
    acting.change(position=effect.position)


def confirm_person(acting: Acting, effect: ConfirmPerson) -> None:
    partners.confirm(acting.tx, acting.setup, effect.person, acting.person.id, acting.now)


def refuse_person(acting: Acting, effect: RefusePerson) -> None:
    partners.refuse(acting.tx, acting.setup, effect.person, acting.person.id, acting.now)


def person_left(acting: Acting, effect: PersonLeft) -> None:
    partners.left(acting.tx, acting.setup, effect.person, effect.to, acting.person.id, acting.now)
    acting.look_again()


def name_speaker(acting: Acting, effect: NameSpeaker) -> None:
    organisation = acting.person.organisation
    partners.name_speaker(acting.tx, organisation, effect.person, acting.person.id, acting.now)


def unlink(acting: Acting, effect: Unlink) -> None:
    partners.unlink(acting.tx, acting.setup, acting.person, effect.account, effect.user, acting.now)


def show_query(acting: Acting, effect: ShowQuery) -> None:
    """What was asked and answered; whoever may not see it learns not even whether it exists."""
    query = partners.visible(acting.tx, acting.person, effect.query)
    if query is not None and query.merged_into:
        query = partners.visible(acting.tx, acting.person, query.merged_into) or query
    if query is None:
        unknown: Fields = {"reference": f"Q-{effect.query:04}"}
        tell_acting(acting, acting.told, "partners.no_such_query", unknown)
        return
    fields: Fields = {
        **query_fields(query),
        "lines": partners.seen_lines(acting.tx, query),
        "mine": query.person == acting.person.id,
        "status": query.status.value,
    }
    buttons = quoting.button(acting, query)
    tell_acting(acting, acting.told, "partners.query_shown", fields, buttons, query.id)


def say_code(acting: Acting, effect: SayCode) -> None:
    """The code is in this one message; the ledger forgets it as soon as it has left."""
    if effect.kind is InviteKind.LINK:
        given = partners.link_code(acting.tx, acting.setup, acting.person, effect.platform, acting.now)
    else:
        given = _colleague_code(acting)
    if given:
        say(acting, replace(effect.say, fields={**effect.say.fields, **given}))


def _colleague_code(acting: Acting) -> Fields:
    """What the invitation of a colleague says; nothing where it is refused, which is said instead."""
    try:
        language = acting.told.language
        invitation = invitations.invite_colleague(acting.tx, acting.setup, acting.person, language, acting.now)
    except NotAllowed as refusal:
        tell_acting(acting, acting.told, refusal.template, refusal.fields)
        return {}
    links: Fields = {"code": invitation.code, "links": invitation.links}
    return {**links, "until": invitation.expires_at.isoformat()}


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
    invite = effect.invite
    match invite.kind:
        case InviteKind.STAFF:
            _staff_linked(acting, effect)
        case InviteKind.LINK:
            _address_linked(acting, effect)
        case InviteKind.ORGANISATION:
            person = acting.person
            if person.connection is Connection.CONFIRMED and person.organisation != invite.organisation:
                partners.left(acting.tx, acting.setup, person.id, 0, person.id, acting.now)
                acting.look_again()
            acting.person = invitations.redeem(acting.tx, acting.setup, acting.person, effect.key, invite, acting.now)
            data.renew_cards(acting.tx, acting.setup, acting.person.id, acting.now)


def _staff_linked(acting: Acting, effect: Redeem) -> None:
    invite = effect.invite
    if invites.take(acting.tx, effect.key, acting.person.id, acting.now):
        role = StaffRole(
            person=acting.person.id,
            role=Role(invite.role),
            desk=invite.desk,
            department=invite.department,
            region=invite.region,
        )
        people.add_role(acting.tx, role)
        data.audit(acting.tx, acting.person.id, f"linked:{role.name}", f"staff:{acting.person.id}", acting.now)


def _address_linked(acting: Acting, effect: Redeem) -> None:
    if invites.take(acting.tx, effect.key, acting.person.id, acting.now):
        acting.person = partners.join(acting.tx, acting.setup, effect.invite.person, acting.person, acting.now)


HANDLERS: dict[type, Callable[[Acting, Any], None]] = {
    ClaimOrganisation: claim_organisation,
    SetInvitations: set_invitations,
    SetStopped: set_stopped,
    ToldConsent: told_consent,
    Redeem: redeem,
    ProposeOrganisation: propose_organisation,
    TellColleagues: tell_colleagues,
    SetName: set_name,
    SetPosition: set_position,
    ConfirmPerson: confirm_person,
    RefusePerson: refuse_person,
    PersonLeft: person_left,
    NameSpeaker: name_speaker,
    Unlink: unlink,
    ShowQuery: show_query,
    SayCode: say_code,
}
