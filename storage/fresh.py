"""A database as it was after its first migration: the demo can be started over."""

import sqlalchemy as sa

from storage import query_words
from storage.database import Dialect, Transaction, dialect
from storage.directory_tables import people
from storage.sealed_tables import sealed
from storage.tables import audit, deliveries, inbox, metadata, queries


def empty(tx: Transaction) -> None:
    """Forget every row and count from one again."""
    if dialect(tx) is Dialect.POSTGRESQL:
        quote = tx.dialect.identifier_preparer.format_table
        names = ", ".join(quote(table) for table in metadata.sorted_tables)
        tx.execute(sa.text(f"TRUNCATE {names}, {query_words.TABLE} RESTART IDENTITY"))
        return
    tx.execute(sa.text(f"DELETE FROM {query_words.TABLE}"))  # noqa: S608 - our own name
    for table in reversed(metadata.sorted_tables):
        tx.execute(sa.delete(table))
    tx.execute(sa.text("DELETE FROM sqlite_sequence"))


def holds_anything(tx: Transaction) -> bool:
    """Whether anybody has used this database; what a start puts there by itself does not count."""
    used = (people, inbox, queries, deliveries, sealed, audit)
    return any(tx.scalar(sa.select(sa.exists().select_from(table))) for table in used)
