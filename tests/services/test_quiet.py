"""What can wait is told when its reader's day has begun; answers come at once."""

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
import sqlalchemy as sa

from bot.core.message import Happened, Sender
from bot.core.person import Connection, Person
from bot.services import promises, quiet
from storage import organisations, people, queries
from storage.database import Database, Transaction
from storage.sealing import ProcessSeal
from storage.tables import deliveries
from tests.services.office import Office, open_office

#: Monday 10:00 in Nairobi; the mission works 08:30 to 17:00.
NOW = datetime(2026, 11, 23, 7, tzinfo=UTC)
#: The mission's next working morning, Tuesday.
TUESDAY = datetime(2026, 11, 24, 5, 30, tzinfo=UTC)
#: Monday 23:30 in Nairobi.
NIGHT = datetime(2026, 11, 23, 20, 30, tzinfo=UTC)


@pytest.fixture
def office(database: Database, seal: ProcessSeal, tmp_path: Path) -> Office:
    """A claimed question of an organisation, whose holder has a private chat."""
    opened = open_office(database, seal, tmp_path / "files", NOW)
    database.run_sync(lambda tx: people.note_chat(tx, "slack", "ULIA", "D7"))
    opened.say("Who coordinates the camp?")
    opened.deliver()
    opened.staff_press("claim")
    opened.deliver()
    return opened


def due_of(office: Office, template: str) -> list[tuple[datetime, str]]:
    """When what says this is due, and how it stands."""
    says = deliveries.c.message["template"].as_string() == template
    found = sa.select(deliveries.c.due, deliveries.c.state).where(says).order_by(deliveries.c.id)
    rows = office.database.run_sync(lambda tx: tx.execute(found).all())
    return [(row.due, row.state) for row in rows]


def _night_mark(tx: Transaction) -> None:
    """The mark comes at night, as it does for whoever works in another zone than their desk."""
    tx.execute(sa.text("UPDATE queries SET mark_at = :at"), {"at": NIGHT.replace(tzinfo=None)})


def at_night(office: Office) -> None:
    office.database.run_sync(_night_mark)
    office.now = NIGHT
    office.database.run_sync(lambda tx: promises.look(tx, office.setup, office.now))


def test_a_reminder_at_night_waits_for_the_morning(office: Office) -> None:
    """The holder is told as their working day begins."""
    at_night(office)
    assert due_of(office, "desk.mark_holder") == [(TUESDAY, "queued")]


def test_an_answer_takes_the_reminder_back(office: Office) -> None:
    """What is not true any more in the morning is not said."""
    at_night(office)
    office.answered()
    assert due_of(office, "desk.mark_holder") == [(TUESDAY, "cancelled")]


def test_what_an_answer_asks_at_night_waits_for_the_morning(office: Office) -> None:
    """They asked, so the answer rings at once; whether it helped can wait until seven in Nairobi."""
    office.now = NIGHT
    office.answered()
    opener = office.database.run_sync(lambda tx: queries.get(tx, 1)).opened_by
    office.hear(replace(office.event("500", Happened("answered", opener)), sender=Sender("")))
    assert [due for due, _ in due_of(office, "conversation.did_it_help")] == [datetime(2026, 11, 24, 4, tzinfo=UTC)]
    assert [state for _, state in due_of(office, "conversation.answer")] == ["sent"]


def test_whoever_has_just_written_is_asked_at_once(office: Office) -> None:
    """Somebody who writes at night is awake."""
    office.now = NIGHT
    office.say("And who else?")
    office.answered()
    opener = office.database.run_sync(lambda tx: queries.get(tx, 1)).opened_by
    office.hear(replace(office.event("500", Happened("answered", opener)), sender=Sender("")))
    assert [due for due, _ in due_of(office, "conversation.did_it_help")] == [office.now]


@pytest.mark.parametrize(
    ("own", "wakes"),
    [
        ("", "2026-11-24T04:00:00+00:00"),
        ("18:00-09:00", "2026-11-24T06:00:00+00:00"),
        ("00:00-05:00", NIGHT.isoformat()),
    ],
)
def test_a_partner_is_asked_outside_its_own_quiet_hours(office: Office, own: str, wakes: str) -> None:
    """In its own zone; without hours of its own it has the office's."""

    def awake(tx: Transaction) -> datetime:
        known = organisations.get(tx, "CSO-0045")
        assert known is not None
        organisations.save(tx, replace(known, quiet_hours=own), NOW)
        person = Person(organisation="CSO-0045", connection=Connection.CONFIRMED, country="KE")
        return quiet.when_awake(tx, office.setup, person, NIGHT)

    assert office.database.run_sync(awake).isoformat() == wakes
