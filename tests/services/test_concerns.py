"""Critical messages and complaints: a named owner, no end without an answer, and never the desk they are about."""

from dataclasses import replace
from pathlib import Path

import pytest

from bot.core.complaint import people_of
from bot.core.errors import BotError
from bot.core.permission import Viewer
from bot.core.person import Person, Role, Staff, StaffRole
from bot.core.query import Concern, Query, QueryOutcome, Status
from bot.core.verbs import Verb
from bot.services import concerns, hand_over, promises, queries, verbs
from bot.services.acts import Act, may_act
from bot.services.hand_over import Reason, Receiver
from storage import people, watchers
from storage import queries as rows
from storage.database import Database, Transaction
from storage.reads.query_scope import seen
from storage.sealing import ProcessSeal
from storage.tables import queries as table
from tests.services.office import WORLD, Office, open_office
from tests.services.test_promises import NOW

pytestmark = pytest.mark.req("S1-W9")
#: Numbers of people in the office of these tests: the CSO is 1.
LIAISON, BACKUP = 2, 3
COMPLAINT = {"concern": "complaint", "owner": str(LIAISON)}


@pytest.fixture
def office(database: Database, seal: ProcessSeal, tmp_path: Path) -> Office:
    """A question is at the mission in Kenya, where the liaison and the backup work."""
    opened = open_office(database, seal, tmp_path / "files", NOW)
    opened.say("Your people never answer us")
    opened.deliver()
    return opened


def colleague(office: Office, role: Role, **limit: str) -> int:
    """Somebody else of staff, known in private."""

    def work(tx: Transaction) -> int:
        person = people.add(tx, Person(language="en"), "slack", f"U{role}{len(limit)}", "D1").id
        people.add_role(tx, StaffRole(person=person, role=role, **limit))
        return person

    return office.database.run_sync(work)


def query(office: Office) -> Query:
    return office.database.run_sync(lambda tx: rows.get(tx, 1))


def act(office: Office, verb: Verb, values: dict[str, str], person: int = LIAISON) -> None:
    def work(tx: Transaction) -> None:
        staff = people.staff(tx, person)
        assert staff is not None
        verbs.perform(
            Act(
                tx=tx,
                setup=office.setup,
                now=office.now,
                key=f"slack:{verb}",
                person=person,
                staff=staff,
                query=rows.get(tx, 1),
                verb=verb,
                values=values,
            )
        )

    office.database.run_sync(work)


def tag(office: Office, person: int = LIAISON, **values: str) -> None:
    act(office, Verb.CONCERN, {"owner": "", "about": "", **values}, person)


def test_somebody_answers_for_it_by_name(office: Office) -> None:
    """On the query, and in private to whoever it is."""
    manager = colleague(office, Role.MANAGER, desk="mission-ke")
    tag(office, concern="complaint", owner=str(manager))
    assert (query(office).concern, query(office).owner) == (Concern.COMPLAINT, manager)
    assert "desk.you_own" in office.templates("D1")


@pytest.mark.parametrize(
    ("values", "why"),
    [
        ({"concern": "critical"}, concerns.OwnerNeeded),
        ({"concern": "critical", "owner": "1"}, concerns.CannotOwn),
        ({"concern": "complaint", "owner": "2", "about": "mission-ke"}, concerns.CannotOwn),
    ],
    ids=["nobody named", "a CSO", "of the desk it is about"],
)
def test_who_cannot_answer_for_it(office: Office, values: dict[str, str], why: type[BotError]) -> None:
    """Nothing is changed."""
    with pytest.raises(why):
        tag(office, **values)
    assert query(office).concern is None


def test_whoever_answers_for_it_stays(office: Office) -> None:
    """Only a hand-over changes that."""
    tag(office, **COMPLAINT)
    with pytest.raises(concerns.OwnerStays):
        tag(office, concern="critical", owner=str(BACKUP))
    tag(office, concern="critical")
    assert (query(office).concern, query(office).owner) == (Concern.CRITICAL, LIAISON)


def test_only_the_owner_or_a_manager_says_that_it_is_none(office: Office) -> None:
    """A colleague cannot take the protection away."""
    tag(office, **COMPLAINT)
    with pytest.raises(concerns.OnlyOwner):
        tag(office, BACKUP, concern="none")
    tag(office, concern="none")
    assert (query(office).concern, query(office).owner) == (None, 0)


@pytest.mark.parametrize("outcome", ["answered", "withdrawn", "no_reply"])
def test_it_cannot_be_closed_without_an_answer(office: Office, outcome: str) -> None:
    """Whatever staff say became of it."""
    tag(office, **COMPLAINT)
    with pytest.raises(BotError):
        act(office, Verb.CLOSE, {"outcome": outcome, "text": "Done."})
    assert query(office).status is Status.NEW


def test_it_cannot_be_referred_without_an_answer(office: Office) -> None:
    """Pointing elsewhere is no answer to a complaint."""
    tag(office, **COMPLAINT)
    with pytest.raises(queries.AnswerOwed):
        act(office, Verb.REFER, {"to": "Others", "text": "Not ours"})
    assert query(office).outcome is None


def test_time_alone_does_not_end_it(office: Office) -> None:
    """Nothing of the bot's own closes it."""
    tag(office, **COMPLAINT)
    close = lambda tx: queries.close(tx, office.setup, rows.get(tx, 1), 0, office.now, QueryOutcome.NO_REPLY)  # noqa: E731
    with pytest.raises(queries.AnswerOwed):
        office.database.run_sync(close)
    assert query(office).open


def test_with_an_answer_it_is_closed_as_answered_only(office: Office) -> None:
    """Not as withdrawn."""
    tag(office, **COMPLAINT)
    office.answered("We are sorry, and answer from now on.")
    with pytest.raises(queries.AnswerOwed):
        act(office, Verb.CLOSE, {"outcome": "withdrawn", "text": "They took it back"})
    act(office, Verb.CLOSE, {"outcome": "answered", "text": "Answered on Monday"})
    assert query(office).outcome is QueryOutcome.ANSWERED


def test_it_leaves_the_desk_that_it_is_about(office: Office) -> None:
    """For the one above; the CSO is told, and the desk neither acts, watches nor reads any more."""
    above = colleague(office, Role.FOCAL_POINT, region="EHA")
    office.database.run_sync(lambda tx: watchers.add(tx, 1, BACKUP, office.now))
    tag(office, concern="complaint", owner=str(manager_of_all(office)), about="mission-ke")

    def looked(tx: Transaction) -> list[bool]:
        liaison, regional = people.staff(tx, LIAISON), people.staff(tx, above)
        assert liaison is not None
        assert regional is not None
        found = [may_act(tx, WORLD, staff, rows.get(tx, 1)) for staff in (liaison, regional)]
        viewer = Viewer(person=LIAISON, staff=liaison, world=WORLD)
        return [*found, bool(rows.where(tx, table.c.id == 1, seen(viewer)))]

    assert query(office).desk == "region-eha"
    assert office.database.run_sync(looked) == [False, True, False]
    assert office.database.run_sync(lambda tx: watchers.of_query(tx, 1)) == ()
    assert "conversation.moved_complaint" in office.templates("500")


def manager_of_all(office: Office) -> int:
    return colleague(office, Role.MANAGER)


def test_it_never_goes_up_to_the_desk_that_it_is_about(office: Office) -> None:
    """By itself it passes that desk; by hand it cannot be moved there."""
    tag(office, concern="complaint", owner=str(LIAISON), about="region-eha")
    with pytest.raises(BotError):
        act(office, Verb.REASSIGN, {"desk": "region-eha", "text": "Yours"})
    office.later(days=3)
    office.database.run_sync(lambda tx: promises.look(tx, office.setup, office.now))
    assert query(office).desk == "ipd"


def test_the_owner_is_reminded(office: Office) -> None:
    """Whoever has it."""
    manager = colleague(office, Role.MANAGER, desk="mission-ke")
    tag(office, concern="critical", owner=str(manager))
    office.later(hours=6)
    office.database.run_sync(lambda tx: promises.look(tx, office.setup, office.now))
    assert "desk.mark_owner" in office.templates("D1")


@pytest.mark.parametrize("receiver", ["colleague", "nobody"])
@pytest.mark.req("S1-W30")
def test_it_is_handed_over_with_everything_else(office: Office, receiver: str) -> None:
    """To the receiver; where there is none, to a manager of the desk."""
    manager = colleague(office, Role.MANAGER, desk="mission-ke")
    tag(office, **COMPLAINT)
    to = Receiver(person=BACKUP) if receiver == "colleague" else Receiver()

    def leave(tx: Transaction) -> None:
        planned = hand_over.plan(tx, office.setup, LIAISON, to)
        hand_over.carry_out(tx, office.setup, planned, Reason.HANDED_OVER, LIAISON, office.now)

    office.database.run_sync(leave)
    assert query(office).owner == (BACKUP if receiver == "colleague" else manager)


def test_where_nobody_is_left_the_desk_is_told(office: Office) -> None:
    """It is not forgotten: somebody has to be named."""
    tag(office, **COMPLAINT)

    def leave(tx: Transaction) -> None:
        people.remove_role(tx, StaffRole(person=BACKUP, role=Role.FOCAL_POINT, desk="mission-ke"))
        planned = hand_over.plan(tx, office.setup, LIAISON, Receiver())
        hand_over.carry_out(tx, office.setup, planned, Reason.HANDED_OVER, LIAISON, office.now)

    office.database.run_sync(leave)
    assert query(office).owner == 0
    assert "desk.no_owner" in office.templates("C1")


@pytest.mark.parametrize(
    ("limit", "of_it"),
    [
        ({"desk": "region-eha"}, True),
        ({"region": "EHA"}, True),
        ({"desk": "mission-ke"}, False),
        ({}, False),
    ],
    ids=["its own desk", "the region it speaks for", "a desk below", "everything"],
)
def test_who_is_of_a_desk(limit: dict[str, str], of_it: bool) -> None:
    """Whoever covers it among much else is above it."""
    staff = Staff(person=1, roles=(StaffRole(person=1, role=Role.MANAGER, **limit),))
    assert people_of(staff, "region-eha", WORLD) is of_it


def test_what_changed_is_kept(office: Office) -> None:
    """Saved as it is read."""
    office.database.run_sync(lambda tx: rows.save(tx, replace(rows.get(tx, 1), complaint_about="ipd")))
    assert query(office).complaint_about == "ipd"
