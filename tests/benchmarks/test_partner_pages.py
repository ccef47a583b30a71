"""The partner pages stay fast at the size that an office can have. On both databases."""

import time
from pathlib import Path

import pytest

from config import world as worlds
from storage.database import Database
from tests.benchmarks.partner_data import fill
from tests.benchmarks.partner_pages import ORGANISATIONS, P95_MS, measure, table

TRIES = 3


def share_of_others() -> float:
    """How much longer everything takes because other programs use this machine too; 1 where it is ours alone."""
    began, used = time.perf_counter(), time.process_time()
    while time.process_time() - used < 0.2:
        sum(range(1000))
    return (time.perf_counter() - began) / (time.process_time() - used)


@pytest.mark.slow
async def test_partner_pages_are_fast(database: Database, tmp_path: Path) -> None:
    """95 of 100 requests to every page take less than 150 ms with 20,000 organisations and 30,000 people."""
    fill(database, worlds.load(None), ORGANISATIONS)
    for _ in range(TRIES):
        before = share_of_others()
        figures = await measure(database, tmp_path, rounds=5)
        most = P95_MS * max(1.0, before, share_of_others())
        slow = [each.page for each in figures if each.p95_ms >= most]
        if not slow:
            break
    assert slow == [], table(f"allowed: {most:.0f} ms", figures)
