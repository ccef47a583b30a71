"""Files of partners on their way in: begun, worked off in slices that survive a kill, and undone.

Each function is one transaction. Whoever works on an import holds it by a lease; rows come from the caller.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from bot.core.imports import organisations as organisation_rows
from bot.core.imports import people as people_rows
from bot.core.imports.job import BeingWorkedOn, Import, ImportKind, ImportState, NothingToUndo, Refusal
from bot.core.imports.layout import Heading, Layout, Problem, RawRow
from bot.core.permission import Permission, Viewer, check
from bot.services import import_organisations, import_people
from bot.services.setup import Setup
from storage import audit, imports
from storage.database import Transaction

#: Rows of one transaction: short enough for messages of people to come in between.
SLICE = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class NewFile:
    """A file that somebody of staff brings."""

    kind: ImportKind
    name: str
    #: SHA-256 of its content.
    content: str
    layout: Layout
    #: Rows it has at most.
    about: int = 0
    #: Whether it lies in the file store, for the clock to work on.
    stored: bool = False


def heading(kind: ImportKind, cells: Sequence[str], layout: Layout) -> Heading:
    """What the first line says; raises `BadHeading`."""
    rows = organisation_rows if kind is ImportKind.ORGANISATIONS else people_rows
    return Heading(cells, layout, rows.COLUMNS, rows.NEEDED)


def keys(kind: ImportKind) -> tuple[tuple[str, ...], ...]:
    """Columns that name one record of a file."""
    return organisation_rows.KEYS if kind is ImportKind.ORGANISATIONS else people_rows.KEYS


def start(tx: Transaction, viewer: Viewer, file: NewFile, now: datetime, via: str = "console") -> Import:
    """Begin with a file; the same file again is the same import, whether it is done or was interrupted."""
    check(viewer, Permission.IMPORT)
    known = imports.of_file(tx, file.kind, file.content, file.layout)
    if known is not None:
        return known
    fresh = Import(
        kind=file.kind,
        file_name=file.name[:200],
        content=file.content,
        layout=file.layout,
        by=viewer.person,
        stored=file.stored,
        total=file.about,
        started_at=now,
    )
    job = imports.add(tx, fresh)
    audit.add(tx, viewer.person, "imported", f"import:{job.id}", now, via)
    return job


def trial(
    tx: Transaction, setup: Setup, kind: ImportKind, layout: Layout, rows: Sequence[RawRow], now: datetime
) -> list[Refusal]:
    """Why rows of a whole file would be refused; nothing is written."""
    by_kind = import_organisations if kind is ImportKind.ORGANISATIONS else import_people
    _, bad = by_kind.check(tx, setup, "import:0", rows, now)
    return _refusals(layout, bad)


def work(
    tx: Transaction, setup: Setup, number: int, holder: str, rows: Sequence[RawRow], now: datetime
) -> tuple[Import, list[Refusal]]:
    """Take over one slice; raises `BeingWorkedOn` where somebody else has the import or it is not running."""
    job = _held(tx, number, holder, ImportState.RUNNING)
    here = [row for row in rows if row.number > job.cursor]
    if not here:
        return job, []
    if job.kind is ImportKind.ORGANISATIONS:
        organisations, bad = import_organisations.check(tx, setup, job.source, here, now)
        changes = import_organisations.keep(tx, organisations, now)
    else:
        people, bad = import_people.check(tx, setup, job.source, here, now)
        changes = import_people.keep(tx, people, now)
    refused = _refusals(job.layout, bad)
    imports.note(tx, number, changes, refused)
    done = replace(
        job,
        cursor=here[-1].number,
        accepted=job.accepted + len(here) - len(bad),
        refused=job.refused + len(bad),
    )
    imports.save(tx, done)
    return done, refused


def _refusals(layout: Layout, bad: dict[int, tuple[Problem, ...]]) -> list[Refusal]:
    return [Refusal(row, layout.named(each.column), each.code) for row, those in bad.items() for each in those]


def finish(tx: Transaction, number: int, holder: str, now: datetime) -> Import:
    """Every row of the file was looked at."""
    job = _held(tx, number, holder, ImportState.RUNNING)
    done = replace(job, state=ImportState.DONE, total=job.accepted + job.refused, finished_at=now)
    imports.save(tx, done)
    imports.release(tx, number, holder)
    return done


def undo(tx: Transaction, viewer: Viewer, number: int, now: datetime, via: str = "console") -> Import:
    """Begin to take an import back, also one that is not done; raises `NothingToUndo`."""
    check(viewer, Permission.IMPORT)
    job = imports.get(tx, number)
    if job is None or job.state is ImportState.UNDONE:
        raise NothingToUndo(f"There is no import {number} to undo. `csobot import list` shows them.", number=number)
    if job.state is ImportState.UNDOING:
        return job
    imports.begin_undo(tx, number)
    audit.add(tx, viewer.person, "import_undone", f"import:{number}", now, via)
    return imports.get(tx, number) or job


def take_back(tx: Transaction, number: int, holder: str, now: datetime) -> Import:
    """Undo one slice, the last rows first; UNDONE when nothing is left to take back. Raises `BeingWorkedOn`."""
    job = _held(tx, number, holder, ImportState.UNDOING)
    changes = imports.changes(tx, number, job.cursor, SLICE)
    if not changes:
        undone = replace(job, state=ImportState.UNDONE, undone_at=now)
        imports.save(tx, undone)
        imports.release(tx, number, holder)
        return undone
    by_kind = import_organisations if job.kind is ImportKind.ORGANISATIONS else import_people
    left = by_kind.take_back(tx, changes, now)
    imports.forget_changes(tx, number, [each.row for each in changes if each.row not in left])
    rest = replace(job, cursor=changes[-1].row - 1)
    imports.save(tx, rest)
    return rest


def left_standing(tx: Transaction, number: int) -> tuple[imports.Change, ...]:
    """What an undone import still holds: records that somebody changed or used since, the last row first."""
    job = imports.get(tx, number)
    if job is None or job.state is not ImportState.UNDONE:
        return ()
    return imports.changes(tx, number)


def _held(tx: Transaction, number: int, holder: str, state: ImportState) -> Import:
    job = imports.hold(tx, number, holder)
    if job is None or job.state is not state:
        raise BeingWorkedOn(number=number)
    return job
