"""Thousands of reminders due in one moment, while real processes work: how late the last is queued, who was told."""

import asyncio
from collections import Counter
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import sqlalchemy as sa

from adapters.simulator.server import Simulator
from config import world as worlds
from storage import holds
from storage.database import Database, Transaction
from storage.tables import deliveries, queries
from tests.acceptance.kill_process import Csobot, environment
from tests.benchmarks.process_figures import cpu_seconds, longest_stall
from tests.services import crowd

#: Focal points among whom the queries are spread.
HOLDERS = 120
#: From the moment the marks are set until they come: the processes have settled by then.
AHEAD = timedelta(seconds=3)
#: All must be queued within this, also after a kill on a busy machine.
PATIENCE = 90.0


@dataclass(frozen=True, slots=True)
class Books:
    """What the database says afterwards."""

    #: Query -> how often its holder was reminded.
    reminded: Counter[int]
    #: How many marks were looked at -> how many queries.
    marks: Counter[int]
    #: When the last reminder was queued.
    last: datetime | None


class Rush:
    """So many claimed queries whose next mark comes in the same moment; what would be sent is held."""

    def __init__(self, simulator: Simulator, url: str, folder: Path, count: int, replicas: int = 1) -> None:
        self.count = count
        self.database = Database(url)
        self.due = datetime.max.replace(tzinfo=UTC)
        settings = [environment(simulator, url, folder) for _ in range(replicas)]
        self._ports = [int(each["CSOBOT_METRICS__PORT"]) for each in settings]
        #: Process -> what it had used before the marks were set.
        self._used: dict[int, float] = {}
        self.replicas = [Csobot(each, folder) for each in settings]

    async def begin(self) -> None:
        """The processes run, and the marks come in a moment."""
        await self.database.run(self._settle)
        for each in self.replicas:
            await each.start()
            await each.ready()
        await asyncio.gather(*(asyncio.to_thread(longest_stall, port) for port in self._ports))
        self._used = {each.pid: cpu_seconds(each.pid) for each in self.replicas}
        self.due = datetime.now(UTC) + AHEAD
        await self.database.run(lambda tx: tx.execute(sa.update(queries).values(mark_at=self.due)))

    def _settle(self, tx: Transaction) -> None:
        world, later = worlds.load(None), datetime.now(UTC) + timedelta(hours=1)
        holds.hold(tx, "this is about what is queued", datetime.now(UTC))
        crowd.claimed(tx, world, crowd.settle(tx, world, HOLDERS, later), self.count, later)

    async def queued(self, least: int) -> int:
        """Returns how many there are once there are so many."""
        async with asyncio.timeout(PATIENCE):
            while (found := await self.database.read(_queued)) < least:  # noqa: ASYNC110 - another process does the work
                await asyncio.sleep(0.02)
        return found

    async def kill_first(self) -> None:
        """One of the replicas is gone, and stays away."""
        del self._ports[0], self._used[self.replicas[0].pid]
        await self.replicas[0].kill()

    async def stalls(self) -> float:
        """Seconds for which the event loop of a process stood still at most since the marks were set."""
        return max(await asyncio.gather(*(asyncio.to_thread(longest_stall, port) for port in self._ports)))

    def processor(self) -> float:
        """Seconds of processor time that the processes which still run have used since the marks were set."""
        return sum(cpu_seconds(each.pid) - self._used[each.pid] for each in self.replicas if each.pid in self._used)

    async def books(self) -> Books:
        return await self.database.read(_books)

    async def end(self) -> None:
        for each in self.replicas:
            await each.clear_away()
        self.database.close()


_SAID = deliveries.c.message["template"].as_string() == "desk.mark_holder"
_OF_MARKS = sa.and_(deliveries.c.source >= "mark:", deliveries.c.source < "mark;")


def _queued(tx: Transaction) -> int:
    return tx.scalar(sa.select(sa.func.count()).select_from(deliveries).where(_OF_MARKS)) or 0


def _books(tx: Transaction) -> Books:
    told = tx.scalars(sa.select(deliveries.c.query).where(_OF_MARKS, _SAID))
    marks = tx.scalars(sa.select(queries.c.marks_reached))
    last = tx.scalar(sa.select(sa.func.max(deliveries.c.created_at)).where(_OF_MARKS))
    return Books(reminded=Counter(told), marks=Counter(marks), last=last)
