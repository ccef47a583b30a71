"""Imports: how far a file is done, what each row changed, and why rows were refused."""

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

import sqlalchemy as sa

from bot.core.imports.job import Import, ImportKind, ImportState, Refusal
from bot.core.imports.layout import Layout
from storage.clock import seconds
from storage.database import Transaction
from storage.exchange_tables import import_changes, import_problems, imports

#: Seconds for which one process has an import to itself; each slice renews it. Far more than a slice takes.
LEASE = 10.0
_changed_by: "sa.Column[int]" = import_changes.c["import"]
_refused_by: "sa.Column[int]" = import_problems.c["import"]


@dataclass(frozen=True, slots=True)
class Change:
    """What one row did."""

    row: int
    #: Id of the organisation or number of the person, as the kind of import says.
    target: str
    #: The record as it was; None when the row added it.
    before: dict[str, Any] | None
    #: Version the record had afterwards.
    version: int


def add(tx: Transaction, fresh: Import) -> Import:
    values = _columns(fresh)
    del values["id"]
    return replace(fresh, id=tx.execute(sa.insert(imports).values(values).returning(imports.c.id)).scalar_one())


def get(tx: Transaction, number: int) -> Import | None:
    row = tx.execute(sa.select(imports).where(imports.c.id == number)).first()
    return _import(row) if row else None


def of_file(tx: Transaction, kind: ImportKind, content: str, layout: Layout) -> Import | None:
    """The latest import of this very file, read in this way, unless it was undone."""
    same = sa.and_(imports.c.kind == kind, imports.c.content == content, imports.c.state != ImportState.UNDONE)
    found = map(_import, tx.execute(sa.select(imports).where(same).order_by(imports.c.id.desc())))
    return next((each for each in found if each.layout == layout), None)


def every(tx: Transaction, most: int = 200) -> tuple[Import, ...]:
    """The latest, newest first."""
    return tuple(map(_import, tx.execute(sa.select(imports).order_by(imports.c.id.desc()).limit(most))))


def waiting(tx: Transaction) -> tuple[Import, ...]:
    """Those that the clock is to work on and nobody works on now, oldest first."""
    free = sa.or_(imports.c.lease_by.is_(None), imports.c.lease_until < sa.literal(seconds(tx)))
    running = sa.and_(imports.c.stored, imports.c.state == ImportState.RUNNING)
    undoing = sa.and_(imports.c.state == ImportState.UNDOING)
    found = sa.select(imports).where(free, sa.or_(running, undoing)).order_by(imports.c.id)
    return tuple(map(_import, tx.execute(found)))


def hold(tx: Transaction, number: int, holder: str) -> Import | None:
    """The import, for this holder alone until the lease ends; None while somebody else has it."""
    now = seconds(tx)
    # A lease further ahead than any lease lasts was given before the clock was set back.
    over = sa.not_(imports.c.lease_until.between(now, now + LEASE))
    mine = sa.or_(imports.c.lease_by.is_(None), imports.c.lease_by == holder, over)
    held = sa.update(imports).where(imports.c.id == number, mine).values(lease_by=holder, lease_until=now + LEASE)
    return get(tx, number) if tx.execute(held).rowcount == 1 else None


def release(tx: Transaction, number: int, holder: str) -> None:
    """Let others have it at once."""
    mine = sa.and_(imports.c.id == number, imports.c.lease_by == holder)
    tx.execute(sa.update(imports).where(mine).values(lease_by=None, lease_until=0.0))


def save(tx: Transaction, job: Import) -> None:
    """Keep how far it is; only whoever holds it may."""
    values = _columns(job)
    del values["id"]
    tx.execute(sa.update(imports).where(imports.c.id == job.id).values(values))


def note(tx: Transaction, number: int, changes: Sequence[Change], refusals: Sequence[Refusal]) -> None:
    """Keep what the rows of a slice did, and why others did nothing."""
    if changes:
        tx.execute(sa.insert(import_changes), [{"import": number, **asdict(each)} for each in changes])
    if refusals:
        tx.execute(sa.insert(import_problems), [{"import": number, **asdict(each)} for each in refusals])


def refusals(tx: Transaction, number: int, most: int | None = None) -> tuple[Refusal, ...]:
    """Why rows were refused, in the order of the file."""
    mine = sa.select(import_problems).where(_refused_by == number)
    rows = tx.execute(mine.order_by(import_problems.c.row, import_problems.c.id).limit(most))
    return tuple(Refusal(row.row, row.column, row.problem) for row in rows)


def begin_undo(tx: Transaction, number: int) -> None:
    """From here on nobody takes rows over any more; whoever just does so ends that slice first."""
    tx.execute(sa.update(imports).where(imports.c.id == number).values(state=ImportState.UNDOING))


def changes(tx: Transaction, number: int, below: int | None = None, most: int | None = None) -> tuple[Change, ...]:
    """What rows up to this one, or all, did and still holds, the last first."""
    up_to = sa.true() if below is None else import_changes.c.row <= below
    mine = sa.select(import_changes).where(_changed_by == number, up_to)
    rows = tx.execute(mine.order_by(import_changes.c.row.desc()).limit(most))
    return tuple(Change(row.row, row.target, row.before, row.version) for row in rows)


def forget_changes(tx: Transaction, number: int, rows: Iterable[int]) -> None:
    """These rows are taken back."""
    here = sa.and_(_changed_by == number, import_changes.c.row.in_(list(rows)))
    tx.execute(sa.delete(import_changes).where(here))


def _columns(job: Import) -> dict[str, Any]:
    values = asdict(job)
    values["mapping"] = values.pop("layout")
    return values


def _import(row: sa.Row[Any]) -> Import:
    values = {name: row._mapping[name] for name in Import.__dataclass_fields__ if name != "layout"}
    kinds = {"kind": ImportKind(row.kind), "state": ImportState(row.state)}
    return Import(**{**values, **kinds, "layout": Layout(**(row.mapping or {}))})
