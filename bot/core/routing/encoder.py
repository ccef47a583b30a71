"""What the router needs of an encoder and of a language detector."""

from collections.abc import Sequence
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from bot.core.routing.reading import Confidence

#: One row of length 1 for each text.
Vectors = NDArray[np.float32]


class Encoder(Protocol):
    """Turns texts into vectors that are near when the texts mean the same. Safe to call from several threads."""

    @property
    def name(self) -> str:
        """Name and version of the model, for the label log and the console."""
        ...

    @property
    def confidence(self) -> Confidence:
        """What the router may do with probabilities learnt on these vectors."""
        ...

    def encode(self, texts: Sequence[str]) -> Vectors:
        """One row for each text."""
        ...


class LanguageDetector(Protocol):
    """Names the language a text is written in."""

    def detect(self, text: str) -> str:
        """One of the office's content languages; empty when unclear."""
        ...


class CountryFinder(Protocol):
    """Finds names of countries in a text."""

    def find(self, text: str) -> tuple[str, ...]:
        """ISO codes in the order they are named, each once."""
        ...
