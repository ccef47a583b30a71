"""Who is at a desk: there, away, standing in, and when they work; for the pages of desks and for coverage."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from bot.core.absence import Absence, stand_in
from bot.core.calendar import Calendar
from bot.core.person import Role, Staff
from bot.core.world import Desk, World
from bot.services.presence import Presence


@dataclass(frozen=True, slots=True, kw_only=True)
class AtDesk:
    """One person at one desk."""

    person: int
    #: A focal point of it, or a manager of this desk, its region or department; managers of everything only step in.
    own: bool
    #: Their absence now; None while they are there.
    away: Absence | None
    #: Who stands in, along deputies of deputies; 0: the desk decides.
    stands_in: int
    #: Absences of the coming time, by their beginning.
    absences: Sequence[Absence]
    hours: Calendar

    @property
    def there(self) -> bool:
        return self.away is None


def at_desk(there: Presence, desk: Desk, until: datetime) -> Sequence[AtDesk]:
    """Everybody who may handle its queries, by number; absences that begin before `until`."""
    members = (each for each in there.staff.values() if each.may_act_at(desk.id, there.world))
    return [_one(there, desk, each, until) for each in sorted(members, key=lambda each: each.person)]


def _one(there: Presence, desk: Desk, member: Staff, until: datetime) -> AtDesk:
    away = there.away(member.person)
    coming = [each for each in there.absences if each.person == member.person and each.begins < until]
    return AtDesk(
        person=member.person,
        own=_own(member, desk.id, there.world),
        away=away,
        stands_in=stand_in(member.person, there.absences, there.now) if away else 0,
        absences=coming,
        hours=there.works(member.person, desk),
    )


def _own(member: Staff, desk: str, world: World) -> bool:
    here = (each for each in member.roles if each.covers(desk, world))
    return any(each.role is Role.FOCAL_POINT or (each.role is Role.MANAGER and each.limited) for each in here)


def chain(world: World, desk: str) -> Sequence[Desk]:
    """The desk and those above it, as far as it goes up."""
    found: list[Desk] = []
    while desk in world.desks and world.desks[desk] not in found:
        found.append(world.desks[desk])
        desk = world.desks[desk].escalates_to
    return found
