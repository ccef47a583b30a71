"""The console as a browser meets it: who is let in where, what is refused, what every answer carries."""

import asyncio
import base64
import re
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import datetime
from pathlib import Path

import pyotp
import pytest

from adapters.web.console.declared import Page
from adapters.web.console.guard import HEADERS
from adapters.web.console.pages import PAGES
from adapters.web.console.parts import Access
from adapters.web.console.words import FOLDER
from bot.core.permission import ALLOWED, Permission
from bot.core.person import Role
from bot.core.suspension import Suspension, Why
from bot.services import signing_in
from storage import clock, people, suspensions
from storage.database import Database
from storage.sealing import ProcessSeal
from tests.services.console_desk import SAME, Desk, open_desk
from tests.services.office import open_office

pytestmark = pytest.mark.filterwarnings("ignore:Setting per-request cookies")
LINK = "https://desk.example.org"


@pytest.fixture
async def desk(sqlite_url: str, seal: ProcessSeal, tmp_path: Path, now: datetime) -> AsyncIterator[Desk]:
    """An office with one person of every role; the product clock stands still."""
    database = Database(sqlite_url)
    database.run_sync(lambda tx: clock.freeze(tx, now))
    async with open_desk(open_office(database, seal, tmp_path, now)) as opened:
        yield opened
    database.close()


def somewhere(path: str) -> str:
    """An address that a path with parameters stands for."""
    return re.sub(r"\{\w+(:\w+)?\}", "1", path)


def link(desk: Desk, who: str) -> str:
    """The token of a fresh link of this person."""
    setup, now = desk.office.setup, desk.office.now
    sealed = desk.office.database.run_sync(lambda tx: signing_in.offer(tx, setup, desk.people[who].id, now))
    return desk.office.setup.seal.open(base64.b64decode(sealed)).decode()


GUARDED = [page for page in PAGES if page.access not in (Access.ANYBODY, Access.DEMO)]
PERMITTED = [page for page in PAGES if isinstance(page.access, Permission)]


def test_no_page_goes_without_a_permission() -> None:
    """Beside the way in, one's own things and the demo, every page names what one needs."""
    without = {page.path for page in PAGES if not isinstance(page.access, Permission)}
    assert without == {
        *("/console/sign-in", "/console/enter", "/console/enter/who", "/console/demo", "/console/factor"),
        *("/console/", "/console/sessions", "/console/sessions/{session}/end", "/console/language"),
        *("/console/sign-out", "/console/sign-out-everywhere"),
    }


@pytest.mark.parametrize("page", GUARDED, ids=lambda page: f"{page.method} {page.path}")
async def test_nobody_gets_anywhere_without_a_session(desk: Desk, page: Page) -> None:
    """A page leads to the way in, an act is refused; so it is with a made-up cookie."""
    for cookie in ("", "made-up-made-up-made-up"):
        desk.client.cookies.set(desk.console.cookie, cookie)
        answer = await desk.client.request(page.method, somewhere(page.path), headers=SAME)
        expected = (303, "/console/sign-in") if page.method == "GET" else (401, None)
        assert (answer.status_code, answer.headers.get("location")) == expected


@pytest.mark.parametrize("role", list(Role))
async def test_each_role_opens_what_it_may_and_nothing_else(desk: Desk, role: Role) -> None:
    """Every page and every act, one by one, against the table of permissions."""
    desk.sign_in(role.value)
    csrf = await desk.csrf()
    for page in PERMITTED:
        assert isinstance(page.access, Permission)
        answer = await desk.client.request(
            page.method, somewhere(page.path), headers=SAME, data={"csrf": csrf} if page.method == "POST" else None
        )
        refused = "is not for your role" in answer.text
        assert refused == (role not in ALLOWED[page.access]), (page.method, page.path, answer.status_code)


@pytest.mark.parametrize("role", [Role.ADMIN, Role.CONFIDENTIAL])
async def test_nothing_is_open_before_the_second_step(desk: Desk, role: Role) -> None:
    """Not one page, not one act: only the second step itself and signing out."""
    desk.sign_in(role.value, factor=False)
    for page in GUARDED:
        if page.access is Access.OPENING:
            continue
        answer = await desk.client.request(page.method, somewhere(page.path), headers=SAME)
        expected = (303, "/console/factor") if page.method == "GET" else (403, None)
        assert (answer.status_code, answer.headers.get("location")) == expected, page.path


async def test_other_verbs_are_not_answered(desk: Desk) -> None:
    """What is declared for GET is not there for PUT, PATCH or DELETE, and an act is not there for GET."""
    desk.sign_in("admin")
    for method in ("PUT", "PATCH", "DELETE"):
        assert (await desk.client.request(method, "/console/staff", headers=SAME)).status_code == 405
    assert (await desk.client.get("/console/sign-out")).status_code == 404


def allowed_there(page: Page) -> str:
    """Somebody who may open the page; administrators where they may."""
    roles = ALLOWED[page.access] if isinstance(page.access, Permission) else {Role.ADMIN}
    return Role.ADMIN.value if Role.ADMIN in roles else min(roles).value


POSTS = [page for page in GUARDED if page.method == "POST"]


@pytest.mark.parametrize("page", POSTS, ids=lambda page: page.path)
async def test_an_act_without_our_own_form_is_refused(desk: Desk, page: Page) -> None:
    """No token, somebody else's token, or a page of another site: nothing is done, and the session goes on."""
    desk.sign_in("editor")
    foreign = await desk.csrf()
    desk.sign_in(allowed_there(page), factor=page.path != "/console/factor")
    path = somewhere(page.path)
    for fields in ({}, {"csrf": ""}, {"csrf": "0" * 64}, {"csrf": foreign}):
        answer = await desk.client.post(path, data=fields, headers=SAME)
        assert (answer.status_code, "form is too old" in answer.text) == (403, True)
    for headers in (
        {},
        {"sec-fetch-site": "cross-site"},
        {"sec-fetch-site": "same-site"},
        {"origin": "https://evil.example"},
    ):
        answer = await desk.client.post(path, data={"csrf": foreign}, headers=headers)
        assert (answer.status_code, answer.text.startswith("Forbidden")) == (403, True)


@pytest.mark.parametrize("path", ["/console/sign-in", "/console/", "/console/nowhere", "/console/static/console.css"])
async def test_every_answer_carries_the_headers(desk: Desk, path: str) -> None:
    """Nothing is loaded from elsewhere, framed, guessed, told to others or kept."""
    desk.sign_in("focal-point")
    answer = await desk.client.get(path)
    kept = {name: value for name, value in HEADERS.items() if "/static/" not in path or name != "Cache-Control"}
    assert {name: answer.headers.get(name) for name in kept} == kept
    policy = answer.headers["content-security-policy"]
    assert "unsafe" not in policy
    assert "default-src 'none'" in policy


def test_no_page_has_a_script_or_a_style_of_its_own() -> None:
    """Everything comes from files: the policy needs no exception."""
    for file in FOLDER.glob("*.html"):
        text = file.read_text(encoding="utf-8")
        assert not re.search(r"\s(style|on[a-z]+)=|<style|<script(?! src=)|javascript:", text), file


async def test_another_name_of_this_machine_is_not_answered(desk: Desk) -> None:
    """A page elsewhere cannot reach the console by a name of its own."""
    answer = await desk.client.get("/console/sign-in", headers={"host": "evil.example:8080"})
    assert answer.status_code == 421


async def test_behind_https_the_cookie_is_of_this_host_only(
    sqlite_url: str, seal: ProcessSeal, tmp_path: Path, now: datetime
) -> None:
    """__Host-, Secure, HttpOnly, SameSite; and the browser is told to stay with https."""
    office = await asyncio.to_thread(lambda: open_office(Database(sqlite_url), seal, tmp_path, now))
    office.database.run_sync(lambda tx: clock.freeze(tx, now))
    async with open_desk(office, public_url=LINK) as https:
        answer = await https.client.post("/console/enter", data={"token": link(https, "focal-point")}, headers=SAME)
        cookie = next(each for each in answer.headers.get_list("set-cookie") if each.startswith("__Host-csobot="))
        assert all(part in cookie for part in ("Secure", "HttpOnly", "SameSite=lax", "Path=/"))
        assert answer.headers["strict-transport-security"] == "max-age=63072000"
    office.database.close()


async def test_opening_the_link_does_not_use_it_up(desk: Desk) -> None:
    """A previewer opens it as often as it likes, with or without what stands behind the #."""
    token = link(desk, "focal-point")
    for address in ("/console/enter", f"/console/enter?token={token}", f"/console/enter#{token}"):
        answer = await desk.client.get(address)
        assert (answer.status_code, desk.console.cookie in answer.cookies) == (200, False)
    entered = await desk.client.post("/console/enter", data={"token": token}, headers=SAME)
    assert (entered.status_code, entered.headers["location"]) == (303, "/console/")


async def test_the_page_says_as_whom_before_the_button_is_pressed(desk: Desk) -> None:
    """The role, never a name; and whether somebody else is signed in here."""
    desk.sign_in("manager")
    answer = await desk.post("/console/enter/who", token=link(desk, "editor"))
    assert answer.json() == {"valid": True, "button": "Sign in as editor", "other": True}


async def test_a_link_that_was_used_opens_nothing(desk: Desk) -> None:
    """Stolen from a history or a chat afterwards: one page that says what to do, and no session."""
    token = link(desk, "focal-point")
    await desk.client.post("/console/enter", data={"token": token}, headers=SAME)
    desk.sign_out()
    answer = await desk.client.post("/console/enter", data={"token": token}, headers=SAME)
    assert (answer.status_code, "set-cookie" in answer.headers) == (403, False)
    assert "This link does not work any more." in answer.text
    who = await desk.client.post("/console/enter/who", data={"token": token}, headers=SAME)
    assert (who.status_code, who.json()) == (404, {"valid": False})


async def test_two_presses_at_once_make_one_session(desk: Desk) -> None:
    """Two browsers with the same link: the second of two is refused."""
    token = link(desk, "focal-point")
    both = [desk.client.post("/console/enter", data={"token": token}, headers=SAME) for _ in range(2)]
    answers = await asyncio.gather(*both)
    assert sorted(each.status_code for each in answers) == [303, 403]


async def test_another_persons_link_ends_the_session_that_was_here(desk: Desk) -> None:
    """The browser is theirs from now on, and nobody's session is left behind in it."""
    before = desk.sign_in("manager")
    answer = await desk.post("/console/enter", token=link(desk, "editor"))
    assert answer.status_code == 303
    desk.sign_out()
    desk.client.cookies.set(desk.console.cookie, before)
    assert (await desk.client.get("/console/")).status_code == 303


async def test_after_signing_in_one_is_where_one_wanted_to_be(desk: Desk) -> None:
    """The page that was asked for, with its filters; never an address of somebody else."""
    asked = await desk.client.get("/console/staff?role=editor")
    assert asked.headers["location"] == "/console/sign-in"
    entered = await desk.client.post("/console/enter", data={"token": link(desk, "focal-point")}, headers=SAME)
    assert entered.headers["location"] == "/console/staff?role=editor"
    for evil in ("https%3A%2F%2Fevil.example%2Fconsole%2F", "%2F%2Fevil.example%2Fconsole%2F", "%2Fconsole%2F%5Cevil"):
        desk.sign_out()
        desk.client.cookies.set("csobot-next", evil)
        entered = await desk.client.post("/console/enter", data={"token": link(desk, "focal-point")}, headers=SAME)
        assert entered.headers["location"] == "/console/"


async def test_a_suspended_person_is_out_with_the_next_request(desk: Desk) -> None:
    """Whatever their browser holds."""
    desk.sign_in("manager")
    assert (await desk.client.get("/console/")).status_code == 200
    rests = Suspension(person=desk.people["manager"].id, why=Why.BY_ADMIN, at=desk.office.now)
    desk.office.database.run_sync(lambda tx: suspensions.add(tx, rests))
    assert (await desk.client.get("/console/")).headers["location"] == "/console/sign-in"


async def test_an_ended_session_is_out_with_the_next_request(desk: Desk) -> None:
    """Ended from another browser, on the page of sessions."""
    old = desk.sign_in("editor")
    desk.sign_out()
    desk.sign_in("editor")
    shown = await desk.client.get("/console/sessions")
    name = re.search(r"/console/sessions/([\w-]+)/end", shown.text)
    assert name is not None
    assert (await desk.post(f"/console/sessions/{name.group(1)}/end")).status_code == 303
    desk.sign_out()
    desk.client.cookies.set(desk.console.cookie, old)
    assert (await desk.client.get("/console/")).headers["location"] == "/console/sign-in"


async def test_signing_out_everywhere_ends_this_one_too(desk: Desk) -> None:
    """And leads to the way in, where it is said."""
    cookie = desk.sign_in("editor")
    answer = await desk.post("/console/sign-out-everywhere")
    assert answer.headers["location"] == "/console/sign-in"
    assert "signed out in every browser" in (await desk.client.get("/console/sign-in")).text
    desk.client.cookies.set(desk.console.cookie, cookie)
    assert (await desk.client.get("/console/")).status_code == 303


async def test_an_administrator_sets_the_second_step_up(desk: Desk) -> None:
    """The picture once, the digits, and then the page that was wanted."""
    desk.sign_in("admin", factor=False)
    await desk.client.get("/console/audit")
    page = await desk.client.get("/console/factor")
    assert "<svg" in page.text
    found = re.search(r'class="secret">([A-Z2-7 ]+)<', page.text)
    csrf = re.search(r'name="csrf" value="(\w+)"', page.text)
    assert found is not None
    assert csrf is not None
    wrong = await desk.client.post("/console/factor", data={"csrf": csrf.group(1), "code": "000000"}, headers=SAME)
    assert (wrong.status_code, "These digits are wrong" in wrong.text) == (403, True)
    code = pyotp.TOTP(found.group(1).replace(" ", "")).now()
    right = await desk.client.post("/console/factor", data={"csrf": csrf.group(1), "code": code}, headers=SAME)
    assert (right.status_code, right.headers["location"]) == (303, "/console/audit")
    assert (await desk.client.get("/console/audit")).status_code == 200
    desk.sign_out()
    desk.sign_in("admin", factor=False)
    assert "<svg" not in (await desk.client.get("/console/factor")).text


async def test_what_is_not_there_is_one_clear_page(desk: Desk) -> None:
    """With the way on; a stranger is sent to the way in and learns nothing."""
    assert (await desk.client.get("/console/nowhere")).headers["location"] == "/console/sign-in"
    desk.sign_in("editor")
    answer = await desk.client.get("/console/nowhere")
    assert (answer.status_code, "There is no such page" in answer.text) == (404, True)


async def test_too_much_is_not_read(desk: Desk) -> None:
    """Declared in the head or not."""
    desk.sign_in("editor")
    csrf = await desk.csrf()
    answer = await desk.client.post("/console/sign-out", data={"csrf": csrf, "x": "x" * 200_000}, headers=SAME)
    assert answer.status_code == 413


async def test_a_list_that_did_not_change_is_not_sent_again(desk: Desk) -> None:
    """304 for the page's own polling; the rows alone when something is new."""
    desk.sign_in("admin")
    asks = {"hx-request": "true"}
    first = await desk.client.get("/console/staff", headers=asks)
    again = await desk.client.get("/console/staff", headers={**asks, "if-none-match": first.headers["etag"]})
    assert (first.status_code, "<html" in first.text, again.status_code) == (200, False, 304)


async def test_polling_of_somebody_signed_out_says_so(desk: Desk) -> None:
    """The browser is told to load the page anew, which leads to the way in."""
    answer = await desk.client.get("/console/staff", headers={"hx-request": "true"})
    assert (answer.status_code, answer.headers["hx-refresh"]) == (401, "true")


@pytest.mark.parametrize("language", ["en", "fr", "es", "ar"])
async def test_every_page_speaks_the_language_of_its_reader(desk: Desk, language: str) -> None:
    """Arabic runs from the right."""
    person = desk.people["admin"]
    desk.office.database.run_sync(lambda tx: people.save(tx, replace(person, language=language)))
    desk.sign_in("admin")
    for path in ("/console/", "/console/sessions", "/console/audit", "/console/staff", "/console/nowhere"):
        head = (await desk.client.get(path)).text[:200]
        assert f'<html lang="{language}" dir="{"rtl" if language == "ar" else "ltr"}">' in head


async def test_the_confidential_desk_is_seen_by_administrators_only(desk: Desk) -> None:
    """Who belongs to it is nobody else's business."""
    desk.sign_in("manager")
    assert "confidential desk ·" not in (await desk.client.get("/console/staff")).text
    desk.sign_in("admin")
    assert "confidential desk ·" in (await desk.client.get("/console/staff")).text


async def test_the_audit_log_is_filtered_by_its_address(desk: Desk) -> None:
    """By person, act, about, place and day; an export has the same rows, and is noted."""
    desk.sign_in("editor")
    await desk.post("/console/sign-out-everywhere")
    desk.sign_in("manager")
    shown = await desk.client.get(
        "/console/audit?act=signed_out_everywhere&via=console&since=2026-03-04&until=2026-03-04"
    )
    assert "1 act" in shown.text
    other_day = await desk.client.get("/console/audit?since=2026-03-05")
    assert "Nothing fits these filters" in other_day.text
    exported = await desk.client.get("/console/audit/export/csv?act=signed_out_everywhere")
    lines = exported.text.splitlines()
    editor = desk.people["editor"].id
    assert lines[0] == "at,person,act,about,via"
    assert lines[1].endswith(f",{editor},signed_out_everywhere,staff:{editor},console")
    assert "attachment" in exported.headers["content-disposition"]
    for kind in ("xlsx", "json"):
        assert (await desk.client.get(f"/console/audit/export/{kind}")).status_code == 200
    assert "took a file" in (await desk.client.get("/console/audit")).text


async def test_there_are_no_personas_without_the_demo(desk: Desk) -> None:
    """Not even from this machine."""
    desk.sign_in("admin")
    assert (await desk.client.get("/console/demo")).status_code == 404
    assert (await desk.client.post("/console/demo", data={"person": "1"}, headers=SAME)).status_code == 404


async def test_personas_are_for_this_machine_only(
    sqlite_url: str, seal: ProcessSeal, tmp_path: Path, now: datetime
) -> None:
    """In the demo, from loopback and without a proxy in between; one click and one is in, without a second step."""
    office = open_office(Database(sqlite_url), seal, tmp_path, now)
    office.database.run_sync(lambda tx: clock.freeze(tx, now))
    async with open_desk(office, demo=True) as demo:
        assert (await demo.client.get("/console/demo", headers={"x-forwarded-for": "192.0.2.7"})).status_code == 404
        admin = str(demo.people["admin"].id)
        unknown = await demo.client.post("/console/demo", data={"person": "1"}, headers=SAME)
        entered = await demo.client.post("/console/demo", data={"person": admin}, headers=SAME)
        assert (unknown.status_code, entered.status_code) == (404, 303)
        assert (await demo.client.get("/console/audit")).status_code == 200
    office.database.close()


async def test_personas_are_not_for_another_machine(
    sqlite_url: str, seal: ProcessSeal, tmp_path: Path, now: datetime
) -> None:
    """Whatever name it asks for."""
    office = open_office(Database(sqlite_url), seal, tmp_path, now)
    async with open_desk(office, demo=True, client="192.0.2.7") as demo:
        assert (await demo.client.get("/console/demo")).status_code == 404
        assert (await demo.client.post("/console/demo", data={"person": "1"}, headers=SAME)).status_code == 404
        assert "Demo:" not in (await demo.client.get("/console/sign-in")).text
    office.database.close()


@pytest.mark.parametrize(
    "address",
    [
        "/console/audit?until=9999-12-31",
        "/console/audit?since=0001-01-01",
        "/console/audit?person=99999999999999999999",
    ],
)
async def test_an_address_nobody_would_write_is_answered(desk: Desk, address: str) -> None:
    """What cannot be meant is left out; nothing of ours fails."""
    desk.sign_in("admin")
    desk.client.cookies.set("csobot-zone", "Africa/Nairobi")
    assert (await desk.client.get(address)).status_code == 200
