"""How long the queue and the pages of queries take at 100,000 queries, on both databases, to a manager of everything
and to one of a region. Served by the real application in this process: all but the socket.
"""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from config import world as worlds
from storage.database import Database
from tests.benchmarks.page_times import Figure, measure, run
from tests.benchmarks.query_data import fill_queries

QUERIES = 100_000
ROUNDS = 10
REGION = "EHA"
_LIST = "/console/queries"


def pages(number: int) -> Mapping[str, Sequence[str]]:
    """What is asked for, by its name in the table; `number`: how many queries there are."""
    return {
        "queue, each tab": tuple(
            f"{_LIST}?tab={tab}" for tab in ("mine", "every", "unclaimed", "due", "overdue", "waiting", "snoozed")
        ),
        "queue, later pages": (f"{_LIST}?page=5", f"{_LIST}?sort=-asked&page=3"),
        "queue, filtered": (f"{_LIST}?topic=shelter&language=fr", f"{_LIST}?region=EHA&status=claimed"),
        "done": (f"{_LIST}?tab=done", f"{_LIST}?tab=done&page=20"),
        "done, filtered": (
            f"{_LIST}?tab=done&topic=avr&language=ar",
            f"{_LIST}?tab=done&region=EHA&desk=mission-et",
        ),
        "search, common words": (f"{_LIST}?q=shelter", f"{_LIST}?q=shelter+cyclone", f"{_LIST}?q=re"),
        "search, words of every query": (f"{_LIST}?q=about", f"{_LIST}?q=we+ask", f"{_LIST}?q=about&topic=avr"),
        "search, rare words": (f"{_LIST}?q=group411+ferry", f"{_LIST}?q=nothing-like-it", f"{_LIST}?q=Q-{number - 10}"),
        "search, filtered": (f"{_LIST}?q=shelter&topic=shelter", f"{_LIST}?q=etude&sort=asked"),
        "search, organisation": (f"{_LIST}?q=harbour+women",),
    }


def one(numbers: Sequence[int]) -> Mapping[str, Sequence[str]]:
    """The pages of queries that everybody measured may see."""
    return {
        "one query": tuple(f"{_LIST}/{number}" for number in numbers),
        "the form of a verb": tuple(f"{_LIST}/{number}/note" for number in numbers),
    }


async def measure_both(database: Database, folder: Path, numbers: Sequence[int], rounds: int) -> list[Figure]:
    """As a manager of everything, then as one of a region."""
    count = max(numbers)
    everything = await measure(database, folder, rounds, {**pages(count), **one(numbers)})
    of_region = await measure(database, folder, rounds, pages(count), REGION)
    return [*everything, *(replace(each, page=f"{each.page}; region") for each in of_region)]


def fill_and_measure(database: Database, folder: Path, queries: int, rounds: int) -> list[Figure]:
    """On an empty database."""
    last = fill_queries(database, worlds.load(None), queries)
    numbers = (last - queries * 2 // 3, last - queries // 100, last - queries // 1000, last - 10, last)
    return asyncio.run(measure_both(database, folder / "files", numbers, rounds))


if __name__ == "__main__":
    run("query_pages", "queries", QUERIES, ROUNDS, fill_and_measure)
