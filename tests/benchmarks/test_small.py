"""The benchmark itself, tiny, so that it cannot rot."""

import pytest

from tests.benchmarks.__main__ import table
from tests.benchmarks.measured import measure


@pytest.mark.slow
async def test_the_benchmark_runs() -> None:
    """Every figure is measured, and the table holds them."""
    report = await measure(partners=4, bursts=1)
    assert report.csobot.messages == report.yardstick.messages == 4
    figures = (report.csobot, report.yardstick)
    assert all(0 < each.p50_ms <= each.p99_ms <= each.slowest_ms for each in figures)
    assert all(each.cpu_ms_per_message >= 0 and 0 < each.memory_mb <= each.memory_peak_mb for each in figures)
    assert "CPU per message" in table(report)
