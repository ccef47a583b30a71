"""Who works here: roles, where they are valid, who is suspended."""

from starlette.responses import Response

from adapters.web.console.declared import Page
from adapters.web.console.listing import Listing, read_listing
from adapters.web.console.visit import Visit
from bot.core.errors import Unknown
from bot.core.permission import Permission
from bot.core.person import Role, StaffRole
from bot.services import second_factor
from storage.reads import staff as reads
from storage.reads.staff import Member

FILTERS = ("q", "role", "state", "person")
STATES = ("active", "suspended")


async def show(visit: Visit) -> Response:
    """All of staff: an office has so many that one page holds them."""
    listing = read_listing(visit.request.query_params, FILTERS)
    everybody = await visit.read(lambda tx, _now: reads.members(tx, visit.viewer))
    found = [each for each in everybody if _wanted(each, listing)]
    say = visit.words
    return visit.draw_list(
        "staff.html",
        "staff-list.html",
        listing=listing,
        found=found,
        everybody=len(everybody),
        roles=[(role.value, say(f"layout.role_{role}")) for role in Role],
        states=[(state, say(f"staff.state_{state}")) for state in STATES],
        chips_of=_chips(visit, listing),
        place=lambda role: place_of(visit, role),
        manages=visit.may(Permission.MANAGE_STAFF),
    )


async def reset_factor(visit: Visit) -> Response:
    """Somebody lost their phone: the next sign-in sets an authenticator up anew."""
    person = number(visit.path("person"))
    await visit.act(lambda tx, now: second_factor.reset_by(tx, visit.viewer, person, now))
    return visit.go("/console/staff", "staff.factor_reset")


def number(text: str) -> int:
    """A person's number out of a path; raises `Unknown` for anything else."""
    if not text.isdecimal() or len(text) > 15:
        raise Unknown
    return int(text)


def _wanted(member: Member, listing: Listing) -> bool:
    words, role, state = (listing.value(name) for name in ("q", "role", "state"))
    return (
        words.casefold() in member.name.casefold()
        and (not role or any(each.role == role for each in member.roles))
        and (not state or (state == "suspended") == (member.suspension is not None))
        and listing.value("person") in ("", str(member.person))
    )


def _chips(visit: Visit, listing: Listing) -> dict[str, str]:
    say = visit.words
    return {
        "q": listing.value("q"),
        "role": str(say.known(f"layout.role_{listing.value('role')}", "staff.role_other")),
        "state": str(say.known(f"staff.state_{listing.value('state')}", "staff.state_other")),
        "person": str(say("layout.person", id=listing.value("person"))),
    }


def place_of(visit: Visit, role: StaffRole) -> str:
    """Where the role is valid."""
    show = visit.reader
    if role.desk:
        return show.desk(role.desk)
    if role.department:
        return show.department(role.department)
    return show.region(role.region) if role.region else str(visit.words("home.everywhere"))


PAGES = (
    Page("/console/staff", Permission.SEE_STAFF, show),
    Page("/console/staff/{person}/reset-factor", Permission.MANAGE_STAFF, reset_factor, method="POST"),
)
