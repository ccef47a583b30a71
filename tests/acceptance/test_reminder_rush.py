"""Thousands of reminders due at once, kill -9 in the middle of them: none is lost, and none is said twice."""

from collections import Counter
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from adapters.simulator.server import Simulator
from tests.acceptance.reminder_rush import Rush

REMINDERS = 5000
#: The kill comes when so many are queued: in the middle.
IN_THE_MIDDLE = 1000


@pytest.fixture
async def simulator() -> AsyncIterator[Simulator]:
    async with Simulator() as started:
        yield started


async def _said(rush: Rush) -> tuple[Counter[int], Counter[int]]:
    """How often queries were reminded of, and how many marks of each were looked at."""
    books = await rush.books()
    return Counter(books.reminded.values()), books.marks


@pytest.mark.slow
@pytest.mark.req("S0-A3", "S1-R5")
async def test_two_replicas_of_which_one_is_killed(simulator: Simulator, postgresql_url: str, tmp_path: Path) -> None:
    """What the killed one had begun is the other's: each holder is reminded of each query once."""
    rush = Rush(simulator, postgresql_url, tmp_path, REMINDERS, replicas=2)
    try:
        await rush.begin()
        there = await rush.queued(IN_THE_MIDDLE)
        await rush.kill_first()
        await rush.queued(REMINDERS)
        assert there < REMINDERS, "the kill came too late to mean anything"
        assert (Counter({1: REMINDERS}), Counter({1: REMINDERS})) == await _said(rush)
    finally:
        await rush.end()


@pytest.mark.slow
@pytest.mark.req("S0-A3", "S1-R5")
async def test_one_process_killed_and_started_again(simulator: Simulator, sqlite_url: str, tmp_path: Path) -> None:
    """The next start goes on where the first was killed."""
    rush = Rush(simulator, sqlite_url, tmp_path, REMINDERS)
    try:
        await rush.begin()
        there = await rush.queued(IN_THE_MIDDLE)
        await rush.replicas[0].kill()
        await rush.replicas[0].start()
        await rush.queued(REMINDERS)
        assert there < REMINDERS, "the kill came too late to mean anything"
        assert (Counter({1: REMINDERS}), Counter({1: REMINDERS})) == await _said(rush)
    finally:
        await rush.end()
