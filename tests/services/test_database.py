"""Transactions on both databases."""

import asyncio
import threading
from datetime import UTC, datetime, timedelta
from pathlib import Path

import psycopg
import pytest
import sqlalchemy as sa

from bot.core.errors import SettingsProblem
from storage import clock
from storage.database import Database, Transaction, Unavailable
from storage.migrate import differences, migrate
from storage.tables import accounts
from storage.version import current


def put(name: str):  # type: ignore[no-untyped-def]
    def work(tx: Transaction) -> None:
        tx.execute(sa.insert(accounts).values(account=name, kind="telegram", name=name))

    return work


def names(tx: Transaction) -> list[str]:
    return list(tx.execute(sa.select(accounts.c.account).order_by(accounts.c.account)).scalars())


async def test_what_has_run_can_be_read(database: Database) -> None:
    """A work is durable when `run` returns."""
    await database.run(put("a"))
    assert await database.read(names) == ["a"]


async def test_a_work_that_raises_is_undone_alone(database: Database) -> None:
    """Works that share a commit do not share their failures."""

    def broken(tx: Transaction) -> None:
        put("broken")(tx)
        raise LookupError("of this work")

    results = await asyncio.gather(
        *(database.run(work) for work in (put("a"), broken, put("b"))), return_exceptions=True
    )
    assert [None, LookupError, None] == [each if each is None else type(each) for each in results]
    assert await database.read(names) == ["a", "b"]


async def test_readers_cannot_write(database: Database) -> None:
    """What is only read cannot change anything by mistake."""
    with pytest.raises(sa.exc.DBAPIError):
        await database.read(put("a"))


async def test_reading_does_not_wait_for_writing(database: Database) -> None:
    """A long transaction does not hold up a page that only reads."""
    begun, go_on = threading.Event(), threading.Event()

    def slow(tx: Transaction) -> None:
        put("slow")(tx)
        begun.set()
        go_on.wait(5)

    writing = asyncio.create_task(database.run(slow))
    await asyncio.to_thread(begun.wait, 5)
    seen = await database.read(names)
    go_on.set()
    await writing
    assert seen == []


def test_sqlite_groups_what_waits(sqlite_url: str) -> None:
    """Works that wait while another commits share the next commit."""
    database = Database(sqlite_url)
    commits: list[int] = []
    engine = database._backend._engine  # type: ignore[attr-defined]
    sa.event.listen(engine, "commit", lambda _tx: commits.append(1))
    go_on = threading.Event()

    async def many() -> None:
        first = asyncio.create_task(database.run(lambda _tx: go_on.wait(5)))
        await asyncio.sleep(0.02)
        others = [asyncio.create_task(database.run(put(f"{i:02}"))) for i in range(50)]
        await asyncio.sleep(0.02)
        go_on.set()
        await asyncio.gather(first, *others)

    asyncio.run(many())
    assert len(database.run_sync(names)) == 50
    database.close()
    assert len(commits) <= 4


async def test_a_work_may_be_tried_again_after_a_deadlock(postgresql_url: str) -> None:
    """Two transactions that lock each other out both end well."""
    database = Database(postgresql_url)
    await database.run(put("a"))
    await database.run(put("b"))
    meet = threading.Barrier(2)
    tries: list[str] = []

    def crossed(first: str, second: str):  # type: ignore[no-untyped-def]
        def work(tx: Transaction) -> None:
            tries.append(first)
            tx.execute(sa.update(accounts).where(accounts.c.account == first).values(team="x"))
            if len(tries) <= 2:
                meet.wait(5)
            tx.execute(sa.update(accounts).where(accounts.c.account == second).values(team="x"))

        return work

    await asyncio.gather(database.run(crossed("a", "b")), database.run(crossed("b", "a")))
    database.close()
    assert len(tries) == 3


async def test_a_lost_connection_is_replaced(postgresql_url: str) -> None:
    """A server that dropped our connections is asked again."""
    database = Database(postgresql_url)
    await database.run(put("a"))
    with psycopg.connect(postgresql_url, autocommit=True) as other:
        mine = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid() AND datname = %s"
        other.execute(mine, [other.info.dbname])
    await database.run(put("b"))
    seen = await database.read(names)
    database.close()
    assert seen == ["a", "b"]


async def test_an_unreachable_database_says_so(tmp_path: Path) -> None:
    """The error tells that trying again may help, and holds no secret."""
    database = Database(f"postgresql://somebody:secret@/nothing?host={tmp_path}")
    with pytest.raises(Unavailable) as caught:
        await database.run(names)
    database.close()
    assert "secret" not in str(caught.value)


@pytest.mark.parametrize("url", ["mysql://x", "sqlite://", "nonsense", "postgresql+asyncpg://x"])
def test_other_addresses_are_refused(url: str) -> None:
    """Only the two databases that are tested are taken."""
    with pytest.raises(SettingsProblem):
        Database(url)


async def test_a_mistake_of_ours_is_not_called_unavailable(database: Database) -> None:
    """A wrong statement is an error to mend, not one to try again."""
    with pytest.raises(sa.exc.DBAPIError):
        await database.run(lambda tx: tx.execute(sa.text("SELECT * FROM nothing_of_this_name")))


def test_migrating_twice_changes_nothing(empty_url: str) -> None:
    """The migrated database has exactly the tables the program is written against."""
    assert not current(empty_url)
    migrate(empty_url)
    migrate(empty_url)
    assert current(empty_url)
    assert differences(empty_url) == []


def test_partial_indexes_are_partial(postgresql_url: str) -> None:
    """Alembic compares no conditions, so they are looked at here."""
    with psycopg.connect(postgresql_url) as connection:
        found = connection.execute("SELECT count(*) FROM pg_indexes WHERE indexdef LIKE '%WHERE%'").fetchone()
    partial = [
        index
        for table in accounts.metadata.tables.values()
        for index in table.indexes
        if index.dialect_options["postgresql"]["where"] is not None
    ]
    assert found == (len(partial),)


def on_disk(path: Path) -> bytes:
    return path.read_bytes() + path.with_name(path.name + "-wal").read_bytes()


async def test_erased_text_leaves_the_file(sqlite_url: str) -> None:
    """After a checkpoint nothing of a deleted row is left in SQLite's files."""
    database = Database(sqlite_url)
    await database.run(put("unmistakable-text"))
    await database.run(lambda tx: tx.execute(sa.delete(accounts)))
    await database.checkpoint()
    kept = await asyncio.to_thread(on_disk, Path(sqlite_url.removeprefix("sqlite:///")))
    database.close()
    assert b"unmistakable-text" not in kept


async def test_the_product_clock_follows_the_database(database: Database) -> None:
    """Unmoved, it is the database's time."""
    told = await database.run(clock.now)
    assert abs(told - datetime.now(UTC)) < timedelta(seconds=5)


async def test_the_product_clock_can_be_moved_and_frozen(database: Database, now: datetime) -> None:
    """Moved ahead, it runs on from there; frozen, it stands; released, it does not jump back."""
    await database.run(lambda tx: clock.move(tx, timedelta(days=10)))
    assert await database.run(clock.now) > datetime.now(UTC) + timedelta(days=9)
    await database.run(lambda tx: clock.freeze(tx, now))
    assert now == await database.run(clock.now)
    await database.run(lambda tx: clock.move(tx, timedelta(hours=2)))
    assert now + timedelta(hours=2) == await database.run(clock.now)
    await database.run(clock.release)
    assert timedelta(0) <= await database.run(clock.now) - (now + timedelta(hours=2)) < timedelta(seconds=5)
