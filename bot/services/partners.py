"""People and whom they speak for: claimed, confirmed, refused, left; and two addresses that are one person.

Colleagues do it in chat, staff by the card and in the console; what follows is the same.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from bot.core.errors import BotError, NotAllowed, Unknown
from bot.core.invitation import deep_link
from bot.core.message import Fields, Happened
from bot.core.person import Connection, Invitations, Invite, InviteKind, Person, two_organisations
from bot.core.query import Entry, EntryKind, EntryState, Query, Status
from bot.core.turn import RouteQuery
from bot.services import cards, data, my_data, queries
from bot.services.setup import Setup
from bot.services.told import Told, reach, tell
from storage import accounts, audit, colleagues, conversations, folding, inbox, invites, organisations, people
from storage import queries as query_rows
from storage.database import Transaction


class NotWaiting(BotError):
    """This person does not wait to be confirmed; somebody was faster."""

    template = "errors.not_waiting"


class OrganisationAtRest(BotError):
    """Nobody is confirmed for an organisation that is suspended or closed."""

    template = "errors.organisation_at_rest"


class StaffStaysApart(NotAllowed):
    """A staff role is never gained by joining two addresses; an administrator invites the other address."""

    template = "errors.link_staff"


class TwoOrganisations(BotError):
    """Two addresses that are confirmed for different organisations are not joined."""

    template = "errors.link_two_organisations"


def connect(
    tx: Transaction, setup: Setup, person: Person, connection: Connection, now: datetime, **values: str
) -> Person:
    """What we know of the person's word is this from now on; their cards show it."""
    changed = people.save(tx, replace(person, connection=connection, connection_at=now, **values))  # type: ignore[arg-type]
    data.renew_cards(tx, setup, person.id, now)
    return changed


def confirm(tx: Transaction, setup: Setup, person: int, by: int, now: datetime, via: str = "chat") -> Person:
    """A colleague or staff says that they speak for it. Raises `NotWaiting`, `OrganisationAtRest`."""
    waiting = _waiting(tx, person)
    organisation = organisations.get(tx, waiting.organisation) if waiting.organisation else None
    if organisation is not None and not organisation.open:
        raise OrganisationAtRest(organisation=organisation.name)
    return _decided(tx, setup, waiting, Connection.CONFIRMED, by, now, via)


def refuse(tx: Transaction, setup: Setup, person: int, by: int, now: datetime, via: str = "chat") -> Person:
    """A colleague or staff says that they do not speak for it. Raises `NotWaiting`."""
    return _decided(tx, setup, _waiting(tx, person), Connection.REFUSED, by, now, via)


def _waiting(tx: Transaction, person: int) -> Person:
    found = people.get(tx, person)
    if found is None or found.connection is not Connection.CLAIMED:
        raise NotWaiting
    return found


def _decided(
    tx: Transaction, setup: Setup, waiting: Person, connection: Connection, by: int, now: datetime, via: str
) -> Person:
    decided = connect(tx, setup, waiting, connection, now)
    template = "conversation.confirmed" if connection is Connection.CONFIRMED else "conversation.not_confirmed"
    fields: Fields = {"organisation": organisation_name(tx, decided)}
    _tell(tx, setup, decided, f"{connection}:{decided.id}:{decided.version}", template, fields, now)
    audit.add(tx, by, f"person.{connection}", f"person:{decided.id}", now, via)
    return decided


def organisation_name(tx: Transaction, person: Person) -> str:
    """The organisation's name, or what the person wrote."""
    organisation = organisations.get(tx, person.organisation) if person.organisation else None
    return organisation.name if organisation else person.claimed_name


def tell_colleagues(tx: Transaction, setup: Setup, person: Person, now: datetime) -> None:
    """Their conversations hear, in their turn and once a day at most, that the person says they belong to them."""
    organisation = organisations.get(tx, person.organisation) if person.organisation else None
    if organisation is None or person.connection is not Connection.CLAIMED:
        return
    happened = Happened("claimed", str(person.id))
    most = setup.world.office.invitations.claim_told_most
    for colleague, chat in colleagues.to_tell(tx, organisation.id, organisation.speaker, most):
        since = person.connection_at or now
        name = f"claimed:{person.id}:{organisation.id}:{since.date()}:{colleague}"
        inbox.add_internal(tx, chat.account, chat.key, name, happened, now, setup.seal)


def left(tx: Transaction, setup: Setup, person: int, to: int, by: int, now: datetime, via: str = "chat") -> None:
    """The person does not speak for their organisation any more; what is open for it goes to a colleague (`to`).

    With `to` 0 they keep their questions as their own. Private ones stay with them in any case: no colleague has seen
    them. Raises `NotAllowed` unless they are confirmed and the one who takes over is a confirmed colleague.
    """
    leaver = people.get(tx, person)
    if leaver is None or leaver.connection is not Connection.CONFIRMED:
        raise NotAllowed
    if to:
        hand_over(tx, setup, leaver, to, by, now)
    organisation = organisations.get(tx, leaver.organisation) if leaver.organisation else None
    if organisation and organisation.speaker == person:
        organisations.save(tx, replace(organisation, speaker=0), now)
    leaver = connect(tx, setup, leaver, Connection.LEFT, now)
    invites.end_made_by(tx, person, InviteKind.ORGANISATION, now)
    invites.end_for(tx, person, now)
    audit.add(tx, by, "person.left", f"person:{person}", now, via)
    if by != person and (told := reach(tx, setup, leaver)):
        happened = Happened("left", leaver.organisation)
        name = f"left:{person}:{leaver.version}"
        inbox.add_internal(tx, told.address.account, told.address.key, name, happened, now, setup.seal)


def hand_over(tx: Transaction, setup: Setup, leaver: Person, to: int, by: int, now: datetime) -> Sequence[Query]:
    """Open queries that colleagues see are the colleague's from now on, and their answers go to them."""
    taker = people.get(tx, to)
    same = taker is not None and taker.organisation == leaver.organisation and taker.id != leaver.id
    if taker is None or not same or taker.connection is not Connection.CONFIRMED:
        raise NotAllowed
    theirs = [each for each in colleagues.open_queries(tx, leaver.organisation) if each.person == leaver.id]
    moved = [_given(tx, setup, query, to, by, now) for query in theirs]
    if moved and to != by:
        fields: Fields = {"references": [query.reference for query in moved]}
        _tell(tx, setup, taker, f"handed:{leaver.id}:{leaver.version}", "partners.handed_to_you", fields, now)
    return moved


def _given(tx: Transaction, setup: Setup, query: Query, to: int, by: int, now: datetime) -> Query:
    if query.status is Status.ASKED:
        # Nobody but the one who left could answer what was asked about it: it goes on without.
        topic = query.topics[0][0] if query.topics else "triage"
        query = queries.route(tx, setup, RouteQuery(query.opened_by, topic), now) or query
    given = query_rows.save(tx, replace(query, person=to))
    query_rows.add_entry(tx, Entry(query=query.id, kind=EntryKind.EVENT, text="handed_over", at=now, author=by))
    cards.renew_card(tx, setup, given, now)
    return given


def name_speaker(tx: Transaction, organisation: str, person: int, by: int, now: datetime, via: str = "chat") -> None:
    """The confirmed colleague whose registration counts; 0 names nobody. Raises `NotAllowed`."""
    found = organisations.get(tx, organisation)
    named = people.get(tx, person) if person else None
    confirmed = named and named.organisation == organisation and named.connection is Connection.CONFIRMED
    if found is None or (person and not confirmed):
        raise NotAllowed
    organisations.save(tx, replace(found, speaker=person), now)
    audit.add(tx, by, "organisation_speaker", f"organisation:{organisation}", now, via)


def visible(tx: Transaction, person: Person, number: int) -> Query | None:
    """A query of the person, or of a colleague that is not private; None for every other and for none."""
    try:
        query = query_rows.get(tx, number)
    except Unknown:
        return None
    confirmed = person.connection is Connection.CONFIRMED and bool(person.organisation)
    theirs = confirmed and colleagues.may_see(tx, person.organisation, query)
    return query if query.person == person.id or theirs else None


def seen_lines(tx: Transaction, query: Query) -> list[Fields]:
    """What the CSO has seen of it, the oldest first."""
    lines = [each for each in query_rows.timeline(tx, query.id) if each.kind in my_data.SEEN]
    done = [each for each in lines if each.state is EntryState.DONE]
    return [{"kind": each.kind.value, "text": each.text, "at": each.at.isoformat()} for each in done]


# Two addresses, one person.


def fold(tx: Transaction, setup: Setup, into: Person, gone: Person, now: datetime) -> Person:
    """The newer row becomes part of the known one: addresses, questions, consents, codes, buttons.

    Raises `StaffStaysApart` when either is staff, `TwoOrganisations` when both are confirmed for different ones.
    """
    if people.roles(tx, into.id) or people.roles(tx, gone.id):
        raise StaffStaysApart
    if two_organisations(into, gone):
        raise TwoOrganisations
    folding.fold(tx, gone.id, into.id)
    audit.add(tx, into.id, audit.JOINED, f"person:{gone.id}", now)
    joined = people.save(tx, _joined(into, gone))
    data.renew_cards(tx, setup, joined.id, now)
    return joined


def _joined(into: Person, gone: Person) -> Person:
    """What the known row says stands; what it does not say is taken over; whatever means less mail wins."""
    stronger = gone if _weight(gone) > _weight(into) else into
    chosen = {each.invitations for each in (into, gone)} - {Invitations.NOT_ASKED}
    order = (Invitations.NONE, Invitations.ESSENTIAL, Invitations.ALL)
    told = into if into.told_version else gone
    return replace(
        into,
        language=into.language or gone.language,
        country=into.country or gone.country,
        organisation=stronger.organisation,
        claimed_name=stronger.claimed_name,
        connection=stronger.connection,
        connection_at=stronger.connection_at,
        invitations=next((each for each in order if each in chosen), Invitations.NOT_ASKED),
        told_version=told.told_version,
        told_at=told.told_at,
        stopped=into.stopped or gone.stopped,
        name=into.name or gone.name,
        position=into.position or gone.position,
    )


def _weight(person: Person) -> int:
    order = (Connection.NONE, Connection.LEFT, Connection.REFUSED, Connection.CLAIMED, Connection.CONFIRMED)
    return order.index(person.connection)


def link_code(tx: Transaction, setup: Setup, person: Person, platform: str, now: datetime) -> Fields:
    """A code that joins another address to this person: valid for minutes, once, on that platform only."""
    code = setup.new_token()
    minutes = setup.world.office.invitations.link_minutes
    invite = Invite(
        kind=InviteKind.LINK,
        person=person.id,
        platform=platform,
        made_by=person.id,
        made_at=now,
        expires_at=now + timedelta(minutes=minutes),
    )
    invites.add(tx, code, invite)
    bots = [each.name for each in accounts.every(tx) if each.kind == "telegram"]
    return {"code": code, "links": [deep_link(bot, code) for bot in bots], "minutes": minutes}


def join(tx: Transaction, setup: Setup, owner: int, other: Person, now: datetime) -> Person:
    """The owner of a code and whoever used it are one; the owner's other addresses are told."""
    into = people.get(tx, owner)
    if into is None:
        raise NotAllowed
    told, added = reach(tx, setup, into), people.identities_of(tx, other.id)
    joined = fold(tx, setup, into, other, now)
    if told:
        fields: Fields = {"account": added[0][0] if added else ""}
        tell(tx, told, f"linked:{joined.id}:{joined.version}", 0, "partners.linked_elsewhere", fields, now)
    return joined


def unlink(tx: Transaction, setup: Setup, person: Person, account: str, user: str, now: datetime) -> None:
    """The address is a stranger's from now on, and is told so; what was asked from it is answered at the others."""
    gone = people.unlink(tx, person.id, account, user)
    audit.add(tx, person.id, "person.unlinked", f"person:{person.id}", now)
    if gone is None or not gone.chat:
        return
    conversations.save_state(tx, gone.key, {})
    told = reach(tx, setup, person)
    there = Told(address=gone, person=0, language=person.language, zone=told.zone if told else "UTC")
    tell(tx, there, f"unlinked:{person.id}:{person.version}:{account}", 0, "partners.unlinked_here", {}, now)


def _tell(
    tx: Transaction, setup: Setup, person: Person, source: str, template: str, fields: Fields, now: datetime
) -> None:
    if told := reach(tx, setup, person):
        tell(tx, told, source, 0, template, fields, now)
