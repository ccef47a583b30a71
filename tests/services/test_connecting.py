"""Who is connected, invited, unreachable, not yet: now, in the months before, and whom to remind."""

from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa

from bot.core.errors import NotAllowed
from bot.core.invitation import ConnectionState, InvitationRules, Invitee
from bot.core.message import Change, Membership
from bot.core.permission import Viewer, command_line
from bot.core.person import Connection, Person, Role, Staff, StaffRole
from bot.services import invitations
from storage import organisations, people
from storage.database import Database, Transaction
from storage.directory_tables import people as people_rows
from storage.reads import connecting, connecting_history
from storage.reads.connecting import Counts
from storage.sealing import ProcessSeal
from tests.services.office import WORLD, Office, open_office

ALL = command_line(WORLD)
RULES = InvitationRules()
KENYA, SUDAN, SENEGAL = "CSO-0001", "CSO-0002", "CSO-0043"


@pytest.fixture
def office(database: Database, seal: ProcessSeal, tmp_path: Path, now: datetime) -> Office:
    return open_office(database, seal, tmp_path / "files", now)


def viewer(role: Role, **limits: str) -> Viewer:
    return Viewer(person=77, staff=Staff(person=77, roles=(StaffRole(person=77, role=role, **limits),)), world=WORLD)


def connect(office: Office, organisation: str, user: str) -> None:
    """Somebody uses an invitation."""
    office.say(f"/start {invite(office, organisation)}", user=user)
    office.deliver()


def invite(office: Office, organisation: str, person: int = 0) -> str:
    wanted = Invitee(organisation=organisation, person=person)
    return office.database.run_sync(lambda tx: invitations.renew(tx, office.setup, ALL, wanted, office.now)).code


def state(office: Office, organisation: str) -> ConnectionState:
    [found] = office.database.run_sync(lambda tx: connecting.partners(tx, ALL, office.now, organisation=organisation))
    return found.state


def counts(office: Office, who: Viewer = ALL) -> Counts:
    return connecting.total(office.database.run_sync(lambda tx: connecting.counts(tx, who, office.now)).values())


def test_everybody_begins_as_not_yet(office: Office) -> None:
    """The sample world's sixty organisations."""
    assert counts(office) == Counts(not_yet=60)


def test_an_organisation_is_as_far_as_its_furthest_person(office: Office) -> None:
    """Invited, connected, unreachable once the only one there has blocked us, and back with the next message."""
    invite(office, KENYA)
    assert state(office, KENYA) is ConnectionState.INVITED
    connect(office, KENYA, "901")
    assert state(office, KENYA) is ConnectionState.CONNECTED
    office.hear(office.event("901", Membership(Change.GONE)))
    assert state(office, KENYA) is ConnectionState.UNREACHABLE
    connect(office, KENYA, "902")
    assert state(office, KENYA) is ConnectionState.CONNECTED


def test_unreachable_says_since_when_and_why(office: Office) -> None:
    """A delivery that ends unreachable marks the person; a second one changes nothing of it; a message ends it."""
    connect(office, KENYA, "901")
    office.later(days=2)
    since = office.now
    for _ in range(2):
        office.say("/help", user="901")
        fail(office)
        office.later(hours=1)
    [contact] = contacts(office)
    assert (contact.state, contact.unreachable) == (ConnectionState.UNREACHABLE, "blocked")
    assert contact.unreachable_since == since + timedelta(hours=1)
    [partner] = office.database.run_sync(lambda tx: connecting.partners(tx, ALL, office.now, organisation=KENYA))
    assert (partner.unreachable, partner.unreachable_since) == ("blocked", contact.unreachable_since)
    office.say("I am back", user="901")
    [contact] = contacts(office)
    assert (contact.state, contact.unreachable, contact.unreachable_since) == (ConnectionState.CONNECTED, "", None)


def fail(office: Office) -> None:
    """What is due to the person ends unreachable, as after a block."""
    from bot.core.delivery import DeliveryState  # noqa: PLC0415

    office.deliver(DeliveryState.UNREACHABLE)


def contacts(office: Office) -> tuple[connecting.Contact, ...]:
    return office.database.run_sync(lambda tx: connecting.contacts(tx, ALL, KENYA, office.now))


def test_who_only_claims_is_not_connected(office: Office) -> None:
    """A name typed by a stranger proves nothing."""

    def claim(tx: Transaction) -> None:
        claimed = Person(organisation=KENYA, connection=Connection.CLAIMED)
        people.add(tx, claimed, "telegram", "901", "901")

    office.database.run_sync(claim)
    assert state(office, KENYA) is ConnectionState.NOT_YET


def test_a_viewer_sees_the_regions_of_their_role(office: Office) -> None:
    """And nobody without a role that may see partners sees any."""
    everybody = office.database.run_sync(lambda tx: connecting.counts(tx, ALL, office.now))
    mine = office.database.run_sync(lambda tx: connecting.counts(tx, viewer(Role.EDITOR, region="EHA"), office.now))
    assert mine == {"EHA": everybody["EHA"]}
    with pytest.raises(NotAllowed):
        counts(office, viewer(Role.CONFIDENTIAL))


def test_closed_organisations_are_not_counted(office: Office) -> None:
    """The figure is about partners."""

    def close(tx: Transaction) -> None:
        known = organisations.get(tx, KENYA)
        assert known is not None
        organisations.save(tx, replace(known, status=connecting.OrganisationStatus.CLOSED), office.now)

    office.database.run_sync(close)
    assert counts(office).total == 59


def test_the_reminder_list_waits_its_days(office: Office) -> None:
    """Five days after the invitation, as long as nobody came."""
    invite(office, KENYA)
    connect(office, SUDAN, "901")
    assert reminders(office) == []
    office.later(days=5)
    assert reminders(office) == [(KENYA, 0)]
    connect(office, KENYA, "902")
    assert reminders(office) == []


def reminders(office: Office) -> list[tuple[str, int]]:
    found = office.database.run_sync(lambda tx: connecting.to_remind(tx, ALL, RULES, office.now))
    return [(each.organisation, each.reminded) for each in found]


def test_nobody_is_reminded_for_ever(office: Office) -> None:
    """Two reminders, then another way is needed."""
    for reminded in (0, 1):
        invite(office, KENYA)
        assert reminders(office) == []
        office.later(days=6)
        assert reminders(office) == [(KENYA, reminded)]
    invite(office, KENYA)
    office.later(days=6)
    assert reminders(office) == []


def test_a_contact_is_reminded_by_name(office: Office) -> None:
    """With the address the contact gave, in their language."""

    def known(tx: Transaction) -> int:
        contact = Person(organisation=KENYA, name="Amina", email="amina@hla.example", language="fr")
        values = {name: getattr(contact, name) for name in Person.__dataclass_fields__ if name != "id"}
        return int(tx.execute(sa.insert(people_rows).values(values).returning(people_rows.c.id)).scalar_one())

    invite(office, KENYA, office.database.run_sync(known))
    office.later(days=5)
    [found] = office.database.run_sync(lambda tx: connecting.to_remind(tx, ALL, RULES, office.now))
    assert (found.contact, found.email, found.language) == ("Amina", "amina@hla.example", "fr")


def test_the_figure_of_each_month(office: Office) -> None:
    """As each month ended; the running one as it stands now."""
    invite(office, KENYA)
    office.later(days=31)
    connect(office, KENYA, "901")
    connect(office, SENEGAL, "902")
    office.later(days=30)
    office.hear(office.event("901", Membership(Change.GONE)))
    found = office.database.run_sync(
        lambda tx: connecting_history.months(tx, ALL, f"{office.now:%Y-%m}", 4, office.now)
    )
    assert [(each.month, each.total) for each in found] == [
        ("2026-02", Counts(not_yet=60)),
        ("2026-03", Counts(not_yet=60)),
        ("2026-04", Counts(connected=2, not_yet=58)),
        ("2026-05", Counts(connected=1, unreachable=1, not_yet=58)),
    ]
    assert found[-1].regions["WCA"].connected == 1


def test_an_open_invitation_counts_in_its_month(office: Office) -> None:
    """While it is valid."""
    office.later(days=20)
    invite(office, KENYA)
    office.later(days=10)
    [march, april] = office.database.run_sync(lambda tx: connecting_history.months(tx, ALL, "2026-04", 2, office.now))
    assert (march.total.invited, april.total.invited) == (1, 1)
    office.later(days=10)
    [march, april] = office.database.run_sync(lambda tx: connecting_history.months(tx, ALL, "2026-04", 2, office.now))
    assert (march.total.invited, april.total.invited) == (1, 0)


def test_the_list_is_in_pages_by_name(office: Office) -> None:
    """Of one state and region where asked."""
    first, second = (
        office.database.run_sync(
            lambda tx, start=start: connecting.partners(  # type: ignore[misc]
                tx, ALL, office.now, state=ConnectionState.NOT_YET, region="EHA", start=start, most=3
            )
        )
        for start in (0, 3)
    )
    names = [each.name for each in (*first, *second)]
    assert (len(names), names, {each.region for each in first}) == (6, sorted(names), {"EHA"})
