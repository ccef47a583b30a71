"""Rows of our own tables as lines of JSON, the same from either database and into either."""

import base64
import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import UTC, date, datetime
from itertools import islice
from typing import Any

import sqlalchemy as sa

from storage.columns import Moment
from storage.database import Dialect, Transaction, dialect
from storage.tables import metadata

_CHUNK = 500


def tables() -> tuple[sa.Table, ...]:
    """Every table, each after those it refers to."""
    return tuple(metadata.sorted_tables)


def lines(tx: Transaction, table: sa.Table) -> Iterator[bytes]:
    """One line a row, in the order of the key."""
    writers = {column.name: _writer(column) for column in table.c}
    every = sa.select(table).order_by(*table.primary_key.columns)
    for row in tx.execute(every, execution_options={"yield_per": _CHUNK}):
        values = {name: writers[name](value) for name, value in row._mapping.items() if value is not None}
        yield json.dumps(values, ensure_ascii=False, separators=(",", ":")).encode() + b"\n"


def load(tx: Transaction, table: sa.Table, found: Iterable[bytes]) -> int:
    """Put the rows back; returns how many there were. The table must be empty."""
    if dialect(tx) is Dialect.SQLITE:
        tx.execute(sa.text("PRAGMA defer_foreign_keys=ON"))
    readers = {column.name: _reader(column) for column in table.c}
    bound = {column.name: sa.bindparam(column.name, type_=_bound_as(column)) for column in table.c}
    statement = sa.insert(table).values(bound)
    count, waiting = 0, iter(found)
    while chunk := list(islice(waiting, _CHUNK)):
        tx.execute(statement, [_row(json.loads(line), readers) for line in chunk])
        count += len(chunk)
    return count


def _row(values: Mapping[str, Any], readers: Mapping[str, Callable[[Any], Any]]) -> dict[str, Any]:
    return {name: None if values.get(name) is None else read(values[name]) for name, read in readers.items()}


def _bound_as(column: "sa.Column[Any]") -> sa.types.TypeEngine[Any]:
    """JSON null and no value at all were written alike: both become no value."""
    return sa.JSON(none_as_null=True) if isinstance(column.type, sa.JSON) else column.type


def _writer(column: "sa.Column[Any]") -> Callable[[Any], Any]:
    if isinstance(column.type, Moment | sa.Date):
        return lambda value: value.isoformat()
    if isinstance(column.type, sa.LargeBinary):
        return lambda value: base64.b64encode(value).decode()
    return _as_it_is


def _reader(column: "sa.Column[Any]") -> Callable[[Any], Any]:
    if isinstance(column.type, Moment):
        return lambda text: datetime.fromisoformat(text).astimezone(UTC)
    if isinstance(column.type, sa.Date):
        return date.fromisoformat
    if isinstance(column.type, sa.LargeBinary):
        return base64.b64decode
    return _as_it_is


def _as_it_is(value: Any) -> Any:
    return value


def numbers(tx: Transaction) -> dict[str, int]:
    """The last number that each table gave out: no number is given to two things, even when rows have gone since."""
    if dialect(tx) is Dialect.SQLITE:
        return {row.name: row.seq for row in tx.execute(sa.text("SELECT name, seq FROM sqlite_sequence"))}
    return {table.name: _highest(tx, table) for table in tables() if _counts(table)}


def go_on_from(tx: Transaction, last: Mapping[str, int]) -> None:
    """Give out numbers above these, and above those that are in use."""
    for table in tables():
        if not _counts(table):
            continue
        highest = max(last.get(table.name, 0), tx.scalar(sa.select(sa.func.max(table.c.id))) or 0)
        if dialect(tx) is Dialect.POSTGRESQL and highest:
            sequence = sa.func.pg_get_serial_sequence(table.name, "id")
            tx.execute(sa.select(sa.func.setval(sequence, highest)))
        elif table.dialect_options["sqlite"]["autoincrement"]:
            tx.execute(sa.text("DELETE FROM sqlite_sequence WHERE name = :name"), {"name": table.name})
            row = {"name": table.name, "seq": highest}
            tx.execute(sa.text("INSERT INTO sqlite_sequence (name, seq) VALUES (:name, :seq)"), row)


def _counts(table: sa.Table) -> bool:
    return "id" in table.c and table.c.id.identity is not None


def _highest(tx: Transaction, table: sa.Table) -> int:
    sequence = tx.scalar(sa.select(sa.func.pg_get_serial_sequence(table.name, "id")))
    row = tx.execute(sa.text(f"SELECT last_value, is_called FROM {sequence}")).one()  # noqa: S608 - the server's own name
    return int(row.last_value) if row.is_called else 0
