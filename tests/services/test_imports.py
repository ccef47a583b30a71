"""Lists of partners come in slice by slice, and are taken back, on both databases."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from pathlib import Path

import pytest

from bot.core.errors import NotAllowed
from bot.core.imports.job import BeingWorkedOn, Import, ImportKind, ImportState, NothingToUndo
from bot.core.imports.layout import Layout, Line, RawRow, rows, slices
from bot.core.organisation import OrganisationStatus
from bot.core.permission import Viewer, command_line
from bot.core.person import Connection, Role, Staff, StaffRole
from bot.services import imports
from storage import contacts, organisations, people
from storage import imports as import_rows
from storage.database import Database
from storage.sealing import ProcessSeal
from tests.services.office import WORLD, Office, open_office

HEADING = ["id", "name", "type", "country", "email", "parent", "status"]


@pytest.fixture
def office(database: Database, seal: ProcessSeal, tmp_path: Path, now: datetime) -> Office:
    return open_office(database, seal, tmp_path, now)


def raw(kind: ImportKind, heading: Sequence[str], *lines: str) -> list[RawRow]:
    """Rows as a file with these lines has them; cells are parted by bars."""
    parted = (Line(line.split("|")) for line in lines)
    return list(rows(imports.heading(kind, heading, Layout()), parted, imports.keys(kind), padded=True))


def begin(office: Office, kind: ImportKind = ImportKind.ORGANISATIONS, content: str = "a" * 64) -> Import:
    new = imports.NewFile(kind=kind, name="list.csv", content=content, layout=Layout())
    return office.database.run_sync(lambda tx: imports.start(tx, command_line(WORLD), new, office.now, "command"))


def bring_in(office: Office, *lines: str, size: int = 2, content: str = "a" * 64) -> Import:
    """A whole list of organisations, two rows a slice."""
    job = begin(office, content=content)
    for part in slices(raw(ImportKind.ORGANISATIONS, HEADING, *lines), 0, size):
        take(office, job.id, part)
    return office.database.run_sync(lambda tx: imports.finish(tx, job.id, "me", office.now))


def take(office: Office, number: int, part: list[RawRow], holder: str = "me") -> Import:
    return office.database.run_sync(lambda tx: imports.work(tx, office.setup, number, holder, part, office.now))[0]


def undo(office: Office, number: int) -> Import:
    job = office.database.run_sync(lambda tx: imports.undo(tx, command_line(WORLD), number, office.now))
    while job.state is ImportState.UNDOING:
        job = office.database.run_sync(lambda tx: imports.take_back(tx, number, "me", office.now))
    return job


def known(office: Office, organisation: str):  # type: ignore[no-untyped-def]
    return office.database.run_sync(lambda tx: organisations.get(tx, organisation))


GOOD = ("O-1|Lake Circle|NGO|KE|a@lake.example||", "O-2|Hill House|ADV|UG|||", "|No Id|NGO|SN|||")


@pytest.mark.req("S0-N2")
def test_new_organisations_are_verified_and_know_where_they_came_from(office: Office) -> None:
    """Staff brought them; zone and language are what the office knows of the country."""
    job = bring_in(office, *GOOD)
    lake = known(office, "O-1")
    assert (job.state, job.accepted, job.refused, job.total) == (ImportState.DONE, 3, 0, 3)
    assert (lake.status, lake.source, lake.timezone) == (OrganisationStatus.VERIFIED, job.source, "Africa/Nairobi")


def test_a_row_without_an_id_is_given_the_next_one(office: Office) -> None:
    """Ids of the list go on."""
    bring_in(office, *GOOD)
    assert known(office, "CSO-0061").name == "No Id"


def test_a_known_organisation_is_changed_only_where_the_file_says_something(office: Office) -> None:
    """The name changes, an empty cell empties, columns that are not there stay."""
    before = known(office, "CSO-0001")
    bring_in(office, "CSO-0001|Harbour Line|NGO|KE|||active")
    after = known(office, "CSO-0001")
    assert after == replace(before, name="Harbour Line", email="", version=before.version + 1)


def test_a_row_that_says_what_is_known_changes_nothing(office: Office) -> None:
    """It counts as accepted, and there is nothing to undo."""
    job = bring_in(office, "CSO-0001|Harbour Line Aid|NGO|KE|partners@hla.example||")
    changes = office.database.run_sync(lambda tx: import_rows.changes(tx, job.id))
    assert (job.accepted, changes, known(office, "CSO-0001").version) == (1, (), 1)


def test_every_refused_row_is_named(office: Office) -> None:
    """With each column that is wrong, never with the value."""
    job = bring_in(office, "O-1||XYZ|KE|||", "O-2|Right|NGO|KE|||", "O-3|Wrong|NGO|KE|me||", "O-2|Again|NGO|KE|||")
    refused = office.database.run_sync(lambda tx: import_rows.refusals(tx, job.id))
    assert [(each.row, each.column, each.problem) for each in refused] == [
        (2, "name", "empty"),
        (2, "type", "not_listed"),
        (4, "email", "not_an_address"),
        (5, "id", "twice"),
    ]
    assert (job.accepted, job.refused) == (1, 3)


def test_an_office_follows_its_headquarters(office: Office) -> None:
    """Further up in the file or known; not one that was refused, and never itself."""
    job = bring_in(
        office,
        *("H|Head|NGO|KE|||", "O|Office|NGO|KE||H|", "X|Bad|XYZ|KE|||", "Y|Lost|NGO|KE||X|", "Z|Self|NGO|KE||Z|"),
        "H|Head||||O|",
        size=10,
    )
    refused = office.database.run_sync(lambda tx: import_rows.refusals(tx, job.id))
    assert known(office, "O").parent == "H"
    assert {(each.row, each.problem) for each in refused} >= {(5, "no_such_parent"), (6, "circle")}


def test_a_suspension_is_not_lifted_by_a_list(office: Office) -> None:
    """ "Active" in somebody's list says nothing about ours."""
    suspended = replace(known(office, "CSO-0001"), status=OrganisationStatus.SUSPENDED)
    office.database.run_sync(lambda tx: organisations.save(tx, suspended, office.now))
    bring_in(office, "CSO-0001|Harbour Line|NGO|KE|||active")
    assert known(office, "CSO-0001").status is OrganisationStatus.SUSPENDED


def test_the_same_file_is_the_same_import(office: Office) -> None:
    """Given again when it is done, it is the one that is done."""
    job = bring_in(office, *GOOD)
    assert begin(office) == job


def test_work_goes_on_behind_the_last_slice(office: Office) -> None:
    """Rows that a dead process had done are not done again."""
    job = begin(office)
    part = raw(ImportKind.ORGANISATIONS, HEADING, *GOOD)
    take(office, job.id, part[:2])
    office.database.run_sync(lambda tx: import_rows.release(tx, job.id, "me"))
    assert take(office, job.id, part, "another").accepted == 3


def test_two_cannot_work_on_one_import(office: Office) -> None:
    """The second is told; when the first is dead for long enough, the second may."""
    job = begin(office)
    part = raw(ImportKind.ORGANISATIONS, HEADING, *GOOD)
    take(office, job.id, part[:1])
    with pytest.raises(BeingWorkedOn):
        take(office, job.id, part, "another")


def test_undo_leaves_what_was_there_before(office: Office) -> None:
    """Added ones are gone, changed ones are as they were, but for the version."""
    before = office.database.run_sync(organisations.every)
    job = bring_in(office, *GOOD, "CSO-0002|Other name|ADV|UG|||")
    undone = undo(office, job.id)
    after = office.database.run_sync(organisations.every)
    assert undone.state is ImportState.UNDONE
    assert [replace(each, version=0) for each in after] == [replace(each, version=0) for each in before]


def test_undo_leaves_and_names_what_somebody_changed_or_uses(office: Office) -> None:
    """A record that was edited, and one that a person belongs to."""
    job = bring_in(office, *GOOD)
    edited = replace(known(office, "O-1"), name="Edited")
    office.database.run_sync(lambda tx: organisations.save(tx, edited, office.now))
    person = office.database.run_sync(lambda tx: people.known(tx, "telegram", "500"))
    assert person is not None
    office.database.run_sync(lambda tx: people.save(tx, replace(person, organisation="O-2")))
    undo(office, job.id)
    left = office.database.run_sync(lambda tx: imports.left_standing(tx, job.id))
    assert [(each.row, each.target) for each in left] == [(3, "O-2"), (2, "O-1")]
    assert (known(office, "O-1").name, known(office, "CSO-0061")) == ("Edited", None)


def test_what_is_undone_cannot_be_undone_again(office: Office) -> None:
    """And the same file can come in anew."""
    job = bring_in(office, *GOOD)
    undo(office, job.id)
    with pytest.raises(NothingToUndo):
        undo(office, job.id)
    assert begin(office).id != job.id


def test_only_whoever_may_import_does(office: Office) -> None:
    """A focal point may not."""
    staff = Staff(person=9, roles=(StaffRole(person=9, role=Role.FOCAL_POINT),))
    viewer = Viewer(person=9, staff=staff, world=WORLD)
    new = imports.NewFile(kind=ImportKind.PEOPLE, name="x.csv", content="b" * 64, layout=Layout())
    with pytest.raises(NotAllowed):
        office.database.run_sync(lambda tx: imports.start(tx, viewer, new, office.now))


PEOPLE = ["organisation", "name", "position", "email", "language", "country"]


def bring_people(office: Office, *lines: str) -> Import:
    job = begin(office, ImportKind.PEOPLE, "c" * 64)
    take(office, job.id, raw(ImportKind.PEOPLE, PEOPLE, *lines))
    return office.database.run_sync(lambda tx: imports.finish(tx, job.id, "me", office.now))


def test_contacts_belong_to_their_organisation_and_have_no_address(office: Office) -> None:
    """By its id, its name or its acronym; language and country are the organisation's unless the row says them."""
    job = bring_people(office, "CSO-0001|Ann|Head|ann@hla.example||", "JRR|Bo||||", "juba riverside relief|Cy||||UG")
    found = office.database.run_sync(lambda tx: contacts.of_organisations(tx, ["CSO-0001", "CSO-0002"]))
    assert [(each.name, each.organisation, each.country) for each in found] == [
        ("Ann", "CSO-0001", "KE"),
        ("Bo", "CSO-0002", "SS"),
        ("Cy", "CSO-0002", "UG"),
    ]
    assert {(each.connection, each.source) for each in found} == {(Connection.CONFIRMED, job.source)}
    assert office.database.run_sync(lambda tx: people.addresses(tx, found[0].id)) == ()


def test_a_known_contact_is_changed_not_added_again(office: Office) -> None:
    """By e-mail address, whatever the case; undone, they are who they were."""
    bring_people(office, "CSO-0001|Ann|Head|ann@hla.example||")
    job = begin(office, ImportKind.PEOPLE, "d" * 64)
    take(office, job.id, raw(ImportKind.PEOPLE, PEOPLE, "CSO-0001|Ann Lee|Director|ANN@hla.example||"))
    changed = office.database.run_sync(lambda tx: contacts.of_organisations(tx, ["CSO-0001"]))
    undo(office, job.id)
    back = office.database.run_sync(lambda tx: contacts.of_organisations(tx, ["CSO-0001"]))
    assert [(each.name, each.position) for each in changed] == [("Ann Lee", "Director")]
    assert [(each.name, each.position, each.email) for each in back] == [("Ann", "Head", "ann@hla.example")]


def test_undo_of_people_leaves_whoever_was_met_since(office: Office) -> None:
    """Somebody who has pressed Start is no line of a file any more."""
    job = bring_people(office, "CSO-0001|Ann|||", "CSO-0001|Bo|||")
    ann, _ = office.database.run_sync(lambda tx: contacts.of_organisations(tx, ["CSO-0001"]))
    office.database.run_sync(lambda tx: people.save(tx, replace(ann, invitations=ann.invitations)))
    undo(office, job.id)
    left = office.database.run_sync(lambda tx: contacts.of_organisations(tx, ["CSO-0001"]))
    assert [each.name for each in left] == ["Ann"]


def test_the_clock_works_on_what_lies_in_the_file_store_only(office: Office) -> None:
    """What a command began and did not end waits for the command."""
    begin(office)
    new = imports.NewFile(kind=ImportKind.PEOPLE, name="x.csv", content="e" * 64, layout=Layout(), stored=True)
    office.database.run_sync(lambda tx: imports.start(tx, command_line(WORLD), new, office.now))
    waiting = office.database.run_sync(import_rows.waiting)
    assert [each.content for each in waiting] == ["e" * 64]
