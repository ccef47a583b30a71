"""The flag with which transcripts are written anew."""

import os

import pytest

# Read by the linear algebra library when it is first loaded: the reader wants one thread.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")


def pytest_addoption(parser: pytest.Parser) -> None:
    """Known when this folder is named on the command line: `pytest tests/acceptance --rewrite-transcripts`."""
    parser.addoption(
        "--rewrite-transcripts", action="store_true", help="write into the transcripts what was really said"
    )
