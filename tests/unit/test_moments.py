"""Days and times as people write them, in the three languages."""

from datetime import UTC, date, datetime, time

import pytest

from bot.core.moments import local, moment

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
USUAL = time(8, 30)


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("tomorrow 10:00", "2026-11-24T10:00+03:00"),
        ("demain à 15h", "2026-11-24T15:00+03:00"),
        ("mañana 15h30", "2026-11-24T15:30+03:00"),
        ("Friday", "2026-11-27T08:30+03:00"),
        ("viernes 9:15", "2026-11-27T09:15+03:00"),
        ("2026-12-01 09:30", "2026-12-01T09:30+03:00"),
        ("2026-12-01T09:30", "2026-12-01T09:30+03:00"),
        ("1 December 3 pm", "2026-12-01T15:00+03:00"),
        ("2 hours", "2026-11-23T14:00+03:00"),
        ("45 minutes", "2026-11-23T12:45+03:00"),
        ("16:00", "2026-11-23T16:00+03:00"),
        ("9:00", "2026-11-24T09:00+03:00"),
        ("hoy 18:00", "2026-11-23T18:00+03:00"),
    ],
)
def test_a_moment_is_read_as_meant(text: str, meant: str) -> None:
    """In the reader's zone; a day alone means the usual time, a time that has passed means tomorrow."""
    assert datetime.fromisoformat(meant) == moment(text, NOW, "Africa/Nairobi", USUAL)


@pytest.mark.parametrize("text", ["", "soon", "25:61", "2026-13-01 09:00", "Q-0007"])
def test_what_names_no_moment_is_refused(text: str) -> None:
    """Nothing is guessed."""
    assert local(text, date(2026, 11, 23)) is None


def test_a_local_time_that_the_clocks_skip_is_still_a_moment() -> None:
    """On the night of the change 02:30 does not exist in Geneva; the moment lies right after."""
    assert moment("2026-03-29 02:30", NOW, "Europe/Zurich", USUAL) == datetime(2026, 3, 29, 1, 30, tzinfo=UTC)
