"""Who of staff is there: looked up once, and asked for many queries."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, TypeVar

from bot.core.absence import Absence, away, stand_in
from bot.core.calendar import Calendar
from bot.core.person import Staff
from bot.core.working_time import WorkingTime
from bot.core.world import Desk, World
from storage import absences, people, working_times
from storage.database import Transaction

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Presence:
    """Everybody of staff with a role, who of them is away, and when they work."""

    now: datetime
    world: World
    staff: Mapping[int, Staff]
    absences: tuple[Absence, ...]
    #: Only of those who said anything of their own.
    hours: Mapping[int, WorkingTime]
    #: What was asked before: many queries ask the same.
    _known: dict[tuple[object, ...], Any] = field(default_factory=dict, compare=False, repr=False)

    def acting_for(self, person: int, desk: str) -> int:
        """Who acts for the person at the desk now: themselves, or a deputy who may handle its queries; 0: nobody."""
        acting = self._once(("acting", person), lambda: stand_in(person, self.absences, self.now))
        return acting if acting and self._may(acting, desk) else 0

    def staffed(self, desk: str, but: int = 0) -> bool:
        """Whether anybody who may handle the desk's queries is there, one person left out."""
        return bool(self._there_at(desk) - {but})

    def colleagues_of(self, person: int) -> Mapping[int, str]:
        """Those who are there and may act at a desk where the person may, each with the first such desk."""
        desks = [desk for desk in self.world.desks if self._may(person, desk)]
        others = (each for each in self.staff if each != person and not self.away(each))
        shared = {each: next((desk for desk in desks if self._may(each, desk)), "") for each in others}
        return {each: desk for each, desk in shared.items() if desk}

    def away(self, person: int) -> Absence | None:
        return away(person, self.absences, self.now)

    def works(self, person: int, desk: Desk) -> Calendar:
        """The working time of somebody at the desk: their own, and the desk's in what they did not say."""
        return self.hours.get(person, WorkingTime(person=person)).calendar(desk.main)

    def at_work_from(self, person: int, desk: Desk) -> datetime:
        """Now for somebody who is at work, else when they begin next."""

        def look() -> datetime:
            return next((begins for begins, _ in self.works(person, desk).spans(self.now)), self.now)

        return self._once(("work", person, desk.id), look)

    def _may(self, person: int, desk: str) -> bool:
        return desk in self._desks_of(person)

    def _desks_of(self, person: int) -> frozenset[str]:
        known = self.staff.get(person)
        return self._once(("desks", person), lambda: known.acts_at(self.world) if known else frozenset())

    def _there_at(self, desk: str) -> frozenset[int]:
        def look() -> frozenset[int]:
            return frozenset(each for each in self.staff if self._may(each, desk) and not self.away(each))

        return self._once(("there", desk), look)

    def _once(self, key: tuple[object, ...], look: Callable[[], T]) -> T:
        if key not in self._known:
            self._known[key] = look()
        found: T = self._known[key]
        return found


def look(tx: Transaction, world: World, now: datetime) -> Presence:
    """As it is now."""
    staff = {each.person: each for each in people.everybody_of_staff(tx)}
    return Presence(now, world, staff, absences.not_over(tx, now), working_times.everybody(tx))
