"""The pages of queries stay fast: on both databases, at a size that a test has time for."""

from pathlib import Path

import pytest

from config import world as worlds
from storage.database import Database
from tests.benchmarks.page_times import P95_MS, table
from tests.benchmarks.query_data import fill_queries
from tests.benchmarks.query_pages import measure_both

QUERIES = 20_000


@pytest.mark.slow
async def test_query_pages_are_fast(database: Database, tmp_path: Path) -> None:
    """No page needs 150 ms with 20,000 queries: of the processor, or by the clock at best.

    What 95 of 100 requests take by the clock depends on who else uses the machine: it is printed, not judged."""
    last = fill_queries(database, worlds.load(None), QUERIES)
    figures = await measure_both(database, tmp_path, (last - 500, last), rounds=3)
    print(table("by the clock", figures))
    slow = [each.page for each in figures if max(each.cpu_p95_ms, each.least_ms) >= P95_MS]
    assert slow == [], table("too slow", figures)
