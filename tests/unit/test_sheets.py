"""Tables on their way out: the same words in every format, and nothing a spreadsheet would run."""

import csv
import io
import json
from datetime import UTC, date, datetime

import openpyxl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from adapters.exports.sheets import (
    STREAMS,
    WRITERS,
    Column,
    Format,
    Sheet,
    guarded,
    write_csv,
    write_hxl,
    write_json,
    write_xlsx,
)

COLUMNS = (Column("name", "#org+name"), Column("listed"), Column("since", "#date+start"), Column("count"))


def _sheet(*names: str) -> Sheet:
    return Sheet("Partners", COLUMNS, [(name, True, date(2020, 1, 2), 3) for name in names])


def _first_cell(data: bytes) -> object:
    return openpyxl.load_workbook(io.BytesIO(data)).worksheets[0]["A2"].value


def test_csv() -> None:
    """A heading, ISO dates, yes and no, quotes where they are needed."""
    assert write_csv(_sheet('Aid, "Juba"')) == b'name,listed,since,count\n"Aid, ""Juba""",yes,2020-01-02,3\n'


def test_hxl() -> None:
    """The second row holds the hashtags."""
    assert write_hxl(_sheet("A")).splitlines()[:2] == [b"name,listed,since,count", b"#org+name,,#date+start,"]


def test_json() -> None:
    """One object for each row; accents stay readable."""
    rows = json.loads(write_json(_sheet("Réseau")))
    assert rows == [{"name": "Réseau", "listed": True, "since": "2020-01-02", "count": 3}]
    assert "Réseau".encode() in write_json(_sheet("Réseau"))


def test_no_rows() -> None:
    """An empty table is a heading, and an empty list."""
    assert write_csv(_sheet()) == b"name,listed,since,count\n"
    assert json.loads(write_json(_sheet())) == []


def test_xlsx() -> None:
    """Texts, numbers and dates keep their kind."""
    page = openpyxl.load_workbook(io.BytesIO(write_xlsx(_sheet("Réseau")))).worksheets[0]
    rows = [[cell.value for cell in row] for row in page.iter_rows()]
    assert page.title == "Partners"
    assert rows == [["name", "listed", "since", "count"], ["Réseau", "yes", datetime(2020, 1, 2), 3]]


def test_several_sheets() -> None:
    """Names that a workbook cannot hold, or holds already, are made to fit."""
    sheets = [Sheet(name, COLUMNS, []) for name in ("A/B", "a b", "x" * 40, "")]
    titles = openpyxl.load_workbook(io.BytesIO(write_xlsx(*sheets))).sheetnames
    assert titles == ["A B", "a b 2", "x" * 27, "Sheet"]


def test_moments_keep_their_time() -> None:
    """A workbook knows no zones: the time is UTC."""
    sheet = Sheet("S", [Column("at")], [[datetime(2026, 3, 4, 9, 30, tzinfo=UTC)]])
    assert _first_cell(write_xlsx(sheet)) == datetime(2026, 3, 4, 9, 30)


@pytest.mark.parametrize(
    "text",
    [
        *("=1+1", "+41 22", "-2", "@SUM(A1)", "\t=1", "\r=1", "\n=1", " =1", "  @x", "'=1"),
        *("\uff1d1", "\x00=1", "\u202e=1", '=HYPERLINK("http://x.example";"y")', "=cmd|' /C calc'!A0"),
    ],
)
@pytest.mark.parametrize("form", [Format.CSV, Format.HXL, Format.XLSX])
def test_no_formula_leaves(text: str, form: Format) -> None:
    """What a spreadsheet would run begins with an apostrophe."""
    data = WRITERS[form](_sheet(text))
    if form is Format.XLSX:
        assert str(_first_cell(data)).startswith("'")
        return
    row = list(csv.reader(io.StringIO(data.decode())))[-1]
    assert row[0].startswith("'")


def test_a_number_is_no_formula() -> None:
    """A negative number of ours stays a number."""
    assert write_csv(Sheet("S", [Column("n")], [[-5]])) == b"n\n-5\n"


def test_links_stay_words() -> None:
    """A workbook makes no link of a text."""
    page = openpyxl.load_workbook(io.BytesIO(write_xlsx(_sheet("https://x.example")))).worksheets[0]
    assert page["A2"].hyperlink is None
    assert page["A2"].value == "https://x.example"


@settings(max_examples=200, deadline=None)
@given(st.text(max_size=40))
def test_any_text_is_safe(text: str) -> None:
    """Whatever it is: no control character, no formula, and it can be written."""
    safe = guarded(text)
    assert safe[:1] not in tuple("=+-@\t\r")
    assert not any(ord(sign) < 32 and sign != "\n" for sign in safe)
    assert safe.encode().decode() == safe


@pytest.mark.parametrize("form", list(Format))
def test_pieces_make_the_file(form: Format) -> None:
    """What is passed on in pieces is the same file."""
    rows = [f"name {number}" for number in range(1200)]
    if form is Format.XLSX:
        assert _first_cell(b"".join(STREAMS[form](_sheet(*rows)))) == "name 0"
        return
    assert b"".join(STREAMS[form](_sheet(*rows))) == WRITERS[form](_sheet(*rows))
