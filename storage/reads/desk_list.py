"""The short lists of staff in chat: a few queries at a time, from the same rows and scope as the console's queue."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from bot.core.desk_turn import DeskList
from bot.core.permission import Permission, Viewer, check
from bot.core.query import Status
from storage.database import Transaction
from storage.reads.query_scope import own_desks, seen
from storage.reads.queue import Row, rows_of
from storage.tables import queries

# As the partial index says it, word for word: else no database uses it.
_WORK = sa.text("queries.status IN ('new', 'claimed', 'waiting')")
_NOBODYS = queries.c.status == Status.NEW


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    rows: tuple[Row, ...]
    #: How many there are on all pages.
    count: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """How it stands for one reader, in numbers."""

    #: At their desks.
    open: int
    unclaimed: int
    mine: int
    #: What of /due is due next, whenever that is; 0 and None without any.
    next: int
    next_due: datetime | None


def page(
    tx: Transaction, viewer: Viewer, which: DeskList, day_ends: datetime, now: datetime, place: tuple[int, int]
) -> Page:
    """The queries of one page (offset, rows); `day_ends`: the reader's midnight. Raises `NotAllowed`."""
    offset, most = place
    where = sa.and_(_WORK, *_in(which, viewer, day_ends, now))
    found = sa.select(queries.c.id).where(where).order_by(*_order(which, now)).offset(offset).limit(most)
    count = tx.scalar(sa.select(sa.func.count()).select_from(queries).where(where)) or 0
    return Page(rows=rows_of(tx, tx.scalars(found).all()), count=count)


def these(tx: Transaction, viewer: Viewer, ids: Sequence[int]) -> tuple[Row, ...]:
    """Those of the queries that the viewer sees, in the order given; raises `NotAllowed`."""
    visible = set(tx.scalars(sa.select(queries.c.id).where(queries.c.id.in_(ids), seen(viewer))))
    return rows_of(tx, [each for each in ids if each in visible])


def standing(tx: Transaction, viewer: Viewer) -> Standing:
    """Raises `NotAllowed`."""
    here, mine = at_desks(viewer), held(viewer)
    counted = sa.select(
        sa.func.count().filter(here), sa.func.count().filter(here, _NOBODYS), sa.func.count().filter(mine)
    )
    open_, unclaimed, own = tx.execute(counted.select_from(queries).where(_WORK, sa.or_(here, mine))).one()
    dated = sa.and_(_WORK, concerns(viewer), queries.c.due_at.is_not(None))
    first = sa.select(queries.c.id, queries.c.due_at).where(dated).order_by(queries.c.due_at, queries.c.id).limit(1)
    row = tx.execute(first).first()
    return Standing(
        open=open_, unclaimed=unclaimed, mine=own, next=row.id if row else 0, next_due=row.due_at if row else None
    )


def at_desks(viewer: Viewer) -> sa.ColumnElement[bool]:
    """At the desks that are the viewer's one by one, for a wider role at all it covers; raises `NotAllowed`."""
    check(viewer, Permission.SEE_QUERIES)
    desks = own_desks(viewer) or viewer.desks(Permission.SEE_QUERIES)
    if desks is None:
        return queries.c.desk != viewer.world.office.confidential_desk
    return queries.c.desk.in_(sorted(desks))


def held(viewer: Viewer) -> sa.ColumnElement[bool]:
    """The viewer's own, wherever they are; raises `NotAllowed`."""
    check(viewer, Permission.SEE_QUERIES)
    return sa.and_(queries.c.holder == viewer.person, queries.c.desk != viewer.world.office.confidential_desk)


def concerns(viewer: Viewer) -> sa.ColumnElement[bool]:
    """What somebody has to do something about: their own and nobody's at their desk; for a wider role everybody's."""
    if not own_desks(viewer):
        return sa.or_(held(viewer), at_desks(viewer))
    return sa.or_(held(viewer), sa.and_(at_desks(viewer), queries.c.holder == 0))


def asleep(now: datetime) -> sa.ColumnElement[bool]:
    """Put off, as long as its promise has not passed."""
    kept = sa.or_(queries.c.due_at.is_(None), queries.c.due_at > now)
    return sa.and_(queries.c.snoozed_until.is_not(None), queries.c.snoozed_until > now, kept)


def _in(which: DeskList, viewer: Viewer, day_ends: datetime, now: datetime) -> Sequence[sa.ColumnElement[bool]]:
    match which:
        case DeskList.QUEUE:
            return (at_desks(viewer),)
        case DeskList.MINE:
            return (held(viewer),)
        case DeskList.DUE:
            return queries.c.due_at < day_ends, concerns(viewer), sa.not_(asleep(now))


def _order(which: DeskList, now: datetime) -> Sequence[sa.ColumnElement[Any]]:
    """By due time; before that nobody's first, and what was put off last."""
    first = {DeskList.QUEUE: (_last(_NOBODYS, 0), _last(asleep(now), 1)), DeskList.MINE: (_last(asleep(now), 1),)}
    return (*first.get(which, ()), queries.c.due_at.asc().nulls_last(), queries.c.id)


def _last(condition: sa.ColumnElement[bool], rank: int) -> sa.ColumnElement[int]:
    return sa.case((condition, rank), else_=1 - rank)
