"""Where transactions begin and end.

A work is a function of the transaction: it runs to its end and is durable, or leaves nothing. SQLite has one writer
thread beside read-only connections; PostgreSQL a pool. A work may run more than once, so it does nothing but SQL.
"""

import asyncio
import sqlite3
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from enum import StrEnum
from functools import cache
from pathlib import Path
from typing import Protocol, TypeVar

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.sql.dml import ReturningInsert

from bot.core.errors import BotError, SettingsProblem
from storage.writer import Writer

__all__ = [
    "Database",
    "Dialect",
    "Transaction",
    "Unavailable",
    "dialect",
    "insert_all_missing",
    "insert_missing",
    "make_engine",
    "upsert",
    "upsert_all",
]

Transaction = sa.Connection
T = TypeVar("T")

PRAGMAS = ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", "busy_timeout=5000", "secure_delete=ON")
READERS = 4
#: Connections that write at once, PostgreSQL.
WRITERS = 8
#: Tries after PostgreSQL asked for another one (serialization failure, deadlock, connection lost before the commit).
TRIES = 5
_AGAIN = {"40001", "40P01"}
#: SQLite's primary result codes that say "not now": busy, locked, no memory, I/O, full, cannot open.
_NOT_NOW = {5, 6, 7, 10, 13, 14}


class Unavailable(BotError):
    """The database cannot be reached now. Nothing was kept; try again."""

    template = "errors.unavailable"


class Dialect(StrEnum):
    SQLITE = "sqlite"
    POSTGRESQL = "postgresql"


def dialect(tx: Transaction) -> Dialect:
    """Which database this is, where statements differ."""
    return Dialect(tx.dialect.name)


def upsert(
    tx: Transaction,
    table: sa.Table,
    row: Mapping[str, object],
    change: Mapping[str, object] | None = None,
) -> None:
    """Insert the row; where its primary key is taken, make the change instead, or nothing without one."""
    make = sqlite.insert if dialect(tx) is Dialect.SQLITE else postgresql.insert
    statement = make(table).values(dict(row))
    if change is None:
        tx.execute(statement.on_conflict_do_nothing())
    else:
        keys = [column.name for column in table.primary_key]
        tx.execute(statement.on_conflict_do_update(index_elements=keys, set_=dict(change)))


def upsert_all(tx: Transaction, table: sa.Table, rows: Sequence[Mapping[str, object]], change: str) -> None:
    """Insert the rows; where a primary key is taken, take over this one column."""
    make = sqlite.insert if dialect(tx) is Dialect.SQLITE else postgresql.insert
    statement = make(table)
    keys = [column.name for column in table.primary_key]
    taken = statement.on_conflict_do_update(index_elements=keys, set_={change: statement.excluded[change]})
    tx.execute(taken, [dict(row) for row in rows])


def insert_missing(
    tx: Transaction, table: sa.Table, rows: Sequence[Mapping[str, object]], returning: "sa.Column[T]"
) -> list[T]:
    """Insert the rows whose unique key is free; one column of each row that was inserted."""
    statement = _insert_missing(dialect(tx), table, returning)
    return list(tx.execute(statement, [dict(row) for row in rows]).scalars())


def insert_all_missing(tx: Transaction, table: sa.Table, rows: Sequence[Mapping[str, object]]) -> None:
    """Insert many rows, those whose unique key is free; all name the same columns."""
    make = sqlite.insert if dialect(tx) is Dialect.SQLITE else postgresql.insert
    tx.execute(make(table).on_conflict_do_nothing(), [dict(row) for row in rows])


@cache
def _insert_missing(kind: Dialect, table: sa.Table, returning: "sa.Column[T]") -> "ReturningInsert[T]":
    """Made once for each table: it is used for every message."""
    make = sqlite.insert if kind is Dialect.SQLITE else postgresql.insert
    return make(table).on_conflict_do_nothing().returning(returning)


class _Backend(Protocol):
    async def run(self, work: Callable[[Transaction], T]) -> T: ...

    async def read(self, work: Callable[[Transaction], T]) -> T: ...

    def run_sync(self, work: Callable[[Transaction], T]) -> T: ...

    def checkpoint(self) -> None: ...

    def close(self) -> None: ...


class Database:
    """One SQLite file or one PostgreSQL database; the same code works with either."""

    def __init__(self, url: str) -> None:
        """`url` is plain `sqlite:///path` (the folder is made) or `postgresql://…`."""
        self._backend: _Backend = _backend(url)

    async def run(self, work: Callable[[Transaction], T]) -> T:
        """Run `work` in a transaction; it is durable when this returns, and undone when this raises."""
        return await self._backend.run(work)

    async def read(self, work: Callable[[Transaction], T]) -> T:
        """Run `work` on a consistent view that cannot write; never waits for writers on SQLite."""
        return await self._backend.read(work)

    def run_sync(self, work: Callable[[Transaction], T]) -> T:
        """Like `run`, for a caller without an event loop."""
        return self._backend.run_sync(work)

    async def checkpoint(self) -> None:
        """After erasing: leave no erased text in SQLite's journal. Does nothing on PostgreSQL."""
        await asyncio.to_thread(self._backend.checkpoint)

    def close(self) -> None:
        """Finish what waits and let go of every connection."""
        self._backend.close()


def _backend(url: str) -> _Backend:
    try:
        parsed = sa.make_url(url)
    except sa.exc.ArgumentError:
        # not chained: the address may hold a password
        raise SettingsProblem("the database address is not of the form sqlite:///path or postgresql://…") from None
    if parsed.drivername == "sqlite" and parsed.database not in (None, "", ":memory:"):
        return _Sqlite(Path(str(parsed.database)))
    if parsed.drivername in ("postgresql", "postgresql+psycopg"):
        return _Postgres(parsed.set(drivername="postgresql+psycopg"))
    raise SettingsProblem("the database address is not of the form sqlite:///path or postgresql://…")


def make_engine(url: str) -> sa.Engine:
    """A plain engine for one-off work such as migrations; the same settings as the product's own."""
    parsed = sa.make_url(url)
    if parsed.drivername == "sqlite":
        return _sqlite_engine(Path(str(parsed.database)), "BEGIN IMMEDIATE")
    return sa.create_engine(parsed.set(drivername="postgresql+psycopg"), hide_parameters=True)


def _sqlite_engine(path: Path, begin: str, *pragmas: str) -> sa.Engine:
    path.parent.mkdir(parents=True, exist_ok=True)
    engine = sa.create_engine(
        sa.URL.create("sqlite", database=str(path)),
        connect_args={"check_same_thread": False},
        pool_size=READERS,
        hide_parameters=True,
    )

    def prepare(connection: sqlite3.Connection, _record: object) -> None:
        connection.isolation_level = None
        for pragma in (*PRAGMAS, *pragmas):
            connection.execute(f"PRAGMA {pragma}")

    sa.event.listen(engine, "connect", prepare)
    sa.event.listen(engine, "begin", lambda tx: tx.exec_driver_sql(begin))
    return engine


class _Sqlite:
    """One file: a writer thread, and readers beside it."""

    def __init__(self, path: Path) -> None:
        self._engine = _sqlite_engine(path, "BEGIN IMMEDIATE")
        self._readers = _sqlite_engine(path, "BEGIN", "query_only=ON")
        self._threads = ThreadPoolExecutor(READERS, "csobot-read")
        self._writer = Writer(self._engine, _explained)

    async def run(self, work: Callable[[Transaction], T]) -> T:
        return await asyncio.wrap_future(self._writer.put(work))

    async def read(self, work: Callable[[Transaction], T]) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._threads, self._read, work)

    def run_sync(self, work: Callable[[Transaction], T]) -> T:
        return self._writer.put(work).result()

    def checkpoint(self) -> None:
        connection = self._readers.raw_connection()
        try:
            connection.cursor().execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
        finally:
            connection.close()

    def close(self) -> None:
        self._writer.close()
        self._threads.shutdown()
        self._readers.dispose()
        self._engine.dispose()

    def _read(self, work: Callable[[Transaction], T]) -> T:
        try:
            with self._readers.begin() as tx:
                return work(tx)
        except sa.exc.DBAPIError as error:
            raise _explained(error) from error


class _Postgres:
    """A pool of connections, each used by one worker thread at a time."""

    def __init__(self, url: sa.URL) -> None:
        self._engine = sa.create_engine(
            url, pool_size=WRITERS + READERS, max_overflow=0, pool_timeout=10, hide_parameters=True
        )
        self._writers = ThreadPoolExecutor(WRITERS, "csobot-write")
        self._readers = ThreadPoolExecutor(READERS, "csobot-read")

    async def run(self, work: Callable[[Transaction], T]) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._writers, self.run_sync, work)

    async def read(self, work: Callable[[Transaction], T]) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._readers, self._read, work)

    def run_sync(self, work: Callable[[Transaction], T]) -> T:
        return self._tried(work, self._engine)

    def checkpoint(self) -> None:
        """Vacuuming is the server's own business."""

    def close(self) -> None:
        self._writers.shutdown()
        self._readers.shutdown()
        self._engine.dispose()

    def _read(self, work: Callable[[Transaction], T]) -> T:
        views = self._engine.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)
        return self._tried(work, views)

    def _tried(self, work: Callable[[Transaction], T], engine: sa.Engine) -> T:
        for attempt in range(1, TRIES + 1):
            try:
                with engine.begin() as tx:
                    return work(tx)
            except (sa.exc.DBAPIError, sa.exc.TimeoutError) as error:
                if attempt == TRIES or not _worth_another(error):
                    raise _explained(error) from error
            time.sleep(0.01 * 2**attempt)
        raise AssertionError("the last try returns or raises")


def _worth_another(error: Exception) -> bool:
    """Whether the server asked for the transaction again, or a pooled connection turned out to be dead."""
    if not isinstance(error, sa.exc.DBAPIError):
        return False
    return error.connection_invalidated or getattr(error.orig, "sqlstate", None) in _AGAIN


def _explained(error: Exception) -> Exception:
    """`Unavailable` where trying again later may help; the error itself where it is a mistake of ours."""
    if isinstance(error, sa.exc.TimeoutError):
        return Unavailable("no free database connection")
    if not isinstance(error, sa.exc.DBAPIError):
        return error
    orig = error.orig
    code = getattr(orig, "sqlite_errorcode", None)
    if code is not None:
        return Unavailable(f"the database cannot be used now (SQLite {code})") if code & 0xFF in _NOT_NOW else error
    state: str | None = getattr(orig, "sqlstate", None)
    lost = error.connection_invalidated or (state is None and isinstance(error, sa.exc.OperationalError))
    if lost or state in _AGAIN or (state or "")[:2] in ("08", "53", "57"):
        return Unavailable(f"the database cannot be used now ({state or 'no connection'})")
    return error
