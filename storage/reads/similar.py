"""Open questions that ask the same as one of them, side by side, as far as one may see them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import sqlalchemy as sa

from bot.core.errors import Unknown
from bot.core.permission import Viewer
from bot.core.similar import MOST
from storage import queries, similar
from storage.database import Transaction
from storage.reads.query_scope import seen
from storage.reads.queue import Row, rows_of
from storage.tables import desk_threads, entries
from storage.tables import queries as table


@dataclass(frozen=True, slots=True, kw_only=True)
class Beside:
    """One question of several that ask the same."""

    row: Row
    #: The question, whole; empty where its words are gone.
    words: str
    #: Cosine of the two; 1 for the question itself.
    likeness: float
    #: Number of the last line of its timeline.
    last: int
    #: The desk in whose chat it is handled; empty where it is shown in none.
    handled_at: str

    @property
    def number(self) -> int:
        return self.row.id

    @property
    def reference(self) -> str:
        return self.row.reference


def side_by_side(tx: Transaction, viewer: Viewer, number: int) -> tuple[Beside, ...]:
    """The question, then those like it that are still open, the most alike first.

    Raises `NotAllowed`, and `Unknown` where the viewer may not see the question.
    """
    own = queries.where(tx, table.c.id == number, seen(viewer), table.c.sensitive.is_(False))
    if not own:
        raise Unknown
    likeness = {number: 1.0} | dict(similar.beside(tx, number, MOST))
    visible = set(tx.scalars(sa.select(table.c.id).where(table.c.id.in_(likeness), seen(viewer))))
    ids = [each for each in likeness if each in visible]
    words, last, places = queries.first_words(tx, ids), _last(tx, ids), _handled(tx, ids)
    return tuple(
        Beside(
            row=row,
            words=words.get(row.id, ""),
            likeness=likeness[row.id],
            last=last.get(row.id, 0),
            handled_at=places.get(row.id, ""),
        )
        for row in rows_of(tx, ids)
    )


def count(tx: Transaction, viewer: Viewer, number: int) -> int:
    """How many like it are open that the viewer may see."""
    near = [each for each, _ in similar.beside(tx, number, MOST)]
    counted = sa.select(sa.func.count()).select_from(table).where(table.c.id.in_(near), seen(viewer))
    return (tx.scalar(counted) or 0) if near else 0


def _last(tx: Transaction, ids: Sequence[int]) -> Mapping[int, int]:
    latest = sa.select(entries.c.query, sa.func.max(entries.c.id)).where(entries.c.query.in_(ids))
    return {row[0]: row[1] for row in tx.execute(latest.group_by(entries.c.query))}


def _handled(tx: Transaction, ids: Sequence[int]) -> Mapping[int, str]:
    now = sa.and_(desk_threads.c.query.in_(ids), sa.text("desk_threads.current"))
    return {row[0]: row[1] for row in tx.execute(sa.select(desk_threads.c.query, desk_threads.c.desk).where(now))}
