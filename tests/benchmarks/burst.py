"""Many partners ask in the same moment; how long each waits for the first word of the bot."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from adapters.simulator.server import Simulator
from adapters.simulator.telegram_state import Person
from tests.benchmarks.process_figures import cpu_seconds, memory_megabytes

#: Nobody waits longer than this; whoever still waits then makes the benchmark fail.
PATIENCE = 60.0


@dataclass(frozen=True, slots=True)
class Figures:
    """What one program did under the same bursts."""

    messages: int
    p50_ms: float
    p99_ms: float
    slowest_ms: float
    cpu_ms_per_message: float
    memory_mb: float
    memory_peak_mb: float


class Bursts:
    """Latencies of all bursts, and the processor time they took, until everything was over."""

    def __init__(self, simulator: Simulator, pid: int) -> None:
        self._simulator = simulator
        self._pid = pid
        self._latencies: list[float] = []
        self._cpu = 0.0

    async def run(
        self, people: Sequence[Person], say: Callable[[Person], object], over: Callable[[], Awaitable[bool]]
    ) -> None:
        """Everybody in `people` says something at once. `over`: the program has nothing left to do."""
        before, said = cpu_seconds(self._pid), {}
        for person in people:
            said[person.id] = datetime.now(UTC)
            say(person)
        async with asyncio.timeout(PATIENCE):
            while len(answered := self._answered(said)) < len(said) or not await over():  # noqa: ASYNC110
                await asyncio.sleep(0.1)
        self._latencies += [(answered[person] - said[person]).total_seconds() for person in said]
        self._cpu += cpu_seconds(self._pid) - before

    def _answered(self, said: Mapping[int, datetime]) -> dict[int, datetime]:
        """When the simulator accepted the first message to each of them."""
        first: dict[int, datetime] = {}
        begun = min(said.values())
        for call in reversed(self._simulator.telegram.record.calls):
            if call.at < begun:
                break
            chat = int(str(call.parameters.get("chat_id") or 0))
            if call.method == "sendMessage" and call.status == 200 and chat in said:
                first[chat] = call.at
        return first

    def figures(self) -> Figures:
        ordered = sorted(self._latencies)
        now, peak = memory_megabytes(self._pid)
        return Figures(
            messages=len(ordered),
            p50_ms=_share(ordered, 0.50) * 1000,
            p99_ms=_share(ordered, 0.99) * 1000,
            slowest_ms=ordered[-1] * 1000,
            cpu_ms_per_message=self._cpu / len(ordered) * 1000,
            memory_mb=now,
            memory_peak_mb=peak,
        )


def _share(ordered: Sequence[float], share: float) -> float:
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]
