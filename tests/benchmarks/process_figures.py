"""What the operating system and /metrics say of a running process (Linux)."""

import os
import platform
from pathlib import Path
from urllib.request import urlopen

_TICK = os.sysconf("SC_CLK_TCK")


def cpu_seconds(pid: int) -> float:
    """Processor time so far, in the program and in the kernel, of all its threads."""
    fields = Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / _TICK


def memory_megabytes(pid: int) -> tuple[float, float]:
    """Resident now, and the most it ever was."""
    lines = Path(f"/proc/{pid}/status").read_text(encoding="ascii").splitlines()
    values = {name: value for name, _, value in (line.partition(":") for line in lines)}
    return tuple(int(values[name].split()[0]) / 1024 for name in ("VmRSS", "VmHWM"))  # type: ignore[return-value]


def longest_stall(metrics_port: int) -> float:
    """Seconds of the event loop's longest stall since this was last asked."""
    with urlopen(f"http://127.0.0.1:{metrics_port}/metrics", timeout=10) as answer:
        for line in answer.read().decode().splitlines():
            if line.startswith("csobot_loop_stall_seconds "):
                return float(line.split()[1])
    raise LookupError("csobot_loop_stall_seconds")


def machine() -> str:
    """One line that says where the figures come from."""
    load = os.getloadavg()[0]
    cores = len(os.sched_getaffinity(0))
    return f"{cores} cores, {platform.machine()}, Python {platform.python_version()}, load before {load:.1f}"
