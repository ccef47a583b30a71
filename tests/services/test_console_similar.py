"""The console's page of questions that ask the same: chosen, looked at, sent once, and taken back together."""

import re
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import datetime
from pathlib import Path

import httpx
import pytest

from bot.core.person import Person, Role, StaffRole
from bot.core.query import EntryState, Status
from bot.core.routing.encoder import Encoder
from storage import clock, people, queries
from storage.database import Database, Transaction
from storage.sealing import ProcessSeal
from tests.services.console_desk import SAME, Desk, open_desk
from tests.services.office import open_office
from tests.services.test_one_answer import ASKED, ASKERS, TEXTS, Three, drafts, encoder

__all__ = ["encoder"]
pytestmark = pytest.mark.filterwarnings("ignore:Setting per-request cookies")
PAGE = "/console/queries/1/similar"


class Site(Three):
    """Three questions, the console, and somebody of the desk who looks at them."""

    desk: Desk

    async def form(
        self, page: httpx.Response, step: str, ticked: tuple[int, ...] = (1, 2, 3), **texts: str
    ) -> httpx.Response:
        """The form of the page, filled in and sent with this button."""
        hidden = re.findall(r'<input type="hidden" name="((?:key|csrf|seen_\d+))" value="([^"]*)">', page.text)
        data = {**dict(hidden), "step": step, **{f"text_{language}": text for language, text in texts.items()}}
        fields = {**data, "queries": [str(each) for each in ticked]}
        return await self.desk.client.post(PAGE, data=fields, headers=SAME)

    def leave(self) -> None:
        super().leave()
        self.office.database.run_sync(lambda tx: clock.freeze(tx, self.office.now))

    async def look(self) -> httpx.Response:
        return await self.desk.client.get(PAGE)


def _member(tx: Transaction, name: str, desk: str) -> Person:
    person = people.add(tx, Person(language="en", name=name), "telegram", f"9{name}", f"9{name}")
    people.add_role(tx, StaffRole(person=person.id, role=Role.FOCAL_POINT, desk=desk))
    return person


@pytest.fixture
async def site(
    database: Database, seal: ProcessSeal, tmp_path: Path, now: datetime, encoder: Encoder
) -> AsyncIterator[Site]:
    database.run_sync(lambda tx: clock.freeze(tx, now))
    office = open_office(database, seal, tmp_path / "files", now)
    three = Site(office, encoder)
    async with open_desk(office) as desk:
        for name, place in (("kenya", "mission-ke"), ("ethiopia", "mission-et")):
            known = office.database.run_sync(lambda tx, n=name, p=place: _member(tx, n, p))  # type: ignore[misc]
            desk.people = {**desk.people, name: known}
        three.desk = desk
        await three.compare()
        desk.sign_in("kenya")
        yield three


async def test_all_of_them_stand_side_by_side(site: Site) -> None:
    """With their words, one field for each language, and a link from each query's page."""
    page, one = await site.look(), await site.desk.client.get("/console/queries/1")

    assert (page.status_code, [page.text.count(f'id="text-{each}"') for each in ASKED]) == (200, [1, 1, 1])
    assert all(words.split()[0] in page.text for words in ASKED.values())
    assert "2 similar open" in one.text


async def test_what_each_gets_is_shown_before_it_is_sent(site: Site) -> None:
    """Who gets another language is told apart; nothing has left."""
    preview = await site.form(await site.look(), "look", en="On Monday.", fr="Lundi.")
    site.leave()

    assert (preview.text.count("<blockquote"), preview.text.count("No words in")) == (3, 1)
    assert [site.got(each) for each in ASKERS] == [[], [], []]


async def test_sent_it_reaches_each_in_its_language(site: Site) -> None:
    """The page says that it leaves in some seconds, and how to take it back."""
    sent = await site.form(await site.look(), "send", **TEXTS)
    site.leave()

    assert "3 answers leave in 10 seconds" in sent.text
    assert [site.got(each) for each in ASKERS] == [["On Monday."], ["Lundi."], ["El lunes."]]


async def test_a_double_press_sends_once(site: Site) -> None:
    """The form knows itself."""
    page = await site.look()
    await site.form(page, "send", **TEXTS)
    again = await site.form(page, "send", **TEXTS)
    site.leave()

    assert (again.status_code, [len(site.got(each)) for each in ASKERS]) == (200, [1, 1, 1])


async def test_all_of_it_is_taken_back_from_the_page(site: Site) -> None:
    """One button, three answers."""
    sent = await site.form(await site.look(), "send", **TEXTS)
    found = re.search(r'action="(/console/queries/\d+/undo_all)".*?name="entry" value="(\d+)"', sent.text, re.DOTALL)
    assert found is not None
    undone = await site.desk.post(found[1], entry=found[2])
    site.leave()

    assert (undone.status_code, site.statuses()) == (303, [Status.CLAIMED] * 3)
    assert [site.got(each) for each in ASKERS] == [[], [], []]


async def test_what_a_colleague_took_meanwhile_is_told_and_the_words_stay(site: Site) -> None:
    """The others are answered; the form stands there for the one that was not."""
    page = await site.look()
    site.change(2, status=Status.CLAIMED, holder=site.person("UBAK"))
    sent = await site.form(page, "send", **TEXTS)
    site.leave()

    assert "1 did not get the answer" in sent.text
    assert ("Lundi." in sent.text, [site.got(each) for each in ASKERS]) == (True, [["On Monday."], [], ["El lunes."]])


async def test_what_the_partner_added_meanwhile_is_told(site: Site) -> None:
    """The page had shown less."""
    page = await site.look()
    site.office.say("Et en espagnol ?", user="501")
    sent = await site.form(page, "send", **TEXTS)

    assert "Something new stands in Q-0002" in sent.text


@pytest.mark.parametrize(
    ("ticked", "texts", "said"),
    [
        ((), {"en": "On Monday."}, "Tick at least one question."),
        ((1,), {"en": "  "}, "Write your answer in at least one language."),
        ((1,), {"en": "x" * 3001}, "One of the texts is too long: at most 3000 letters each."),
    ],
)
async def test_what_is_missing_is_said_and_nothing_typed_is_lost(
    site: Site, ticked: tuple[int, ...], texts: dict[str, str], said: str
) -> None:
    """By the page itself, with status 422."""
    page = await site.form(await site.look(), "look", ticked, **texts)

    assert (page.status_code, said in page.text, texts["en"].strip() in page.text) == (422, True, True)


async def test_the_words_can_be_changed_after_a_look(site: Site) -> None:
    """Back to the form with all that was typed and ticked."""
    preview = await site.form(await site.look(), "look", (1, 3), **TEXTS)
    form = await site.form(preview, "change", (1, 3), **TEXTS)

    assert (form.text.count(" checked"), "Lundi.</textarea>" in form.text) == (2, True)


async def test_a_draft_is_kept_from_the_page(site: Site) -> None:
    """All languages in one."""
    sent = await site.form(await site.look(), "send", **TEXTS)
    site.leave()
    found = re.search(r'action="(/console/queries/\d+/keep_ready)".*?name="entry" value="(\d+)"', sent.text, re.DOTALL)
    assert found is not None
    await site.desk.post(found[1], entry=found[2])

    assert [texts for texts, _ in drafts(site)] == [TEXTS]


async def test_a_query_that_one_may_not_see_is_not_there(site: Site) -> None:
    """By its own page, beside another one, and by naming it in the form."""
    page = await site.look()
    site.desk.sign_in("ethiopia")
    looked, sent = await site.look(), await site.form(page, "send", **TEXTS)
    site.leave()

    assert (looked.status_code, sent.status_code, site.statuses()) == (404, sent.status_code, [Status.NEW] * 3)
    assert sent.status_code in (403, 404)


async def test_sensitive_words_are_not_on_the_page(site: Site) -> None:
    """The query that was marked stands beside nothing."""
    site.change(2, sensitive=True)
    page = await site.look()

    assert (page.status_code, "Quand" in page.text, "Q-0003" in page.text) == (200, False, True)


async def test_alone_it_says_what_to_do(site: Site) -> None:
    """Nothing is beside it once the others are answered."""
    await site.form(await site.look(), "send", (2, 3), **TEXTS)
    site.leave()
    page = await site.look()

    assert "Nothing similar is open" in page.text


def _states(tx: Transaction) -> list[EntryState]:
    return [line.state for number in (1, 2, 3) for line in queries.timeline(tx, number) if line.kind == "reply"]


async def test_somebody_who_lost_their_role_sends_nothing(site: Site) -> None:
    """Between looking and sending."""
    page = await site.look()
    person = site.desk.people["kenya"].id
    site.office.database.run_sync(
        lambda tx: people.remove_role(tx, replace(StaffRole(person=person, role=Role.FOCAL_POINT), desk="mission-ke"))
    )
    await site.form(page, "send", **TEXTS)

    assert site.office.database.run_sync(_states) == []
