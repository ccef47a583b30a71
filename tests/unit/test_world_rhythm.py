"""quiet_hours and digests of office.yaml."""

import shutil
from datetime import time
from pathlib import Path

import pytest

from bot.core.digest import DigestRules
from bot.core.errors import WorldProblem
from bot.core.quiet import NEVER_QUIET, QuietHours
from config import world


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A copy of the shipped world to break."""
    return Path(shutil.copytree(world.DEFAULT, tmp_path / "world"))


def change(folder: Path, old: str, new: str) -> None:
    file = folder / "office.yaml"
    content = file.read_text(encoding="utf-8")
    assert old in content
    file.write_text(content.replace(old, new, 1), encoding="utf-8")


def test_the_office_has_quiet_hours() -> None:
    """As office.yaml says them."""
    assert world.load().office.quiet_hours == QuietHours(time(21), time(7))


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("default: '21:00-07:00'", "default: 'at night'", "'at night' says no hours; write them like '21:00-07:00'"),
        ("empty: one_line ", "empty: two_lines ", "unknown empty 'two_lines'; allowed: nothing, one_line"),
        ("lines: 5 ", "lines: 50 ", "lines is 50; allowed: 1 to 20"),
        ("end: 30 ", "end: 300 ", "evening_minutes_before_end is 300; allowed: 1 to 240"),
        ("put_off_most_days: 30 ", "put_off_most_days: 0 ", "put_off_most_days is 0; allowed: 1 to 365"),
        ("tell_desk_after_days: 14", "tell_desk_after_days: 7", "are 3, 7, 7; each must be later than the one before"),
        ("tell_desk_after_days: 14", "tell_desks_after_days: 14", "unknown setting of follow_up"),
        ("morning: '08:00'", "morning: '8'", "'8' is no time; write it like '08:00'"),
        ("empty: one_line ", "nothing_to_say: one_line ", "unknown setting of digests 'nothing_to_say'"),
    ],
)
def test_a_mistake_is_named_with_its_line(folder: Path, old: str, new: str, said: str) -> None:
    """With the file and what is allowed."""
    change(folder, old, new)
    with pytest.raises(WorldProblem) as caught:
        world.load(folder)
    line = str(caught.value)
    assert "office.yaml:" in line
    assert said in line


def test_an_older_office_goes_on_working(folder: Path) -> None:
    """Without quiet hours nothing waits; digests are as the product has them."""
    change(folder, "quiet_hours:\n  default: '21:00-07:00'", "was_quiet:\n  default: '21:00-07:00'")
    change(folder, "\ndigests:", "\nwas_digests:")
    office = world.load(folder).office
    assert (office.quiet_hours, office.digests) == (NEVER_QUIET, DigestRules())
