"""Which version of its shape a database has. Alembic, which weighs 10 MB, is loaded only where one is missing."""

from pathlib import Path

import sqlalchemy as sa

from storage import migrations
from storage.database import make_engine


def bring_up_to_date(url: str) -> None:
    """Migrate where a version is missing; raises `SettingsProblem` when it cannot be done."""
    if not current(url):
        from storage.migrate import migrate  # noqa: PLC0415 - see above

        migrate(url)


def current(url: str) -> bool:
    """Whether the database has every version of this program."""
    return _version(url) == newest()


def _version(url: str) -> str:
    """The version the database says it has; empty when it has none or cannot be asked."""
    try:
        engine = make_engine(url)
        try:
            with engine.connect() as connection:
                versions = connection.execute(sa.text("SELECT version_num FROM alembic_version")).scalars().all()
        finally:
            engine.dispose()
    except (sa.exc.DatabaseError, OSError):
        return ""
    return versions[0] if len(versions) == 1 else ""


def newest() -> str:
    """The number of the last version in the folder; each file begins with its number."""
    folder = Path(str(migrations.__file__)).parent / "versions"
    return max(path.name.partition("_")[0] for path in folder.glob("[0-9]*_*.py"))
