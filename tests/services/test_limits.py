"""Spam limits with a human way out, and the hint about personal data of migrants."""

from dataclasses import replace
from datetime import datetime
from pathlib import Path

import pytest

from bot.core.care import Limits
from bot.core.message import Said
from bot.core.routing.reading import Reading
from storage import deliveries, queries
from storage.database import Database
from storage.sealing import ProcessSeal
from storage.tables import deliveries as rows
from tests.services.office import SURE, WORLD, Office, open_office


@pytest.fixture
def office(database: Database, seal: ProcessSeal, tmp_path: Path, now: datetime) -> Office:
    """An office that takes three messages an hour and two queries a day."""
    opened = open_office(database, seal, tmp_path / "files", now)
    few = Limits(messages_per_hour=3, new_queries_per_day=2)
    world = replace(WORLD, office=replace(WORLD.office, limits=few))
    opened.setup = replace(opened.setup, world=world)
    return opened


def asked(office: Office) -> int:
    return len(office.database.run_sync(lambda tx: queries.of_person(tx, 1, office.now.replace(year=2000))))


def test_one_message_too_many_is_said_once_an_hour(office: Office) -> None:
    """Not once for each: a sender in a loop gets no loop back."""
    for number in range(6):
        office.say(f"one more thing {number}")

    assert 1 == office.templates("500").count("data.too_many_messages")


def test_it_says_when_it_goes_on_and_where_people_are(office: Office) -> None:
    """In one sentence, with the mailbox."""
    for number in range(4):
        office.say(f"one more thing {number}")
    said = next(each for each in office.messages("500") if each.template == "data.too_many_messages")
    again = office.now.replace(hour=office.now.hour + 1).isoformat()

    assert (again, "ipd@iom.int") == (said.fields["again"], said.fields["mailbox"])


def test_after_the_hour_messages_are_taken_again(office: Office) -> None:
    """The window is over: everything as before."""
    for number in range(4):
        office.say(f"one more thing {number}")
    before = office.database.run_sync(lambda tx: len(queries.timeline(tx, 1)))
    office.later(hours=1)
    office.say("this one is taken")

    assert before + 1 == office.database.run_sync(lambda tx: len(queries.timeline(tx, 1)))


def test_what_was_acknowledged_is_not_lost(office: Office) -> None:
    """The first three are there."""
    for number in range(6):
        office.say(f"one more thing {number}")
    lines = office.database.run_sync(lambda tx: queries.timeline(tx, 1))

    assert [f"one more thing {number}" for number in range(3)] == [line.text for line in lines]


@pytest.mark.parametrize(
    ("words", "answer"),
    [("STOP", "stopped"), ("/forgetme", "before_erasing"), ("/mydata", "my_data"), ("/privacy", "privacy")],
)
def test_commands_always_work(office: Office, words: str, answer: str) -> None:
    """Leaving and asking what is kept are never limited."""
    for number in range(5):
        office.say(f"one more thing {number}")
    office.say(words)

    assert f"conversation.{answer}" in office.templates("500")


def test_the_confidential_way_is_always_open(office: Office) -> None:
    """SAFE, and words that report wrongdoing."""
    for number in range(5):
        office.say(f"one more thing {number}")
    before = len(office.templates("500"))
    office.say("An officer asks for favours", Reading(sensitive=True, language="en"))
    office.say("it was at the gate", Reading(language="en"))

    assert len(office.templates("500")) > before
    assert "confidential.offer" in office.templates("500")


def test_a_query_too_many_a_day_is_refused_with_a_time(office: Office) -> None:
    """The third new one has to wait; two are there."""
    for number in range(3):
        office.later(hours=2)
        office.say(f"private: what about point {number}?")

    assert (2, 1) == (asked(office), office.templates("500").count("data.too_many_queries"))


def test_additions_are_taken_when_no_new_query_is(office: Office) -> None:
    """An answer to a message of an open question is no new question."""
    for number in range(3):
        office.later(hours=2)
        office.say(f"private: what about point {number}?")
    office.deliver()
    office.later(hours=2)
    first = rows.select().where(rows.c.chat == "500").order_by(rows.c.id)
    shown = office.database.run_sync(lambda tx: tx.execute(first).first())
    assert shown is not None
    office.hear(office.event("500", Said("one more line", message="900", reply_to=shown.result)))
    lines = office.database.run_sync(lambda tx: queries.timeline(tx, 1))

    assert "one more line" in [line.text for line in lines]


def test_limits_are_counted(office: Office) -> None:
    """A number for the metrics, of nobody."""
    for number in range(6):
        office.say(f"one more thing {number}")

    assert 1 == office.database.run_sync(deliveries.told_of_limits)


@pytest.mark.req("S1-W18")
def test_a_hint_comes_with_the_acknowledgement_and_the_question_goes_its_way(office: Office) -> None:
    """Never a refusal."""
    office.say("Passport P-4482913 was taken away at the border, who can help?")

    assert ["conversation.at_desk", "data.no_cases"] == office.templates("500")
    assert "desk.card" in office.templates("C1")


@pytest.mark.req("S1-W18")
def test_the_hint_comes_once_for_each_query(office: Office) -> None:
    """Whoever was told is not told again about the same question."""
    office.say("Passport P-4482913 was taken away at the border, who can help?")
    office.say("and she was born on 12/03/1998")

    assert 1 == office.templates("500").count("data.no_cases")


def test_no_hint_about_the_offices_of_partners(office: Office) -> None:
    """Their telephone number is theirs to give."""
    office.say("Please call our office: +254 20 123 4567", SURE)

    assert "data.no_cases" not in office.templates("500")
