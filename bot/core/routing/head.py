"""The trained part of the router: softmax regression on an encoder's vectors, with probabilities one can trust.

Deterministic: the same phrases give the same head on every machine of a kind. 1,000 phrases train in under 2 s.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from bot.core.routing.encoder import Vectors

_Floats = NDArray[np.float32]

#: Strength of the pull towards zero for one phrase; divided by their number.
PULL = 0.03
_STEPS = 150
_FOLDS = 4
#: Phrases an office writes are clearer than real questions, so probabilities are never sharpened further than this.
_TEMPERATURES = np.geomspace(0.6, 3.0, 40)


@dataclass(frozen=True, slots=True)
class Head:
    """Weights for one label a column. `temperature` was found by cross-validation."""

    labels: tuple[str, ...]
    weights: _Floats
    bias: _Floats
    temperature: float

    def probabilities(self, vectors: Vectors) -> _Floats:
        """One row for each vector, one column for each label; each row sums to 1."""
        return _softmax((vectors @ self.weights + self.bias) / self.temperature)

    def ranked(self, vectors: Vectors) -> tuple[tuple[tuple[str, float], ...], ...]:
        """(label, probability) for each vector, most likely first."""
        return tuple(
            tuple((self.labels[column], float(row[column])) for column in np.argsort(-row, kind="stable"))
            for row in self.probabilities(vectors)
        )


def train(vectors: Vectors, labels: Sequence[str]) -> Head:
    """A head for these labels. At least one phrase a label, else there is nothing to learn from."""
    names = tuple(sorted(set(labels)))
    answers = np.array([names.index(label) for label in labels])
    points = vectors.astype(np.float32)
    weights, bias = _fit(points, answers, len(names))
    return Head(names, weights, bias, _temperature(points, answers, len(names)))


def _softmax(scores: _Floats) -> _Floats:
    raised = np.exp(scores - scores.max(axis=1, keepdims=True))
    return np.asarray(raised / raised.sum(axis=1, keepdims=True), dtype=np.float32)


def _fit(points: _Floats, answers: NDArray[np.int_], count: int) -> tuple[_Floats, _Floats]:
    """Nesterov's accelerated descent: the loss is convex and its slope bounded, so a fixed step is safe."""
    number, width = points.shape
    inputs = np.hstack([points, np.ones((number, 1), dtype=np.float32)])
    wanted = np.eye(count, dtype=np.float32)[answers]
    # Rare labels count as much as frequent ones.
    each = (1 / (count * np.maximum(wanted.sum(axis=0), 1)))[answers][:, None].astype(np.float32)
    pull = PULL / number
    step = 1.0 / (_steepest(inputs, each) + pull)
    here = ahead = np.zeros((width + 1, count), dtype=np.float32)
    for turn in range(_STEPS):
        slope = inputs.T @ ((_softmax(inputs @ ahead) - wanted) * each)
        slope[:-1] += pull * ahead[:-1]
        moved = ahead - step * slope
        ahead = moved + turn / (turn + 3) * (moved - here)
        here = moved
    return here[:-1], here[-1]


def _steepest(inputs: _Floats, each: _Floats) -> float:
    """An upper bound of the loss's curvature: half the largest eigenvalue of the weighted moments."""
    vector = np.ones(inputs.shape[1], dtype=np.float32)
    for _ in range(20):
        vector = inputs.T @ (each[:, 0] * (inputs @ vector))
        vector /= np.linalg.norm(vector)
    return 0.55 * float(np.linalg.norm(inputs.T @ (each[:, 0] * (inputs @ vector))))


def _temperature(points: _Floats, answers: NDArray[np.int_], count: int) -> float:
    """The temperature under which phrases that a head has not seen are least surprising."""
    scores, seen = held_out_scores(points, answers, count)
    if not len(seen):
        return 1.0
    losses = [
        -np.log(np.maximum(_softmax(scores / each)[np.arange(len(seen)), seen], 1e-9)).mean() for each in _TEMPERATURES
    ]
    return float(_TEMPERATURES[int(np.argmin(losses))])


def held_out_scores(points: _Floats, answers: NDArray[np.int_], count: int) -> tuple[_Floats, NDArray[np.int_]]:
    """Scores of every phrase by a head that has not seen it, and what they are. Folds by order within a label."""
    fold = np.zeros(len(answers), dtype=int)
    for label in range(count):
        places = np.flatnonzero(answers == label)
        fold[places] = np.arange(len(places)) % _FOLDS
    scores, seen = [np.empty((0, count), dtype=np.float32)], [np.empty(0, dtype=int)]
    for number in range(_FOLDS):
        rest, out = fold != number, fold == number
        if not out.any() or not rest.any():
            continue
        weights, bias = _fit(points[rest], answers[rest], count)
        scores.append(points[out] @ weights + bias)
        seen.append(answers[out])
    return np.vstack(scores), np.concatenate(seen)
