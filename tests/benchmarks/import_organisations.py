"""`make bench`, second part: 20,000 organisations, every twentieth row broken, come in by the command line."""

import argparse
import json
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

from tests.acceptance.running import environment
from tests.benchmarks.partner_list import write

ORGANISATIONS = 20_000
#: What is wanted: seconds and megabytes for that many, on SQLite.
SECONDS = 60
MEMORY_MB = 300


@dataclass(frozen=True, slots=True)
class Measured:
    rows: int
    seconds: float
    memory_mb: float
    #: Row of the file -> columns that were named.
    named: dict[int, set[str]]
    #: Row of the file -> column that is wrong there ("" the row as a whole).
    wrong: dict[int, str]

    @property
    def missed(self) -> list[int]:
        """Broken rows that were not named, and right ones that were."""
        named_right = {row for row, column in self.wrong.items() if column in self.named.get(row, set())}
        return sorted((self.wrong.keys() - named_right) | (self.named.keys() - self.wrong.keys()))


def _memory_mb(pid: int) -> float:
    """The most memory the process has had so far; what it was forked from does not count. 0 once it is gone."""
    try:
        status = Path(f"/proc/{pid}/status").read_text(encoding="utf-8")
    except (FileNotFoundError, ProcessLookupError):
        return 0.0
    found = [line.split()[1] for line in status.splitlines() if line.startswith("VmHWM:")]
    return int(found[0]) / 1024 if found else 0.0


def measure(folder: Path, organisations: int = ORGANISATIONS) -> Measured:
    """One import into a database of its own, in a process of its own; the most memory it ever had."""
    path = folder / "list.csv"
    wrong = write(path, organisations)
    surroundings = environment(folder, {"CSOBOT_DATABASE_URL": "sqlite:///csobot.db"})
    begun = time.monotonic()
    with (folder / "said.json").open("wb") as said:
        command = [sys.executable, "-m", "bot", "import", "organisations", str(path), "--json"]
        process = subprocess.Popen(command, cwd=folder, env=surroundings, stdout=said, stderr=subprocess.DEVNULL)
        most = 0.0
        while process.poll() is None:
            most = max(most, _memory_mb(process.pid))
            time.sleep(0.05)
    seconds = time.monotonic() - begun
    result = json.loads((folder / "said.json").read_text(encoding="utf-8"))
    named: dict[int, set[str]] = {}
    for each in result["refused"]:
        named.setdefault(each["row"], set()).add(each["column"])
    return Measured(result["rows"], seconds, most, named, wrong)


def _goal(is_now: float, wanted: float) -> str:
    return f"(goal {wanted:.0f}: {'met' if is_now <= wanted else 'MISSED'})"


def main() -> None:
    """Measure and print; exit code 1 when a broken row was not named."""
    asked = argparse.ArgumentParser(prog="python -m tests.benchmarks.import_organisations", description=__doc__)
    asked.add_argument("--rows", type=int, default=ORGANISATIONS)
    given = asked.parse_args()
    with tempfile.TemporaryDirectory(prefix="csobot-bench-") as folder:
        found = measure(Path(folder), given.rows)
    print(
        f"import of {found.rows} organisations, {len(found.wrong)} of them broken, into SQLite, duplicates looked for:"
    )
    print(f"  {found.seconds:.1f} s (goal {SECONDS}: {'met' if found.seconds <= SECONDS else 'MISSED'})")
    print(
        f"  {found.memory_mb:.0f} MB at most (goal {MEMORY_MB}: {'met' if found.memory_mb <= MEMORY_MB else 'MISSED'})"
    )
    print(f"  {len(found.wrong) - len(found.missed)} of {len(found.wrong)} broken rows named with their column")
    sys.exit(1 if found.missed else 0)


if __name__ == "__main__":
    main()
