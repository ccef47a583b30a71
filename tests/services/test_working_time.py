"""Somebody's own working time: kept, changed once by one, and on record."""

from dataclasses import replace
from datetime import UTC, datetime, time

import pytest
import sqlalchemy as sa

from bot.core.errors import Conflict
from bot.core.person import Person, Role, Staff, StaffRole
from bot.core.working_time import WorkingTime
from bot.services import working_time
from storage import people
from storage.database import Database, Transaction
from storage.tables import audit
from tests.services.office import WORLD

NOW = datetime(2026, 11, 23, 7, tzinfo=UTC)


@pytest.fixture
def person(database: Database) -> int:
    """Somebody of staff."""
    return database.run_sync(lambda tx: people.add(tx, Person(language="en"), "slack", "ULIA", "").id)


def test_who_said_nothing_has_nothing_of_their_own(database: Database, person: int) -> None:
    """And wants the digest of the morning."""
    assert WorkingTime(person=person) == database.run_sync(lambda tx: working_time.of(tx, person))


@pytest.mark.parametrize("words", ["SU-TH 08:00-16:00 Asia/Amman", "00:00-24:00", "UTC", "MO"])
def test_what_was_said_is_read_back(database: Database, person: int, words: str) -> None:
    """Also what is left out, and midnight at either end."""
    database.run_sync(lambda tx: working_time.say(tx, person, words, person, NOW))
    kept = database.run_sync(lambda tx: working_time.of(tx, person))
    assert WorkingTime(person=person, version=1).said(words) == kept


def test_a_change_is_on_record(database: Database, person: int) -> None:
    """Who, what, whose; not the hours themselves."""
    database.run_sync(lambda tx: working_time.say(tx, person, "MO-TH", 7, NOW, "console"))
    row = database.run_sync(lambda tx: tx.execute(sa.select(audit)).one())
    assert (7, "hours_set", f"staff:{person}", "console") == (row.person, row.act, row.about, row.via)


def test_of_two_changes_one_is_refused(database: Database, person: int) -> None:
    """Neither overwrites what it has not seen, from the first row on."""

    def second(tx: Transaction, known: WorkingTime) -> None:
        working_time.keep(tx, replace(known, opens=time(9), closes=time(17)), person, NOW)

    for _ in range(2):
        known = database.run_sync(lambda tx: working_time.of(tx, person))
        database.run_sync(lambda tx: working_time.say(tx, person, "MO-TH", person, NOW))
        with pytest.raises(Conflict):
            database.run_sync(lambda tx, known=known: second(tx, known))


def test_back_to_the_desks_hours(database: Database, person: int) -> None:
    """The choice of digests stays."""

    def work(tx: Transaction) -> WorkingTime:
        working_time.say(tx, person, "SU-TH 08:00-16:00 Asia/Amman", person, NOW)
        working_time.choose_digests(tx, person, morning=False, evening=True, by=person, now=NOW)
        return working_time.as_the_desk(tx, person, person, NOW)

    kept = database.run_sync(work)
    assert (False, False, True) == (kept.own, kept.morning, kept.evening)


def test_the_desk_that_counts_is_the_first_that_a_role_names(database: Database, person: int) -> None:
    """Somebody of a region without a desk of their own works as the first desk they may act at."""
    named = Staff(person=person, roles=(StaffRole(person=person, role=Role.FOCAL_POINT, desk="mission-td"),))
    regional = Staff(person=person, roles=(StaffRole(person=person, role=Role.MANAGER, region="WCA"),))
    auditor = Staff(person=person, roles=(StaffRole(person=person, role=Role.ADMIN),))
    desks = [working_time.main_desk(WORLD, each) for each in (named, regional, auditor)]
    assert ["mission-td", "region-wca", ""] == [desk.id if desk else "" for desk in desks]
