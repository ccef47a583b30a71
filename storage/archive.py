"""A backup: one tar file with the rows of every table, the sealed files, and a manifest of what must be in it."""

import hashlib
import io
import json
import re
import tarfile
import tempfile
from collections.abc import Callable, Iterable, Iterator
from dataclasses import asdict, dataclass, field
from datetime import datetime
from pathlib import Path
from typing import IO, BinaryIO

from bot.core.errors import BotError
from storage.files import FileStore

FORMAT = 1
_MANIFEST = "manifest.json"
_TABLE = "tables/{}.jsonl"
_FILE = "files/{}"
_FILE_NAME = re.compile(r"(?:[0-9a-f]{2}|confidential/[0-9a-f]{32})/[0-9a-f]{64}")
_SPOOLED = 4 * 1024 * 1024
_CHUNK = 1024 * 1024


class BadBackup(BotError):
    """The backup is damaged, or it is none. The sentence says what does not fit."""

    template = "errors.bad_backup"


@dataclass(frozen=True, slots=True)
class Part:
    """A table or a file in the archive."""

    #: Rows of a table, bytes of a file.
    count: int
    sha256: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Manifest:
    """What the archive holds. No words of anybody, only counts and hashes."""

    format: int = FORMAT
    #: Version of the tables.
    schema: str
    created_at: datetime
    #: Opens with the process key that the files and waiting events need.
    sealed: str
    tables: dict[str, Part] = field(default_factory=dict)
    files: dict[str, Part] = field(default_factory=dict)
    #: Last number each table gave out.
    numbers: dict[str, int] = field(default_factory=dict)


class ArchiveWriter:
    """Writes an archive from front to back, so that it can be sealed on the way."""

    def __init__(self, target: BinaryIO, manifest: Manifest) -> None:
        self._tar = tarfile.open(fileobj=target, mode="w:")  # noqa: SIM115 - closed by `close`
        self.manifest = manifest

    def add_table(self, name: str, lines: Iterable[bytes]) -> None:
        count, digest = 0, hashlib.sha256()
        with tempfile.SpooledTemporaryFile(_SPOOLED) as spool:
            for line in lines:
                spool.write(line)
                digest.update(line)
                count += 1
            size = spool.tell()
            spool.seek(0)
            self._add(_TABLE.format(name), size, spool)
        self.manifest.tables[name] = Part(count, digest.hexdigest())

    def add_file(self, name: str, path: Path) -> None:
        """One file of the store, as it lies there; one that was erased a moment ago is left out."""
        try:
            with path.open("rb") as source:
                digest = hashlib.file_digest(source, "sha256").hexdigest()
                size = source.tell()
                source.seek(0)
                self._add(_FILE.format(name), size, source)
        except FileNotFoundError:
            return
        self.manifest.files[name] = Part(size, digest)

    def close(self) -> None:
        """The manifest comes last: an archive that was cut off has none."""
        text = json.dumps(asdict(self.manifest), default=_as_text, indent=1).encode()
        self._add(_MANIFEST, len(text), io.BytesIO(text))
        self._tar.close()

    def _add(self, name: str, size: int, source: IO[bytes]) -> None:
        head = tarfile.TarInfo(name)
        head.size, head.mode = size, 0o600
        self._tar.addfile(head, source)


def _as_text(moment: object) -> str:
    return moment.isoformat() if isinstance(moment, datetime) else str(moment)


class Archive:
    """An archive that is read; every part is checked against the manifest when it is asked for."""

    def __init__(self, source: BinaryIO) -> None:
        """Raises `BadBackup` when this is no archive of ours."""
        try:
            self._tar = tarfile.open(fileobj=source, mode="r:")  # noqa: SIM115 - the source is the caller's
            self.manifest = _manifest(json.loads(self._read(_MANIFEST)))
        except (tarfile.TarError, ValueError, KeyError, TypeError):
            raise BadBackup("This is no csobot backup, or its end is missing.") from None

    def problems(self) -> list[str]:
        """What does not fit the manifest; empty when everything is there and unchanged."""
        found = [problem for name in self.manifest.tables if (problem := self._table_problem(name))]
        found += [problem for name in self.manifest.files if (problem := self._file_problem(name))]
        return found

    def lines(self, table: str) -> Iterator[bytes]:
        """The rows of a table; none when the archive does not know the table."""
        if table in self.manifest.tables:
            yield from self._open(_TABLE.format(table))

    def restore_files(self, store: FileStore) -> None:
        """Every file into the store, as it was."""
        for name in self.manifest.files:
            with self._open(_FILE.format(name)) as source:
                store.put_back(name, source)

    def _table_problem(self, name: str) -> str:
        part = self.manifest.tables[name]
        try:
            count, digest = 0, hashlib.sha256()
            for line in self._open(_TABLE.format(name)):
                digest.update(line)
                count += 1
        except (KeyError, tarfile.TarError):
            return f"table {name} is missing"
        if (count, digest.hexdigest()) != (part.count, part.sha256):
            return f"table {name} was changed: {count} rows where {part.count} were written"
        return ""

    def _file_problem(self, name: str) -> str:
        if not _FILE_NAME.fullmatch(name):
            return "a file has a name that csobot never gives"
        try:
            with self._open(_FILE.format(name)) as source:
                digest = _digest(source)
        except (KeyError, tarfile.TarError):
            return f"file {name} is missing"
        return "" if digest == self.manifest.files[name].sha256 else f"file {name} was changed"

    def _read(self, name: str) -> bytes:
        with self._open(name) as source:
            return source.read()

    def _open(self, name: str) -> IO[bytes]:
        member = self._tar.extractfile(name)
        if member is None:
            raise KeyError(name)
        return member


def _digest(source: IO[bytes]) -> str:
    digest = hashlib.sha256()
    read: Callable[[], bytes] = lambda: source.read(_CHUNK)  # noqa: E731 - the form that iter() wants
    for chunk in iter(read, b""):
        digest.update(chunk)
    return digest.hexdigest()


def _manifest(said: dict[str, object]) -> Manifest:
    if said.get("format") != FORMAT:
        raise BadBackup("This backup has another format; restore it with the version of csobot that made it.")
    parts = {kind: {name: Part(**part) for name, part in said[kind].items()} for kind in ("tables", "files")}  # type: ignore[attr-defined]
    moment = datetime.fromisoformat(str(said["created_at"]))
    return Manifest(**{**said, **parts, "created_at": moment})  # type: ignore[arg-type]
