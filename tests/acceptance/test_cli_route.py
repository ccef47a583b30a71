"""The command line as other tools call it: the real process, its output and its exit code."""

import json
import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from config import world

ROOT = Path(__file__).parents[2]
KEYS = {"topic", "department", "owner", "confidence", "alternatives", "decision", "reason", "sensitive"}


def csobot(*arguments: str, stdin: str = "") -> subprocess.CompletedProcess[str]:
    environment = {name: value for name, value in os.environ.items() if not name.startswith("CSOBOT_")}
    return subprocess.run(
        [sys.executable, "-m", "bot", *arguments],
        input=stdin,
        capture_output=True,
        text=True,
        cwd=ROOT,
        env={**environment, "PYTHONUTF8": "1"},
        timeout=60,
        check=False,
    )


def test_help_comes_at_once() -> None:
    """Heavy imports wait until they are needed (0.5 s on a quiet machine; twice that is allowed here)."""
    fastest = 9.0
    for _ in range(3):
        start = time.perf_counter()
        result = csobot("--help")
        fastest = min(fastest, time.perf_counter() - start)
    assert (result.returncode, "route" in result.stdout) == (0, True)
    assert fastest < 1


def test_the_shipped_world_is_checked() -> None:
    """No problem, said with counts."""
    result = csobot("world", "check", "--json")
    assert (result.returncode, json.loads(result.stdout)["ok"]) == (0, True)


def test_a_broken_world_is_refused_with_file_and_line(tmp_path: Path) -> None:
    """Exit code 1, each mistake a line."""
    for file in world.DEFAULT.iterdir():
        (tmp_path / file.name).write_bytes(file.read_bytes().replace(b"Africa/Nairobi", b"Nairobi"))
    result = csobot("world", "check", str(tmp_path))
    assert result.returncode == 1
    assert "regions.yaml:" in result.stdout
    assert "focal_points.csv:2: unknown time zone 'Nairobi'; allowed: " in result.stdout


def test_a_text_is_routed_with_its_reason() -> None:
    """The mission comes first, and the reason is a sentence a CSO understands."""
    result = csobot("route", "Who coordinates site planning in the camp?", "--country", "KE", "--json")
    routed = json.loads(result.stdout)
    assert set(routed) == KEYS
    assert (routed["topic"], routed["department"], routed["owner"], routed["decision"]) == (
        "cccm",
        "DOE",
        "mission-ke",
        "auto",
    )
    assert routed["reason"] == "You work in Kenya and it is about camp coordination."


def test_json_lines_are_answered_one_by_one() -> None:
    """A greeting, an allegation, something out of scope, in the language asked for."""
    asked = [
        {"text": "Bonjour", "country": "SN", "language": "fr"},
        {"text": "Un empleado pide favores a las mujeres a cambio de ayuda", "country": "CO", "language": "es"},
        {"text": "What is the capital of France?", "country": "UG", "language": "en"},
    ]
    result = csobot("route", "--stdin", stdin="\n".join(map(json.dumps, asked)))
    found = [json.loads(line) for line in result.stdout.splitlines()]
    assert [(each["topic"], each["decision"], each["owner"], each["sensitive"]) for each in found] == [
        ("none", "none", None, False),
        ("oversight", "ask", "confidential-desk", True),
        ("triage", "triage", "ipd", False),
    ]
    assert found[1]["reason"].startswith("Puede ser confidencial")


def test_a_broken_line_is_named() -> None:
    """What came before it is answered."""
    result = csobot("route", "--stdin", stdin='{"text": "hello"}\nnot json\n')
    assert (result.returncode, len(result.stdout.splitlines())) == (1, 1)
    assert result.stderr.startswith("csobot: line 2:")


def test_the_router_is_measured(tmp_path: Path) -> None:
    """Greetings and out of scope count as triage."""
    file = tmp_path / "some.csv"
    file.write_text("text,lang,unit\nhello,en,triage\nWho coordinates shelter?,en,shelter\nTell me a joke,en,triage\n")
    total = json.loads(csobot("route", "eval", str(file), "--json").stdout)["total"]
    assert (total["texts"], total["top1"]) == (3, 1)


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        ("text,lang,unit\nhello,en,greeting\n", "some.csv:2: unknown unit 'greeting'"),
        ("text,lang,unit\nhello,en\n", "some.csv:2: not 3 columns"),
        ("text,unit\nhello,triage\n", "some.csv:1: the columns text, lang and unit are needed"),
        ("text,lang,unit\n", "some.csv:2: no line to measure"),
    ],
)
def test_a_broken_file_is_refused_with_its_line(tmp_path: Path, content: str, expected: str) -> None:
    """One sentence on stderr, nothing on stdout."""
    file = tmp_path / "some.csv"
    file.write_text(content)
    result = csobot("route", "eval", str(file))
    assert (result.returncode, result.stdout) == (1, "")
    assert expected in result.stderr


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (("route", "hello", "--country", "Kenya"), "two-letter ISO code"),
        (("route", "hello", "--stdin"), "either a TEXT or --stdin"),
        (("world", "check", "/nowhere/at/all"), "there is no such folder"),
    ],
)
def test_a_wrong_call_is_one_sentence(arguments: tuple[str, ...], expected: str) -> None:
    """Never a traceback."""
    result = csobot(*arguments)
    assert result.returncode == 1
    assert expected in result.stderr + result.stdout
    assert "Traceback" not in result.stderr
