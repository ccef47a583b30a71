"""Files: named by their content, sealed on disk, opened for the length of a call."""

import asyncio
import hashlib
import os
import shutil
import tempfile
import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO

from bot.core.channel import FileNotTaken
from bot.core.message import FileKind, FileRef, FileRefusal, StoredFile
from storage.sealing import ProcessSeal, Unopenable

#: What Telegram lets a bot fetch; Slack's files are held to it as well.
MOST_BYTES = 20 * 1024 * 1024
#: Plain copies older than this were left by a crash.
_LEFT_OVER = 3600.0
_UNKNOWN = "application/octet-stream"

#: (offset, bytes, media type): what a file is, whatever its name says.
_MAGIC = (
    (0, b"%PDF-", "application/pdf"),
    (0, b"\x89PNG\r\n\x1a\n", "image/png"),
    (0, b"\xff\xd8\xff", "image/jpeg"),
    (0, b"GIF87a", "image/gif"),
    (0, b"GIF89a", "image/gif"),
    (8, b"WEBP", "image/webp"),
    (8, b"WAVE", "audio/wav"),
    (4, b"ftypM4A", "audio/mp4"),
    (4, b"ftypheic", "image/heic"),
    (4, b"ftyp", "video/mp4"),
    (0, b"OggS", "audio/ogg"),
    (0, b"ID3", "audio/mpeg"),
    (0, b"\xff\xfb", "audio/mpeg"),
    (0, b"\x1aE\xdf\xa3", "video/webm"),
    (0, b"PK\x03\x04", "application/zip"),
    (0, b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "application/x-ole-storage"),
    (0, b"{\\rtf", "application/rtf"),
    (0, b"MZ", "application/vnd.microsoft.portable-executable"),
    (0, b"\x7fELF", "application/x-executable"),
)
_OPEN_XML = "application/vnd.openxmlformats-officedocument."
_OPEN_DOCUMENT = "application/vnd.oasis.opendocument."
#: Archives that are documents: only there does the name decide.
_BY_NAME = {
    ("application/zip", ".docx"): f"{_OPEN_XML}wordprocessingml.document",
    ("application/zip", ".xlsx"): f"{_OPEN_XML}spreadsheetml.sheet",
    ("application/zip", ".pptx"): f"{_OPEN_XML}presentationml.presentation",
    ("application/zip", ".odt"): f"{_OPEN_DOCUMENT}text",
    ("application/zip", ".ods"): f"{_OPEN_DOCUMENT}spreadsheet",
    ("application/zip", ".odp"): f"{_OPEN_DOCUMENT}presentation",
    ("application/x-ole-storage", ".doc"): "application/msword",
    ("application/x-ole-storage", ".xls"): "application/vnd.ms-excel",
    ("application/x-ole-storage", ".ppt"): "application/vnd.ms-powerpoint",
    ("text/plain", ".csv"): "text/csv",
}


def sniff(head: bytes, name: str) -> str:
    """What the first bytes say. Text of any kind (HTML too) is plain text: it is never shown as a page."""
    for offset, magic, kind in _MAGIC:
        if head[offset : offset + len(magic)] == magic:
            return _BY_NAME.get((kind, Path(name).suffix.lower()), kind)
    if not head or b"\x00" in head:
        return _UNKNOWN
    try:
        head.decode("utf-8")
    except UnicodeDecodeError as error:
        if error.start < len(head) - 3:  # not just a character cut at the end
            return _UNKNOWN
    return _BY_NAME.get(("text/plain", Path(name).suffix.lower()), "text/plain")


class FileStore:
    """A folder of sealed files. The same content is kept once."""

    def __init__(self, folder: Path, seal: ProcessSeal, most_bytes: int = MOST_BYTES) -> None:
        self._folder = folder
        self._plain = folder / "open"
        self._seal = seal
        self._most = most_bytes
        self._plain.mkdir(parents=True, exist_ok=True, mode=0o700)
        _sweep(self._plain)

    async def take(self, fetch: Callable[[Path], Awaitable[None]], ref: FileRef) -> StoredFile:
        """Let `fetch` stream the file to a path, and keep it. Raises `FileNotTaken`, also from `fetch`."""
        if ref.size > self._most:
            raise FileNotTaken(FileRefusal.TOO_BIG)
        path = self._scratch()
        try:
            await fetch(path)
            return await asyncio.to_thread(self._keep, path, ref)
        finally:
            path.unlink(missing_ok=True)

    async def add_bytes(self, data: bytes, name: str, media_type: str) -> StoredFile:
        """Keep a file of our own making, whose media type we know."""
        return await asyncio.to_thread(self.add, data, name, media_type)

    @contextmanager
    def open_plain(self, stored: StoredFile) -> Iterator[Path]:
        """The file in the clear, at a path that is gone afterwards. Blocks: enter it in a worker thread."""
        path = self._scratch()
        try:
            try:
                with self._path(stored.sha256).open("rb") as source, path.open("wb") as target:
                    self._seal.open_file(source, target)
            except FileNotFoundError:
                raise Unopenable("the file was erased") from None
            yield path
        finally:
            path.unlink(missing_ok=True)

    def erase(self, sha256: str) -> None:
        """Remove the content; the caller knows that nothing refers to it any more."""
        self._path(sha256).unlink(missing_ok=True)

    def kept_since(self, seconds: float) -> list[str]:
        """Names of contents that nobody put here again for so long."""
        latest = time.time() - seconds
        contents = (path for path in self._folder.glob("??/*") if len(path.name) == 64)
        return [path.name for path in contents if path.stat().st_mtime < latest]

    def every(self) -> dict[str, Path]:
        """All contents by their names below the folder, those for the confidential desk included; all are sealed."""
        found = (*self._folder.glob("??/*"), *self._folder.glob("confidential/*/*"))
        return {path.relative_to(self._folder).as_posix(): path for path in sorted(found) if len(path.name) == 64}

    def put_back(self, name: str, sealed: IO[bytes]) -> None:
        """A content of a backup, sealed as it was, under the name that `every` gave it."""
        target = self._folder / name
        target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        scratch = self._scratch()
        try:
            with scratch.open("wb") as sink:
                shutil.copyfileobj(sealed, sink)
                sink.flush()
                os.fsync(sink.fileno())
            scratch.replace(target)
        finally:
            scratch.unlink(missing_ok=True)

    def seal_for_desk(self, key: str, stored: StoredFile, seal: Callable[[bytes], bytes]) -> None:
        """A copy that only the confidential desk can open, under the matter's key. Raises `Unopenable`."""
        folder = self._desk_folder(key)
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        scratch = self._scratch()
        try:
            with self.open_plain(stored) as plain:
                scratch.write_bytes(seal(plain.read_bytes()))
            scratch.replace(folder / stored.sha256)
        finally:
            scratch.unlink(missing_ok=True)

    def sealed_for_desk(self, key: str) -> dict[str, bytes]:
        """Sealed files of a matter, by the name of their content."""
        return {path.name: path.read_bytes() for path in sorted(self._desk_folder(key).glob("*"))}

    def erase_for_desk(self, key: str) -> None:
        """Remove the sealed files of a matter."""
        for path in self._desk_folder(key).glob("*"):
            path.unlink(missing_ok=True)

    def _desk_folder(self, key: str) -> Path:
        return self._folder / "confidential" / hashlib.sha256(key.encode()).hexdigest()[:32]

    def add(self, data: bytes, name: str, media_type: str) -> StoredFile:
        """As `add_bytes`, for callers that are in a worker thread already."""
        path = self._scratch()
        try:
            path.write_bytes(data)
            digest = self._put(path)
        finally:
            path.unlink(missing_ok=True)
        return StoredFile(digest, name, FileKind.DOCUMENT, media_type, len(data))

    def _keep(self, path: Path, ref: FileRef) -> StoredFile:
        size = path.stat().st_size
        if size > self._most:
            raise FileNotTaken(FileRefusal.TOO_BIG)
        with path.open("rb") as plain:
            kind = sniff(plain.read(4096), ref.name)
        return StoredFile(self._put(path), ref.name, ref.kind, kind, size, ref.seconds)

    def _put(self, plain: Path) -> str:
        with plain.open("rb") as source:
            digest = hashlib.file_digest(source, "sha256").hexdigest()
        target = self._path(digest)
        if target.exists():
            os.utime(target)  # or it might be swept while somebody is about to refer to it
            return digest
        target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        sealed = self._scratch()
        try:
            with plain.open("rb") as source, sealed.open("wb") as sink:
                self._seal.seal_file(source, sink)
                sink.flush()
                os.fsync(sink.fileno())
            sealed.replace(target)
        finally:
            sealed.unlink(missing_ok=True)
        _sync(target.parent)
        return digest

    def _path(self, sha256: str) -> Path:
        if len(sha256) != 64 or not sha256.isalnum():
            raise ValueError("not the name of a stored file")
        return self._folder / sha256[:2] / sha256

    def _scratch(self) -> Path:
        handle, name = tempfile.mkstemp(dir=self._plain)
        os.close(handle)
        return Path(name)


def _sync(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _sweep(folder: Path) -> None:
    for path in folder.iterdir():
        with suppress(FileNotFoundError):
            if time.time() - path.stat().st_mtime > _LEFT_OVER:
                path.unlink()
