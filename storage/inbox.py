"""The inbox: what came in, durable before anybody is told that it arrived, and erased when it is handled."""

import json
from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import datetime

import sqlalchemy as sa

from bot.core.channel import Raw
from bot.core.message import Address, Event, Happened, Place, Sender, Standing
from storage.clock import seconds_sql
from storage.conversations import (
    Claimed,
    EventKind,
    LeaseLost,
    claim,
    extend,
    fail,
    finish,
    hold,
    release,
    save_state,
    state,
)
from storage.database import Transaction, insert_missing, upsert
from storage.sealing import ProcessSeal
from storage.tables import conversations, inbox

__all__ = [
    "Claimed",
    "EventKind",
    "LeaseLost",
    "accept",
    "add_internal",
    "claim",
    "extend",
    "fail",
    "failed",
    "finish",
    "hold",
    "oldest_waiting",
    "own_event",
    "release",
    "save_state",
    "state",
]


def accept(tx: Transaction, raws: Sequence[Raw], seal: ProcessSeal, now: datetime) -> int:
    """Keep what came in, once each; says how many were new. A repeated event changes nothing."""
    return _store(tx, [_row(raw, EventKind.PLATFORM, seal, now) for raw in raws])


def add_internal(
    tx: Transaction,
    account: str,
    conversation: str,
    event_id: str,
    happened: Happened,
    now: datetime,
    seal: ProcessSeal,
) -> int:
    """Let a conversation hear in its turn of something on our side; says how many were new (0 or 1)."""
    payload = json.dumps({"what": happened.what, "about": happened.about}).encode()
    return _store(tx, [_row(Raw(account, event_id, conversation, payload), EventKind.OWN, seal, now)])


def own_event(claimed: Claimed, payload: bytes) -> Event:
    """An event that `add_internal` stored."""
    said = json.loads(payload)
    account, chat, *thread = claimed.conversation.split(":")
    return Event(
        id=claimed.event_id,
        address=Address(account, chat, *thread),
        place=Place.PRIVATE,
        sender=Sender("", standing=Standing.BOT),
        content=Happened(said["what"], said["about"]),
        at=claimed.at,
    )


def oldest_waiting(tx: Transaction) -> datetime | None:
    """When the oldest event that nobody has handled came in; None while there is none."""
    waiting = sa.select(sa.func.min(inbox.c.at)).where(sa.text("state = 'waiting'"))
    oldest: datetime | None = tx.execute(waiting).scalar_one()
    return oldest


def failed(tx: Transaction) -> int:
    """How many events were given up."""
    return tx.execute(sa.select(sa.func.count()).where(inbox.c.state == "failed")).scalar_one()


def _row(raw: Raw, kind: EventKind, seal: ProcessSeal, now: datetime) -> dict[str, object]:
    return {
        "account": raw.account,
        "event_id": raw.event_id,
        "conversation": raw.conversation,
        "kind": kind.value,
        "payload": seal.seal(raw.payload),
        "at": now,
    }


def _store(tx: Transaction, rows: Sequence[dict[str, object]]) -> int:
    """The conversations are locked first, in one order for everybody: their events get their numbers in turn."""
    if not rows:
        return 0
    _lock(tx, sorted({str(row["conversation"]) for row in rows}))
    added: Iterable[str] = insert_missing(tx, inbox, rows, inbox.c.conversation)
    counted = Counter(added)
    for key in sorted(counted):
        first = sa.case((conversations.c.pending == 0, seconds_sql(tx)), else_=conversations.c.ready_at)
        more = {"pending": conversations.c.pending + counted[key], "ready_at": first}
        tx.execute(sa.update(conversations).where(conversations.c.key == key).values(more))
    return counted.total()


def _lock(tx: Transaction, keys: Sequence[str]) -> None:
    for key in keys:
        upsert(tx, conversations, {"key": key, "state": {}})
    order = sa.select(conversations.c.key).where(conversations.c.key.in_(keys)).order_by(conversations.c.key)
    tx.execute(order.with_for_update())
