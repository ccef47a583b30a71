"""What administrators do with staff: invite, give and take roles, suspend and lift, hand over everything open."""

from datetime import datetime

from starlette.responses import Response

from adapters.web.console.declared import Page
from adapters.web.console.staff import number, place_of
from adapters.web.console.visit import Visit
from bot.core.errors import Unknown
from bot.core.permission import Permission
from bot.core.person import Role, StaffRole
from bot.core.staff_role import check_role, role_named
from bot.core.suspension import BY_HAND, Why
from bot.services import directory, staff
from bot.services.hand_over import Receiver
from storage.database import Transaction
from storage.reads import staff as reads

_ONE = "/console/staff/{person}"
_MANAGE = Permission.MANAGE_STAFF


async def show(visit: Visit) -> Response:
    """One member of staff: roles, state, what they have open, and what can be done."""
    person = number(visit.path("person"))
    everybody = await visit.read(lambda tx, _now: reads.members(tx, visit.viewer))
    member = next((each for each in everybody if each.person == person), None)
    if member is None:
        raise Unknown
    active = [each for each in everybody if each.person != person and not each.suspension]
    return visit.draw(
        "member.html",
        member=member,
        me=person == visit.viewer.person,
        manages=visit.may(_MANAGE),
        place=lambda role: place_of(visit, role),
        reasons=[(why.value, visit.words(f"staff.why_{why}")) for why in BY_HAND],
        colleagues=[(each.person, each.name or visit.words("layout.person", id=each.person)) for each in active],
        roles=_roles(visit),
        places=_places(visit),
        desks=_desks(visit),
    )


async def suspend(visit: Visit) -> Response:
    """Their roles rest at once; what they had open goes back to the desks."""
    person, why = number(visit.path("person")), visit.given("why")
    if why not in BY_HAND:
        raise Unknown
    returned = await visit.act(lambda tx, now: staff.suspend(tx, visit.setup, visit.viewer, person, Why(why), now))
    return visit.go(f"/console/staff/{person}", "staff.suspended", n=len(returned.queries))


async def lift(visit: Visit) -> Response:
    """Their roles count again."""
    person = number(visit.path("person"))
    await visit.act(lambda tx, now: staff.lift(tx, visit.setup, visit.viewer, person, now))
    return visit.go(f"/console/staff/{person}", "staff.lifted")


async def preview(visit: Visit) -> Response:
    """What a hand-over would do, before it is done."""
    person, receiver = number(visit.path("person")), _receiver(visit)
    planned = await visit.read(lambda tx, _now: staff.preview(tx, visit.setup, visit.viewer, person, receiver))
    names = {each.person: each.name for each in await visit.read(lambda tx, _now: reads.members(tx, visit.viewer))}
    say = visit.words
    to = names.get(receiver.person) or say("layout.person", id=receiver.person) if receiver.person else ""
    return visit.draw(
        "hand-over.html",
        planned=planned,
        name=names.get(person) or say("layout.person", id=person),
        to=to or (visit.reader.desk(receiver.desk) if receiver.desk else say("staff.own_desks")),
    )


async def hand_over(visit: Visit) -> Response:
    """Everything open of the person, as the preview said."""
    person, receiver = number(visit.path("person")), _receiver(visit)
    done = await visit.act(lambda tx, now: staff.hand_over(tx, visit.setup, person, receiver, visit.viewer, now))
    return visit.go(f"/console/staff/{person}", "staff.handed_over", n=len(done.queries))


async def give(visit: Visit) -> Response:
    """One more role."""
    role = _role(visit, number(visit.path("person")))
    await visit.act(lambda tx, now: staff.give_role(tx, visit.setup, visit.viewer, role, now))
    return visit.go(f"/console/staff/{role.person}", "staff.role_given")


async def take(visit: Visit) -> Response:
    """One role less; what its holder may no longer handle goes back to the desks."""
    role = _role(visit, number(visit.path("person")))
    left = await visit.act(lambda tx, now: _taken(tx, visit, role, now))
    return visit.go(f"/console/staff/{role.person}" if left else "/console/staff", "staff.role_taken")


def _taken(tx: Transaction, visit: Visit, role: StaffRole, now: datetime) -> bool:
    staff.remove_role(tx, visit.setup, visit.viewer, role, now)
    return any(each.person == role.person for each in reads.members(tx, visit.viewer))


async def invite_form(visit: Visit) -> Response:
    return visit.draw("staff-invite.html", roles=_roles(visit), places=_places(visit))


async def invite(visit: Visit) -> Response:
    """A one-time code; the answer is the only place where it stands."""
    role, platform = _role(visit, 0), visit.given("platform")
    where = platform if platform in ("telegram", "slack") else ""

    def make(tx: Transaction, now: datetime) -> str:
        check_role(visit.world, role)
        staff.check_may_manage(visit.viewer, (role,))
        by = visit.viewer.person
        return directory.invite_staff(tx, visit.setup, role, now, platform=where, by=by, via="console")

    code = await visit.act(make)
    bots = [visit.setup.names.get(account, "") for account, kind in visit.setup.kinds.items() if kind == "telegram"]
    links = [f"https://t.me/{name}?start={code}" for name in bots if name and where != "slack"]
    return visit.draw(
        "staff-invitation.html",
        code=code,
        links=links,
        platform=where,
        role=visit.words(f"layout.role_{role.role}"),
        place=place_of(visit, role),
        days=visit.setup.invitation.days,
    )


def _role(visit: Visit, person: int) -> StaffRole:
    kind, _, limit = visit.given("place").partition(":")
    limits = {kind: limit} if kind in ("desk", "department", "region") else {}
    return StaffRole(person=person, role=role_named(visit.given("role")), **limits)


def _receiver(visit: Visit) -> Receiver:
    kind, _, which = visit.given("to").partition(":")
    if kind == "person":
        return Receiver(person=number(which))
    return Receiver(desk=which) if kind == "desk" else Receiver()


def _roles(visit: Visit) -> list[tuple[str, str]]:
    return [(role.value, visit.words(f"layout.role_{role}")) for role in Role]


def _desks(visit: Visit) -> list[tuple[str, str]]:
    hidden = visit.world.office.confidential_desk
    return [(desk, visit.reader.desk(desk)) for desk in visit.world.desks if desk != hidden]


def _places(visit: Visit) -> list[tuple[str, list[tuple[str, str]]]]:
    """Where a role can be valid, in groups: desks, regions, departments."""
    world, show, say = visit.world, visit.reader, visit.words
    return [
        (say("staff.desks"), [(f"desk:{desk}", name) for desk, name in _desks(visit)]),
        (say("staff.regions"), [(f"region:{each}", show.region(each)) for each in world.regions]),
        (say("staff.departments"), [(f"department:{each}", show.department(each)) for each in world.departments]),
    ]


PAGES = (
    Page("/console/staff/invite", _MANAGE, invite_form),
    Page("/console/staff/invite", _MANAGE, invite, method="POST"),
    Page(_ONE, Permission.SEE_STAFF, show),
    Page(f"{_ONE}/hand-over", Permission.SEE_STAFF, preview),
    Page(f"{_ONE}/hand-over", Permission.SEE_STAFF, hand_over, method="POST"),
    Page(f"{_ONE}/suspend", _MANAGE, suspend, method="POST"),
    Page(f"{_ONE}/lift", _MANAGE, lift, method="POST"),
    Page(f"{_ONE}/give-role", _MANAGE, give, method="POST"),
    Page(f"{_ONE}/take-role", _MANAGE, take, method="POST"),
)
