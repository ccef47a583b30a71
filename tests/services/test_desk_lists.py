"""/queue, /mine and /due: what staff see of their queries in chat, and what they do from there."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa

from bot.core.message import Message, Place, Pressed, Said
from bot.core.person import Person, Role, StaffRole
from bot.core.query import Status
from bot.core.turn import Immediate, Notice
from storage import people, queries
from storage.database import Database
from storage.sealing import ProcessSeal
from storage.tables import audit as audit_rows
from tests.services.office import Office, change, notices, open_office, person

#: Monday 10:00 in Nairobi; answers are promised for Tuesday.
NOW = datetime(2026, 11, 23, 7, tzinfo=UTC)


@pytest.fixture
def office(database: Database, seal: ProcessSeal, tmp_path: Path) -> Office:
    """Two focal points of the Kenyan mission with private chats on Slack."""
    opened = open_office(database, seal, tmp_path / "files", NOW)
    for user in ("ULIA", "UBAK"):
        database.run_sync(lambda tx, user=user: people.note_chat(tx, "slack", user, f"D{user}"))
    return opened


def ask(office: Office, number: int = 1) -> None:
    """So many questions, an hour apart."""
    for each in range(number):
        office.say(f"private: Where is the camp, question {each}?")
        office.later(hours=1)
    office.deliver()


def private(office: Office, words: str, user: str = "ULIA") -> Message:
    """What the bot answers to a command in the private chat."""
    said = Said(words, message=str(next(office.numbers)))
    office.hear(office.event(user, said, f"D{user}", account="slack"))
    office.deliver()
    return office.messages(f"D{user}")[-1]


def in_channel(office: Office, words: str, user: str = "ULIA") -> list[Immediate]:
    """What the one who wrote a slash command in the desk's channel is shown."""
    return office.hear(office.event(user, Said(words), "C1", Place.GROUP))


def pressed(office: Office, message: Message, label: str, user: str = "ULIA", place: int = 0) -> list[Immediate]:
    token = [button.token for button in message.buttons if button.label == f"lists.{label}"][place]
    shown = office.hear(office.event(user, Pressed(token, "1"), f"D{user}", account="slack"))
    office.deliver()
    return shown


def references(message: Message) -> list[str]:
    rows = message.fields["rows"]
    assert isinstance(rows, list)
    return [row["reference"] for row in rows]


def test_nobodys_come_first_then_by_due_time(office: Office) -> None:
    """What a colleague has stands below what waits to be claimed."""
    ask(office, 3)
    change(office, 1, status=Status.CLAIMED, holder=person(office, "UBAK"))
    change(office, 3, due_at=NOW)
    assert references(private(office, "/queue")) == ["Q-0003", "Q-0002", "Q-0001"]


def test_mine_are_those_i_have(office: Office) -> None:
    """A colleague's and nobody's are not mine."""
    ask(office, 3)
    change(office, 1, status=Status.CLAIMED, holder=person(office, "UBAK"))
    change(office, 2, status=Status.WAITING, holder=person(office, "ULIA"))
    assert references(private(office, "/mine")) == ["Q-0002"]


def test_due_are_the_overdue_and_those_of_today(office: Office) -> None:
    """By the reader's own midnight; a colleague's is the colleague's."""
    ask(office, 4)
    night = datetime(2026, 11, 23, 21, tzinfo=UTC)
    for number, due in ((1, night), (2, night - timedelta(minutes=1)), (3, NOW), (4, NOW)):
        change(office, number, due_at=due)
    change(office, 4, status=Status.CLAIMED, holder=person(office, "UBAK"))
    assert references(private(office, "/due")) == ["Q-0003", "Q-0002"]


def test_what_was_put_off_comes_last(office: Office) -> None:
    """Until it is wanted again, or its promise has passed."""
    ask(office, 3)
    for number in (1, 2, 3):
        change(office, number, status=Status.CLAIMED, holder=person(office, "ULIA"))
    change(office, 1, snoozed_until=NOW + timedelta(days=2))
    change(office, 2, snoozed_until=NOW + timedelta(days=2), due_at=NOW)
    assert references(private(office, "/mine")) == ["Q-0002", "Q-0003", "Q-0001"]


def test_a_long_list_is_paged(office: Office) -> None:
    """Eight on a page; the last page offers no more."""
    ask(office, 10)
    first = private(office, "/queue")
    pressed(office, first, "more")
    second = office.messages("DULIA")[-1]
    assert (len(references(first)), references(second)) == (8, ["Q-0009", "Q-0010"])
    assert "lists.more" not in [button.label for button in second.buttons]


def test_after_a_claim_no_query_is_skipped(office: Office) -> None:
    """What was claimed from the first page moves down, and what was behind it moves up."""
    ask(office, 10)
    pressed(office, private(office, "/queue"), "claim")
    pressed(office, office.messages("DULIA")[-1], "more")
    assert references(office.messages("DULIA")[-1]) == ["Q-0009", "Q-0010", "Q-0001"]


@pytest.mark.req("S1-W22")
def test_a_claim_from_the_list_is_shown_at_the_desk(office: Office) -> None:
    """The query has a holder, its card says so, the CSO is told, and the list offers to open it instead."""
    ask(office)
    shown = pressed(office, private(office, "/queue"), "claim")
    query = office.database.run_sync(lambda tx: queries.get(tx, 1))
    card = next(each for each in office.messages("C1") if each.template == "desk.card")
    assert (query.holder, notices(shown)) == (person(office, "ULIA"), ["lists.claimed"])
    assert card.fields["status"] == "claimed"
    assert "conversation.taken_up" in office.templates("500")
    assert [button.label for button in office.messages("DULIA")[-1].buttons] == ["lists.open"]


def test_a_claim_from_the_list_is_on_record(office: Office) -> None:
    """As any other."""
    ask(office)
    pressed(office, private(office, "/queue"), "claim")
    acts = office.database.run_sync(lambda tx: tx.scalars(sa.select(audit_rows.c.act)).all())
    assert "claim" in acts


def test_who_comes_second_is_told_who_has_it(office: Office) -> None:
    """And may ask for it."""
    ask(office)
    theirs = private(office, "/queue", "UBAK")
    pressed(office, private(office, "/queue"), "claim")
    assert notices(pressed(office, theirs, "claim", "UBAK")) == ["desk.already_claimed"]


def test_a_list_is_pressed_by_its_reader_only(office: Office) -> None:
    """A token that somebody else found does nothing."""
    ask(office)
    found = private(office, "/queue")
    assert notices(pressed(office, found, "claim", "UBAK")) == ["errors.old_button"]


def test_in_a_channel_only_the_one_who_asked_sees_it(office: Office) -> None:
    """It is shown at once, and nothing is posted anywhere."""
    ask(office)
    before = len(office.messages())
    assert notices(in_channel(office, "/queue")) == ["lists.page"]
    assert len(office.messages()) == before


def test_in_a_channel_it_can_be_claimed_too(office: Office) -> None:
    """The button of what only they see."""
    ask(office)
    shown = in_channel(office, "/queue")[0]
    assert isinstance(shown, Notice)
    office.hear(office.event("ULIA", Pressed(shown.message.buttons[0].token, "1"), "C1", Place.GROUP))
    assert office.database.run_sync(lambda tx: queries.get(tx, 1)).holder == person(office, "ULIA")


@pytest.mark.parametrize("word", ["/queue", "/mine", "/due"])
def test_an_empty_list_is_one_line(office: Office, word: str) -> None:
    """Without buttons."""
    said = private(office, word)
    assert (said.template, said.buttons) == ("lists.empty", ())


def test_nothing_of_a_sensitive_query_is_listed(office: Office) -> None:
    """Neither who asked, nor about what, nor a word of it."""
    ask(office)
    change(office, 1, sensitive=True)
    listed = private(office, "/queue")
    change(office, 1, status=Status.CLAIMED, holder=person(office, "ULIA"))
    pressed(office, private(office, "/mine"), "open")
    opened = office.messages("DULIA")[-1]
    rows = [listed.fields["rows"][0], opened.fields["opened"]]  # type: ignore[index,call-overload]
    assert [(row["organisation"], row["topic"], row["sensitive"]) for row in rows] == [("", "", True)] * 2
    assert opened.fields["text"] == ""


def test_an_opened_query_can_be_answered_where_there_are_forms(office: Office) -> None:
    """On Slack the verbs of its card work in private too."""
    ask(office)
    pressed(office, private(office, "/queue"), "claim")
    pressed(office, office.messages("DULIA")[-1], "open")
    opened = office.messages("DULIA")[-1]
    assert {"verbs.reply", "verbs.release"} <= {button.label for button in opened.buttons}


def test_another_desks_query_is_not_opened(office: Office) -> None:
    """A query that has moved away is refused, whatever an old list offers."""
    ask(office)
    change(office, 1, status=Status.CLAIMED, holder=person(office, "ULIA"))
    found = private(office, "/mine")
    change(office, 1, desk="dmm-ibm", status=Status.NEW, holder=0)
    office.database.run_sync(lambda tx: tx.execute(sa.text("DELETE FROM desk_threads")))
    assert notices(pressed(office, found, "open")) == ["errors.not_allowed"]


def test_a_partner_gets_no_list(office: Office) -> None:
    """It is for staff."""
    office.say("/queue")
    assert office.templates("500")[-1] == "errors.not_staff"


def test_an_editor_has_no_queries(office: Office) -> None:
    """Their roles cover none, and they are told so."""
    known = office.database.run_sync(lambda tx: people.known(tx, "telegram", "500"))
    assert known is not None
    office.database.run_sync(lambda tx: people.add_role(tx, StaffRole(person=known.id, role=Role.EDITOR)))
    office.say("/queue")
    assert office.templates("500")[-1] == "lists.no_queries"


def test_digests_are_chosen(office: Office) -> None:
    """Off and on, each by itself, and on record."""
    said = [private(office, words).fields for words in ("/digest off", "/digest evening on", "/digest on", "/digest")]
    assert [(each["morning"], each["evening"]) for each in said] == [
        (False, False),
        (False, True),
        (True, True),
        (True, True),
    ]
    acts = office.database.run_sync(lambda tx: tx.scalars(sa.select(audit_rows.c.act)).all())
    assert acts.count("digests_chosen") == 3


def in_telegram_group(office: Office) -> list[Immediate]:
    """Somebody of staff asks for the list in a Telegram group."""
    said = Said("/queue", message=str(next(office.numbers)), to_bot=True)
    return office.hear(office.event("900", said, "-100900", Place.GROUP, account="telegram"))


@pytest.fixture
def on_telegram(office: Office) -> int:
    """A focal point of the Kenyan mission who has not written to the bot alone yet."""
    new = office.database.run_sync(lambda tx: people.add(tx, Person(language="en"), "telegram", "900", ""))
    role = StaffRole(person=new.id, role=Role.FOCAL_POINT, desk="mission-ke")
    office.database.run_sync(lambda tx: people.add_role(tx, role))
    return new.id


def test_in_a_telegram_group_the_list_comes_in_private(office: Office, on_telegram: int) -> None:
    """Others read in a group, and nothing there can be shown to one person alone."""
    office.database.run_sync(lambda tx: people.note_chat(tx, "telegram", "900", "900"))
    ask(office)
    shown = in_telegram_group(office)
    assert (shown, office.templates("900"), office.templates("-100900")) == ([], ["lists.page"], [])


def test_who_never_wrote_in_private_is_told_where(office: Office, on_telegram: int) -> None:
    """There is nowhere to show the list yet."""
    assert notices(in_telegram_group(office)) == ["connect.only_private"]
