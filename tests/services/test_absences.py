"""Staff who are away, and the CSO's own escalation."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from bot.core.query import Query, Status
from bot.services import absences
from storage import queries
from storage.database import Database
from storage.sealing import ProcessSeal
from tests.services.office import Office, open_office

#: Monday 10:00 in Nairobi.
NOW = datetime(2026, 11, 23, 7, tzinfo=UTC)


@pytest.fixture
def asked(database: Database, seal: ProcessSeal, tmp_path: Path) -> Office:
    """A question at the Kenyan mission, promised for Tuesday 11:00; the liaison has it."""
    office = open_office(database, seal, tmp_path / "files", NOW)
    office.say("Who coordinates the camp?")
    office.deliver()
    office.staff_press("claim")
    return office


def query(office: Office) -> Query:
    return office.database.run_sync(lambda tx: queries.get(tx, 1))


def away(office: Office, words: str, button: str = "buttons.stand_in") -> None:
    """The liaison writes /away in private and chooses who stands in."""
    office.say(f"/away {words}", user="ULIA", account="slack")
    office.press(office.token(button), "ULIA", "slack")


def test_what_is_held_goes_to_the_deputy(asked: Office) -> None:
    """At once, and the deputy is who was chosen."""
    liaison = query(asked).holder
    away(asked, "until 1 December")
    assert (liaison + 1, Status.CLAIMED) == (query(asked).holder, query(asked).status)


def test_without_a_deputy_it_is_the_desks_again(asked: Office) -> None:
    """For somebody there to claim."""
    away(asked, "until 1 December", "buttons.desk_decides")
    assert (0, Status.NEW) == (query(asked).holder, query(asked).status)


def test_what_went_where_is_said(asked: Office) -> None:
    """With the references."""
    away(asked, "until 1 December")
    said = next(each for each in asked.messages("ULIA") if each.template == "staff.away")
    assert ["Q-0001"] == list(said.fields["taken"])  # type: ignore[arg-type]


def test_an_absence_to_come_hands_over_when_it_begins(asked: Office) -> None:
    """Once, however often the clock looks."""
    liaison = query(asked).holder
    away(asked, "from 25 November to 1 December")
    before = query(asked).holder
    asked.now = datetime(2026, 11, 25, 5, tzinfo=UTC)
    began = [asked.database.run_sync(lambda tx: absences.start_due(tx, asked.setup, asked.now)) for _ in range(2)]
    assert (liaison, [1, 0], liaison + 1) == (before, began, query(asked).holder)


def test_a_circle_of_deputies_is_refused_in_one_sentence(asked: Office) -> None:
    """The backup chose the liaison and left; the liaison cannot choose the backup any more, who is not offered."""
    asked.say("/away until 1 December", user="UBAK", account="slack")
    asked.press(asked.token("buttons.stand_in"), "UBAK", "slack")
    asked.say("/away until 1 December", user="ULIA", account="slack")
    offered = [button.label for button in asked.messages("ULIA")[-1].buttons]
    assert ["buttons.desk_decides"] == offered


def test_whoever_is_back_is_there_again(asked: Office) -> None:
    """And is told so."""
    away(asked, "until 1 December")
    asked.say("/back", user="ULIA", account="slack")
    assert "staff.back" in asked.templates("ULIA")


def test_no_day_is_asked_for(asked: Office) -> None:
    """With an example."""
    asked.say("/away for a while", user="ULIA", account="slack")
    assert "staff.away_how" == asked.templates("ULIA")[-1]


@pytest.mark.req("S0-O3")
def test_before_the_promised_time_a_cso_cannot_escalate(asked: Office) -> None:
    """It is told from when on."""
    asked.say("/escalate")
    assert "conversation.escalate_later" == asked.templates("500")[-1]


@pytest.mark.req("S0-O3")
def test_afterwards_it_goes_to_the_desk_above(asked: Office) -> None:
    """Before our own clock has looked."""
    asked.now = datetime(2026, 11, 24, 8, 1, tzinfo=UTC)
    asked.say("/escalate")
    assert "region-eha" == query(asked).desk
    assert "conversation.not_kept" == asked.templates("500")[-1]


def test_another_persons_question_cannot_be_escalated(asked: Office) -> None:
    """A stranger has nothing open."""
    asked.now = datetime(2026, 11, 24, 8, 1, tzinfo=UTC)
    asked.say("/escalate Q-0001", user="777")
    assert ("mission-ke", "conversation.nothing_to_escalate") == (query(asked).desk, asked.templates("777")[-1])
