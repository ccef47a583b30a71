"""Imports as staff see them: what came in, how far it is, and which rows were refused and why."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from bot.core.errors import Unknown
from bot.core.permission import Permission, Viewer, check
from storage.database import Transaction
from storage.directory_tables import people
from storage.exchange_tables import import_problems, imports


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportRow:
    """One import."""

    id: int
    kind: str
    file_name: str
    state: str
    #: Rows looked at so far, of all.
    cursor: int
    total: int
    accepted: int
    #: Rows with at least one problem.
    refused: int
    started_at: datetime
    finished_at: datetime | None
    undone_at: datetime | None
    #: Member of staff who brought it; 0: the command line.
    person: int
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportProblem:
    """What is wrong with one cell; without a column, with the row as a whole."""

    row: int
    column: str
    problem: str


def listed(tx: Transaction, viewer: Viewer, offset: int, rows: int) -> tuple[tuple[ImportRow, ...], int]:
    """The imports, the latest first, and how many there are; raises `NotAllowed`."""
    check(viewer, Permission.IMPORT)
    count = tx.execute(sa.select(sa.func.count()).select_from(imports)).scalar_one()
    page = _whole().order_by(imports.c.id.desc()).offset(offset).limit(rows)
    return tuple(_row(row) for row in tx.execute(page)), count


def one(tx: Transaction, viewer: Viewer, number: int) -> ImportRow:
    """Raises `NotAllowed` or `Unknown`."""
    check(viewer, Permission.IMPORT)
    row = tx.execute(_whole().where(imports.c.id == number)).first()
    if row is None:
        raise Unknown
    return _row(row)


def problems(
    tx: Transaction, viewer: Viewer, number: int, offset: int = 0, rows: int | None = None
) -> tuple[tuple[ImportProblem, ...], int]:
    """What was refused, by row and column, and how many problems there are in all; raises `NotAllowed`."""
    check(viewer, Permission.IMPORT)
    of_it = import_problems.c["import"] == number
    count = tx.execute(sa.select(sa.func.count()).select_from(import_problems).where(of_it)).scalar_one()
    columns = (import_problems.c.row, import_problems.c.column, import_problems.c.problem)
    found = sa.select(*columns).where(of_it).order_by(import_problems.c.row, import_problems.c.id)
    page = tx.execute(found.offset(offset).limit(rows))
    return tuple(ImportProblem(row=row.row, column=row.column, problem=row.problem) for row in page), count


def _whole() -> sa.Select[Any]:
    named = (imports.c[name] for name in _COLUMNS)
    name = sa.func.coalesce(people.c.name, "").label("name")
    columns = (*named, imports.c.by.label("person"), name)
    return sa.select(*columns).outerjoin(people, people.c.id == imports.c.by)


_ADDED = ("person", "name")
_COLUMNS = [name for name in ImportRow.__dataclass_fields__ if name not in _ADDED]


def _row(row: Any) -> ImportRow:
    return ImportRow(**row._mapping)
