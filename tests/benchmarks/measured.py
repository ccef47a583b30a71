"""The whole run: csobot and the yardstick under the same bursts, then csobot under hostile texts."""

import asyncio
import contextlib
import os
import sys
import tempfile
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

from adapters.simulator.limits import NO_FLOOD_LIMITS
from adapters.simulator.server import Simulator
from adapters.simulator.telegram_state import Person
from bot.core.delivery import DeliveryState
from storage import deliveries, inbox
from storage.database import Database, Transaction
from storage.migrate import migrate
from tests.acceptance.kill_process import REPOSITORY, Csobot, environment
from tests.acceptance.kill_stage import Stage
from tests.benchmarks.burst import PATIENCE, Bursts, Figures
from tests.benchmarks.process_figures import longest_stall, machine

BURSTS = 3
#: Those who write before anything is measured.
_WARM_UP = 5
#: What tries to hold the loop up: long, deep, and written to be slow to fold, split or match.
HOSTILE = {
    "100 kB of words": "please help us with shelter " * 3600,
    "100 kB without a space": "a" * 100_000,
    "combining marks": "Z" + "\u0310\u0334\u0489" * 30_000,
    "expanding ligatures": "\ufdfa" * 30_000,
    "right-to-left and joiners": "\u202e\u200d\u0645\u200f" * 25_000,
    "markup": "<b>&amp;*_`[](" * 7000,
    "nested quotes": "> " * 50_000,
    "digits and dots": "1.1.1.1-" * 12_000,
}


@dataclass(frozen=True, slots=True)
class Stalls:
    """Milliseconds for which csobot's event loop stood still at most."""

    start_ms: float
    bursts_ms: float
    hostile_ms: float


@dataclass(frozen=True, slots=True)
class Report:
    machine: str
    partners_at_once: int
    csobot: Figures
    yardstick: Figures
    stalls: Stalls

    @property
    def ratios(self) -> dict[str, float]:
        """csobot over the yardstick: below 1 csobot is better."""
        ours, theirs = self.csobot, self.yardstick
        return {
            "p50": ours.p50_ms / theirs.p50_ms,
            "p99": ours.p99_ms / theirs.p99_ms,
            "cpu": ours.cpu_ms_per_message / theirs.cpu_ms_per_message,
            "memory": ours.memory_mb / theirs.memory_mb,
        }


async def measure(partners: int, bursts: int = BURSTS) -> Report:
    """Both programs one after the other, never at the same time."""
    where = machine()
    with tempfile.TemporaryDirectory(prefix="csobot-bench-") as folder:
        yardstick = await _yardstick(partners, bursts)
        csobot, stalls = await _csobot(Path(folder), partners, bursts)
    return Report(where, partners, csobot, yardstick, stalls)


async def _csobot(folder: Path, partners: int, bursts: int) -> tuple[Figures, Stalls]:
    url = f"sqlite:///{folder / 'csobot.db'}"
    migrate(url)
    async with Simulator() as simulator:
        stage = Stage(simulator, _WARM_UP + partners * bursts, ("telegram",))
        database = Database(url)
        await database.run(stage.settle_in)
        settings = environment(simulator, url, folder)
        csobot = Csobot(settings, folder)
        try:
            await csobot.start()
            await csobot.ready()
            return await _asked(stage, database, csobot.pid, int(settings["CSOBOT_METRICS__PORT"]), partners)
        finally:
            await csobot.clear_away()
            database.close()


async def _asked(stage: Stage, database: Database, pid: int, port: int, partners: int) -> tuple[Figures, Stalls]:
    telegram = stage.simulator.telegram
    questions = {partner.who.id: partner.question for partner in stage.partners}
    people = [partner.who for partner in stage.partners if isinstance(partner.who, Person)]

    def say(person: Person) -> object:
        return telegram.say(person, questions[person.id])

    async def over() -> bool:
        return await database.read(_nothing_waits)

    def stall() -> float:
        return longest_stall(port) * 1000

    await Bursts(stage.simulator, pid).run(people[:_WARM_UP], say, over)
    started = await asyncio.to_thread(stall)
    measured = Bursts(stage.simulator, pid)
    for first in range(_WARM_UP, len(people), partners):
        await measured.run(people[first : first + partners], say, over)
    burst = await asyncio.to_thread(stall)
    for place, text in enumerate(HOSTILE.values()):
        telegram.say(people[place % len(people)], text)
    async with asyncio.timeout(PATIENCE):
        while not await over() or telegram.updates.pending:  # noqa: ASYNC110 - another process does the work
            await asyncio.sleep(0.1)
    hostile = await asyncio.to_thread(stall)
    return measured.figures(), Stalls(started, burst, hostile)


def _nothing_waits(tx: Transaction) -> bool:
    totals = deliveries.totals(tx)
    return totals[DeliveryState.QUEUED] + totals[DeliveryState.SENDING] == 0 and inbox.oldest_waiting(tx) is None


async def _yardstick(partners: int, bursts: int) -> Figures:
    async with Simulator() as simulator, _echo(simulator) as pid:
        telegram = simulator.telegram
        telegram.limit(NO_FLOOD_LIMITS)
        count = _WARM_UP + partners * bursts
        people = [telegram.user(6_000_000_000 + each, f"Partner {each}") for each in range(count)]

        def say(person: Person) -> object:
            return telegram.say(person, "Our camp management team needs the CCCM focal point.")

        async def over() -> bool:
            return True

        await Bursts(simulator, pid).run(people[:_WARM_UP], say, over)
        measured = Bursts(simulator, pid)
        for first in range(_WARM_UP, count, partners):
            await measured.run(people[first : first + partners], say, over)
        return measured.figures()


@contextlib.asynccontextmanager
async def _echo(simulator: Simulator) -> AsyncIterator[int]:
    """The yardstick in a process of its own; gives its id."""
    ours = {"ECHO_TOKEN": simulator.telegram.token, "ECHO_BASE_URL": simulator.telegram_base_url}
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-W", "ignore", "-m", "tests.benchmarks.echo"),
        stderr=asyncio.subprocess.DEVNULL,
        env={**os.environ, **ours, "PYTHONPATH": str(REPOSITORY)},
    )
    try:
        yield process.pid
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()
