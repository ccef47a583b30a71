"""Claiming: which deliveries leave next, and the leases that say who sends them."""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import NamedTuple

import sqlalchemy as sa

from bot.core.delivery import Delivery
from bot.core.message import Address
from storage import addresses, lanes
from storage.addresses import LONGEST_PACE
from storage.clock import seconds_sql
from storage.columns import Moment
from storage.database import Dialect, Transaction, dialect
from storage.holds import DELIVERIES
from storage.lanes import LONGEST_PAUSE, Lane
from storage.ledger_rows import SENDING, delivery, places
from storage.tables import deliveries

#: Seconds between two sends to one chat.
Pace = Callable[[Address], float]

# Rows that this one names must have been sent (`after`, `root`, `target`).
_READY = """{row}.state IN ('queued', 'sending') AND {row}.state = 'queued' AND {row}.due <= :now
  AND (COALESCE({row}.after, {row}.root, {row}.target) IS NULL OR NOT EXISTS (
    SELECT 1 FROM deliveries needed
    WHERE needed.id IN ({row}.after, {row}.root, {row}.target) AND needed.sent_revision = 0))"""

# The first ready row of each chat, where nothing is on its way and the chat's own pace allows it; none at all while
# deliveries are held.
_NEXT = f"""
SELECT d.id FROM deliveries d
LEFT JOIN addresses a ON a.key = d.account || ':' || d.chat
WHERE d.account = :account AND {_READY.format(row="d")}
  AND NOT EXISTS (SELECT 1 FROM holds WHERE what = '{DELIVERIES}')
  AND (a.key IS NULL OR (
    (a.next_at <= :seconds OR a.next_at > :seconds + {LONGEST_PACE})
    AND (a.paused_until <= :seconds OR a.paused_until > :seconds + {LONGEST_PAUSE})))
  AND NOT EXISTS (
    SELECT 1 FROM deliveries e
    WHERE e.account = d.account AND e.chat = d.chat AND e.state IN ('queued', 'sending') AND e.state = 'sending')
  AND NOT EXISTS (
    SELECT 1 FROM deliveries e
    WHERE e.account = d.account AND e.chat = d.chat AND (e.priority, e.due, e.id) < (d.priority, d.due, d.id)
      AND {_READY.format(row="e")})
ORDER BY d.priority, d.due, d.id
LIMIT :n
"""  # noqa: S608 - put together from constants only


class Claim(NamedTuple):
    """What may be sent now."""

    deliveries: list[Delivery]
    #: Seconds until the first of them may leave; the others follow by `lanes.spacing`.
    #: Without deliveries: seconds until it is worth asking again (0: nothing is ready).
    wait: float
    #: Seconds until it is worth asking for more.
    again: float = 0.0


def claim(
    tx: Transaction,
    me: str,
    account: str,
    slots: int,
    now: datetime,
    rate: float,
    lease_seconds: float,
    pace: Pace = lambda _: 0.0,
) -> Claim:
    """At most `slots` deliveries of the account, the first ready one of each chat, ours until the lease ends."""
    lane = lanes.lock(tx, account, rate)
    if lane.room == 0 or slots <= 0:
        return Claim([], lane.wait, lane.wait)
    chosen = _next(tx, lane, min(slots, lane.room), now)
    if not chosen:
        return Claim([], 0.0)
    taken = _lease(tx, me, chosen, lease_seconds)
    lanes.reserve(tx, lane, len(taken))
    moments = {each.to.chat: lane.start + i * lane.spacing + pace(each.to) for i, each in enumerate(taken)}
    addresses.pace(tx, account, {chat: at for chat, at in moments.items() if at > lane.now})
    return Claim(taken, lane.wait, lane.refill(len(taken)))


def beat(tx: Transaction, me: str, lease_seconds: float) -> set[tuple[int, int]]:
    """Lengthen the leases that still hold, and say which (id, fence); one that has run out is never revived."""
    now = seconds_sql(tx)
    held = sa.and_(SENDING, deliveries.c.lease_by == me, deliveries.c.lease_until >= now)
    longer = sa.update(deliveries).where(held).values(lease_until=now + lease_seconds)
    return {(row.id, row.fence) for row in tx.execute(longer.returning(deliveries.c.id, deliveries.c.fence))}


def _next(tx: Transaction, lane: Lane, n: int, now: datetime) -> Sequence[int]:
    skip = "FOR UPDATE OF d SKIP LOCKED" if dialect(tx) is Dialect.POSTGRESQL else ""
    statement = sa.text(_NEXT + skip).bindparams(sa.bindparam("now", type_=Moment))
    values = {"account": lane.account, "now": now, "seconds": lane.now, "n": n}
    return tx.execute(statement, values).scalars().all()


def _lease(tx: Transaction, me: str, chosen: Sequence[int], lease_seconds: float) -> list[Delivery]:
    values = {
        "state": "sending",
        "attempts": deliveries.c.attempts + 1,
        "fence": deliveries.c.fence + 1,
        "lease_by": me,
        "lease_until": seconds_sql(tx) + lease_seconds,
    }
    leased = sa.update(deliveries).where(deliveries.c.id.in_(chosen)).values(values).returning(*deliveries.c)
    rows = sorted(tx.execute(leased), key=lambda row: chosen.index(row.id))
    known = places(tx, rows)
    return [delivery(row, known) for row in rows]
