"""Events become queries, cards and answers: use cases on real databases."""

from dataclasses import replace
from datetime import datetime
from pathlib import Path

import pytest

from bot.app.demo import clear_stage
from bot.core.delivery import DeliveryState
from bot.core.message import Address, FileKind, Place, Pressed, Said, Standing, StoredFile, Submitted
from bot.core.person import BoundDesk, Connection, DeskStyle, Role, StaffRole
from bot.core.query import EntryKind, EntryState, Status
from bot.core.routing.reading import Reading
from bot.services import clock, directory
from bot.services.process import sorry
from bot.services.queries import post_whole
from storage import desks, file_uses, inbox, people, queries, sealed
from storage.database import Database
from storage.sealing import ProcessSeal, open_confidential
from tests.services.office import PRIVATE_KEY, Office, notices, open_office


@pytest.fixture
def office(database: Database, seal: ProcessSeal, tmp_path: Path, now: datetime) -> Office:
    return open_office(database, seal, tmp_path / "files", now)


def query(office: Office, number: int = 1) -> queries.Query:
    return office.database.run_sync(lambda tx: queries.get(tx, number))


def test_a_question_gets_a_card_at_its_desk(office: Office) -> None:
    """The mission of the country has a channel; the card is there."""
    office.say("Who coordinates site planning?")

    assert ["desk.card"] == office.templates("C1")


def test_a_redelivered_event_changes_nothing(office: Office) -> None:
    """The same event twice opens one query and queues each message once."""
    event = office.event("500", Said("Who coordinates?", message="9"))
    office.hear(event)
    office.hear(event)

    assert ["conversation.at_desk"] == office.templates("500")


def test_the_second_claimer_is_told_who_was_first(office: Office) -> None:
    """No collision: one has it, the other may ask."""
    office.say("Who coordinates?")
    office.staff_press("claim", "ULIA")

    assert ["desk.already_claimed"] == notices(office.staff_press("claim", "UBAK"))


def test_the_asker_hears_who_took_it_up(office: Office) -> None:
    """Silence is what partners complained of."""
    office.say("Who coordinates?")
    office.staff_press("claim")

    assert "conversation.taken_up" == office.templates("500")[-1]


def test_an_answer_leaves_after_the_time_to_undo(office: Office) -> None:
    """Ten seconds to take it back."""
    office.say("Who coordinates?")
    office.deliver()
    office.answered("On Wednesday.")

    assert (Status.ANSWERED, "conversation.answer") == (query(office).status, office.templates("500")[-1])


def test_an_undone_answer_is_never_sent(office: Office) -> None:
    """Undo cancels what waits."""
    office.say("Who coordinates?")
    office.deliver()
    needed = office.staff_press("reply")[0]
    office.hear(office.event("ULIA", Submitted(needed.token, {"text": "wrong"}), "C1", Place.GROUP))  # type: ignore[union-attr]
    office.staff_press("undo")
    office.later(seconds=11)
    office.deliver()

    assert Status.CLAIMED is query(office).status


def test_an_answer_that_cannot_be_delivered_is_shown_at_once(office: Office) -> None:
    """The focal point learns it in the thread, with the words still there."""
    office.say("Who coordinates?")
    office.deliver()
    needed = office.staff_press("reply")[0]
    office.hear(office.event("ULIA", Submitted(needed.token, {"text": "On Wednesday"}), "C1", Place.GROUP))  # type: ignore[union-attr]
    office.later(seconds=11)
    office.deliver(DeliveryState.UNREACHABLE, only="conversation.answer")

    assert "desk.answer_failed" in office.templates("C1")


def test_a_note_reaches_nobody(office: Office) -> None:
    """What staff write in the thread stays there."""
    office.say("Who coordinates?")
    office.deliver()
    place = office.database.run_sync(lambda tx: desks.current(tx, 1))
    assert place is not None
    before = office.templates("500")
    note = Said("does anyone know the county lead?", message="77")
    shown = office.hear(office.event("ULIA", note, "C1", Place.GROUP, place.address.thread))

    assert (before, ["desk.noted"]) == (office.templates("500"), notices(shown))


def test_a_stranger_in_the_channel_can_do_nothing(office: Office) -> None:
    """Being in a channel grants nothing."""
    office.say("Who coordinates?")

    assert ["errors.not_staff"] == notices(office.staff_press("claim", "UGUEST"))


def test_a_guest_with_a_role_can_do_nothing(office: Office) -> None:
    """The platform says guest: a role does not help."""
    office.say("Who coordinates?")
    event = office.event("ULIA", Pressed(office.token("verbs.claim"), "1"), "C1", Place.GROUP)
    guest = event.sender.__class__("ULIA", standing=Standing.GUEST)

    assert ["errors.not_staff"] == notices(office.hear(event.__class__(**{**_fields(event), "sender": guest})))


def _fields(event: object) -> dict[str, object]:
    return {name: getattr(event, name) for name in event.__dataclass_fields__}  # type: ignore[attr-defined]


def test_a_forged_token_is_refused(office: Office) -> None:
    """Callback data is looked up, never trusted."""
    office.say("Who coordinates?")

    assert ["errors.unknown"] == notices(office.hear(office.event("ULIA", Pressed("t999.3", "1"), "C1", Place.GROUP)))


def test_a_reassigned_query_keeps_its_promise(office: Office) -> None:
    """The thread moves, history and clock stay."""
    office.say("Who coordinates?")
    promised = query(office).due_at
    needed = office.staff_press("reassign")[0]
    values = {"desk": "region-eha", "text": "The region has the list."}
    office.hear(office.event("ULIA", Submitted(needed.token, values), "C1", Place.GROUP))  # type: ignore[union-attr]

    assert ("region-eha", promised) == (query(office).desk, query(office).due_at)


def test_nobody_reassigns_to_the_confidential_desk(office: Office) -> None:
    """That door opens for the CSO only."""
    office.say("Who coordinates?")
    needed = office.staff_press("reassign")[0]
    values = {"desk": "confidential-desk", "text": "hm"}
    shown = office.hear(office.event("ULIA", Submitted(needed.token, values), "C1", Place.GROUP))  # type: ignore[union-attr]

    assert ["errors.not_allowed", "desk.kept_as_note"] == notices(shown)


def test_a_correction_replaces_the_answer(office: Office) -> None:
    """The wrong answer says so where it stands."""
    office.say("Who coordinates?")
    office.deliver()
    office.answered("On Wednesday.")
    needed = office.staff_press("correct")[0]
    office.hear(office.event("ULIA", Submitted(needed.token, {"text": "On Thursday."}), "C1", Place.GROUP))  # type: ignore[union-attr]
    office.later(seconds=11)
    office.deliver()
    states = [line.state for line in office.database.run_sync(lambda tx: queries.timeline(tx, 1)) if "On" in line.text]

    assert [EntryState.REPLACED, EntryState.DONE] == states


@pytest.mark.req("S1-W11")
def test_an_allegation_lies_sealed(office: Office) -> None:
    """Only the confidential desk's passphrase opens it."""
    office.say("An officer asks for favours", Reading(sensitive=True, language="en"))
    office.hear(office.event("500", Pressed(office.token("buttons.pass_to_confidential"), "1")))
    matter = office.database.run_sync(lambda tx: sealed.by_number(tx, 1))
    assert matter is not None

    opened = open_confidential(PRIVATE_KEY, "open sesame", sealed.boxes(matter)[0])

    assert b"An officer asks for favours" in opened


def test_the_confidential_card_says_nothing(office: Office) -> None:
    """A reference and a date."""
    office.say("An officer asks for favours", Reading(sensitive=True, language="en"))
    office.hear(office.event("500", Pressed(office.token("buttons.pass_to_confidential"), "1")))

    assert {"reference", "due", "fate"} == set(office.messages("C9")[0].fields)


def test_a_confidential_recording_cannot_be_opened_by_the_bot(office: Office) -> None:
    """The file is sealed with the desk's key as well."""
    stored = office.setup.files.add(b"a voice", "voice.ogg", "audio/ogg")
    voice = StoredFile(stored.sha256, "voice.ogg", FileKind.VOICE, "audio/ogg", 7)
    event = office.event("500", Said("", (voice,), "9"))
    office.hear(event)
    yes = office.event("500", Pressed(office.token("buttons.in_confidence"), "1"))
    office.hear(yes)

    kept = office.setup.files.sealed_for_desk(f"telegram:{yes.id}")

    assert b"a voice" == open_confidential(PRIVATE_KEY, "open sesame", kept[stored.sha256])


def test_what_nothing_refers_to_can_be_swept(office: Office) -> None:
    """After the seal our own copy is nobody's."""
    used = office.setup.files.add(b"a letter", "letter.txt", "text/plain")
    loose = office.setup.files.add(b"an export", "my-data.json", "application/json")
    office.say("Who coordinates?")
    office.hear(office.event("500", Said("see the letter", (used,), "10")))

    assert [loose.sha256] == office.database.run_sync(lambda tx: file_uses.unused(tx, [used.sha256, loose.sha256]))


def test_confirming_changes_every_open_card(office: Office) -> None:
    """UNCONFIRMED goes when the desk confirms."""
    office.say("Who coordinates?")
    person = office.database.run_sync(lambda tx: people.known(tx, "telegram", "500"))
    assert person is not None
    claimed = person.__class__(**{**_fields(person), "organisation": "CSO-0001", "connection": Connection.CLAIMED})
    office.database.run_sync(lambda tx: people.save(tx, claimed))
    office.say("one more thing")
    office.staff_press("claim")
    office.staff_press("confirm")

    assert "confirmed" == office.messages("C1")[0].fields["connection"]


def test_forgetting_takes_every_word_and_the_address(office: Office) -> None:
    """After goodbye nothing leads to the person."""
    office.say("Who coordinates site planning?")
    office.deliver()
    office.say("/forgetme")
    office.say("1")
    office.deliver()
    fire(office, minutes=3)
    known = office.database.run_sync(lambda tx: people.known(tx, "telegram", "500"))

    assert (None, []) == (known, office.templates("500"))


def test_a_group_that_is_no_desk_is_pointed_to_the_private_chat(office: Office) -> None:
    """The bot never answers a question where others read."""
    office.hear(office.event("U1", Said("can you help us?", message="1", to_bot=True), "C5", Place.GROUP))

    assert ["group.private_only"] == office.templates("C5")


# Faults that a review found, each with the scenario that showed it.


def fire(office: Office, **later: int) -> None:
    """Time passes, and conversations hear what they wanted to hear."""
    office.later(**later)
    office.database.run_sync(lambda tx: clock.fire_timers(tx, office.setup, office.now))
    claimed = office.database.run_sync(lambda tx: inbox.claim(tx, "test", 9.0, 50))
    for each in claimed:
        office.hear(inbox.own_event(each, office.setup.seal.open(each.payload)), Reading())
        office.database.run_sync(lambda tx, each=each: inbox.finish(tx, each))


@pytest.mark.req("S1-W11")
def test_an_unanswered_allegation_reaches_the_confidential_desk(office: Office) -> None:
    """Offered, offered again after an hour, then passed on: every timer is heard."""
    office.say("An officer asks for favours", Reading(sensitive=True, language="en"))
    fire(office, minutes=61)
    fire(office, minutes=61)

    assert ["confidential.card"] == office.templates("C9")


def test_two_matters_have_two_references(office: Office) -> None:
    """Each is known to the confidential desk."""
    for text in ("first", "second"):
        office.say(text, Reading(sensitive=True, language="en"))
        office.hear(office.event("500", Pressed(office.token("buttons.pass_to_confidential"), "1")))
        office.hear(office.event("500", Pressed(office.token("buttons.contact_none"), "1")))

    assert ["C-0001", "C-0002"] == [card.fields["reference"] for card in office.messages("C9")]


def test_forgetting_leaves_no_word_on_the_card_or_in_the_ledger(office: Office) -> None:
    """Closing on the way does not bring the words back."""
    office.say("Who coordinates site planning?")
    office.say("Sorry, the county")
    office.deliver()
    office.say("/forgetme")
    office.say("1")
    office.deliver()

    assert [] == [m for m in office.messages() if "site planning" in str(m.fields) or "county" in str(m.fields)]


def test_an_allegation_nobody_was_given_is_forgotten_too(office: Office) -> None:
    """Held matters go with the person; what was passed on stays, as was said."""
    office.say("An officer asks for favours", Reading(sensitive=True, language="en"))
    key = office.database.run_sync(lambda tx: sealed.held_in(tx, "telegram:500"))[0]
    office.say("/forgetme")
    office.hear(office.event("500", Pressed(office.token("buttons.erase"), "1")))
    matter = office.database.run_sync(lambda tx: sealed.find(tx, key))

    assert matter is not None
    assert matter.box is None


def test_an_answer_that_crossed_the_closing_is_recorded(office: Office) -> None:
    """Reply, then Close within ten seconds: the answer is sent and known as sent."""
    office.say("Who coordinates?")
    office.deliver()
    needed = office.staff_press("reply")[0]
    office.hear(office.event("ULIA", Submitted(needed.token, {"text": "On Wednesday"}), "C1", Place.GROUP))  # type: ignore[union-attr]
    closing = office.staff_press("close")[0]
    office.hear(
        office.event("ULIA", Submitted(closing.token, {"outcome": "withdrawn", "text": "Done."}), "C1", Place.GROUP)
    )  # type: ignore[union-attr]
    office.later(seconds=11)
    office.deliver()
    lines = office.database.run_sync(lambda tx: queries.timeline(tx, 1))

    assert [EntryState.DONE] == [line.state for line in lines if line.text == "On Wednesday"]


def test_a_removed_bot_sends_the_card_above(office: Office) -> None:
    """A query that no chat shows is a query nobody answers."""
    bound = BoundDesk(desk="region-eha", address=Address("slack", "C2"), style=DeskStyle.THREAD)
    office.database.run_sync(lambda tx: desks.bind(tx, bound, 0, office.now))
    office.say("Who coordinates?")
    office.deliver(DeliveryState.UNREACHABLE, only="desk.card")

    assert "desk.card" in office.templates("C2")


def test_words_for_a_colleagues_query_are_kept_as_a_note(office: Office) -> None:
    """Nothing that staff typed is lost to a refusal."""
    office.say("Who coordinates?")
    office.deliver()
    needed = office.staff_press("reply", "UBAK")[0]
    office.staff_press("claim", "ULIA")
    office.hear(office.event("UBAK", Submitted(needed.token, {"text": "I know it"}), "C1", Place.GROUP))  # type: ignore[union-attr]
    lines = office.database.run_sync(lambda tx: queries.timeline(tx, 1))

    assert [EntryKind.NOTE] == [line.kind for line in lines if line.text == "I know it"]


def test_another_topic_at_the_same_desk_is_shown(office: Office) -> None:
    """ "It is about shelter" changes the card, though the desk stays."""
    office.say("Who coordinates?")
    office.hear(office.event("500", Pressed(office.token("buttons.about_topic"), "1")))

    assert "shelter" == query(office).topic


def test_an_addition_after_the_answer_gets_a_new_promise(office: Office) -> None:
    """No reminder about a promise that was kept."""
    office.say("Who coordinates?")
    office.deliver()
    office.answered()
    office.later(days=3)
    office.say("And who takes minutes?")
    due = query(office).due_at

    assert due is not None
    assert due > office.now


def test_a_desk_that_gets_a_new_chat_takes_its_queries_along(office: Office) -> None:
    """Nobody looks at the old chat any more."""
    office.say("Who coordinates?")
    office.deliver()
    person = office.database.run_sync(lambda tx: people.known(tx, "slack", "ULIA"))
    assert person is not None
    office.database.run_sync(lambda tx: people.add_role(tx, StaffRole(person=person.id, role=Role.ADMIN)))
    code = office.database.run_sync(lambda tx: directory.invite_desk(tx, office.setup, "mission-ke", office.now))
    office.hear(office.event("ULIA", Said(f"/bind {code}", to_bot=True), "C7", Place.GROUP))

    assert "desk.card" in office.templates("C7")


def test_a_deleted_thread_comes_back_with_its_additions(office: Office) -> None:
    """What was written before is posted again."""
    office.say("Who coordinates?")
    office.say("Sorry, the county")
    office.deliver()
    office.database.run_sync(lambda tx: post_whole(tx, office.setup, queries.get(tx, 1), office.now))

    assert 2 == office.templates("C1").count("desk.added")


def test_a_failure_in_a_group_says_nothing_there(office: Office) -> None:
    """And it does not make the group somebody's private chat."""
    event = office.event("500", Said("hello", message="3"), "-77", Place.GROUP)
    office.database.run_sync(lambda tx: sorry(tx, office.setup, event, office.now))

    assert [] == office.templates("-77")


def test_a_command_elsewhere_is_answered_where_the_person_talks_to_us(office: Office) -> None:
    """A slash command in a foreign chat does not move anybody's address."""
    office.hear(office.event("500", Said("/status", message="4")))
    office.hear(office.event("500", Said("/status", message=""), "D-OF-OTHERS"))

    assert (["conversation.status"] * 2, []) == (office.templates("500"), office.templates("D-OF-OTHERS"))


def test_real_channels_take_nothing_over_from_the_demo(office: Office) -> None:
    """A desk bound to a chat of the simulator is free again, and the demo's staff have no role."""
    chat = Address("slack", "C0DEMODESK001")
    office.database.run_sync(
        lambda tx: desks.bind(tx, BoundDesk(desk="ipd", address=chat, style=DeskStyle.THREAD), 0, office.now)
    )
    office.database.run_sync(clear_stage)

    assert ["confidential-desk", "mission-ke"] == [each.desk for each in office.database.run_sync(desks.every)]


def test_a_code_typed_in_a_channel_links_the_person(office: Office) -> None:
    """A slash command is between the person and us, wherever it is typed; the answer comes in private."""
    code = office.database.run_sync(
        lambda tx: directory.invite_staff(tx, office.setup, StaffRole(person=0, role=Role.ADMIN), office.now)
    )
    event = office.event("UNEW", Said(f"/start {code}", message=""), "C5", Place.GROUP)
    office.hear(replace(event, sender=replace(event.sender, home="DNEW")))

    assert (["desk.linked"], []) == (office.templates("DNEW"), office.templates("C5"))


def test_confidential_words_typed_in_a_channel_are_sealed(office: Office) -> None:
    """ "/csobot safe ..." in a channel is heard by nobody there."""
    event = office.event("UNEW", Said("/safe my boss takes bribes", message=""), "C1", Place.GROUP)
    office.hear(replace(event, sender=replace(event.sender, home="DNEW")))

    assert (["confidential.received"], []) == (office.templates("DNEW"), office.templates("C1"))


def test_the_confidential_form_opened_in_a_channel_is_taken(office: Office) -> None:
    """The form knows whose it is, whatever channel it was opened from."""
    opened = office.event("UNEW", Said("/safe", message="", trigger="t"), "C1", Place.GROUP)
    opened = replace(opened, sender=replace(opened.sender, home="DNEW"))
    form = office.hear(opened)[0]
    filled = office.event("UNEW", Submitted(form.token, {"text": "what I saw"}), "C1", Place.GROUP)  # type: ignore[union-attr]
    office.hear(filled)

    assert ["confidential.received"] == office.templates("DNEW")
