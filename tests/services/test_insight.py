"""The numbers of the desk against what was asked, answered and promised; and who may see which."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from bot.core.errors import NotAllowed
from bot.core.insight import Asked, Hands, Month
from bot.core.permission import Viewer
from bot.core.person import Role, Staff, StaffRole
from storage.database import Database
from storage.reads import insight
from storage.sealing import ProcessSeal
from storage.tables import queries
from tests.services.console_site import setup_of, signed_in
from tests.services.office import WORLD, Office, open_office

NOW = datetime(2026, 11, 25, 9, tzinfo=UTC)
YEAR = Asked(begins=datetime(2025, 12, 1, tzinfo=UTC), ends=datetime(2026, 12, 1, tzinfo=UTC))
_NUMBERS = iter(range(1, 100_000))


@pytest.fixture
def office(database: Database, seal: ProcessSeal, tmp_path: Path) -> Office:
    return open_office(database, seal, tmp_path / "files", NOW)


def viewer(role: Role = Role.MANAGER, **limit: str) -> Viewer:
    roles = (StaffRole(person=2, role=role, **limit),)
    return Viewer(person=2, staff=Staff(person=2, roles=roles), world=WORLD)


def put(database: Database, **values: Any) -> None:
    """A query of the office's CSO person; asked on 2 November unless told otherwise."""
    usual: Mapping[str, Any] = {
        "opened_by": f"test:{next(_NUMBERS)}",
        "person": 1,
        "organisation": "",
        "country": "KE",
        "language": "en",
        "account": "telegram",
        "topic": "shelter",
        "topics": [],
        "desk": "mission-ke",
        "because": "topic",
        "because_fields": {},
        "policy": "standard",
        "asked_at": datetime(2026, 11, 2, 9, tzinfo=UTC),
        "status": "new",
        "holder": 0,
        "private": False,
        "rating": 0,
        "rating_shared": False,
        "version": 1,
    }
    database.run_sync(lambda tx: tx.execute(sa.insert(queries).values({**usual, **values})))


def answered(database: Database, hours: float, **values: Any) -> None:
    asked = values.pop("asked_at", datetime(2026, 11, 2, 9, tzinfo=UTC))
    at = asked + timedelta(hours=hours)
    put(database, asked_at=asked, first_answered_at=at, answered_at=at, status="answered", **values)


def test_half_and_nine_of_ten(office: Office) -> None:
    """By rank, to the half hour, in the month in which it was asked."""
    for hours in range(1, 11):
        answered(office.database, hours)
    found = office.database.run_sync(lambda tx: insight.first_answers(tx, viewer(), YEAR))
    november = found.months[-1]
    assert (november.month, november.answered) == (Month(2026, 11), 10)
    assert (november.median_hours, november.ninetieth_hours) == (5.25, 9.25)
    assert (found.answered, found.median_hours) == (10, 5.25)


def test_a_month_without_an_answer_has_no_time(office: Office) -> None:
    """Nothing is not nought."""
    put(office.database)
    found = office.database.run_sync(lambda tx: insight.first_answers(tx, viewer(), YEAR))
    assert [each.median_hours for each in found.months] == [None] * 12


def test_promises_are_kept_broken_or_running(office: Office) -> None:
    """Answered without a broken promise is kept; one that passed without a word is broken, noted yet or not."""
    answered(office.database, 3)
    answered(office.database, 300, broken_at=NOW - timedelta(days=9))
    put(office.database, due_at=NOW - timedelta(hours=1))
    put(office.database, due_at=NOW + timedelta(hours=1), asked_at=NOW - timedelta(hours=2))
    put(office.database, due_at=NOW - timedelta(hours=1), status="waiting")
    november = office.database.run_sync(lambda tx: insight.promises(tx, viewer(), YEAR, NOW))[-1]
    assert (november.kept, november.broken, november.running) == (1, 2, 2)
    assert november.share == pytest.approx(33.33, abs=0.01)


def test_open_ones_by_age(office: Office) -> None:
    """In whose hands they are; whoever was answered is not open, and the period does not matter."""
    put(office.database, asked_at=NOW - timedelta(hours=3))
    put(office.database, asked_at=NOW - timedelta(days=2), status="claimed", holder=2)
    put(office.database, asked_at=NOW - timedelta(days=500), status="waiting", holder=2)
    answered(office.database, 1)
    ages = office.database.run_sync(lambda tx: insight.open_by_age(tx, viewer(), YEAR, NOW))
    counted = {(each.from_days, hands): n for each in ages for hands, n in each.numbers.items() if n}
    assert counted == {(0, Hands.UNCLAIMED): 1, (1, Hands.HELD): 1, (30, Hands.WAITING): 1}


def test_topics_by_region(office: Office) -> None:
    """By the country of the CSO; the largest topic first."""
    for country, topic in (("KE", "cccm"), ("KE", "cccm"), ("ET", "cccm"), ("", "shelter"), ("TD", "shelter")):
        put(office.database, country=country, topic=topic)
    found = office.database.run_sync(lambda tx: insight.topics_by_region(tx, viewer(), YEAR))
    assert (found.topics, found.regions[-1]) == (["cccm", "shelter"], "")
    assert (found.number("cccm", "EHA"), found.number("shelter", ""), found.of_region("EHA")) == (3, 1, 3)


@pytest.mark.parametrize(
    ("limit", "expected"),
    [({}, 3), ({"desk": "mission-ke"}, 1), ({"region": "EHA"}, 2), ({"region": "AMER"}, 0), ({"department": "DMM"}, 1)],
)
def test_a_role_counts_its_own_desks(office: Office, limit: dict[str, str], expected: int) -> None:
    """Nobody counts what another desk has, and nobody the confidential one."""
    for desk in ("mission-ke", "mission-et", "dmm", WORLD.office.confidential_desk):
        put(office.database, desk=desk)
    found = office.database.run_sync(lambda tx: insight.promises(tx, viewer(**limit), YEAR, NOW))
    assert found[-1].running + found[-1].broken + found[-1].kept == expected


def test_the_confidential_role_counts_nothing(office: Office) -> None:
    """It sees its own matters elsewhere."""
    with pytest.raises(NotAllowed):
        office.database.run_sync(lambda tx: insight.promises(tx, viewer(Role.CONFIDENTIAL), YEAR, NOW))


def test_filters_narrow_the_count(office: Office) -> None:
    """By desk and by region of the CSO."""
    put(office.database)
    put(office.database, desk="dmm", country="TD")
    narrowed = Asked(begins=YEAR.begins, ends=YEAR.ends, desk="dmm", region="WCA")
    found = office.database.run_sync(lambda tx: insight.topics_by_region(tx, viewer(), narrowed))
    assert (found.regions, found.of_region("WCA")) == (["WCA"], 1)


@pytest.mark.req("S1-W1")
@pytest.mark.parametrize("language", ["en", "fr", "es"])
@pytest.mark.parametrize("which", ["first-answer", "promise", "age", "topics"])
async def test_each_chart_has_its_numbers_as_a_table(
    database: Database, seal: ProcessSeal, tmp_path: Path, which: str, language: str
) -> None:
    """Somebody who does not see the drawing reads a sentence and the same numbers."""
    open_office(database, seal, tmp_path / "files", datetime.now(UTC))
    answered(database, 3, asked_at=datetime.now(UTC) - timedelta(hours=5))
    put(database, asked_at=datetime.now(UTC) - timedelta(hours=5))
    async with signed_in(database, setup_of(WORLD, tmp_path, seal), Role.MANAGER, language=language) as browser:
        page = (await browser.get(f"/console/insight/chart/{which}?period=24")).text
    assert 'role="img"' in page
    assert "<svg" in page
    assert "</table>" in page
    assert "<script" not in page


async def test_a_chart_is_a_picture_too(database: Database, seal: ProcessSeal, tmp_path: Path) -> None:
    """With its title in it, to be kept."""
    open_office(database, seal, tmp_path / "files", datetime.now(UTC))
    put(database, asked_at=datetime.now(UTC))
    async with signed_in(database, setup_of(WORLD, tmp_path, seal), Role.MANAGER) as browser:
        kept = await browser.get("/console/insight/chart/age.png")
    assert (kept.headers["content-type"], kept.content[:4]) == ("image/png", b"\x89PNG")


async def test_a_chart_that_is_none(database: Database, seal: ProcessSeal, tmp_path: Path) -> None:
    """There is no such page."""
    async with signed_in(database, setup_of(WORLD, tmp_path, seal), Role.MANAGER) as browser:
        assert (await browser.get("/console/insight/chart/passwords")).status_code == 404


async def test_who_opens_the_page(database: Database, seal: ProcessSeal, tmp_path: Path) -> None:
    """Staff with a working role; the confidential desk has nothing here."""
    setup = setup_of(WORLD, tmp_path, seal)
    async with signed_in(database, setup, Role.CONFIDENTIAL) as browser:
        assert (await browser.get("/console/insight")).status_code == 403
    async with signed_in(database, setup, Role.EDITOR) as browser:
        assert (await browser.get("/console/insight?period=3&desk=mission-ke&region=EHA")).status_code == 200
