"""What a role covers, and what it allows there: every permission for every role, in scope and out of it."""

import pytest

from bot.core.errors import NotAllowed
from bot.core.permission import ALLOWED, FROM_HEADQUARTERS, OFFICE_WIDE, Permission, Scope, Viewer, check
from bot.core.person import Role, Staff, StaffRole
from config import world as worlds

WORLD = worlds.load(None)
DESKS = sorted(WORLD.desks)
CONFIDENTIAL = WORLD.office.confidential_desk
#: The confidential desk's own has a test of its own: no limit of a role applies to it.
ORDINARY = [permission for permission in Permission if permission is not Permission.OPEN_MATTERS]


def role(kind: Role, *, desk: str = "", department: str = "", region: str = "") -> StaffRole:
    return StaffRole(person=7, role=kind, desk=desk, department=department, region=region)


def viewer(*roles: StaffRole, resting: frozenset[str] = frozenset()) -> Viewer:
    return Viewer(person=7, staff=Staff(person=7, roles=roles, resting=resting), world=WORLD)


@pytest.mark.parametrize(
    ("limit", "covered"),
    [
        ({"desk": "mission-ke"}, {"mission-ke"}),
        ({"region": "EHA"}, {"region-eha", "mission-ke", "mission-et"}),
        ({"department": "DMM"}, {"dmm", "dmm-ma", "dmm-lhd", "dmm-ibm", "dmm-mhd"}),
        ({"department": "DMM-MHD"}, {"dmm-mhd"}),
        ({"department": "ICP"}, {"icp", "ipd", "mcd", "iml"}),
        ({}, set(DESKS) - {CONFIDENTIAL}),
        ({"region": "GONE"}, set()),
        ({"department": "GONE"}, set()),
    ],
)
def test_what_a_role_covers(limit: dict[str, str], covered: set[str]) -> None:
    """A desk is itself, a region its own desk and its missions, a department its desk and those of its divisions."""
    given = role(Role.FOCAL_POINT, **limit)
    assert {desk for desk in DESKS if given.covers(desk, WORLD)} == covered


def test_a_role_follows_the_office() -> None:
    """A role names a region, not its desks: a mission that joins the region is covered from that day."""
    kenya = WORLD.desks["mission-ke"]
    of_another_region = {**WORLD.desks, "mission-ke": type(kenya)(**{**_fields(kenya), "region": "SAF"})}
    moved = type(WORLD)(**{**_fields(WORLD), "desks": of_another_region})
    assert role(Role.FOCAL_POINT, region="SAF").covers("mission-ke", moved)
    assert not role(Role.FOCAL_POINT, region="EHA").covers("mission-ke", moved)


def _fields(value: object) -> dict[str, object]:
    return {name: getattr(value, name) for name in type(value).__dataclass_fields__}  # type: ignore[attr-defined]


@pytest.mark.parametrize("kind", list(Role))
@pytest.mark.parametrize("limit", [{}, {"desk": CONFIDENTIAL}, {"department": "SAFE"}, {"region": "EHA"}])
def test_only_its_own_role_reaches_the_confidential_desk(kind: Role, limit: dict[str, str]) -> None:
    """No other role does, whatever it is limited to, and whatever it is allowed elsewhere."""
    assert role(kind, **limit).covers(CONFIDENTIAL, WORLD) == (kind is Role.CONFIDENTIAL)


@pytest.mark.parametrize("desk", sorted(set(DESKS) - {CONFIDENTIAL}))
def test_the_confidential_role_reaches_no_other_desk(desk: str) -> None:
    """Who reads confidential matters handles no other questions by that."""
    assert not role(Role.CONFIDENTIAL).covers(desk, WORLD)


@pytest.mark.parametrize("kind", list(Role))
def test_who_handles_queries(kind: Role) -> None:
    """Focal points and managers; administrators, editors and approvers do not by being what they are."""
    staff = Staff(person=7, roles=(role(kind, region="EHA"),))
    assert staff.may_act_at("mission-ke", WORLD) == (kind in {Role.FOCAL_POINT, Role.MANAGER})


def test_a_desk_at_which_a_role_rests_is_not_theirs() -> None:
    """Who left one desk's chat keeps the other desks of the region."""
    staff = Staff(person=7, roles=(role(Role.FOCAL_POINT, region="EHA"),), resting=frozenset({"mission-ke"}))
    acts = [desk for desk in ("mission-et", "mission-ke", "region-eha") if staff.may_act_at(desk, WORLD)]
    assert acts == ["mission-et", "region-eha"]


@pytest.mark.parametrize("permission", list(Permission))
@pytest.mark.parametrize("kind", list(Role))
def test_an_unlimited_role_allows_what_the_table_says(kind: Role, permission: Permission) -> None:
    """Everywhere, and for things whose place nobody knows."""
    somebody = viewer(role(kind))
    allowed = kind in ALLOWED[permission]
    desk = CONFIDENTIAL if kind is Role.CONFIDENTIAL else "ipd"
    assert [somebody.may(permission, scope) for scope in (None, Scope(), Scope(region="EHA"), Scope(desk=desk))] == [
        allowed
    ] * 4


@pytest.mark.parametrize("permission", ORDINARY)
@pytest.mark.parametrize("kind", list(Role))
def test_a_role_for_a_region_allows_it_there_alone(kind: Role, permission: Permission) -> None:
    """Not in another region, not for what is of no known region, and never what touches the whole office."""
    somebody = viewer(role(kind, region="EHA"))
    allowed = kind in ALLOWED[permission] and permission not in OFFICE_WIDE
    assert [somebody.may(permission), somebody.may(permission, Scope(region="EHA"))] == [allowed, allowed]
    assert not somebody.may(permission, Scope(region="SAF"))
    assert not somebody.may(permission, Scope())


@pytest.mark.parametrize("permission", ORDINARY)
@pytest.mark.parametrize("kind", list(Role))
def test_a_role_for_a_field_desk_is_one_for_its_region(kind: Role, permission: Permission) -> None:
    """The partners of a mission's focal point are those of its region; its queries are those of the desk alone."""
    somebody = viewer(role(kind, desk="mission-ke"))
    allowed = kind in ALLOWED[permission] and permission not in OFFICE_WIDE
    assert somebody.may(permission, Scope(region="EHA")) == allowed
    assert somebody.may(permission, Scope(desk="mission-ke")) == allowed
    refused = (Scope(region="SAF"), Scope(desk="mission-et"), Scope())
    assert [scope for scope in refused if somebody.may(permission, scope)] == []


@pytest.mark.parametrize("limit", [{"department": "DMM"}, {"desk": "dmm-mhd"}])
@pytest.mark.parametrize("permission", ORDINARY)
@pytest.mark.parametrize("kind", list(Role))
def test_headquarters_sees_partners_everywhere_and_changes_none(
    kind: Role, permission: Permission, limit: dict[str, str]
) -> None:
    """Questions come to a division from everywhere; a record is changed by a role for its region."""
    somebody = viewer(role(kind, **limit))
    allowed = kind in ALLOWED[permission]
    assert somebody.may(permission, Scope(region="EHA")) == (allowed and permission in FROM_HEADQUARTERS)
    own = allowed and permission not in OFFICE_WIDE
    assert somebody.may(permission, Scope(desk="dmm-mhd")) == own
    assert somebody.may(permission, Scope(department="DMM-MHD")) == own
    refused = (Scope(desk="doe"), Scope(department="DOE"), Scope())
    assert [scope for scope in refused if somebody.may(permission, scope)] == []


def test_only_the_confidential_desk_opens_its_matters() -> None:
    """Nobody else, whatever roles they have; and the role gives nothing else."""
    everything_else = viewer(*(role(kind) for kind in Role if kind is not Role.CONFIDENTIAL))
    assert not everything_else.may(Permission.OPEN_MATTERS)
    assert [each for each in Permission if viewer(role(Role.CONFIDENTIAL)).may(each)] == [Permission.OPEN_MATTERS]


@pytest.mark.parametrize("permission", ORDINARY)
def test_nothing_is_allowed_at_the_confidential_desk(permission: Permission) -> None:
    """Not even to somebody who has every role there is."""
    assert not viewer(*(role(kind) for kind in Role)).may(permission, Scope(desk=CONFIDENTIAL))


@pytest.mark.parametrize(
    ("roles", "regions"),
    [
        ((), set()),
        ((role(Role.CONFIDENTIAL),), set()),
        ((role(Role.FOCAL_POINT, region="EHA"),), {"EHA"}),
        ((role(Role.FOCAL_POINT, desk="mission-td"), role(Role.EDITOR, region="EHA")), {"EHA", "WCA"}),
        ((role(Role.FOCAL_POINT, desk="dmm-mhd"),), None),
        ((role(Role.MANAGER), role(Role.EDITOR, region="EHA")), None),
    ],
)
def test_regions_whose_partners_may_be_seen(roles: tuple[StaffRole, ...], regions: set[str] | None) -> None:
    """For lists: the regions of all roles together; no limit where one of them has none."""
    assert viewer(*roles).regions(Permission.SEE_PARTNERS) == regions


def test_regions_whose_partners_may_be_changed() -> None:
    """A role of headquarters lists every partner, and none that it may change."""
    assert viewer(role(Role.EDITOR, department="DMM")).regions(Permission.EDIT_PARTNERS) == frozenset()


def test_check_refuses() -> None:
    """What is not allowed is an error that says so."""
    with pytest.raises(NotAllowed):
        check(viewer(role(Role.FOCAL_POINT, region="EHA")), Permission.SEE_PARTNERS, Scope(region="SAF"))


@pytest.mark.parametrize(
    ("roles", "resting", "desks"),
    [
        ((role(Role.FOCAL_POINT, desk="mission-ke"),), set(), {"mission-ke"}),
        ((role(Role.FOCAL_POINT, desk="mission-ke"), role(Role.ADMIN)), set(), {"mission-ke"}),
        ((role(Role.MANAGER, region="EHA"),), {"mission-et"}, {"region-eha", "mission-ke"}),
        ((role(Role.MANAGER),), {"mission-et"}, set(DESKS) - {CONFIDENTIAL, "mission-et"}),
        ((role(Role.CONFIDENTIAL), role(Role.FOCAL_POINT, desk="icp")), set(), {"icp"}),
        ((role(Role.EDITOR),), set(), set()),
    ],
)
def test_desks_whose_queries_are_seen(roles: tuple[StaffRole, ...], resting: set[str], desks: set[str]) -> None:
    """Those at which one may act, without those where one's roles rest, and never the confidential one."""
    assert viewer(*roles, resting=frozenset(resting)).desks(Permission.SEE_QUERIES) == desks


def test_whoever_is_limited_to_nothing_sees_the_queries_of_every_desk() -> None:
    """Also of one that the office has taken away since."""
    assert viewer(role(Role.MANAGER)).desks(Permission.SEE_QUERIES) is None
