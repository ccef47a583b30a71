"""How many partners were connected at the end of each month: one number a month, counted by the database."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

import sqlalchemy as sa

from bot.core.permission import Viewer
from storage.database import Transaction
from storage.directory_tables import identities, organisations, people
from storage.reads.connecting import CONFIRMED, HERE, WROTE, seen
from storage.tables import addresses


@dataclass(frozen=True, slots=True, kw_only=True)
class Point:
    """One month: its first day, and the partners connected when it ended (or now)."""

    month: datetime
    connected: int


def connected(tx: Transaction, viewer: Viewer, number: int, now: datetime) -> tuple[Point, ...]:
    """So many months up to and with this one, the oldest first; raises `NotAllowed`."""
    months = _months(number, now)
    ends = [*months[1:], now]
    since = sa.func.coalesce(people.c.connection_at, identities.c.linked_at, people.c.known_since)
    lost = addresses.c.unreachable_since
    here = [
        sa.func.max(
            sa.case((sa.and_(sa.or_(since.is_(None), since <= end), sa.or_(lost.is_(None), lost > end)), 1), else_=0)
        ).label(f"at_{place}")
        for place, end in enumerate(ends)
    ]
    each = (
        sa.select(*here)
        .select_from(people)
        .join(identities, identities.c.person == people.c.id)
        .join(organisations, organisations.c.id == people.c.organisation)
        .outerjoin(addresses, HERE)
        .where(CONFIRMED, WROTE, seen(viewer))
        .group_by(people.c.organisation)
        .subquery()
    )
    totals = tx.execute(sa.select(*(sa.func.coalesce(sa.func.sum(column), 0) for column in each.c))).one()
    return tuple(Point(month=month, connected=int(total)) for month, total in zip(months, totals, strict=True))


def _months(number: int, now: datetime) -> Sequence[datetime]:
    last = now.year * 12 + now.month - 1
    return [datetime(each // 12, each % 12 + 1, 1, tzinfo=UTC) for each in range(last - number + 1, last + 1)]
