"""Who is away, and who stands in: deputies of deputies, never in a circle."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime

from bot.core.errors import BotError


class DeputyCircle(BotError):
    """The deputy is away at that time and has, through others, named the one who asks."""

    template = "errors.deputy_circle"


class AbsenceOver(BotError):
    """An absence ends later than it begins, and not in the past."""

    template = "errors.absence_over"


@dataclass(frozen=True, slots=True, kw_only=True)
class Absence:
    """Somebody of staff is not there."""

    id: int = 0
    person: int
    begins: datetime
    ends: datetime
    #: Who stands in; 0: the desk decides.
    deputy: int = 0

    def covers(self, moment: datetime) -> bool:
        return self.begins <= moment < self.ends

    def meets(self, other: "Absence") -> bool:
        """Whether there is a moment at which both are away."""
        return self.begins < other.ends and other.begins < self.ends


def away(person: int, absences: Iterable[Absence], now: datetime) -> Absence | None:
    """The absence that keeps the person away now; the one that ends last."""
    theirs = [each for each in absences if each.person == person and each.covers(now)]
    return max(theirs, key=lambda each: each.ends, default=None)


def stand_in(person: int, absences: Iterable[Absence], now: datetime) -> int:
    """Who acts for the person now: themselves, else the first along their deputies who is there; 0: nobody."""
    known = tuple(absences)
    seen: set[int] = set()
    while person and person not in seen:
        absence = away(person, known, now)
        if absence is None:
            return person
        seen.add(person)
        person = absence.deputy
    return 0


def check_absence(new: Absence, absences: Iterable[Absence], now: datetime) -> None:
    """Raises `AbsenceOver`, or `DeputyCircle` where the deputies would at some moment lead back to the one who asks."""
    if new.ends <= max(new.begins, now):
        raise AbsenceOver
    others = [each for each in absences if each.person != new.person and each.meets(new)]
    if new.deputy == new.person or new.person in _reached(new.deputy, new, others):
        raise DeputyCircle(person=new.deputy)


def _reached(deputy: int, during: Absence, others: list[Absence]) -> Iterator[int]:
    """Everybody to whom the absences of the time lead from this deputy on."""
    waiting, seen = [(deputy, during)], set[tuple[int, Absence]]()
    while waiting:
        step = person, meanwhile = waiting.pop()
        yield person
        if step in seen:
            continue
        seen.add(step)
        theirs = (each for each in others if each.person == person and each.deputy)
        waiting += [(each.deputy, each) for each in theirs if each.meets(meanwhile)]
