"""What staff say in private: a code that gives a role, and which roles they have."""

from bot.core.conversation.scene import Scene
from bot.core.conversation.state import State, Turn
from bot.core.message import Fields, Standing
from bot.core.person import Invite, StaffRole
from bot.core.turn import Redeem, Say


def staff_code(key: str, invite: Invite, state: State, scene: Scene) -> Turn:
    """Give the role and say what it is; whoever may not have it here is told why, and the code stays good."""
    if invite.platform and invite.platform != scene.platform:
        return Turn(state, (Say("staff.code_for_elsewhere", {"platform": invite.platform}),))
    if scene.standing is not Standing.MEMBER:
        return Turn(state, (Say("staff.code_not_for_you", {"why": scene.standing.value}),))
    if scene.barred:
        return resting(state, scene)
    given = {"role": invite.role, "desk": invite.desk, "department": invite.department, "region": invite.region}
    return Turn(state, (Redeem(key, invite), Say("desk.linked", given)))


def resting(state: State, scene: Scene) -> Turn:
    """The person has roles that do not count now: why, since when, and who can change it."""
    since = scene.barred_since.isoformat() if scene.barred_since else ""
    fields: Fields = {"why": scene.barred, "since": since, "mailbox": scene.world.office.mailbox}
    return Turn(state, (Say("staff.resting", fields),))


def who_am_i(rest: str, state: State, scene: Scene) -> Turn:
    """The person's roles, each with what it covers."""
    if scene.barred:
        return resting(state, scene)
    if scene.staff is None:
        return Turn(state, (Say("staff.no_role"),))
    fields: Fields = {
        "roles": [_in_words(role) for role in scene.staff.roles],
        "resting": sorted(scene.staff.resting),
    }
    return Turn(state, (Say("staff.who_am_i", fields),))


def _in_words(role: StaffRole) -> Fields:
    return {"role": role.role.value, "desk": role.desk, "department": role.department, "region": role.region}
