"""A complaint about a desk is never handled, watched or read by the people of that desk."""

from bot.core.person import Staff, StaffRole
from bot.core.query import Query
from bot.core.world import World


def people_of(staff: Staff, desk: str, world: World) -> bool:
    """Whether the person is of that desk: by a role there, or one limited to the region or department it speaks for.

    Whoever covers it among much else is above it, and not of it.
    """
    return any(_is_of(role, desk, world) for role in staff.roles)


def _is_of(role: StaffRole, desk: str, world: World) -> bool:
    region, department = world.regions.get(role.region), world.departments.get(role.department)
    return desk in {role.desk, region.desk if region else "", department.desk if department else ""} - {""}


def concerned(staff: Staff, query: Query, world: World) -> bool:
    """Whether the query is a complaint about the person's own desk."""
    return bool(query.complaint_about) and people_of(staff, query.complaint_about, world)


def own_desks(staff: Staff, world: World) -> frozenset[str]:
    """Desks of which a complaint is kept from the person."""
    return frozenset(desk for desk in world.desks if people_of(staff, desk, world))
