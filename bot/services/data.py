"""Erasing a person on request, and who of staff did what. What is kept is shown by `my_data`."""

from datetime import datetime, timedelta

from bot.core.message import Address
from bot.core.person import Person
from bot.core.query import EntryState, Query, QueryOutcome, Status
from bot.services import cards, confidential, owners, posts, queries
from bot.services.my_data import EVER
from bot.services.setup import Setup
from bot.services.told import asker, tell
from storage import audit as audit_rows
from storage import deliveries, desks, erasure, keyboards, people, query_words, sealed, timers, traces
from storage import queries as query_rows
from storage.database import Transaction
from storage.timers import Timer

#: Timer that takes the address itself away, and how long the last message is given to leave.
FORGET = "forget"
LAST_MESSAGE = timedelta(minutes=2)


def erase(tx: Transaction, setup: Setup, person: Person, now: datetime) -> None:
    """The person's words, address and our posts of them; what stays was said before they agreed.

    Words first, cards last: closing a query renews its card, which must find nothing to show any more.
    """
    for number in (person.id, *audit_rows.joined_into(tx, person.id)):
        setup.erased(number, now)
    own = people.addresses(tx, person.id)
    named = traces.words_of(tx, person)
    query_rows.erase_texts(tx, person.id, "")
    traces.leave_out_name(tx, person)
    query_words.scrub(tx)
    given_away = query_rows.given_away_by(tx, person.id)
    for query in (*query_rows.of_person(tx, person.id, EVER), *given_away):
        take_back_answers(tx, query)
        if query.status is not Status.CLOSED:
            queries.close(tx, setup, query, person.id, now, QueryOutcome.WITHDRAWN)
        posts.erase_query(tx, setup, query, now)
    for query in query_rows.spoken_in(tx, person.id):
        _without_their_words(tx, setup, query, now)
    posts.erase_mentions(tx, setup, named, own, now)
    for query in given_away:
        _tell_owner(tx, setup, query, now)
    for held in query_rows.held_by(tx, person.id):
        queries.release(tx, setup, held, person.id, now)
    for owned in query_rows.owned_by(tx, person.id):
        owners.pass_on(tx, setup, owned, 0, person.id, now)
    for address in own:
        _forget_address(tx, setup, address, now)
    _forget_rows(tx, person)


def _without_their_words(tx: Transaction, setup: Setup, query: Query, now: datetime) -> None:
    """A colleague's question in which the person's own goes on: its thread is made again without their words."""
    posts.erase_query(tx, setup, query, now)
    if query.open:
        desks.leave(tx, query.id)
        queries.post_whole(tx, setup, query, now)


def _tell_owner(tx: Transaction, setup: Setup, query: Query, now: datetime) -> None:
    """A question that was handed over goes with the words of whoever asked it: its owner can ask it anew."""
    if query.open and (told := asker(tx, setup, query)):
        tell(tx, told, f"taken_back:{query.id}", 0, "partners.words_taken_back", {"reference": query.reference}, now)


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


def audit(tx: Transaction, person: int, act: str, about: str, now: datetime, via: str = "chat") -> None:
    """One row for every act of staff; ids only."""
    audit_rows.add(tx, person, act, about, now, via)
