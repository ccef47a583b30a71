"""Signing in to the console: links, sessions, the second factor, on both databases."""

from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path

import pyotp
import pytest

from bot.core.console import CodeResult, LinkNotValid, NoFactor
from bot.core.errors import Conflict, NotAllowed
from bot.core.message import Said, Standing
from bot.core.permission import Viewer
from bot.core.person import Person, Role, Staff, StaffRole
from bot.services import second_factor, signing_in
from bot.services.signing_in import SignedIn
from storage import people, sessions
from storage.database import Database, Transaction
from storage.directory_tables import suspensions
from storage.sealing import ProcessSeal
from storage.tables import audit
from tests.services.office import Office, open_office

SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"
#: What the phone's clock says, in seconds.
AT = 1_800_000_000.0
CONSOLE = "https://desk.example.org"


@pytest.fixture
def office(database: Database, seal: ProcessSeal, tmp_path: Path, now: datetime) -> Office:
    """The liaison, user ULIA, is a focal point."""
    return open_office(database, seal, tmp_path, now)


def do(office: Office, work: Callable[[Transaction], object]) -> object:
    return office.database.run_sync(work)


def person_of(office: Office, user: str = "ULIA") -> Person:
    found = office.database.run_sync(lambda tx: people.known(tx, "slack", user))
    assert found is not None
    return found


def admin(office: Office) -> Person:
    """An administrator, reached nowhere."""

    def add(tx: Transaction) -> Person:
        person = people.add(tx, Person(language="en", name="Admin"), "slack", "UADM", "")
        people.add_role(tx, StaffRole(person=person.id, role=Role.ADMIN))
        return person

    return office.database.run_sync(add)


def link(office: Office, user: str = "ULIA") -> str:
    """What stands behind the # of the link that /console brings, as it leaves."""
    office.event("x", Said("x"))
    office.say("/console", user=user)
    message = [each for each in office.messages() if each.template == "console.link"][-1]
    sent = signing_in.with_link(office.setup, CONSOLE, message)
    address, _, token = str(sent.fields["link"]).partition("#")
    assert address == f"{CONSOLE}/console/enter"
    return token


def linked(office: Office, user: str = "700", role: Role = Role.FOCAL_POINT) -> Person:
    """Somebody of staff who writes on Telegram."""

    def add(tx: Transaction) -> Person:
        person = people.add(tx, Person(language="en", country="KE"), "telegram", user, user)
        people.add_role(tx, StaffRole(person=person.id, role=role))
        return person

    return office.database.run_sync(add)


def enter(office: Office, token: str) -> str:
    return office.database.run_sync(lambda tx: signing_in.enter(tx, office.setup, token, "Firefox · Linux", office.now))


def look(office: Office, cookie: str) -> SignedIn | None:
    return office.database.run_sync(lambda tx: signing_in.look_up(tx, office.setup, cookie, office.now))


def begun(office: Office, person: Person) -> SignedIn:
    """A session of this person, the second factor not shown."""
    cookie = office.database.run_sync(lambda tx: signing_in.begin(tx, office.setup, person.id, "", office.now))
    found = look(office, cookie)
    assert found is not None
    return found


def code(step: int = 0) -> str:
    return pyotp.TOTP(SECRET).at(AT + 30 * step)


def show(office: Office, who: SignedIn, given: str, at: float = AT) -> CodeResult:
    return office.database.run_sync(lambda tx: second_factor.show_code(tx, office.setup, who, given, office.now, at))


def set_up(office: Office, person: Person) -> None:
    do(office, lambda tx: second_factor.secret_to_set_up(tx, office.setup, person.id, SECRET))


def test_the_link_of_the_chat_signs_its_person_in(office: Office) -> None:
    """/console in the private chat, the button of its page: a session of that person and of nobody else."""
    person = linked(office)
    found = look(office, enter(office, link(office, "700")))
    assert found is not None
    assert found.person.id == person.id
    assert found.viewer.staff.has(Role.FOCAL_POINT)


def test_no_row_holds_the_token(office: Office) -> None:
    """The message waits in the ledger with its token sealed, and the table of links has a hash only."""
    linked(office)
    token = link(office, "700")
    assert all(token not in repr(each) for each in office.messages())


def test_a_link_works_once(office: Office) -> None:
    """Whoever finds it afterwards, in the chat or in a history, gets nothing."""
    linked(office)
    token = link(office, "700")
    enter(office, token)
    with pytest.raises(LinkNotValid):
        enter(office, token)


def test_asking_whose_a_link_is_does_not_use_it_up(office: Office) -> None:
    """The page asks before the button is pressed; so might a previewer."""
    person = linked(office)
    token = link(office, "700")
    for _ in range(3):
        viewer = office.database.run_sync(lambda tx: signing_in.whose(tx, office.setup, token, office.now))
        assert viewer.person == person.id
    assert enter(office, token)


def test_a_link_ends_after_ten_minutes(office: Office) -> None:
    """Until then it works."""
    linked(office)
    token = link(office, "700")
    office.later(minutes=10)
    with pytest.raises(LinkNotValid):
        enter(office, token)


def test_a_new_link_replaces_the_last_one(office: Office) -> None:
    """Only one link of a person is worth anything."""
    linked(office)
    first, second = link(office, "700"), link(office, "700")
    with pytest.raises(LinkNotValid):
        enter(office, first)
    assert enter(office, second)


def test_whoever_is_not_staff_gets_no_link(office: Office) -> None:
    """A CSO is told so, in one sentence."""
    office.say("/console")
    assert office.templates("500")[-1:] == ["errors.not_staff"]


def suspend(office: Office, person: int) -> None:
    row = {"person": person, "at": office.now, "why": "by_admin", "by": 0}
    do(office, lambda tx: tx.execute(suspensions.insert().values(row)))


def test_a_suspended_person_gets_no_link(office: Office) -> None:
    """Nor does a link that was made before let them in."""
    person = linked(office)
    token = link(office, "700")
    suspend(office, person.id)
    office.say("/console", user="700")
    assert office.templates("700")[-1:] == ["errors.not_staff"]
    with pytest.raises(LinkNotValid):
        enter(office, token)


def test_a_guest_gets_no_link(office: Office) -> None:
    """Whatever was linked once: the platform says that they are a guest."""
    linked(office)
    event = office.event("700", Said("/console", message="1"))
    guest = type(event.sender)("700", language="en", standing=Standing.GUEST)
    office.hear(type(event)(event.id, event.address, event.place, guest, event.content, event.at))
    assert office.templates("700")[-1:] == ["errors.not_staff"]


def test_a_suspended_person_is_out_at_once(office: Office) -> None:
    """The session is there still; the roles are read at every request."""
    person = linked(office)
    cookie = enter(office, link(office, "700"))
    suspend(office, person.id)
    assert look(office, cookie) is None


def test_the_person_is_told_in_chat(office: Office) -> None:
    """With the browser, and how to end it if it was not them."""
    linked(office)
    enter(office, link(office, "700"))
    message = office.messages("700")[-1]
    assert (message.template, message.fields["device"]) == ("console.signed_in", "Firefox · Linux")


def test_out_in_chat_ends_every_session_and_link(office: Office) -> None:
    """/console out: for somebody who sees a sign-in that was not theirs."""
    linked(office)
    cookie = enter(office, link(office, "700"))
    waiting = link(office, "700")
    office.say("/console out", user="700")
    assert look(office, cookie) is None
    with pytest.raises(LinkNotValid):
        enter(office, waiting)
    assert office.messages("700")[-1].template == "console.ended"


def test_a_session_that_rests_ends(office: Office) -> None:
    """Two hours without use; used in between, it goes on."""
    linked(office)
    cookie = enter(office, link(office, "700"))
    office.later(minutes=119)
    found = look(office, cookie)
    assert found is not None
    do(office, lambda tx: sessions.seen(tx, found.session.public_id, office.now))
    office.later(minutes=119)
    assert look(office, cookie)
    office.later(minutes=1)
    assert look(office, cookie) is None


def test_a_session_ends_after_half_a_day_whatever_is_done(office: Office) -> None:
    """Twelve hours after it began."""
    linked(office)
    cookie = enter(office, link(office, "700"))
    for _ in range(12):
        found = look(office, cookie)
        assert found is not None
        do(office, lambda tx, name=found.session.public_id: sessions.seen(tx, name, office.now))  # type: ignore[misc]
        office.later(hours=1)
    assert look(office, cookie) is None


def test_one_ends_ones_own_sessions_only(office: Office) -> None:
    """An administrator ends anybody's."""
    mine, theirs = begun(office, linked(office)), begun(office, linked(office, "701"))
    with pytest.raises(NotAllowed):
        do(office, lambda tx: signing_in.sign_out(tx, mine.viewer, theirs.session.public_id, office.now))
    boss = begun(office, admin(office))
    do(office, lambda tx: signing_in.sign_out(tx, boss.viewer, theirs.session.public_id, office.now))
    assert look(office, theirs.cookie) is None
    assert look(office, mine.cookie)


def test_administrators_and_the_confidential_desk_need_a_second_factor(office: Office) -> None:
    """A focal point does not."""
    people_of = {role: begun(office, linked(office, f"70{place}", role)) for place, role in enumerate(Role)}
    assert {role for role, who in people_of.items() if who.lacks_factor} == {Role.ADMIN, Role.CONFIDENTIAL}


def test_a_right_code_opens_this_session_only(office: Office) -> None:
    """The first one sets the authenticator up, and the person hears of it."""
    person = admin(office)
    one, other = begun(office, person), begun(office, person)
    set_up(office, person)
    assert show(office, one, code()) is CodeResult.TAKEN
    opened, closed = look(office, one.cookie), look(office, other.cookie)
    assert opened is not None
    assert closed is not None
    assert (opened.lacks_factor, closed.lacks_factor) == (False, True)


def test_a_code_works_once(office: Office) -> None:
    """Also within its thirty seconds, and also in another session; nor does an earlier one."""
    person = admin(office)
    set_up(office, person)
    assert show(office, begun(office, person), code()) is CodeResult.TAKEN
    other = begun(office, person)
    assert show(office, other, code()) is CodeResult.WRONG
    assert show(office, other, code(-1)) is CodeResult.WRONG
    assert show(office, other, code(1)) is CodeResult.TAKEN


def test_five_wrong_codes_lock_it(office: Office) -> None:
    """Then a right one is not looked at either, until a quarter of an hour has gone by."""
    person = admin(office)
    set_up(office, person)
    who = begun(office, person)
    given = [show(office, who, "000000") for _ in range(5)]
    assert given == [CodeResult.WRONG] * 4 + [CodeResult.LOCKED]
    assert show(office, who, code()) is CodeResult.LOCKED
    office.later(minutes=15)
    assert show(office, who, code()) is CodeResult.TAKEN


def test_the_secret_is_shown_until_the_first_code_and_never_again(office: Office) -> None:
    """The same one while it is set up; sealed in the database."""
    person = admin(office)
    set_up(office, person)
    again = do(office, lambda tx: second_factor.secret_to_set_up(tx, office.setup, person.id, "A" * 32))
    assert again == SECRET
    show(office, begun(office, person), code())
    with pytest.raises(Conflict):
        do(office, lambda tx: second_factor.secret_to_set_up(tx, office.setup, person.id, "A" * 32))


def test_another_administrator_resets_it(office: Office) -> None:
    """Nobody their own: a stolen session would be enough. The sessions of the person end."""
    person = admin(office)
    set_up(office, person)
    who = begun(office, person)
    show(office, who, code())
    with pytest.raises(NotAllowed):
        do(office, lambda tx: second_factor.reset_by(tx, who.viewer, person.id, office.now))
    other = begun(office, linked(office, "702", Role.ADMIN)).viewer
    do(office, lambda tx: second_factor.reset_by(tx, other, person.id, office.now))
    assert look(office, who.cookie) is None
    with pytest.raises(NoFactor):
        do(office, lambda tx: second_factor.reset_by(tx, other, person.id, office.now))


def test_a_limited_administrator_resets_nobody_beyond_the_limit(office: Office) -> None:
    """One of a region does not open the way to one of everything."""
    person = admin(office)
    set_up(office, person)
    limited = StaffRole(person=900, role=Role.ADMIN, region="EHA")
    viewer = Viewer(person=900, staff=Staff(person=900, roles=(limited,)), world=office.setup.world)
    with pytest.raises(NotAllowed):
        do(office, lambda tx: second_factor.reset_by(tx, viewer, person.id, office.now))


def test_whoever_manages_no_staff_resets_nothing(office: Office) -> None:
    """A focal point is refused."""
    viewer: Viewer = begun(office, linked(office)).viewer
    boss = admin(office).id
    with pytest.raises(NotAllowed):
        do(office, lambda tx: second_factor.reset_by(tx, viewer, boss, office.now))


def test_what_is_done_is_in_the_audit_log(office: Office) -> None:
    """Signed in, a wrong code, set up, signed out: ids only, done in the console."""
    person = admin(office)
    set_up(office, person)
    who = begun(office, person)
    show(office, who, "000000")
    show(office, who, code())
    do(office, lambda tx: signing_in.sign_out(tx, who.viewer, who.session.public_id, office.now))
    rows = office.database.run_sync(lambda tx: tx.execute(audit.select().order_by(audit.c.id)).all())
    acts = [(row.act, row.via) for row in rows if row.person == person.id]
    assert acts == [(act, "console") for act in ("signed_in", "wrong_code", "factor_set_up", "signed_out")]


def test_it_is_never_noted_more_than_once_a_minute(office: Office) -> None:
    """Looking at a page does not always write."""
    who = begun(office, linked(office))
    assert not signing_in.wants_noting(who.session, office.now + timedelta(seconds=59))
    assert signing_in.wants_noting(who.session, office.now + timedelta(seconds=60))
