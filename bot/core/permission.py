"""What the roles of staff allow, and over what. One table; chat, console and command line ask it alike."""

from dataclasses import dataclass
from enum import StrEnum

from bot.core.errors import NotAllowed
from bot.core.person import Role, Staff, StaffRole, departments_below
from bot.core.world import World


class Permission(StrEnum):
    """Something staff can do beside the verbs of a query."""

    SEE_PARTNERS = "see_partners"
    INVITE_PARTNERS = "invite_partners"
    #: Confirm people, change, verify, suspend, close organisations.
    EDIT_PARTNERS = "edit_partners"
    MERGE_PARTNERS = "merge_partners"
    IMPORT = "import"
    EXPORT = "export"
    #: Enter a query for a partner that cannot write here.
    ENTER_QUERIES = "enter_queries"
    SEE_AUDIT = "see_audit"
    SEE_STAFF = "see_staff"
    #: Invite, scope, suspend and hand over.
    MANAGE_STAFF = "manage_staff"
    SEE_RETENTION = "see_retention"
    #: Write, offer and retire the ready answers of a desk.
    MANAGE_ANSWERS = "manage_answers"
    #: Read and handle what is at the confidential desk.
    OPEN_MATTERS = "open_matters"
    #: The queries of the desks that a role covers, and those that one has or watches.
    SEE_QUERIES = "see_queries"
    #: The numbers of the desks that the role covers.
    SEE_INSIGHT = "see_insight"
    #: Who is at a desk, when, with how much work, and who is above it.
    SEE_DESKS = "see_desks"
    #: The report of a month.
    SEE_REPORTS = "see_reports"


_FP, _EDITOR, _APPROVER, _MANAGER, _ADMIN = (
    Role.FOCAL_POINT,
    Role.EDITOR,
    Role.APPROVER,
    Role.MANAGER,
    Role.ADMIN,
)

#: Who may do it. The confidential desk sees its own matters and nothing else, and nobody else sees them.
ALLOWED: dict[Permission, frozenset[Role]] = {
    Permission.SEE_PARTNERS: frozenset({_FP, _EDITOR, _APPROVER, _MANAGER, _ADMIN}),
    Permission.INVITE_PARTNERS: frozenset({_FP, _EDITOR, _MANAGER, _ADMIN}),
    Permission.EDIT_PARTNERS: frozenset({_EDITOR, _MANAGER, _ADMIN}),
    Permission.MERGE_PARTNERS: frozenset({_MANAGER, _ADMIN}),
    Permission.IMPORT: frozenset({_MANAGER, _ADMIN}),
    Permission.EXPORT: frozenset({_EDITOR, _MANAGER, _ADMIN}),
    Permission.ENTER_QUERIES: frozenset({_FP, _EDITOR, _MANAGER}),
    Permission.SEE_AUDIT: frozenset({_MANAGER, _ADMIN}),
    Permission.SEE_STAFF: frozenset({_FP, _EDITOR, _APPROVER, _MANAGER, _ADMIN}),
    Permission.MANAGE_STAFF: frozenset({_ADMIN}),
    Permission.SEE_RETENTION: frozenset({_MANAGER, _ADMIN}),
    Permission.MANAGE_ANSWERS: frozenset({_FP, _MANAGER}),
    Permission.OPEN_MATTERS: frozenset({Role.CONFIDENTIAL}),
    Permission.SEE_QUERIES: frozenset({_FP, _MANAGER}),
    Permission.SEE_INSIGHT: frozenset({_FP, _EDITOR, _APPROVER, _MANAGER, _ADMIN}),
    Permission.SEE_DESKS: frozenset({_FP, _EDITOR, _APPROVER, _MANAGER, _ADMIN}),
    Permission.SEE_REPORTS: frozenset({_MANAGER, _ADMIN}),
}


#: What touches all of the office at once: only a role that is limited to nothing allows it.
OFFICE_WIDE = frozenset({Permission.IMPORT, Permission.SEE_AUDIT, Permission.SEE_RETENTION})
#: What a role of headquarters allows for partners of every region, because their questions come to it from everywhere.
#: To change a record one needs a role for its region.
FROM_HEADQUARTERS = frozenset({Permission.SEE_PARTNERS, Permission.INVITE_PARTNERS, Permission.ENTER_QUERIES})


@dataclass(frozen=True, slots=True, kw_only=True)
class Scope:
    """Where a thing belongs. All that is named must be covered; a thing of which nothing is known is covered by
    unlimited roles alone."""

    desk: str = ""
    department: str = ""
    region: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Viewer:
    """Somebody of staff who looks or acts. Every read for people takes one and cannot be made without."""

    person: int
    staff: Staff
    #: What a role covers is looked up in the office as it is now.
    world: World

    def may(self, permission: Permission, scope: Scope | None = None) -> bool:
        """Whether some role allows it there; without a scope: whether it is allowed anywhere at all."""
        return any(self._allows(role, permission, scope) for role in self._allowing(permission))

    def unlimited(self, permission: Permission) -> bool:
        """Whether a role that covers everything allows it."""
        return any(not role.limited for role in self._allowing(permission))

    def regions(self, permission: Permission) -> frozenset[str] | None:
        """Regions to which the permission is limited; None where it is not limited to any, empty without it."""
        found: set[str] = set()
        for role in self._allowing(permission):
            regions = role.regions(self.world)
            if not role.limited or (regions is None and permission in FROM_HEADQUARTERS):
                return None
            found |= regions or set()
        return frozenset(found)

    def desks(self, permission: Permission) -> frozenset[str] | None:
        """Desks of the office at which the permission holds; None where it holds at all but the confidential one."""
        if self.unlimited(permission) and not self.staff.resting:
            return None
        roles, confidential = self._allowing(permission), self.world.office.confidential_desk
        reached = {desk for desk in self.world.desks if any(role.covers(desk, self.world) for role in roles)}
        return frozenset(reached - self.staff.resting - {confidential})

    def _allowing(self, permission: Permission) -> tuple[StaffRole, ...]:
        return tuple(each for each in self.staff.roles if each.role in ALLOWED[permission])

    def _allows(self, role: StaffRole, permission: Permission, scope: Scope | None) -> bool:
        if role.limited and permission in OFFICE_WIDE:
            return False
        if scope is None:
            return True
        if scope.desk and (scope.desk in self.staff.resting or not role.covers(scope.desk, self.world)):
            return False
        return not role.limited or (scope != Scope() and self._covers(role, permission, scope))

    def _covers(self, role: StaffRole, permission: Permission, scope: Scope) -> bool:
        """Whether a limited role covers the region and the department of the thing, as far as they are known."""
        regions = role.regions(self.world)
        everywhere = regions is None and permission in FROM_HEADQUARTERS
        units = departments_below(role.department, self.world) | self._unit_of(role)
        here = not scope.region or everywhere or scope.region in (regions or ())
        return here and (not scope.department or scope.department in units)

    def _unit_of(self, role: StaffRole) -> frozenset[str]:
        """The department whose own desk the role is limited to."""
        units = self.world.departments.values()
        return frozenset(each.id for each in units if role.desk and each.desk == role.desk)


def command_line(world: World) -> Viewer:
    """Whoever has the machine and its keys: may do everything, and is person 0 in the audit log."""
    roles = tuple(StaffRole(person=0, role=role) for role in Role)
    return Viewer(person=0, staff=Staff(person=0, roles=roles), world=world)


def check(viewer: Viewer, permission: Permission, scope: Scope | None = None) -> None:
    """Raises `NotAllowed` unless the viewer may do this there."""
    if not viewer.may(permission, scope):
        raise NotAllowed
