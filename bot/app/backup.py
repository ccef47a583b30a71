"""Making a backup of database and files, looking at one, and putting one back."""

import asyncio
import base64
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import BinaryIO, cast

from bot.app.keys import erasure_journal, known_process_key
from bot.app.offline import opened
from bot.core.errors import BotError
from bot.services import restoring
from bot.services.setup import Setup
from config.settings import Settings
from storage import clock, file_uses, fresh, table_rows
from storage.archive import Archive, ArchiveWriter, BadBackup, Manifest
from storage.database import Database, Transaction
from storage.sealing import (
    ProcessSeal,
    StreamSealer,
    Unopenable,
    is_sealed_stream,
    open_stream,
    process_key,
    read_private_key,
)
from storage.version import newest

_PROOF = b"csobot"
#: An erasure that was under way while the backup was made may be older than the backup and not in it.
_MARGIN = timedelta(minutes=10)


class NotEmpty(BotError):
    """This database is in use. To throw away what is in it and put the backup in its place, say --replace."""


@dataclass(frozen=True, slots=True)
class Restored:
    """What was put back."""

    rows: int
    files: int
    erased_again: int


def back_up(target: Path, to_key: str) -> Manifest:
    """Write the backup; the file is there whole or not at all. Sealed for the holder of a key when one is given."""
    with opened() as (database, setup), _written(target) as file:
        return asyncio.run(database.read(lambda tx: _write(tx, setup, file, to_key)))


def _write(tx: Transaction, setup: Setup, file: BinaryIO, to_key: str) -> Manifest:
    """From the beginning, each time: the work may run once more when the connection was lost."""
    file.seek(0)
    file.truncate()
    sealer = StreamSealer(file, to_key) if to_key else None
    proof = base64.b64encode(setup.seal.seal(_PROOF)).decode()
    last = table_rows.numbers(tx)
    manifest = Manifest(schema=newest(), created_at=clock.now(tx), sealed=proof, numbers=last)
    writer = ArchiveWriter(cast("BinaryIO", sealer) if sealer else file, manifest)
    for table in table_rows.tables():
        writer.add_table(table.name, table_rows.lines(tx, table))
    for name, path in setup.files.every().items():
        writer.add_file(name, path)
    writer.close()
    if sealer:
        sealer.close()
    return manifest


@contextmanager
def _written(target: Path) -> Iterator[BinaryIO]:
    """A file for nobody but the owner, under its name only when it is complete and on the disk."""
    scratch = target.with_name(f"{target.name}.partial")
    try:
        with os.fdopen(os.open(scratch, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        scratch.replace(target)
    finally:
        with suppress(FileNotFoundError):
            scratch.unlink()


@contextmanager
def archive(source: Path, key: Path | None, passphrase: str) -> Iterator[Archive]:
    """The backup, opened with the private key where it is sealed; raises `BadBackup` when it is none."""
    try:
        file = source.open("rb")
    except OSError as error:
        raise BadBackup(f"{source} cannot be read: {error.strerror}.") from None
    with file, tempfile.TemporaryFile() as plain:
        if not is_sealed_stream(file):
            yield Archive(file)
            return
        if key is None:
            raise BadBackup("This backup is sealed: give the private key file with --key.")
        open_stream(file, plain, read_private_key(key), passphrase)
        plain.seek(0)
        yield Archive(cast("BinaryIO", plain))


def examine(settings: Settings, found: Archive) -> list[str]:
    """Everything that would stand in the way of putting it back; nothing is touched, not even made."""
    problems = found.problems()
    made, here = found.manifest.schema, newest()
    if made != here:
        problems.append(f"its tables have version {made} and those of this csobot {here}: restore it with that csobot")
    return problems + _key_problems(settings, found)


def _key_problems(settings: Settings, found: Archive) -> list[str]:
    text = known_process_key(settings)
    if not text:
        return ["there is no process key here to open its files with: put the keys back first"]
    try:
        ProcessSeal(process_key(text)).open(base64.b64decode(found.manifest.sealed))
    except (Unopenable, ValueError):
        return ["the process key of this installation does not open its files: put the right key back first"]
    return []


def restore(settings: Settings, found: Archive, *, replace: bool) -> Restored:
    """Put it back, all or nothing: deliveries are held, and whoever was erased since is erased again."""
    if problems := examine(settings, found):
        raise BadBackup(f"{'; '.join(problems)}.")
    with opened() as (database, setup):
        if not replace and not database.run_sync(restoring.is_empty):
            raise NotEmpty
        found.restore_files(setup.files)
        erased = erasure_journal(settings).since(found.manifest.created_at - _MARGIN)
        restored = database.run_sync(lambda tx: _put_back(tx, setup, found, erased))
        _drop_unused(database, setup)
        asyncio.run(database.checkpoint())
    return restored


def _put_back(tx: Transaction, setup: Setup, found: Archive, erased: tuple[int, ...]) -> Restored:
    fresh.empty(tx)
    rows = sum(table_rows.load(tx, table, found.lines(table.name)) for table in table_rows.tables())
    table_rows.go_on_from(tx, found.manifest.numbers)
    again = restoring.settle(tx, setup, found.manifest.created_at, erased, clock.now(tx))
    return Restored(rows, len(found.manifest.files), again)


def _drop_unused(database: Database, setup: Setup) -> None:
    """Files of those who were erased, and of what was replaced: not an hour later, but now."""
    contents = setup.files.kept_since(0)
    for content in database.run_sync(lambda tx: file_uses.unused(tx, contents)):
        setup.files.erase(content)
