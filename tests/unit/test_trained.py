"""What the router learned is kept between starts, and only what it would learn again."""

from pathlib import Path

import numpy as np
import pytest
import structlog

from adapters.encoder import LexicalEncoder
from bot.core.routing.encoder import Vectors
from bot.core.routing.head import Head
from bot.trained import trained

TEXTS = ("camps and sites", "who coordinates camps", "a visa for a student", "visa rules")
LABELS = ("cccm", "cccm", "visa", "visa")


class Counting(LexicalEncoder):
    """Says how many phrases it was given."""

    def __init__(self) -> None:
        self.encoded = 0

    def encode(self, texts: "list[str] | tuple[str, ...]") -> Vectors:  # type: ignore[override]
        self.encoded += len(texts)
        return super().encode(texts)


def same(one: Head, other: Head) -> bool:
    equal = np.array_equal(one.weights, other.weights) and np.array_equal(one.bias, other.bias)
    return equal and (one.labels, one.temperature) == (other.labels, other.temperature)


def test_a_second_start_reads_what_the_first_learned(tmp_path: Path) -> None:
    """The very same head, and nothing is encoded again."""
    encoder = Counting()
    first = trained(encoder, TEXTS, LABELS, tmp_path / "cache")
    assert same(trained(encoder, TEXTS, LABELS, tmp_path / "cache"), first)
    assert encoder.encoded == len(TEXTS)


def test_other_phrases_are_learned_anew(tmp_path: Path) -> None:
    """One changed phrase is another head, and the old one is not kept."""
    encoder = Counting()
    trained(encoder, TEXTS, LABELS, tmp_path)
    trained(encoder, (*TEXTS[:3], "student visa"), LABELS, tmp_path)
    assert encoder.encoded == 2 * len(TEXTS)
    assert len(list(tmp_path.iterdir())) == 1


@pytest.mark.parametrize("damage", [b"", b"PK\x03\x04 half a file", b"not a head at all"])
def test_a_damaged_file_is_replaced(tmp_path: Path, damage: bytes) -> None:
    """It costs a second, and the next start reads a whole one again."""
    encoder = Counting()
    first = trained(encoder, TEXTS, LABELS, tmp_path)
    next(tmp_path.iterdir()).write_bytes(damage)
    with structlog.testing.capture_logs() as logs:
        assert same(trained(encoder, TEXTS, LABELS, tmp_path), first)
    assert [each["event"] for each in logs] == ["trained.not_readable"]
    assert same(trained(encoder, TEXTS, LABELS, tmp_path), first)
    assert encoder.encoded == 2 * len(TEXTS)


def test_a_folder_that_cannot_be_made_is_no_obstacle(tmp_path: Path) -> None:
    """The head is trained, and a line says that it was not kept."""
    (tmp_path / "file").write_text("in the way")
    with structlog.testing.capture_logs() as logs:
        assert trained(LexicalEncoder(), TEXTS, LABELS, tmp_path / "file" / "cache").labels == ("cccm", "visa")
    assert "trained.not_kept" in [each["event"] for each in logs]
