"""Duplicates are found, called different, merged and parted, on both databases."""

from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa

from bot.core.errors import NotAllowed
from bot.core.merge import CannotMerge, CannotUndoMerge
from bot.core.organisation import Level, Organisation, OrganisationConsent, OrganisationStatus
from bot.core.permission import Viewer, command_line
from bot.core.person import Connection, Invite, InviteKind, Role, Staff, StaffRole
from bot.services import merging
from storage import invites, merges, organisations, people
from storage.database import Database
from storage.directory_tables import invites as invite_rows
from storage.sealing import ProcessSeal
from storage.tables import queries
from tests.services.office import WORLD, Office, open_office

VIEWER = command_line(WORLD)
TWIN = Organisation(
    id="T-1",
    name="Harbor Line Aid",
    acronym="HLA",
    type="NGO",
    level=Level.LOCAL,
    country="KE",
    language="fr",
    timezone="Africa/Nairobi",
    email="twin@elsewhere.example",
    topics=("labour",),
    ecosoc="Special 2015",
    source="console",
)


@pytest.fixture
def office(database: Database, seal: ProcessSeal, tmp_path: Path, now: datetime) -> Office:
    """The office, in which CSO-0001 stands a second time with a person, a query, an office and an invitation."""
    made = open_office(database, seal, tmp_path, now)

    def settle(tx: sa.Connection) -> None:
        organisations.add_all(tx, [TWIN, replace(TWIN, id="T-2", name="Their office", acronym="", parent="T-1")], now)
        person = people.known(tx, "telegram", "500")
        assert person is not None
        people.save(tx, replace(person, organisation="T-1", connection=Connection.CONFIRMED))
        code = Invite(kind=InviteKind.ORGANISATION, organisation="T-1", expires_at=now + timedelta(days=1))
        invites.add(tx, "code", code)

    database.run_sync(settle)
    made.say("Who coordinates shelter in Garissa?")
    return made


def merge(office: Office, kept: str = "CSO-0001", gone: str = "T-1", **more: object) -> int:
    return office.database.run_sync(
        lambda tx: merging.merge(tx, office.setup, VIEWER, kept, gone, office.now, **more)  # type: ignore[arg-type]
    )


def undo(office: Office, number: int) -> None:
    office.database.run_sync(lambda tx: merging.undo(tx, office.setup, VIEWER, number, office.now))


def known(office: Office, organisation: str) -> Organisation:
    found = office.database.run_sync(lambda tx: organisations.get(tx, organisation))
    assert found is not None
    return found


def owners(office: Office) -> dict[str, object]:
    """Who has the person, the query, the invitation and the office."""

    def read(tx: sa.Connection) -> dict[str, object]:
        person = people.known(tx, "telegram", "500")
        office_of = organisations.get(tx, "T-2")
        return {
            "person": person and person.organisation,
            "query": tx.scalar(sa.select(queries.c.organisation)),
            "invite": tx.scalar(sa.select(invite_rows.c.organisation).where(invite_rows.c.organisation != "")),
            "office": office_of and office_of.parent,
        }

    return office.database.run_sync(read)


def test_one_that_was_added_is_compared_with_those_there_are(office: Office) -> None:
    """The pair is kept once, with the reason."""
    found = [
        office.database.run_sync(lambda tx: merging.look_for_duplicates(tx, office.setup, TWIN, office.now))
        for _ in range(2)
    ]
    pairs = office.database.run_sync(merges.pairs)
    assert found == [1, 0]
    assert [(each.one, each.other, each.why) for each in pairs] == [("CSO-0001", "T-1", "name")]


def test_what_was_called_different_is_not_shown_again(office: Office) -> None:
    """Not by a later comparison of all either."""
    office.database.run_sync(
        lambda tx: merging.different(tx, office.setup, VIEWER, "T-1", "CSO-0001", office.now, "command")
    )
    found = office.database.run_sync(lambda tx: merging.compare_all(tx, office.setup))
    office.database.run_sync(lambda tx: merging.note(tx, found, office.now))
    assert [(each.one, each.other) for each in found] == [("CSO-0001", "T-1")]
    assert office.database.run_sync(merges.pairs) == ()


def test_a_preview_changes_nothing(office: Office) -> None:
    """It says what would move and which value of each field would stay."""
    before = owners(office)
    plan = office.database.run_sync(lambda tx: merging.preview(tx, office.setup, VIEWER, "CSO-0001", "T-1", ["email"]))
    stays = {each.field: each.stays for each in plan.choices}
    counts = [len(each) for each in (plan.moved.people, plan.moved.queries, plan.moved.invites, plan.moved.offices)]
    assert counts == [1, 1, 1, 1]
    assert (stays["name"], stays["email"], stays["ecosoc"]) == ("Harbour Line Aid", TWIN.email, "Special 2015")
    assert stays["topics"] == (*known(office, "CSO-0001").topics, "labour")
    assert (owners(office), known(office, "T-1").status) == (before, OrganisationStatus.VERIFIED)


def test_everything_moves_to_the_kept_record(office: Office) -> None:
    """The other one is closed and says into which it went."""
    merge(office)
    gone = known(office, "T-1")
    assert owners(office) == dict.fromkeys(("person", "query", "invite", "office"), "CSO-0001")
    assert (gone.status, gone.merged_into) == (OrganisationStatus.CLOSED, "CSO-0001")


def test_parted_again_everything_is_as_it_was(office: Office) -> None:
    """But for the versions."""
    before = known(office, "CSO-0001"), known(office, "T-1"), owners(office)
    undo(office, merge(office))
    after = known(office, "CSO-0001"), known(office, "T-1"), owners(office)
    assert [replace(each, version=0) for each in after[:2]] == [replace(each, version=0) for each in before[:2]]
    assert after[2] == before[2]


def test_what_came_or_changed_since_stays_with_the_kept_one(office: Office) -> None:
    """A field that was edited and somebody who joined later."""
    number = merge(office)
    edited = replace(known(office, "CSO-0001"), ecosoc="General 2026", name="Harbour Line")
    office.database.run_sync(lambda tx: organisations.save(tx, edited, office.now))
    person = office.database.run_sync(lambda tx: people.known(tx, "slack", "ULIA"))
    assert person is not None
    office.database.run_sync(lambda tx: people.save(tx, replace(person, organisation="CSO-0001")))
    undo(office, number)
    kept = known(office, "CSO-0001")
    joined = office.database.run_sync(lambda tx: people.known(tx, "slack", "ULIA"))
    assert (kept.name, kept.ecosoc, kept.topics) == ("Harbour Line", "General 2026", ("emergencies", "cccm", "shelter"))
    assert (joined and joined.organisation, owners(office)["person"]) == ("CSO-0001", "T-1")


def test_somebody_who_left_since_is_not_fetched_back(office: Office) -> None:
    """Only what is still there goes back."""
    number = merge(office)
    person = office.database.run_sync(lambda tx: people.known(tx, "telegram", "500"))
    assert person is not None
    office.database.run_sync(lambda tx: people.save(tx, replace(person, organisation="CSO-0002")))
    undo(office, number)
    assert (owners(office)["person"], owners(office)["query"]) == ("CSO-0002", "T-1")


def test_a_merge_of_a_merge_is_undone_from_the_last(office: Office) -> None:
    """The first cannot be undone while the kept record is gone itself; the error names what to undo."""
    first = merge(office)
    second = merge(office, "CSO-0002", "CSO-0001")
    with pytest.raises(CannotUndoMerge, match=f"undo merge {second} first"):
        undo(office, first)
    undo(office, second)
    undo(office, first)
    assert owners(office)["person"] == "T-1"


def test_a_merge_is_undone_once(office: Office) -> None:
    """The second time there is nothing to undo."""
    number = merge(office)
    undo(office, number)
    with pytest.raises(CannotUndoMerge):
        undo(office, number)


@pytest.mark.parametrize(("kept", "gone"), [("T-1", "T-1"), ("T-1", "CSO-0001"), ("CSO-0003", "T-1")])
def test_what_cannot_be_merged(office: Office, kept: str, gone: str) -> None:
    """A record with itself; into one that is gone; one that is gone already."""
    merge(office)
    with pytest.raises(CannotMerge):
        merge(office, kept, gone)


def test_withdrawn_consent_outlives_a_merge(office: Office) -> None:
    """Whichever record says so: the organisation is not shown."""
    withdrawn = replace(known(office, "T-1"), consent=OrganisationConsent.WITHDRAWN)
    office.database.run_sync(lambda tx: organisations.save(tx, withdrawn, office.now))
    merge(office)
    kept = known(office, "CSO-0001")
    assert (kept.consent, kept.listed) == (OrganisationConsent.WITHDRAWN, False)


def test_only_whoever_may_merge_does(office: Office) -> None:
    """An editor may not; a manager of another region may not either."""
    for role in (StaffRole(person=9, role=Role.EDITOR), StaffRole(person=9, role=Role.MANAGER, region="AP")):
        viewer = Viewer(person=9, staff=Staff(person=9, roles=(role,)), world=WORLD)
        with pytest.raises(NotAllowed):
            office.database.run_sync(
                lambda tx, viewer=viewer: merging.preview(tx, office.setup, viewer, "CSO-0001", "T-1")  # type: ignore[misc]
            )
