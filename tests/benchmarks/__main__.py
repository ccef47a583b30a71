"""`make bench`: acknowledgement times, memory, CPU and stalls of csobot, beside a bot that only echoes."""

import argparse
import asyncio
import json
from dataclasses import asdict
from pathlib import Path

from tests.benchmarks.measured import BURSTS, Report, measure

#: What is wanted of csobot (milliseconds, megabytes).
ACKNOWLEDGED_MS = 1000
MEMORY_MB = 300
STALL_MS = 100


def table(report: Report) -> str:
    """The figures as people read them."""
    ours, theirs, ratios = report.csobot, report.yardstick, report.ratios
    rows = [
        ("", "csobot", "echo only", "ratio", "goal"),
        ("first word, p50 (ms)", f"{ours.p50_ms:.0f}", f"{theirs.p50_ms:.0f}", f"{ratios['p50']:.2f}", ""),
        _with_goal("first word, p99 (ms)", ours.p99_ms, theirs.p99_ms, ratios["p99"], ACKNOWLEDGED_MS),
        ("first word, slowest (ms)", f"{ours.slowest_ms:.0f}", f"{theirs.slowest_ms:.0f}", "", ""),
        (
            "CPU per message (ms)",
            f"{ours.cpu_ms_per_message:.1f}",
            f"{theirs.cpu_ms_per_message:.1f}",
            f"{ratios['cpu']:.2f}",
            "",
        ),
        _with_goal("memory, most ever (MB)", ours.memory_peak_mb, theirs.memory_peak_mb, ratios["memory"], MEMORY_MB),
        _with_goal("longest stall, bursts (ms)", report.stalls.bursts_ms, None, None, STALL_MS),
        _with_goal("longest stall, hostile (ms)", report.stalls.hostile_ms, None, None, STALL_MS),
    ]
    lines = [f"{a:<30}{b:>10}{c:>12}{d:>8}   {e}" for a, b, c, d, e in rows]
    what = (
        f"{report.partners_at_once} partners at once, {ours.messages} questions. A question at csobot is read, routed,"
        " kept on disk, acknowledged and put before a desk (thread, card); the other bot only says the same back."
    )
    return "\n".join([report.machine, *lines, what])


def _with_goal(
    name: str, ours: float, theirs: float | None, ratio: float | None, goal: float
) -> tuple[str, str, str, str, str]:
    met = "met" if ours <= goal else "MISSED"
    other = "" if theirs is None else f"{theirs:.0f}"
    return name, f"{ours:.0f}", other, "" if ratio is None else f"{ratio:.2f}", f"<= {goal} {met}"


def main() -> None:
    """Measure, print, and write JSON where it was asked for."""
    asked = argparse.ArgumentParser(prog="python -m tests.benchmarks", description=__doc__)
    asked.add_argument("--partners", type=int, default=200, help="how many write in the same moment")
    asked.add_argument("--bursts", type=int, default=BURSTS, help="how often")
    asked.add_argument("--json", type=Path, help="write all figures into this file")
    given = asked.parse_args()
    report = asyncio.run(measure(given.partners, given.bursts))
    print(table(report))
    if given.json:
        figures = {**asdict(report), "ratios": report.ratios}
        given.json.write_text(json.dumps(figures, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
