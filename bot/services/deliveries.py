"""What follows from the result of a delivery, in the transaction that records it."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from bot.core.channel import Op
from bot.core.delivery import Delivery, DeliveryState, Outcome
from bot.core.message import Fields, Happened
from bot.core.query import Entry, EntryKind, EntryState, Query
from bot.services import cards, joining, posts, quiet, waiting, watching
from bot.services.answers import answer_lost, file_lost
from bot.services.queries import post_whole
from bot.services.setup import Setup
from bot.services.told import asker
from bot.services.watching import Watched
from storage import deliveries, desks, inbox, queries
from storage import posts as post_rows
from storage.database import Transaction

#: What the relay records when a thread was deleted at the platform.
THREAD_GONE = "thread_gone"
#: Messages with a one-time code or with words of the confidential desk, of which nothing but the hash is to be kept.
HOLDS_CODE = {"partners.link", "partners.invite_colleague", "confidential.word"}
#: A card that was refused so often is left to `csobot doctor`.
MOST_THREADS = 6
#: An answer that is uncertain to the end has been in doubt twice: people have to look.
LOST = {DeliveryState.REFUSED, DeliveryState.UNREACHABLE, DeliveryState.CANCELLED, DeliveryState.UNCERTAIN}


def settled(tx: Transaction, setup: Setup, outcomes: Sequence[Outcome], now: datetime) -> None:
    """A thread got its name, an answer went out or did not: tell those whom it concerns."""
    for outcome in outcomes:
        delivery = outcome.delivery
        posts.removal_settled(tx, setup, outcome, now)
        if outcome.state is DeliveryState.SENT and delivery.op in {Op.POST, Op.OPEN_THREAD, Op.UPLOAD}:
            _posted(tx, delivery, outcome.result)
        if outcome.reason == THREAD_GONE and delivery.query:
            _open_thread_again(tx, setup, delivery, now)
        elif outcome.state in LOST and delivery.query:
            _card_lost(tx, setup, delivery, now)
        if delivery.message.template in HOLDS_CODE:
            post_rows.blank(tx, delivery.id)
        if delivery.entry:
            _answer_settled(tx, setup, outcome, now)


def _posted(tx: Transaction, delivery: Delivery, result: str) -> None:
    if delivery.query and result:
        desks.note_message(tx, delivery.to.whole_chat(), result, delivery.query)
        desks.thread_opened(tx, delivery.id, result)


def _open_thread_again(tx: Transaction, setup: Setup, lost: Delivery, now: datetime) -> None:
    """Somebody deleted the thread: the query gets a new one, once however many of its posts failed."""
    place = desks.current(tx, lost.query)
    thread_of_another_time = place is None or lost.to.thread not in ("", place.address.thread)
    if place is None or thread_of_another_time or (lost.op is Op.EDIT and lost.id != place.card):
        return
    desks.leave(tx, lost.query)
    post_whole(tx, setup, queries.get(tx, lost.query), now)


def _card_lost(tx: Transaction, setup: Setup, lost: Delivery, now: datetime) -> None:
    """A query that no chat shows is a query nobody answers: its card goes where one can be posted."""
    place = desks.current(tx, lost.query)
    if place is None or lost.op is Op.EDIT or lost.id not in {place.root, place.card}:
        return
    if len(desks.threads(tx, lost.query)) >= MOST_THREADS:
        return
    if not deliveries.unreachable(tx, place.address.account, place.address.chat):
        if lost.op is not Op.OPEN_THREAD:
            return
        # The bot may not make topics there: queries are kept together by answers instead.
        desks.without_topics(tx, place.address)
    post_whole(tx, setup, queries.get(tx, lost.query), now)


def _answer_settled(tx: Transaction, setup: Setup, outcome: Outcome, now: datetime) -> None:
    line = queries.entry(tx, outcome.delivery.entry)
    query = queries.get(tx, line.query)
    if outcome.delivery.op is Op.UPLOAD:
        if outcome.state in LOST:
            file_lost(tx, setup, query, outcome.delivery, outcome.reason, now)
        return
    if line.state is not EntryState.PENDING:
        return
    if outcome.state is DeliveryState.SENT:
        _answer_sent(tx, setup, query, line, now)
    elif outcome.state in LOST:
        answer_lost(tx, setup, query, line, outcome.reason, now)


def _answer_sent(tx: Transaction, setup: Setup, query: Query, line: Entry, now: datetime) -> None:
    queries.set_entry_state(tx, line.id, EntryState.PENDING, EntryState.DONE)
    if line.kind is EntryKind.CORRECTION:
        _replace_answer(tx, query, line, now)
    else:
        query = waiting.sent(tx, setup, query, line, now)
        quiet.take_back(tx, query, now)
        if line.kind is EntryKind.REPLY:
            watching.tell(tx, setup, query, Watched.ANSWERED, line.author, now)
        _let_asker_say(tx, setup, query, line, now)
        cards.renew_card(tx, setup, query, now)
    joining.pass_on(tx, setup, query, line, now)
    cards.renew_preview(tx, setup, query, line.id, "desk.was_sent", {"at": now.isoformat()}, now)


def _replace_answer(tx: Transaction, query: Query, line: Entry, now: datetime) -> None:
    """The answer that was wrong says so where it stands."""
    sent = [each for each in queries.timeline(tx, query.id) if each.state is EntryState.DONE and each.id != line.id]
    wrong = [each for each in sent if each.kind in {EntryKind.REPLY, EntryKind.CORRECTION}]
    for each in wrong[-1:]:
        queries.set_entry_state(tx, each.id, EntryState.DONE, EntryState.REPLACED)
        for number in deliveries.of_source(tx, f"reply:{each.id}")[:1]:
            message = deliveries.message_of(tx, number)
            fields: Fields = {**message.fields, "text": line.text}
            deliveries.renew(tx, number, replace(message, template="conversation.answer_corrected", fields=fields), now)


def _let_asker_say(tx: Transaction, setup: Setup, query: Query, line: Entry, now: datetime) -> None:
    """The asker's conversation hears, in its turn, that an answer or a question was accepted by their channel."""
    what = {EntryKind.REPLY: "answered", EntryKind.ASKED_BACK: "asked_back"}.get(line.kind)
    if what and (told := asker(tx, setup, query)):
        happened = Happened(what, query.opened_by)
        account = told.address.account
        inbox.add_internal(tx, account, told.address.key, f"{what}:{line.id}", happened, now, setup.seal)
