"""Pages of desks: work, calendars, the way up, ready answers; and who is kept out."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from bot.core.absence import Absence
from bot.core.canned import CannedState
from bot.core.person import Person, Role, StaffRole
from bot.services import desk_people, presence, working_time
from storage import absences, canned, people
from storage.database import Database, Transaction
from storage.reads import desks as reads
from storage.sealing import ProcessSeal
from storage.tables import audit
from tests.services.console_site import Browser, setup_of, signed_in
from tests.services.office import WORLD, open_office
from tests.services.test_insight import put, viewer

KE = "/console/desk/mission-ke"


def now() -> datetime:
    return datetime.now(UTC)


@pytest.fixture
async def browser(database: Database, seal: ProcessSeal, tmp_path: Path) -> AsyncIterator[Browser]:
    """A focal point of the region of the Kenyan mission, whose two focal points are persons 2 and 3."""
    open_office(database, seal, tmp_path / "files", now())
    async with signed_in(database, setup_of(WORLD, tmp_path, seal), Role.FOCAL_POINT, region="EHA") as signed:
        yield signed


def run(database: Database, work: Any) -> Any:
    return database.run_sync(work)


def test_what_one_has_is_counted(database: Database, seal: ProcessSeal, tmp_path: Path) -> None:
    """By person and by kind; queries of another desk are not."""
    open_office(database, seal, tmp_path / "files", now())
    late, soon = now() - timedelta(hours=1), now() + timedelta(hours=9)
    put(database, due_at=late)
    put(database, due_at=late, status="claimed", holder=2)
    put(database, due_at=soon, status="claimed", holder=2, snoozed_until=soon)
    put(database, status="waiting", holder=3)
    put(database, status="answered", holder=3, answered_at=now() - timedelta(days=2))
    put(database, status="answered", holder=3, answered_at=now() - timedelta(days=20))
    put(database, desk="mission-et", status="claimed", holder=2)
    found = run(database, lambda tx: reads.of_people(tx, viewer(), "mission-ke", now()))
    assert (found[0].unclaimed, found[0].overdue) == (1, 1)
    assert (found[2].held, found[2].overdue, found[2].snoozed) == (2, 1, 1)
    assert (found[3].waiting, found[3].answered, found[3].open) == (1, 1, 1)


def test_the_confidential_desk_is_in_no_list(database: Database, seal: ProcessSeal, tmp_path: Path) -> None:
    """Whatever it has to do."""
    open_office(database, seal, tmp_path / "files", now())
    put(database, desk=WORLD.office.confidential_desk)
    assert run(database, lambda tx: reads.of_desks(tx, viewer(), now())) == {}


def test_who_stands_in_is_the_last_of_the_deputies(database: Database, seal: ProcessSeal, tmp_path: Path) -> None:
    """Two is away and names three, three is away and names nobody: the desk decides."""
    office = open_office(database, seal, tmp_path / "files", now())

    def leave(tx: Transaction, person: int, deputy: int) -> None:
        gone = Absence(person=person, begins=office.now, ends=office.now + timedelta(days=3), deputy=deputy)
        absences.add(tx, gone)

    def look(tx: Transaction) -> list[tuple[int, bool, int]]:
        there = presence.look(tx, WORLD, office.now)
        found = desk_people.at_desk(there, WORLD.desks["mission-ke"], office.now + timedelta(days=60))
        return [(each.person, each.there, each.stands_in) for each in found]

    run(database, lambda tx: leave(tx, 2, 3))
    assert run(database, look) == [(2, False, 3), (3, True, 0)]
    run(database, lambda tx: leave(tx, 3, 0))
    assert run(database, look) == [(2, False, 0), (3, False, 0)]


def test_the_way_up_ends() -> None:
    """Mission, region, partnerships, civil society; no desk twice."""
    way = [each.id for each in desk_people.chain(WORLD, "mission-ke")]
    assert way[:2] == ["mission-ke", "region-eha"]
    assert len(way) == len(set(way))
    assert WORLD.desks[way[-1]].escalates_to not in set(WORLD.desks) - set(way)


async def test_the_list_shows_desks_of_the_role(browser: Browser) -> None:
    """Those of the region, with links; no other and not the confidential one."""
    page = (await browser.get("/console/desk")).text
    assert 'href="/console/desk/mission-ke"' in page
    assert "/console/desk/mission-td" not in page
    assert WORLD.office.confidential_desk not in page


@pytest.mark.parametrize("part", ["", "/calendar", "/chain", "/answers"])
@pytest.mark.parametrize("language", ["en", "fr", "es"])
async def test_every_page_of_a_desk_opens(
    database: Database, seal: ProcessSeal, tmp_path: Path, part: str, language: str
) -> None:
    """In every language, with somebody away."""
    office = open_office(database, seal, tmp_path / "files", now())
    gone = Absence(person=2, begins=office.now, ends=office.now + timedelta(days=9), deputy=3)
    run(database, lambda tx: absences.add(tx, gone))
    put(database, due_at=now() - timedelta(days=1), status="claimed", holder=2)
    async with signed_in(database, setup_of(WORLD, tmp_path, seal), Role.MANAGER, language=language) as signed:
        answer = await signed.get(f"{KE}{part}")
    assert answer.status_code == 200
    assert 'aria-current="page"' in answer.text


@pytest.mark.parametrize("desk", ["mission-td", "confidential-desk", "mission-xx"])
@pytest.mark.parametrize("part", ["", "/calendar", "/chain", "/answers", "/answers/new"])
async def test_other_desks_are_refused(browser: Browser, desk: str, part: str) -> None:
    """By a guessed address, whether there is such a desk or not."""
    answer = await browser.get(f"/console/desk/{desk}{part}")
    assert answer.status_code in {403, 404}
    assert "svg" not in answer.text.partition("<main")[2]


async def test_the_confidential_role_has_nothing_here(database: Database, seal: ProcessSeal, tmp_path: Path) -> None:
    """It sees its own matters elsewhere."""
    async with signed_in(database, setup_of(WORLD, tmp_path, seal), Role.CONFIDENTIAL) as signed:
        answers = [(await signed.get(f"/console/desk{part}")).status_code for part in ("", "/confidential-desk")]
    assert answers == [403, 403]


async def test_one_sets_ones_own_hours(browser: Browser, database: Database) -> None:
    """Days, hours and zone; kept for the person and on record."""
    form = {"version": "0", "opens": "08:00", "closes": "24:00", "timezone": "asia/amman"}
    answer = await browser.client.post(
        f"{KE}/calendar",
        data={"csrf": browser.csrf, "days": ["7", "1", "2"], **form},
        headers={"Origin": "http://127.0.0.1:8080"},
    )
    kept = run(database, lambda tx: working_time.of(tx, browser.person))
    assert answer.status_code == 303
    assert (sorted(kept.working_days), kept.timezone, f"{kept.opens:%H:%M}") == ([1, 2, 7], "Asia/Amman", "08:00")
    acts = run(database, lambda tx: list(tx.scalars(sa.select(audit.c.act))))
    assert acts[-1] == "hours_set"


@pytest.mark.parametrize(
    ("form", "word"),
    [
        ({"opens": "17:00", "closes": "08:00"}, "17:00"),
        ({"opens": "noon", "closes": ""}, "noon"),
        ({"timezone": "Mars/Base"}, "Mars/Base"),
    ],
)
async def test_hours_that_cannot_be(browser: Browser, database: Database, form: dict[str, str], word: str) -> None:
    """Said in a sentence, and what was typed stands in the form."""
    answer = await browser.post(f"{KE}/calendar", version="0", **form)
    assert answer.status_code == 400
    assert f'value="{word}"' in answer.text
    assert not run(database, lambda tx: working_time.of(tx, browser.person)).own


async def test_a_ready_answer_is_written_and_offered(browser: Browser, database: Database) -> None:
    """One press; it stands in the list with the languages that it lacks."""
    answer = await browser.post(
        f"{KE}/answers/new",
        do="offer",
        name="Kits",
        topic="shelter",
        text_en="Dear {organisation}",
        text_fr="",
        text_es="",
    )
    page = (await browser.get(f"{KE}/answers")).text
    kept = run(database, lambda tx: canned.of_desk(tx, "mission-ke"))
    assert answer.status_code == 303
    assert [(each.name, each.state) for each in kept] == [("Kits", CannedState.READY)]
    assert "not in" in page
    assert "French, Spanish" in page


async def test_a_bad_answer_keeps_what_was_typed(browser: Browser) -> None:
    """With the reason beside the field."""
    answer = await browser.post(f"{KE}/answers/new", name="", topic="", text_en="Dear {name}")
    assert answer.status_code == 400
    assert "Dear {name}</textarea>" in answer.text
    assert "There is no “name”" in answer.text
    assert "Give it a name." in answer.text


async def test_two_who_write_at_once(browser: Browser, database: Database) -> None:
    """The second sees the words of the first beside their own, and may keep theirs."""
    await browser.post(f"{KE}/answers/new", do="draft", name="Kits", text_en="One")
    number = run(database, lambda tx: canned.of_desk(tx, "mission-ke"))[0].id
    await browser.post(f"{KE}/answers/{number}", version="1", name="Kits", text_en="Two")
    late = await browser.post(f"{KE}/answers/{number}", version="1", name="Kits", text_en="Three")
    assert late.status_code == 409
    assert ">Two</dd>" in late.text
    assert "Three</textarea>" in late.text
    again = await browser.post(f"{KE}/answers/{number}", version="2", name="Kits", text_en="Three")
    assert again.status_code == 303
    assert run(database, lambda tx: canned.get(tx, number)).texts == {"en": "Three"}


async def test_an_answer_of_another_desk_is_not_found(browser: Browser, database: Database) -> None:
    """Not under the address of a desk of one's own either."""
    await browser.post(f"{KE}/answers/new", do="draft", name="Kits", text_en="One")
    number = run(database, lambda tx: canned.of_desk(tx, "mission-ke"))[0].id
    assert (await browser.get(f"/console/desk/mission-et/answers/{number}")).status_code == 404
    assert (await browser.post(f"/console/desk/mission-et/answers/{number}/retire")).status_code == 404


async def test_an_editor_reads_and_does_not_write(database: Database, seal: ProcessSeal, tmp_path: Path) -> None:
    """Writing is for those who answer."""
    open_office(database, seal, tmp_path / "files", now())
    async with signed_in(database, setup_of(WORLD, tmp_path, seal), Role.EDITOR) as signed:
        assert (await signed.get(f"{KE}/answers")).status_code == 200
        assert (await signed.post(f"{KE}/answers/new", name="x", text_en="y")).status_code == 403


def test_managers_of_everything_only_step_in(database: Database, seal: ProcessSeal, tmp_path: Path) -> None:
    """They may act at every desk and are no people of each."""
    office = open_office(database, seal, tmp_path / "files", now())

    def add(tx: Transaction) -> int:
        person = people.add(tx, Person(language="en"), "slack", "UCHIEF", "")
        people.add_role(tx, StaffRole(person=person.id, role=Role.MANAGER))
        return person.id

    chief = run(database, add)
    found = run(
        database,
        lambda tx: desk_people.at_desk(presence.look(tx, WORLD, office.now), WORLD.desks["mission-ke"], office.now),
    )
    assert {each.person: each.own for each in found} == {2: True, 3: True, chief: False}
