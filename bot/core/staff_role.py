"""Which roles can be given: an existing one, limited to one thing that exists."""

from collections.abc import Collection

from bot.core.errors import BotError
from bot.core.person import Role, StaffRole
from bot.core.world import World


class BadRole(BotError):
    """This role cannot be given."""

    template = "errors.bad_role"


def role_named(name: str) -> Role:
    """Raises `BadRole`."""
    if name not in set(Role):
        raise BadRole(f"There is no role {name!r}. Roles: {', '.join(Role)}.")
    return Role(name)


def check_role(world: World, role: StaffRole) -> None:
    """Raises `BadRole`, which says what is missing or what there is."""
    limits = [limit for limit in (role.desk, role.department, role.region) if limit]
    if len(limits) > 1:
        raise BadRole("A role is limited to one thing: a desk, a department or a region. Give one role for each.")
    _exists("desk", role.desk, world.desks)
    _exists("department", role.department, world.departments)
    _exists("region", role.region, world.regions)
    if role.role is Role.FOCAL_POINT and not limits:
        raise BadRole("A focal point works somewhere: say which with --desk, --department or --region.")
    if role.role is Role.CONFIDENTIAL:
        if limits:
            raise BadRole("The role confidential is for the confidential desk: it takes no desk, department or region.")
        return
    confidential = world.desks[world.office.confidential_desk]
    if role.desk == confidential.id or (role.department and role.department == confidential.department):
        raise BadRole("Only the role confidential reaches the confidential desk: csobot invite staff confidential")


def _exists(kind: str, wanted: str, known: Collection[str]) -> None:
    if wanted and wanted not in known:
        raise BadRole(f"There is no {kind} {wanted!r}. There are: {', '.join(sorted(known))}.")
