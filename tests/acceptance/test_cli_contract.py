"""The command line as other tools use it: exit codes, JSON alone on stdout, and one clear sentence when it cannot."""

import json
import os
import socket
import sqlite3
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest

from tests.acceptance.running import environment
from tests.ports import free_port

TOKEN = "7000000001:AAEnever-printed-never-printed-never"


def csobot(
    folder: Path, *arguments: str, settings: Mapping[str, str] | None = None
) -> "subprocess.CompletedProcess[str]":
    """One command in a folder of its own, with its own database there."""
    given = {"CSOBOT_DATABASE_URL": "sqlite:///csobot.db", **(settings or {})}
    command = [sys.executable, "-m", "bot", *arguments]
    surroundings = environment(folder, given)
    return subprocess.run(
        command, cwd=folder, env=surroundings, capture_output=True, text=True, timeout=60, check=False
    )


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder in which commands of this module share a database."""
    return tmp_path_factory.mktemp("office")


def sentence(ran: "subprocess.CompletedProcess[str]") -> str:
    """What it said when it refused: exactly one line on stderr and nothing on stdout."""
    said = [line for line in ran.stderr.splitlines() if not line.startswith("{")]
    assert (ran.returncode, ran.stdout, len(said)) == (1, "", 1), ran.stderr
    return said[0]


def test_the_first_command_prints_json_and_nothing_else(tmp_path: Path) -> None:
    """On a machine where nothing is there yet: keys and tables are made, and stdout is still one JSON object."""
    ran = csobot(tmp_path, "invite", "desk", "mission-ke", "--json")
    said = json.loads(ran.stdout)
    assert (ran.returncode, said["say"], said["days"]) == (0, f"/bind {said['code']}", 14)


def test_migrate_twice_is_migrate_once(office: Path) -> None:
    """Both times it says that the database is up to date."""
    first, second = csobot(office, "migrate"), csobot(office, "migrate")
    assert (
        (first.returncode, first.stdout) == (second.returncode, second.stdout) == (0, "The database is up to date.\n")
    )


def test_an_absolute_path_is_taken_as_it_is(tmp_path: Path) -> None:
    """sqlite:///<absolute path> makes that file and its folders."""
    path = tmp_path / "far" / "away" / "office.db"
    ran = csobot(tmp_path, "migrate", settings={"CSOBOT_DATABASE_URL": f"sqlite:///{path}"})
    assert (ran.returncode, path.is_file()) == (0, True)


def test_postgresql_by_its_plain_address(tmp_path: Path, postgresql_url: str) -> None:
    """postgresql://… works for commands as it does for the desk."""
    ran = csobot(tmp_path, "invite", "staff", "admin", "--json", settings={"CSOBOT_DATABASE_URL": postgresql_url})
    assert ran.returncode == 0, ran.stderr


@pytest.mark.parametrize(
    ("arguments", "wanted"),
    [
        (("invite", "desk", "no-such-desk"), "There is no desk 'no-such-desk'. Desks: "),
        (("invite", "staff", "king"), "There is no role 'king'. Roles: "),
        (("invite", "staff", "focal-point"), "say which with --desk"),
        (("invite", "organisation", "CSO-9999"), "There is no organisation 'CSO-9999'"),
        (("confidential", "open", "C-0099"), "There is no C-0099."),
        (("confidential", "open", "tomorrow"), "they look like C-0001"),
    ],
)
def test_what_is_not_there_is_said_in_one_sentence(office: Path, arguments: tuple[str, ...], wanted: str) -> None:
    """Exit code 1, the sentence on stderr, nothing on stdout."""
    assert wanted in sentence(csobot(office, *arguments))


def test_an_unknown_command_is_named(office: Path) -> None:
    """Exit code 2, as every command line does it."""
    ran = csobot(office, "inviet")
    assert (ran.returncode, ran.stdout, "inviet" in ran.stderr) == (2, "", True)


def test_doctor_says_what_is_missing_and_ends_with_1(office: Path) -> None:
    """No desk has a chat: the vital ones are named, with the command that helps."""
    ran = csobot(office, "doctor", "--json")
    findings = {each["name"]: each for each in json.loads(ran.stdout)}
    assert (ran.returncode, findings["desks"]["ok"]) == (1, False)
    assert "csobot invite desk" in findings["desks"]["says"]


def test_a_taken_port_is_one_sentence(office: Path) -> None:
    """With the port, and what to do about it."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = str(taken.getsockname()[1])
        ran = csobot(office, "run", settings={"CSOBOT_HTTP__PORT": port, "CSOBOT_METRICS__PORT": str(free_port())})
    said = sentence(ran)
    assert port in said
    assert "CSOBOT_HTTP__PORT" in said


def test_a_broken_office_names_file_and_line(office: Path, tmp_path: Path) -> None:
    """`run` and `world check` say where in the files the fault is."""
    (tmp_path / "office.yaml").write_text("languages: [en\n", encoding="utf-8")
    ran = csobot(office, "run", settings={"CSOBOT_WORLD": str(tmp_path)})
    checked = csobot(office, "world", "check", str(tmp_path))
    assert (ran.returncode, checked.returncode) == (1, 1)
    assert "office.yaml:" in ran.stderr
    assert "office.yaml:" in checked.stdout + checked.stderr


def test_an_unreachable_database_is_one_sentence_without_its_password(office: Path) -> None:
    """The address holds a password: it is not shown."""
    address = f"postgresql://csobot:hunter2@127.0.0.1:{free_port()}/csobot"
    for command in (("migrate",), ("run",), ("invite", "staff", "admin")):
        ran = csobot(office, *command, settings={"CSOBOT_DATABASE_URL": address})
        assert "database" in sentence(ran).lower()
        assert "hunter2" not in ran.stderr


def test_a_database_that_cannot_be_written_is_one_sentence(office: Path, tmp_path: Path) -> None:
    """A path below a file; a file that is no database; one that a newer csobot has made."""
    (tmp_path / "file").write_text("words, not tables, and enough of them to be taken for a page of a database" * 20)
    below = csobot(office, "migrate", settings={"CSOBOT_DATABASE_URL": f"sqlite:///{tmp_path}/file/x.db"})
    assert "CSOBOT_DATABASE_URL" in sentence(below)
    other = csobot(office, "migrate", settings={"CSOBOT_DATABASE_URL": f"sqlite:///{tmp_path}/file"})
    assert "CSOBOT_DATABASE_URL" in sentence(other)
    newer = tmp_path / "newer.db"
    with sqlite3.connect(newer) as connection:
        connection.execute("CREATE TABLE alembic_version (version_num VARCHAR(32))")
        connection.execute("INSERT INTO alembic_version VALUES ('9999')")
    assert "newer csobot" in sentence(csobot(office, "migrate", settings={"CSOBOT_DATABASE_URL": f"sqlite:///{newer}"}))


def test_both_a_secret_and_its_file_is_a_mistake(office: Path, tmp_path: Path) -> None:
    """Named by the variable, without the value."""
    (tmp_path / "token").write_text(TOKEN)
    both = {"CSOBOT_TELEGRAM__TOKEN": TOKEN, "CSOBOT_TELEGRAM__TOKEN_FILE": str(tmp_path / "token")}
    said = sentence(csobot(office, "run", settings=both))
    assert "token" in said
    assert TOKEN not in said


def test_a_setting_that_does_not_fit_is_named_without_its_value(office: Path) -> None:
    """A typing error in the mode, a database of an unknown kind."""
    wrong = {"CSOBOT_DATABASE_URL": "mysql://me:hunter2@localhost/x", "CSOBOT_TELEGRAM__MODE": "pigeon"}
    said = sentence(csobot(office, "run", settings=wrong))
    assert "CSOBOT_DATABASE_URL" in said
    assert "CSOBOT_TELEGRAM__MODE" in said
    assert "hunter2" not in said


def test_help_is_worth_reading_and_quick(office: Path) -> None:
    """All commands in one list; heavy imports only when a command runs."""
    before = os.times()
    ran = csobot(office, "--help")
    after = os.times()
    names = ("run", "migrate", "invite", "confidential", "doctor", "world", "route")
    assert [name for name in names if f"  {name} " not in ran.stdout] == []
    assert (after.children_user + after.children_system) - (before.children_user + before.children_system) < 0.5
