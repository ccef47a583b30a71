"""Staff come and go: suspended, lifted, handed over; nothing they had open is lost on the way."""

from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa

from bot.core import desk_state
from bot.core.absence import Absence
from bot.core.channel import AccountInfo
from bot.core.delivery import DeliveryState
from bot.core.errors import BotError, NotAllowed
from bot.core.message import Address, Change, Membership, Place, Pressed, Submitted
from bot.core.message_json import load_message
from bot.core.permission import Viewer, command_line
from bot.core.person import BoundDesk, DeskStyle, Invite, InviteKind, Person, Role, StaffRole
from bot.core.query import EntryState, Query, Status
from bot.core.query_clock import desk_of, paused, policy_of
from bot.core.suspension import Why
from bot.core.turn import FormNeeded
from bot.services import staff
from bot.services.hand_over import Fate, NoReceiver, Plan, Receiver
from bot.services.presence import look
from bot.services.staff import LastAdmin, NotStaff
from storage import absences, accounts, conversations, desks, invites, people, queries, suspensions
from storage.console_tables import sessions
from storage.database import Database, Transaction
from storage.directory_tables import identities
from storage.sealing import ProcessSeal
from storage.tables import audit, deliveries
from tests.services.office import WORLD, Office, notices, open_office

COMMAND = command_line(WORLD)


@pytest.fixture
def office(database: Database, seal: ProcessSeal, tmp_path: Path, now: datetime) -> Office:
    """The liaison ULIA and the backup UBAK at C1, the regional manager UMAN, the administrator UADM; all reachable."""
    opened = open_office(database, seal, tmp_path / "files", now)

    def settle(tx: Transaction) -> None:
        for user in ("ULIA", "UBAK"):
            people.note_chat(tx, "slack", user, f"D{user}")
        _person(tx, "UMAN", StaffRole(person=0, role=Role.MANAGER, region="EHA"))
        _person(tx, "UADM", StaffRole(person=0, role=Role.ADMIN))

    opened.database.run_sync(settle)
    return opened


def _person(tx: Transaction, user: str, *roles: StaffRole) -> int:
    person = people.add(tx, Person(language="en"), "slack", user, f"D{user}")
    for role in roles:
        people.add_role(tx, replace(role, person=person.id))
    return person.id


def number(office: Office, user: str) -> int:
    found = office.database.run_sync(lambda tx: people.known(tx, "slack", user))
    assert found is not None
    return found.id


def viewer(office: Office, user: str) -> Viewer:
    person = number(office, user)
    known = office.database.run_sync(lambda tx: people.staff(tx, person))
    assert known is not None
    return Viewer(person=person, staff=known, world=WORLD)


def query(office: Office, which: int = 1) -> Query:
    return office.database.run_sync(lambda tx: queries.get(tx, which))


def claimed(office: Office, user: str = "ULIA") -> None:
    office.say("Who coordinates?")
    office.deliver()
    office.staff_press("claim", user)
    office.deliver()


def hand_over(office: Office, user: str, receiver: Receiver, by: Viewer = COMMAND) -> Plan:
    person = number(office, user)
    return office.database.run_sync(
        lambda tx: staff.hand_over(tx, office.setup, person, receiver, by, office.now, "command")
    )


def suspend(office: Office, user: str, by: Viewer = COMMAND, why: Why = Why.LEFT_OFFICE) -> Plan:
    person = number(office, user)
    return office.database.run_sync(lambda tx: staff.suspend(tx, office.setup, by, person, why, office.now, "command"))


def acts(office: Office) -> list[tuple[str, str, str]]:
    rows = office.database.run_sync(lambda tx: tx.execute(sa.select(audit).order_by(audit.c.id)).all())
    return [(row.act, row.about, row.via) for row in rows]


def leaves(office: Office, user: str, change: Change = Change.LEFT, chat: str = "C1") -> None:
    office.hear(office.event(user, Membership(change), chat, Place.GROUP))


# Hand-over


@pytest.mark.req("S1-W30")
def test_a_colleague_has_what_was_handed_over(office: Office) -> None:
    """The query stays claimed, now by the receiver; its promise and its asker notice nothing."""
    claimed(office)
    before, told = query(office), office.templates("500")
    hand_over(office, "ULIA", Receiver(person=number(office, "UBAK")))
    after = query(office)

    assert (after.status, after.holder, after.due_at) == (Status.CLAIMED, number(office, "UBAK"), before.due_at)
    assert office.templates("500") == told
    assert office.templates("C1")[-1] == "staff.handed_over"
    assert office.templates("DUBAK") == ["staff.received"]


def test_a_preview_changes_nothing(office: Office) -> None:
    """What would go is seen before it goes."""
    claimed(office)
    person, to = number(office, "ULIA"), Receiver(person=number(office, "UBAK"))
    seen = office.database.run_sync(lambda tx: staff.preview(tx, office.setup, COMMAND, person, to))

    assert [(going.query.id, going.fate) for going in seen.queries] == [(1, Fate.TAKEN)]
    assert query(office).holder == person


def test_what_the_receiver_may_not_handle_returns_to_the_desk(office: Office) -> None:
    """A focal point of another desk gets nothing of it: the desk has it again, and nobody."""
    office.database.run_sync(
        lambda tx: _person(tx, "UHAI", StaffRole(person=0, role=Role.FOCAL_POINT, desk="mission-ht"))
    )
    claimed(office)
    planned = hand_over(office, "ULIA", Receiver(person=number(office, "UHAI")))

    assert (planned.taken, planned.returned) == ((), ("Q-0001",))
    assert (query(office).status, query(office).holder) == (Status.NEW, 0)
    assert office.templates("C1")[-1] == "staff.returned"


@pytest.mark.req("S0-C2")
def test_another_desk_is_another_owner_and_the_cso_is_told(office: Office) -> None:
    """The promised time stays, the history moves along."""
    claimed(office)
    due = query(office).due_at
    hand_over(office, "ULIA", Receiver(desk="region-eha"))
    after = query(office)

    assert (after.desk, after.status, after.holder, after.due_at) == ("region-eha", Status.NEW, 0, due)
    assert office.templates("500")[-1] == "staff.moved"
    assert [line.text for line in office.database.run_sync(lambda tx: queries.timeline(tx, 1))][-1] == "moved"


def test_an_answered_query_goes_along(office: Office) -> None:
    """When the CSO asks again, the colleague who took it over has it."""
    claimed(office)
    office.answered()
    hand_over(office, "ULIA", Receiver(person=number(office, "UBAK")))
    assert (query(office).status, query(office).holder) == (Status.ANSWERED, number(office, "UBAK"))

    office.say("And on Thursday?")
    assert (query(office).status, query(office).holder) == (Status.CLAIMED, number(office, "UBAK"))


def test_an_answered_query_of_nobody_is_new_when_it_is_asked_again(office: Office) -> None:
    """Whoever answered it has gone: it waits for somebody at the desk."""
    claimed(office)
    office.answered()
    suspend(office, "ULIA")
    assert query(office).status is Status.ANSWERED

    office.say("And on Thursday?")
    assert (query(office).status, query(office).holder) == (Status.NEW, 0)


@pytest.mark.req("S1-W30")
def test_a_closed_query_does_not_come_back_to_who_has_gone(office: Office) -> None:
    """Opened again, it is the desk's."""
    claimed(office)
    form = office.staff_press("close")[0]
    assert isinstance(form, FormNeeded)
    office.hear(
        office.event("ULIA", Submitted(form.token, {"outcome": "withdrawn", "text": "Done."}), "C1", Place.GROUP)
    )
    suspend(office, "ULIA")
    office.say("One more thing about it")
    office.say("1")

    assert (query(office).status, query(office).holder) == (Status.NEW, 0)


def test_an_answer_in_its_seconds_to_undo_is_kept_back(office: Office) -> None:
    """It does not leave in the name of somebody who is gone; its words stay, one press from the CSO."""
    claimed(office)
    form = office.staff_press("reply")[0]
    assert isinstance(form, FormNeeded)
    office.hear(office.event("ULIA", Submitted(form.token, {"text": "On Wednesday."}), "C1", Place.GROUP))
    suspend(office, "ULIA")
    office.later(seconds=11)
    office.deliver()
    lines = office.database.run_sync(lambda tx: queries.timeline(tx, 1))
    assert "conversation.answer" not in _sent(office)
    assert [line.state for line in lines if line.text == "On Wednesday."] == [EntryState.UNDONE]

    token = office.token("verbs.send_note")
    assert office.hear(office.event("UBAK", Pressed(token, "1"), "C1", Place.GROUP)) == []
    office.later(seconds=11)
    office.deliver()
    assert "conversation.answer" in _sent(office)


def _sent(office: Office) -> list[str]:
    """What was really sent to the CSO."""

    chosen = sa.select(deliveries).where(deliveries.c.chat == "500", deliveries.c.state == DeliveryState.SENT)
    return [load_message(row.message).template for row in office.database.run_sync(lambda tx: tx.execute(chosen).all())]


def test_an_answer_that_has_left_stays_sent(office: Office) -> None:
    """What the CSO has read is not taken back."""
    claimed(office)
    office.answered()
    suspend(office, "ULIA")

    assert "conversation.answer" in _sent(office)


def test_a_form_by_message_ends(office: Office) -> None:
    """Where there are no modals, the next words of whoever handed over answer nothing any more."""
    office.database.run_sync(lambda tx: _at_telegram(tx, office.now))
    office.say("Who coordinates?")
    office.deliver()
    person = number(office, "ULIA")
    press = office.event("700", Pressed(office.token("verbs.claim"), "1"), "-100", Place.GROUP)
    office.hear(replace(press, address=Address("telegram", "-100")))
    assert query(office).holder == person
    press = office.event("700", Pressed(office.token("verbs.reply"), "1"), "-100", Place.GROUP)
    office.hear(replace(press, address=Address("telegram", "-100")))
    hand_over(office, "ULIA", Receiver(person=number(office, "UBAK")))

    def forms(tx: Transaction) -> list[int]:

        return list(desk_state.from_json(conversations.state(tx, "telegram:-100")).forms)

    assert office.database.run_sync(forms) == []


def _at_telegram(tx: Transaction, now: datetime) -> None:
    """The mission works in a Telegram group, and the liaison has an account there."""

    liaison = people.known(tx, "slack", "ULIA")
    assert liaison is not None
    tx.execute(sa.insert(identities).values(account="telegram", user="700", person=liaison.id, chat="700"))
    desks.bind(tx, BoundDesk(desk="mission-ke", address=Address("telegram", "-100"), style=DeskStyle.REPLIES), 0, now)


@pytest.mark.parametrize("to", ["UADM", "ULIA", "UGONE"])
def test_who_takes_over_must_be_an_active_colleague(office: Office, to: str) -> None:
    """Not oneself, and nobody whose roles rest; an administrator takes none of a desk's queries."""
    office.database.run_sync(lambda tx: _person(tx, "UGONE", StaffRole(person=0, role=Role.FOCAL_POINT, desk="ipd")))
    suspend(office, "UGONE")
    claimed(office)
    receiver = Receiver(person=number(office, to))
    if to == "UADM":
        assert hand_over(office, "ULIA", receiver).returned == ("Q-0001",)
        return
    with pytest.raises(NoReceiver):
        hand_over(office, "ULIA", receiver)


@pytest.mark.parametrize("desk", ["confidential-desk", "mission-xx"])
def test_no_desk_that_does_not_exist_or_is_confidential_takes_over(office: Office, desk: str) -> None:
    """The confidential desk gets matters on its own way alone."""
    claimed(office)
    with pytest.raises(NoReceiver):
        hand_over(office, "ULIA", Receiver(desk=desk))


@pytest.mark.parametrize(("by", "allowed"), [("ULIA", True), ("UMAN", True), ("UADM", True), ("UBAK", False)])
def test_who_may_hand_over(office: Office, by: str, allowed: bool) -> None:
    """Whoever has the work, a manager of its desk, an administrator; no colleague of the same rank."""
    claimed(office)
    viewing, to = viewer(office, by), Receiver(person=number(office, "UMAN"))
    if allowed:
        assert hand_over(office, "ULIA", to, viewing).taken == ("Q-0001",)
    else:
        with pytest.raises(NotAllowed):
            hand_over(office, "ULIA", to, viewing)


def test_a_hand_over_is_in_the_audit_log(office: Office) -> None:
    """One row for the person, one for each query; ids only."""
    claimed(office)
    hand_over(office, "ULIA", Receiver(person=number(office, "UBAK")))

    assert acts(office)[-2:] == [
        ("handed_over", f"staff:{number(office, 'ULIA')}", "command"),
        ("handed_over:taken", "query:1", "command"),
    ]


def test_a_query_that_waits_for_the_cso_goes_along(office: Office) -> None:
    """Waiting is no reason to stay with somebody who is gone."""
    claimed(office)

    def wait(tx: Transaction) -> None:
        asked = replace(queries.get(tx, 1), status=Status.WAITING)
        queries.save(tx, paused(asked, policy_of(WORLD, asked), desk_of(WORLD, asked), office.now))

    office.database.run_sync(wait)
    hand_over(office, "ULIA", Receiver(person=number(office, "UBAK")))
    assert (query(office).status, query(office).holder) == (Status.WAITING, number(office, "UBAK"))
    suspend(office, "UBAK")
    assert (query(office).status, query(office).holder, query(office).waiting_since) == (Status.NEW, 0, None)


@pytest.mark.parametrize(("absent", "deputy"), [("UBAK", "UMAN"), ("UMAN", "")])
def test_standing_in_for_others_is_handed_over(office: Office, absent: str, deputy: str) -> None:
    """The receiver stands in; nobody does for themselves: there the desk decides."""
    away = Absence(
        person=number(office, absent),
        begins=office.now,
        ends=office.now + timedelta(days=2),
        deputy=number(office, "ULIA"),
    )
    office.database.run_sync(lambda tx: absences.add(tx, away))
    hand_over(office, "ULIA", Receiver(person=number(office, "UMAN")))
    found = office.database.run_sync(lambda tx: absences.not_over(tx, office.now))

    assert [each.deputy for each in found] == [number(office, deputy) if deputy else 0]


def test_nobody_whose_roles_rest_stands_in(office: Office) -> None:
    """The desk decides instead."""
    person = number(office, "UBAK")
    suspend(office, "UBAK")

    assert office.database.run_sync(lambda tx: look(tx, WORLD, office.now).acting_for(person, "mission-ke")) == 0


# Suspended, lifted, given, taken


def test_a_suspension_ends_roles_and_sessions_at_once(office: Office) -> None:
    """In chat the next press is refused, and no session of the console is left."""
    claimed(office)
    person = number(office, "ULIA")
    office.database.run_sync(lambda tx: tx.execute(sa.insert(sessions).values(_session(person, office.now))))
    suspend(office, "ULIA")
    open_ = sa.select(sa.func.count()).where(sessions.c.person == person, sessions.c.revoked_at.is_(None))

    assert notices(office.staff_press("note", "ULIA")) == ["errors.not_staff"]
    assert office.database.run_sync(lambda tx: tx.scalar(open_)) == 0
    assert office.templates("DULIA") == ["staff.suspended"]


def _session(person: int, now: datetime) -> dict[str, object]:
    names = dict.fromkeys(("made_at", "seen_at", "expires_at"), now)
    return {"digest": "d", "public_id": "p", "person": person, "device": "", **names}


def test_what_a_suspended_person_had_returns_to_the_desk(office: Office) -> None:
    """Claimed by nobody, with a line in its thread."""
    claimed(office)
    suspend(office, "ULIA")

    assert (query(office).status, query(office).holder) == (Status.NEW, 0)
    assert office.templates("C1")[-1] == "staff.returned"


def test_a_lifted_suspension_gives_the_roles_back(office: Office) -> None:
    """And nothing of what went to others."""
    claimed(office)
    person = number(office, "ULIA")
    suspend(office, "ULIA")
    office.database.run_sync(lambda tx: staff.lift(tx, office.setup, COMMAND, person, office.now, "command"))

    assert query(office).holder == 0
    assert office.staff_press("claim", "ULIA") == []
    assert query(office).holder == person
    assert [act for act, about, _ in acts(office) if about == f"staff:{person}"] == ["suspended:left_office", "lifted"]


def test_nothing_to_lift_is_said(office: Office) -> None:
    """A wrong number is not taken for a success."""
    with pytest.raises(NotStaff):
        office.database.run_sync(
            lambda tx: staff.lift(tx, office.setup, COMMAND, _known(tx, "ULIA"), office.now, "command")
        )


def _known(tx: Transaction, user: str) -> int:
    found = people.known(tx, "slack", user)
    assert found is not None
    return found.id


def test_the_last_administrator_cannot_be_suspended(office: Office) -> None:
    """A second one first."""
    with pytest.raises(LastAdmin):
        suspend(office, "UADM")
    office.database.run_sync(lambda tx: _person(tx, "UAD2", StaffRole(person=0, role=Role.ADMIN)))
    suspend(office, "UADM")
    with pytest.raises(LastAdmin):
        suspend(office, "UAD2")


def test_a_limited_administrator_does_not_count_as_one(office: Office) -> None:
    """Who manages one region cannot make a new administrator of everything."""
    office.database.run_sync(lambda tx: _person(tx, "UREG", StaffRole(person=0, role=Role.ADMIN, region="EHA")))
    with pytest.raises(LastAdmin):
        suspend(office, "UADM")


def test_the_last_administrators_role_cannot_be_taken(office: Office) -> None:
    """Nor can it be limited by taking the unlimited one."""
    role = StaffRole(person=number(office, "UADM"), role=Role.ADMIN)
    with pytest.raises(LastAdmin):
        office.database.run_sync(lambda tx: staff.remove_role(tx, office.setup, COMMAND, role, office.now))


def test_a_role_taken_returns_what_it_covered(office: Office) -> None:
    """The queries of that desk go back; the person is no staff any more."""
    claimed(office)
    role = StaffRole(person=number(office, "ULIA"), role=Role.FOCAL_POINT, desk="mission-ke")
    returned = office.database.run_sync(lambda tx: staff.remove_role(tx, office.setup, COMMAND, role, office.now))

    assert returned.returned == ("Q-0001",)
    assert office.database.run_sync(lambda tx: people.staff(tx, role.person)) is None


def test_a_role_taken_leaves_what_another_role_covers(office: Office) -> None:
    """Focal point of the mission and of its region: one of them is enough."""
    claimed(office)
    person = number(office, "ULIA")
    regional = StaffRole(person=person, role=Role.FOCAL_POINT, region="EHA")
    office.database.run_sync(lambda tx: people.add_role(tx, regional))
    role = StaffRole(person=person, role=Role.FOCAL_POINT, desk="mission-ke")
    office.database.run_sync(lambda tx: staff.remove_role(tx, office.setup, COMMAND, role, office.now))

    assert query(office).holder == person


REGIONAL = StaffRole(person=0, role=Role.ADMIN, region="EHA")


@pytest.mark.parametrize(
    ("given", "allowed"),
    [
        (StaffRole(person=0, role=Role.FOCAL_POINT, desk="mission-ke"), True),
        (StaffRole(person=0, role=Role.MANAGER, region="EHA"), True),
        (StaffRole(person=0, role=Role.FOCAL_POINT, desk="mission-ht"), False),
        (StaffRole(person=0, role=Role.MANAGER, region="SAF"), False),
        (StaffRole(person=0, role=Role.EDITOR), False),
        (StaffRole(person=0, role=Role.ADMIN), False),
        (StaffRole(person=0, role=Role.CONFIDENTIAL), False),
    ],
)
def test_a_regional_administrator_gives_roles_of_the_region(office: Office, given: StaffRole, allowed: bool) -> None:
    """And no role that reaches further than their own."""
    office.database.run_sync(lambda tx: _person(tx, "UREG", REGIONAL))
    role, by = replace(given, person=number(office, "UBAK")), viewer(office, "UREG")

    def give() -> None:
        office.database.run_sync(lambda tx: staff.give_role(tx, office.setup, by, role, office.now))

    if allowed:
        give()
        assert role in office.database.run_sync(lambda tx: people.roles(tx, role.person))
    else:
        with pytest.raises(NotAllowed):
            give()


@pytest.mark.parametrize("by", ["ULIA", "UMAN"])
def test_only_administrators_suspend(office: Office, by: str) -> None:
    """A focal point and a manager cannot."""
    with pytest.raises(NotAllowed):
        suspend(office, "UBAK", viewer(office, by))


@pytest.mark.parametrize(
    "wrong",
    [
        StaffRole(person=1, role=Role.FOCAL_POINT),
        StaffRole(person=1, role=Role.FOCAL_POINT, desk="confidential-desk"),
        StaffRole(person=1, role=Role.MANAGER, department="SAFE"),
        StaffRole(person=1, role=Role.CONFIDENTIAL, region="EHA"),
        StaffRole(person=1, role=Role.EDITOR, region="EHA", desk="mission-ke"),
        StaffRole(person=1, role=Role.EDITOR, region="gone"),
        StaffRole(person=1, role=Role.EDITOR, department="gone"),
        StaffRole(person=1, role=Role.EDITOR, desk="gone"),
    ],
)
def test_roles_that_make_no_sense_are_not_given(office: Office, wrong: StaffRole) -> None:
    """No focal point of nothing, nobody limited to two things, no way around to the confidential desk."""
    with pytest.raises(BotError, match=r"focal point|confidential|one thing|There is no"):
        office.database.run_sync(lambda tx: staff.give_role(tx, office.setup, COMMAND, wrong, office.now))


# Leaving


@pytest.mark.req("S1-W30")
def test_leaving_the_only_desk_suspends(office: Office) -> None:
    """Everything returns to the desk, the manager of the region is told in private, and so is whoever left."""
    claimed(office)
    leaves(office, "ULIA")
    person = number(office, "ULIA")
    why = office.database.run_sync(lambda tx: suspensions.of(tx, person))

    assert why is not None
    assert why.why is Why.LEFT_GROUP
    assert (query(office).status, query(office).holder) == (Status.NEW, 0)
    assert office.templates("C1")[-1] == "staff.returned"
    assert office.templates("DUMAN") == ["staff.somebody_left"]
    assert office.templates("DULIA") == ["staff.suspended"]
    assert office.templates("DUADM") == []


def test_leaving_is_heard_once(office: Office) -> None:
    """Telegram tells of it twice; the second changes nothing."""
    leaves(office, "ULIA")
    leaves(office, "ULIA")

    assert office.templates("DUMAN") == ["staff.somebody_left"]


def test_administrators_are_told_where_there_is_no_manager(office: Office) -> None:
    """Somebody is always told."""
    suspend(office, "UMAN")
    leaves(office, "ULIA")

    assert office.templates("DUADM") == ["staff.somebody_left"]


def test_leaving_one_of_several_desks_rests_the_roles_there(office: Office) -> None:
    """The other desk goes on; the queries of this one return."""
    regional = StaffRole(person=number(office, "ULIA"), role=Role.FOCAL_POINT, region="EHA")

    def settle(tx: Transaction) -> None:
        people.add_role(tx, regional)
        where = Address("slack", "C2")
        desks.bind(tx, BoundDesk(desk="region-eha", address=where, style=DeskStyle.THREAD), 0, office.now)

    office.database.run_sync(settle)
    claimed(office)
    leaves(office, "ULIA")
    after = viewer(office, "ULIA").staff

    assert query(office).holder == 0
    assert [after.may_act_at(desk, WORLD) for desk in ("mission-ke", "region-eha")] == [False, True]
    assert office.templates("DULIA") == ["staff.you_left"]
    assert notices(office.staff_press("claim", "ULIA")) == ["errors.not_allowed"]


def test_coming_back_lifts_nothing(office: Office) -> None:
    """An administrator does."""
    leaves(office, "ULIA")
    office.hear(office.event("ULIA", Membership(Change.BACK), "C1", Place.GROUP))
    person = number(office, "ULIA")

    assert office.database.run_sync(lambda tx: people.staff(tx, person)) is None


def test_somebody_who_only_reads_leaves_without_notice(office: Office) -> None:
    """No staff of that desk: nothing happens."""
    leaves(office, "UVISITOR")
    leaves(office, "UADM")
    admin = number(office, "UADM")

    assert office.templates("DUMAN") == []
    assert office.database.run_sync(lambda tx: people.staff(tx, admin)) is not None


def test_leaving_another_channel_is_nobodys_business(office: Office) -> None:
    """Only the chat of a desk counts."""
    leaves(office, "ULIA", chat="C-RANDOM")
    person = number(office, "ULIA")

    assert office.database.run_sync(lambda tx: people.staff(tx, person)) is not None


@pytest.mark.parametrize(("change", "why"), [(Change.CLOSED, Why.LEFT_WORKSPACE), (Change.GUEST, Why.GUEST)])
def test_a_closed_account_or_a_guest_is_suspended_everywhere(office: Office, change: Change, why: Why) -> None:
    """Whatever their roles are; what they had open goes back and the manager is told."""
    claimed(office)
    leaves(office, "ULIA", change, "ULIA")
    person = number(office, "ULIA")
    resting = office.database.run_sync(lambda tx: suspensions.of(tx, person))

    assert resting is not None
    assert resting.why is why
    assert query(office).holder == 0
    assert office.templates("DUMAN") == ["staff.somebody_left"]


def test_even_the_last_administrator_goes_with_the_account(office: Office) -> None:
    """An account that the workspace closed must not stay an administrator's."""
    leaves(office, "UADM", Change.CLOSED, "UADM")
    person = number(office, "UADM")

    assert office.database.run_sync(lambda tx: people.staff(tx, person)) is None


def test_a_removed_app_marks_the_account(office: Office) -> None:
    """Until it answers again."""

    us = AccountInfo("slack", "UBOT", "T1")
    office.database.run_sync(lambda tx: accounts.note(tx, us, "slack"))
    leaves(office, "", Change.REMOVED, "T1")
    assert [each.ended_at is not None for each in office.database.run_sync(accounts.every)] == [True]

    office.database.run_sync(lambda tx: accounts.note(tx, us, "slack"))
    assert [each.ended_at for each in office.database.run_sync(accounts.every)] == [None]


def test_codes_of_whoever_is_suspended_give_nothing(office: Office) -> None:
    """A code for an administrator, made by one whose account was lost, would outlive them."""
    liaison = number(office, "ULIA")
    held = Invite(
        kind=InviteKind.STAFF,
        role="admin",
        made_by=liaison,
        made_at=office.now,
        expires_at=office.now + timedelta(days=9),
    )
    office.database.run_sync(lambda tx: invites.add(tx, "the-code", held))
    suspend(office, "ULIA", why=Why.ACCOUNT_LOST)
    assert office.database.run_sync(lambda tx: invites.find(tx, "the-code", office.now)) is None


def test_a_partner_is_given_no_role_by_number(office: Office) -> None:
    """Whoever is to work here is invited: a role by a mistyped number would open every query to a partner."""
    partner = office.database.run_sync(lambda tx: people.add(tx, Person(), "telegram", "505", "505")).id
    role = StaffRole(person=partner, role=Role.EDITOR)
    with pytest.raises(staff.NotStaff):
        office.database.run_sync(lambda tx: staff.give_role(tx, office.setup, COMMAND, role, office.now))
