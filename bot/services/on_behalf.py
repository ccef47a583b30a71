"""Questions that staff enter for partners who cannot write here, so that nothing lives outside."""

from dataclasses import dataclass
from datetime import datetime

from bot.core.behalf import BY_MAIL, Addressee, Entered
from bot.core.errors import NotAllowed, Unknown
from bot.core.message import Fields, StoredFile
from bot.core.organisation import Organisation
from bot.core.partner_scope import scope_of
from bot.core.permission import Permission, Viewer, check
from bot.core.person import Connection, Person
from bot.core.query import Entry, EntryKind, Query, Status
from bot.core.turn import AddToQuery, OpenQuery, RouteQuery
from bot.services import queries
from bot.services.invitations import NoSuchOrganisation, NotOpen
from bot.services.setup import Setup
from bot.services.told import query_fields, reach, tell
from storage import audit, organisations, people
from storage import queries as rows
from storage.database import Transaction

#: Known addresses that are offered.
MOST_OFFERED = 5


class NotEntered(NotAllowed):
    """The partner asked this here: words of others do not belong to it."""

    template = "connect.behalf_not_entered"


class NoSuchQuestion(NotAllowed):
    """There is no question of this number."""

    template = "connect.no_such_question"


@dataclass(frozen=True, slots=True, kw_only=True)
class By:
    """Who of staff enters it, and in which event."""

    viewer: Viewer
    #: "account:event id": the same event enters it once.
    key: str
    now: datetime
    via: str = "chat"


def addressees(tx: Transaction, organisation: Organisation) -> tuple[Addressee, ...]:
    """Where an answer to the organisation can go: its people with an address, then its own."""
    known = people.with_mail(tx, organisation.id, MOST_OFFERED)
    found = {each.email: Addressee(person=each.id, name=each.name, email=each.email) for each in reversed(known)}
    if organisation.email:
        found.setdefault(organisation.email, Addressee(email=organisation.email))
    return tuple(sorted(found.values(), key=lambda each: (not each.person, each.person)))


def enter(tx: Transaction, setup: Setup, entered: Entered, by: By) -> Query:
    """Open, route and note it. The person is the contact with that address, made known where there is none.

    Raises `NoSuchOrganisation`, `NotOpen` or `NotAllowed`."""
    organisation = _organisation(tx, setup, entered.organisation, by.viewer)
    contact = _contact(tx, organisation, entered.email, by.now)
    new = Query(
        id=0,
        opened_by=by.key,
        person=contact.id,
        organisation=organisation.id,
        country=contact.country or organisation.country,
        language=contact.language or organisation.language,
        account=BY_MAIL,
        asked_at=by.now,
        entered_by=by.viewer.person,
    )
    opened = queries.open_query(tx, OpenQuery(entered.text, entered.files, entered.topics), new, "")
    _note(tx, opened, "entered", by)
    query = queries.route(tx, setup, RouteQuery(by.key, entered.topic), by.now) or opened
    audit.add(tx, by.viewer.person, "query_entered", f"query:{query.id}", by.now, by.via)
    if told := reach(tx, setup, contact):
        source = f"entered:{query.id}"
        tell(tx, told, source, 0, "connect.behalf_for_you", query_fields(query), by.now, query=query.id)
    return query


def add(tx: Transaction, setup: Setup, number: int, text: str, files: tuple[StoredFile, ...], by: By) -> Query:
    """What the partner answered by e-mail: it goes on where it was, and an answered question is open again.

    Raises `NoSuchQuestion`, `NotEntered` or `NotAllowed`."""
    check(by.viewer, Permission.ENTER_QUERIES)
    try:
        query = rows.get(tx, number)
    except Unknown as unknown:
        raise NoSuchQuestion(**unknown.fields) from None  # type: ignore[arg-type]
    if not query.entered_by:
        raise NotEntered(reference=query.reference)
    _organisation(tx, setup, query.organisation, by.viewer)
    if query.status is Status.CLOSED:
        queries.reopen_by_person(tx, setup, query.opened_by, by.now)
    added = queries.add(tx, setup, AddToQuery(query.opened_by, text, files), query.person, "", by.now) or query
    _note(tx, added, "added_from_mail", by)
    audit.add(tx, by.viewer.person, "query_added_to", f"query:{query.id}", by.now, by.via)
    return added


def _organisation(tx: Transaction, setup: Setup, organisation: str, viewer: Viewer) -> Organisation:
    known = organisations.get(tx, organisation)
    if known is None:
        raise NoSuchOrganisation
    check(viewer, Permission.ENTER_QUERIES, scope_of(setup.world, known.country))
    if not known.open:
        raise NotOpen(organisation=known.name)
    return known


def _contact(tx: Transaction, organisation: Organisation, email: str, now: datetime) -> Person:
    known = people.contact_by_mail(tx, organisation.id, email)
    if known is not None:
        return known
    contact = Person(
        organisation=organisation.id,
        connection=Connection.CONFIRMED,
        connection_at=now,
        email=email,
        language=organisation.language,
        country=organisation.country,
        known_since=now,
    )
    return people.add_contact(tx, contact)


def _note(tx: Transaction, query: Query, what: str, by: By) -> None:
    fields: Fields = {"via": by.via}
    event = Entry(query=query.id, kind=EntryKind.EVENT, text=what, at=by.now, author=by.viewer.person, fields=fields)
    rows.add_entry(tx, event)
