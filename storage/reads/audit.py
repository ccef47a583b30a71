"""The audit log as managers and administrators read it."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from bot.core.permission import Permission, Viewer, check
from storage.audit import of_matters
from storage.database import Transaction
from storage.directory_tables import people
from storage.tables import audit

#: Most rows of one export: about as many as a spreadsheet opens.
MOST_EXPORTED = 500_000
#: Rows fetched at once while exporting.
_AT_ONCE = 2000


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditFilter:
    """Which rows; what is empty does not limit."""

    #: Person id; -1: the command line.
    person: int = 0
    act: str = ""
    #: Begins with this: "organisation:" or "organisation:CSO-0001".
    about: str = ""
    via: str = ""
    since: datetime | None = None
    #: Before this.
    until: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditRow:
    """One act."""

    id: int
    at: datetime
    #: 0: the command line.
    person: int
    #: Empty where nobody gave one.
    name: str
    act: str
    about: str
    via: str


def count(tx: Transaction, viewer: Viewer, wanted: AuditFilter) -> int:
    """How many rows there are; raises `NotAllowed`."""
    check(viewer, Permission.SEE_AUDIT)
    return tx.execute(sa.select(sa.func.count()).select_from(audit).where(*_where(wanted))).scalar_one()


def rows(
    tx: Transaction,
    viewer: Viewer,
    wanted: AuditFilter,
    *,
    offset: int = 0,
    limit: int = 50,
    oldest_first: bool = False,
) -> tuple[AuditRow, ...]:
    """One page, the latest first unless asked otherwise; raises `NotAllowed`."""
    check(viewer, Permission.SEE_AUDIT)
    order = (audit.c.id,) if oldest_first else (audit.c.id.desc(),)
    found = _named().where(*_where(wanted)).order_by(*order).offset(offset).limit(limit)
    return tuple(_row(row) for row in tx.execute(found))


def export(tx: Transaction, viewer: Viewer, wanted: AuditFilter) -> Iterator[AuditRow]:
    """All rows of the filter, the oldest first; raises `NotAllowed`."""
    check(viewer, Permission.SEE_AUDIT)
    found = _named().where(*_where(wanted)).order_by(audit.c.id).limit(MOST_EXPORTED)
    return (_row(row) for row in tx.execute(found.execution_options(yield_per=_AT_ONCE)))


def choices(tx: Transaction, viewer: Viewer) -> tuple[tuple[str, ...], tuple[tuple[int, str], ...]]:
    """Every act that occurs, and everybody who did one, with their name; raises `NotAllowed`."""
    check(viewer, Permission.SEE_AUDIT)
    acts = tx.scalars(sa.select(audit.c.act).where(~of_matters()).distinct().order_by(audit.c.act)).all()
    whoever = sa.select(audit.c.person, sa.func.coalesce(people.c.name, "")).where(~of_matters()).distinct()
    persons = tx.execute(whoever.select_from(_joined()).order_by(audit.c.person))
    return tuple(acts), tuple((person, name) for person, name in persons)


def _joined() -> sa.FromClause:
    return audit.outerjoin(people, people.c.id == audit.c.person)


def _named() -> "sa.Select[tuple[object, ...]]":
    name = sa.func.coalesce(people.c.name, "").label("name")
    return sa.select(*audit.c, name).select_from(_joined())


def _where(wanted: AuditFilter) -> list[sa.ColumnElement[bool]]:
    limits: list[sa.ColumnElement[bool]] = [~of_matters()]
    if wanted.person:
        limits.append(audit.c.person == max(0, wanted.person))
    if wanted.act:
        limits.append(audit.c.act == wanted.act)
    if wanted.about:
        limits.append(audit.c.about.startswith(wanted.about, autoescape=True))
    if wanted.via:
        limits.append(audit.c.via == wanted.via)
    if wanted.since:
        limits.append(audit.c.at >= wanted.since)
    if wanted.until:
        limits.append(audit.c.at < wanted.until)
    return limits


def _row(row: "sa.Row[tuple[object, ...]]") -> AuditRow:
    return AuditRow(**row._mapping)
