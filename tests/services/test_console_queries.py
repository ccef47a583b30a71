"""The console's queries over HTTP: the queue, one query, every verb from its form, and what is refused."""

import re
from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import TypeVar

import pytest
import sqlalchemy as sa

from bot.core.message import FileKind, Said, StoredFile
from bot.core.person import Connection, Person, Role, StaffRole
from bot.core.query import Entry, EntryKind, EntryState, Query, Status
from bot.core.similar import Pair
from storage import clock, people, similar
from storage import queries as rows
from storage.database import Database, Transaction
from storage.desk_tables import query_links, watchers
from storage.sealing import ProcessSeal
from storage.tables import audit, entries, queries
from tests.services.console_desk import SAME, Desk, open_desk
from tests.services.office import WORLD, open_office

pytestmark = pytest.mark.filterwarnings("ignore:Setting per-request cookies")
T = TypeVar("T")
QUESTION = "How do we enter the camp? Zwegedougou is closed."


class Site:
    """The console of an office, a question at the Kenyan mission, and people who look at it."""

    def __init__(self, desk: Desk) -> None:
        self.desk, self.office = desk, desk.office
        self.client = desk.client
        known: dict[str, Person] = dict(desk.people)
        for name, role in (
            ("kenya", StaffRole(person=0, role=Role.FOCAL_POINT, desk="mission-ke")),
            ("second", StaffRole(person=0, role=Role.FOCAL_POINT, desk="mission-ke")),
            ("ethiopia", StaffRole(person=0, role=Role.FOCAL_POINT, desk="mission-et")),
        ):
            known[name] = self.run(lambda tx, name=name, role=role: _member(tx, name, role))  # type: ignore[misc]
        desk.people = known
        self.office.say(QUESTION)
        self.office.deliver()

    def run(self, work: Callable[[Transaction], T]) -> T:
        return self.office.database.run_sync(work)

    def query(self, number: int = 1) -> Query:
        return self.run(lambda tx: rows.get(tx, number))

    def change(self, **fields: object) -> None:
        self.run(lambda tx: rows.save(tx, replace(rows.get(tx, 1), **fields)))  # type: ignore[arg-type]

    def lines(self, kind: EntryKind) -> list[Entry]:
        return [line for line in self.run(lambda tx: rows.timeline(tx, 1)) if line.kind is kind]

    def last_line(self) -> str:
        return str(self.run(lambda tx: tx.scalar(sa.select(sa.func.max(entries.c.id)))))

    def later(self, **by: int) -> None:
        self.office.later(**by)
        self.run(lambda tx: clock.freeze(tx, self.office.now))

    async def get(self, path: str) -> str:
        answer = await self.client.get(path)
        assert answer.status_code == 200, answer.status_code
        return answer.text

    async def do(self, verb: str, status: int = 303, **fields: str) -> str:
        """Send the form of a verb; what is shown then."""
        answer = await self.desk.post(f"/console/queries/1/{verb}", **fields)
        assert answer.status_code == status, answer.text
        return answer.text if status != 303 else await self.get(answer.headers["location"])


def _member(tx: Transaction, name: str, role: StaffRole) -> Person:
    person = people.add(tx, Person(language="en", name=name), "slack", f"U{name.upper()}", "")
    people.add_role(tx, replace(role, person=person.id))
    return person


@pytest.fixture
async def site(sqlite_url: str, seal: ProcessSeal, tmp_path: Path, now: datetime) -> AsyncIterator[Site]:
    """Signed in as a focal point of the mission; the product clock stands still."""
    database = Database(sqlite_url)
    database.run_sync(lambda tx: clock.freeze(tx, now))
    async with open_desk(open_office(database, seal, tmp_path, now)) as desk:
        made = Site(desk)
        desk.sign_in("kenya")
        yield made
    database.close()


def rows_of(page: str) -> list[str]:
    return re.findall(r'<li id="q-(\d+)"', page)


def text_of(page: str) -> str:
    """The words of a page, without its marks."""
    return " ".join(re.sub(r"<[^>]+>", " ", page).split())


# The queue.


async def test_the_bar_counts_what_is_open(site: Site) -> None:
    """On every page, for whoever sees queries; and the entry is there for nobody else."""
    shown = await site.get("/console/staff")
    site.desk.sign_in("editor")
    assert ("Queries 1 open" in text_of(shown), "Queries" in text_of(await site.get("/console/staff"))) == (True, False)


async def test_a_row_says_who_asked_what_and_until_when(site: Site) -> None:
    """And nobody has it: one press claims it."""
    page = text_of(await site.get("/console/queries"))
    assert re.search(r"Q-0001 .* due .* How do we enter the camp\?", page)


@pytest.mark.parametrize(
    ("address", "found"),
    [
        ("?tab=unclaimed", ["1"]),
        ("?tab=mine", []),
        ("?tab=overdue", []),
        ("?q=zwegedougou", ["1"]),
        ("?q=camp&topic=cccm&language=en&desk=mission-ke&status=new&region=EHA", ["1"]),
        ("?topic=shelter", []),
        ("?tab=nonsense&sort=nonsense&page=nonsense", ["1"]),
        ("?page=40", []),
    ],
)
async def test_the_address_says_what_the_list_shows(site: Site, address: str, found: list[str]) -> None:
    """Tab, words, filters, order and page stand in it; what means nothing is left out."""
    assert rows_of(await site.get(f"/console/queries{address}")) == found


@pytest.mark.parametrize("tab", ["mine", "overdue", "waiting", "snoozed", "done", "due"])
async def test_an_empty_part_says_what_to_do_first(site: Site, tab: str) -> None:
    """A heading and the next step, in each part."""
    site.change(due_at=None)
    page = await site.get(f"/console/queries?tab={tab}")
    assert re.search(r'<div class="empty">\s*<h2>[^<]+</h2>\s*<p>[^<]+</p>', page)


async def test_the_list_renews_itself_only_where_something_changed(site: Site) -> None:
    """The same rows are answered with 304."""
    asks = {"hx-request": "true"}
    first = await site.client.get("/console/queries?open=1", headers=asks)
    again = await site.client.get("/console/queries?open=1", headers={**asks, "if-none-match": first.headers["etag"]})
    site.change(status=Status.CLAIMED, holder=1)
    then = await site.client.get("/console/queries?open=1", headers={**asks, "if-none-match": first.headers["etag"]})
    assert (again.status_code, then.status_code, rows_of(then.text)) == (304, 200, ["1"])


async def test_a_query_renews_itself_only_where_something_changed(site: Site) -> None:
    """A line that came meanwhile is in the answer."""
    asks = {"hx-request": "true"}
    first = await site.client.get("/console/queries/1", headers=asks)
    again = await site.client.get("/console/queries/1", headers={**asks, "if-none-match": first.headers["etag"]})
    site.office.note("asked the warehouse")
    then = await site.client.get("/console/queries/1", headers={**asks, "if-none-match": first.headers["etag"]})
    assert (again.status_code, "asked the warehouse" in then.text) == (304, True)


# One query.


async def test_the_timeline_says_who_did_what_and_marks_what_is_internal(site: Site) -> None:
    """The CSO's words, the note, and that it was claimed."""
    site.office.note("asked the warehouse")
    await site.do("claim")
    page = text_of(await site.get("/console/queries/1"))
    assert re.search(r"CSO .* How do we enter .* internal asked the warehouse .* you claimed it", page)


@pytest.mark.parametrize(
    ("what", "fields", "said"),
    [
        ("closed", {"outcome": "withdrawn"}, "closed it (ended: no answer needed any more)"),
        ("priority", {"from": "standard", "to": "urgent", "reason": "a flood"}, "made it urgent: a flood"),
        ("paused", {}, "the clock stands"),
        ("snoozed", {"until": "2026-03-05T09:00:00+00:00"}, "put it aside until"),
        ("next_word_promised", {"due": "2026-03-05T09:00:00+00:00"}, "it hears again by"),
    ],
)
async def test_what_happened_is_a_sentence(site: Site, what: str, fields: dict[str, str], said: str) -> None:
    """With how it ended, until when and why."""
    now, person = site.office.now, site.desk.people["kenya"].id
    line = Entry(query=1, kind=EntryKind.EVENT, text=what, at=now, author=person, fields=fields)
    site.run(lambda tx: rows.add_entry(tx, line))
    assert said in text_of(await site.get("/console/queries/1"))


async def test_the_promise_is_in_the_reader_s_zone_with_the_cso_s_beside(site: Site) -> None:
    """Nairobi is three hours ahead of London."""
    site.client.cookies.set("csobot-zone", "Europe/London")
    due = site.query().due_at
    assert due is not None
    page = text_of(await site.get("/console/queries/1"))
    there = (due + timedelta(hours=3)).strftime("%H:%M")
    assert re.search(rf"promised (\w+ )?{due:%H:%M} \(\w+ {there} Nairobi\)", page)


async def test_the_page_says_why_the_desk_has_it(site: Site) -> None:
    """And how sure the router was."""
    page = text_of(await site.get("/console/queries/1"))
    assert "because they work in Kenya and it is about Camp coordination (90 % sure) → Country office, Kenya" in page


async def test_the_organisation_s_life_is_beside_it(site: Site) -> None:
    """Earlier questions, observer status and topics, for somebody who is confirmed; links and watchers too."""
    known = WORLD.organisations[0]

    def settle(tx: Transaction) -> None:
        asker = people.known(tx, "telegram", "500")
        assert asker is not None
        speaks = replace(asker, organisation=known.id, connection=Connection.CONFIRMED, name="Amina")
        people.save(tx, speaks)
        tx.execute(sa.update(queries).values(organisation=known.id))
        later = Query(
            id=0, opened_by="x", person=asker.id, account="telegram", asked_at=site.office.now, organisation=known.id
        )
        rows.add(tx, replace(later, desk="mission-ke", topic="shelter", status=Status.NEW))
        tx.execute(sa.insert(query_links).values(query=2, other=1, kind="linked", by=1, at=site.office.now))
        person = site.desk.people["second"].id
        tx.execute(sa.insert(watchers).values(query=2, person=person, at=site.office.now))

    site.run(settle)
    page = text_of(await site.get("/console/queries/2"))
    assert (known.name in page, "1 earlier query" in page) == (True, True)
    assert ("linked with Q-0001" in page, "Watched by second" in page) == (True, True)


async def test_a_file_is_a_download_and_nothing_else(site: Site) -> None:
    """Whatever it is called and whatever it holds: it is kept, never shown."""
    name = 'x".html\r\nSet-Cookie: a=b'
    kept = site.office.setup.files.add(b"<script>alert(1)</script>", name, "text/html")
    line = Entry(query=1, kind=EntryKind.ADDITION, text="", at=site.office.now, author=1, files=(kept,))
    number = site.run(lambda tx: rows.add_entry(tx, line)).id
    answer = await site.client.get(f"/console/queries/1/files/{number}/0")
    assert (answer.status_code, answer.content) == (200, b"<script>alert(1)</script>")
    assert answer.headers["content-type"] == "application/octet-stream"
    assert answer.headers["content-disposition"].startswith("attachment; filename*=UTF-8''x%22.html")
    assert ("set-cookie" in answer.headers, answer.headers["x-content-type-options"]) == (False, "nosniff")


async def test_a_file_that_is_gone_is_told(site: Site) -> None:
    """It was erased meanwhile: a page that says so, not an error."""
    lost = StoredFile("0" * 64, "gone.pdf", FileKind.DOCUMENT, "application/pdf", 3)
    line = Entry(query=1, kind=EntryKind.ADDITION, text="", at=site.office.now, author=1, files=(lost,))
    number = site.run(lambda tx: rows.add_entry(tx, line)).id
    assert (await site.client.get(f"/console/queries/1/files/{number}/0")).status_code == 404


@pytest.mark.parametrize("text", ["<script>alert(1)</script>", "{{ 7*7 }}", "<b>bold</b>", "javascript:alert(1)"])
async def test_what_a_cso_wrote_is_only_words(site: Site, text: str) -> None:
    """Nothing of it becomes part of the page."""
    site.office.hear(site.office.event("500", Said(f"{text} please", message="77")))
    await site.get("/console/queries/1")
    shown = await site.get("/console/queries?q=please")
    assert ("<script>alert" in shown, "<b>bold" in shown, "49" in text_of(shown)) == (False, False, False)


# Verbs.


async def test_claiming_is_one_press(site: Site) -> None:
    """It is theirs, the CSO is told, and the audit log says that it was done here."""
    page = await site.do("claim")
    query = site.query()
    acts = site.run(lambda tx: tx.execute(sa.select(audit.c.act, audit.c.about, audit.c.via)).all())
    assert (query.status, query.holder) == (Status.CLAIMED, site.desk.people["kenya"].id)
    assert ("claimed by you" in text_of(page), ("claim", "Q-0001", "console") in [tuple(act) for act in acts]) == (
        True,
        True,
    )
    assert "conversation.taken_up" in site.office.templates("500")


async def test_who_comes_second_is_told_and_can_ask_for_it(site: Site) -> None:
    """A colleague has it already: the sentence of chat, with its button."""
    await site.do("claim")
    site.desk.sign_in("second")
    page = await site.do("claim", 200)
    asked = await site.do("ask_handover")
    assert ("Already claimed by" in page, "/console/queries/1/ask_handover" in page) == (True, True)
    assert "I have asked in the thread." in text_of(asked)


async def test_an_answer_waits_to_be_undone(site: Site) -> None:
    """It is shown with Undo and Send now; undone, nothing is sent."""
    page = await site.do("reply", text="On Wednesday.", seen=site.last_line())
    waiting = site.lines(EntryKind.REPLY)[0]
    undone = await site.do("undo", entry=str(waiting.id))
    site.later(seconds=30)
    site.office.deliver()
    assert ("Undo" in page, "Send now" in page, "Taken back" in undone) == (True, True, True)
    assert [line.state for line in site.lines(EntryKind.REPLY)] == [EntryState.UNDONE]
    assert (site.query().status, site.query().answered_at) == (Status.CLAIMED, None)


async def test_an_answer_leaves_and_the_query_is_answered(site: Site) -> None:
    """After its seconds, or at once with Send now."""
    await site.do("reply", text="On Wednesday.", seen=site.last_line())
    await site.do("send_now", entry=str(site.lines(EntryKind.REPLY)[0].id))
    site.office.deliver()
    assert (site.query().status, site.lines(EntryKind.REPLY)[0].state) == (Status.ANSWERED, EntryState.DONE)


async def test_an_answer_that_is_sent_twice_goes_once(site: Site) -> None:
    """A double click, a repeated form: the second is told what has happened, and keeps the words."""
    seen = site.last_line()
    await site.do("reply", text="On Wednesday.", seen=seen)
    page = await site.do("reply", 409, text="On Wednesday.", seen=seen)
    assert (len(site.lines(EntryKind.REPLY)), "On Wednesday.</textarea>" in page) == (1, True)


async def test_a_note_that_is_sent_twice_is_kept_once(site: Site) -> None:
    """And the CSO sees none of it."""
    for _ in range(2):
        await site.do("note", text="asked the warehouse", seen=site.last_line())
    assert [line.text for line in site.lines(EntryKind.NOTE)] == ["asked the warehouse"]


async def test_what_a_colleague_did_meanwhile_is_shown_and_nothing_is_lost(site: Site) -> None:
    """Claimed since the form was opened: what is new, what was typed, and a way to send it all the same."""
    seen = site.last_line()
    site.desk.sign_in("second")
    await site.do("claim")
    site.office.note("I am on it")
    site.desk.sign_in("manager")
    page = await site.do("reply", 409, text="My long answer", seen=seen)
    assert ("second claimed it" in text_of(page), "I am on it" in page, "My long answer</textarea>" in page) == (
        True,
        True,
        True,
    )
    fresh = re.search(r'name="seen" value="(\d+)"', page)
    assert fresh is not None
    await site.do("reply", text="My long answer", seen=fresh.group(1))
    assert [line.text for line in site.lines(EntryKind.REPLY)] == ["My long answer"]


async def test_more_from_the_cso_meanwhile_is_shown_before_the_answer_leaves(site: Site) -> None:
    """An answer to half a question would leave otherwise."""
    seen = site.last_line()
    site.office.hear(site.office.event("500", Said("And on Sunday?", message="9")))
    page = await site.do("reply", 409, text="On Wednesday.", seen=seen)
    assert ("And on Sunday?" in page, site.lines(EntryKind.REPLY)) == (True, [])


async def test_one_s_own_note_meanwhile_is_no_surprise(site: Site) -> None:
    """A note in another window, then the answer in this one."""
    seen = site.last_line()
    await site.do("note", text="asked the warehouse", seen=seen)
    await site.do("reply", text="On Wednesday.", seen=seen)
    assert len(site.lines(EntryKind.REPLY)) == 1


@pytest.mark.parametrize(
    ("verb", "fields", "said"),
    [
        ("reply", {"text": "  "}, "Please write something."),
        ("reassign", {"desk": "nowhere", "text": "Why not"}, "There is no such desk."),
        ("reassign", {"desk": "region-eha", "text": ""}, "Please write something."),
        ("note", {"text": "x" * 3001}, "Please keep it under 3,000 characters."),
    ],
)
async def test_a_form_that_cannot_be_taken_says_where_and_keeps_what_was_typed(
    site: Site, verb: str, fields: dict[str, str], said: str
) -> None:
    """Beside the field that is wrong."""
    page = await site.do(verb, 422, seen=site.last_line(), **fields)
    kept = fields["text"].strip()
    assert (said in page, 'aria-invalid="true"' in page, kept in page) == (True, True, True)


async def test_a_query_moves_to_another_desk_with_its_reason(site: Site) -> None:
    """And is not in the list of the old desk any more; the CSO reads why."""
    page = await site.do("reassign", desk="mission-et", text="Theirs", seen=site.last_line())
    assert (site.query().desk, rows_of(page), "Moved. The CSO reads why." in page) == ("mission-et", [], True)
    assert "conversation.moved" in site.office.templates("500")


async def test_a_query_is_closed_with_its_reason(site: Site) -> None:
    """It stands among what is done."""
    page = await site.do("close", outcome="withdrawn", text="Solved by phone.", seen=site.last_line())
    assert ("Closed. The CSO reads why." in page, site.query().status) == (True, Status.CLOSED)
    assert rows_of(await site.get("/console/queries?tab=done")) == ["1"]


async def test_who_has_it_not_is_told_before_typing(site: Site) -> None:
    """Opening the form says that a colleague has it."""
    await site.do("claim")
    site.desk.sign_in("second")
    answer = await site.client.get("/console/queries/1/reply")
    assert (answer.status_code, "A colleague has Q-0001" in answer.text, "<textarea" in answer.text) == (
        403,
        True,
        False,
    )


async def test_every_verb_that_a_query_offers_has_its_form(site: Site) -> None:
    """In three languages, each with its labels; none of them breaks."""
    site.change(status=Status.CLAIMED, holder=site.desk.people["kenya"].id)
    offered = set(re.findall(r'href="/console/queries/1/(\w+)"', await site.get("/console/queries/1")))
    for language in WORLD.office.languages:
        await site.desk.post("/console/language", language=language)
        for verb in offered:
            page = await site.get(f"/console/queries/1/{verb}")
            assert "<textarea" in page or "<select" in page or "<input" in page, verb
    assert {"reply", "note", "reassign", "escalate", "close"} <= offered


# Many at once.


def more(site: Site, *, held_by: str = "") -> None:
    """A second query, of somebody else."""
    site.office.say("Where is the market?", user="501", account="telegram")
    site.run(lambda tx: _second(tx, site, held_by))


def _second(tx: Transaction, site: Site, held_by: str) -> None:
    asker = people.known(tx, "telegram", "500")
    assert asker is not None
    holder = site.desk.people[held_by].id if held_by else 0
    made = Query(id=0, opened_by="second", person=asker.id, account="telegram", asked_at=site.office.now)
    status = Status.CLAIMED if holder else Status.NEW
    second = rows.add(tx, replace(made, desk="mission-ke", topic="cccm", status=status, holder=holder))
    text = "Where is the market?"
    rows.add_entry(tx, Entry(query=second.id, kind=EntryKind.QUESTION, text=text, at=site.office.now, author=asker.id))


async def chosen(site: Site, verb: str, *numbers: int, **fields: str) -> str:
    """The same verb for many: what will be done, then what became of each."""
    csrf = await site.desk.csrf()
    data = {"csrf": csrf, "verb": verb, "ids": [str(each) for each in numbers], **fields}
    return (await site.client.post("/console/queries/bulk", data=data, headers=SAME)).text


async def test_many_at_once_says_first_what_will_be_done(site: Site) -> None:
    """Nothing is done by looking."""
    number = site.query().id
    page = await site.get(f"/console/queries/bulk?verb=close&ids={number}&ids=99&ids=x&ids={number}")
    assert ("Close: 1 query" in text_of(page), "Q-0001" in page, site.query().status) == (True, True, Status.NEW)


async def test_many_are_claimed_and_each_that_cannot_be_is_named(site: Site) -> None:
    """One was a colleague's: the other is done all the same."""
    more(site, held_by="second")
    second = site.run(lambda tx: rows.opened_by(tx, "second"))
    assert second is not None
    page = text_of(await chosen(site, "claim", 1, second.id))
    assert ("1 query: done" in page, "1 could not be done" in page) == (True, True)
    assert re.search(rf"{second.reference}.*Already claimed by", page)
    assert site.query().holder == site.desk.people["kenya"].id


async def test_many_are_closed_with_one_reason(site: Site) -> None:
    """Each gets it; without one nothing is done."""
    more(site)
    second = site.run(lambda tx: rows.opened_by(tx, "second"))
    assert second is not None
    missing = await chosen(site, "close", 1, second.id, outcome="withdrawn", text="")
    assert ("Please write something." in missing, site.query().status) == (True, Status.NEW)
    await chosen(site, "close", 1, second.id, outcome="withdrawn", text="Solved by phone.")
    assert {site.query(number).status for number in (1, second.id)} == {Status.CLOSED}


async def test_a_verb_for_one_is_not_done_with_many(site: Site) -> None:
    """An answer is written for one CSO."""
    answer = await site.client.get("/console/queries/bulk?verb=reply&ids=1")
    assert answer.status_code == 404


async def test_the_way_back_from_many_leads_to_the_queue_only(site: Site) -> None:
    """An address that somebody put in is not followed."""
    page = await site.get("/console/queries/bulk?verb=claim&ids=1&back=https://evil.example/")
    assert ("evil.example" in page, 'href="/console/queries"' in page) == (False, True)


# What is refused, one by one.

ELSEWHERE = "ethiopia"
WRONG_ROLES = [Role.EDITOR, Role.APPROVER, Role.ADMIN, Role.CONFIDENTIAL]
LOOKS = ["/console/queries/1", "/console/queries/1/reply", "/console/queries/1/files/1/0"]


@pytest.mark.parametrize("path", ["/console/queries", "/console/queries/bulk?verb=claim&ids=1", *LOOKS])
@pytest.mark.parametrize("role", WRONG_ROLES)
async def test_a_wrong_role_sees_nothing(site: Site, role: Role, path: str) -> None:
    """Neither the list nor a query nor a form nor a file."""
    site.desk.sign_in(role.value)
    answer = await site.client.get(path)
    assert (answer.status_code, "Zwegedougou" in answer.text) == (403, False)


@pytest.mark.parametrize("path", LOOKS)
async def test_another_desk_s_query_cannot_be_opened_by_guessing(site: Site, path: str) -> None:
    """As if there were none: not even its existence is told."""
    site.desk.sign_in(ELSEWHERE)
    here, nowhere = await site.client.get(path), await site.client.get(path.replace("/1", "/99", 1))
    assert (here.status_code, "Zwegedougou" in here.text) == (404, False)
    assert nowhere.status_code == 404


async def test_another_desk_s_query_is_in_no_list_and_no_count(site: Site) -> None:
    """Not under any tab, by any filter, or by its words."""
    site.desk.sign_in(ELSEWHERE)
    pages = [
        await site.get(f"/console/queries?{each}") for each in ("tab=unclaimed", "desk=mission-ke", "q=zwegedougou")
    ]
    assert [rows_of(page) for page in pages] == [[], [], []]
    assert "Queries 1" not in text_of(pages[0])


@pytest.mark.parametrize("verb", ["claim", "reply", "note", "reassign", "close", "undo", "send_note", "confirm"])
async def test_another_desk_s_query_cannot_be_acted_on(site: Site, verb: str) -> None:
    """Each verb is refused, and nothing has changed."""
    before = site.query()
    site.desk.sign_in(ELSEWHERE)
    answer = await site.desk.post(
        f"/console/queries/1/{verb}", text="mine now", desk="mission-et", seen="99", entry="1"
    )
    assert (answer.status_code, site.query()) == (404, before)


async def test_another_desk_s_query_is_left_out_of_many(site: Site) -> None:
    """Whoever types its number into the form does nothing with it."""
    site.desk.sign_in(ELSEWHERE)
    page = await chosen(site, "claim", 1)
    assert ("Q-0001" in page, site.query().status) == (False, Status.NEW)


async def test_who_only_watches_reads_and_does_nothing(site: Site) -> None:
    """The page is there without a button, and a verb is refused."""
    watching = site.desk.people[ELSEWHERE].id
    site.run(lambda tx: tx.execute(sa.insert(watchers).values(query=1, person=watching, at=site.office.now)))
    site.desk.sign_in(ELSEWHERE)
    page = await site.get("/console/queries/1")
    answer = await site.desk.post("/console/queries/1/claim")
    assert ("You can read this query." in page, 'class="verbs"' in page) == (True, False)
    assert (answer.status_code, site.query().status) == (409, Status.NEW)


@pytest.mark.parametrize("who", ["manager", "focal-point", "confidential", "admin", "kenya"])
async def test_what_the_confidential_desk_has_is_found_by_nobody_here(site: Site, who: str) -> None:
    """Not in a list, by a word, by a filter, by its address, or in the numbers beside the tabs."""
    site.change(desk=WORLD.office.confidential_desk)
    site.desk.sign_in(who)
    paths = ["", "?tab=every", "?q=zwegedougou", "?q=Q-0001", "?desk=confidential-desk", "/1", "/1/reply"]
    answers = [await site.client.get(f"/console/queries{path}") for path in paths]
    assert [each.status_code for each in answers if "Zwegedougou" in each.text or rows_of(each.text)] == []
    assert {each.status_code for each in answers[-2:]} <= {403, 404}


async def test_no_form_offers_the_confidential_desk(site: Site) -> None:
    """Nobody moves a query there from here."""
    assert "confidential-desk" not in await site.get("/console/queries/1/reassign")


async def test_a_sensitive_query_shows_its_words_on_its_own_page_only(site: Site) -> None:
    """To whoever has it; not in the list, not by search."""
    site.change(sensitive=True, status=Status.CLAIMED, holder=site.desk.people["kenya"].id)
    listed, searched = await site.get("/console/queries"), await site.get("/console/queries?q=zwegedougou")
    own = await site.get("/console/queries/1")
    beside = own[: own.index('id="query"')]
    assert ("Zwegedougou" in listed, rows_of(searched), "Zwegedougou" in beside) == (False, [], False)
    assert "Zwegedougou" in own


async def test_a_sensitive_query_is_read_by_whoever_has_it_and_by_managers(site: Site) -> None:
    """A colleague of the desk claims it first; a file of it is not given out before either."""
    kept = site.office.setup.files.add(b"names", "names.txt", "text/plain")
    line = Entry(query=1, kind=EntryKind.ADDITION, text="", at=site.office.now, author=1, files=(kept,))
    number = site.run(lambda tx: rows.add_entry(tx, line)).id
    site.change(sensitive=True)
    seen = {}
    for who in ("kenya", "manager"):
        site.desk.sign_in(who)
        page = await site.get("/console/queries/1")
        file = await site.client.get(f"/console/queries/1/files/{number}/0")
        seen[who] = ("Zwegedougou" in page, file.status_code)
    site.desk.sign_in("kenya")
    claimed = await site.do("claim")
    assert (seen, "Zwegedougou" in claimed) == ({"kenya": (False, 404), "manager": (True, 200)}, True)


async def test_similar_open_queries_are_named(site: Site) -> None:
    """Those that the reader may see, with their desk and where they stand; never a sensitive one."""
    more(site)
    second = site.run(lambda tx: rows.opened_by(tx, "second"))
    assert second is not None
    pair = Pair(query=1, other=second.id, likeness=0.9)
    words = {1: (QUESTION, b"1"), second.id: ("Where is the market?", b"1")}
    site.run(lambda tx: similar.keep(tx, "m", "confidential-desk", words))
    site.run(lambda tx: similar.note(tx, [1], [pair], "confidential-desk"))
    shown = text_of(await site.get("/console/queries/1"))
    site.run(lambda tx: rows.save(tx, replace(rows.get(tx, second.id), sensitive=True)))
    hidden = text_of(await site.get("/console/queries/1"))
    assert ("1 similar open" in shown, f"{second.reference} Camp coordination" in shown) == (True, True)
    assert "similar open" not in hidden


async def test_a_line_of_another_query_cannot_be_acted_on(site: Site) -> None:
    """Whoever types another number into the form undoes nobody's answer."""
    more(site)
    await site.do("reply", text="On Wednesday.", seen=site.last_line())
    waiting = site.lines(EntryKind.REPLY)[0]
    second = site.run(lambda tx: rows.opened_by(tx, "second"))
    assert second is not None
    answer = await site.desk.post(f"/console/queries/{second.id}/undo", entry=str(waiting.id))
    assert (answer.status_code, site.lines(EntryKind.REPLY)[0].state) == (409, EntryState.PENDING)


@pytest.mark.parametrize("verb", ["more", "nonsense", "__class__", "CLAIM"])
async def test_what_is_no_verb_is_not_there(site: Site, verb: str) -> None:
    """404, whatever is typed into the address."""
    answers = [await site.client.get(f"/console/queries/1/{verb}"), await site.desk.post(f"/console/queries/1/{verb}")]
    assert [each.status_code for each in answers] == [404, 404]
