"""The staff pages: what administrators do there, and what others cannot."""

import re
from collections.abc import AsyncIterator
from datetime import datetime
from pathlib import Path

import pytest

from bot.core.person import Role
from storage import clock, people, suspensions
from storage.database import Database
from storage.sealing import ProcessSeal
from tests.services.console_desk import Desk, open_desk
from tests.services.office import open_office


@pytest.fixture
async def desk(sqlite_url: str, seal: ProcessSeal, tmp_path: Path, now: datetime) -> AsyncIterator[Desk]:
    """An office with one person of every role; an administrator is signed in."""
    database = Database(sqlite_url)
    database.run_sync(lambda tx: clock.freeze(tx, now))
    async with open_desk(open_office(database, seal, tmp_path, now)) as opened:
        opened.sign_in("admin")
        yield opened
    database.close()


def page_of(desk: Desk, who: str) -> str:
    return f"/console/staff/{desk.people[who].id}"


async def test_suspending_ends_the_session_and_lifting_does_not_bring_it_back(desk: Desk) -> None:
    """The reason is shown; the roles count again afterwards, and a new sign-in is needed."""
    editor = desk.people["editor"].id
    theirs = desk.sign_in("editor")
    desk.sign_in("admin")
    done = await desk.post(f"{page_of(desk, 'editor')}/suspend", why="account_lost")
    assert done.headers["location"] == page_of(desk, "editor")
    assert "the account may be in other hands" in (await desk.client.get(page_of(desk, "editor"))).text
    await desk.post(f"{page_of(desk, 'editor')}/lift")
    assert desk.office.database.run_sync(lambda tx: suspensions.of(tx, editor)) is None
    desk.sign_out()
    desk.client.cookies.set(desk.console.cookie, theirs)
    assert (await desk.client.get("/console/")).headers["location"] == "/console/sign-in"


async def test_the_last_administrator_stays(desk: Desk) -> None:
    """The page says what to do first."""
    refused = await desk.post(f"{page_of(desk, 'admin')}/suspend", why="by_admin")
    assert refused.status_code == 400
    assert "administrator" in refused.text


async def test_roles_are_given_and_taken(desk: Desk) -> None:
    """Limited to one place; the log names both."""
    editor = desk.people["editor"].id
    await desk.post(f"{page_of(desk, 'editor')}/give-role", role="focal-point", place="desk:mission-ke")
    roles = desk.office.database.run_sync(lambda tx: people.roles(tx, editor))
    assert {(each.role, each.desk) for each in roles} == {(Role.EDITOR, ""), (Role.FOCAL_POINT, "mission-ke")}
    await desk.post(f"{page_of(desk, 'editor')}/take-role", role="focal-point", place="desk:mission-ke")
    assert len(desk.office.database.run_sync(lambda tx: people.roles(tx, editor))) == 1
    log = (await desk.client.get("/console/audit")).text
    assert "gave a role: focal-point:mission-ke" in log
    assert "took a role away: focal-point:mission-ke" in log


async def test_a_hand_over_is_seen_before_it_is_done(desk: Desk) -> None:
    """One open query of the liaison goes to a colleague at the same desk."""
    office = desk.office
    office.say("Who coordinates site planning in Garissa?")
    office.staff_press("claim")
    named = office.database.run_sync(lambda tx: [people.known(tx, "slack", user) for user in ("ULIA", "UBAK")])
    liaison, backup = (each.id for each in named if each)
    address = f"/console/staff/{liaison}/hand-over?to=person:{backup}"
    seen = await desk.client.get(address)
    assert "Q-0001" in seen.text
    assert "goes to the colleague" in seen.text
    done = await desk.post(f"/console/staff/{liaison}/hand-over", to=f"person:{backup}")
    assert done.headers["location"] == f"/console/staff/{liaison}"
    assert "One query is handed over." in (await desk.client.get(f"/console/staff/{liaison}")).text
    assert "Nothing is open" in (await desk.client.get(address)).text


async def test_an_invitation_stands_on_its_page_only(desk: Desk) -> None:
    """One code with its place and its days; the staff page does not show it again."""
    made = await desk.post("/console/staff/invite", role="focal-point", place="desk:mission-ke")
    code = re.search(r"/csobot start (\S+)</code>", made.text)
    assert code is not None
    assert "14 days" in made.text
    assert code.group(1) not in (await desk.client.get("/console/staff")).text


async def test_a_focal_point_without_a_place_is_refused(desk: Desk) -> None:
    """And no code is made."""
    refused = await desk.post("/console/staff/invite", role="focal-point", place="")
    assert (refused.status_code, "/csobot start" in refused.text) == (400, False)


async def test_others_see_staff_and_change_nothing(desk: Desk) -> None:
    """An editor sees the person, without the forms; what is sent by hand is refused."""
    desk.sign_in("editor")
    shown = await desk.client.get(page_of(desk, "manager"))
    assert (shown.status_code, "/suspend" in shown.text, "/give-role" in shown.text) == (200, False, False)
    for act in ("suspend", "lift", "give-role", "take-role", "reset-factor", "hand-over"):
        assert (await desk.post(f"{page_of(desk, 'manager')}/{act}", why="by_admin", role="editor")).status_code == 403


async def test_the_confidential_desk_has_no_page_for_others(desk: Desk) -> None:
    """Not even that there is such a person."""
    desk.sign_in("manager")
    assert (await desk.client.get(page_of(desk, "confidential"))).status_code == 404
