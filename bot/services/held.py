"""Deliveries that stand still after a restore: what waits, and letting it go or not."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from bot.core.delivery import DeliveryState, Outcome
from bot.services.deliveries import settled
from bot.services.setup import Setup
from storage import audit, deliveries, holds
from storage.database import Transaction
from storage.holds import Hold

COMMAND_LINE = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """What waits to be sent."""

    hold: Hold | None
    queued: int
    #: Since when the oldest has been due; None while nothing waits.
    oldest: datetime | None
    #: Kind of delivery -> how many wait.
    kinds: Mapping[str, int]


def standing(tx: Transaction) -> Standing:
    """Whether deliveries are held, and what waits."""
    kinds = deliveries.queued_by_kind(tx)
    return Standing(hold=holds.held(tx), queued=sum(kinds.values()), oldest=deliveries.oldest_due(tx), kinds=kinds)


def release(tx: Transaction, setup: Setup, cancel_before: datetime | None, now: datetime) -> int:
    """Let deliveries go on; what was due before the moment is never sent, and whoever wrote an answer is told.

    Returns how many were cancelled.
    """
    deliveries.expire(tx)
    old = deliveries.queued_before(tx, cancel_before) if cancel_before else ()
    cancelled = [number for number in old if deliveries.cancel(tx, number)]
    for number in cancelled:
        delivery = deliveries.get(tx, number).delivery
        if delivery.entry:
            settled(tx, setup, [Outcome(delivery=delivery, state=DeliveryState.CANCELLED, reason="held")], now)
    holds.release(tx)
    audit.add(tx, COMMAND_LINE, "release_deliveries", "deliveries:held", now, "command")
    return len(cancelled)
