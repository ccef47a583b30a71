"""The report of a month: what was asked, which promises were kept, who was silent, what partners were unhappy about."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from bot.core.insight import AnswerTimes, Month, Promises, TopicRegions

#: An organisation from which nothing came for so many days is called silent.
SILENT_DAYS = 90
#: A shared rating up to this one says that the answer was of little use.
LOW_RATING = 2
#: Lines of one list; the rest is counted.
MOST_LINES = 25


class Unhappy(StrEnum):
    """How we know that a partner was not content."""

    LOW_RATING = "low_rating"
    ASKED_AGAIN = "asked_again"
    COMPLAINT = "complaint"
    CRITICAL = "critical"


@dataclass(frozen=True, slots=True, kw_only=True)
class DeskMonth:
    """One desk in the month."""

    desk: str
    asked: int
    answered: int
    kept: int
    broken: int


@dataclass(frozen=True, slots=True, kw_only=True)
class RegionMonth:
    """The partners of one region: who wrote, who has been silent."""

    #: Region id; empty for countries in none.
    region: str
    partners: int
    wrote: int
    #: Wrote once, and not for `SILENT_DAYS`.
    silent: int
    never: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Silent:
    """An organisation that wrote once and has been silent since."""

    organisation: str
    name: str
    country: str
    last: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Grievance:
    """A query with which a partner was not content. Never a text."""

    query: int
    #: Empty where the matter is sensitive, or the organisation is not known.
    organisation: str
    topic: str
    desk: str
    why: Sequence[Unhappy]

    @property
    def reference(self) -> str:
        return f"Q-{self.query:04}"


@dataclass(frozen=True, slots=True, kw_only=True)
class MonthReport:
    """Everything that a manager reads of one month. What is counted was asked in it, and is of the desks they cover."""

    month: Month
    #: When it was counted: what was open then may be answered now.
    counted_at: datetime
    asked: int
    asked_before: int
    times: AnswerTimes
    #: The last twelve months, this one last.
    promises: Sequence[Promises]
    desks: Sequence[DeskMonth]
    #: How it ended -> number; "" is still open, "unsaid" is closed without a word how.
    outcomes: Mapping[str, int]
    #: "telegram", "slack" … -> number.
    accounts: Mapping[str, int]
    topics: TopicRegions
    regions: Sequence[RegionMonth]
    silent: Sequence[Silent]
    unhappy: Mapping[Unhappy, int]
    #: Queries with any sign, and the latest of them.
    grieved: int
    grievances: Sequence[Grievance]

    @property
    def kept(self) -> Promises:
        """The promises of the month itself."""
        return self.promises[-1]
