"""The database and the office for commands that run beside the desk or without it."""

import secrets
from collections.abc import Iterator
from contextlib import contextmanager

from bot.app.keys import erasure_journal, load_keys
from bot.app.logs import set_up
from bot.services.setup import Setup
from config import settings as config
from config import world as worlds
from storage import organisations
from storage.database import Database
from storage.files import FileStore
from storage.version import bring_up_to_date


@contextmanager
def opened() -> Iterator[tuple[Database, Setup]]:
    """The migrated database and what use cases need, closed again afterwards."""
    settings = config.load()
    # What a command prints is read by other programs: log lines belong on stderr.
    set_up(settings.log_level.value)
    world = worlds.load(settings.world)
    url = settings.database_url.get_secret_value()
    bring_up_to_date(url)
    keys = load_keys(settings)
    database = Database(url)
    setup = Setup(
        world=world,
        new_token=lambda: secrets.token_urlsafe(18),
        seal_confidential=keys.confidential.seal,
        seal=keys.seal,
        files=FileStore(settings.files, keys.seal),
        erased=erasure_journal(settings).note,
    )
    try:
        database.run_sync(lambda tx: organisations.load(tx, world.organisations))
        yield database, setup
    finally:
        database.close()
