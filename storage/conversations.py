"""Conversations: where each one stands, and whose turn it is to handle its next event."""

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

import sqlalchemy as sa

from bot.core.errors import Conflict
from bot.core.message_json import Json
from storage.clock import seconds_sql
from storage.database import Transaction, upsert
from storage.tables import conversations, inbox

#: A lease reaching further than this was given by a clock that has been set back since.
_LONGEST_LEASE = 60.0
_WAITING = sa.text("inbox.state = 'waiting'")
_PENDING = sa.text("conversations.pending > 0")


class LeaseLost(Conflict):
    """Somebody else handles this conversation by now; what was done here must not be kept."""


class EventKind(StrEnum):
    PLATFORM = "platform"
    #: Something that happened on our side, told to a conversation in its turn.
    OWN = "own"


@dataclass(frozen=True, slots=True, kw_only=True)
class Claimed:
    """The oldest undone event of a conversation that is ours for the length of a lease."""

    inbox_id: int
    conversation: str
    account: str
    event_id: str
    kind: EventKind
    #: Still sealed.
    payload: bytes
    at: datetime
    attempts: int
    #: Names this claim; without it nothing can be finished.
    fence: str


def claim(tx: Transaction, me: str, lease_seconds: float, n: int) -> list[Claimed]:
    """The oldest undone event of up to `n` conversations that nobody has; each is ours until its lease ends."""
    now = seconds_sql(tx)
    table = conversations.c
    free = sa.or_(table.lease_until < now, table.lease_until > now + _LONGEST_LEASE)
    ready = sa.select(table.key).where(_PENDING, table.ready_at <= now, free).order_by(table.ready_at).limit(n)
    keys = tx.execute(ready.with_for_update(skip_locked=True)).scalars().all()
    if not keys:
        return []
    call = f"{me}/{secrets.token_hex(8)}/"
    lease = {"lease_by": sa.literal(call).concat(table.key), "lease_until": now + lease_seconds}
    tx.execute(sa.update(conversations).where(table.key.in_(keys)).values(lease))
    claimed = _oldest(tx, keys, call)
    if empty := set(keys) - {each.conversation for each in claimed}:
        tx.execute(sa.update(conversations).where(table.key.in_(empty)).values(pending=0, lease_by=None, lease_until=0))
    return claimed


def _oldest(tx: Transaction, keys: Sequence[str], call: str) -> list[Claimed]:
    first = sa.select(sa.func.min(inbox.c.id)).where(inbox.c.conversation.in_(keys), _WAITING)
    rows = tx.execute(sa.select(inbox).where(inbox.c.id.in_(first.group_by(inbox.c.conversation))))
    return [
        Claimed(
            inbox_id=row.id,
            conversation=row.conversation,
            account=row.account,
            event_id=row.event_id,
            kind=EventKind(row.kind),
            payload=row.payload or b"",
            at=row.at,
            attempts=row.attempts,
            fence=f"{call}{row.conversation}",
        )
        for row in rows
    ]


def hold(tx: Transaction, claimed: Claimed) -> None:
    """Lock the conversation for this transaction; raises `LeaseLost` when it is not ours any more."""
    owned = sa.select(conversations.c.key).where(_ours(tx, claimed)).with_for_update()
    if tx.execute(owned).one_or_none() is None:
        raise LeaseLost


def finish(tx: Transaction, claimed: Claimed) -> None:
    """Mark exactly this event done and erase it; the conversation is free for its next one.

    Raises `LeaseLost` (a `Conflict`) when the conversation is not ours any more.
    """
    _release(tx, claimed, done=1, wait=0.0)
    done = sa.update(inbox).where(inbox.c.id == claimed.inbox_id, _WAITING).values(state="done", payload=None)
    if tx.execute(done).rowcount != 1:
        raise LeaseLost


def fail(tx: Transaction, claimed: Claimed, tries: int = 3) -> bool:
    """Count a failed attempt: the event waits with backoff, or is given up after `tries`; then this is true.

    What was given up keeps its sealed payload, so that it can be looked into. The next event of the conversation
    comes only after this one is done or given up.
    """
    attempts = claimed.attempts + 1
    given_up = attempts >= tries
    _release(tx, claimed, done=int(given_up), wait=0.0 if given_up else float(2**attempts))
    state = "failed" if given_up else "waiting"
    tx.execute(sa.update(inbox).where(inbox.c.id == claimed.inbox_id).values(state=state, attempts=attempts))
    return given_up


def release(tx: Transaction, claimed: Claimed) -> None:
    """Give it back untouched; does nothing when the lease is lost already."""
    freed = {"lease_by": None, "lease_until": 0}
    tx.execute(sa.update(conversations).where(_ours(tx, claimed)).values(freed))


def extend(tx: Transaction, fences: Sequence[str], lease_seconds: float) -> set[str]:
    """Lengthen the leases that still hold, and say which; a lease that has run out is never revived."""
    now = seconds_sql(tx)
    held = sa.and_(conversations.c.lease_by.in_(fences), conversations.c.lease_until >= now, _PENDING)
    longer = sa.update(conversations).where(held).values(lease_until=now + lease_seconds)
    return set(tx.execute(longer.returning(conversations.c.lease_by)).scalars().all())


def state(tx: Transaction, key: str) -> Json:
    """Where the conversation stands; empty for one that has not begun."""
    return tx.execute(sa.select(conversations.c.state).where(conversations.c.key == key)).scalar_one_or_none() or {}


def save_state(tx: Transaction, key: str, value: Mapping[str, object]) -> None:
    """Keep where the conversation stands."""
    upsert(tx, conversations, {"key": key, "state": dict(value)}, {"state": dict(value)})


def _ours(tx: Transaction, claimed: Claimed) -> sa.ColumnElement[bool]:
    """The claimed conversation while it is ours. Found by its event: the chat may have moved in the meantime."""
    where = sa.select(inbox.c.conversation).where(inbox.c.id == claimed.inbox_id).scalar_subquery()
    return sa.and_(conversations.c.key == where, conversations.c.lease_by == claimed.fence)


def _release(tx: Transaction, claimed: Claimed, done: int, wait: float) -> None:
    values = {
        "pending": conversations.c.pending - done,
        "ready_at": seconds_sql(tx) + wait,
        "lease_by": None,
        "lease_until": 0,
    }
    if tx.execute(sa.update(conversations).where(_ours(tx, claimed)).values(values)).rowcount != 1:
        raise LeaseLost
