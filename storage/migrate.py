"""Bringing a database to the newest shape: safe to run twice, and from several processes at once."""

from pathlib import Path

import sqlalchemy as sa
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.util import CommandError

from bot.core.errors import SettingsProblem
from storage import migrations, query_words
from storage.database import make_engine
from storage.tables import metadata

#: Any number, the same in every process: who holds it migrates, the others wait.
_LOCK = 7276_2026


def migrate(url: str, to: str = "head") -> None:
    """Run the versions that are missing, all in one transaction; raises `SettingsProblem` when it cannot be done."""
    try:
        _upgrade(url, to)
    except sa.exc.ProgrammingError:  # a mistake of ours, not of the address
        raise
    except (sa.exc.DatabaseError, OSError) as error:
        # not chained, and only the server's own first line: the address holds a password
        reason = str(error.strerror if isinstance(error, OSError) else error.orig)
        problem = f"The database of CSOBOT_DATABASE_URL cannot be used: {reason.splitlines()[0]}."
    except CommandError:
        problem = "The database of CSOBOT_DATABASE_URL was made by a newer csobot; run that one."
    else:
        return
    raise SettingsProblem(problem)


def _upgrade(url: str, to: str) -> None:
    engine = make_engine(url)
    try:
        with engine.begin() as connection:
            if connection.dialect.name == "postgresql":
                connection.execute(sa.select(sa.func.pg_advisory_xact_lock(_LOCK)))
            config = _config()
            config.attributes["connection"] = connection
            command.upgrade(config, to)
    finally:
        engine.dispose()


def differences(url: str) -> list[str]:
    """What the database's shape lacks or has beyond the tables this program is written against."""
    engine = make_engine(url)
    try:
        with engine.begin() as connection:
            context = MigrationContext.configure(connection, opts={"include_name": _ours})
            return [str(each) for each in compare_metadata(context, metadata)]
    finally:
        engine.dispose()


def _ours(name: str | None, kind: str, _parents: object) -> bool:
    """The index of the search is made for each database in its own way."""
    return kind != "table" or not str(name).startswith(query_words.TABLE)


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(Path(str(migrations.__file__)).parent))
    return config
