"""Ways to words told in confidence that are none: each path tried by somebody who means ill."""

import json
import logging
import re
from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest
import structlog
from prometheus_client import CollectorRegistry, generate_latest

from adapters.web.console.pages import PAGES
from adapters.web.console.parts import Access
from bot.app.health import LoopWatch
from bot.app.metrics import Ledger
from bot.core.permission import Permission
from bot.core.person import Role, StaffRole
from bot.services import matter_marks, my_data
from storage import clock, people, table_rows
from storage.sealing import ProcessSeal, _unlocked
from tests.services.bytes_kept import database_bytes, found_in
from tests.services.matter_desk import (
    ANSWER,
    DELICATE,
    FILE,
    KEY_FILE,
    NOTE,
    PASSPHRASE,
    SECRET,
    Matters,
    open_matters,
)
from tests.services.office import PRIVATE_KEY

pytestmark = [pytest.mark.filterwarnings("ignore:Setting per-request cookies"), pytest.mark.req("S1-R5")]
WORDS = (SECRET, FILE, NOTE, ANSWER)
OTHERS = [role.value for role in Role if role is not Role.CONFIDENTIAL]


@pytest.fixture
async def matters(sqlite_url: str, seal: ProcessSeal, tmp_path: Path, now: datetime) -> AsyncIterator[Matters]:
    async with open_matters(sqlite_url, seal, tmp_path / "files", now) as opened:
        yield opened


async def worked_on(matters: Matters, *, shown: bool = True) -> None:
    """Everything the desk does with C-0001 before it is closed, reminders included."""
    matters.report()
    await matters.at_the_desk()
    await matters.get("/1")
    await matters.post("/1/take")
    await matters.post("/1/note", text=f"A note about {NOTE}")
    matters.office.now += timedelta(hours=30)
    matters.office.database.run_sync(lambda tx: clock.freeze(tx, matters.office.now))
    matters.office.database.run_sync(lambda tx: matter_marks.look(tx, matters.office.setup, matters.office.now))
    matters.desk.sign_in("confidential")
    await matters.at_the_desk()
    await matters.post("/1/answer", text=f"Come to {ANSWER}")
    matters.office.deliver()
    if shown:
        matters.office.press(matters.office.token("buttons.show_word"))
        matters.office.deliver()


def below(folder: Path) -> bytes:
    """Names and contents of every file below."""
    paths = sorted(path for path in folder.rglob("*") if path.is_file())
    return b"".join(path.name.encode() + path.read_bytes() for path in paths)


@pytest.mark.parametrize("shown", [False, True])
async def test_no_byte_of_the_database_holds_a_word(
    database_url: str, seal: ProcessSeal, tmp_path: Path, now: datetime, shown: bool
) -> None:
    """Matter, file name, note and answer, before and after the sender read it: on both databases, free pages too."""
    async with open_matters(database_url, seal, tmp_path / "files", now) as matters:
        await worked_on(matters, shown=shown)
        kept = database_bytes(matters.office.database, database_url)
    assert b"C-0001" in kept
    assert found_in(kept, WORDS) == []


async def test_no_file_holds_a_word_in_the_clear(matters: Matters, tmp_path: Path) -> None:
    """Names and contents of everything below the folder of files."""
    await worked_on(matters)
    kept = below(tmp_path / "files")
    assert len(kept) > len(FILE)
    assert found_in(kept, WORDS) == []


async def test_neither_passphrase_nor_key_is_kept(matters: Matters, sqlite_url: str, tmp_path: Path) -> None:
    """Not in the database, not beside it, not in a file that was uploaded, while the key is unlocked."""
    await worked_on(matters)
    raw = bytes(_unlocked(PRIVATE_KEY, PASSPHRASE))
    kept = database_bytes(matters.office.database, sqlite_url)
    kept += below(tmp_path)
    secrets = [PASSPHRASE.encode(), raw, raw.hex().encode(), json.loads(KEY_FILE)["locked"].encode()]
    assert [each for each in secrets if each in kept] == []


async def test_no_row_of_a_backup_holds_a_word(matters: Matters) -> None:
    """A backup is every table as lines of JSON."""
    await worked_on(matters)
    rows = matters.office.database.run_sync(
        lambda tx: b"".join(line for table in table_rows.tables() for line in table_rows.lines(tx, table))
    )
    assert b"matter" in rows
    assert found_in(rows, WORDS) == []


async def test_no_log_holds_a_word(matters: Matters, caplog: pytest.LogCaptureFixture) -> None:
    """Nor the passphrase, from unlocking to the answer, wrong passphrases and unknown numbers included."""
    caplog.set_level(logging.DEBUG)
    with structlog.testing.capture_logs() as logged:
        await worked_on(matters)
        await matters.unlock(f"{PASSPHRASE} wrong")
        await matters.get("/99")
        await matters.post("/1/answer", text="")
    said = f"{logged} {caplog.text}".encode()
    assert found_in(said, (*WORDS, PASSPHRASE)) == []


async def test_metrics_do_not_even_count_it(matters: Matters) -> None:
    """No word, no reference, no name of a table."""
    await worked_on(matters)
    registry = CollectorRegistry()
    registry.register(Ledger(matters.office.database, LoopWatch()))
    said = generate_latest(registry)
    assert b"csobot_deliveries" in said
    assert found_in(said, (*WORDS, "matter", "sealed", "confidential", "C-0001")) == []


@pytest.mark.parametrize("who", OTHERS)
async def test_no_other_role_gets_anywhere_near(matters: Matters, who: str) -> None:
    """Every address of the desk, guessed, with the number that exists: refused in words that say nothing of it."""
    await worked_on(matters)
    matters.desk.sign_in(who)
    csrf = await matters.desk.csrf()
    for page in (page for page in PAGES if page.access is Permission.OPEN_MATTERS):
        path = page.path.replace("{number}", "1").replace("{content}", "a" * 64)
        data = {"csrf": csrf} if page.method == "POST" else None
        answer = await matters.desk.client.request(
            page.method, path, data=data, headers={"sec-fetch-site": "same-origin"}
        )
        assert (answer.status_code, found_in(answer.content, (*WORDS, "C-0001"))) == (403, []), path


@pytest.mark.parametrize("who", OTHERS)
async def test_no_page_of_theirs_holds_a_word(matters: Matters, who: str) -> None:
    """Every page that any other role can open, searches for the words included, and every export."""
    await worked_on(matters)
    matters.desk.sign_in(who)
    for page in (page for page in PAGES if page.method == "GET" and page.access is not Access.DEMO):
        path = re.sub(r"\{\w+(:\w+)?\}", "1", page.path.replace("{format}", "csv"))
        for query in ("", f"?q={SECRET}", f"?tab=every&q={SECRET}"):
            answer = await matters.desk.client.get(f"{path}{query}")
            said = answer.content.replace(SECRET.encode(), b"") if query else answer.content  # the field of the search
            assert found_in(said, (*WORDS, "C-0001", "asks for favours")) == [], (path, query)


async def test_the_audit_log_does_not_even_say_that_there_was_a_matter(matters: Matters) -> None:
    """Neither its page nor its export, for those who read everything else in it."""
    await worked_on(matters)
    matters.desk.sign_in("admin")
    for path in ("/console/audit", "/console/audit/export/csv", "/console/audit?about=matter:1"):
        answer = await matters.desk.client.get(path)
        assert (answer.status_code, found_in(answer.content, ("matter.answer", "matter.take", "unlocked"))) == (200, [])


async def test_my_data_holds_nothing_of_it(matters: Matters) -> None:
    """Neither that of the sender, whose phone may be shared, nor the acts of whoever works at the desk."""
    await worked_on(matters)

    def kept(tx: object) -> str:
        both = [people.known(tx, "telegram", "500"), people.get(tx, matters.desk.people["confidential"].id)]  # type: ignore[arg-type]
        about = [my_data.kept_about(tx, person, matters.office.now) for person in both if person]  # type: ignore[arg-type]
        return json.dumps(about)

    said = matters.office.database.run_sync(kept)
    assert found_in(said.encode(), (*WORDS, "matter.", "matter:1")) == []


async def test_nothing_posted_anywhere_holds_a_word(matters: Matters) -> None:
    """Every message of the ledger, in every chat, as it is rendered but for the one that the sender asked for."""
    await worked_on(matters)
    said = [str(message) for message in matters.office.messages()]
    assert [each for each in said if found_in(each.encode(), WORDS)] == []


async def test_pages_are_kept_by_no_browser_and_no_proxy(matters: Matters) -> None:
    """No-store, no ETag to ask again with, nothing of the words in a cookie."""
    await worked_on(matters)
    for path in ("", "/1"):
        page = await matters.get(path)
        assert (page.headers["cache-control"], "etag" in page.headers) == ("no-store", False)
    answer = await matters.post("/1/note", text=f"More about {NOTE}")
    assert found_in(str(answer.headers).encode(), WORDS) == []
    again = await matters.desk.client.get("/console/confidential/1", headers={"hx-request": "true"})
    assert (again.headers["cache-control"], "etag" in again.headers) == ("no-store", False)


@pytest.mark.parametrize("path", ["/99", "/0", "/1e1", "/999999999999999999999", "/1/files/..%2f..%2fetc", "/-1"])
async def test_a_guessed_address_finds_nothing(matters: Matters, path: str) -> None:
    """Also with the key unlocked: not there, said without a word of what is."""
    await worked_on(matters)
    answer = await matters.get(path)
    assert (answer.status_code, found_in(answer.content, WORDS)) == (404, [])


@pytest.mark.parametrize("content", ["a" * 64, "%2e%2e", "..%2f..%2fetc%2fpasswd", ""])
async def test_a_file_is_found_by_its_own_name_only(matters: Matters, content: str) -> None:
    """Not another matter's, not another folder's."""
    await worked_on(matters)
    assert (await matters.get(f"/1/files/{content}")).status_code == 404


async def test_a_role_that_was_taken_away_ends_it_at_once(matters: Matters) -> None:
    """The session and the unlocked key are there; the role is not."""
    await worked_on(matters)
    person = matters.desk.people["confidential"].id
    gone = StaffRole(person=person, role=Role.CONFIDENTIAL)
    matters.office.database.run_sync(lambda tx: people.remove_role(tx, gone))
    page = await matters.get("/1")
    assert (page.status_code in (303, 401, 403), found_in(page.content, WORDS)) == (True, [])


async def test_a_key_file_that_asks_for_all_memory_is_refused(matters: Matters) -> None:
    """Before anything is stretched."""
    matters.report()
    matters.desk.sign_in("confidential")
    greedy = json.dumps({**json.loads(KEY_FILE), "memory": 2**40})
    assert (await matters.unlock(key=greedy)).status_code == 403


async def test_the_button_of_the_sender_works_for_nobody_else(matters: Matters) -> None:
    """A token that leaked shows nothing in another chat."""
    matters.report()
    await matters.at_the_desk()
    await matters.post("/1/answer", text=f"Come to {ANSWER}")
    matters.office.deliver()
    token = matters.office.token("buttons.show_word")
    matters.office.press(token, user="777")
    assert "confidential.word" not in matters.office.templates("777")
    matters.office.press(token)
    assert "confidential.word" in matters.office.templates("500")


async def test_more_words_of_the_sender_are_sealed_as_well(matters: Matters, sqlite_url: str) -> None:
    """Written while the matter is asked about, or by /safe, after the desk has begun."""
    await worked_on(matters)
    matters.office.say(f"/safe and then {SECRET} again", DELICATE)
    matters.office.deliver()
    kept = database_bytes(matters.office.database, sqlite_url)
    assert found_in(kept, WORDS) == []
