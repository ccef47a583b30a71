"""Effects that concern promises and who of staff is there."""

from dataclasses import dataclass
from datetime import datetime


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


DeskEffect = EscalateQuery | SetAbsence | EndAbsence
