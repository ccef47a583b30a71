"""What a digest tells one member of staff: what they have to do, what came, what went; for managers how desks stand."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from bot.core.digest import Day
from bot.core.permission import Viewer
from bot.core.person import Role
from bot.core.query import EntryKind, EntryState, Status
from storage.database import Transaction
from storage.desk_tables import watchers
from storage.reads.desk_list import asleep, at_desks, concerns, held
from storage.reads.query_scope import seen
from storage.reads.queue import Row, rows_of
from storage.tables import entries, queries

# As the partial index says it, word for word: else no database uses it.
_WORK = sa.text("queries.status IN ('new', 'claimed', 'waiting')")
_NOBODYS = queries.c.status == Status.NEW
_WAITING = queries.c.status == Status.WAITING
#: Events by which a query comes to a desk.
_CAME = ("moved", "escalated", "reopened")
#: More changes of what somebody watches than this are told by the last ones.
MOST_CHANGES = 200
#: Desks of a manager that are named; those where most is late come first.
MOST_DESKS = 5


@dataclass(frozen=True, slots=True)
class Part:
    """Queries of one kind: some of them, and how many there are."""

    rows: tuple[Row, ...] = ()
    count: int = 0


@dataclass(frozen=True, slots=True)
class Change:
    """The last that became of a query somebody watches."""

    query: int
    #: "reply", "addition", or the name of an event.
    what: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DeskLoad:
    desk: str
    open: int
    unclaimed: int
    overdue: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Managed:
    """How the desks of a manager stand."""

    loads: tuple[DeskLoad, ...] = ()
    desks: int = 0
    #: Promises that were broken since they left.
    broken: Part = field(default_factory=Part)


@dataclass(frozen=True, slots=True, kw_only=True)
class Morning:
    overdue: Part
    today: Part
    #: At their desks, and not due before tomorrow.
    unclaimed: Part
    #: Theirs, where we wait for the CSO.
    waiting: Part
    #: Came to their desks since they left, or with more of the CSO.
    came: Part
    #: How many they have.
    mine: int
    watched: tuple[Change, ...]
    managed: Managed


@dataclass(frozen=True, slots=True, kw_only=True)
class Evening:
    answered: Part
    #: Of those, by the reader.
    answered_by_reader: int
    mine: int
    unclaimed: int
    overdue: Part
    #: Due on the reader's next working day, or before it.
    tomorrow: Part
    managed: Managed


def morning(tx: Transaction, viewer: Viewer, day: Day, now: datetime, most: int) -> Morning:
    """Raises `NotAllowed`."""
    part = _Parts(tx, most)
    awake, later = sa.not_(asleep(now)), sa.or_(queries.c.due_at.is_(None), queries.c.due_at >= day.over)
    mine = held(viewer)
    return Morning(
        overdue=part(_WORK, concerns(viewer), queries.c.due_at <= now),
        today=part(_WORK, concerns(viewer), queries.c.due_at > now, queries.c.due_at < day.over, awake),
        unclaimed=part(_WORK, at_desks(viewer), _NOBODYS, later),
        waiting=part(_WORK, _WAITING, mine),
        came=part(_WORK, at_desks(viewer), _came_since(day.left)),
        mine=part(_WORK, mine).count,
        watched=_watched(tx, viewer, day.left),
        managed=_managed(tx, viewer, day.left, now, most),
    )


def evening(tx: Transaction, viewer: Viewer, day: Day, begun: datetime, now: datetime, most: int) -> Evening:
    """`begun`: the reader's midnight before. Raises `NotAllowed`."""
    part = _Parts(tx, most)
    done = (queries.c.status.in_([Status.ANSWERED, Status.CLOSED]), queries.c.answered_at >= begun)
    mine, theirs = held(viewer), sa.or_(held(viewer), at_desks(viewer))
    return Evening(
        answered=part(*done, theirs),
        answered_by_reader=part(*done, mine).count,
        mine=part(_WORK, mine).count,
        unclaimed=part(_WORK, at_desks(viewer), _NOBODYS).count,
        overdue=part(_WORK, concerns(viewer), queries.c.due_at <= now),
        tomorrow=part(_WORK, concerns(viewer), queries.c.due_at > now, queries.c.due_at < day.next_over),
        managed=_managed(tx, viewer, begun, now, most),
    )


class _Parts:
    """Reads parts."""

    def __init__(self, tx: Transaction, most: int) -> None:
        self._tx, self._most = tx, most

    def __call__(self, *where: Any) -> Part:
        """By due time; found and counted in one go, because conditions cost most."""
        order = (queries.c.due_at.asc().nulls_last(), queries.c.id)
        found = sa.select(queries.c.id, sa.func.count().over().label("of")).where(*where)
        rows = self._tx.execute(found.order_by(*order).limit(self._most)).all()
        return Part(rows_of(self._tx, [row.id for row in rows]), rows[0].of) if rows else Part()


def _came_since(left: datetime) -> sa.ColumnElement[bool]:
    """Asked since then, brought to its desk by an escalation or a colleague, open again, or with more of the CSO."""
    event = sa.and_(entries.c.kind == EntryKind.EVENT, entries.c.text.in_(_CAME))
    line = sa.and_(entries.c.query == queries.c.id, sa.or_(event, entries.c.kind == EntryKind.ADDITION))
    return sa.or_(queries.c.asked_at >= left, sa.exists().where(line, entries.c.at >= left))


def _watched(tx: Transaction, viewer: Viewer, since: datetime) -> tuple[Change, ...]:
    """The last that others did with each query that the reader watches and does not hold, as they see it."""
    kinds = [EntryKind.EVENT, EntryKind.REPLY, EntryKind.ADDITION]
    told = sa.and_(entries.c.kind.in_(kinds), entries.c.state == EntryState.DONE, entries.c.author != viewer.person)
    chosen = (
        sa.select(entries.c.query, entries.c.kind, entries.c.text)
        .join(queries, queries.c.id == entries.c.query)
        .join(watchers, sa.and_(watchers.c.query == entries.c.query, watchers.c.person == viewer.person))
        .where(told, entries.c.at >= since, queries.c.holder != viewer.person, seen(viewer))
        .order_by(entries.c.id.desc())
        .limit(MOST_CHANGES)
    )
    found: dict[int, Change] = {}
    for row in tx.execute(chosen):
        what = row.text if row.kind == EntryKind.EVENT else str(row.kind)
        found.setdefault(row.query, Change(row.query, what))
    return tuple(found[number] for number in sorted(found))


def _managed(tx: Transaction, viewer: Viewer, since: datetime, now: datetime, most: int) -> Managed:
    """Nothing for somebody who manages no desk."""
    desks = managed_desks(viewer)
    if not desks:
        return Managed()
    here = queries.c.desk.in_(desks)
    # Said once more, as the partial index has it.
    kept_not = sa.and_(sa.text("queries.broken_at IS NOT NULL"), queries.c.broken_at >= since)
    counted = (
        sa.select(
            queries.c.desk,
            sa.func.count().label("open"),
            sa.func.count().filter(_NOBODYS).label("unclaimed"),
            sa.func.count().filter(queries.c.due_at <= now).label("overdue"),
        )
        .where(_WORK, here)
        .group_by(queries.c.desk)
    )
    loads = [DeskLoad(**row._mapping) for row in tx.execute(counted)]
    loads.sort(key=lambda each: (-each.overdue, -each.open, each.desk))
    broken = _Parts(tx, most)(here, kept_not)
    return Managed(loads=tuple(loads[:MOST_DESKS]), desks=len(loads), broken=broken)


def managed_desks(viewer: Viewer) -> tuple[str, ...]:
    """The desks that a manager's role of theirs covers; never the confidential one."""
    roles = [each for each in viewer.staff.roles if each.role is Role.MANAGER]
    away = viewer.staff.resting | {viewer.world.office.confidential_desk}
    covered = (desk for desk in viewer.world.desks if any(role.covers(desk, viewer.world) for role in roles))
    return tuple(desk for desk in covered if desk not in away)
