"""How long the pages of numbers and desks take at 100,000 queries of two years, on both databases."""

import asyncio
from collections.abc import Mapping, Sequence
from pathlib import Path

from config import world as worlds
from storage.database import Database
from tests.benchmarks.insight_data import fill
from tests.benchmarks.page_times import Figure, measure, run

QUERIES = 100_000
ROUNDS = 20
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


def fill_and_measure(database: Database, folder: Path, queries: int, rounds: int) -> list[Figure]:
    """On an empty database."""
    fill(database, worlds.load(None), queries)
    return asyncio.run(measure(database, folder / "files", rounds, PAGES))


if __name__ == "__main__":
    run("desk_pages", "queries", QUERIES, ROUNDS, fill_and_measure)
