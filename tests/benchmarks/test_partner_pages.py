"""The partner pages stay fast at the size that an office can have. On both databases."""

from pathlib import Path

import pytest

from config import world as worlds
from storage.database import Database
from tests.benchmarks.page_times import P95_MS, measure, table
from tests.benchmarks.partner_data import fill
from tests.benchmarks.partner_pages import ORGANISATIONS, PAGES


@pytest.mark.slow
async def test_partner_pages_are_fast(database: Database, tmp_path: Path) -> None:
    """No page needs 150 ms with 20,000 organisations and 30,000 people: of the processor, or by the clock at best.

    What 95 of 100 requests take by the clock depends on who else uses the machine: it is printed, not judged."""
    fill(database, worlds.load(None), ORGANISATIONS)
    figures = await measure(database, tmp_path, 5, PAGES)
    print(table("by the clock", figures))
    slow = [each.page for each in figures if max(each.cpu_p95_ms, each.least_ms) >= P95_MS]
    assert slow == [], table("too slow", figures)
