"""Some weeks of an office by a seed, faults and absences included: no question is forgotten.

The seed of a failure is in its message; `CSOBOT_YEAR_SEED=7 pytest tests/services/test_year.py` replays it, and
`python -m tests.services.year --seed 7 --queries 20000` lives a whole year.
"""

import os
from pathlib import Path

import pytest

from tests.services.year import simulate

SEED = int(os.environ.get("CSOBOT_YEAR_SEED", "7"))
#: As dense as 20,000 in a year would be.
QUERIES, DAYS = 160, 3


@pytest.mark.slow
@pytest.mark.req("S1-R5", "S1-R5b", "S0-A3")
def test_no_question_is_forgotten(sqlite_url: str, tmp_path: Path) -> None:
    """None is unanswered without an escalation on record or a holder, every mark is said once, and the sum is right."""
    year, books = simulate(SEED, QUERIES, sqlite_url, tmp_path, DAYS)
    assert books.wrong == {}, f"seed {SEED}: {books.report()}"
    assert (QUERIES, QUERIES) == (books.asked, books.states.total()), f"seed {SEED}: {books.report()}"
    assert year.kills > 0, f"seed {SEED}: nothing was killed"
    assert year.repeats > 0, f"seed {SEED}: no event came twice"
    assert books.escalated > 0, f"seed {SEED}: nothing went up"
    assert books.reminders > 0, f"seed {SEED}: nobody was reminded"
