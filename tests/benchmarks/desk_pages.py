"""How long the pages of numbers and desks take at 100,000 queries of two years, on both databases."""

import argparse
import asyncio
import json
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path

from config import world as worlds
from storage.database import Database
from storage.migrate import migrate
from tests.benchmarks.insight_data import fill
from tests.benchmarks.partner_pages import ROUNDS, Figure, databases, measure, table
from tests.benchmarks.process_figures import machine

QUERIES = 100_000
_INSIGHT, _DESK = "/console/insight", "/console/desk"
PAGES: Mapping[str, Sequence[str]] = {
    "insight": (_INSIGHT, f"{_INSIGHT}?period=24&region=EHA"),
    "first answer, a year": (f"{_INSIGHT}/chart/first-answer",),
    "first answer, two years": (f"{_INSIGHT}/chart/first-answer?period=24",),
    "promises, a year": (f"{_INSIGHT}/chart/promise",),
    "promises, two years": (f"{_INSIGHT}/chart/promise?period=24",),
    "open by age": (f"{_INSIGHT}/chart/age",),
    "topics and regions, a year": (f"{_INSIGHT}/chart/topics",),
    "topics and regions, 2 years": (f"{_INSIGHT}/chart/topics?period=24",),
    "charts of one region": tuple(
        f"{_INSIGHT}/chart/{each}?region=EHA" for each in ("first-answer", "promise", "topics")
    ),
    "coverage": (f"{_INSIGHT}/coverage",),
    "the month": (f"{_INSIGHT}/month/2026-10",),
    "desks": (_DESK,),
    "one desk": (f"{_DESK}/mission-ke", f"{_DESK}/region-eha"),
    "calendar, way up, answers": tuple(f"{_DESK}/mission-ke/{each}" for each in ("calendar", "chain", "answers")),
}


def main() -> None:
    """Fill, measure, print; and write JSON where it was asked for."""
    asked = argparse.ArgumentParser(prog="python -m tests.benchmarks.desk_pages", description=__doc__)
    asked.add_argument("--queries", type=int, default=QUERIES)
    asked.add_argument("--rounds", type=int, default=ROUNDS, help="how often each page is asked for")
    asked.add_argument("--json", type=Path, help="write all figures into this file")
    given = asked.parse_args()
    print(machine())
    print(f"{given.queries} queries")
    found: dict[str, list[Figure]] = {}
    with tempfile.TemporaryDirectory(prefix="csobot-bench-") as name:
        folder = Path(name)
        folder.chmod(0o755)
        with databases(folder) as urls:
            for kind, url in urls.items():
                found[kind] = _one(url, folder, given.queries, given.rounds)
                print(table(kind, found[kind]))
    if given.json:
        figures = {kind: [asdict(each) for each in each_of] for kind, each_of in found.items()}
        given.json.write_text(json.dumps(figures, indent=2) + "\n", encoding="utf-8")


def _one(url: str, folder: Path, queries: int, rounds: int) -> list[Figure]:
    migrate(url)
    database = Database(url)
    try:
        fill(database, worlds.load(None), queries)
        return asyncio.run(measure(database, folder / "files", rounds, PAGES))
    finally:
        database.close()


if __name__ == "__main__":
    main()
