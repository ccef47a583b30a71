"""5,000 reminders due in one moment: how late the last is queued, and for how long a process stands still meanwhile.

Beside it what one reminder costs when each has a transaction of its own, measured in the same run on the same rows.
"""

import argparse
import asyncio
import json
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path

import psycopg

from adapters.simulator.server import Simulator
from bot.services import promises
from config import world as worlds
from storage.database import Database, Transaction
from storage.migrate import migrate
from storage.sealing import ProcessSeal
from tests.acceptance.reminder_rush import HOLDERS, Rush
from tests.benchmarks.page_times import databases
from tests.benchmarks.process_figures import machine
from tests.services import crowd
from tests.services.office import open_office

REMINDERS = 5000
#: Of these so many are made one by one for comparison: it takes long.
ONE_BY_ONE = 500
#: What is wanted: seconds until the last is queued, milliseconds of the longest stall.
LATE_S = 2.0
STALL_MS = 100
#: The kill comes when a fifth is queued.
KILLED_AT = 5


@dataclass(frozen=True, slots=True)
class Figures:
    """One rush."""

    what: str
    reminders: int
    #: Seconds from due to the last queued.
    late_s: float
    #: Seconds of processor time meanwhile, of all processes that were not killed.
    cpu_s: float
    stall_ms: float
    lost: int
    double: int


@dataclass(frozen=True, slots=True)
class Costs:
    """Milliseconds of one reminder, in this process, SQLite."""

    together_ms: float
    one_by_one_ms: float


async def rush(what: str, url: str, folder: Path, count: int, *, replicas: int = 1, kill: bool = False) -> Figures:
    """The marks come while so many processes work; the first is killed in the middle where that is wanted."""
    async with Simulator() as simulator:
        measured = Rush(simulator, url, folder, count, replicas)
        try:
            await measured.begin()
            if kill:
                await measured.queued(count // KILLED_AT)
                await measured.kill_first()
            await measured.queued(count)
            stalled = await measured.stalls()
            used = measured.processor()
            books = await measured.books()
        finally:
            await measured.end()
    late = (books.last - measured.due).total_seconds() if books.last else float("inf")
    told = books.reminded
    twice = sum(times - 1 for times in told.values())
    return Figures(what, count, late, used, stalled * 1000, count - len(told), twice)


def costs(folder: Path, together: int, one_by_one: int) -> Costs:
    """The product's own function, in slices as it works, and with one query a call."""
    url = f"sqlite:///{folder / 'costs.db'}"
    migrate(url)
    database, now = Database(url), datetime.now(UTC)
    setup, world = open_office(database, ProcessSeal(bytes(32)), folder / "files", now).setup, worlds.load(None)
    holders = database.run_sync(lambda tx: crowd.settle(tx, world, HOLDERS, now))
    database.run_sync(lambda tx: crowd.claimed(tx, world, holders, together, now))
    sliced = _seconds(database, lambda tx: promises.look(tx, setup, now))
    database.run_sync(lambda tx: crowd.claimed(tx, world, holders, one_by_one, now, first=together))
    single = _seconds(database, lambda tx: promises.look(tx, setup, now, most=1))
    database.close()
    return Costs(together_ms=sliced / together * 1000, one_by_one_ms=single / one_by_one * 1000)


def _seconds(database: Database, look: Callable[[Transaction], int]) -> float:
    """Until nothing is due any more."""
    begun = time.perf_counter()
    while database.run_sync(look):
        pass
    return time.perf_counter() - begun


def table(figures: Sequence[Figures], costs: Costs) -> str:
    """The figures as people read them."""
    lines = [f"{'':<36}{'reminders':>10}{'last late s':>12}{'cpu s':>7}{'stall ms':>10}{'lost':>6}{'double':>8}   goal"]
    for each in figures:
        met = "met" if each.late_s <= LATE_S and each.stall_ms <= STALL_MS and not each.lost + each.double else "MISSED"
        numbers = f"{each.late_s:>12.2f}{each.cpu_s:>7.1f}{each.stall_ms:>10.0f}{each.lost:>6}{each.double:>8}"
        goal = f"<= {LATE_S:.0f} s, <= {STALL_MS} ms, 0, 0 {met}"
        lines.append(f"{each.what:<36}{each.reminders:>10}{numbers}   {goal}")
    together, single = costs.together_ms, costs.one_by_one_ms
    lines.append(
        f"one reminder, SQLite: {together:.2f} ms together, {single:.2f} ms one by one, {single / together:.1f} times"
    )
    return "\n".join(lines)


async def measure(folder: Path, count: int, one_by_one: int) -> tuple[list[Figures], Costs]:
    """Every way, one after the other, each with a database of its own."""
    with databases(folder) as urls:
        server = urls["PostgreSQL"]
        sqlite, twins, killed = urls["SQLite"], _own(server, "twins"), _own(server, "killed")
        for url in (sqlite, twins, killed):
            migrate(url)
        found = [
            await rush("SQLite, one process", sqlite, folder, count),
            await rush("PostgreSQL, two replicas", twins, folder, count, replicas=2),
            await rush("PostgreSQL, one of two is killed", killed, folder, count, replicas=2, kill=True),
        ]
    return found, costs(folder, count, one_by_one)


def _own(server: str, name: str) -> str:
    """Another database of the server."""
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name}".encode())
    before, _, after = server.partition("?")
    return f"{before.rsplit('/', 1)[0]}/{name}?{after}"


def main() -> None:
    """Measure, print, and write JSON where it was asked for."""
    asked = argparse.ArgumentParser(prog="python -m tests.benchmarks.reminders", description=__doc__)
    asked.add_argument("--reminders", type=int, default=REMINDERS)
    asked.add_argument("--json", type=Path, help="write all figures into this file")
    given = asked.parse_args()
    print(machine())
    with tempfile.TemporaryDirectory(prefix="csobot-bench-") as name:
        figures, costs_of_one = asyncio.run(measure(Path(name), given.reminders, ONE_BY_ONE))
    print(table(figures, costs_of_one))
    if given.json:
        found = {"rushes": [asdict(each) for each in figures], "costs": asdict(costs_of_one)}
        given.json.write_text(json.dumps(found, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
