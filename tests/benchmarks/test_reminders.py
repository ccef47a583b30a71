"""The rush of reminders itself, small, so that its benchmark cannot rot."""

from pathlib import Path

import pytest

from tests.benchmarks.reminders import measure, table


@pytest.mark.slow
async def test_the_rush_is_measured(tmp_path: Path) -> None:
    """Every way has its row; none loses a reminder or says one twice, and together is cheaper than one by one."""
    figures, costs = await measure(tmp_path, 300, 30)
    assert [(0, 0)] * 3 == [(each.lost, each.double) for each in figures]
    assert costs.together_ms < costs.one_by_one_ms
    assert "PostgreSQL, two replicas" in table(figures, costs)
