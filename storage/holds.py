"""What stands still until somebody lets it go on: deliveries, after a backup was restored."""

from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from storage.database import Transaction, upsert
from storage.tables import holds

#: While this is held nothing is claimed: see `ledger_claim`.
DELIVERIES = "deliveries"


@dataclass(frozen=True, slots=True)
class Hold:
    """Since when something stands still, and why."""

    since: datetime
    why: str


def hold(tx: Transaction, why: str, now: datetime) -> None:
    """Nothing is sent from now on; holding twice keeps the first reason."""
    upsert(tx, holds, {"what": DELIVERIES, "since": now, "why": why})


def release(tx: Transaction) -> bool:
    """Let deliveries go on; false when they were not held."""
    return tx.execute(sa.delete(holds).where(holds.c.what == DELIVERIES)).rowcount == 1


def held(tx: Transaction) -> Hold | None:
    """Why nothing is sent; None while everything goes its way."""
    row = tx.execute(sa.select(holds).where(holds.c.what == DELIVERIES)).first()
    return Hold(row.since, row.why) if row else None
