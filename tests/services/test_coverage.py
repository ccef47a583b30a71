"""Who would answer now: gaps by topic, region and language, with people coming, going and standing nowhere."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from bot.core.absence import Absence
from bot.core.coverage import Cover, Coverage, Gap
from bot.core.errors import NotAllowed
from bot.core.person import Person, Role, StaffRole
from bot.services import coverage
from storage import absences, people
from storage.database import Database, Transaction
from storage.sealing import ProcessSeal
from tests.services.console_site import setup_of, signed_in
from tests.services.office import WORLD, Office, open_office
from tests.services.test_insight import viewer

NOW = datetime(2026, 11, 25, 9, tzinfo=UTC)


@pytest.fixture
def office(database: Database, seal: ProcessSeal, tmp_path: Path) -> Office:
    return open_office(database, seal, tmp_path / "files", NOW)


def look(office: Office) -> Coverage:
    return office.database.run_sync(lambda tx: coverage.look(tx, viewer(), NOW))


def at(found: Coverage, desk: str, language: str) -> Gap | None:
    return next((gap for gap in found.gaps if (gap.desk, gap.language) == (desk, language)), None)


def join(office: Office, **limit: str) -> int:
    def add(tx: Transaction) -> int:
        person = people.add(tx, Person(language="en"), "slack", f"U{'-'.join(limit.values())}", "")
        people.add_role(tx, StaffRole(person=person.id, role=Role.FOCAL_POINT, **limit))
        return person.id

    return office.database.run_sync(add)


@pytest.mark.req("S1-R2")
def test_a_desk_with_people_covers_its_languages(office: Office) -> None:
    """The Kenyan mission has two focal points; the Ethiopian one has nobody, and nobody is above it."""
    found = look(office)
    assert at(found, "mission-ke", "en") is None
    gap = at(found, "mission-et", "en")
    assert gap is not None
    assert (gap.cover, gap.region) == (Cover.NOBODY, "EHA")


def test_a_desk_above_is_named(office: Office) -> None:
    """A gap that the region would fill is no red one."""
    join(office, desk="region-eha")
    gap = at(look(office), "mission-et", "en")
    assert gap is not None
    assert (gap.cover, gap.above) == (Cover.ABOVE, "region-eha")


def test_whoever_is_away_covers_nothing(office: Office) -> None:
    """Both of the mission are away: it is a gap as long as they are."""
    for person in (2, 3):
        gone = Absence(person=person, begins=NOW - timedelta(days=1), ends=NOW + timedelta(days=1))
        office.database.run_sync(lambda tx, gone=gone: absences.add(tx, gone))  # type: ignore[misc]
    gap = at(look(office), "mission-ke", "en")
    assert gap is not None
    assert gap.cover is Cover.NOBODY


def test_managers_of_everything_are_at_no_desk(office: Office) -> None:
    """One manager for all does not make sixty desks covered."""

    def add(tx: Transaction) -> None:
        person = people.add(tx, Person(language="en"), "slack", "UCHIEF", "")
        people.add_role(tx, StaffRole(person=person.id, role=Role.MANAGER))

    office.database.run_sync(add)
    gap = at(look(office), "mission-et", "en")
    assert gap is not None


def test_a_cell_says_the_worst_of_its_desks(office: Office) -> None:
    """Some country of the region has nobody: the topic is red there, by language."""
    found = look(office)
    topic = next(gap.topics[0] for gap in found.gaps if gap.desk == "mission-et")
    assert found.worst(topic, "EHA") is Cover.NOBODY
    assert "en" in found.lacking(topic, "EHA")


def test_the_confidential_desk_is_not_looked_at(office: Office) -> None:
    """Neither as first desk nor as one above."""
    hidden = WORLD.office.confidential_desk
    assert not [gap for gap in look(office).gaps if hidden in (gap.desk, gap.above)]


def test_it_is_for_staff_of_the_desks(office: Office) -> None:
    """The confidential role sees none of it."""
    with pytest.raises(NotAllowed):
        office.database.run_sync(lambda tx: coverage.look(tx, viewer(Role.CONFIDENTIAL), NOW))


@pytest.mark.parametrize("language", ["en", "fr", "es"])
async def test_gaps_are_named_on_the_page(database: Database, seal: ProcessSeal, tmp_path: Path, language: str) -> None:
    """With a word beside the colour, in every language."""
    open_office(database, seal, tmp_path / "files", NOW)
    words = {"en": "nobody", "fr": "personne", "es": "nadie"}
    async with signed_in(database, setup_of(WORLD, tmp_path, seal), Role.MANAGER, language=language) as browser:
        page = (await browser.get("/console/insight/coverage?region=EHA&language=en")).text
    assert f"■</span> {words[language]}</span>" in page
    assert "mission-et" in page
