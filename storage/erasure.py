"""What must go when a person is forgotten: messages to them, and our posts of their words."""

import sqlalchemy as sa

from bot.core.channel import Op
from bot.core.delivery import DeliveryState
from bot.core.message import Address
from storage.database import Transaction
from storage.tables import addresses, conversations, deliveries, desk_threads, inbox, timers

#: Stands, with a number, where the address of somebody forgotten stood.
FORGOTTEN = "forgotten"
#: What stands in the ledger where words stood.
ERASED = {"template": "conversation.erased_text", "fields": {}, "buttons": []}
#: Templates whose posts carry words of the CSO; the card itself is overwritten instead.
CARRIES_WORDS = ("desk.added", "desk.edited", "desk.rest", "desk.file")


def posts_of(tx: Transaction, query: int) -> tuple[tuple[int, Address], ...]:
    """Deliveries that put words or files of the query's CSO into a staff thread, and where."""
    here = sa.and_(
        desk_threads.c.query == query,
        desk_threads.c.account == deliveries.c.account,
        desk_threads.c.chat == deliveries.c.chat,
    )
    posted = sa.and_(
        deliveries.c.query == query,
        deliveries.c.op.in_([Op.POST, Op.UPLOAD]),
        deliveries.c.state.in_([DeliveryState.SENT, DeliveryState.SENDING, DeliveryState.UNCERTAIN]),
        _carries_words(),
        sa.exists().where(here),
    )
    rows = tx.execute(sa.select(deliveries.c.id, deliveries.c.account, deliveries.c.chat).where(posted))
    return tuple((row.id, Address(row.account, row.chat)) for row in rows)


def unsent_posts_of(tx: Transaction, query: int) -> tuple[int, ...]:
    """Deliveries with words of the query's CSO that have not left."""
    waiting = sa.and_(deliveries.c.query == query, deliveries.c.state == DeliveryState.QUEUED, _carries_words())
    return tuple(tx.scalars(sa.select(deliveries.c.id).where(waiting)))


def blank_posts_of(tx: Transaction, query: int) -> None:
    """The ledger itself forgets the words: what was sent is counted, not quoted."""
    words = sa.and_(deliveries.c.query == query, _carries_words(), deliveries.c.state != DeliveryState.QUEUED)
    tx.execute(sa.update(deliveries).where(words).values(message=ERASED))


def _carries_words() -> sa.ColumnElement[bool]:
    carries: sa.ColumnElement[bool] = deliveries.c.message["template"].as_string().in_(CARRIES_WORDS)
    return carries


#: The last message to somebody who is forgotten: once it is settled, their address goes too.
LAST_WORD = "conversation.erased"


def finish(tx: Transaction, address: Address) -> bool:
    """Take the address of somebody forgotten out of ledger and inbox; false while the last message is on its way."""
    there = sa.and_(deliveries.c.account == address.account, deliveries.c.chat == address.chat)
    goodbye = deliveries.c.message["template"].as_string() == LAST_WORD
    last = tx.execute(
        sa.select(deliveries.c.id, deliveries.c.state).where(there, goodbye).order_by(deliveries.c.id)
    ).all()
    if any(row.state in {DeliveryState.QUEUED, DeliveryState.SENDING} for row in last):
        return False
    if last:
        _forget_address(tx, address, last[-1].id)
    return True


def _forget_address(tx: Transaction, address: Address, last: int) -> None:
    there = sa.and_(deliveries.c.account == address.account, deliveries.c.chat == address.chat)
    gone = sa.literal(f"{FORGOTTEN}-") + sa.cast(deliveries.c.id, sa.String)
    tx.execute(sa.update(deliveries).where(there, deliveries.c.id <= last).values(chat=gone))
    done = sa.and_(inbox.c.conversation == address.key, inbox.c.payload.is_(None))
    tx.execute(sa.update(inbox).where(done).values(conversation=FORGOTTEN))
    if not tx.scalar(sa.select(sa.exists().where(there))):
        tx.execute(sa.delete(addresses).where(addresses.c.key == address.key))
        idle = sa.and_(conversations.c.key == address.key, conversations.c.pending == 0)
        tx.execute(sa.delete(conversations).where(idle))


def forget_chat(tx: Transaction, address: Address) -> None:
    """Texts of messages to this chat, its conversation and its timers; the counts of deliveries stay."""
    there = sa.and_(deliveries.c.account == address.account, deliveries.c.chat == address.chat)
    settled = deliveries.c.state.not_in([DeliveryState.QUEUED, DeliveryState.SENDING])
    tx.execute(sa.update(deliveries).where(there, settled).values(message=ERASED))
    failed = sa.and_(inbox.c.conversation == address.key, inbox.c.state == "failed")
    tx.execute(sa.update(inbox).where(failed).values(payload=None))
    tx.execute(sa.update(conversations).where(conversations.c.key == address.key).values(state={}))
    tx.execute(sa.delete(timers).where(timers.c.conversation == address.key))
