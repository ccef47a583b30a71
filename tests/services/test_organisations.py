"""What staff do with the record of an organisation, on both databases."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date, datetime
from pathlib import Path
from typing import TypeVar

import pytest

from bot.core.errors import NotAllowed, Unknown
from bot.core.organisation import IllegalStatus, Observer, Organisation, OrganisationConsent, OrganisationStatus
from bot.core.organisation_fields import BadFields
from bot.core.permission import Viewer
from bot.core.person import Role, Staff, StaffRole
from bot.services import organisations as acts
from bot.services.organisations import By, ChangedMeanwhile, MergedAway, StatusReason
from storage import organisations
from storage.database import Database, Transaction
from storage.directory_tables import duplicates
from storage.sealing import ProcessSeal
from storage.tables import audit
from tests.services.office import WORLD, Office, open_office

T = TypeVar("T")
NEW = {"name": "Tana Wells Circle", "acronym": "TWC", "type": "NGO", "country": "KE", "topics": "shelter"}


def viewer(*roles: tuple[Role, str]) -> Viewer:
    """Person 7 of staff with these roles, each with its region."""
    given = tuple(StaffRole(person=7, role=role, region=region) for role, region in roles)
    return Viewer(person=7, staff=Staff(person=7, roles=given), world=WORLD)


MANAGER = viewer((Role.MANAGER, ""))


class Desk:
    """Somebody of staff at work on the records."""

    def __init__(self, office: Office, who: Viewer) -> None:
        self.office, self.by = office, By(viewer=who, now=office.now)

    def run(self, work: Callable[[Transaction], T]) -> T:
        return self.office.database.run_sync(work)

    def propose(self, **values: str) -> Organisation:
        return self.run(lambda tx: acts.propose(tx, self.office.setup, {**NEW, **values}, self.by))

    def edit(self, known: Organisation, **values: str) -> Organisation:
        return self.run(lambda tx: acts.edit(tx, self.office.setup, known.id, known.version, values, self.by))

    def verify(self, organisation: str) -> Organisation:
        return self.run(lambda tx: acts.verify(tx, self.office.setup, organisation, self.by))

    def suspend(self, organisation: str) -> Organisation:
        why = StatusReason.UNDER_REVIEW
        return self.run(lambda tx: acts.suspend(tx, self.office.setup, organisation, why, self.by))

    def close(self, organisation: str) -> Organisation:
        return self.run(lambda tx: acts.close(tx, self.office.setup, organisation, StatusReason.INACTIVE, self.by))

    def reopen(self, organisation: str) -> Organisation:
        return self.run(lambda tx: acts.reopen(tx, self.office.setup, organisation, self.by))

    def observer(self, organisation: str, status: Observer, *dates: date | None) -> Organisation:
        since, until = (*dates, None, None)[:2]
        return self.run(
            lambda tx: acts.set_observer(tx, self.office.setup, organisation, status, (since, until), self.by)
        )

    def consent(self, organisation: str, consent: OrganisationConsent) -> Organisation:
        return self.run(lambda tx: acts.set_consent(tx, self.office.setup, organisation, consent, self.by))

    def get(self, organisation: str) -> Organisation:
        found = self.run(lambda tx: organisations.get(tx, organisation))
        assert found
        return found

    def acts(self, organisation: str) -> list[tuple[str, int, str]]:
        """What the audit says of it, in order: act, who, where."""
        rows = audit.select().where(audit.c.about == f"organisation:{organisation}").order_by(audit.c.id)
        return [(row.act, row.person, row.via) for row in self.run(lambda tx: tx.execute(rows).all())]


@pytest.fixture
def office(database: Database, seal: ProcessSeal, tmp_path: Path, now: datetime) -> Office:
    return open_office(database, seal, tmp_path / "files", now)


@pytest.fixture
def desk(office: Office) -> Desk:
    """A manager of the whole office."""
    return Desk(office, MANAGER)


def test_a_proposed_organisation_gets_the_next_free_id(desk: Desk) -> None:
    """Ids go on after the highest; nothing of a proposal is public."""
    first, second = desk.propose(), desk.propose(name="Another Circle")
    assert (first.id, second.id) == ("CSO-0061", "CSO-0062")
    kept = desk.get("CSO-0061")
    assert (kept.status, kept.listed, kept.source) == (OrganisationStatus.PROPOSED, False, "console")
    assert (kept.topics, kept.timezone) == (("shelter",), "Africa/Nairobi")
    assert desk.acts("CSO-0061") == [("organisation_proposed", 7, "console")]


def test_what_a_proposal_lacks_is_named(desk: Desk) -> None:
    """Name, type and country are needed; all that is missing is told at once."""
    with pytest.raises(BadFields) as refused:
        desk.propose(name="", type="", country="")
    assert {each.field for each in refused.value.problems} == {"name", "type", "country"}


def test_its_life_goes_by_the_table(desk: Desk) -> None:
    """Proposed, verified, suspended, verified, closed, verified: each step is one row with its reason."""
    one = desk.propose().id
    steps = [desk.verify(one), desk.suspend(one), desk.verify(one), desk.close(one), desk.reopen(one)]
    assert [each.status for each in steps] == ["verified", "suspended", "verified", "closed", "verified"]
    assert [act for act, _, _ in desk.acts(one)] == [
        "organisation_proposed",
        "organisation_verified",
        "organisation_suspended:under_review",
        "organisation_verified",
        "organisation_closed:inactive",
        "organisation_reopened",
    ]


def test_what_the_table_does_not_hold_cannot_happen(desk: Desk) -> None:
    """A proposal cannot be suspended, and nothing is written of the attempt."""
    one = desk.propose().id
    with pytest.raises(IllegalStatus):
        desk.suspend(one)
    assert desk.acts(one) == [("organisation_proposed", 7, "console")]


def test_each_changed_fact_is_one_row(desk: Desk) -> None:
    """The audit names the fields and never what stands in them."""
    after = desk.edit(desk.get("CSO-0001"), name="Harbour Line", topics="health cccm", email="")
    assert (after.name, after.topics, after.version) == ("Harbour Line", ("health", "cccm"), 2)
    named = {act for act, _, _ in desk.acts("CSO-0001")}
    assert named == {"organisation_changed:name", "organisation_changed:topics", "organisation_changed:email"}


def test_a_form_without_a_change_writes_nothing(desk: Desk) -> None:
    """Sending what is there makes no new version."""
    known = desk.get("CSO-0001")
    assert desk.edit(known, name=known.name) == known
    assert desk.acts("CSO-0001") == []


def test_two_who_edit_at_once_see_both(desk: Desk) -> None:
    """The second is told what it is now and what it would have become; nothing is lost."""
    opened = desk.get("CSO-0001")
    desk.edit(opened, name="Harbour Line")
    with pytest.raises(ChangedMeanwhile) as refused:
        desk.edit(opened, acronym="HL")
    theirs, yours = refused.value.theirs, refused.value.yours
    assert (theirs.name, theirs.acronym, yours.acronym) == ("Harbour Line", "HLA", "HL")
    assert desk.get("CSO-0001") == theirs


def test_an_office_belongs_to_its_organisation(desk: Desk) -> None:
    """Offices form a tree: no circle, no parent that is not there."""
    desk.edit(desk.get("CSO-0002"), parent="CSO-0001")
    desk.edit(desk.get("CSO-0003"), parent="CSO-0002")
    for wrong, problem in (("CSO-0003", "circle"), ("CSO-0001", "circle"), ("CSO-9999", "no_such_parent")):
        with pytest.raises(BadFields) as refused:
            desk.edit(desk.get("CSO-0001"), parent=wrong)
        assert [each.problem for each in refused.value.problems] == [problem]


@pytest.mark.req("S0-F2")
@pytest.mark.req("S1-R3a")
def test_observer_status_has_its_days(desk: Desk) -> None:
    """None, applied, observer: each step is kept with its days, and cleared with them."""
    applied = desk.observer("CSO-0002", Observer.APPLIED)
    granted = desk.observer("CSO-0002", Observer.OBSERVER, date(2026, 3, 4), date(2028, 3, 4))
    ended = desk.observer("CSO-0002", Observer.NONE)
    assert (applied.observer, granted.observer, ended.observer) == ("applied", "observer", "none")
    assert (granted.observer_since, granted.observer_until) == (date(2026, 3, 4), date(2028, 3, 4))
    assert (ended.observer_since, ended.observer_until) == (None, None)
    assert ("organisation_changed:observer", 7, "console") in desk.acts("CSO-0002")


def test_observer_status_does_not_end_before_it_begins(desk: Desk) -> None:
    """Days the wrong way round are refused."""
    with pytest.raises(BadFields):
        desk.observer("CSO-0002", Observer.OBSERVER, date(2026, 3, 4), date(2026, 3, 3))


def test_who_withdraws_consent_is_off_the_public_list(desk: Desk) -> None:
    """Withdrawn consent takes the name down at once; given again does not put it back by itself."""
    withdrawn = desk.consent("CSO-0002", OrganisationConsent.WITHDRAWN)
    again = desk.consent("CSO-0002", OrganisationConsent.GIVEN)
    assert (withdrawn.listed, again.listed, again.consent) == (False, False, "given")
    assert [act for act, _, _ in desk.acts("CSO-0002")] == [
        "organisation_consent:withdrawn",
        "organisation_consent:given",
    ]


def test_staff_say_whether_it_is_listed(desk: Desk) -> None:
    """The public directory shows what staff listed, and the audit says who did."""
    setup = desk.office.setup
    off = desk.run(lambda tx: acts.set_listed(tx, setup, "CSO-0001", listed=False, by=desk.by))
    assert off.listed is False
    assert desk.acts("CSO-0001") == [("organisation_changed:listed", 7, "console")]


def test_a_manager_of_one_region_leaves_the_others_alone(office: Office) -> None:
    """Limited to East Africa: Kenya yes, Morocco no, and nothing is moved over the border."""
    here = Desk(office, viewer((Role.MANAGER, "EHA")))
    assert here.edit(here.get("CSO-0001"), acronym="HL").acronym == "HL"
    with pytest.raises(NotAllowed):
        here.edit(here.get("CSO-0019"), acronym="X")
    with pytest.raises(NotAllowed):
        here.edit(here.get("CSO-0001"), country="MA")
    with pytest.raises(NotAllowed):
        here.propose(country="MA")


@pytest.mark.parametrize("role", [Role.FOCAL_POINT, Role.APPROVER, Role.CONFIDENTIAL])
def test_who_may_not_edit_changes_nothing(office: Office, role: Role) -> None:
    """These roles look at partners at most."""
    with pytest.raises(NotAllowed):
        Desk(office, viewer((role, ""))).verify("CSO-0001")


def test_what_was_merged_away_is_not_changed(desk: Desk) -> None:
    """The record that is left takes the changes; this one comes back only by undoing the merge."""
    gone = replace(desk.get("CSO-0003"), status=OrganisationStatus.CLOSED, merged_into="CSO-0002")
    desk.run(lambda tx: organisations.save(tx, gone, desk.by.now))
    with pytest.raises(MergedAway):
        desk.reopen("CSO-0003")


def test_what_does_not_exist_is_unknown(desk: Desk) -> None:
    """No id is made by asking for it."""
    with pytest.raises(Unknown):
        desk.verify("CSO-9999")


def test_a_record_that_may_be_another_is_noted(desk: Desk) -> None:
    """Proposed under a name that is on the list, or given one later: staff see both side by side."""
    proposed = desk.propose(name="Harbour Line Aid International", acronym="HLA")
    assert [("CSO-0001", proposed.id)] == pairs_with(desk, proposed.id)
    other = desk.propose(name="Tana Wells Circle")
    assert [] == pairs_with(desk, other.id)
    desk.edit(other, name="Solidarite du Lac")
    assert [("CSO-0043", other.id)] == pairs_with(desk, other.id)


def pairs_with(desk: Desk, organisation: str) -> list[tuple[str, str]]:
    found = desk.run(lambda tx: tx.execute(duplicates.select()).all())
    return [(row.one, row.other) for row in found if organisation in (row.one, row.other)]
