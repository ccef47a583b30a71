"""Recording: what became of what was sent, and of what nobody answers for any more."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime

import sqlalchemy as sa

from bot.core.channel import Op
from bot.core.delivery import DeliveryKind, DeliveryState, Outcome
from storage import addresses, clock, lanes
from storage.clock import seconds_sql
from storage.database import Transaction
from storage.ledger_rows import IDEMPOTENT, QUEUED, SENDING, delivery, places
from storage.tables import deliveries

#: What is in doubt this often is left: whatever it is, sending it ends badly.
_MOST_DOUBTS = 5
#: By kind, where sending twice shows twice. An answer that is in doubt again is put before its focal point; a card or
#: a line of the conversation has nobody to decide about it, and without its card a query would be seen by nobody.
_DOUBTS = {DeliveryKind.ANSWER: 1, DeliveryKind.NOTICE: _MOST_DOUBTS, DeliveryKind.ANNOUNCEMENT: 0}
#: A lease reaching further than this was given by a clock that has been set back since.
_LONGEST_LEASE = 60.0
#: Columns that name a row which must have been sent first.
_NEEDS = (deliveries.c.after, deliveries.c.root, deliveries.c.target)

Row = sa.Row[tuple[object, ...]]
Values = dict[str, object]


def record(tx: Transaction, outcomes: Sequence[Outcome], now: datetime) -> list[Outcome]:
    """Write down results, and say what they came to.

    Left out are results of a lease that was lost. Added are rows that can never leave because of these (CANCELLED,
    reason "after"). A doubt that is tried again is QUEUED, reason "doubt".
    """
    rows = _locked(tx, sorted(outcome.delivery.id for outcome in outcomes))
    kept: list[Outcome] = []
    changes: list[Values] = []
    for outcome in sorted(outcomes, key=lambda each: each.delivery.id):
        row = rows.get(outcome.delivery.id)
        if row is None or row.state != "sending" or row.fence != outcome.delivery.fence:
            continue
        values = _values(row, outcome, now)
        changes.append(_change(row, values))
        kept.append(_told(outcome, values))
    _write(tx, changes)
    for outcome in kept:
        _consequences(tx, outcome, now)
    return kept + _cancel_followers(tx, _ended(kept, rows), now)


def expire(tx: Transaction) -> list[Outcome]:
    """Rows whose sender is gone: nobody knows whether they arrived.

    They are counted as doubts and, as their kind says, tried again (QUEUED, reason "doubt") or left UNCERTAIN.
    """
    now = seconds_sql(tx)
    clamped = sa.and_(SENDING, deliveries.c.lease_until > now + _LONGEST_LEASE)
    tx.execute(sa.update(deliveries).where(clamped).values(lease_until=now + _LONGEST_LEASE / 2))
    lost = sa.select(deliveries).where(SENDING, deliveries.c.lease_until < now).order_by(deliveries.c.id).limit(500)
    rows = tx.execute(lost.with_for_update(skip_locked=True)).all()
    if not rows:
        return []
    known = places(tx, rows)
    doubts = [
        Outcome(delivery=delivery(row, known), state=DeliveryState.UNCERTAIN, reason="lease lost") for row in rows
    ]
    return record(tx, doubts, clock.now(tx))


def cancel_followers(tx: Transaction, ended: Iterable[int], now: datetime) -> list[Outcome]:
    """Cancel what waits for rows that will never be sent, and what waits for that in turn."""
    return _cancel_followers(tx, list(ended), now)


def _locked(tx: Transaction, ids: Sequence[int]) -> dict[int, Row]:
    chosen = sa.select(deliveries).where(deliveries.c.id.in_(ids)).order_by(deliveries.c.id).with_for_update()
    return {row.id: row for row in tx.execute(chosen)}


def _told(outcome: Outcome, values: Values) -> Outcome:
    """What is said of it. What was sent counts as sent, also where a newer revision is queued already."""
    if outcome.state is DeliveryState.SENT:
        return outcome
    return replace(outcome, state=DeliveryState(str(values["state"])), reason=str(values["reason"]))


def _values(row: Row, outcome: Outcome, now: datetime) -> Values:
    """What the row becomes; the states it may pass to are those of `bot.core.delivery.TRANSITIONS`."""
    changed = row.revision > outcome.delivery.revision
    match outcome.state:
        case DeliveryState.SENT:
            sent = {"sent_revision": outcome.delivery.revision, "result": row.result or outcome.result}
            return sent | (_edit_again(row, now) if changed else _ended_as("sent", "", now))
        case DeliveryState.UNCERTAIN:
            return {"doubts": row.doubts + 1} | _after_doubt(row, outcome, now)
        case DeliveryState.QUEUED:
            return _queued(outcome.reason) | {"plain": False if changed else row.plain or outcome.plain}
        case DeliveryState.REFUSED if changed:
            return _queued("") | {"attempts": 0, "plain": False}
        case _:
            return _ended_as(outcome.state.value, outcome.reason, now)


def _edit_again(row: Row, now: datetime) -> Values:
    """A card that changed while it was sent: it is sent again as an edit of itself."""
    edit = {"op": Op.EDIT.value, "target": row.id} if row.op in (Op.POST, Op.UPLOAD) else {}
    return _queued("") | edit | {"due": now, "attempts": 0, "plain": False}


def _after_doubt(row: Row, outcome: Outcome, now: datetime) -> Values:
    most = _MOST_DOUBTS if Op(row.op) in IDEMPOTENT else _DOUBTS[DeliveryKind(row.kind)]
    if row.doubts < most:
        return _queued("doubt")
    return _ended_as("uncertain", outcome.reason, now)


def _queued(reason: str) -> Values:
    return {"state": "queued", "reason": reason}


def _ended_as(state: str, reason: str, now: datetime) -> Values:
    return {"state": state, "reason": reason, "settled_at": now}


_COLUMNS = ("state", "reason", "result", "sent_revision", "doubts", "attempts", "op", "target", "due", "plain")


def _change(row: Row, values: Mapping[str, object]) -> Values:
    """The whole set of columns that recording may change, so that one statement serves all rows."""
    kept = {name: values.get(name, getattr(row, name)) for name in _COLUMNS}
    return {f"new_{name}": value for name, value in kept.items()} | {
        "new_settled_at": values.get("settled_at"),
        "row_id": row.id,
    }


def _write(tx: Transaction, changes: Sequence[Values]) -> None:
    if not changes:
        return
    values: Values = {name: sa.bindparam(f"new_{name}") for name in (*_COLUMNS, "settled_at")}
    values |= {"lease_by": None, "lease_until": 0}
    tx.execute(sa.update(deliveries).where(deliveries.c.id == sa.bindparam("row_id")).values(values), changes)


def _consequences(tx: Transaction, outcome: Outcome, now: datetime) -> None:
    """What a result says about the chat or the account as a whole."""
    to = outcome.delivery.to
    if outcome.moved_to is not None:
        addresses.rewrite(tx, to, outcome.moved_to)
    if outcome.state is DeliveryState.UNREACHABLE:
        addresses.mark_unreachable(tx, to.account, to.chat, outcome.reason, now)
    if outcome.wait > 0 and outcome.everywhere:
        lanes.pause(tx, to.account, outcome.wait)
    elif outcome.wait > 0:
        addresses.pause(tx, to.account, to.chat, outcome.wait)


def _ended(kept: Iterable[Outcome], rows: Mapping[int, Row]) -> list[int]:
    never = {DeliveryState.REFUSED, DeliveryState.UNREACHABLE, DeliveryState.UNCERTAIN}
    return [each.delivery.id for each in kept if each.state in never and rows[each.delivery.id].sent_revision == 0]


def _cancel_followers(tx: Transaction, ended: Sequence[int], now: datetime) -> list[Outcome]:
    cancelled: list[Outcome] = []
    waiting = list(ended)
    while waiting:
        needs = sa.or_(*(column.in_(waiting) for column in _NEEDS))
        values = _ended_as("cancelled", "after", now)
        stopped = sa.update(deliveries).where(QUEUED, needs, deliveries.c.sent_revision == 0).values(values)
        rows = tx.execute(stopped.returning(*deliveries.c)).all()
        known = places(tx, rows)
        cancelled += [
            Outcome(delivery=delivery(row, known), state=DeliveryState.CANCELLED, reason="after") for row in rows
        ]
        waiting = [row.id for row in rows]
    return cancelled
