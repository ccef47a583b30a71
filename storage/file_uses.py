"""Which stored files anything still refers to."""

from collections.abc import Sequence

import sqlalchemy as sa

from bot.core.delivery import DeliveryState
from bot.core.imports.job import ImportState
from storage.database import Transaction
from storage.exchange_tables import imports
from storage.tables import conversations, deliveries, entries

_WAITING = (DeliveryState.QUEUED, DeliveryState.SENDING)


def unused(tx: Transaction, contents: Sequence[str]) -> list[str]:
    """Those of the contents that no timeline, no waiting delivery, no open question and no running import names."""
    return [content for content in contents if not _used(tx, content)]


def _used(tx: Transaction, content: str) -> bool:
    named = f"%{content}%"
    running = sa.and_(imports.c.content == content, imports.c.stored, imports.c.state == ImportState.RUNNING)
    places = (
        sa.exists().where(sa.cast(entries.c.files, sa.Text).like(named)),
        sa.exists().where(deliveries.c.state.in_(_WAITING), sa.cast(deliveries.c.message, sa.Text).like(named)),
        sa.exists().where(sa.cast(conversations.c.state, sa.Text).like(named)),
        sa.exists().where(running),
    )
    return any(tx.scalar(sa.select(place)) for place in places)
