"""What is kept long enough goes by itself, in small slices; counts stay."""

from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from bot.core.care import Due, Kept
from bot.core.delivery import DeliveryState
from bot.core.errors import NotAllowed
from bot.core.permission import Viewer
from bot.core.person import Invite, InviteKind, Person, Role, Staff, StaffRole
from bot.core.query import EntryKind, Status
from bot.services import retention
from storage import audit, invites, people, queries
from storage import retention as rows
from storage.database import Database
from storage.directory_tables import identities
from storage.directory_tables import people as people_rows
from storage.reads import retention as reads
from storage.sealing import ProcessSeal
from tests.services.office import SURE, WORLD, Office, open_office


@pytest.fixture
def office(database: Database, seal: ProcessSeal, tmp_path: Path, now: datetime) -> Office:
    return open_office(database, seal, tmp_path / "files", now)


def due(office: Office, kind: Kept) -> Due:
    every = office.database.run_sync(lambda tx: retention.due(tx, office.setup.world.office, office.now))
    return next(each for each in every if each.kind is kind)


def work(office: Office) -> int:
    done = office.database.run_sync(lambda tx: retention.work(tx, office.setup, office.now))
    office.deliver()
    return done


def answered(office: Office) -> None:
    office.say("Who coordinates site planning?")
    office.deliver()
    office.answered("The county lead does.")


@pytest.mark.req("S0-O3b")
def test_a_dry_run_names_what_is_due_and_changes_nothing(office: Office) -> None:
    """The number, since when, and twice the same."""
    answered(office)
    last = office.database.run_sync(lambda tx: max(line.at for line in queries.timeline(tx, 1)))
    office.later(days=24 * 30 + 1)

    assert [(1, last), (1, last)] == [(due(office, Kept.QUERY_TEXT).count, due(office, Kept.QUERY_TEXT).oldest)] * 2


def test_the_words_of_a_query_go_and_its_counts_stay(office: Office) -> None:
    """Question, answer and files are gone after the promised months; number, desk, times and rating are not."""
    answered(office)
    before = office.database.run_sync(lambda tx: queries.get(tx, 1))
    office.later(days=24 * 30 + 1)
    work(office)
    lines = office.database.run_sync(lambda tx: queries.timeline(tx, 1))
    query = office.database.run_sync(lambda tx: queries.get(tx, 1))

    assert {""} == {line.text for line in lines if line.kind is not EntryKind.EVENT}
    assert (before.asked_at, before.answered_at, Status.CLOSED) == (query.asked_at, query.answered_at, query.status)


def test_no_word_is_left_in_the_ledger_or_in_the_thread(office: Office) -> None:
    """The card is overwritten, every other post of ours in the thread is deleted."""
    answered(office)
    office.later(days=24 * 30 + 1)
    work(office)

    assert "desk.card_expired" in office.templates("C1")
    assert [] == [each for each in office.messages() if "county lead" in str(each.fields)]
    assert [] == [each for each in office.messages() if "site planning" in str(each.fields)]


def test_a_second_run_finds_nothing(office: Office) -> None:
    """Exactly once."""
    answered(office)
    office.later(days=24 * 30 + 1)
    while work(office):
        pass

    assert 0 == work(office)


def test_what_is_not_old_enough_stays(office: Office) -> None:
    """One day before the time is over nothing of the query goes."""
    answered(office)
    office.later(days=24 * 30 - 1)
    work(office)
    lines = office.database.run_sync(lambda tx: queries.timeline(tx, 1))

    assert "The county lead does." in [line.text for line in lines]


def test_the_wording_of_messages_goes_earlier_than_their_count(office: Office) -> None:
    """After the months of delivery_text it is known that something was sent, not what."""
    office.say("/privacy")
    office.deliver()
    office.later(days=6 * 30 + 1)
    work(office)

    assert ["conversation.erased_text"] == office.templates("500")


def test_a_card_stays_readable_while_its_query_is_kept(office: Office) -> None:
    """Cards and answers go with their query, not with the wording of messages."""
    answered(office)
    office.later(days=6 * 30 + 1)
    work(office)

    assert {"desk.card", "conversation.answer"} <= {each.template for each in office.messages()}


def test_a_contact_who_never_came_goes(office: Office) -> None:
    """A name that we were told and nobody ever used."""
    known = Person(name="Amina Yusuf", email="amina@example.org", known_since=office.now, source="import:1")
    number = office.database.run_sync(lambda tx: people.add(tx, known, "", "", "")).id
    office.database.run_sync(lambda tx: tx.execute(identities.delete().where(identities.c.account == "")))
    office.later(days=12 * 30 + 1)
    work(office)
    person = office.database.run_sync(lambda tx: people.get(tx, number))

    assert ("", "") == (person.name, person.email) if person else False


def test_an_invitation_keeps_that_it_was_used_and_forgets_by_whom(office: Office) -> None:
    """The monthly figure stays, the person does not."""
    invite = Invite(kind=InviteKind.ORGANISATION, person=1, expires_at=office.now + timedelta(days=14))
    office.database.run_sync(lambda tx: invites.add(tx, "code", invite))
    office.database.run_sync(lambda tx: invites.use_up(tx, "code", 1, office.now))
    office.later(days=12 * 30 + 1)
    work(office)
    kept = office.database.run_sync(lambda tx: rows.counted(tx, Kept.INVITATIONS, office.now))

    assert (0, None) == kept


def test_audit_rows_go_after_their_own_time(office: Office) -> None:
    """Five years, and not a day longer."""
    office.database.run_sync(lambda tx: audit.add(tx, 2, "claim", "query:1", office.now))
    office.later(days=60 * 30 + 1)
    before = due(office, Kept.AUDIT).count
    work(office)

    assert (1, 0) == (before, due(office, Kept.AUDIT).count)


def test_confidential_matters_are_not_in_the_schedule(office: Office) -> None:
    """Their desk decides, and not even their number is shown."""
    office.say("An officer asks for favours", replace(SURE, sensitive=True))
    office.later(days=3650)
    every = office.database.run_sync(lambda tx: retention.due(tx, office.setup.world.office, office.now))

    assert [] == [each for each in every if "confidential" in each.kind.value]


def test_only_managers_and_administrators_see_the_schedule(office: Office) -> None:
    """A focal point is refused."""
    focal = Viewer(world=WORLD, person=2, staff=Staff(person=2, roles=(StaffRole(person=2, role=Role.FOCAL_POINT),)))
    with pytest.raises(NotAllowed):
        office.database.run_sync(lambda tx: reads.schedule(tx, focal, office.setup.world.office, office.now))


def test_a_manager_sees_every_kind(office: Office) -> None:
    """One line a kind, in the order of the schedule."""
    manager = Viewer(world=WORLD, person=2, staff=Staff(person=2, roles=(StaffRole(person=2, role=Role.MANAGER),)))
    seen = office.database.run_sync(lambda tx: reads.schedule(tx, manager, office.setup.world.office, office.now))

    assert list(Kept) == [each.kind for each in seen]


def test_a_person_who_writes_stays_a_person(office: Office) -> None:
    """The schedule takes words, not people who are connected."""
    office.say("Who coordinates?")
    office.deliver(DeliveryState.SENT)
    office.later(days=40 * 30)
    work(office)
    known = office.database.run_sync(lambda tx: people.known(tx, "telegram", "500"))

    assert known is not None
    assert "KE" == known.country
    assert office.database.run_sync(lambda tx: tx.execute(people_rows.select()).all())
