"""Rows of the ledger as values."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from bot.core.channel import Op
from bot.core.delivery import Delivery, DeliveryKind, DeliveryState
from bot.core.message import Address
from bot.core.message_json import load_message
from storage.database import Transaction
from storage.tables import deliveries

#: Doing these twice is the same as doing them once: they are repeated without a word after a doubt.
IDEMPOTENT = frozenset({Op.EDIT, Op.DELETE})

# The states stand in the statements as they are: a partial index is not used for a bound value.
QUEUED = sa.text("deliveries.state = 'queued'")
SENDING = sa.text("deliveries.state = 'sending'")


@dataclass(frozen=True, slots=True, kw_only=True)
class Filed:
    """A row of the ledger: what is to be sent, and what became of it so far."""

    delivery: Delivery
    source: str
    part: int
    state: DeliveryState
    reason: str
    #: The platform's id of the message or thread; empty until it was sent.
    result: str
    due: datetime
    after: int
    root: int
    target: int
    #: What the platform has; smaller than the delivery's revision while a change is under way.
    sent_revision: int
    #: Attempts of which nobody knows whether they arrived.
    doubts: int
    settled_at: datetime | None


@dataclass(frozen=True, slots=True)
class Place:
    """What became of a row that another one names."""

    op: Op
    result: str


def places(tx: Transaction, rows: Sequence[sa.Row[tuple[object, ...]]]) -> dict[int, Place]:
    """The results of the rows that these rows name as root or target."""
    named = {each for row in rows for each in (row.root, row.target) if each is not None}
    if not named:
        return {}
    found = sa.select(deliveries.c.id, deliveries.c.op, deliveries.c.result).where(deliveries.c.id.in_(sorted(named)))
    return {row.id: Place(Op(row.op), row.result) for row in tx.execute(found)}


def delivery(row: sa.Row[tuple[object, ...]], known: dict[int, Place]) -> Delivery:
    """The row with everything that sending needs.

    A root that opened a thread gives the thread; any other root gives the message that is answered.
    """
    root, target = known.get(row.root), known.get(row.target)
    thread = root.result if root is not None and root.op is Op.OPEN_THREAD else row.thread
    op = Op(row.op)
    return Delivery(
        id=row.id,
        to=Address(row.account, row.chat, thread),
        op=op,
        message=load_message(row.message),
        kind=DeliveryKind(row.kind),
        attempts=row.attempts,
        plain=row.plain,
        revision=row.revision,
        thread_or_reply=root.result if root is not None else "",
        target=target.result if target is not None else "",
        query=row.query,
        entry=row.entry,
        repeated=row.doubts > 0 and op not in IDEMPOTENT,
        fence=row.fence,
    )


def filed(tx: Transaction, rows: Iterable[sa.Row[tuple[object, ...]]]) -> list[Filed]:
    """Rows as they stand."""
    whole = list(rows)
    known = places(tx, whole)
    return [
        Filed(
            delivery=delivery(row, known),
            source=row.source,
            part=row.part,
            state=DeliveryState(row.state),
            reason=row.reason,
            result=row.result,
            due=row.due,
            after=row.after or 0,
            root=row.root or 0,
            target=row.target or 0,
            sent_revision=row.sent_revision,
            doubts=row.doubts,
            settled_at=row.settled_at,
        )
        for row in whole
    ]
