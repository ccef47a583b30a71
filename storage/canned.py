"""Answers that desks keep ready: rows in, core values out."""

from collections.abc import Mapping
from dataclasses import asdict, replace
from typing import Any

import sqlalchemy as sa

from bot.core.canned import CannedAnswer, CannedState
from bot.core.errors import Conflict, Unknown
from storage.database import Transaction
from storage.desk_tables import canned_answers as rows

#: States in the order of a list: what is offered, what is being written, what is kept.
_ORDER = sa.case({CannedState.READY: 0, CannedState.DRAFT: 1}, value=rows.c.state, else_=2)


def add(tx: Transaction, answer: CannedAnswer) -> CannedAnswer:
    values = _columns(answer)
    return replace(answer, id=tx.execute(sa.insert(rows).values(values).returning(rows.c.id)).scalar_one())


def get(tx: Transaction, answer_id: int) -> CannedAnswer:
    """Raises `Unknown`."""
    row = tx.execute(sa.select(rows).where(rows.c.id == answer_id)).first()
    if row is None:
        raise Unknown
    return _answer(row._mapping)


def save(tx: Transaction, answer: CannedAnswer) -> CannedAnswer:
    """Keep the change if nobody else made one since; raises `Conflict` otherwise."""
    saved = replace(answer, version=answer.version + 1)
    same = sa.and_(rows.c.id == answer.id, rows.c.version == answer.version)
    if tx.execute(sa.update(rows).where(same).values(_columns(saved))).rowcount != 1:
        raise Conflict
    return saved


def of_desk(tx: Transaction, desk: str) -> tuple[CannedAnswer, ...]:
    """All of a desk, those on offer first, by name."""
    found = sa.select(rows).where(rows.c.desk == desk).order_by(_ORDER, sa.func.lower(rows.c.name), rows.c.id)
    return tuple(_answer(row._mapping) for row in tx.execute(found))


def made_from(tx: Transaction, query: int) -> tuple[CannedAnswer, ...]:
    """Those that were made from the answer of this query and may be used."""
    theirs = sa.and_(rows.c.query == query, rows.c.state != CannedState.RETIRED)
    return tuple(_answer(row._mapping) for row in tx.execute(sa.select(rows).where(theirs).order_by(rows.c.id)))


def offered(tx: Transaction, desk: str, topic: str, most: int) -> tuple[CannedAnswer, ...]:
    """What a desk has ready for a query on this topic: those for the topic first, then those for any, then the rest."""
    near = (
        sa.case({topic: 0, "": 1}, value=rows.c.topic, else_=2) if topic else sa.case((rows.c.topic == "", 0), else_=1)
    )
    ready = sa.and_(rows.c.desk == desk, rows.c.state == CannedState.READY)
    found = sa.select(rows).where(ready).order_by(near, sa.func.lower(rows.c.name), rows.c.id).limit(most)
    return tuple(_answer(row._mapping) for row in tx.execute(found))


def _columns(answer: CannedAnswer) -> dict[str, Any]:
    values = {**asdict(answer), "texts": dict(answer.texts)}
    del values["id"]
    return values


def _answer(row: Mapping[Any, Any]) -> CannedAnswer:
    return CannedAnswer(**{**row, "state": CannedState(row["state"])})
