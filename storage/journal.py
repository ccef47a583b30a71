"""Who was erased and when, outside the database: a backup that is restored later erases them again."""

import json
import os
from datetime import datetime
from pathlib import Path


class ErasureJournal:
    """A file that only grows, one line an erasure: the number of a person and a time, nothing else."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def note(self, person: int, at: datetime) -> None:
        """Durable when this returns. Called before the erasure is committed: noted twice is noted once."""
        self._path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        line = json.dumps({"person": person, "at": at.isoformat()}) + "\n"
        handle = os.open(self._path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        try:
            os.write(handle, line.encode())
            os.fsync(handle)
        finally:
            os.close(handle)

    def since(self, moment: datetime) -> tuple[int, ...]:
        """Everybody who was erased at this moment or later, in the order of their numbers."""
        if not self._path.exists():
            return ()
        lines = self._path.read_text(encoding="utf-8").splitlines()
        rows = [json.loads(line) for line in lines if line.endswith("}")]
        return tuple(sorted({int(row["person"]) for row in rows if datetime.fromisoformat(row["at"]) >= moment}))
