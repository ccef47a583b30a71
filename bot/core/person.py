"""People: who they speak for, what they agreed to, and what they may do."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from bot.core.message import Address
from bot.core.world import World


class Role(StrEnum):
    """What a member of staff may do. A CSO representative has none."""

    FOCAL_POINT = "focal-point"
    EDITOR = "editor"
    APPROVER = "approver"
    MANAGER = "manager"
    ADMIN = "admin"
    CONFIDENTIAL = "confidential"


class Connection(StrEnum):
    """What we know of a person's word that they speak for an organisation."""

    #: No organisation named.
    NONE = "none"
    #: They say so; nothing of the organisation is shown to them.
    CLAIMED = "claimed"
    CONFIRMED = "confirmed"
    REFUSED = "refused"
    #: They spoke for it once.
    LEFT = "left"


class Invitations(StrEnum):
    """What a person agreed to get besides answers."""

    NOT_ASKED = "not_asked"
    ALL = "all"
    ESSENTIAL = "essential"
    NONE = "none"


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """Somebody who writes to us, or whom we know of and who may be invited."""

    id: int = 0
    #: Interface language; empty until known.
    language: str = ""
    #: ISO code; empty until told.
    country: str = ""
    #: Organisation id of the list, or empty; `claimed_name` holds what they wrote when it is on no list.
    organisation: str = ""
    claimed_name: str = ""
    connection: Connection = Connection.NONE
    invitations: Invitations = Invitations.NOT_ASKED
    #: Version of the consent text that was told, and when.
    told_version: str = ""
    told_at: datetime | None = None
    #: True after STOP: no announcements or invitations.
    stopped: bool = False
    #: How colleagues know them; only what the person, a colleague or staff gave for this purpose.
    name: str = ""
    #: What they do in their organisation.
    position: str = ""
    #: For an invitation to somebody who is not connected yet.
    email: str = ""
    #: Where the record comes from: "chat", "console" or "import:7".
    source: str = "chat"
    known_since: datetime | None = None
    #: When the connection became what it is: claimed, confirmed, refused, left.
    connection_at: datetime | None = None
    version: int = 1


#: Roles that handle queries. Administrators do not by being administrators.
WORKING = frozenset({Role.FOCAL_POINT, Role.MANAGER})


def two_organisations(one: Person, other: Person) -> bool:
    """Whether both are confirmed, for different organisations."""
    both = all(each.connection is Connection.CONFIRMED for each in (one, other))
    return both and (one.organisation, one.claimed_name) != (other.organisation, other.claimed_name)


@dataclass(frozen=True, slots=True, kw_only=True)
class StaffRole:
    """One role of one person; without desk, department and region it covers everything but the confidential desk."""

    person: int
    role: Role
    desk: str = ""
    #: Department id: its own desk and those of its divisions, at headquarters.
    department: str = ""
    #: Region id: the desks of the region and of its missions.
    region: str = ""

    @property
    def limited(self) -> bool:
        return bool(self.desk or self.department or self.region)

    @property
    def name(self) -> str:
        """The role and its limit in ids, as the audit log and the command line write it."""
        return ":".join(filter(None, (self.role.value, self.desk or self.department or self.region)))

    def covers(self, desk: str, world: World) -> bool:
        """Whether the role reaches the desk. The confidential desk is reached by its own role and by no other."""
        confidential = world.office.confidential_desk
        if confidential == desk or self.role is Role.CONFIDENTIAL:
            return confidential == desk and self.role is Role.CONFIDENTIAL
        return not self.limited or desk in self.desks(world)

    def covered(self, world: World) -> frozenset[str]:
        """The desks that the role reaches."""
        confidential = frozenset({world.office.confidential_desk})
        if self.role is Role.CONFIDENTIAL:
            return confidential
        return (self.desks(world) if self.limited else frozenset(world.desks)) - confidential

    def desks(self, world: World) -> frozenset[str]:
        """The desks that a limited role names, in the office as it is now."""
        own = {self.desk} - {""}
        units = departments_below(self.department, world) if self.department else frozenset()
        of_units = {world.departments[unit].desk for unit in units}
        field = {desk.id for desk in world.desks.values() if self.region and desk.region == self.region}
        regional = {world.regions[self.region].desk} if self.region in world.regions else set()
        return frozenset(own | of_units | field | regional)

    def regions(self, world: World) -> frozenset[str] | None:
        """Regions the role is limited to; None where its limit is at headquarters, or where it has none."""
        desk = world.desks.get(self.desk)
        found = {self.region, desk.region if desk else ""} - {""}
        return frozenset(found) or None


def departments_below(department: str, world: World) -> frozenset[str]:
    """The department and its divisions, however deep; none when the office has no such department."""
    found = {department} & set(world.departments)
    while more := {each.id for each in world.departments.values() if each.parent in found} - found:
        found |= more
    return frozenset(found)


@dataclass(frozen=True, slots=True, kw_only=True)
class Staff:
    """A member of staff as verbs see them."""

    person: int
    roles: tuple[StaffRole, ...]
    #: Desks at which their roles rest, because they left the chat there.
    resting: frozenset[str] = frozenset()

    def may_act_at(self, desk: str, world: World) -> bool:
        """Whether this person handles queries of that desk; administrators do not by being administrators."""
        working = WORKING | {Role.CONFIDENTIAL}
        return self._has_at(desk, world, working)

    def acts_at(self, world: World) -> frozenset[str]:
        """The desks whose queries this person handles."""
        working = WORKING | {Role.CONFIDENTIAL}
        reached = (each.covered(world) for each in self.roles if each.role in working)
        return frozenset().union(*reached) - self.resting

    def manages(self, desk: str, world: World) -> bool:
        """Whether this person may step in where a colleague of the desk has a query."""
        return self._has_at(desk, world, frozenset({Role.MANAGER}))

    def _has_at(self, desk: str, world: World, roles: frozenset[Role]) -> bool:
        covering = any(each.role in roles and each.covers(desk, world) for each in self.roles)
        return covering and desk not in self.resting

    def has(self, role: Role) -> bool:
        return any(each.role is role for each in self.roles)


class DeskStyle(StrEnum):
    """How a desk keeps one query together."""

    #: Slack: the card is the root of a thread.
    THREAD = "thread"
    #: A Telegram forum: one topic per query.
    TOPIC = "topic"
    #: A Telegram group without topics: answers to the card.
    REPLIES = "replies"


@dataclass(frozen=True, slots=True, kw_only=True)
class BoundDesk:
    """The chat where a desk works."""

    desk: str
    address: Address
    style: DeskStyle


class InviteKind(StrEnum):
    STAFF = "staff"
    DESK = "desk"
    ORGANISATION = "organisation"
    #: A second address of the same person.
    LINK = "link"


@dataclass(frozen=True, slots=True, kw_only=True)
class Invite:
    """What a one-time code gives. Only its hash is stored."""

    kind: InviteKind
    role: str = ""
    desk: str = ""
    department: str = ""
    region: str = ""
    organisation: str = ""
    #: The contact it is for, or whose second address it links; 0: whoever comes.
    person: int = 0
    #: Interface language the person begins with; empty: their own.
    language: str = ""
    #: "telegram" or "slack" where it works on one platform only.
    platform: str = ""
    made_by: int = 0
    made_at: datetime | None = None
    expires_at: datetime
