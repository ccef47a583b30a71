"""Inviting partners: a single-use code for one person of an organisation, shown once, of which only the hash is kept.

The code is made from a handle with the process key, so that the same link can be shown as a text or a picture while
it is open. Codes are in no log, no audit row and no delivery.
"""

from dataclasses import replace
from datetime import datetime

from bot.core.errors import NotAllowed
from bot.core.invitation import Invitation, Invitee, deep_link
from bot.core.message import Fields, Message
from bot.core.organisation import Organisation
from bot.core.partner_scope import scope_of
from bot.core.permission import Permission, Viewer, check
from bot.core.person import Connection, Invite, InviteKind, Person
from bot.services.setup import Setup
from storage import accounts, audit, folding, invites, organisations, people
from storage.database import Transaction


class NoSuchOrganisation(NotAllowed):
    """There is no such organisation: use its id, such as CSO-0001."""

    template = "connect.no_such_organisation"


class NotOpen(NotAllowed):
    """The organisation is suspended or closed: nobody of it can be invited."""

    template = "connect.organisation_not_open"


class NoSuchContact(NotAllowed):
    """The organisation has no such contact."""

    template = "connect.no_such_contact"


class ConnectedAlready(NotAllowed):
    """This person is connected already."""

    template = "connect.connected_already"


class NoSuchLanguage(NotAllowed):
    """The office does not speak this language."""

    template = "connect.no_such_language"


class TooManyOpen(NotAllowed):
    """As many open invitations as one person may give."""

    template = "connect.too_many_open"


def invite(
    tx: Transaction, setup: Setup, viewer: Viewer, invitee: Invitee, now: datetime, via: str = "chat"
) -> Invitation:
    """An invitation by staff. One for a contact ends the open one for the same contact; for whoever comes it is one
    more. Raises `NotAllowed` or one of the refusals above."""
    organisation = _known(tx, invitee.organisation)
    check(viewer, Permission.INVITE_PARTNERS, scope_of(setup.world, organisation.country))
    return _make(tx, setup, organisation, invitee, viewer.person, now, via)


def renew(
    tx: Transaction, setup: Setup, viewer: Viewer, invitee: Invitee, now: datetime, via: str = "chat"
) -> Invitation:
    """A new invitation in the place of those that are open for the same contact, or for whoever comes."""
    organisation = _known(tx, invitee.organisation)
    check(viewer, Permission.INVITE_PARTNERS, scope_of(setup.world, organisation.country))
    invites.close_open(tx, organisation.id, invitee.person, now)
    return _make(tx, setup, organisation, invitee, viewer.person, now, via)


def invite_colleague(tx: Transaction, setup: Setup, person: Person, language: str, now: datetime) -> Invitation:
    """An invitation by somebody confirmed, for one colleague of their own organisation, whoever uses it."""
    if person.connection is not Connection.CONFIRMED or not person.organisation:
        raise NotAllowed
    most = setup.world.office.invitations.colleagues_most
    if invites.count_open(tx, person.id, now) >= most:
        raise TooManyOpen(most=most)
    invitee = Invitee(organisation=person.organisation, language=language)
    return _make(tx, setup, _known(tx, person.organisation), invitee, person.id, now, "chat")


def revoke(tx: Transaction, setup: Setup, viewer: Viewer, invitee: Invitee, now: datetime, via: str = "chat") -> int:
    """End the open invitations for the contact, or for whoever comes; returns how many there were."""
    organisation = _known(tx, invitee.organisation)
    check(viewer, Permission.INVITE_PARTNERS, scope_of(setup.world, organisation.country))
    ended = invites.close_open(tx, organisation.id, invitee.person, now)
    if ended:
        audit.add(tx, viewer.person, "invitation_revoked", about(invitee), now, via)
    return ended


def shown_again(tx: Transaction, setup: Setup, handle: str, now: datetime) -> Invitation | None:
    """The invitation of this handle, as long as nobody has used it and it is valid."""
    kept = invites.find(tx, _code(setup, handle), now)
    organisation = organisations.get(tx, kept.organisation) if kept else None
    if kept is None or kept.kind is not InviteKind.ORGANISATION or organisation is None:
        return None
    return _shown(tx, setup, organisation, kept, handle)


def about(invitee: Invitee) -> str:
    """What the audit log names it by."""
    return f"person:{invitee.person}" if invitee.person else f"organisation:{invitee.organisation}"


def mail(setup: Setup, invitation: Invitation) -> tuple[Message, Message]:
    """Subject and text of an e-mail that brings the invitation, in the language of whoever is invited."""
    office = setup.world.office
    fields: Fields = {
        "organisation": invitation.name,
        "link": invitation.link,
        "code": invitation.code,
        "until": invitation.expires_at.isoformat(),
        "mailbox": office.mailbox,
        "months": office.keep_query_text_months,
    }
    language, zone = invitation.language, invitation.zone
    subject = Message("connect.mail_subject", {"organisation": invitation.name}, (), language, zone)
    return subject, Message("connect.mail_text", fields, (), language, zone)


def _known(tx: Transaction, organisation: str) -> Organisation:
    known = organisations.get(tx, organisation)
    if known is None:
        raise NoSuchOrganisation(f"There is no organisation {organisation!r}: use its id, such as CSO-0001.")
    if not known.open:
        raise NotOpen(f"{known.id} is {known.status}: nobody of it can be invited.", organisation=known.name)
    return known


def _make(
    tx: Transaction, setup: Setup, organisation: Organisation, invitee: Invitee, by: int, now: datetime, via: str
) -> Invitation:
    contact = _contact(tx, organisation, invitee.person)
    if contact:
        invites.close_open(tx, organisation.id, contact.id, now)
    handle = setup.new_token()
    kept = Invite(
        kind=InviteKind.ORGANISATION,
        organisation=organisation.id,
        person=invitee.person,
        language=_language(setup, invitee, contact, organisation),
        platform=invitee.platform,
        made_by=by,
        made_at=now,
        expires_at=now + setup.invitation,
    )
    invites.add(tx, _code(setup, handle), kept)
    audit.add(tx, by, "partner_invited", about(invitee), now, via)
    return _shown(tx, setup, organisation, kept, handle)


def _contact(tx: Transaction, organisation: Organisation, person: int) -> Person | None:
    """The contact that is invited; raises `NoSuchContact` or `ConnectedAlready`."""
    if not person:
        return None
    contact = people.get(tx, person)
    if contact is None or contact.organisation != organisation.id:
        raise NoSuchContact(f"{organisation.id} has no contact {person}.", organisation=organisation.name)
    if people.addresses(tx, person):
        # An invitation makes whoever comes and the contact one person: never somebody who writes to us already.
        raise ConnectedAlready(f"Person {person} writes to us already.", organisation=organisation.name)
    return contact


def _language(setup: Setup, invitee: Invitee, contact: Person | None, organisation: Organisation) -> str:
    spoken = setup.world.office.languages
    if invitee.language and invitee.language not in spoken:
        allowed = ", ".join(spoken)
        problem = f"The office does not speak {invitee.language!r}; it speaks {allowed}."
        raise NoSuchLanguage(problem, language=invitee.language, allowed=allowed)
    wishes = (invitee.language, contact.language if contact else "", organisation.language)
    return next((wish for wish in wishes if wish in spoken), setup.world.office.default_language)


def _code(setup: Setup, handle: str) -> str:
    # Begins with a letter: in a table, a text that begins with a hyphen is taken for a formula.
    return f"i{setup.seal.derived('invitation', handle)}"


def _shown(tx: Transaction, setup: Setup, organisation: Organisation, kept: Invite, handle: str) -> Invitation:
    code = _code(setup, handle)
    contact = people.get(tx, kept.person) if kept.person else None
    bots = [each.name for each in accounts.every(tx) if each.kind == "telegram" and kept.platform in ("", each.kind)]
    return Invitation(
        code=code,
        handle=handle,
        organisation=organisation.id,
        name=organisation.name,
        person=kept.person,
        email=(contact.email if contact else "") or organisation.email,
        language=kept.language,
        zone=organisation.timezone,
        links=tuple(deep_link(bot, code) for bot in bots),
        expires_at=kept.expires_at,
    )


def redeem(tx: Transaction, setup: Setup, person: Person, key: str, invite: Invite, now: datetime) -> Person:
    """Who used the code of this digest is confirmed for the organisation, and is the contact it was made for.

    Used by the first only.

    Somebody who talked with us before keeps their language."""
    if not invites.take(tx, key, person.id, now):
        return person
    organisation = organisations.get(tx, invite.organisation)
    preset = invite.language if invite.language in setup.world.office.languages else ""
    confirmed = replace(
        person,
        organisation=invite.organisation,
        connection=Connection.CONFIRMED,
        connection_at=now,
        claimed_name="",
        country=organisation.country if organisation else person.country,
        language=person.language if person.told_version or not preset else preset,
    )
    contact = people.get(tx, invite.person) if invite.person and invite.person != person.id else None
    if contact is None or people.addresses(tx, contact.id):
        return people.save(tx, confirmed)
    audit.add(tx, person.id, audit.JOINED, f"person:{contact.id}", now)
    return _become(tx, confirmed, contact)


def _become(tx: Transaction, person: Person, contact: Person) -> Person:
    """The person turns out to be a contact we knew of: what was kept for the contact is theirs now."""
    folding.fold(tx, contact.id, person.id)
    known = replace(
        person,
        name=person.name or contact.name,
        position=person.position or contact.position,
        email=person.email or contact.email,
        known_since=contact.known_since or person.known_since,
    )
    return people.save(tx, known)
