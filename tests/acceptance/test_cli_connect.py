"""`csobot connect …` as an office uses it: invitations in bulk, reminders, and who is connected."""

import csv
import json
import sqlite3
import stat
import subprocess
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tests.acceptance.test_cli_contract import csobot, sentence


@pytest.fixture
def office(tmp_path: Path) -> Path:
    """A folder whose database knows a Telegram bot."""
    ran = csobot(tmp_path, "migrate")
    assert ran.returncode == 0, ran.stderr
    change(tmp_path, "INSERT INTO accounts (account, kind, name) VALUES ('telegram', 'telegram', 'csobot_bot')")
    return tmp_path


def change(folder: Path, statement: str, *values: str) -> None:
    with sqlite3.connect(folder / "csobot.db") as connection:
        connection.execute(statement, values)


def answered(ran: "subprocess.CompletedProcess[str]") -> dict[str, object]:
    assert ran.returncode == 0, ran.stderr
    found: dict[str, object] = json.loads(ran.stdout)
    return found


def test_everybody_is_invited_as_a_table(office: Path) -> None:
    """One row for each organisation with link, language and validity; nobody twice."""
    said = answered(csobot(office, "connect", "invite", "--all", "--output", "all.csv", "--json"))
    assert (said["invited"], said["refused"]) == (60, [])
    rows = list(csv.DictReader((office / "all.csv").read_text(encoding="utf-8").splitlines()))
    assert len({row["code"] for row in rows}) == 60
    first = next(row for row in rows if row["organisation"] == "CSO-0001")
    assert (first["name"], first["email"], first["language"]) == ("Harbour Line Aid", "partners@hla.example", "en")
    assert first["link"] == f"https://t.me/csobot_bot?start={first['code']}"
    assert stat.S_IMODE((office / "all.csv").stat().st_mode) == 0o600
    again = answered(csobot(office, "connect", "invite", "--all", "--output", "again.csv", "--json"))
    assert again["invited"] == 0


@pytest.mark.req("S0-C5")
def test_mails_are_in_the_language_of_each_partner(office: Path) -> None:
    """A folder per language; each text has the link, how long it is valid, and the mailbox for those who cannot."""
    ran = csobot(office, "connect", "invite", "CSO-0001", "CSO-0043", "--format", "mail", "--output", "mails")
    assert ran.returncode == 0, ran.stderr
    english = (office / "mails/en/CSO-0001-harbour-line-aid.txt").read_text(encoding="utf-8")
    french = (office / "mails/fr/CSO-0043-solidarite-du-lac.txt").read_text(encoding="utf-8")
    assert english.startswith("To: partners@hla.example\nSubject: Invitation for Harbour Line Aid")
    assert "https://t.me/csobot_bot?start=" in english
    assert "ipd@iom.int" in english
    assert "Démarrer" in french
    assert "{{" not in english + french


def test_pictures_are_named_by_organisation(office: Path) -> None:
    """A PNG to send and an SVG to print."""
    said = answered(csobot(office, "connect", "invite", "CSO-0001", "--format", "qr", "--output", "qr", "--json"))
    assert said["files"] == 2
    assert (office / "qr/CSO-0001-harbour-line-aid.png").read_bytes().startswith(b"\x89PNG")
    assert (office / "qr/CSO-0001-harbour-line-aid.svg").is_file()


def test_without_a_bot_there_is_no_picture_and_no_invitation(tmp_path: Path) -> None:
    """Nobody is left with an open code that nobody has."""
    assert "no picture" in sentence(
        csobot(tmp_path, "connect", "invite", "CSO-0001", "--format", "qr", "--output", "qr")
    )
    said = answered(csobot(tmp_path, "connect", "status", "--json"))
    assert said["counts"] == {"connected": 0, "unreachable": 0, "invited": 0, "not_yet": 60}


def test_who_was_invited_days_ago_is_reminded_with_fresh_links(office: Path) -> None:
    """The list first; with an output the old links are over and new ones are written."""
    answered(csobot(office, "connect", "invite", "CSO-0001", "--output", "first.csv", "--json"))
    assert answered(csobot(office, "connect", "remind", "--json"))["remind"] == []
    six_days = (datetime.now(UTC) - timedelta(days=6)).strftime("%Y-%m-%d %H:%M:%S.000000")
    change(office, "UPDATE invites SET made_at = ?", six_days)
    [row] = answered(csobot(office, "connect", "remind", "--json"))["remind"]  # type: ignore[misc]
    assert (row["organisation"], row["reminded"]) == ("CSO-0001", 0)
    ran = csobot(office, "connect", "remind", "--format", "mail", "--output", "fresh")
    assert (ran.returncode, len(list((office / "fresh/en").iterdir()))) == (0, 1)
    assert answered(csobot(office, "connect", "remind", "--json"))["remind"] == []


def test_status_and_figure_tell_the_same(office: Path) -> None:
    """The running month is what the status says now."""
    answered(csobot(office, "connect", "invite", "CSO-0001", "CSO-0043", "--output", "t.csv", "--json"))
    counts = answered(csobot(office, "connect", "status", "--json"))["counts"]
    months = answered(csobot(office, "connect", "figure", "--months", "1", "--json"))["months"]
    assert counts == {
        state: sum(row[state] for row in months)  # type: ignore[attr-defined]
        for state in ("connected", "unreachable", "invited", "not_yet")
    }
    assert counts["invited"] == 2  # type: ignore[index]
    [one] = answered(csobot(office, "connect", "status", "--organisation", "CSO-0001", "--json"))["organisations"]  # type: ignore[misc]
    assert (one["state"], one["region"]) == ("invited", "EHA")


@pytest.mark.parametrize(
    ("arguments", "wanted"),
    [
        (("invite", "--output", "x"), "Say whom"),
        (("invite", "CSO-0001"), "--output"),
        (("invite", "CSO-0001", "--format", "pdf", "--output", "x"), "csv, mail or qr"),
        (("invite", "person:99", "--output", "x"), "There is no contact 99"),
        (("invite", "CSO-0001", "--language", "de", "--output", "x"), "does not speak 'de'"),
        (("invite", "CSO-0001", "--output", "/dev/null/x"), "Nobody was invited"),
        (("status", "--state", "gone"), "--state is"),
        (("figure", "--month", "may"), "--month is"),
    ],
)
def test_what_cannot_be_done_is_one_sentence(office: Path, arguments: tuple[str, ...], wanted: str) -> None:
    """And nobody is invited."""
    assert wanted in sentence(csobot(office, "connect", *arguments))
