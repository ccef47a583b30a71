"""The router's trained head, kept between starts: training takes a second, reading it back a few milliseconds."""

import hashlib
import json
import zipfile
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import structlog

from bot.core.routing import head
from bot.core.routing.encoder import Encoder
from bot.core.routing.head import Head
from bot.core.routing.words import tidy

log = structlog.get_logger("trained")

#: Part of the key: a head of another way of training is not ours.
_WAY = 1


def trained(encoder: Encoder, texts: Sequence[str], labels: Sequence[str], folder: Path | None = None) -> Head:
    """The head for these phrases: from the folder when it was trained on the very same there before, else trained now.

    A folder that cannot be used costs a second at every start and nothing else.
    """
    if folder is None:
        return _train(encoder, texts, labels)
    path = folder / f"head-{_key(encoder, texts, labels)}.npz"
    if kept := _read(path):
        return kept
    made = _train(encoder, texts, labels)
    _write(path, made)
    return made


def _train(encoder: Encoder, texts: Sequence[str], labels: Sequence[str]) -> Head:
    return head.train(encoder.encode([tidy(text) for text in texts]), labels)


def _key(encoder: Encoder, texts: Sequence[str], labels: Sequence[str]) -> str:
    everything = json.dumps([_WAY, np.__version__, encoder.name, list(texts), list(labels)])
    return hashlib.sha256(everything.encode()).hexdigest()[:32]


def _read(path: Path) -> Head | None:
    try:
        with path.open("rb") as file, np.load(file, allow_pickle=False) as kept:
            labels = tuple(str(label) for label in kept["labels"])
            return Head(labels, kept["weights"], kept["bias"], float(kept["temperature"]))
    except FileNotFoundError:
        return None
    except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile) as error:
        log.warning("trained.not_readable", error=type(error).__name__)
        return None


def _write(path: Path, made: Head) -> None:
    """Whole or not at all; the heads of earlier phrases go."""
    scratch = path.with_suffix(".new.npz")
    arrays = {"labels": np.array(made.labels), "weights": made.weights, "bias": made.bias}
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        np.savez(scratch, allow_pickle=False, temperature=np.float64(made.temperature), **arrays)
        for other in path.parent.glob("head-*.npz"):
            if other != scratch:
                other.unlink(missing_ok=True)
        scratch.rename(path)
    except OSError as error:
        log.warning("trained.not_kept", error=type(error).__name__)
