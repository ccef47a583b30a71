"""Questions entered for partners who cannot write here: routed as any other, answered by e-mail, on one timeline."""

from datetime import datetime
from pathlib import Path

import pytest
import sqlalchemy as sa

from bot.core.behalf import Entered
from bot.core.channel import AccountInfo
from bot.core.errors import NotAllowed
from bot.core.invitation import Invitee
from bot.core.message import Message, Place, Submitted
from bot.core.permission import Viewer, command_line
from bot.core.person import Role, Staff, StaffRole
from bot.core.query import EntryKind, EntryState, Query, Status
from bot.core.turn import FormNeeded
from bot.services import invitations, on_behalf, promises
from storage import accounts, people, queries
from storage.database import Database
from storage.sealing import ProcessSeal
from storage.tables import audit
from tests.services.office import WORLD, Office, open_office

PARTNER = "CSO-0045"
MAIL = "amina@gwr.example"


@pytest.fixture
def office(database: Database, seal: ProcessSeal, tmp_path: Path, now: datetime) -> Office:
    made = open_office(database, seal, tmp_path / "files", now)
    database.run_sync(lambda tx: accounts.note(tx, AccountInfo("telegram", "csobot_bot"), "telegram"))
    return made


def viewer(role: Role, **limits: str) -> Viewer:
    return Viewer(person=2, staff=Staff(person=2, roles=(StaffRole(person=2, role=role, **limits),)), world=WORLD)


FOCAL_POINT = viewer(Role.FOCAL_POINT, desk="mission-ke")


def enter(office: Office, by: Viewer = FOCAL_POINT, email: str = MAIL, key: str = "slack:900") -> Query:
    entered = Entered(organisation=PARTNER, email=email, text="Who coordinates Garissa?", topic="cccm")
    who = on_behalf.By(viewer=by, key=key, now=office.now)
    query = office.database.run_sync(lambda tx: on_behalf.enter(tx, office.setup, entered, who))
    office.deliver()
    return query


def now_is(office: Office, query: Query) -> Query:
    return office.database.run_sync(lambda tx: queries.get(tx, query.id))


def reply(office: Office, words: str = "The mission does.") -> None:
    needed = office.staff_press("reply")[0]
    assert isinstance(needed, FormNeeded)
    office.hear(office.event("ULIA", Submitted(needed.token, {"text": words}), "C1", Place.GROUP))
    office.deliver()


def latest(office: Office, template: str) -> Message:
    return [message for message in office.messages("C1") if message.template == template][-1]


def kinds(office: Office, query: Query) -> list[str]:
    lines = office.database.run_sync(lambda tx: queries.timeline(tx, query.id))
    return [line.text if line.kind is EntryKind.EVENT else line.kind.value for line in lines]


@pytest.mark.req("S0-C5")
def test_it_is_routed_with_a_reference_and_a_promise(office: Office) -> None:
    """The card says who entered it, for whom, and where answers go."""
    query = enter(office)
    assert (query.reference, query.desk, query.status) == ("Q-0001", "mission-ke", Status.NEW)
    assert query.due_at is not None
    card = latest(office, "desk.card")
    assert (card.fields["organisation"], card.fields["connection"]) == ("Garissa Wells and Roofs", "confirmed")
    assert (card.fields["entered"], card.fields["entered_email"]) == (True, MAIL)


def test_the_same_event_enters_it_once(office: Office) -> None:
    """Whatever is delivered twice."""
    assert enter(office).id == enter(office).id


@pytest.mark.req("S0-C5")
def test_an_answer_is_handed_out_to_be_sent(office: Office) -> None:
    """As it was written, with address and a subject that holds the reference; the question is not answered yet."""
    query = enter(office)
    reply(office)
    shown = latest(office, "connect.to_send")
    assert (shown.fields["email"], shown.fields["text"]) == (MAIL, "The mission does.")
    assert str(shown.fields["subject"]).startswith("Q-0001 · ")
    assert [button.label for button in shown.buttons] == ["verbs.mailed", "verbs.undo"]
    assert (now_is(office, query).status, now_is(office, query).answered_at) == (Status.CLAIMED, None)


def test_until_it_is_sent_the_promise_runs(office: Office) -> None:
    """The desk is reminded when the promised time comes, although an answer is written."""
    enter(office)
    reply(office)
    office.later(days=7)
    assert office.database.run_sync(lambda tx: promises.look(tx, office.setup, office.now)) >= 1


def test_sent_by_mail_is_answered(office: Office) -> None:
    """Whoever sent it says so, once; the timeline and the audit log have it."""
    query = enter(office)
    reply(office)
    office.staff_press("mailed")
    answered = now_is(office, query)
    assert (answered.status, answered.answered_at) == (Status.ANSWERED, office.now)
    assert kinds(office, query) == ["question", "entered", "claimed", "reply", "mailed"]
    assert latest(office, "connect.mailed").fields["email"] == MAIL
    office.staff_press("mailed")
    assert kinds(office, query).count("mailed") == 1
    rows = office.database.run_sync(lambda tx: tx.execute(sa.select(audit.c.act).order_by(audit.c.id)).scalars().all())
    assert [act for act in rows if act in {"query_entered", "mailed"}] == ["query_entered", "mailed"]


def test_what_was_sent_by_mail_is_reminded_of_no_more(office: Office) -> None:
    """It is answered like any other: it goes to no other desk for being late."""
    query = enter(office)
    reply(office)
    office.staff_press("mailed")
    office.later(days=7)
    assert office.database.run_sync(lambda tx: promises.look(tx, office.setup, office.now)) == 0
    assert now_is(office, query).desk == query.desk


def test_words_can_be_taken_back_before_they_are_sent(office: Office) -> None:
    """The question stays with its holder, not answered."""
    query = enter(office)
    reply(office)
    office.staff_press("undo")
    [line] = [
        each
        for each in office.database.run_sync(lambda tx: queries.timeline(tx, query.id))
        if each.kind is EntryKind.REPLY
    ]
    assert (line.state, now_is(office, query).status) == (EntryState.UNDONE, Status.CLAIMED)


def add(office: Office, query: Query, text: str, by: Viewer = FOCAL_POINT) -> Query:
    who = on_behalf.By(viewer=by, key="slack:901", now=office.now)
    return office.database.run_sync(lambda tx: on_behalf.add(tx, office.setup, query.id, text, (), who))


def test_their_reply_is_added_and_opens_it_again(office: Office) -> None:
    """With the same command naming the reference: everything is on one timeline."""
    query = enter(office)
    reply(office)
    office.staff_press("mailed")
    office.later(hours=20)
    assert add(office, query, "And who in Dadaab?").status is Status.CLAIMED
    assert kinds(office, query)[-2:] == ["addition", "added_from_mail"]
    office.staff_press("close")


def test_nothing_is_added_to_what_a_partner_asked_here(office: Office) -> None:
    """They write for themselves."""
    office.say("Who coordinates site planning in Garissa this week?")
    query = office.database.run_sync(lambda tx: queries.get(tx, 1))
    with pytest.raises(on_behalf.NotEntered):
        add(office, query, "more", command_line(WORLD))


def test_one_contact_for_one_address(office: Office) -> None:
    """The second question of the same address is the same person's."""
    first = enter(office)
    second = enter(office, email=MAIL.upper().lower(), key="slack:902")
    assert (first.id != second.id, first.person) == (True, second.person)


@pytest.mark.parametrize(
    ("by", "may"),
    [
        (viewer(Role.FOCAL_POINT, desk="mission-ke"), True),
        (viewer(Role.EDITOR, region="EHA"), True),
        (viewer(Role.EDITOR, region="WCA"), False),
        (viewer(Role.APPROVER), False),
        (viewer(Role.ADMIN), False),
    ],
)
def test_who_may_enter(office: Office, by: Viewer, may: bool) -> None:
    """By role, within its region."""
    try:
        enter(office, by)
    except NotAllowed:
        assert not may
    else:
        assert may


@pytest.mark.req("S0-C5")
def test_whoever_connects_later_has_their_questions_there(office: Office) -> None:
    """The contact redeems an invitation: answers go to their chat from then on, on the same timeline."""
    query = enter(office)
    wanted = Invitee(organisation=PARTNER, person=query.person)
    all_ = command_line(WORLD)
    code = office.database.run_sync(lambda tx: invitations.invite(tx, office.setup, all_, wanted, office.now)).code
    office.say(f"/start {code}", user="901")
    office.deliver()
    person = office.database.run_sync(lambda tx: people.known(tx, "telegram", "901"))
    assert person is not None
    assert (now_is(office, query).person, person.email) == (person.id, MAIL)
    office.answered("You can ask the mission.")
    assert "conversation.answer" in office.templates("901")
    assert now_is(office, query).status is Status.ANSWERED


CLOSING = {"outcome": "withdrawn", "text": "Outside our mandate"}


def test_the_reason_of_a_closing_goes_by_mail_too(office: Office) -> None:
    """Nobody reads it here: staff are asked to write it."""
    enter(office)
    needed = office.staff_press("close")[0]
    assert isinstance(needed, FormNeeded)
    office.hear(office.event("ULIA", Submitted(needed.token, CLOSING), "C1", Place.GROUP))
    assert latest(office, "connect.tell_by_mail").fields["text"] == "Outside our mandate"


def test_known_addresses_are_offered(office: Office) -> None:
    """People by name first, the organisation's own address last."""
    enter(office)
    from storage import organisations  # noqa: PLC0415

    def offered(tx: object) -> list[str]:
        known = organisations.get(tx, PARTNER)  # type: ignore[arg-type]
        assert known is not None
        return [each.email for each in on_behalf.addressees(tx, known)]  # type: ignore[arg-type]

    assert office.database.run_sync(offered) == [MAIL, "partners@gwr.example"]


def test_a_question_by_mail_waits_for_the_answer_by_mail(office: Office) -> None:
    """Once it was sent the clock stands; what the partner answers and staff enter starts it again."""
    query = enter(office)
    needed = office.staff_press("ask_back")[0]
    assert isinstance(needed, FormNeeded)
    office.hear(office.event("ULIA", Submitted(needed.token, {"text": "Which camp?"}), "C1", Place.GROUP))
    office.staff_press("mailed")
    waits = now_is(office, query)
    add(office, query, "Dagahaley")
    assert (Status.WAITING, Status.CLAIMED) == (waits.status, now_is(office, query).status)
