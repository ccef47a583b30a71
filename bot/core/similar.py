"""Which open questions ask the same: vectors in few bytes, and how near is near enough."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from bot.core.canned import Wording
from bot.core.query import UNANSWERED, Query
from bot.core.routing.encoder import Vectors
from bot.core.routing.reading import Confidence

#: From this cosine on two questions are shown side by side. Measured on the sample's labelled questions and 32
#: rewordings of them, 21 in another language (tests/unit/reworded.csv): at 0.60 the sentence encoder finds 29 of the
#: 32 and takes none of 2,335 pairs on different topics. Letters alone find at 0.50 six of the eleven that are in the
#: same language and none in another, and take no wrong pair either.
NEAR: Mapping[Confidence, float] = {Confidence.CALIBRATED: 0.60, Confidence.BUTTONS_ONLY: 0.50}
#: Nearest ones that are kept for each question.
MOST = 50
#: So many are named on a card; with more of them it does not change any more.
SHOWN = 5
_LARGEST = 127
#: Rows that are compared at a time: what they need fits the processor's cache.
_ROWS = 1000


@dataclass(frozen=True, slots=True)
class Pair:
    """Two questions that ask nearly the same; the lower number first."""

    query: int
    other: int
    #: Cosine of their vectors.
    likeness: float


def comparable(query: Query, confidential_desk: str) -> bool:
    """Whether it may be put beside others: open, and neither sensitive nor confidential."""
    return query.status in UNANSWERED and not query.sensitive and query.desk != confidential_desk


def packed(vector: NDArray[np.float32]) -> bytes:
    """One byte for each number; the length is lost, the direction stays to within 0.002 of the cosine."""
    largest = float(np.abs(vector).max()) or 1.0
    numbers: NDArray[np.int8] = np.rint(vector / largest * _LARGEST).astype(np.int8)
    return numbers.tobytes()


def near(wanted: Mapping[int, bytes], kept: Mapping[int, bytes], least: float) -> tuple[Pair, ...]:
    """The pairs of something wanted and something kept, the most alike first; at most `MOST` for each that is wanted.

    All vectors are of the same encoder. What is wanted may be among what is kept: nothing is a pair with itself.
    """
    numbers, found = list(kept), dict[tuple[int, int], float]()
    if not wanted or not kept:
        return ()
    for number, likeness in zip(wanted, _cosines(list(wanted.values()), list(kept.values())).T, strict=True):
        for place in np.argsort(-likeness)[: MOST + 1]:
            other = numbers[place]
            if other != number and likeness[place] >= least:
                found[min(number, other), max(number, other)] = float(likeness[place])
    pairs = (Pair(one, other, likeness) for (one, other), likeness in found.items())
    return tuple(sorted(pairs, key=lambda pair: -pair.likeness))


def _cosines(wanted: Sequence[bytes], kept: Sequence[bytes]) -> Vectors:
    """One row for each that is kept, one column for each that is wanted."""
    ends = _directions(wanted).T
    blocks = (kept[start : start + _ROWS] for start in range(0, len(kept), _ROWS))
    return np.concatenate([_directions(block) @ ends for block in blocks])


def _directions(vectors: Sequence[bytes]) -> Vectors:
    """Of length 1; a vector of nothing points nowhere."""
    numbers = np.frombuffer(b"".join(vectors), dtype=np.int8).reshape(len(vectors), -1).astype(np.float32)
    lengths = np.sqrt(np.einsum("ij,ij->i", numbers, numbers))
    return np.asarray(numbers / np.maximum(lengths, 1)[:, None], dtype=np.float32)


def worded(texts: Mapping[str, str], language: str, first: str) -> Wording:
    """The words for somebody who reads this language: what was written in it, else in the first one."""
    chosen = language if texts.get(language, "").strip() else first
    return Wording(texts.get(chosen, "").strip(), chosen, language)
