"""Which questions are alike: the thresholds as measured on the sample, and the arithmetic."""

import csv
import itertools
from pathlib import Path

import numpy as np
import pytest

from adapters.encoder import LexicalEncoder, SentenceEncoder
from bot.core.routing.encoder import Encoder
from bot.core.routing.words import tidy
from bot.core.similar import MOST, NEAR, near, packed

HERE = Path(__file__).resolve().parent
LABELLED = HERE.parents[1] / "config" / "world" / "labelled_queries.csv"
NO_QUESTION = {"none", "triage"}


def read(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8") as file:
        return list(csv.DictReader(file))


QUESTIONS = [row for row in read(LABELLED) if row["topic"] not in NO_QUESTION]
REWORDED = read(HERE / "reworded.csv")
LANGUAGE = {row["text"]: row["language"] for row in QUESTIONS}


def vectors(encoder: Encoder, texts: list[str]) -> dict[int, bytes]:
    return {place: packed(vector) for place, vector in enumerate(encoder.encode([tidy(text) for text in texts]))}


def found(encoder: Encoder) -> tuple[list[dict[str, str]], int]:
    """The rewordings that are found beside their question, and the pairs of questions on different topics taken."""
    least, texts = NEAR[encoder.confidence], [row["text"] for row in QUESTIONS]
    every = vectors(encoder, [*texts, *(row["reworded"] for row in REWORDED)])
    pairs = {(pair.query, pair.other) for pair in near(every, every, least)}
    hits = [row for place, row in enumerate(REWORDED, len(texts)) if (texts.index(row["labelled"]), place) in pairs]
    topics = [row["topic"] for row in QUESTIONS]
    both = itertools.combinations(range(len(texts)), 2)
    return hits, sum(1 for one, other in both if topics[one] != topics[other] and (one, other) in pairs)


@pytest.mark.req("S1-W22")
def test_the_threshold_finds_rewordings_in_any_language_and_no_other_topic() -> None:
    """29 of 32, and none of 2,335 pairs of labelled questions on different topics."""
    hits, wrong = found(SentenceEncoder())

    assert (len(hits) >= 29, wrong) == (True, 0)


def test_letters_alone_find_what_is_written_nearly_alike() -> None:
    """Six of eleven in the same language, none in another, and no other topic."""
    hits, wrong = found(LexicalEncoder())
    same = [row for row in hits if LANGUAGE[row["labelled"]] == row["language"]]

    assert (len(same), len(hits) - len(same), wrong) == (6, 0, 0)


def test_a_byte_for_each_number_is_enough() -> None:
    """The cosine changes by less than the second digit of the threshold."""
    chance = np.random.default_rng(3)
    some = chance.normal(size=(50, 512)).astype(np.float32)
    exact = some / np.linalg.norm(some, axis=1, keepdims=True)
    kept = {place: packed(vector) for place, vector in enumerate(some)}

    differences = [abs(pair.likeness - float(exact[pair.query] @ exact[pair.other])) for pair in near(kept, kept, -1.0)]

    assert max(differences) < 0.005


def test_nothing_is_beside_itself_and_pairs_come_once() -> None:
    """The lower number first, the most alike first."""
    one, other = packed(np.array([1, 0], dtype=np.float32)), packed(np.array([1, 0.2], dtype=np.float32))
    kept = {7: one, 3: other, 5: one}

    assert [(pair.query, pair.other) for pair in near(kept, kept, 0.5)] == [(5, 7), (3, 7), (3, 5)]


def test_a_question_that_everybody_asks_has_few_neighbours() -> None:
    """The nearest ones are enough to begin with."""
    kept = dict.fromkeys(range(200), packed(np.array([1, 1], dtype=np.float32)))

    assert len(near({0: kept[0]}, kept, 0.5)) <= MOST + 1


def test_words_that_are_nothing_are_like_nothing() -> None:
    """A vector of zeros points nowhere."""
    kept = {1: packed(np.zeros(4, dtype=np.float32)), 2: packed(np.ones(4, dtype=np.float32))}

    assert near(kept, kept, 0.1) == ()
