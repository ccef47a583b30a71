"""Sealing with the process key and for the confidential desk."""

import io

import pytest

from bot.core.errors import SettingsProblem
from storage.sealing import (
    ConfidentialBox,
    ProcessSeal,
    Unopenable,
    WrongPassphrase,
    new_confidential_pair,
    new_process_key,
    open_confidential,
    process_key,
)


def test_what_is_sealed_can_be_opened_with_the_same_key_only() -> None:
    """Another key, or a changed byte, opens nothing."""
    seal = ProcessSeal(process_key(new_process_key()))
    sealed = seal.seal(b"words")
    assert seal.open(sealed) == b"words"
    assert b"words" not in sealed
    for broken in (sealed[:-1] + bytes([sealed[-1] ^ 1]), b"", b"short"):
        with pytest.raises(Unopenable):
            seal.open(broken)
    with pytest.raises(Unopenable):
        ProcessSeal(process_key(new_process_key())).open(sealed)


@pytest.mark.parametrize("size", [0, 1, 65536, 65537, 200_000])
def test_files_of_any_size_are_sealed_in_chunks(seal: ProcessSeal, size: int) -> None:
    """What comes out is what went in, also at the edges of a chunk."""
    plain, sealed, opened = bytes(i % 251 for i in range(size)), io.BytesIO(), io.BytesIO()
    seal.seal_file(io.BytesIO(plain), sealed)
    seal.open_file(io.BytesIO(sealed.getvalue()), opened)
    assert plain == opened.getvalue()


def test_a_shortened_file_is_refused(seal: ProcessSeal) -> None:
    """A file that ends early at a chunk's edge is not taken for the whole."""
    sealed = io.BytesIO()
    seal.seal_file(io.BytesIO(bytes(200_000)), sealed)
    with pytest.raises(Unopenable):
        seal.open_file(io.BytesIO(sealed.getvalue()[: 24 + 65536 + 17]), io.BytesIO())


@pytest.mark.parametrize("text", ["", "not a key", "AAAA", "x" * 200])
def test_a_broken_process_key_is_named_but_not_shown(text: str) -> None:
    """The message says which setting; it never holds the secret."""
    with pytest.raises(SettingsProblem) as caught:
        process_key(text)
    assert "process key" in str(caught.value)
    assert not text or text not in str(caught.value)


@pytest.mark.req("S1-R5")
def test_only_the_desk_opens_what_is_confidential() -> None:
    """The public key seals; the private key opens with its passphrase, and a wrong one is told apart."""
    public, private = new_confidential_pair("correct horse")
    box = ConfidentialBox(public).seal("à part".encode())
    assert "à part".encode() == open_confidential(private, "correct horse", box)
    with pytest.raises(WrongPassphrase):
        open_confidential(private, "wrong", box)
    with pytest.raises(Unopenable):
        open_confidential(private, "correct horse", box[:-1])
    with pytest.raises(Unopenable):
        open_confidential("{}", "correct horse", box)


def test_a_broken_public_key_is_a_problem_of_the_settings() -> None:
    """It is found when csobot starts, not when somebody needs help."""
    with pytest.raises(SettingsProblem):
        ConfidentialBox("nonsense")
