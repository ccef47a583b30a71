"""The rules find what they are for, and leave alone what is right."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.house import rules
from tests.house.rules import Source

Rule = Callable[[Source], Iterator[str]]
LONG = "def long():\n" + "    x = 1\n" * 51

BROKEN: list[tuple[Rule, str, str]] = [
    (rules.module_length, "bot/core/a.py", "x = 1\n" * 401),
    (rules.function_length, "storage/a.py", LONG),
    (rules.telling_names, "bot/utils.py", ""),
    (rules.telling_names, "adapters/common/a.py", ""),
    (rules.pure_core, "bot/core/a.py", "now = datetime.now()\n"),
    (rules.pure_core, "bot/core/a.py", "from sqlalchemy import select\n"),
    (rules.finished, "bot/a.py", "# TODO later\n"),
    (rules.no_mocks, "tests/unit/a.py", "from unittest.mock import Mock\n"),
    (rules.asserting, "tests/unit/a.py", "def test_nothing():\n    pass\n"),
    (rules.anywhere, "requirements/a.txt", "--index-url somewhere\n"),
    (rules.anywhere, "README.md", "see /home/me/notes\n"),
]
RIGHT: list[tuple[Rule, str, str]] = [
    (rules.module_length, "tests/unit/a.py", "x = 1\n" * 401),
    (rules.function_length, "bot/a.py", 'def told():\n    """' + "\n" * 60 + '"""\n    return 1\n'),
    (rules.telling_names, "bot/core/query.py", ""),
    (rules.pure_core, "bot/services/a.py", "from sqlalchemy import select\n"),
    (rules.no_mocks, "tests/contract/a.py", "from unittest.mock import Mock\n"),
    (rules.asserting, "tests/unit/a.py", "def test_that():\n    assert 1 == 1\n"),
    (rules.anywhere, "README.md", "https://example.org/a and ./var/files and /csobot help\n"),
]


@pytest.mark.parametrize(("rule", "path", "text"), BROKEN)
def test_a_broken_rule_is_found(rule: Rule, path: str, text: str) -> None:
    """Each rule names the file that breaks it."""
    assert [path in each for each in rule(Source(path, text))] == [True]


@pytest.mark.parametrize(("rule", "path", "text"), RIGHT)
def test_what_is_right_is_left_alone(rule: Rule, path: str, text: str) -> None:
    """No rule speaks without a reason."""
    assert list(rule(Source(path, text))) == []


def test_a_setting_without_documentation_is_found() -> None:
    """The settings table is complete."""
    assert rules.undocumented(["CSOBOT_A", "CSOBOT_B"], "| `CSOBOT_A` | |") == [
        "README.md: CSOBOT_B is not in the settings table"
    ]


def test_a_dead_link_is_found(tmp_path: Path) -> None:
    """A document leads where it says."""
    (tmp_path / "README.md").write_text("[here](docs/gone.md) [there](https://example.org)", encoding="utf-8")
    assert "README.md: docs/gone.md leads nowhere" in rules.missing(tmp_path)
