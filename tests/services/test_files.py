"""The file store on a real folder."""

import asyncio
import hashlib
import os
from pathlib import Path

import pytest

from bot.core.channel import FileNotTaken
from bot.core.message import FileKind, FileRef, FileRefusal
from storage.files import FileStore, sniff
from storage.sealing import ProcessSeal, Unopenable

PDF = b"%PDF-1.7 a confidential plan"


@pytest.fixture
def store(tmp_path: Path, seal: ProcessSeal) -> FileStore:
    return FileStore(tmp_path / "files", seal, most_bytes=1000)


def kept(tmp_path: Path) -> list[Path]:
    return [path for path in (tmp_path / "files").rglob("*") if path.is_file()]


def fetching(data: bytes):  # type: ignore[no-untyped-def]
    async def fetch(into: Path) -> None:
        await asyncio.to_thread(into.write_bytes, data)

    return fetch


async def test_a_file_comes_back_as_it_was(store: FileStore, tmp_path: Path) -> None:
    """Named by its content, sealed on disk, plain only while it is open."""
    stored = await store.take(fetching(PDF), FileRef("1", "plan.exe", FileKind.DOCUMENT))
    assert hashlib.sha256(PDF).hexdigest() == stored.sha256
    assert ("plan.exe", "application/pdf", len(PDF)) == (stored.name, stored.media_type, stored.size)
    assert [PDF in path.read_bytes() for path in kept(tmp_path)] == [False]
    with store.open_plain(stored) as path:
        assert path.read_bytes() == PDF
        assert path.stat().st_mode & 0o777 == 0o600
    assert not path.exists()


async def test_the_same_content_is_kept_once(store: FileStore, tmp_path: Path) -> None:
    """Two people who send the same document fill one place."""
    first = await store.take(fetching(PDF), FileRef("1", "a.pdf"))
    second = await store.add_bytes(PDF, "b.pdf", "application/pdf")
    assert first.sha256 == second.sha256
    assert len(kept(tmp_path)) == 1


async def test_too_large_a_file_is_refused(store: FileStore, tmp_path: Path) -> None:
    """Whatever the platform said of its size; nothing of it is left."""
    for ref, data in ((FileRef("1", "a", size=1001), b""), (FileRef("1", "a"), bytes(1001))):
        with pytest.raises(FileNotTaken) as caught:
            await store.take(fetching(data), ref)
        assert FileRefusal.TOO_BIG is caught.value.why
    assert kept(tmp_path) == []


async def test_a_fetch_that_breaks_leaves_nothing(store: FileStore, tmp_path: Path) -> None:
    """Half a file is no file."""

    async def broken(into: Path) -> None:
        await asyncio.to_thread(into.write_bytes, PDF[:5])
        raise FileNotTaken(FileRefusal.UNAVAILABLE)

    with pytest.raises(FileNotTaken):
        await store.take(broken, FileRef("1", "a"))
    assert kept(tmp_path) == []


async def test_an_erased_file_is_gone(store: FileStore) -> None:
    """Opening it says so."""
    stored = await store.add_bytes(PDF, "a.pdf", "application/pdf")
    store.erase(stored.sha256)
    with pytest.raises(Unopenable), store.open_plain(stored):
        pass


async def test_a_name_cannot_lead_out_of_the_folder(store: FileStore) -> None:
    """Only what could be a digest is looked for."""
    with pytest.raises(ValueError, match="stored file"):
        store.erase("../" + "a" * 61)


def test_plain_copies_of_a_crash_are_swept(tmp_path: Path, seal: ProcessSeal) -> None:
    """The next start removes what an earlier one left in the clear."""
    FileStore(tmp_path / "files", seal)
    left = tmp_path / "files" / "open" / "left"
    left.write_bytes(PDF)
    os.utime(left, (1, 1))
    FileStore(tmp_path / "files", seal)
    assert not left.exists()


@pytest.mark.parametrize(
    ("head", "name", "found"),
    [
        (b"\xff\xd8\xff\xe0", "a.png", "image/jpeg"),
        (b"OggS\x00", "voice", "audio/ogg"),
        (b"PK\x03\x04", "a.docx", "application/vnd.openxmlformats-officedocument.wordprocessingml.document"),
        (b"PK\x03\x04", "a.jpg", "application/zip"),
        (b"<html><script>", "a.html", "text/plain"),
        ("naïve".encode(), "a.csv", "text/csv"),
        ("é".encode()[:1], "cut.txt", "text/plain"),
        (b"a\x00b", "a.txt", "application/octet-stream"),
        (b"", "empty.pdf", "application/octet-stream"),
        (b"MZ\x90", "photo.jpg", "application/vnd.microsoft.portable-executable"),
    ],
)
def test_the_content_says_what_a_file_is(head: bytes, name: str, found: str) -> None:
    """A name is believed only where the content leaves a choice."""
    assert found == sniff(head, name)
