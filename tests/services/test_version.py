"""A database that has every version is left alone; any other is migrated."""

import subprocess
import sys

import sqlalchemy as sa

from storage.database import Database
from storage.version import bring_up_to_date, newest


def test_an_empty_database_gets_its_tables(empty_url: str) -> None:
    """The first start needs no other command."""
    bring_up_to_date(empty_url)
    database = Database(empty_url)
    version = database.run_sync(lambda tx: tx.scalar(sa.text("SELECT version_num FROM alembic_version")))
    database.close()

    assert version == newest()


def test_a_current_database_loads_no_migrations(database_url: str) -> None:
    """What every later start saves is 10 MB."""
    lines = ("import sys", "from storage.version import bring_up_to_date as bring", f"bring({database_url!r})")
    code = "; ".join((*lines, "print('alembic' in sys.modules)"))
    said = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert said.stdout.strip() == "False"
