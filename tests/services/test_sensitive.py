"""A sensitive query: its words leave every channel and never come back into one; whoever may, reads them elsewhere."""

from dataclasses import replace
from pathlib import Path

import pytest
import sqlalchemy as sa

from bot.core.channel import Op
from bot.core.delivery import DeliveryState
from bot.core.discretion import HIDDEN, carries_words
from bot.core.message import Message, Place, Said, Submitted
from bot.core.message_json import load_message
from bot.core.person import Role, StaffRole
from bot.core.query import Query, Status
from bot.core.turn import FormNeeded, Immediate
from bot.core.verbs import VERBS, FieldKind, Verb
from bot.services import verbs
from bot.services.acts import Act
from bot.services.posts import POST_HIDDEN
from storage import people, queries, query_words
from storage.database import Database, Transaction
from storage.query_words import Among
from storage.sealing import ProcessSeal
from storage.tables import deliveries as ledger
from storage.tables import queries as query_rows
from tests.services.office import Office, notices, open_office
from tests.services.test_promises import NOW
from tests.services.test_verb_matrix import WORDS

SECRET = "Zwegedougou"
#: Verbs for which staff write words, in the state of a query that somebody has.
WRITTEN = [
    verb
    for verb, declared in VERBS.items()
    if Status.CLAIMED in declared.offered_in
    and verb not in {Verb.CORRECT, Verb.SIMILAR}
    and any(field.kind is FieldKind.TEXT for field in declared.fields)
]
LONG = " ".join([SECRET] * 400)


@pytest.fixture
def office(database: Database, seal: ProcessSeal, tmp_path: Path) -> Office:
    opened = open_office(database, seal, tmp_path / "files", NOW)
    opened.say(f"Who coordinates the site of {SECRET}?")
    opened.deliver()
    return opened


def act(office: Office, verb: str, user: str = "ULIA") -> list[Immediate]:
    """A verb of the card, or of what is behind More."""
    card = next(each for each in reversed(office.messages("C1")) if each.template == "desk.card")
    if f"verbs.{verb}" in {button.label for button in card.buttons}:
        return office.staff_press(verb, user)
    for shown in office.staff_press("more", user):
        office.seen |= {button.label: button.token for button in shown.message.buttons}  # type: ignore[union-attr]
    return office.staff_press(verb, user)


def mark(office: Office) -> None:
    act(office, "sensitive")
    office.deliver()


def on_the_platform(office: Office) -> dict[int, Message]:
    """What stands in the desk’s channel now: as it was changed, without what was deleted."""
    rows = office.database.run_sync(lambda tx: tx.execute(ledger.select().order_by(ledger.c.id)).all())
    gone = {row.target for row in rows if row.op == Op.DELETE and row.state == DeliveryState.SENT}
    here = (row for row in rows if row.chat == "C1" and row.op != Op.DELETE and row.id not in gone)
    return {row.id: load_message(row.message) for row in here}


def worded(office: Office) -> list[str]:
    return [each.template for each in on_the_platform(office).values() if SECRET in str(each)]


def write(office: Office, verb: str, words: str, user: str = "ULIA") -> None:
    needed = next(each for each in act(office, verb, user) if isinstance(each, FormNeeded))
    office.hear(office.event(user, Submitted(needed.token, {"text": words}), "C1", Place.GROUP))


def query(office: Office) -> Query:
    return office.database.run_sync(lambda tx: queries.get(tx, 1))


def connect(office: Office, user: str = "ULIA") -> None:
    """The member of staff has a private chat with us."""
    office.database.run_sync(lambda tx: people.note_chat(tx, "slack", user, f"D{user}"))


def manager(office: Office, user: str = "UBAK") -> None:
    def add(tx: object) -> None:
        known = people.known(tx, "slack", user)  # type: ignore[arg-type]
        assert known is not None
        people.add_role(tx, StaffRole(person=known.id, role=Role.MANAGER, desk="mission-ke"))  # type: ignore[arg-type]

    office.database.run_sync(add)


def test_everything_that_was_posted_is_taken_out(office: Office) -> None:
    """The question, its rest, an addition, a note, an answer and its preview: the card is renewed, the rest deleted."""
    office.say(f"It is about {SECRET}, I forgot to say")
    write(office, "note", f"call {SECRET} tomorrow")
    write(office, "reply", f"{SECRET} has a coordinator")
    office.later(seconds=11)
    office.deliver()
    assert len(worded(office)) == 4
    mark(office)
    assert worded(office) == []


def test_what_waits_to_be_posted_says_less(office: Office) -> None:
    """A line that has not left yet leaves as a pointer."""
    office.say(f"More about {SECRET}")
    act(office, "sensitive")
    office.deliver()
    assert worded(office) == []


def test_an_answer_on_its_way_still_leaves_and_can_be_taken_back(office: Office) -> None:
    """The CSO gets it; its preview keeps its buttons and loses its words."""
    write(office, "reply", f"{SECRET} has a coordinator")
    office.deliver()
    mark(office)
    preview = next(each for each in on_the_platform(office).values() if each.template == HIDDEN)
    assert [button.label for button in preview.buttons] == ["verbs.undo", "verbs.send_now"]
    office.later(seconds=11)
    office.deliver()
    assert "conversation.answer" in office.templates("500")
    assert worded(office) == []


def test_later_words_are_pointers(office: Office) -> None:
    """Additions, edits, long texts, notes, previews and answers of a sensitive query never enter the channel."""
    mark(office)
    office.say(f"More about {SECRET}")
    office.say(LONG)
    office.hear(office.event("500", Said(f"Now {SECRET}", message="1", edited=True)))
    write(office, "note", f"call {SECRET}")
    write(office, "reply", f"{SECRET} has one")
    office.later(seconds=11)
    office.deliver()
    assert worded(office) == []
    assert HIDDEN in office.templates("C1")


@pytest.mark.parametrize("verb", WRITTEN)
def test_no_verb_brings_words_back(office: Office, verb: Verb) -> None:
    """Whatever staff can write with, here or in the console: of what they write nothing enters a chat of staff."""
    mark(office)
    values = {**WORDS, "text": f"It is {SECRET}", "to": f"The county of {SECRET}"}

    def work(tx: Transaction) -> None:
        person = people.known(tx, "slack", "ULIA")
        staff = people.staff(tx, person.id) if person else None
        assert staff is not None
        by = {"now": office.now, "person": staff.person, "staff": staff}
        claim = Act(
            tx=tx, setup=office.setup, key="slack:900", query=queries.get(tx, 1), verb=Verb.CLAIM, values={}, **by
        )
        verbs.perform(claim)
        verbs.perform(replace(claim, key="slack:901", query=queries.get(tx, 1), verb=verb, values=values))

    office.database.run_sync(work)
    office.later(seconds=11)
    office.deliver()
    rows = office.database.run_sync(lambda tx: tx.execute(ledger.select()).all())
    staff_chats = [load_message(row.message) for row in rows if row.account == "slack"]
    assert [each.template for each in staff_chats if SECRET in str(each)] == []


def test_a_move_takes_no_words_along(office: Office) -> None:
    """The new desk's thread has a card without words and no earlier lines; the reason stays with the CSO."""
    mark(office)
    needed = next(each for each in act(office, "reassign") if isinstance(each, FormNeeded))
    values = {"desk": "region-eha", "text": f"because of {SECRET}"}
    office.hear(office.event("ULIA", Submitted(needed.token, values), "C1", Place.GROUP))
    office.deliver()
    staff = [each for each in office.messages() if each.template.startswith("desk.")]
    assert not [each.template for each in staff if SECRET in str(each)]


def test_what_cannot_be_deleted_is_overwritten(office: Office) -> None:
    """A refused deletion becomes an edit that says where the words can be read."""
    office.say(f"More about {SECRET}")
    office.deliver()
    act(office, "sensitive")
    office.deliver(DeliveryState.REFUSED, POST_HIDDEN)
    office.deliver()
    edits = [each.template for each in on_the_platform(office).values() if each.template == POST_HIDDEN]
    assert edits


def test_nobody_finds_it_by_its_words(office: Office) -> None:
    """The index forgets them, also what is added later; a manager's undoing brings them back."""

    def found() -> int:
        every = sa.select(query_rows.c.id)
        return len(office.database.run_sync(lambda tx: query_words.newest(tx, SECRET, Among(every, every), 9)))

    assert found() == 1
    mark(office)
    office.say(f"More about {SECRET}")
    assert found() == 0
    manager(office)
    act(office, "not_sensitive", "UBAK")
    assert found() == 1


def test_only_a_manager_takes_it_back(office: Office) -> None:
    """A focal point marks; showing the words again is for whoever answers for the desk."""
    mark(office)
    assert notices(act(office, "not_sensitive")) == ["errors.only_manager_shows"]
    assert query(office).sensitive
    manager(office)
    act(office, "not_sensitive", "UBAK")
    office.deliver()
    assert not query(office).sensitive
    assert worded(office) == ["desk.card"]


def test_whoever_has_it_reads_it_in_private(office: Office) -> None:
    """On request, and only there."""
    connect(office)
    mark(office)
    act(office, "claim")
    assert notices(act(office, "read")) == []
    office.deliver()
    assert office.templates("DULIA") == ["desk.words_shown", "desk.shown_in_private"]
    assert [each.template for each in office.messages("DULIA") if SECRET in str(each)] == ["desk.words_shown"]
    assert worded(office) == []


def test_others_do_not_read_it_in_private(office: Office) -> None:
    """Nobody has it: claim it first. A colleague has it: theirs to read."""
    connect(office)
    mark(office)
    assert notices(act(office, "read")) == ["errors.claim_to_read"]
    act(office, "claim", "UBAK")
    assert notices(act(office, "read")) == ["errors.held_by_other"]
    assert not [each for each in office.messages("DULIA") if SECRET in str(each)]


def test_without_a_private_chat_the_way_is_the_console(office: Office) -> None:
    """Nothing is shown in the channel instead."""
    mark(office)
    act(office, "claim")
    assert notices(act(office, "read")) == ["desk.no_private_chat"]
    assert worded(office) == []


def test_words_written_in_the_thread_are_asked_to_be_deleted(office: Office) -> None:
    """A note typed there is kept; its writer is told to take it out of the channel."""
    mark(office)
    card = next(number for number, each in on_the_platform(office).items() if each.template == "desk.card")
    said = Said(f"note about {SECRET}", message="99")
    shown = office.hear(office.event("ULIA", said, "C1", Place.GROUP, thread=f"m{card}"))
    assert [each.message.fields["sensitive"] for each in shown] == [True]  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("fields", "are_words"),
    [
        ({"reference": "Q-0001", "desk": "ipd", "due": "2026-11-24T10:00:00+00:00", "percent": 50}, False),
        ({"reference": "Q-0001", "because_fields": {"reason": "they said so"}}, False),
        ({"reference": "Q-0001", "something_new": "they said so"}, True),
        ({"reference": "Q-0001", "lines": [{"what": "note", "said": "so"}]}, True),
        ({"reference": "Q-0001", "lines": [{"what": "note", "said": ""}], "held": True}, False),
    ],
)
def test_a_field_is_words_unless_it_is_known_not_to_be(fields: dict[str, object], are_words: bool) -> None:
    """A template that somebody adds later hides its words by itself."""
    assert carries_words(Message("desk.new_one", fields)) is are_words  # type: ignore[arg-type]
