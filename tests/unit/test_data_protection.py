"""docs/data-protection.md names every column: personal, with purpose and time, or not personal."""

import re
from collections.abc import Mapping
from pathlib import Path

import pytest

from bot.core.care import Kept
from config import world
from storage.tables import metadata

PAGE = (Path(__file__).resolve().parents[2] / "docs" / "data-protection.md").read_text(encoding="utf-8")
TABLES = {table.name: {column.name for column in table.c} for table in metadata.sorted_tables}
_PERSONAL = re.compile(r"^\| `(\w+)` \| ([^|]+) \| [^|]+ \| [^|]+ \| [^|]+ \|$", re.MULTILINE)
_OTHER = re.compile(r"^- `(\w+)`: (.+)$", re.MULTILINE)
PRINCIPLES = (
    *("Lawful and fair collection", "Specified and legitimate purpose", "Data quality", "Consent"),
    *("Transfer to third parties", "Confidentiality", "Access and transparency", "Data security"),
    *("Retention of personal data", "Application of the principles", "Ownership of personal data"),
    *("Oversight, compliance and internal remedies", "Exceptions"),
)


def listed(found: re.Pattern[str], word: str) -> Mapping[str, set[str]]:
    columns: dict[str, set[str]] = {}
    for table, names in found.findall(PAGE):
        columns.setdefault(table, set()).update(re.findall(word, names))
    return columns


PERSONAL, OTHER = listed(_PERSONAL, r"`(\w+)`"), listed(_OTHER, r"\w+")


@pytest.mark.req("S0-O3b")
@pytest.mark.parametrize("table", sorted(TABLES))
def test_every_column_is_listed_as_personal_or_not(table: str) -> None:
    """A new column fails here until somebody has decided what it is and how long it is kept."""
    assert TABLES[table] == PERSONAL.get(table, set()) | OTHER.get(table, set())


@pytest.mark.parametrize("table", sorted(TABLES))
def test_no_column_is_both(table: str) -> None:
    """Personal or not: one of them."""
    assert set() == PERSONAL.get(table, set()) & OTHER.get(table, set())


def test_no_table_is_listed_that_is_not_there() -> None:
    """What went with a table goes from the page."""
    assert set() == (set(PERSONAL) | set(OTHER)) - set(TABLES)


def test_the_schedule_of_the_sample_office_is_the_one_on_the_page() -> None:
    """Every kind that something can be kept of, with its months."""
    months = world.load().office.retention_months
    not_yet = {Kept.UNANSWERED_REGISTRATION, Kept.SURVEY_ANSWERS}
    missing = [kind for kind in Kept if kind not in not_yet and f"`{kind}` {months[kind]}" not in PAGE]

    assert [] == missing


@pytest.mark.parametrize(("number", "principle"), list(enumerate(PRINCIPLES, 1)))
def test_every_principle_has_its_line(number: int, principle: str) -> None:
    """What csobot does, and what is left to the office."""
    assert re.search(rf"^\| {number} {re.escape(principle)} \| \S.* \| \S.* \|$", PAGE, re.MULTILINE)
