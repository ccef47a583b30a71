"""Our posts that hold what must go: where the platform has them, and what the ledger itself remembers of them."""

from collections.abc import Sequence
from dataclasses import dataclass

import sqlalchemy as sa

from bot.core.channel import Op
from bot.core.delivery import DeliveryState
from bot.core.message import Address
from storage.database import Transaction
from storage.tables import deliveries, desk_threads

#: What stands in the ledger where words stood.
ERASED = {"template": "conversation.erased_text", "fields": {}, "buttons": []}
#: Templates whose posts carry words of the CSO; the card itself is overwritten instead.
CARRIES_WORDS = ("desk.added", "desk.edited", "desk.rest", "desk.file")
#: Words of a sensitive query in the private chat of whoever has it.
SHOWN = "desk.words_shown"
#: The last message to somebody who is forgotten.
LAST_WORD = "conversation.erased"
_WAITING = (DeliveryState.QUEUED, DeliveryState.SENDING)
#: What may stand at a platform.
_OUT = (DeliveryState.SENT, DeliveryState.SENDING, DeliveryState.UNCERTAIN)


@dataclass(frozen=True, slots=True)
class Post:
    """A delivery that put something into a chat."""

    delivery: int
    address: Address
    #: A file cannot be overwritten, only its caption.
    file: bool


def with_words(tx: Transaction, query: int) -> tuple[Post, ...]:
    """Posts in staff threads with words or files of the query's CSO, and what was shown to a holder in private."""
    return _posts(tx, deliveries.c.query == query, sa.or_(_shown(), sa.and_(_carries_words(), _in_thread(query))))


def every(tx: Transaction, query: int) -> tuple[Post, ...]:
    """Posts of any kind in the query's staff threads, its cards left out, and what was shown to a holder in private."""
    return _posts(tx, deliveries.c.query == query, sa.or_(_shown(), sa.and_(~_is_card(), _in_thread(query))))


def in_threads(tx: Transaction, query: int) -> tuple[Post, ...]:
    """Posts of any kind in the query's staff threads, its cards left out."""
    return _posts(tx, deliveries.c.query == query, ~_is_card(), _in_thread(query))


def waiting(tx: Transaction, query: int) -> tuple[int, ...]:
    """Posts for the query's staff threads that have not left, its cards left out."""
    return _queued(tx, deliveries.c.query == query, ~_is_card(), _in_thread(query))


def mentioning(tx: Transaction, words: Sequence[str], but: Sequence[Address]) -> tuple[Post, ...]:
    """Posts to others that hold one of the words."""
    return _posts(tx, _holds(words), ~_to(but), ~_is_card())


def unsent(tx: Transaction, query: int) -> tuple[int, ...]:
    """Deliveries with words of the query's CSO that have not left."""
    return _queued(tx, deliveries.c.query == query, _carries_words())


def unsent_mentions(tx: Transaction, words: Sequence[str], but: Sequence[Address]) -> tuple[int, ...]:
    """Deliveries to others that hold one of the words and have not left."""
    return _queued(tx, _holds(words), ~_to(but), ~_is_card())


def _queued(tx: Transaction, *where: sa.ColumnElement[bool]) -> tuple[int, ...]:
    return tuple(tx.scalars(sa.select(deliveries.c.id).where(deliveries.c.state == DeliveryState.QUEUED, *where)))


def blank_query(tx: Transaction, query: int) -> None:
    """The ledger forgets what was said about a query: what was sent is counted, not quoted. Cards are renewed."""
    said = sa.and_(deliveries.c.query == query, deliveries.c.state.not_in(_WAITING), ~_is_card())
    tx.execute(sa.update(deliveries).where(said).values(message=ERASED))


def blank(tx: Transaction, delivery: int) -> None:
    """The ledger forgets what this delivery said, unless it is still to be sent."""
    settled = deliveries.c.state.not_in(_WAITING)
    tx.execute(sa.update(deliveries).where(deliveries.c.id == delivery, settled).values(message=ERASED))


def blank_mentions(tx: Transaction, words: Sequence[str]) -> None:
    """The ledger forgets every message with one of the words, but for what is on its way."""
    if words:
        settled = deliveries.c.state.not_in(_WAITING)
        tx.execute(sa.update(deliveries).where(settled, _holds(words)).values(message=ERASED))


def _posts(tx: Transaction, *where: sa.ColumnElement[bool]) -> tuple[Post, ...]:
    columns = (deliveries.c.id, deliveries.c.account, deliveries.c.chat, deliveries.c.op, deliveries.c.message)
    own_edit = sa.and_(deliveries.c.op == Op.EDIT, deliveries.c.target == deliveries.c.id)
    made = sa.or_(deliveries.c.op.in_([Op.POST, Op.UPLOAD]), own_edit)
    found = sa.select(*columns).where(made, deliveries.c.state.in_(_OUT), *where).order_by(deliveries.c.id)
    return tuple(
        Post(row.id, Address(row.account, row.chat), bool((row.message or {}).get("file"))) for row in tx.execute(found)
    )


def _in_thread(query: int) -> sa.ColumnElement[bool]:
    here = sa.and_(
        desk_threads.c.query == query,
        desk_threads.c.account == deliveries.c.account,
        desk_threads.c.chat == deliveries.c.chat,
    )
    return sa.exists().where(here)


def _is_card() -> sa.ColumnElement[bool]:
    return sa.exists().where(desk_threads.c.card == deliveries.c.id)


def _carries_words() -> sa.ColumnElement[bool]:
    carries: sa.ColumnElement[bool] = deliveries.c.message["template"].as_string().in_(CARRIES_WORDS)
    return carries


def _shown() -> sa.ColumnElement[bool]:
    shown: sa.ColumnElement[bool] = deliveries.c.message["template"].as_string() == SHOWN
    return shown


def _to(addresses: Sequence[Address]) -> sa.ColumnElement[bool]:
    each = (sa.and_(deliveries.c.account == to.account, deliveries.c.chat == to.chat) for to in addresses)
    return sa.or_(sa.false(), *each)


def _holds(words: Sequence[str]) -> sa.ColumnElement[bool]:
    """The message as JSON has one of the words, written as JSON writes them."""
    text = sa.cast(deliveries.c.message, sa.Text)
    return sa.or_(sa.false(), *(text.contains(word, autoescape=True) for word in words))
