"""A database as it was after its first migration: the demo can be started over."""

import sqlalchemy as sa

from storage.database import Dialect, Transaction, dialect
from storage.tables import metadata


def empty(tx: Transaction) -> None:
    """Forget every row and count from one again."""
    if dialect(tx) is Dialect.POSTGRESQL:
        quote = tx.dialect.identifier_preparer.format_table
        names = ", ".join(quote(table) for table in metadata.sorted_tables)
        tx.execute(sa.text(f"TRUNCATE {names} RESTART IDENTITY"))
        return
    for table in reversed(metadata.sorted_tables):
        tx.execute(sa.delete(table))
    tx.execute(sa.text("DELETE FROM sqlite_sequence"))
