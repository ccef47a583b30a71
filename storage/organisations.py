"""The organisations that the office knows."""

from collections.abc import Iterable

import sqlalchemy as sa

from bot.core.world import Level, Organisation
from storage.database import Transaction
from storage.tables import organisations


def get(tx: Transaction, organisation: str) -> Organisation | None:
    row = tx.execute(sa.select(organisations).where(organisations.c.id == organisation)).first()
    return _organisation(row) if row else None


def listed(tx: Transaction) -> tuple[Organisation, ...]:
    """Those whose names anybody may see."""
    found = sa.select(organisations).where(organisations.c.listed).order_by(organisations.c.name)
    return tuple(_organisation(row) for row in tx.execute(found))


def load(tx: Transaction, world: Iterable[Organisation]) -> int:
    """Take over the world's list; rows that are there already are left as the office has made them."""
    known = set(tx.scalars(sa.select(organisations.c.id)))
    rows = [_columns(each) for each in world if each.id not in known]
    if rows:
        tx.execute(sa.insert(organisations), rows)
    return len(rows)


def _columns(organisation: Organisation) -> dict[str, object]:
    return {name: getattr(organisation, name) for name in Organisation.__dataclass_fields__}


def _organisation(row: sa.Row[tuple[object, ...]]) -> Organisation:
    return Organisation(**{**row._mapping, "level": Level(row._mapping["level"])})
