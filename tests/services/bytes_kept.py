"""Every byte an installation keeps: what a search for somebody's words has to look through."""

import json
from collections.abc import Iterable
from pathlib import Path

import psycopg

from storage.database import Database
from storage.files import FileStore
from storage.query_words import TABLE
from storage.table_rows import tables


def database_bytes(database: Database, url: str) -> bytes:
    """SQLite: the file with its free pages, its journal and its index. PostgreSQL: every table's text."""
    if url.startswith("sqlite"):
        path = Path(url.removeprefix("sqlite:///"))
        database._backend.checkpoint()
        return b"".join(each.read_bytes() for each in sorted(path.parent.glob(f"{path.name}*")))
    kept = [*(table.name for table in tables()), TABLE]
    with psycopg.connect(url) as connection:
        found = [connection.execute(f'SELECT t::text FROM "{name}" t').fetchall() for name in kept]
    return "\n".join(row[0] for rows in found for row in rows).encode()


def store_bytes(store: FileStore) -> bytes:
    """Every file of the store in the clear, its name before it."""
    found = []
    for name, path in store.every().items():
        found.append(name.encode())
        if not name.startswith("confidential/"):
            with path.open("rb") as sealed, (path.parent / "plain").open("w+b") as plain:
                store._seal.open_file(sealed, plain)
                plain.seek(0)
                found.append(plain.read())
            (path.parent / "plain").unlink()
    return b"\n".join(found)


def found_in(kept: bytes, words: Iterable[str]) -> list[str]:
    """Which of the words are there, as UTF-8 or as JSON and PostgreSQL write them."""
    folded = kept.lower()
    return [word for word in words if any(way.lower().encode() in folded for way in _spelt(word))]


def _spelt(word: str) -> tuple[str, ...]:
    escaped = json.dumps(word)[1:-1]
    return word, escaped, escaped.replace("\\", "\\\\")
