"""Our posts that hold what must go: deleted where the platform allows, else overwritten, else named to their desk."""

from collections.abc import Iterable, Sequence
from datetime import datetime

from bot.core.channel import Op
from bot.core.delivery import DeliveryState, NewDelivery, Outcome, Priority
from bot.core.message import Address, Fields, Message
from bot.core.query import Query
from bot.services import cards
from bot.services.setup import Setup
from storage import deliveries, desks, posts
from storage.database import Transaction
from storage.posts import Post

#: What stands where words stood: because the person took them back, or because the time is over.
TAKEN_BACK, EXPIRED = "desk.card_erased", "desk.card_expired"
#: What stands where a post could not be deleted.
POST_ERASED = "desk.post_erased"
#: The same where the words are not erased, only hidden: the query is sensitive.
POST_HIDDEN = "desk.post_hidden"
_REMOVALS = (TAKEN_BACK, EXPIRED, POST_ERASED, POST_HIDDEN)
#: Names a deletion, and what is tried when it is refused.
REMOVED, OVERWRITTEN = "erase", "overwrite"
#: The platform says that there is nothing any more: that is what was wanted.
_GONE = ("thread_gone", "not found", "message_not_found")
_FAILED = {DeliveryState.REFUSED, DeliveryState.UNREACHABLE, DeliveryState.CANCELLED, DeliveryState.UNCERTAIN}


def erase_cards(tx: Transaction, setup: Setup, query: Query, template: str, now: datetime) -> None:
    """Every card the query ever had says that its words are gone."""
    for place in desks.threads(tx, query.id):
        language, zone = cards.desk_reader(setup.world, place.desk)
        gone = Message(template, {"reference": query.reference}, (), language, zone)
        deliveries.renew(tx, place.card, gone, now)
        if deliveries.unreachable(tx, place.address.account, place.address.chat):
            _name_to_desk(tx, setup, query.id, now)


def remove(
    tx: Transaction, setup: Setup, found: Iterable[Post], template: str, query: Query | None, now: datetime
) -> None:
    """Delete the posts, oldest first; each once, however often this is asked for."""
    fields: Fields = {"reference": query.reference if query else "", "query": query.id if query else 0}
    for post in found:
        removal = NewDelivery(
            source=f"{REMOVED}:{post.delivery}",
            to=post.address,
            op=Op.DELETE,
            message=Message(template, {**fields, "file": post.file}),
            priority=Priority.STAFF,
            due=now,
            target=post.delivery,
        )
        number = deliveries.add(tx, removal)
        if deliveries.get(tx, number).state in _FAILED:
            _name_to_desk(tx, setup, int(query.id if query else 0), now)


def removal_settled(tx: Transaction, setup: Setup, outcome: Outcome, now: datetime) -> None:
    """A deletion that was refused becomes an overwriting; where that is refused too, people have to do it."""
    message = outcome.delivery.message
    ours = message.template in (TAKEN_BACK, EXPIRED, POST_ERASED, POST_HIDDEN) and outcome.delivery.op in (
        Op.DELETE,
        Op.EDIT,
    )
    if not ours or outcome.state not in _FAILED or _is_gone(outcome.reason):
        return
    query = message.fields.get("query", 0)
    number = query if isinstance(query, int) else 0
    if outcome.delivery.op is Op.DELETE and outcome.state is DeliveryState.REFUSED:
        _overwrite(tx, setup, outcome, number, now)
        if not message.fields.get("file"):
            return
    _name_to_desk(tx, setup, number or outcome.delivery.query, now)


def _is_gone(reason: str) -> bool:
    return any(word in reason.lower() for word in _GONE)


def _overwrite(tx: Transaction, setup: Setup, outcome: Outcome, query: int, now: datetime) -> None:
    delivery = outcome.delivery
    target = deliveries.get(tx, delivery.id).target
    place = desks.at(tx, delivery.to.account, delivery.to.chat)
    language, zone = cards.desk_reader(setup.world, place.desk if place else "")
    template = POST_HIDDEN if delivery.message.template == POST_HIDDEN else POST_ERASED
    words = Message(template, {"query": query}, (), language, zone)
    edit = NewDelivery(
        source=f"{OVERWRITTEN}:{target}",
        to=delivery.to,
        op=Op.EDIT,
        message=words,
        priority=Priority.STAFF,
        due=now,
        target=target,
    )
    deliveries.add(tx, edit)


def _name_to_desk(tx: Transaction, setup: Setup, query: int, now: datetime) -> None:
    """One post for each query that says how many of ours have to be deleted by hand, and where."""
    place = desks.current(tx, query) if query else None
    bound = cards.nearest(tx, setup.world, place.desk if place else setup.world.office.fallback_desk)
    if bound is None:
        return
    language, zone = cards.desk_reader(setup.world, bound.desk)
    source = f"by-hand:{query}"
    known = deliveries.find(tx, source, 0, bound.address.account, bound.address.chat)
    before = deliveries.message_of(tx, known).fields.get("count", 0) if known else 0
    count = 1 + (before if isinstance(before, int) else 0)
    fields: Fields = {"reference": f"Q-{query:04}" if query else "", "desk": bound.desk, "count": count}
    message = Message("desk.erase_by_hand", fields, (), language, zone)
    if known:
        deliveries.renew(tx, known, message, now)
        return
    here = place is not None and place.address.whole_chat() == bound.address.whole_chat()
    thread = place.root if place and here else 0
    deliveries.add(
        tx,
        NewDelivery(
            source=source,
            to=bound.address,
            message=message,
            priority=Priority.STAFF,
            due=now,
            after=thread,
            root=thread,
        ),
    )


def erase_query(tx: Transaction, setup: Setup, query: Query, now: datetime) -> None:
    """The person's words are gone from the query's threads; what staff wrote there stays."""
    erase_cards(tx, setup, query, TAKEN_BACK, now)
    for delivery in posts.unsent(tx, query.id):
        deliveries.cancel(tx, delivery)
    remove(tx, setup, posts.with_words(tx, query.id), TAKEN_BACK, query, now)
    posts.blank_query(tx, query.id)


def expire_query(tx: Transaction, setup: Setup, query: Query, now: datetime) -> None:
    """Everything that was posted about the query is gone, what staff wrote as well."""
    erase_cards(tx, setup, query, EXPIRED, now)
    for delivery in posts.unsent(tx, query.id):
        deliveries.cancel(tx, delivery)
    remove(tx, setup, posts.every(tx, query.id), EXPIRED, query, now)
    posts.blank_query(tx, query.id)


def erase_mentions(tx: Transaction, setup: Setup, words: Sequence[str], own: Sequence[Address], now: datetime) -> None:
    """Posts to others that name the person go as well: a request to confirm them, a list of contacts."""
    if not words:
        return
    for delivery in posts.unsent_mentions(tx, words, own):
        deliveries.cancel(tx, delivery)
    remove(tx, setup, posts.mentioning(tx, words, own), TAKEN_BACK, None, now)
    posts.blank_mentions(tx, words)
