"""Inviting partners: single use, shown once, only the hash kept, and who may."""

from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa

from bot.core.channel import AccountInfo
from bot.core.errors import NotAllowed
from bot.core.invitation import Invitation, Invitee
from bot.core.message import Said
from bot.core.organisation import OrganisationStatus
from bot.core.permission import Viewer, command_line
from bot.core.person import Connection, InviteKind, Person, Role, Staff, StaffRole
from bot.services import invitations
from storage import accounts, invites, organisations, people
from storage.database import Database, Transaction
from storage.directory_tables import people as people_rows
from storage.sealing import ProcessSeal
from storage.tables import audit, metadata
from tests.services.office import WORLD, Office, open_office

HLA = "CSO-0001"


@pytest.fixture
def office(database: Database, seal: ProcessSeal, tmp_path: Path, now: datetime) -> Office:
    """An office with a Telegram bot and a Slack workspace."""
    made = open_office(database, seal, tmp_path / "files", now)
    database.run_sync(lambda tx: accounts.note(tx, AccountInfo("telegram", "csobot_bot"), "telegram"))
    database.run_sync(lambda tx: accounts.note(tx, AccountInfo("slack", "UBOT"), "slack"))
    return made


def viewer(role: Role, **limits: str) -> Viewer:
    return Viewer(person=77, staff=Staff(person=77, roles=(StaffRole(person=77, role=role, **limits),)), world=WORLD)


EDITOR = viewer(Role.EDITOR)


def contact(tx: Transaction, **values: str) -> int:
    """Somebody we know of who never wrote here."""
    known = replace(Person(organisation=HLA, email="amina@hla.example", name="Amina"), **values)
    columns = {name: getattr(known, name) for name in Person.__dataclass_fields__ if name != "id"}
    return int(tx.execute(sa.insert(people_rows).values(columns).returning(people_rows.c.id)).scalar_one())


def invited(office: Office, invitee: Invitee | None = None, by: Viewer = EDITOR) -> Invitation:
    wanted = invitee or Invitee(organisation=HLA)
    return office.database.run_sync(lambda tx: invitations.invite(tx, office.setup, by, wanted, office.now))


def open_now(office: Office, code: str) -> bool:
    return office.database.run_sync(lambda tx: invites.find(tx, code, office.now)) is not None


def test_the_link_opens_the_bot_with_the_code(office: Office) -> None:
    """At most 64 signs of the alphabet that Telegram allows, of 144 random bits."""
    made = invited(office)
    assert made.link == f"https://t.me/csobot_bot?start={made.code}"
    assert len(made.code) == 25
    assert made.code.replace("-", "a").replace("_", "a").isalnum()


def test_it_holds_organisation_and_language(office: Office) -> None:
    """The person begins as a contact of the organisation, in its language."""
    made = invited(office, Invitee(organisation="CSO-0043"))
    kept = office.database.run_sync(lambda tx: invites.find(tx, made.code, office.now))
    assert kept is not None
    assert (kept.kind, kept.organisation, kept.language) == (InviteKind.ORGANISATION, "CSO-0043", "fr")
    assert (kept.made_by, kept.made_at) == (77, office.now)


def test_it_is_over_when_the_office_says(office: Office) -> None:
    """Fourteen days, as office.yaml says."""
    made = invited(office)
    office.later(days=13)
    assert open_now(office, made.code)
    office.later(days=1)
    assert not open_now(office, made.code)


def test_a_new_one_for_the_same_contact_ends_the_open_one(office: Office) -> None:
    """One person, one open code."""
    person = office.database.run_sync(contact)
    first, second = (invited(office, Invitee(organisation=HLA, person=person)) for _ in range(2))
    assert [open_now(office, each.code) for each in (first, second)] == [False, True]


def test_whoever_comes_gets_one_more(office: Office) -> None:
    """ "Another" is for another colleague: the first link goes on working."""
    assert all(open_now(office, each.code) for each in [invited(office), invited(office)])


def test_a_renewed_one_ends_what_was_open(office: Office) -> None:
    """A reminder brings a fresh link; the old one is nobody's."""
    first = invited(office)
    wanted = Invitee(organisation=HLA)
    second = office.database.run_sync(lambda tx: invitations.renew(tx, office.setup, EDITOR, wanted, office.now))
    assert [open_now(office, each.code) for each in (first, second)] == [False, True]


def test_revoked_is_over_at_once(office: Office) -> None:
    """And the audit log says who ended it."""
    made = invited(office)
    wanted = Invitee(organisation=HLA)
    ended = office.database.run_sync(lambda tx: invitations.revoke(tx, office.setup, EDITOR, wanted, office.now))
    assert (ended, open_now(office, made.code)) == (1, False)
    assert ("invitation_revoked", f"organisation:{HLA}") in acts(office)


def acts(office: Office) -> list[tuple[str, str]]:
    rows = office.database.run_sync(lambda tx: tx.execute(sa.select(audit).order_by(audit.c.id)).all())
    return [(row.act, row.about) for row in rows]


def test_the_code_is_nowhere_in_the_database(office: Office) -> None:
    """Only its hash is kept: neither a row nor the audit log holds the code."""
    made = invited(office)
    assert acts(office) == [("partner_invited", f"organisation:{HLA}")]

    def everything(tx: Transaction) -> str:
        return " ".join(str(row) for table in metadata.sorted_tables for row in tx.execute(sa.select(table)))

    assert made.code not in office.database.run_sync(everything)
    assert made.code not in repr(made)


def test_the_same_link_can_be_shown_again_while_it_is_open(office: Office) -> None:
    """As a text or a picture: made again from the handle with the process key."""
    made = invited(office)
    again = office.database.run_sync(lambda tx: invitations.shown_again(tx, office.setup, made.handle, office.now))
    assert again == made
    office.say(f"/start {made.code}")
    used = office.database.run_sync(lambda tx: invitations.shown_again(tx, office.setup, made.handle, office.now))
    assert used is None


@pytest.mark.req("S0-C5")
def test_a_mail_is_in_the_language_of_the_partner(office: Office) -> None:
    """With link, code, validity and the mailbox."""
    subject, text = invitations.mail(office.setup, invited(office, Invitee(organisation="CSO-0043")))
    assert (subject.language, text.language, text.fields["mailbox"]) == ("fr", "fr", "ipd@iom.int")


@pytest.mark.parametrize(
    ("by", "may"),
    [
        (viewer(Role.EDITOR), True),
        (viewer(Role.FOCAL_POINT, desk="mission-ke"), True),
        (viewer(Role.EDITOR, region="EHA"), True),
        (viewer(Role.EDITOR, region="WCA"), False),
        (viewer(Role.APPROVER), False),
        (viewer(Role.CONFIDENTIAL), False),
        (command_line(WORLD), True),
    ],
)
def test_who_may_invite(office: Office, by: Viewer, may: bool) -> None:
    """By role, within its region."""
    try:
        invited(office, by=by)
    except NotAllowed:
        assert not may
    else:
        assert may


def test_nobody_of_a_suspended_organisation_is_invited(office: Office) -> None:
    """It rests until somebody opens it again."""

    def suspend(tx: Transaction) -> None:
        known = organisations.get(tx, HLA)
        assert known
        organisations.save(tx, replace(known, status=OrganisationStatus.SUSPENDED), office.now)

    office.database.run_sync(suspend)
    with pytest.raises(invitations.NotOpen):
        invited(office)


def test_a_connected_contact_needs_no_invitation(office: Office) -> None:
    """A second address is linked in another way."""

    def connected(tx: Transaction) -> int:
        known = Person(organisation=HLA, connection=Connection.CONFIRMED)
        return people.add(tx, known, "telegram", "901", "901").id

    person = office.database.run_sync(connected)
    with pytest.raises(invitations.ConnectedAlready):
        invited(office, Invitee(organisation=HLA, person=person))


def test_whoever_writes_to_us_already_is_not_invited(office: Office) -> None:
    """A stranger who only says that they belong there would become one with whoever redeems the code."""

    def claiming(tx: Transaction) -> int:
        known = Person(organisation=HLA, connection=Connection.CLAIMED)
        return people.add(tx, known, "telegram", "902", "902").id

    person = office.database.run_sync(claiming)
    with pytest.raises(invitations.ConnectedAlready):
        invited(office, Invitee(organisation=HLA, person=person))


def test_a_language_the_office_does_not_speak_is_refused(office: Office) -> None:
    """Said before anybody is invited."""
    with pytest.raises(invitations.NoSuchLanguage):
        invited(office, Invitee(organisation=HLA, language="de"))


def test_a_partner_invites_colleagues_of_its_own(office: Office) -> None:
    """Confirmed people only, as many at once as the office says."""
    confirmed = Person(organisation=HLA, connection=Connection.CONFIRMED)

    def colleagues(tx: Transaction) -> None:
        person = people.add(tx, confirmed, "telegram", "901", "901")
        for _ in range(5):
            assert invitations.invite_colleague(tx, office.setup, person, "", office.now).organisation == HLA
        with pytest.raises(invitations.TooManyOpen):
            invitations.invite_colleague(tx, office.setup, person, "", office.now)
        claimed = replace(person, connection=Connection.CLAIMED)
        with pytest.raises(NotAllowed):
            invitations.invite_colleague(tx, office.setup, claimed, "", office.now)

    office.database.run_sync(colleagues)


def test_it_works_once(office: Office) -> None:
    """The second who uses it is told that it is not valid, and gets nothing."""
    made = invited(office)
    office.say(f"/start {made.code}", user="501")
    office.say(f"/start {made.code}", user="502")
    assert office.templates("502")[0] == "errors.bad_code"
    first, second = (
        office.database.run_sync(lambda tx, user=user: people.known(tx, "telegram", user)) for user in ("501", "502")
    )
    assert first is not None
    assert (first.organisation, first.connection) == (HLA, Connection.CONFIRMED)
    assert second is not None
    assert (second.organisation, second.connection) == ("", Connection.NONE)


def test_said_once_more(office: Office) -> None:
    """A code typed with spaces around it is the code."""
    made = invited(office)
    office.hear(office.event("501", Said(f"/start   {made.code}  ", message="1")))
    assert office.templates("501")[0] == "conversation.invited"


def test_valid_for(office: Office) -> None:
    """What the person reads as the end is fourteen days from now."""
    assert invited(office).expires_at - office.now == timedelta(days=14)
