"""One answer to several questions: each in its language and thread, none twice, all taken back together."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from pathlib import Path

import pytest
import sqlalchemy as sa

from adapters.encoder import SentenceEncoder
from bot.comparing import Comparer
from bot.core.canned import CannedState
from bot.core.message import Place, Submitted
from bot.core.person import Person, Role, StaffRole
from bot.core.query import EntryKind, EntryState, Query, Status
from bot.core.routing.encoder import Encoder
from bot.core.routing.reading import Reading
from bot.core.turn import FormNeeded, Immediate
from bot.services import one_answer
from bot.services.one_answer import Sent, Wish, Writer
from storage import canned, keyboards, people, queries
from storage.database import Database
from storage.sealing import ProcessSeal
from storage.tables import audit
from storage.tables import deliveries as ledger
from tests.services.office import Office, notices, open_office

ASKED = {
    "en": "When will the recommendations of the consultation be published?",
    "fr": "Quand les recommandations de la consultation seront-elles publiées ?",
    "es": "¿Cuándo se publican las recomendaciones de la consulta?",
}
TEXTS = {"en": "On Monday.", "fr": "Lundi.", "es": "El lunes."}
#: Language -> who asks, and where.
ASKERS = {"en": ("500", "telegram"), "fr": ("501", "telegram"), "es": ("US02", "slack")}


@pytest.fixture(scope="module")
def encoder() -> Encoder:
    return SentenceEncoder()


class Three:
    """The same question from three partners in three languages, at the Kenyan mission."""

    def __init__(self, office: Office, encoder: Encoder) -> None:
        self.office, self.encoder = office, encoder
        for language, (user, account) in list(ASKERS.items())[1:]:
            known = Person(language=language, country="KE", told_version="2026-11")
            office.database.run_sync(lambda tx, k=known, a=account, u=user: people.add(tx, k, a, u, u))  # type: ignore[misc]
        for language, (user, account) in ASKERS.items():
            reading = Reading(topics=(("cccm", 0.9), ("shelter", 0.05)), language=language)
            office.say(ASKED[language], reading, user, account)
        office.deliver()

    async def compare(self) -> None:
        while await Comparer(self.office.database, self.office.setup, self.encoder).work():
            pass
        self.office.deliver()

    def person(self, user: str) -> int:
        found = self.office.database.run_sync(lambda tx: people.known(tx, "slack", user))
        assert found is not None
        return found.id

    def answer(
        self, user: str = "ULIA", key: str = "console:1", seen: int = -1, texts: dict[str, str] | None = None
    ) -> Sent:
        person = self.person(user)

        def work(tx: object) -> Sent:
            staff = people.staff(tx, person)  # type: ignore[arg-type]
            assert staff is not None
            by = Writer(person=person, staff=staff, key=key, now=self.office.now)
            wish = Wish(queries=dict.fromkeys((1, 2, 3), seen), texts=texts or TEXTS, first="en")
            return one_answer.answer(tx, self.office.setup, by, wish)  # type: ignore[arg-type]

        sent = self.office.database.run_sync(work)
        self.office._look()
        return sent

    def query(self, number: int) -> Query:
        return self.office.database.run_sync(lambda tx: queries.get(tx, number))

    def change(self, number: int, **fields: object) -> None:
        changed = lambda tx: queries.save(tx, replace(queries.get(tx, number), **fields))  # type: ignore[arg-type]  # noqa: E731
        self.office.database.run_sync(changed)

    def got(self, language: str) -> list[object]:
        """The answers that have left for this partner."""
        left = sa.select(ledger.c.message).where(ledger.c.chat == ASKERS[language][0], ledger.c.state == "sent")
        found = self.office.database.run_sync(lambda tx: tx.scalars(left.order_by(ledger.c.id)).all())
        return [each["fields"]["text"] for each in found if each["template"] == "conversation.answer"]

    def statuses(self) -> list[Status]:
        return [self.query(number).status for number in (1, 2, 3)]

    def leave(self) -> None:
        self.office.later(seconds=11)
        self.office.deliver()

    def act(self, verb: str, user: str = "ULIA") -> list[Immediate]:
        return self.office.staff_press(verb, user)

    def chosen(self, others: Sequence[str], **texts: str) -> list[Immediate]:
        """More, then the form of those that are similar, filled in."""
        self.office.seen["verbs.similar"] = self.similar_button()
        needed = self.act("similar")[0]
        assert isinstance(needed, FormNeeded)
        submitted = Submitted(needed.token, {"queries": list(others), **texts})
        return self.office.hear(self.office.event("ULIA", submitted, "C1", Place.GROUP))

    def similar_button(self) -> str:
        shown = self.act("more")[0]
        return next(each.token for each in shown.message.buttons if each.label == "verbs.similar")  # type: ignore[union-attr]


@pytest.fixture
def three(database: Database, seal: ProcessSeal, tmp_path: Path, now: datetime, encoder: Encoder) -> Three:
    return Three(open_office(database, seal, tmp_path / "files", now), encoder)


@pytest.mark.req("S1-W22")
def test_each_gets_the_words_in_its_own_language(three: Three) -> None:
    """On the platform it asked on, as an ordinary answer to its own question."""
    three.answer()
    three.leave()

    assert ([three.got(each) for each in ASKERS], three.statuses()) == (
        [["On Monday."], ["Lundi."], ["El lunes."]],
        [Status.ANSWERED] * 3,
    )


def test_a_missing_language_falls_back_to_the_first(three: Three) -> None:
    """Nobody waits for a translation; what each gets is shown before it leaves."""
    three.answer(texts={"en": "On Monday.", "fr": "Lundi.", "es": "  "})
    three.leave()

    assert three.got("es") == ["On Monday."]


def test_every_query_has_its_own_line_entry_and_audit_row(three: Three) -> None:
    """Afterwards each looks as if it had been answered alone."""
    three.answer()
    three.leave()

    def look(tx: object) -> tuple[list[tuple[int, EntryState]], list[str]]:
        every = [each for number in (1, 2, 3) for each in queries.timeline(tx, number)]  # type: ignore[arg-type]
        replies = [(each.query, each.state) for each in every if each.kind is EntryKind.REPLY]
        acts = sa.select(audit.c.about).where(audit.c.act == "similar").order_by(audit.c.about)
        return replies, list(tx.scalars(acts))  # type: ignore[attr-defined]

    done = EntryState.DONE
    assert three.office.database.run_sync(look) == (
        [(1, done), (2, done), (3, done)],
        ["Q-0001", "Q-0002", "Q-0003"],
    )


def test_the_same_form_sent_twice_answers_once(three: Three) -> None:
    """A double press, or an event that comes again."""
    first, second = three.answer(), three.answer()
    three.leave()

    assert ([line.id for line in first.lines], second.left) == ([line.id for line in second.lines], ())
    assert [len(three.got(each)) for each in ASKERS] == [1, 1, 1]


def test_another_answer_does_not_come_on_top(three: Three) -> None:
    """Neither while the first waits its seconds, nor once it has been sent."""
    three.answer()
    waiting = three.answer(key="console:2")
    three.leave()
    after = three.answer(key="console:3")

    assert {each.template for each in waiting.left} == {"errors.answer_on_its_way"}
    assert {each.template for each in after.left} == {"errors.answered_already"}
    assert [len(three.got(each)) for each in ASKERS] == [1, 1, 1]


def test_what_a_colleague_holds_is_left_to_them_and_the_others_are_answered(three: Three) -> None:
    """The one that stands in the way is named, with the reason."""
    three.change(2, status=Status.CLAIMED, holder=three.person("UBAK"))
    sent = three.answer()
    three.leave()

    assert [(each.reference, each.template) for each in sent.left] == [("Q-0002", "errors.held_by_other")]
    assert [three.got(each) for each in ASKERS] == [["On Monday."], [], ["El lunes."]]


def test_a_manager_answers_what_others_hold(three: Three) -> None:
    """Where their role covers the desk."""
    three.change(2, status=Status.CLAIMED, holder=three.person("UBAK"))
    role = StaffRole(person=three.person("ULIA"), role=Role.MANAGER, desk="mission-ke")
    three.office.database.run_sync(lambda tx: people.add_role(tx, role))

    assert three.answer().left == ()


def test_somebody_of_another_desk_answers_none(three: Three) -> None:
    """Knowing a number is no permission."""
    person = three.office.database.run_sync(lambda tx: people.add(tx, Person(language="en"), "slack", "UFAR", ""))
    role = StaffRole(person=person.id, role=Role.FOCAL_POINT, desk="mission-et")
    three.office.database.run_sync(lambda tx: people.add_role(tx, role))
    sent = three.answer("UFAR")

    assert (sent.lines, {each.template for each in sent.left}) == ((), {"errors.not_allowed"})


def test_a_sensitive_query_is_answered_alone(three: Three) -> None:
    """Its words and its answer are in no bundle."""
    three.change(3, sensitive=True)

    assert [each.reference for each in three.answer().left] == ["Q-0003"]


def test_what_the_partner_wrote_meanwhile_is_read_first(three: Three) -> None:
    """The page showed less than there is now."""
    last = three.office.database.run_sync(lambda tx: queries.timeline(tx, 3)[-1].id)
    three.office.say("And in Spanish?", user="501")

    sent = three.answer(seen=last)

    assert [(each.reference, each.template) for each in sent.left] == [("Q-0002", "errors.new_since")]


async def test_in_chat_one_form_answers_all_that_were_chosen(three: Three) -> None:
    """More, the similar ones with organisation and first words, a text for each language."""
    await three.compare()
    others = [str(number) for number in (1, 2)]  # the latest card is the one of the third question
    three.chosen(others, text="El lunes.", text_en="On Monday.", text_fr="Lundi.")
    three.leave()

    assert [three.got(each) for each in ASKERS] == [["On Monday."], ["Lundi."], ["El lunes."]]


async def test_the_form_offers_languages_and_choices(three: Three) -> None:
    """All at once, or each by itself; one further text for each other language."""
    await three.compare()
    three.office.seen["verbs.similar"] = three.similar_button()
    needed = three.act("similar")[0]

    assert isinstance(needed, FormNeeded)
    assert needed.languages == ("en", "fr")
    together, *alone = [set(each.value.split()) for each in needed.choices["queries"]]
    assert (together, sorted(map(sorted, alone))) == ({"1", "2"}, [["1"], ["2"]])


async def test_all_of_it_is_taken_back_together(three: Three) -> None:
    """Within the seconds to undo nothing has left, and every query is as it was, claimed."""
    await three.compare()
    three.chosen(["1", "2"], text="El lunes.")
    said = three.act("undo_all")
    three.leave()

    assert notices(said) == ["desk.together_undone"]
    assert ([three.got(each) for each in ASKERS], three.statuses()) == ([[], [], []], [Status.CLAIMED] * 3)


async def test_all_of_it_leaves_at_once(three: Three) -> None:
    """For who does not want to wait."""
    await three.compare()
    three.chosen(["1", "2"], text="El lunes.")
    three.act("send_all")
    three.office.deliver()

    assert three.statuses() == [Status.ANSWERED] * 3


async def test_no_thread_keeps_the_words_of_another_query(three: Three) -> None:
    """What is erased or marked sensitive there must not stay here."""
    await three.compare()
    three.chosen(["1", "2"], text="El lunes.")
    three.leave()
    third = [each for each in three.office.messages("C1") if each.fields.get("reference") == "Q-0003"]
    together = [each for each in three.office.messages("C1") if each.template == "desk.together"]

    assert len(together) == 1
    assert not [each for each in (*third, *together) if ASKED["en"] in str(each.fields) or ASKED["fr"] in str(each)]


async def test_words_for_nobody_are_kept_as_a_note(three: Three) -> None:
    """All of them were answered a moment before: what was typed is not lost."""
    await three.compare()
    three.office.seen["verbs.similar"] = three.similar_button()
    needed = three.act("similar")[0]
    assert isinstance(needed, FormNeeded)
    three.answer(user="UBAK")
    three.leave()
    role = StaffRole(person=three.person("ULIA"), role=Role.MANAGER, desk="mission-ke")
    three.office.database.run_sync(lambda tx: people.add_role(tx, role))
    submitted = Submitted(needed.token, {"queries": ["1", "2"], "text": "El martes."})
    said = three.office.hear(three.office.event("ULIA", submitted, "C1", Place.GROUP))
    notes = three.office.database.run_sync(lambda tx: [e.text for e in queries.timeline(tx, 3) if e.kind == "note"])

    assert (notices(said)[-1], notes) == ("desk.kept_as_note", ["El martes."])


def keep(three: Three, number: int = 1) -> list[Immediate]:
    """Keep as a ready answer, from the query's own button."""

    def board(tx: object) -> str:
        made = keyboards.Keyboard(
            token=f"keep{number}",
            account="slack",
            chat="C1",
            choices=("keep_ready",),
            query=number,
            at=three.office.now,
        )
        keyboards.add(tx, made)  # type: ignore[arg-type]
        return f"keep{number}.0"

    three.office.seen["verbs.keep_ready"] = three.office.database.run_sync(board)
    return three.act("keep_ready")


def drafts(three: Three) -> list[tuple[dict[str, str], CannedState]]:
    found = three.office.database.run_sync(lambda tx: canned.of_desk(tx, "mission-ke"))
    return [(dict(each.texts), each.state) for each in found]


def test_a_draft_holds_all_languages(three: Three) -> None:
    """Of what was answered together; nobody is offered it before somebody finished it."""
    three.answer()
    three.leave()
    keep(three)

    assert drafts(three) == [(TEXTS, CannedState.DRAFT)]


def test_a_draft_names_nobody(three: Three) -> None:
    """References, e-mail addresses and numbers are taken out, and staff are told what."""
    three.answer(texts={"en": "Q-0001 is with ana@example.org, +254 700 123 456. See Q-0003."})
    three.leave()
    said = keep(three)[0]

    assert drafts(three)[0][0] == {"en": "{reference} is with …, …. See …."}
    assert said.message.fields["taken"] == ["email", "phone", "reference"]  # type: ignore[union-attr]


def test_what_leads_to_one_migrant_becomes_no_draft(three: Three) -> None:
    """It is refused with a sentence, and nothing is kept."""
    three.answer(texts={"en": "His passport number is AB1234567."})
    three.leave()

    assert (notices(keep(three)), drafts(three)) == (["errors.names_a_case"], [])


def test_who_does_not_want_to_be_quoted_is_in_no_draft(three: Three) -> None:
    """Neither from its own button nor from a bundle in which it was."""
    three.answer()
    three.leave()
    three.change(2, no_quotes=True)
    refused = notices(keep(three, 2))
    keep(three, 1)

    assert (refused, [set(texts) for texts, _ in drafts(three)]) == (["errors.not_to_be_quoted"], [{"en", "es"}])


def test_the_same_answer_is_kept_once(three: Three) -> None:
    """From whichever of the queries: the second press says where it is."""
    three.answer()
    three.leave()
    keep(three)

    assert (notices(keep(three, 3)), len(drafts(three))) == (["desk.kept_ready_before"], 1)
