"""The ledger: one row per thing to send, outbox and delivery report at once."""

from collections.abc import Iterable, Mapping, Sequence, Set
from datetime import datetime

import sqlalchemy as sa

from bot.core.channel import Op
from bot.core.delivery import DeliveryKind, DeliveryState, NewDelivery
from bot.core.errors import Unknown
from bot.core.message import Message
from bot.core.message_json import dump_message, load_message
from storage import clock
from storage.addresses import mark_reachable, mark_unreachable, rewrite, unreachable, unreachable_of
from storage.database import Transaction, insert_all_missing, insert_missing
from storage.ledger_claim import Claim, Pace, beat, claim
from storage.ledger_record import cancel_followers, expire, record
from storage.ledger_rows import QUEUED, Filed, filed
from storage.tables import deliveries

__all__ = [
    "Claim",
    "Filed",
    "Pace",
    "add",
    "add_all",
    "beat",
    "cancel",
    "cancel_later",
    "claim",
    "doubts",
    "expire",
    "find",
    "get",
    "hasten",
    "left_by_hand",
    "mark_reachable",
    "mark_unreachable",
    "message_of",
    "of_source",
    "oldest_due",
    "oldest_queued",
    "queued_before",
    "queued_by_kind",
    "record",
    "renew",
    "rewrite",
    "send_again",
    "told_of_limits",
    "totals",
    "unreachable",
]

_ENDED = (DeliveryState.REFUSED, DeliveryState.UNREACHABLE, DeliveryState.UNCERTAIN, DeliveryState.CANCELLED)


def add(tx: Transaction, new: NewDelivery) -> int:
    """Queue it and return its id; the same source, part, account and chat again changes nothing.

    Where the chat cannot be reached it is stored as UNREACHABLE with the reason; where it waits for a delivery that
    will never be sent, as CANCELLED.
    """
    now = clock.now(tx)
    row = _row(new, now) | _ended_at_once(tx, new, now)
    added: list[int] = insert_missing(tx, deliveries, [row], deliveries.c.id)
    if added:
        return added[0]
    found = find(tx, new.source, new.part, new.to.account, new.to.chat)
    if found is None:
        raise Unknown("the delivery was moved while it was added")
    return found


def add_all(tx: Transaction, new: Sequence[NewDelivery]) -> None:
    """Queue many at once, each as `add` would."""
    if not new:
        return
    now = clock.now(tx)
    closed = unreachable_of(tx, {(each.to.account, each.to.chat) for each in new})
    never = _never_sent(tx, {named for each in new for named in (each.after, each.root, each.target) if named})
    rows = [_row(each, now) | _ended(each, closed, never, now) for each in new]
    insert_all_missing(tx, deliveries, rows)


def _ended(
    new: NewDelivery, closed: Mapping[tuple[str, str], str], never: Set[int], now: datetime
) -> dict[str, object]:
    """As every row has it in a statement for many: queued, where nothing speaks against it."""
    if reason := closed.get((new.to.account, new.to.chat), ""):
        return {"state": "unreachable", "reason": reason, "settled_at": now}
    if {new.after, new.root, new.target} & never:
        return {"state": "cancelled", "reason": "after", "settled_at": now}
    return {"reason": "", "settled_at": None}


def find(tx: Transaction, source: str, part: int, account: str, chat: str) -> int | None:
    """The id of a delivery by what it comes from; None when there is none."""
    key = (deliveries.c.source == source, deliveries.c.part == part)
    there = (deliveries.c.account == account, deliveries.c.chat == chat)
    return tx.execute(sa.select(deliveries.c.id).where(*key, *there)).scalar_one_or_none()


def of_source(tx: Transaction, source: str) -> tuple[int, ...]:
    """Ids of all that comes from the source, in the order of its parts."""
    found = sa.select(deliveries.c.id).where(deliveries.c.source == source)
    return tuple(tx.scalars(found.order_by(deliveries.c.part, deliveries.c.id)))


def renew(tx: Transaction, delivery_id: int, message: Message, now: datetime) -> None:
    """The delivery shall say this from now on, whatever it said before (a card).

    Unsent, it just says the new thing; sent, it is queued as an edit of itself; on its way, it is queued again when
    its result is known. What was refused or cancelled for good stays so.
    """
    row = _locked(tx, delivery_id)
    said = dump_message(message)
    if row.message == said:
        return
    values: dict[str, object] = {"message": said, "revision": row.revision + 1}
    again = {DeliveryState.SENT, DeliveryState.UNCERTAIN}
    if not unreachable(tx, row.account, row.chat):
        again.add(DeliveryState.UNREACHABLE)
    if row.state in again:
        values |= _again(row) | {"due": now}
    tx.execute(sa.update(deliveries).where(deliveries.c.id == delivery_id).values(values))


def send_again(tx: Transaction, delivery_id: int, now: datetime) -> bool:
    """Send an UNCERTAIN or UNREACHABLE delivery once more because a person decided so; false in any other state."""
    row = _locked(tx, delivery_id)
    if row.state not in (DeliveryState.UNCERTAIN, DeliveryState.UNREACHABLE):
        return False
    tx.execute(sa.update(deliveries).where(deliveries.c.id == delivery_id).values(_again(row) | {"due": now}))
    return True


def cancel(tx: Transaction, delivery_id: int) -> bool:
    """Take it back while it is queued, and what waits for it; false when it is too late."""
    now = clock.now(tx)
    values = {"state": "cancelled", "reason": "cancelled", "settled_at": now}
    taken = tx.execute(sa.update(deliveries).where(deliveries.c.id == delivery_id, QUEUED).values(values))
    if taken.rowcount == 1:
        cancel_followers(tx, [delivery_id], now)
    return taken.rowcount == 1


def cancel_later(tx: Transaction, query: int, templates: Iterable[str], now: datetime) -> int:
    """Take back what is to be said of the query later on and is not true any more; returns how many."""
    says = deliveries.c.message["template"].as_string().in_(sorted(templates))
    later = sa.and_(QUEUED, deliveries.c.query == query, deliveries.c.due > now, says)
    values = {"state": "cancelled", "reason": "cancelled", "settled_at": clock.now(tx)}
    return tx.execute(sa.update(deliveries).where(later).values(values)).rowcount


def hasten(tx: Transaction, delivery_id: int, now: datetime) -> bool:
    """Let it leave now instead of later; false when it is not queued."""
    return tx.execute(sa.update(deliveries).where(deliveries.c.id == delivery_id, QUEUED).values(due=now)).rowcount == 1


def get(tx: Transaction, delivery_id: int) -> Filed:
    """The delivery as it stands; raises `Unknown`."""
    found = filed(tx, tx.execute(sa.select(deliveries).where(deliveries.c.id == delivery_id)))
    if not found:
        raise Unknown
    return found[0]


def message_of(tx: Transaction, delivery_id: int) -> Message:
    """What it says, as it stands in the ledger; raises `Unknown`."""
    kept = tx.execute(sa.select(deliveries.c.message).where(deliveries.c.id == delivery_id)).scalar_one_or_none()
    if kept is None:
        raise Unknown
    return load_message(kept)


def totals(tx: Transaction) -> dict[DeliveryState, int]:
    """How many deliveries are in each state; states nobody is in are 0."""
    counted = tx.execute(sa.select(deliveries.c.state, sa.func.count()).group_by(deliveries.c.state))
    return dict.fromkeys(DeliveryState, 0) | {DeliveryState(row[0]): row[1] for row in counted}


def doubts(tx: Transaction) -> int:
    """How many attempts ever may or may not have arrived, those that were tried once more included."""
    total = sa.select(sa.func.coalesce(sa.func.sum(deliveries.c.doubts), 0)).where(sa.text("doubts > 0"))
    return int(tx.execute(total).scalar_one())


def oldest_queued(tx: Transaction, kind: DeliveryKind, now: datetime) -> datetime | None:
    """Since when the oldest delivery of a kind that is due has been waiting; None while there is none."""
    waiting = sa.select(sa.func.min(deliveries.c.due)).where(QUEUED, deliveries.c.kind == kind, deliveries.c.due <= now)
    oldest: datetime | None = tx.execute(waiting).scalar_one()
    return oldest


def queued_by_kind(tx: Transaction) -> dict[str, int]:
    """How many wait, by kind."""
    counted = sa.select(deliveries.c.kind, sa.func.count()).where(QUEUED).group_by(deliveries.c.kind)
    return {row[0]: row[1] for row in tx.execute(counted.order_by(deliveries.c.kind))}


def oldest_due(tx: Transaction) -> datetime | None:
    """When the first of what waits was due; None while nothing waits."""
    oldest: datetime | None = tx.execute(sa.select(sa.func.min(deliveries.c.due)).where(QUEUED)).scalar_one()
    return oldest


def queued_before(tx: Transaction, moment: datetime) -> tuple[int, ...]:
    """What waits and was due before the moment, oldest first."""
    late = sa.select(deliveries.c.id).where(QUEUED, deliveries.c.due < moment)
    return tuple(tx.scalars(late.order_by(deliveries.c.due, deliveries.c.id)))


def told_of_limits(tx: Transaction) -> int:
    """How often somebody was told that they write too much."""
    limit = sa.and_(deliveries.c.source >= "limit:", deliveries.c.source < "limit;")
    return tx.execute(sa.select(sa.func.count()).where(limit)).scalar_one()


def left_by_hand(tx: Transaction) -> int:
    """Posts that could neither be deleted nor overwritten and were named to a desk."""
    said = sa.and_(deliveries.c.source >= "by-hand:", deliveries.c.source < "by-hand;")
    counts = tx.scalars(sa.select(deliveries.c.message["fields"]["count"].as_integer()).where(said))
    return sum(count or 0 for count in counts)


def _row(new: NewDelivery, now: datetime) -> dict[str, object]:
    return {
        "source": new.source,
        "part": new.part,
        "account": new.to.account,
        "chat": new.to.chat,
        "thread": new.to.thread,
        "op": new.op.value,
        "after": new.after or None,
        "root": new.root or None,
        "target": new.target or None,
        "priority": new.priority.value,
        "due": new.due,
        "state": "queued",
        "kind": new.kind.value,
        "message": dump_message(new.message),
        "query": new.query,
        "entry": new.entry,
        "created_at": now,
    }


def _ended_at_once(tx: Transaction, new: NewDelivery, now: datetime) -> dict[str, object]:
    if reason := unreachable(tx, new.to.account, new.to.chat):
        return {"state": "unreachable", "reason": reason, "settled_at": now}
    if _never_sent(tx, {new.after, new.root, new.target} - {0}):
        return {"state": "cancelled", "reason": "after", "settled_at": now}
    return {}


def _never_sent(tx: Transaction, named: Set[int]) -> frozenset[int]:
    """Those of the deliveries that have ended without ever having been sent."""
    if not named:
        return frozenset()
    ended = sa.and_(deliveries.c.sent_revision == 0, deliveries.c.state.in_([state.value for state in _ENDED]))
    return frozenset(tx.scalars(sa.select(deliveries.c.id).where(deliveries.c.id.in_(sorted(named)), ended)))


def _again(row: sa.Row[tuple[object, ...]]) -> dict[str, object]:
    """Queued once more: as an edit of itself where the platform has the message already."""
    values: dict[str, object] = {"state": "queued", "reason": "", "settled_at": None, "attempts": 0, "plain": False}
    if row.sent_revision > 0 and row.op in (Op.POST, Op.UPLOAD):
        values |= {"op": Op.EDIT.value, "target": row.id}
    return values


def _locked(tx: Transaction, delivery_id: int) -> sa.Row[tuple[object, ...]]:
    chosen = sa.select(deliveries).where(deliveries.c.id == delivery_id).with_for_update()
    row = tx.execute(chosen).one_or_none()
    if row is None:
        raise Unknown
    return row
