"""What the roles of staff allow, and over what. One table; chat, console and command line ask it alike."""

from dataclasses import dataclass
from enum import StrEnum

from bot.core.errors import NotAllowed
from bot.core.person import Role, Staff, StaffRole


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


_FP, _EDITOR, _APPROVER, _MANAGER, _ADMIN = (
    Role.FOCAL_POINT,
    Role.EDITOR,
    Role.APPROVER,
    Role.MANAGER,
    Role.ADMIN,
)

#: Who may do it. The confidential desk may nothing here: it sees its own matters, and from here nobody sees them.
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
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Scope:
    """Where a thing belongs, as far as that is known: a role that is limited must be limited to one of these."""

    desk: str = ""
    department: str = ""
    region: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Viewer:
    """Somebody of staff who looks or acts. Every read for people takes one and cannot be made without."""

    person: int
    staff: Staff

    def may(self, permission: Permission, scope: Scope | None = None) -> bool:
        """Whether some role allows it there; without a scope: whether anywhere at all."""
        roles = (each for each in self.staff.roles if each.role in ALLOWED[permission])
        return any(scope is None or _covers(role, scope) for role in roles)

    def regions(self, permission: Permission) -> frozenset[str] | None:
        """Regions to which the permission is limited; None where it is not limited to any."""
        roles = [each for each in self.staff.roles if each.role in ALLOWED[permission]]
        limited = frozenset(each.region for each in roles if each.region)
        return limited if all(each.region for each in roles) else None


def check(viewer: Viewer, permission: Permission, scope: Scope | None = None) -> None:
    """Raises `NotAllowed` unless the viewer may do this there."""
    if not viewer.may(permission, scope):
        raise NotAllowed


def _covers(role: StaffRole, scope: Scope) -> bool:
    """A role covers a thing unless it is limited to another region, department or desk than the thing's."""
    limits = ((role.region, scope.region), (role.department, scope.department), (role.desk, scope.desk))
    return all(not limit or not place or limit == place for limit, place in limits)
