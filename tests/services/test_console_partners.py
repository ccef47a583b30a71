"""The partner pages of the console, as a browser of somebody signed in gets them. On both databases."""

import asyncio
import io
import re
import zipfile
from datetime import timedelta
from pathlib import Path

import pytest

from bot.app.importing import work_off_stored
from bot.core.organisation import Organisation
from bot.core.person import Connection, Person, Role
from bot.services.setup import Setup
from storage import clock, invites, organisations, people
from storage.database import Database
from storage.directory_tables import invites as invite_rows
from storage.sealing import ProcessSeal
from storage.tables import accounts, audit
from tests.services.console_site import setup_of, signed_in
from tests.services.office import WORLD


@pytest.fixture
def setup(database: Database, seal: ProcessSeal, tmp_path: Path) -> Setup:
    """An office with the partners of its files, and a Telegram bot."""
    bot = {"account": "telegram", "kind": "telegram", "name": "csobot_bot"}
    database.run_sync(lambda tx: tx.execute(accounts.insert().values(bot)))
    database.run_sync(lambda tx: organisations.load(tx, WORLD.organisations))
    return setup_of(WORLD, tmp_path / "files", seal)


def kept(database: Database, organisation: str) -> Organisation:
    found = database.run_sync(lambda tx: organisations.get(tx, organisation))
    assert found
    return found


async def test_the_list_keeps_its_filters_in_the_address(database: Database, setup: Setup) -> None:
    """What is filtered is shown with a way to take it away, and the count is that of the filter."""
    async with signed_in(database, setup, Role.MANAGER) as browser:
        shown = (await browser.get("/console/partners?type=MED&region=EHA&sort=-country")).text
    media = [each for each in WORLD.organisations if each.type == "MED" and WORLD.region_of[each.country] == "EHA"]
    assert f"{len(media)} organisation" in shown
    assert 'href="?region=EHA&amp;sort=-country"' in shown
    assert 'aria-sort="descending"' in shown


async def test_a_list_without_a_hit_says_what_to_do(database: Database, setup: Setup) -> None:
    """Nothing found is a sentence with a next step."""
    async with signed_in(database, setup, Role.FOCAL_POINT) as browser:
        shown = (await browser.get("/console/partners?q=nobody-is-called-so")).text
    assert "No organisation is like this" in shown
    assert "Take a filter away" in shown


async def test_what_was_typed_is_text(database: Database, setup: Setup) -> None:
    """Markup in a search and in a name is shown as it was written."""
    async with signed_in(database, setup, Role.MANAGER) as browser:
        name = '<script>alert("x")</script>'
        made = await browser.post("/console/partners/new", name=name, type="NGO", country="KE")
        shown = (await browser.get(made.headers["location"])).text
        found = (await browser.get("/console/partners?q=%3Cscript%3E")).text
    assert made.status_code == 303
    assert "<script>alert" not in shown + found
    assert "&lt;script&gt;alert" in shown


async def test_a_proposed_organisation_is_verified_on_its_page(database: Database, setup: Setup) -> None:
    """From the form to verified: each step says what was done, and its life is on the page."""
    async with signed_in(database, setup, Role.EDITOR) as browser:
        made = await browser.post(
            "/console/partners/new", name="Tana Wells", type="NGO", country="KE", topics="shelter"
        )
        page = made.headers["location"]
        assert "Verify" in (await browser.get(page)).text
        done = await browser.post(f"{page}/verify")
        shown = (await browser.get(page)).text
    assert (page, done.status_code) == ("/console/partners/CSO-0061", 303)
    assert "Verified: the office stands behind this record." in shown
    assert "added as proposed" in shown
    assert kept(database, "CSO-0061").status == "verified"


async def test_suspending_takes_a_reason_and_can_be_lifted(database: Database, setup: Setup) -> None:
    """The reason is in the life of the record, and the way back on the page."""
    async with signed_in(database, setup, Role.MANAGER) as browser:
        await browser.post("/console/partners/CSO-0001/suspend", reason="requested")
        shown = (await browser.get("/console/partners/CSO-0001")).text
        await browser.post("/console/partners/CSO-0001/verify")
        await browser.post("/console/partners/CSO-0001/close", reason="inactive")
        closed = (await browser.get("/console/partners/CSO-0001")).text
    assert "(it asked for it)" in shown
    assert "Lift the suspension" in shown
    assert "Open again" in closed


async def test_a_form_with_mistakes_comes_back_with_what_was_written(database: Database, setup: Setup) -> None:
    """Every wrong field says what is allowed there; nothing is kept."""
    async with signed_in(database, setup, Role.MANAGER) as browser:
        answer = await browser.post("/console/partners/CSO-0001/edit", version="1", name="", email="no address")
    assert answer.status_code == 422
    assert "2 fields need another look" in answer.text
    assert 'value="no address"' in answer.text
    assert answer.text.count('aria-invalid="true"') == 2
    assert kept(database, "CSO-0001").version == 1


async def test_two_who_edit_at_once_are_shown_both(database: Database, setup: Setup) -> None:
    """The second sees what it is now beside their own words, and may keep theirs after all."""
    async with signed_in(database, setup, Role.MANAGER) as browser:
        await browser.post("/console/partners/CSO-0001/edit", version="1", name="First")
        second = await browser.post("/console/partners/CSO-0001/edit", version="1", name="Second")
        version = re.search(r'name="version" value="(\d+)"', second.text)
        assert version
        again = await browser.post("/console/partners/CSO-0001/edit", version=version[1], name="Second")
    assert second.status_code == 409
    assert "First" in second.text
    assert "Second" in second.text
    assert (again.status_code, kept(database, "CSO-0001").name) == (303, "Second")


async def test_an_invitation_is_shown_once(database: Database, setup: Setup) -> None:
    """Link, code, picture and e-mail text stand in the answer and on no other page; only the hash is kept."""
    async with signed_in(database, setup, Role.FOCAL_POINT) as browser:
        answer = await browser.post("/console/partners/CSO-0043/invite", person="0", language="fr")
        page = (await browser.get("/console/partners/CSO-0043")).text
    link = re.search(r"https://t\.me/csobot_bot\?start=([A-Za-z0-9_-]{1,64})", answer.text)
    assert link
    assert 'src="data:image/png;base64,' in answer.text
    assert "Bonjour" in answer.text
    assert link[1] not in page
    assert database.run_sync(lambda tx: invites.find(tx, link[1], clock.now(tx)))


async def test_who_may_only_look_gets_no_button_and_no_act(database: Database, setup: Setup) -> None:
    """An approver sees the page without acts; sending one all the same is refused."""
    async with signed_in(database, setup, Role.APPROVER) as browser:
        page = (await browser.get("/console/partners/CSO-0001")).text
        answers = [
            (await browser.post(f"/console/partners/CSO-0001/{act}")).status_code
            for act in ("verify", "suspend", "close", "reopen", "consent", "listed", "invite", "edit")
        ]
    assert "Change its status" not in page
    assert set(answers) == {403}


async def test_a_role_of_one_region_has_no_page_of_another(database: Database, setup: Setup) -> None:
    """Morocco is no page and no act for East Africa."""
    async with signed_in(database, setup, Role.MANAGER, region="EHA") as browser:
        assert (await browser.get("/console/partners/CSO-0001")).status_code == 200
        assert (await browser.get("/console/partners/CSO-0019")).status_code == 404
        assert (await browser.post("/console/partners/CSO-0019/verify")).status_code == 403
        assert (await browser.post("/console/partners/CSO-0019/invite", person="0")).status_code == 403


@pytest.mark.parametrize("language", ["en", "fr", "es"])
async def test_every_page_is_there_in_every_language(database: Database, setup: Setup, language: str) -> None:
    """No page lacks a word."""
    pages = (
        *("partners", "partners/CSO-0001", "partners/new", "partners/CSO-0001/edit", "people"),
        *("connecting", "connecting/reminders", "imports"),
    )
    async with signed_in(database, setup, Role.MANAGER, Role.EDITOR, language=language) as browser:
        answers = [await browser.get(f"/console/{page}") for page in pages]
    assert {answer.status_code for answer in answers} == {200}
    assert all(f'<html lang="{language}"' in answer.text for answer in answers)


async def test_the_connecting_page_counts_by_region(database: Database, setup: Setup) -> None:
    """Every region has its numbers, and each leads to the organisations behind it."""
    async with signed_in(database, setup, Role.MANAGER) as browser:
        page = (await browser.get("/console/connecting")).text
        chart = (await browser.get("/console/connecting/chart")).text
    assert "0 of 60 connected" in page
    assert 'href="/console/partners?region=EHA&amp;connection=not_yet"' in page
    assert '<svg class="chart"' in chart
    assert chart.count("<tr>") == 13


async def test_many_are_invited_with_one_file(database: Database, setup: Setup) -> None:
    """A table with a link for everybody who is neither connected nor invited; nobody is left afterwards."""
    async with signed_in(database, setup, Role.MANAGER) as browser:
        answer = await browser.post("/console/connecting/invite", format="csv")
        page = (await browser.get("/console/connecting")).text
    assert answer.headers["content-disposition"] == 'attachment; filename="invitations.csv"'
    assert answer.text.count("https://t.me/csobot_bot?start=") == 60
    assert "Everybody is connected or invited." in page


async def test_whoever_has_not_come_is_reminded_with_a_text_in_their_language(
    database: Database, setup: Setup, tmp_path: Path
) -> None:
    """Days later they are on the list; the file has one text for each in a folder of its language."""
    async with signed_in(database, setup, Role.MANAGER) as browser:
        await browser.post("/console/partners/CSO-0043/invite", person="0", language="fr")
        assert "Nobody has to be reminded today." in (await browser.get("/console/connecting/reminders")).text
        long_ago = database.run_sync(clock.now) - timedelta(days=10)
        database.run_sync(lambda tx: tx.execute(invite_rows.update().values(made_at=long_ago)))
        page = (await browser.get("/console/connecting/reminders")).text
        answer = await browser.post("/console/connecting/remind", format="mail")
    assert "Solidarité du Lac" in page
    with zipfile.ZipFile(io.BytesIO(answer.content)) as folder:
        (name,) = folder.namelist()
        text = folder.read(name).decode()
    assert name.startswith("fr/CSO-0043")
    assert text.startswith("To: partners@sdl.example")
    assert "Bonjour" in text


def somebody(database: Database, name: str, connection: Connection, organisation: str = "CSO-0001") -> int:
    """A person of the organisation with a Telegram chat."""
    person = Person(language="en", country="KE", organisation=organisation, connection=connection, name=name)
    return database.run_sync(lambda tx: people.add(tx, person, "telegram", name, f"chat-{name}")).id


async def test_staff_decide_about_people_on_the_page(database: Database, setup: Setup) -> None:
    """Confirm one, refuse another, name the spokesperson, note that somebody has left: each is done and told."""
    amina = somebody(database, "Amina", Connection.CLAIMED)
    omar = somebody(database, "Omar", Connection.CLAIMED)
    async with signed_in(database, setup, Role.MANAGER) as browser:
        await browser.post(f"/console/people/{amina}/confirm")
        await browser.post(f"/console/people/{omar}/refuse")
        await browser.post(f"/console/people/{amina}/speaker")
        spoken = (await browser.get("/console/partners/CSO-0001")).text
        assert kept(database, "CSO-0001").speaker == amina
        left = await browser.post(f"/console/people/{amina}/left", to="0")
        page = (await browser.get("/console/partners/CSO-0001")).text
    states = [database.run_sync(lambda tx, each=each: people.get(tx, each)).connection for each in (amina, omar)]  # type: ignore[misc,union-attr]
    assert states == [Connection.LEFT, Connection.REFUSED]
    assert "spokesperson" in spoken
    assert left.headers["location"] == "/console/partners/CSO-0001#people"
    assert "Noted that the person has left." in page


async def test_a_manager_of_another_region_decides_nothing(database: Database, setup: Setup) -> None:
    """Whoever waits in Kenya is confirmed by staff for East Africa, not by those for the Americas."""
    amina = somebody(database, "Amina", Connection.CLAIMED)
    async with signed_in(database, setup, Role.MANAGER, region="AMER") as browser:
        answers = [
            (await browser.post(f"/console/people/{amina}/{act}")).status_code
            for act in ("confirm", "refuse", "left", "speaker")
        ]
    assert answers == [403, 403, 403, 403]


async def test_staff_are_nobody_s_people(database: Database, setup: Setup) -> None:
    """A colleague with a role is not confirmed, refused or left as if they were a partner."""
    async with signed_in(database, setup, Role.MANAGER) as browser:
        assert (await browser.post(f"/console/people/{browser.person}/confirm")).status_code == 404
        assert "Amber desk</th>" not in (await browser.get("/console/people")).text


LIST = """id,name,type,country,interface_language,timezone
CSO-0900,Tana Wells Circle,NGO,KE,en,Africa/Nairobi
CSO-0901,Broken One,CLUB,KE,en,Africa/Nairobi
CSO-0902,,NGO,KE,en,Africa/Nairobi
"""


async def test_a_list_is_tried_out_taken_over_and_undone(database: Database, setup: Setup) -> None:
    """The trial names row and column and writes nothing; then the good row is in, and out again."""
    async with signed_in(database, setup, Role.MANAGER) as browser:
        trial = await browser.send_file("/console/imports", "list.csv", LIST.encode(), kind="organisations")
        assert "3 rows: 1 can be taken over, 2 cannot." in trial.text
        assert re.search(r"Row 3</th><td[^>]*>type</td>", trial.text)
        assert re.search(r"Row 4</th><td[^>]*>name</td>", trial.text)
        assert database.run_sync(lambda tx: organisations.get(tx, "CSO-0900")) is None
        hidden = dict(re.findall(r'name="(kind|name|content|proof|rows)" value="([^"]*)"', trial.text))
        page = (await browser.post("/console/imports/start", **hidden)).headers["location"]
        await asyncio.to_thread(work_off_stored, database, setup)
        shown = (await browser.get(page)).text
        assert kept(database, "CSO-0900").name == "Tana Wells Circle"
        await browser.post(f"{page}/undo")
        await asyncio.to_thread(work_off_stored, database, setup)
        undone = (await browser.get(page)).text
    assert re.search(r"Refused: 2", shown)
    assert "Row 4" in shown
    assert "undone" in undone
    assert database.run_sync(lambda tx: organisations.get(tx, "CSO-0900")) is None


async def test_only_a_file_that_was_tried_out_is_taken_over(database: Database, setup: Setup) -> None:
    """The name of another stored file, or somebody else's proof, begins nothing."""
    async with signed_in(database, setup, Role.MANAGER) as browser:
        trial = await browser.send_file("/console/imports", "list.csv", LIST.encode(), kind="organisations")
        hidden = dict(re.findall(r'name="(kind|name|content|proof|rows)" value="([^"]*)"', trial.text))
        other = await browser.post("/console/imports/start", **{**hidden, "content": "0" * 64})
        nothing = await browser.post("/console/imports/start", **{**hidden, "proof": ""})
    assert (other.status_code, nothing.status_code) == (404, 404)


async def test_progress_is_asked_for_without_being_sent_again(database: Database, setup: Setup) -> None:
    """The page polls; where nothing changed the answer is empty."""
    async with signed_in(database, setup, Role.MANAGER) as browser:
        trial = await browser.send_file("/console/imports", "list.csv", LIST.encode(), kind="organisations")
        hidden = dict(re.findall(r'name="(kind|name|content|proof|rows)" value="([^"]*)"', trial.text))
        page = (await browser.post("/console/imports/start", **hidden)).headers["location"]
        first = await browser.client.get(page, headers={"HX-Request": "true"})
        second = await browser.client.get(page, headers={"HX-Request": "true", "If-None-Match": first.headers["etag"]})
    assert (first.status_code, second.status_code, second.content) == (200, 304, b"")


@pytest.mark.req("S0-T0")
async def test_the_export_is_what_the_filters_show(database: Database, setup: Setup) -> None:
    """Every organisation of the type and no other; who took it is in the audit log."""
    async with signed_in(database, setup, Role.EDITOR) as browser:
        answer = await browser.get("/console/partners/export?type=TUP")
    unions = [each.id for each in WORLD.organisations if each.type == "TUP"]
    assert sorted(line.split(",")[0] for line in answer.text.splitlines()[1:]) == sorted(unions)
    acts = database.run_sync(lambda tx: tx.execute(audit.select().where(audit.c.act == "exported")).all())
    assert [row.via for row in acts] == ["console"]
