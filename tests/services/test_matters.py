"""What the confidential desk does in the console: unlock, read, answer, note, hand over, close, keep, release."""

import re
from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from bot.core.matter import SealedState
from bot.core.person import Role, StaffRole
from bot.services import matter_marks
from storage import clock, people, queries, sealed
from storage.sealed import SealedMatter
from storage.sealing import ProcessSeal
from tests.services.matter_desk import ANSWER, DELICATE, FILE, NOTE, SECRET, Matters, open_matters

pytestmark = [pytest.mark.filterwarnings("ignore:Setting per-request cookies"), pytest.mark.req("S1-R5")]


@pytest.fixture
async def matters(sqlite_url: str, seal: ProcessSeal, tmp_path: Path, now: datetime) -> AsyncIterator[Matters]:
    async with open_matters(sqlite_url, seal, tmp_path, now) as opened:
        yield opened


def matter(matters: Matters) -> SealedMatter:
    return matters.office.database.run_sync(lambda tx: sealed.get(tx, 1))


def later(matters: Matters, by: timedelta) -> None:
    matters.office.now += by
    matters.office.database.run_sync(lambda tx: clock.freeze(tx, matters.office.now))


def works_for(matters: Matters, region: str) -> None:
    """The member of the confidential desk also works for that region's office."""
    person = matters.desk.people["confidential"].id
    role = StaffRole(person=person, role=Role.FOCAL_POINT, region=region)
    matters.office.database.run_sync(lambda tx: people.add_role(tx, role))


async def test_the_list_says_when_and_how_it_stands_and_nothing_else(matters: Matters) -> None:
    """Without the passphrase there are references, times and states."""
    matters.report()
    matters.desk.sign_in("confidential")
    page = await matters.get()
    assert ("C-0001" in page.text, SECRET in page.text) == (True, False)
    one = await matters.get("/1")
    assert (one.status_code, "C-0001" in one.text, SECRET in one.text) == (200, True, False)


async def test_the_passphrase_opens_it_for_this_session(matters: Matters) -> None:
    """What was written, the country, how to write back; each look is an act on record."""
    matters.report()
    await matters.at_the_desk()
    page = await matters.get("/1")
    assert [word in page.text for word in (SECRET, FILE, "Kenya", "here, without details", "read it")] == [True] * 5


@pytest.mark.parametrize(
    ("passphrase", "key", "said"),
    [
        ("open Sesame", None, "does not open the key"),
        ("open sesame", "{}", "not the key of this installation"),
        ("open sesame", "", "not the key of this installation"),
    ],
)
async def test_a_wrong_passphrase_or_file_opens_nothing(
    matters: Matters, passphrase: str, key: str | None, said: str
) -> None:
    """It is said which of the two it was, and nothing is open."""
    matters.report()
    matters.desk.sign_in("confidential")
    answer = await (matters.unlock(passphrase) if key is None else matters.unlock(passphrase, key))
    assert (answer.status_code, said in answer.text, passphrase in answer.text) == (403, True, False)
    assert SECRET not in (await matters.get("/1")).text


async def test_after_five_wrong_passphrases_no_further_one_is_looked_at(matters: Matters) -> None:
    """Not even the right one, for a quarter of an hour."""
    matters.report()
    matters.desk.sign_in("confidential")
    for _ in range(5):
        await matters.unlock("wrong")
    assert "Too many wrong passphrases" in (await matters.unlock()).text
    later(matters, timedelta(minutes=16))
    assert (await matters.unlock()).status_code == 303


async def test_it_is_locked_again_when_nobody_uses_it(matters: Matters) -> None:
    """After ten minutes without a click; with one in between it stays open."""
    matters.report()
    await matters.at_the_desk()
    for minutes, is_open in ((9, True), (9, True), (10, False), (1, False)):
        later(matters, timedelta(minutes=minutes))
        assert (SECRET in (await matters.get("/1")).text) is is_open


@pytest.mark.parametrize("path", ["/console/confidential/lock", "/console/sign-out", "/console/sign-out-everywhere"])
async def test_lock_and_signing_out_take_the_key_away(matters: Matters, path: str) -> None:
    """The same session sees nothing afterwards."""
    matters.report()
    cookie_before = await matters.at_the_desk() and matters.desk.client.cookies.get(matters.desk.console.cookie)
    await matters.desk.post(path)
    assert matters.desk.console.open_keys._open == {}
    matters.desk.client.cookies.set(matters.desk.console.cookie, str(cookie_before))
    assert SECRET not in (await matters.get("/1")).text


async def test_another_session_has_its_own_lock(matters: Matters) -> None:
    """The key of one browser opens nothing in another, of the same person or of a colleague."""
    matters.report()
    await matters.at_the_desk()
    matters.desk.sign_in("confidential")
    assert SECRET not in (await matters.get("/1")).text


async def test_words_typed_while_it_was_locked_are_not_lost(matters: Matters) -> None:
    """They are shown once more to whoever typed them, and nothing was done."""
    matters.report()
    await matters.at_the_desk()
    later(matters, timedelta(minutes=11))
    page = await matters.post("/1/note", text=NOTE)
    assert (NOTE in page.text, "nothing was sent" in page.text) == (True, True)


async def test_an_answer_waits_until_the_sender_asks_for_it(matters: Matters) -> None:
    """The chat says that somebody has written; pressed, the words are shown; they can be taken out again."""
    matters.report()
    await matters.at_the_desk()
    await matters.post("/1/answer", text=f"Come to {ANSWER}")
    matters.office.deliver()
    assert matters.office.templates("500")[-1] == "confidential.word_waits"
    assert "not read yet" in (await matters.get("/1")).text
    matters.office.press(matters.office.token("buttons.show_word"))
    assert matters.office.templates("500")[-1] == "confidential.word"
    matters.office.deliver()
    assert "not read yet" not in (await matters.get("/1")).text
    matters.office.press(matters.office.token("buttons.show_word"))
    assert matters.office.templates("500")[-1] == "confidential.word_gone"
    matters.office.press(matters.office.token("buttons.forget_word"))
    assert matters.office.templates("500")[-1] == "confidential.word_forgotten"


@pytest.mark.parametrize("contact", ["contact_other", "contact_none", ""])
async def test_nobody_is_written_to_where_it_is_not_safe(matters: Matters, contact: str) -> None:
    """Whoever chose another way, none, or nothing yet, gets no message."""
    matters.report(contact)
    await matters.at_the_desk()
    before = matters.office.templates("500")
    answer = await matters.post("/1/answer", text=ANSWER)
    assert (answer.status_code, "is safe" in answer.text) == (403, True)
    assert matters.office.templates("500") == before


async def test_a_note_is_sealed_and_seen_by_the_desk(matters: Matters) -> None:
    """It stands in the matter, under who wrote it."""
    matters.report()
    await matters.at_the_desk()
    await matters.post("/1/note", text=NOTE)
    assert NOTE in (await matters.get("/1")).text


async def test_a_file_is_kept_and_never_shown(matters: Matters) -> None:
    """As an attachment under a name of ours, whatever the sender called it, and kept in no cache."""
    matters.report()
    await matters.at_the_desk()
    found = re.search(r"/confidential(/1/files/[0-9a-f]{64})", (await matters.get("/1")).text)
    assert found is not None
    file = await matters.get(found.group(1))
    assert file.content == f"list of {FILE}".encode()
    assert file.headers["content-disposition"] == 'attachment; filename="C-0001-1.txt"'
    assert (file.headers["content-type"], file.headers["cache-control"]) == ("application/octet-stream", "no-store")
    await matters.post("/lock")
    assert (await matters.get(found.group(1))).status_code == 404


async def test_nobody_of_the_office_concerned_reads_it(matters: Matters) -> None:
    """Somebody of the desk who also works for the sender's region is refused, though the key is unlocked."""
    matters.report()
    works_for(matters, "EHA")
    await matters.at_the_desk()
    page = await matters.get("/1")
    assert (page.status_code, SECRET in page.text) == (403, False)
    assert (await matters.post("/1/take")).status_code == 403


async def test_work_for_another_office_is_no_hindrance(matters: Matters) -> None:
    """Only the office of the sender's country, and that of its region, are concerned."""
    matters.report()
    works_for(matters, "SAF")
    await matters.at_the_desk()
    assert SECRET in (await matters.get("/1")).text


async def test_it_is_given_only_within_the_desk(matters: Matters) -> None:
    """To nobody without the role, and to nobody of the office concerned."""
    matters.report()
    await matters.at_the_desk()
    for who in ("manager", "admin", "focal-point", "nobody"):
        answer = await matters.post("/1/give", person=str(matters.desk.people[who].id))
        assert answer.status_code == 403
    assert matter(matters).holder == 0
    await matters.post("/1/give", person=str(matters.desk.people["confidential"].id))
    assert matter(matters).holder == matters.desk.people["confidential"].id


async def test_it_is_closed_with_an_outcome_and_opened_again_by_its_sender(matters: Matters) -> None:
    """More words of the sender are sealed with it and open it again; the desk's chat is told without them."""
    matters.report()
    await matters.at_the_desk()
    await matters.post("/1/take")
    await matters.post("/1/close", outcome="handled")
    assert (matter(matters).state, str(matter(matters).outcome)) == (SealedState.CLOSED, "handled")
    assert (await matters.post("/1/answer", text=ANSWER)).status_code == 400
    await matters.post("/1/reopen")
    assert matter(matters).state is SealedState.PASSED


@pytest.mark.parametrize("months", ["-1", "121", "soon", ""])
async def test_no_other_time_is_decided(matters: Matters, months: str) -> None:
    """It says which numbers there are."""
    matters.report()
    await matters.at_the_desk()
    assert "from 0 to 120" in (await matters.post("/1/keep", months=months)).text
    assert matter(matters).keep_until is None


async def test_what_was_kept_long_enough_goes(matters: Matters) -> None:
    """Words, files, notes and the way to the sender; that there was a matter stays."""
    matters.report()
    await matters.at_the_desk()
    await matters.post("/1/note", text=NOTE)
    await matters.post("/1/keep", months="1")
    office = matters.office
    office.database.run_sync(lambda tx: matter_marks.look(tx, office.setup, office.now))
    assert matter(matters).box is not None
    later(matters, timedelta(days=31))
    office.database.run_sync(lambda tx: matter_marks.look(tx, office.setup, office.now))
    gone = matter(matters)
    assert (gone.state, gone.box, gone.contact) == (SealedState.ERASED, None, None)
    assert office.setup.files.sealed_for_desk(gone.opened_by) == {}


async def test_what_is_not_confidential_is_released_to_an_ordinary_desk(matters: Matters) -> None:
    """Only then do its words and files enter a query; the boxes are emptied, and the sender is told."""
    matters.report(fate="not_confidential")
    assert not matters.office.database.run_sync(queries.where)
    await matters.at_the_desk()
    answer = await matters.post("/1/release", desk="mission-ke")
    assert answer.headers["location"] == "/console/confidential/1"
    office = matters.office
    query = office.database.run_sync(lambda tx: queries.get(tx, 1))
    line = office.database.run_sync(lambda tx: queries.timeline(tx, 1))[0]
    assert (query.desk, SECRET in line.text, len(line.files)) == ("mission-ke", True, 1)
    assert (matter(matters).state, matter(matters).box) == (SealedState.RELEASED, None)
    assert office.templates("500")[-1] == "confidential.released"


async def test_nothing_else_leaves_the_desk(matters: Matters) -> None:
    """What its sender passed on as confidential is never released, and nothing goes back to the confidential desk."""
    matters.report()
    await matters.at_the_desk()
    assert (await matters.post("/1/release", desk="mission-ke")).status_code == 403
    assert not matters.office.database.run_sync(queries.where)


async def test_the_desk_is_reminded_without_a_word_and_each_mark_once(matters: Matters) -> None:
    """At half and at the end of the promised time, in the desk's own chat and to its holder: to nobody else."""
    matters.report()
    office = matters.office
    office.database.run_sync(
        lambda tx: people.note_chat(tx, "telegram", "805", "805")  # the holder's private chat
    )
    for hours in (12, 24, 48):
        later(matters, timedelta(hours=hours))
        for _ in range(2):
            office.database.run_sync(lambda tx: matter_marks.look(tx, office.setup, office.now))
    reminders = [each for each in office.messages() if each.template == "confidential.mark"]
    assert [each.fields["percent"] for each in reminders] == [50, 100]
    assert [each for each in office.messages("C9") if each.template == "confidential.mark"] == reminders
    assert SECRET not in str(reminders)


async def test_an_answered_matter_reminds_nobody(matters: Matters) -> None:
    """Until its sender writes again: then the promise counts anew."""
    matters.report()
    await matters.at_the_desk()
    await matters.post("/1/answer", text=ANSWER)
    assert matter(matters).mark_at is None
    matters.office.say(f"/safe more about {SECRET}", DELICATE)
    assert matter(matters).mark_at is None
