"""What would go by the schedule now, for people of staff who may see it."""

from datetime import datetime

from bot.core.care import Due
from bot.core.permission import Permission, Viewer, check
from bot.core.world import Office
from storage import retention
from storage.database import Transaction


def schedule(tx: Transaction, viewer: Viewer, office: Office, now: datetime) -> tuple[Due, ...]:
    """By kind, with how many are due and since when the oldest is; raises `NotAllowed`. Changes nothing."""
    check(viewer, Permission.SEE_RETENTION)
    return retention.schedule(tx, office.retention_months, now)
