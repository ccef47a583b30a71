"""What is kept about a person: shown on request, erased on request, and who of staff did what."""

from datetime import datetime, timedelta
from typing import Any

from bot.core.message import Address
from bot.core.person import Person
from bot.core.query import Entry, EntryKind, EntryState, Query, Status
from bot.services import cards, confidential, posts, queries
from bot.services.setup import Setup
from storage import audit as audit_rows
from storage import deliveries, desks, erasure, keyboards, organisations, people, sealed, timers, traces
from storage import queries as query_rows
from storage.database import Transaction
from storage.timers import Timer

#: Timer that takes the address itself away, and how long the last message is given to leave.
FORGET = "forget"
LAST_MESSAGE = timedelta(minutes=2)
#: Every query, however old: a person is shown and erased as a whole.
EVER = datetime.fromisoformat("1970-01-01T00:00:00+00:00")
#: What the CSO has seen of a timeline.
SEEN = {EntryKind.QUESTION, EntryKind.ADDITION, EntryKind.EDIT, EntryKind.REPLY, EntryKind.CORRECTION}


def kept_about(tx: Transaction, person: Person) -> dict[str, Any]:
    """Everything that leads to the person, in plain words and without notes of others."""
    organisation = organisations.get(tx, person.organisation) if person.organisation else None
    return {
        "language": person.language,
        "country": person.country,
        "organisation": organisation.name if organisation else person.claimed_name,
        "connection": person.connection.value,
        "invitations": person.invitations.value,
        "stopped": person.stopped,
        "told_version": person.told_version,
        "told_at": person.told_at.isoformat() if person.told_at else None,
        "addresses": [{"account": each.account, "chat": each.chat} for each in people.addresses(tx, person.id)],
        "queries": [_kept_query(tx, query) for query in query_rows.of_person(tx, person.id, EVER)],
    }


def _kept_query(tx: Transaction, query: Query) -> dict[str, Any]:
    lines = [line for line in query_rows.timeline(tx, query.id) if line.kind in SEEN and line.state is EntryState.DONE]
    return {
        "reference": query.reference,
        "asked_at": query.asked_at.isoformat(),
        "topic": query.topic,
        "desk": query.desk,
        "status": query.status.value,
        "rating": query.rating or None,
        "messages": [_kept_line(line) for line in lines],
    }


def _kept_line(line: Entry) -> dict[str, Any]:
    files = [file.name for file in line.files]
    return {"kind": line.kind.value, "at": line.at.isoformat(), "text": line.text, "files": files}


def erase(tx: Transaction, setup: Setup, person: Person, now: datetime) -> None:
    """The person's words, address and our posts of them; what stays was said before they agreed.

    Words first, cards last: closing a query renews its card, which must find nothing to show any more.
    """
    setup.erased(person.id, now)
    own = people.addresses(tx, person.id)
    named = traces.words_of(tx, person)
    query_rows.erase_texts(tx, person.id, "")
    traces.leave_out_name(tx, person)
    for query in query_rows.of_person(tx, person.id, EVER):
        take_back_answers(tx, query)
        if query.status is not Status.CLOSED:
            queries.close(tx, setup, query, person.id, now)
        posts.erase_query(tx, setup, query, now)
    posts.erase_mentions(tx, setup, named, own, now)
    for held in query_rows.held_by(tx, person.id):
        queries.release(tx, setup, held, person.id, now)
    for address in own:
        _forget_address(tx, setup, address, now)
    _forget_rows(tx, person)


def _forget_rows(tx: Transaction, person: Person) -> None:
    keyboards.forget(tx, person.id)
    others = people.others_of(tx, person.organisation, person.id)
    erasure.forget_person(tx, person.id)
    traces.forget_imported(tx, person)
    traces.forget_proposed(tx, person, others)


def _forget_address(tx: Transaction, setup: Setup, address: Address, now: datetime) -> None:
    for matter in sealed.held_in(tx, address.key):
        confidential.erase(tx, setup, matter)
    desks.forget_messages(tx, address)
    erasure.forget_chat(tx, address)
    account, chat = address.account, address.chat
    later = Timer(account=account, conversation=address.key, what=FORGET, about=chat, due=now + LAST_MESSAGE)
    timers.add(tx, later)


def erase_without_farewell(tx: Transaction, setup: Setup, person: Person, now: datetime) -> None:
    """As `erase`, where no last message leaves: the address goes at once."""
    own = people.addresses(tx, person.id)
    erase(tx, setup, person, now)
    for address in own:
        erasure.let_go(tx, address)
        timers.forget(tx, address.key)


def take_back_answers(tx: Transaction, query: Query) -> None:
    """Answers that have not left yet: after the last message nothing more is sent."""
    for line in query_rows.timeline(tx, query.id):
        if line.state is EntryState.PENDING:
            for number in deliveries.of_source(tx, f"reply:{line.id}"):
                deliveries.cancel(tx, number)
            query_rows.set_entry_state(tx, line.id, EntryState.PENDING, EntryState.UNDONE)


def renew_cards(tx: Transaction, setup: Setup, person: int, now: datetime) -> None:
    """Something about the person changed that their cards show."""
    for query in query_rows.of_person(tx, person, EVER):
        if query.open and query.status is not Status.ASKED:
            cards.renew_card(tx, setup, query, now)


def audit(tx: Transaction, person: int, act: str, about: str, now: datetime) -> None:
    """One row for every act of staff; ids only."""
    audit_rows.add(tx, person, act, about, now)
