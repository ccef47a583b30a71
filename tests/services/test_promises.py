"""What the clock does with promises: reminders, hand-overs and escalations, each once."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from bot.core.absence import Absence
from bot.core.query import Query, Status
from bot.core.routing.decision import Because, Route
from bot.services import promises
from bot.services import queries as query_service
from storage import absences, queries
from storage.database import Database, Transaction
from storage.sealing import ProcessSeal
from tests.services.office import Office, open_office

#: Monday 10:00 in Nairobi; the mission works 08:30 to 17:00, the promise is nine working hours.
NOW = datetime(2026, 11, 23, 7, tzinfo=UTC)


@pytest.fixture
def asked(database: Database, seal: ProcessSeal, tmp_path: Path) -> Office:
    """A question at the Kenyan mission, promised for Tuesday 11:00 (08:00 UTC)."""
    office = open_office(database, seal, tmp_path / "files", NOW)
    office.say("Who coordinates the camp?")
    office.deliver()
    return office


def look(office: Office) -> int:
    done = office.database.run_sync(lambda tx: promises.look(tx, office.setup, office.now))
    office.deliver()
    return done


def query(office: Office) -> Query:
    return office.database.run_sync(lambda tx: queries.get(tx, 1))


def until(office: Office, moment: str) -> None:
    office.now = datetime.fromisoformat(moment).replace(tzinfo=UTC)


def claim(office: Office, user: str = "ULIA") -> int:
    office.staff_press("claim", user)
    office.deliver()
    return query(office).holder


def away(office: Office, person: int, deputy: int = 0) -> None:
    gone = Absence(person=person, begins=office.now, ends=datetime(2026, 12, 24, tzinfo=UTC), deputy=deputy)
    office.database.run_sync(lambda tx: absences.add(tx, gone))


def test_before_a_mark_nothing_happens(asked: Office) -> None:
    """Two hours of nine."""
    until(asked, "2026-11-23T09:00")
    assert 0 == look(asked)


def test_half_of_the_time_is_said_once(asked: Office) -> None:
    """However often the clock looks."""
    until(asked, "2026-11-23T11:31")
    assert [1, 0, 0] == [look(asked) for _ in range(3)]
    assert 1 == asked.templates("C1").count("desk.mark_desk")


def test_after_downtime_one_word_is_enough(asked: Office) -> None:
    """Half and four fifths went by unseen: four fifths are said."""
    until(asked, "2026-11-24T06:30")
    look(asked)
    said = [each.fields["percent"] for each in asked.messages("C1") if each.template == "desk.mark_desk"]
    assert [80] == said


def test_a_holder_who_cannot_be_told_in_private_is_told_in_the_thread(asked: Office) -> None:
    """They never wrote to us in private."""
    claim(asked)
    until(asked, "2026-11-23T11:31")
    look(asked)
    assert "desk.mark_holder" in asked.templates("C1")


@pytest.mark.req("S1-R5", "S1-R5b")
def test_a_broken_promise_goes_to_the_desk_above(asked: Office) -> None:
    """With a new promise; the CSO is told that we have not kept ours."""
    until(asked, "2026-11-24T08:01")
    look(asked)
    moved = query(asked)
    assert ("region-eha", Status.NEW, "late") == (moved.desk, moved.status, moved.because)
    assert moved.due_at is not None
    assert moved.due_at > asked.now
    assert "conversation.not_kept" in asked.templates("500")


def test_an_escalation_is_on_record(asked: Office) -> None:
    """Who had it, who has it, and that the promise was broken."""
    until(asked, "2026-11-24T08:01")
    look(asked)
    lines = asked.database.run_sync(lambda tx: queries.timeline(tx, 1))
    event = next(line for line in lines if line.text == "escalated")
    assert {"from": "mission-ke", "to": "region-eha", "percent": 100, "broken": True} == event.fields


def test_unanswered_it_climbs_to_the_top(asked: Office) -> None:
    """Mission, region, entry point, department: nobody is above that, and it stays there."""
    desks = []
    for _ in range(6):
        asked.later(days=7)
        look(asked)
        desks.append(query(asked).desk)
    assert ["region-eha", "ipd", "icp", "icp", "icp", "icp"] == desks


def test_an_answer_ends_the_promise(asked: Office) -> None:
    """Nobody is reminded of what is done."""
    asked.answered()
    asked.later(days=7)
    assert 0 == look(asked)


def test_what_the_holder_wrote_keeps_it_theirs(asked: Office) -> None:
    """A note shows that somebody is at it."""
    holder = claim(asked)
    asked.later(minutes=1)
    asked.note("I asked the county.")
    until(asked, "2026-11-24T06:30")
    look(asked)
    assert holder == query(asked).holder


def test_a_silent_holder_gives_it_back(asked: Office) -> None:
    """At four fifths of the time it is the desk's again."""
    claim(asked)
    until(asked, "2026-11-24T06:30")
    look(asked)
    assert (0, Status.NEW) == (query(asked).holder, query(asked).status)
    assert "desk.returned_silent" in asked.templates("C1")


def test_a_deputy_takes_over(asked: Office) -> None:
    """The liaison is away and has named the backup."""
    liaison = claim(asked)
    away(asked, liaison, liaison + 1)
    until(asked, "2026-11-23T11:31")
    look(asked)
    assert (liaison + 1, Status.CLAIMED) == (query(asked).holder, query(asked).status)


def test_without_a_deputy_it_is_the_desks(asked: Office) -> None:
    """The other one at the desk can claim it."""
    away(asked, claim(asked))
    until(asked, "2026-11-23T11:31")
    look(asked)
    assert (0, "mission-ke") == (query(asked).holder, query(asked).desk)
    assert "desk.returned_away" in asked.templates("C1")


def test_an_empty_desk_hands_up_at_once(asked: Office) -> None:
    """Everybody is away: the region has it before the promise is broken, and the promise stays."""
    liaison = claim(asked)
    promised = query(asked).due_at
    for person in (liaison, liaison + 1):
        away(asked, person)
    until(asked, "2026-11-23T11:31")
    look(asked)
    assert ("region-eha", promised) == (query(asked).desk, query(asked).due_at)
    assert "conversation.handed_up" in asked.templates("500")


def test_an_answered_query_that_is_moved_is_promised_again(asked: Office) -> None:
    """The other desk did not answer it: it is reminded, and it would go up, as of any question."""
    asked.answered()
    reassigned(asked)
    there = query(asked)
    assert (Status.NEW, "ipd") == (there.status, there.desk)
    assert there.mark_at is not None
    assert there.due_at is not None
    assert there.due_at > asked.now


def test_a_broken_promise_that_is_moved_is_reminded_of_at_the_other_desk(asked: Office) -> None:
    """At the top all marks have been; whoever gets it from there is not left alone with it."""
    for _ in range(6):
        asked.later(days=7)
        look(asked)
    reassigned(asked, "dmm")
    asked.later(days=2)
    look(asked)
    assert ("ipd", "late") == (query(asked).desk, query(asked).because)


def test_that_a_promise_was_broken_is_on_record_at_the_top_too(asked: Office) -> None:
    """Nobody is above who could take it, and it counts as broken all the same."""
    asked.database.run_sync(lambda tx: queries.save(tx, replace(queries.get(tx, 1), desk="icp")))
    promised = query(asked).due_at
    asked.now = datetime(2026, 11, 30, tzinfo=UTC)
    look(asked)
    assert ("icp", promised) == (query(asked).desk, query(asked).broken_at)


def test_at_the_top_the_cso_is_told_each_time(asked: Office) -> None:
    """A promise that is broken where nobody is above is said to be, with a new time; never silence."""
    asked.database.run_sync(lambda tx: queries.save(tx, replace(queries.get(tx, 1), desk="icp")))
    dues = []
    for week in (0, 1):
        asked.now = datetime(2026, 11, 30, tzinfo=UTC) + timedelta(weeks=week)
        look(asked)
        dues.append(query(asked).due_at)
    assert asked.templates("500").count("conversation.not_kept_again") == 2
    assert all(due and due > asked.now for due in dues[1:])


def reassigned(office: Office, desk: str = "ipd") -> None:
    """Somebody of staff gives it to another desk."""
    place = Route(desk, Because.STAFF_MOVED, {"reason": "theirs"})

    def work(tx: Transaction) -> None:
        query_service.move(tx, office.setup, queries.get(tx, 1), place, office.now)

    office.database.run_sync(work)
