"""Who of staff is there: looked up once, and asked for many queries."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from bot.core.absence import Absence, away, stand_in
from bot.core.person import Staff
from bot.core.world import World
from storage import absences, people
from storage.database import Transaction


@dataclass(frozen=True, slots=True)
class Presence:
    """Everybody of staff with a role, and who of them is away."""

    now: datetime
    world: World
    staff: Mapping[int, Staff]
    absences: tuple[Absence, ...]

    def acting_for(self, person: int, desk: str) -> int:
        """Who acts for the person at the desk now: themselves, or a deputy who may handle its queries; 0: nobody."""
        acting = stand_in(person, self.absences, self.now)
        return acting if acting and self._may(acting, desk) else 0

    def staffed(self, desk: str, but: int = 0) -> bool:
        """Whether anybody who may handle the desk's queries is there, one person left out."""
        return any(each != but and self._may(each, desk) and not self.away(each) for each in self.staff)

    def colleagues_of(self, person: int) -> Mapping[int, str]:
        """Those who are there and may act at a desk where the person may, each with the first such desk."""
        desks = [desk for desk in self.world.desks if self._may(person, desk)]
        others = (each for each in self.staff if each != person and not self.away(each))
        shared = {each: next((desk for desk in desks if self._may(each, desk)), "") for each in others}
        return {each: desk for each, desk in shared.items() if desk}

    def away(self, person: int) -> Absence | None:
        return away(person, self.absences, self.now)

    def _may(self, person: int, desk: str) -> bool:
        known = self.staff.get(person)
        return known is not None and known.may_act_at(desk, self.world)


def look(tx: Transaction, world: World, now: datetime) -> Presence:
    """As it is now."""
    staff = {each.person: each for each in people.everybody_of_staff(tx)}
    return Presence(now, world, staff, absences.not_over(tx, now))
