"""`csobot invite staff` and `csobot staff …`, as an administrator types them."""

import json
import sqlite3
from pathlib import Path

import pytest

from tests.acceptance.test_cli_contract import csobot, sentence


def staffed(folder: Path) -> Path:
    """A database with two administrators (1 and 2), a focal point (3) who has Q-0001, and a regional manager (4)."""
    assert csobot(folder, "migrate").returncode == 0
    with sqlite3.connect(folder / "csobot.db") as connection:
        for person in (1, 2, 3, 4, 5):
            connection.execute(
                "INSERT INTO people (id, language, country, organisation, claimed_name, connection, invitations,"
                " told_version, stopped, version) VALUES (?, 'en', '', '', '', 'none', 'not_asked', '', 0, 1)",
                (person,),
            )
            connection.execute(
                "INSERT INTO identities (account, user, person, chat) VALUES ('slack', ?, ?, '')",
                (f"U{person}", person),
            )
        given = [
            (1, "admin", "", ""),
            (2, "admin", "", ""),
            (3, "focal-point", "mission-ke", ""),
            (4, "manager", "", "EHA"),
        ]
        for person, role, desk, region in given:
            connection.execute(
                "INSERT INTO staff_roles (person, role, desk, department, region) VALUES (?, ?, ?, '', ?)",
                (person, role, desk, region),
            )
        connection.execute(
            "INSERT INTO queries (opened_by, person, organisation, country, language, account, topic, topics, desk,"
            " because, because_fields, policy, asked_at, status, holder, private, rating, rating_shared, version)"
            " VALUES ('a', 5, '', 'KE', 'en', 'telegram', 'cccm', '[]', 'mission-ke', '', '{}', 'standard',"
            " '2026-11-23 06:00:00', 'claimed', 3, 0, 0, 0, 1)"
        )
    return folder


@pytest.fixture
def office(tmp_path: Path) -> Path:
    return staffed(tmp_path)


def holder(folder: Path) -> int:
    with sqlite3.connect(folder / "csobot.db") as connection:
        return int(connection.execute("SELECT holder FROM queries").fetchone()[0])


@pytest.mark.parametrize(
    ("limit", "gives"),
    [
        (("--desk", "mission-ke"), "focal-point:mission-ke"),
        (("--department", "DMM"), "focal-point:DMM"),
        (("--region", "EHA"), "focal-point:EHA"),
    ],
)
def test_an_invitation_says_what_it_gives(tmp_path: Path, limit: tuple[str, ...], gives: str) -> None:
    """The role and the one thing it is limited to."""
    ran = csobot(tmp_path, "invite", "staff", "focal-point", *limit, "--json")
    assert json.loads(ran.stdout)["gives"] == gives


def test_an_invitation_for_slack_names_no_other_way(tmp_path: Path) -> None:
    """A code that works on one platform is not offered for the other."""
    ran = csobot(tmp_path, "invite", "staff", "admin", "--platform", "slack")
    assert ("Telegram:" in ran.stdout, "/csobot start" in ran.stdout) == (False, True)


@pytest.mark.parametrize(
    ("arguments", "wanted"),
    [
        (("invite", "staff", "editor", "--region", "EHA", "--desk", "ipd"), "limited to one thing"),
        (("invite", "staff", "editor", "--region", "NOWHERE"), "There is no region 'NOWHERE'"),
        (("invite", "staff", "focal-point", "--desk", "confidential-desk"), "csobot invite staff confidential"),
        (("invite", "staff", "confidential", "--region", "EHA"), "it takes no desk, department or region"),
        (("staff", "show", "99"), "csobot staff list"),
        (("staff", "suspend", "99"), "csobot staff list"),
        (("staff", "lift", "3"), "Nothing rests"),
        (("staff", "hand-over", "3", "--to", "3"), "choose an active member of staff"),
        (("staff", "remove", "3", "editor"), "csobot staff list"),
    ],
)
def test_what_cannot_be_is_said_in_one_sentence(office: Path, arguments: tuple[str, ...], wanted: str) -> None:
    """With what to do instead."""
    assert wanted in sentence(csobot(office, *arguments))


def test_the_list_of_staff(office: Path) -> None:
    """Numbers, roles, accounts and what each has open; no partner is in it."""
    found = json.loads(csobot(office, "staff", "list", "--json").stdout)
    assert [(each["person"], each["state"], each["open"]) for each in found] == [
        (1, "active", 0),
        (2, "active", 0),
        (3, "active", 1),
        (4, "active", 0),
    ]
    assert found[3]["roles"] == [{"role": "manager", "desk": "", "department": "", "region": "EHA"}]
    assert "focal-point:mission-ke" in csobot(office, "staff", "show", "3").stdout


def test_a_dry_run_then_a_hand_over(office: Path) -> None:
    """First what would go, then it goes."""
    seen = json.loads(csobot(office, "staff", "hand-over", "3", "--to", "4", "--dry-run", "--json").stdout)
    assert (seen["queries"], holder(office)) == ([{"query": "Q-0001", "becomes": "taken"}], 3)
    done = json.loads(csobot(office, "staff", "hand-over", "3", "--to", "4", "--json").stdout)
    assert (done, holder(office)) == (seen, 4)


def test_suspended_and_lifted(office: Path) -> None:
    """What they had is the desk's; who is suspended and why stands in the list."""
    assert "Q-0001: returned" in csobot(office, "staff", "suspend", "3", "--why", "left_office").stdout
    shown = json.loads(csobot(office, "staff", "show", "3", "--json").stdout)[0]
    assert (shown["state"], shown["why"], holder(office)) == ("suspended", "left_office", 0)
    assert csobot(office, "staff", "lift", "3").returncode == 0
    assert json.loads(csobot(office, "staff", "show", "3", "--json").stdout)[0]["state"] == "active"


def test_the_last_administrator_stays(office: Path) -> None:
    """The second of two can be taken away, the last cannot."""
    assert csobot(office, "staff", "remove", "1", "admin").returncode == 0
    assert "last administrator" in sentence(csobot(office, "staff", "suspend", "2"))
    assert csobot(office, "staff", "give", "4", "admin").returncode == 0
    assert csobot(office, "staff", "suspend", "2").returncode == 0


def test_doctor_misses_an_administrator(office: Path) -> None:
    """An office with staff and nobody who can manage it cannot help itself."""
    with sqlite3.connect(office / "csobot.db") as connection:
        connection.execute("DELETE FROM staff_roles WHERE role = 'admin'")
    findings = {each["name"]: each for each in json.loads(csobot(office, "doctor", "--json").stdout)}
    assert (findings["administrators"]["ok"], "invite staff admin" in findings["administrators"]["says"]) == (
        False,
        True,
    )


def test_doctor_names_a_platform_that_removed_us(office: Path) -> None:
    """With what to do there."""
    with sqlite3.connect(office / "csobot.db") as connection:
        connection.execute(
            "INSERT INTO accounts (account, kind, name, team, ended_at)"
            " VALUES ('slack', 'slack', 'U', 'T', '2026-11-23')"
        )
    findings = {each["name"]: each for each in json.loads(csobot(office, "doctor", "--json").stdout)}
    assert (findings["accounts"]["ok"], "slack" in findings["accounts"]["says"]) == (False, True)
