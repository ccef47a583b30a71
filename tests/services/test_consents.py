"""What people were told and agreed to is kept with the version of the text and the time."""

from dataclasses import replace
from datetime import datetime
from pathlib import Path

import pytest

from storage import consents, people
from storage.consents import Consent, ConsentKind
from storage.database import Database, Transaction
from storage.sealing import ProcessSeal
from tests.services.office import SURE, WORLD, Office, open_office

VERSION = WORLD.office.consent_version


@pytest.fixture
def office(database: Database, seal: ProcessSeal, tmp_path: Path, now: datetime) -> Office:
    return open_office(database, seal, tmp_path / "files", now)


def given(office: Office, user: str) -> tuple[Consent, ...]:
    """What the user was told and chose."""

    def look(tx: Transaction) -> tuple[Consent, ...]:
        person = people.known(tx, "telegram", user)
        return consents.of_person(tx, person.id) if person else ()

    return office.database.run_sync(look)


def test_the_first_acknowledgement_leaves_a_row(office: Office, now: datetime) -> None:
    """That the text was told, in which version and when."""
    office.say("Who coordinates site planning?", user="600")
    office.say("Kenya", replace(SURE, countries=("KE",)), user="600")

    told = Consent(kind=ConsentKind.ANSWERS, version=VERSION, choice="told", at=now)
    assert (told,) == given(office, "600")


def test_stop_and_start_are_two_rows(office: Office, now: datetime) -> None:
    """Withdrawn, then as it was before; answers are another matter."""
    office.say("/stop")
    office.say("/resume")

    assert ["withdrawn", "not_asked"] == [each.choice for each in given(office, "500")]


def test_a_changed_text_is_told_once_with_the_next_acknowledgement(office: Office) -> None:
    """Whoever was told an older version reads the new one, and not again."""

    def told_before(tx: Transaction) -> None:
        person = people.known(tx, "telegram", "500")
        assert person is not None
        people.save(tx, replace(person, told_version="2020-01"))

    office.database.run_sync(told_before)
    office.say("private: who coordinates?")
    office.say("private: and who pays?")

    assert 1 == office.templates("500").count("partners.consent_changed")
