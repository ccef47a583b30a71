"""Days as people write them."""

from datetime import date

import pytest

from bot.core.dates import days

#: A Monday.
TODAY = date(2026, 11, 23)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("until 1 December", "2026-12-01"),
        ("December 1", "2026-12-01"),
        ("Dec 1, 2027", "2027-12-01"),
        ("jusqu’au 1er décembre", "2026-12-01"),
        ("hasta el 3 de enero", "2027-01-03"),
        ("hasta el 3 de enero de 2028", "2028-01-03"),
        ("2026-12-01", "2026-12-01"),
        ("1.12.", "2026-12-01"),
        ("1/12/2027", "2027-12-01"),
        ("tomorrow", "2026-11-24"),
        ("demain", "2026-11-24"),
        ("mañana", "2026-11-24"),
        ("until Friday", "2026-11-27"),
        ("lundi", "2026-11-30"),
        ("3 days", "2026-11-26"),
        ("2 semanas", "2026-12-07"),
        ("22 November", "2027-11-22"),
    ],
)
def test_a_day_is_understood(text: str, expected: str) -> None:
    """In three languages; a day that is past means next year's."""
    assert (date.fromisoformat(expected),) == days(text, TODAY)


def test_two_days_are_a_spell() -> None:
    """In the order in which they were written."""
    assert (date(2027, 1, 3), date(2027, 1, 10)) == days("from 3 January to 10 January", TODAY)


@pytest.mark.parametrize("text", ["", "for a while", "31 February", "1.13.", "99 bottles", "ma 5"])
def test_what_names_no_day_gives_none(text: str) -> None:
    """The bot then says how to write it."""
    assert () == days(text, TODAY)
