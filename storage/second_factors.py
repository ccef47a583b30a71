"""Second factors: sealed secrets, and what was tried with them."""

from dataclasses import asdict
from typing import Any

import sqlalchemy as sa

from bot.core.console import SecondFactor
from storage.console_tables import second_factors
from storage.database import Transaction, upsert


def get(tx: Transaction, person: int, *, lock: bool = False) -> SecondFactor | None:
    """`lock`: nobody else changes it until this transaction ends."""
    found = sa.select(second_factors).where(second_factors.c.person == person)
    row = tx.execute(found.with_for_update() if lock else found).first()
    return SecondFactor(**row._mapping) if row else None


def put(tx: Transaction, factor: SecondFactor) -> None:
    values: dict[str, Any] = asdict(factor)
    upsert(tx, second_factors, values, values)


def forget(tx: Transaction, person: int) -> bool:
    """Whether there was one."""
    return tx.execute(sa.delete(second_factors).where(second_factors.c.person == person)).rowcount == 1
