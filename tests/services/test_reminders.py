"""Reminders to those who have queries: thousands at once, and each in the holder's own working time."""

from collections import Counter
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa

from bot.core.query import Query, Status
from bot.services import promises, working_time
from storage import deliveries, people, queries
from storage.database import Database
from storage.sealing import ProcessSeal
from storage.tables import deliveries as ledger
from tests.services import crowd
from tests.services.office import WORLD, Office, open_office

#: Monday 10:00 in Nairobi; the mission works 08:30 to 17:00, the promise is nine working hours.
NOW = datetime(2026, 11, 23, 7, tzinfo=UTC)
HALF = datetime(2026, 11, 23, 11, 31, tzinfo=UTC)


@pytest.fixture
def office(database: Database, seal: ProcessSeal, tmp_path: Path) -> Office:
    return open_office(database, seal, tmp_path / "files", NOW)


@pytest.fixture
def held(office: Office) -> Office:
    """A question in the hands of the Kenyan liaison, who writes to us in private too."""
    office.say("Who coordinates the camp?")
    office.deliver()
    office.say("/whoami", user="ULIA", account="slack")
    office.staff_press("claim")
    office.deliver()
    return office


def query(office: Office) -> Query:
    return office.database.run_sync(lambda tx: queries.get(tx, 1))


def look(office: Office) -> int:
    done = office.database.run_sync(lambda tx: promises.look(tx, office.setup, office.now))
    office.deliver()
    return done


def look_until_done(office: Office) -> list[int]:
    counts = []
    while done := office.database.run_sync(lambda tx: promises.look(tx, office.setup, office.now)):
        counts.append(done)
    return counts


def works(office: Office, words: str) -> None:
    """The liaison says when they work."""
    holder = query(office).holder
    office.database.run_sync(lambda tx: working_time.say(tx, holder, words, holder, office.now))


def sent_to_liaison(office: Office) -> list[str]:
    """What has left for the liaison's private chat, of the words of a desk."""
    here = sa.and_(ledger.c.chat == "ULIA", ledger.c.state == "sent")
    said = sa.select(ledger.c.message["template"].as_string()).where(here).order_by(ledger.c.id)
    found = office.database.run_sync(lambda tx: list(tx.scalars(said)))
    return [each for each in found if each.startswith("desk.")]


def of_crowd(office: Office, count: int, holders: int = 40) -> None:
    """So many claimed queries whose half is now."""

    def work(tx: crowd.Transaction) -> None:
        crowd.claimed(tx, WORLD, crowd.settle(tx, WORLD, holders, NOW), count, office.now)

    office.database.run_sync(work)


def reminded(office: Office) -> Counter[str]:
    """How often each query's holder was told of half of the time."""
    said = [each for each in office.messages() if each.template == "desk.mark_holder"]
    return Counter(str(each.fields["reference"]) for each in said)


def test_many_marks_at_once_are_said_once_each(office: Office) -> None:
    """Every holder hears of every query of theirs, in slices that let others write in between."""
    of_crowd(office, 450)
    counts = look_until_done(office)
    assert (450, True) == (sum(counts), max(counts) <= promises.MOST)
    assert {f"Q-{number:04}": 1 for number in range(1, 451)} == dict(reminded(office))


def test_many_that_change_hands_come_in_smaller_slices(office: Office) -> None:
    """All have been silent for most of the time: each goes back to its desk, a few in one transaction."""
    of_crowd(office, 30)
    office.later(days=29)
    counts = look_until_done(office)
    returned = office.database.run_sync(lambda tx: queries.where(tx, queries.queries.c.status == Status.NEW))
    assert (30, True) == (sum(counts), max(counts) <= promises.MOST_MOVED)
    assert 30 == len(returned)


def test_whoever_cannot_be_reached_is_told_in_the_thread(office: Office) -> None:
    """Also among many: the one has left the bot, the others hear in private."""
    of_crowd(office, 80)
    gone = office.database.run_sync(lambda tx: queries.get(tx, 1)).holder

    def block(tx: crowd.Transaction) -> None:
        address = people.private_address(tx, gone, "")
        assert address is not None
        deliveries.mark_unreachable(tx, address.account, address.chat, "blocked", office.now)

    office.database.run_sync(block)
    look_until_done(office)
    in_thread = [each for chat in ("C0CROWD00", "C0CROWD01") for each in office.messages(chat)]
    told = {each.fields["reference"] for each in in_thread if each.template == "desk.mark_holder"}
    assert {"Q-0001", "Q-0041"} == told


@pytest.mark.req("S1-R5")
def test_a_holder_at_work_hears_at_once(held: Office) -> None:
    """The desk is spared the first reminder."""
    held.now = HALF
    look(held)
    assert (["desk.mark_holder"], False) == (sent_to_liaison(held), "desk.mark_desk" in held.templates("C1"))


@pytest.mark.req("S1-R5")
def test_a_holder_who_is_not_at_work_hears_when_they_are(held: Office) -> None:
    """Half of the time comes at 14:31 in Nairobi; the liaison begins at 16:00. The desk hears at once."""
    works(held, "16:00-20:00")
    held.now = HALF
    look(held)
    assert ([], True) == (sent_to_liaison(held), "desk.mark_desk" in held.templates("C1"))
    held.now = datetime(2026, 11, 23, 12, 59, tzinfo=UTC)
    look(held)
    assert [] == sent_to_liaison(held)
    held.now = datetime(2026, 11, 23, 13, tzinfo=UTC)
    held.deliver()
    assert ["desk.mark_holder"] == sent_to_liaison(held)


def test_what_is_answered_meanwhile_needs_no_reminder(held: Office) -> None:
    """The liaison answers before their day begins."""
    works(held, "16:00-20:00")
    held.now = HALF
    look(held)
    held.answered()
    held.now = datetime(2026, 11, 23, 13, tzinfo=UTC)
    look(held)
    assert [] == sent_to_liaison(held)


def test_the_promise_is_that_of_the_desk_whoever_has_it(held: Office) -> None:
    """A holder's own hours move reminders to them, never the time that was promised."""
    promised = query(held).due_at
    works(held, "16:00-20:00")
    held.now = HALF
    look(held)
    assert promised == query(held).due_at


def test_outside_their_working_time_nobody_is_silent(held: Office) -> None:
    """At four fifths the liaison's day has not begun: it stays theirs."""
    works(held, "16:00-20:00")
    held.now = datetime(2026, 11, 24, 6, 30, tzinfo=UTC)
    look(held)
    assert Status.CLAIMED == query(held).status


def test_a_holder_who_was_hardly_at_work_is_not_silent(held: Office) -> None:
    """They claimed on Monday and work on Tuesdays only: on Tuesday morning they have had it for an hour."""
    works(held, "TU 08:30-17:00")
    held.now = datetime(2026, 11, 24, 6, 30, tzinfo=UTC)
    look(held)
    assert Status.CLAIMED == query(held).status


def test_a_note_is_spoken_of_only_where_there_is_one(held: Office) -> None:
    """Whoever wrote nothing yet is not told that they did."""
    held.now = HALF
    look(held)
    held.later(minutes=1)
    held.note("I asked the county.")
    held.now = datetime(2026, 11, 24, 6, 30, tzinfo=UTC)
    look(held)
    said = [each.fields["wrote"] for each in held.messages("ULIA") if each.template == "desk.mark_holder"]
    assert [False, True] == said


def test_every_hour_counts_for_an_urgent_query(held: Office) -> None:
    """Whoever took it hears at night too."""
    works(held, "16:00-20:00")

    def urgent(tx: crowd.Transaction) -> None:
        known = queries.get(tx, 1)
        values = {"policy": "urgent", "mark_at": held.now + timedelta(hours=1), "desk": "doe"}
        tx.execute(queries.queries.update().where(queries.queries.c.id == known.id).values(values))
        tx.execute(crowd.sa.text("UPDATE staff_roles SET desk = 'doe'"))

    held.database.run_sync(urgent)
    held.later(hours=1)
    look(held)
    assert ["desk.mark_holder"] == sent_to_liaison(held)


def test_roles_say_the_same_one_by_one_and_together(office: Office) -> None:
    """Which desks somebody acts at, as it is asked for one desk and for many queries."""
    of_crowd(office, 1)
    everybody = office.database.run_sync(people.everybody_of_staff)
    one_by_one = {each.person: {desk for desk in WORLD.desks if each.may_act_at(desk, WORLD)} for each in everybody}
    assert one_by_one == {each.person: set(each.acts_at(WORLD)) for each in everybody}
