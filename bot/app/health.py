"""How the process is: what wakes somebody up, read from the database and from the pollers."""

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import structlog

from adapters.telegram.polling import Poller
from adapters.web.site import Health
from bot.services.leaving import removed_accounts
from storage import clock, deliveries, holds, inbox
from storage.database import Database, Unavailable

log = structlog.get_logger()

#: Beyond these, the process is not ready: something stands still.
OLDEST_EVENT = timedelta(minutes=2)
LAST_POLL = timedelta(minutes=3)
#: The loop is watched this often, in seconds, and a longer stall than this is worth a line in the log.
_WATCH = 0.05
_STALL = 0.25


async def look(database: Database, pollers: Sequence[Poller], works: "Sequence[asyncio.Task[None]]") -> Health:
    """Ready when the database answers, nothing waits too long, Telegram is heard and no worker has ended."""
    try:
        oldest, failed, doubts, held, removed, now = await database.read(
            lambda tx: (
                inbox.oldest_waiting(tx),
                inbox.failed(tx),
                deliveries.doubts(tx),
                holds.held(tx),
                removed_accounts(tx),
                clock.now(tx),
            )
        )
    except Unavailable:
        return Health(False, {"database": False})
    waiting = max((now - oldest).total_seconds(), 0.0) if oldest else 0.0
    polls = [poller.last_ok for poller in pollers]
    heard = all(last is not None and datetime.now(UTC) - last < LAST_POLL for last in polls)
    working = not any(task.done() for task in works)
    ready = heard and working and waiting < OLDEST_EVENT.total_seconds()
    details = {
        "database": True,
        "oldest_event_seconds": round(waiting, 1),
        "failed_events": failed,
        "uncertain_sends": doubts,
        "deliveries_held": held is not None,
        "telegram_heard": heard,
        "removed_accounts": list(removed),
        "working": working,
    }
    return Health(ready, details)


class LoopWatch:
    """Watches the event loop: it must never be blocked by work that belongs into a thread."""

    def __init__(self) -> None:
        self._longest = 0.0

    def longest(self) -> float:
        """Seconds of the longest stall since this was last asked; may be called from any thread."""
        longest, self._longest = self._longest, 0.0
        return longest

    async def run(self) -> None:
        """Watch until cancelled; a long stall is worth a line in the log."""
        loop = asyncio.get_running_loop()
        while True:
            before = loop.time()
            await asyncio.sleep(_WATCH)
            late = loop.time() - before - _WATCH
            self._longest = max(self._longest, late)
            if late > _STALL:
                log.warning("loop.stalled", seconds=round(late, 3))
