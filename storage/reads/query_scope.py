"""Which queries somebody of staff sees: those of desks they work at, those handled there, those they have or watch."""

from collections.abc import Sequence

import sqlalchemy as sa

from bot.core import complaint
from bot.core.permission import Permission, Viewer, check
from bot.core.query import Status
from storage.database import Transaction
from storage.desk_tables import watchers
from storage.tables import desk_threads, queries

_others = queries.alias("others")
# As the partial indexes say it, word for word: else no database uses them.
_HELD = sa.text("others.holder <> 0")
_HANDLED = sa.text("others.status IN ('new', 'claimed', 'waiting', 'answered')")
_CURRENT = sa.text("desk_threads.current")


def seen(viewer: Viewer) -> sa.ColumnElement[bool]:
    """Never one that the confidential desk has; raises `NotAllowed` for somebody who sees no queries at all."""
    desks = _desks(viewer)
    if desks is None:
        return _routed(viewer)
    handled = sa.exists().where(desk_threads.c.query == queries.c.id, _CURRENT, desk_threads.c.desk.in_(desks))
    mine = sa.or_(
        queries.c.desk.in_(desks),
        sa.and_(queries.c.holder == viewer.person, queries.c.holder != 0),
        queries.c.id.in_(sa.select(watchers.c.query).where(watchers.c.person == viewer.person)),
        sa.and_(queries.c.status != Status.CLOSED, handled),
    )
    return sa.and_(_routed(viewer), mine)


def seen_of_many(viewer: Viewer) -> sa.ColumnElement[bool]:
    """The same, where most queries there are would be looked at: each way by its own index."""
    desks = _desks(viewer)
    if desks is None:
        return _routed(viewer)
    handled = sa.exists().where(desk_threads.c.query == _others.c.id, _CURRENT, desk_threads.c.desk.in_(desks))
    numbers = sa.union_all(
        sa.select(_others.c.id).where(_others.c.desk.in_(desks)),
        sa.select(_others.c.id).where(_others.c.holder == viewer.person, _HELD),
        sa.select(watchers.c.query).where(watchers.c.person == viewer.person),
        sa.select(_others.c.id).where(_HANDLED, _others.c.desk.not_in(desks), handled),
    )
    return sa.and_(_routed(viewer), queries.c.id.in_(numbers))


def _desks(viewer: Viewer) -> list[str] | None:
    check(viewer, Permission.SEE_QUERIES)
    desks = viewer.desks(Permission.SEE_QUERIES)
    return None if desks is None else sorted(desks)


def _routed(viewer: Viewer) -> sa.ColumnElement[bool]:
    """At a desk, not the confidential one, and no complaint about the viewer's own."""
    routed = sa.and_(queries.c.status != Status.ASKED, queries.c.desk != viewer.world.office.confidential_desk)
    own = complaint.own_desks(viewer.staff, viewer.world)
    return sa.and_(routed, queries.c.complaint_about.not_in(sorted(own))) if own else routed


def own_desks(viewer: Viewer) -> tuple[str, ...]:
    """The desks that their roles name one by one; none for somebody whose roles are wider."""
    named = {role.desk for role in viewer.staff.roles if role.desk in viewer.world.desks}
    return tuple(sorted(named - viewer.staff.resting - {viewer.world.office.confidential_desk}))


def among(tx: Transaction, viewer: Viewer, numbers: Sequence[int]) -> tuple[int, ...]:
    """Those of the queries that the viewer may see, in the order given; raises `NotAllowed`."""
    visible = set(tx.scalars(sa.select(queries.c.id).where(queries.c.id.in_(numbers), seen(viewer))))
    return tuple(number for number in numbers if number in visible)
