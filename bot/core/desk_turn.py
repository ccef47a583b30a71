"""Effects that concern promises, who of staff is there, and what may be said of a query."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from bot.core.insight import InsightChart


@dataclass(frozen=True, slots=True)
class EscalateQuery:
    """The promised time has passed and the CSO wants it to go to the desk above."""

    about: str


@dataclass(frozen=True, slots=True)
class SetAbsence:
    """The person of staff is not there; what they hold goes to the deputy, 0: back to its desk."""

    begins: datetime
    ends: datetime
    deputy: int = 0


@dataclass(frozen=True, slots=True)
class EndAbsence:
    """The person is back."""


@dataclass(frozen=True, slots=True)
class SetQuotes:
    """Whether anything of the person's question may become public."""

    query: int
    allowed: bool


class DeskList(StrEnum):
    """A list that staff ask for in chat."""

    #: Open ones of one's desks, nobody's first.
    QUEUE = "queue"
    MINE = "mine"
    #: Overdue and due today.
    DUE = "due"


@dataclass(frozen=True, slots=True)
class ShowList:
    """A list of queries for the one who asked, and for nobody else."""

    which: DeskList


@dataclass(frozen=True, slots=True)
class ChooseDigests:
    """Which digests the person wants; None leaves one as it is."""

    morning: bool | None = None
    evening: bool | None = None


@dataclass(frozen=True, slots=True)
class SetHours:
    """When the person works, in their own words; without words only how it stands is said."""

    words: str
    #: Nothing of their own any more.
    as_the_desk: bool = False


@dataclass(frozen=True, slots=True)
class ShowChart:
    """Somebody of staff wants the numbers of their desks as a picture."""

    which: InsightChart


DeskEffect = EscalateQuery | SetAbsence | EndAbsence | SetQuotes | ShowList | ChooseDigests | ShowChart | SetHours
