"""Files worked off slice by slice: by a command for as long as it runs, or by the clock from the file store."""

import asyncio
import hashlib
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import structlog

from adapters.imports import sheets
from bot.core.duplicates import Pair
from bot.core.errors import BotError, Conflict
from bot.core.imports.job import BeingWorkedOn, Import, ImportKind, ImportState, Refusal
from bot.core.imports.layout import Layout, RawRow, rows, slices
from bot.core.message import FileKind, StoredFile
from bot.services import imports, merging
from bot.services.setup import Setup
from storage import clock
from storage import imports as import_rows
from storage.database import Database

log = structlog.get_logger()

#: Told the rows done so far.
Progress = Callable[[int], None]
#: Tries of a slice when somebody else changes the same records in the same moment.
_TRIES = 5


@dataclass(frozen=True, slots=True)
class Opened:
    """A file whose heading was understood."""

    rows: Iterator[RawRow]
    #: Columns that are not taken over.
    ignored: tuple[str, ...]
    #: Rows it has at most.
    about: int


def fingerprint(path: Path) -> str:
    """SHA-256 of the file; raises `NotReadable`."""
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise sheets.NotReadable(f"{path.name} cannot be read: {error.strerror}.") from None


@contextmanager
def opened(path: Path, name: str, kind: ImportKind, layout: Layout) -> Iterator[Opened]:
    """The rows of a file under our names; raises `NotReadable` or `BadHeading`."""
    with sheets.opened(path, name) as table:
        heading = imports.heading(kind, table.heading, layout)
        found = rows(heading, table.lines, imports.keys(kind), padded=table.padded)
        yield Opened(found, heading.ignored, table.about)


def try_out(
    database: Database, setup: Setup, kind: ImportKind, layout: Layout, path: Path
) -> tuple[int, list[Refusal]]:
    """How many rows the file has, and why some of them would be refused. Nothing is written."""
    with opened(path, path.name, kind, layout) as file:
        every = list(file.rows)
    refused = asyncio.run(database.read(lambda tx: imports.trial(tx, setup, kind, layout, every, clock.now(tx))))
    return len(every), refused


def work_off(database: Database, setup: Setup, job: Import, path: Path, progress: Progress) -> Import:
    """Take over what is not done yet. Killed at any moment, the next call goes on behind the last slice."""
    holder = setup.new_token()
    job = _held(database, job.id, holder)
    with opened(path, job.file_name, job.kind, job.layout) as file:
        for part in slices(file.rows, job.cursor, imports.SLICE):
            job = _slice(database, setup, job.id, holder, part)
            progress(job.accepted + job.refused)
    if job.kind is ImportKind.ORGANISATIONS:
        _look_for_duplicates(database, setup, job)
    return database.run_sync(lambda tx: imports.finish(tx, job.id, holder, clock.now(tx)))


def _slice(database: Database, setup: Setup, number: int, holder: str, part: list[RawRow]) -> Import:
    for attempt in range(1, _TRIES + 1):
        try:
            job, _ = database.run_sync(lambda tx: imports.work(tx, setup, number, holder, part, clock.now(tx)))
        except Conflict:
            if attempt == _TRIES:
                raise
        else:
            return job
    raise AssertionError("the last try returns or raises")


def _look_for_duplicates(database: Database, setup: Setup, job: Import) -> None:
    """Once, when all rows are in. Comparing takes seconds, so it holds nobody up: it only reads."""
    found = asyncio.run(database.read(lambda tx: merging.compare_all(tx, setup, job.source)))
    for start in range(0, len(found), imports.SLICE):
        _note(database, found[start : start + imports.SLICE])


def _note(database: Database, found: Sequence[Pair]) -> None:
    database.run_sync(lambda tx: merging.note(tx, found, clock.now(tx)))


def undo(database: Database, setup: Setup, number: int, progress: Progress) -> Import:
    """Take back an import that is being undone, slice by slice; a call after a kill goes on."""
    holder = setup.new_token()
    job = _held(database, number, holder)
    while job.state is ImportState.UNDOING:
        job = database.run_sync(lambda tx: imports.take_back(tx, number, holder, clock.now(tx)))
        progress(job.cursor)
    return job


def _held(database: Database, number: int, holder: str) -> Import:
    """Ours alone; whoever was killed while they had it lets go when their lease ends."""
    for _ in range(int(import_rows.LEASE * 4)):
        if job := database.run_sync(lambda tx: import_rows.hold(tx, number, holder)):
            return job
        time.sleep(0.3)
    raise BeingWorkedOn(number=number)


def work_off_stored(database: Database, setup: Setup) -> int:
    """What the clock does: the oldest import that waits for it. Returns how many it worked on."""
    waiting = database.run_sync(import_rows.waiting)
    for job in waiting[:1]:
        try:
            if job.state is ImportState.UNDOING:
                undo(database, setup, job.id, lambda _: None)
                continue
            with setup.files.open_plain(_stored(job)) as path:
                work_off(database, setup, job, path, lambda _: None)
        except BotError as problem:
            log.error("import stopped", number=job.id, error=type(problem).__name__)
            return 0
    return len(waiting[:1])


def _stored(job: Import) -> StoredFile:
    return StoredFile(job.content, job.file_name, FileKind.DOCUMENT, "application/octet-stream", 0)
