"""Who counts as staff: every way in, tried by everybody who must not get in."""

from dataclasses import replace
from datetime import datetime
from pathlib import Path

import pytest

from bot.core.message import Event, Place, Pressed, Said, Standing, Submitted
from bot.core.person import Person, Role, StaffRole
from bot.core.suspension import Suspension, Why
from bot.core.turn import FormNeeded
from bot.services import directory
from storage import people, queries, suspensions
from storage.database import Database, Transaction
from storage.sealing import ProcessSeal
from tests.services.office import Office, notices, open_office

NOBODY = (Standing.GUEST, Standing.FOREIGN, Standing.ANONYMOUS, Standing.BOT, Standing.UNKNOWN)


@pytest.fixture
def office(database: Database, seal: ProcessSeal, tmp_path: Path, now: datetime) -> Office:
    """The mission's two people at C1; ULIA has written in private before."""
    opened = open_office(database, seal, tmp_path / "files", now)
    opened.database.run_sync(lambda tx: people.note_chat(tx, "slack", "ULIA", "DLIA"))
    return opened


def by(event: Event, standing: Standing) -> Event:
    return replace(event, sender=replace(event.sender, standing=standing))


def private(office: Office, text: str, standing: Standing, user: str = "ULIA", message: str = "9") -> list[str]:
    """What somebody is told who writes to us alone on Slack."""
    event = replace(
        office.event(user, Said(text, message=message)), address=office.event(user, Said(""), "C1", Place.GROUP).address
    )
    chat = "DLIA" if user == "ULIA" else f"D{user}"
    event = replace(event, address=replace(event.address, chat=chat), place=Place.PRIVATE)
    before = len(office.templates(chat))
    office.hear(by(event, standing))
    return office.templates(chat)[before:]


def person(office: Office, user: str) -> Person:
    found = office.database.run_sync(lambda tx: people.known(tx, "slack", user))
    assert found is not None
    return found


def code(office: Office, role: Role = Role.EDITOR, *, platform: str = "", **limit: str) -> str:
    wanted = StaffRole(person=0, role=role, **limit)
    return office.database.run_sync(
        lambda tx: directory.invite_staff(tx, office.setup, wanted, office.now, platform=platform)
    )


@pytest.mark.parametrize("standing", NOBODY)
def test_no_verb_for_whoever_is_no_member(office: Office, standing: Standing) -> None:
    """A linked account that the platform does not call a member presses in vain."""
    office.say("Who coordinates?")
    office.deliver()
    press = office.event("ULIA", Pressed(office.token("verbs.claim"), "1"), "C1", Place.GROUP)

    assert notices(office.hear(by(press, standing))) == ["errors.not_staff"]
    assert office.database.run_sync(lambda tx: queries.get(tx, 1).holder) == 0


@pytest.mark.parametrize("standing", NOBODY)
def test_no_form_for_whoever_is_no_member(office: Office, standing: Standing) -> None:
    """A form that was opened as a member is not taken from a guest."""
    office.say("Who coordinates?")
    office.deliver()
    form = office.staff_press("reply")[0]
    assert isinstance(form, FormNeeded)
    filled = office.event("ULIA", Submitted(form.token, {"text": "Me."}), "C1", Place.GROUP)

    assert notices(office.hear(by(filled, standing))) == ["errors.unknown"]
    assert [line.text for line in office.database.run_sync(lambda tx: queries.timeline(tx, 1))] == ["Who coordinates?"]


@pytest.mark.parametrize("standing", NOBODY)
def test_no_note_from_whoever_is_no_member(office: Office, standing: Standing) -> None:
    """Words in a thread stay what they are: nobody's note."""
    office.say("Who coordinates?")
    office.deliver()
    said = office.event("ULIA", Said("I know", message="77"), "C1", Place.GROUP, thread="m1")

    assert office.hear(by(said, standing)) == []
    assert len(office.database.run_sync(lambda tx: queries.timeline(tx, 1))) == 1


@pytest.mark.parametrize("standing", NOBODY)
def test_no_desk_is_bound_by_whoever_is_no_member(office: Office, standing: Standing) -> None:
    """Not even with a good code and the role of an administrator; the code stays good."""
    admin = StaffRole(person=person(office, "ULIA").id, role=Role.ADMIN)
    office.database.run_sync(lambda tx: people.add_role(tx, admin))
    desk_code = office.database.run_sync(lambda tx: directory.invite_desk(tx, office.setup, "ipd", office.now))

    def bind(as_: Standing) -> list[str]:
        said = Said(f"/bind {desk_code}", message="5", to_bot=True)
        return notices(office.hear(by(office.event("ULIA", said, "C7", Place.GROUP), as_)))

    assert (bind(standing), bind(Standing.MEMBER)) == (["errors.bind_not_allowed"], [])


@pytest.mark.parametrize("standing", NOBODY)
@pytest.mark.parametrize("words", ["hello there", "/whoami"])
def test_roles_do_not_count_in_private_for_whoever_is_no_member(office: Office, standing: Standing, words: str) -> None:
    """In private too: they are told why, and nothing is opened in their name."""
    assert private(office, words, standing) == ["staff.resting"]


@pytest.mark.parametrize("standing", NOBODY)
def test_a_staff_code_is_not_given_to_whoever_is_no_member(office: Office, standing: Standing) -> None:
    """The reason is said, and the code is still good for the member it was meant for."""
    given = code(office)

    assert private(office, f"/start {given}", standing, "UNEW") == ["staff.code_not_for_you"]
    assert people_roles(office, "UNEW") == ()
    assert private(office, f"/start {given}", Standing.MEMBER, "UNEW") == ["desk.linked"]
    assert [role.role for role in people_roles(office, "UNEW")] == [Role.EDITOR]


def people_roles(office: Office, user: str) -> tuple[StaffRole, ...]:
    known = person(office, user)
    return office.database.run_sync(lambda tx: people.roles(tx, known.id))


@pytest.mark.parametrize("standing", NOBODY)
def test_a_slash_command_in_a_channel_is_no_way_in(office: Office, standing: Standing) -> None:
    """A code typed as a slash command is heard in private, with the same question asked."""
    given = code(office)
    event = office.event("UNEW", Said(f"/start {given}", message=""), "C5", Place.GROUP)
    event = replace(event, sender=replace(event.sender, home="DNEW"))
    office.hear(by(event, standing))

    assert office.templates("DNEW") == ["staff.code_not_for_you"]


def test_a_code_for_one_platform_is_refused_on_the_other(office: Office) -> None:
    """It says where it works, and it still does."""
    given = code(office, platform="telegram")

    assert private(office, f"/start {given}", Standing.MEMBER, "UNEW") == ["staff.code_for_elsewhere"]
    office.say(f"/start {given}", user="900")
    assert office.templates("900") == ["desk.linked"]


def test_a_code_says_what_it_gives(office: Office) -> None:
    """The role and its limit, in the words of the office."""
    office.say(f"/start {code(office, Role.MANAGER, region='EHA')}", user="900")

    assert dict(office.messages("900")[-1].fields) == {"role": "manager", "desk": "", "department": "", "region": "EHA"}


@pytest.mark.parametrize("user", ["ULIA"])
def test_a_suspended_person_is_no_staff_anywhere(office: Office, user: str) -> None:
    """Buttons, private chat and codes alike, at once."""
    office.say("Who coordinates?")
    office.deliver()
    suspend(office, user)

    assert notices(office.staff_press("claim", user)) == ["errors.not_staff"]
    assert private(office, "hello", Standing.MEMBER, user) == ["staff.resting"]
    assert private(office, f"/start {code(office)}", Standing.MEMBER, user) == ["staff.resting"]


def suspend(office: Office, user: str) -> None:
    resting = Suspension(person=person(office, user).id, why=Why.BY_ADMIN, at=office.now)

    def work(tx: Transaction) -> None:
        suspensions.add(tx, resting)

    office.database.run_sync(work)


def test_whoami_lists_roles_and_what_they_cover(office: Office) -> None:
    """Focal point at the mission, manager of the region."""
    manager = StaffRole(person=person(office, "ULIA").id, role=Role.MANAGER, region="EHA")
    office.database.run_sync(lambda tx: people.add_role(tx, manager))

    assert private(office, "/whoami", Standing.MEMBER) == ["staff.who_am_i"]
    assert office.messages("DLIA")[-1].fields["roles"] == [
        {"role": "focal-point", "desk": "mission-ke", "department": "", "region": ""},
        {"role": "manager", "desk": "", "department": "", "region": "EHA"},
    ]


def test_whoami_tells_a_partner_that_they_are_none_of_staff(office: Office) -> None:
    """And what they can do instead."""
    office.say("/whoami")

    assert office.templates("500") == ["staff.no_role"]
