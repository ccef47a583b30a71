"""The page of requirements says what the tests say."""

from pathlib import Path

from tests.house.traceability import Requirement, page, shown, unknown

KNOWN = [Requirement("S0-A1", "M", "One | two"), Requirement("S0-A2", "C", "Three")]


def _tree(root: Path) -> Path:
    (root / "tests/acceptance/transcripts").mkdir(parents=True)
    (root / "tests/test_one.py").write_text('import pytest\n\n@pytest.mark.req("S0-A1", "S0-A2")\ndef test_x(): ...\n')
    (root / "tests/acceptance/transcripts/01.en.txt").write_text("# req: S0-A1\n> hello\n")
    return root


def test_marks_and_remarks_are_found(tmp_path: Path) -> None:
    """A test and a transcript each show what they name."""
    expected = {
        "S0-A1": ["tests/acceptance/transcripts/01.en.txt", "tests/test_one.py"],
        "S0-A2": ["tests/test_one.py"],
    }
    assert shown(_tree(tmp_path)) == expected


def test_a_mark_that_names_no_requirement_is_a_finding() -> None:
    """A typing mistake does not pass for a requirement."""
    found = unknown({"S0-A9": ["tests/a.py"]}, KNOWN)
    assert found == ["tests/a.py: names S0-A9, which docs/requirements.csv does not have"]


def test_what_no_test_names_stands_under_not_shown() -> None:
    """The page names what is not done."""
    text = page(KNOWN, {"S0-A1": ["tests/a.py"]})
    assert text.index("| S0-A1 |") < text.index("## Not shown") < text.index("| S0-A2 |")


def test_a_bar_in_a_text_does_not_break_the_table() -> None:
    """Cells are escaped."""
    assert "One \\| two" in page(KNOWN, {})
