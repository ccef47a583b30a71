"""What must go when a person is forgotten: messages to them, and our posts of their words."""

import sqlalchemy as sa

from bot.core.channel import Op
from bot.core.delivery import DeliveryState
from bot.core.message import Address
from storage.database import Transaction
from storage.tables import conversations, deliveries, desk_threads, timers

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
        deliveries.c.state == DeliveryState.SENT,
        deliveries.c.message["template"].as_string().in_(CARRIES_WORDS),
        sa.exists().where(here),
    )
    rows = tx.execute(sa.select(deliveries.c.id, deliveries.c.account, deliveries.c.chat).where(posted))
    return tuple((row.id, Address(row.account, row.chat)) for row in rows)


def forget_chat(tx: Transaction, address: Address) -> None:
    """Texts of messages to this chat, its conversation and its timers; the counts of deliveries stay."""
    there = sa.and_(deliveries.c.account == address.account, deliveries.c.chat == address.chat)
    settled = deliveries.c.state.not_in([DeliveryState.QUEUED, DeliveryState.SENDING])
    gone = {"message": {"template": "conversation.erased_text", "fields": {}, "buttons": []}}
    tx.execute(sa.update(deliveries).where(there, settled).values(gone))
    tx.execute(sa.update(conversations).where(conversations.c.key == address.key).values(state={}))
    tx.execute(sa.delete(timers).where(timers.c.conversation == address.key))
