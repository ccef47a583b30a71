"""What the numbers of the desk mean: months, promises kept, times of first answers, ages of open queries."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum

#: Times of first answers are counted in steps of so many seconds: half an hour says enough.
STEP_SECONDS = 1800
#: Upper edges of the ages of open queries, in days; beyond the last there is one more.
AGES = (1, 3, 7, 14, 30)


class InsightChart(StrEnum):
    """What can be drawn, by the word staff ask for it with."""

    FIRST_ANSWER = "first-answer"
    PROMISE = "promise"
    AGE = "age"
    TOPICS = "topics"


@dataclass(frozen=True, slots=True, order=True)
class Month:
    """A month of the calendar, in UTC."""

    year: int
    month: int

    @classmethod
    def of(cls, moment: datetime) -> "Month":
        at = moment.astimezone(UTC)
        return cls(at.year, at.month)

    @classmethod
    def read(cls, text: str) -> "Month | None":
        """From "2026-11"; None for anything else."""
        year, _, month = text.partition("-")
        fits = len(year) == 4 and len(month) == 2 and year.isascii() and (year + month).isdecimal()
        return cls(int(year), int(month)) if fits and 1 <= int(month) <= 12 and int(year) >= 1970 else None

    @property
    def begins(self) -> datetime:
        return datetime(self.year, self.month, 1, tzinfo=UTC)

    @property
    def ends(self) -> datetime:
        """The beginning of the next."""
        return self.later(1).begins

    def later(self, months: int) -> "Month":
        """So many months on, or back."""
        count = self.year * 12 + self.month - 1 + months
        return Month(count // 12, count % 12 + 1)

    def __str__(self) -> str:
        return f"{self.year:04}-{self.month:02}"


def last_months(now: datetime, number: int) -> tuple[Month, ...]:
    """So many months up to and with this one, the oldest first."""
    this = Month.of(now)
    return tuple(this.later(place - number + 1) for place in range(number))


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """Which queries are counted: those asked in this time, at these places. Empty: everywhere."""

    begins: datetime
    ends: datetime
    desk: str = ""
    region: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class FirstAnswers:
    """How long the first answer of a person took, for what was asked in a month. None where nothing was answered."""

    month: Month
    answered: int
    median_hours: float | None
    ninetieth_hours: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class AnswerTimes:
    """Month by month, and all of them together."""

    months: Sequence[FirstAnswers]
    answered: int
    median_hours: float | None
    ninetieth_hours: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Promises:
    """What became of the promises of one month."""

    month: Month
    kept: int
    broken: int
    #: Open, and the promised time has not come.
    running: int

    @property
    def share(self) -> float | None:
        """Percent kept of those that are decided; None while none is."""
        decided = self.kept + self.broken
        return 100 * self.kept / decided if decided else None


class Hands(StrEnum):
    """In whose hands an open query is."""

    UNCLAIMED = "unclaimed"
    HELD = "held"
    #: We asked back.
    WAITING = "waiting"


@dataclass(frozen=True, slots=True, kw_only=True)
class Ages:
    """Open queries of one age."""

    #: Older than so many days, and younger than the next; None: no limit.
    from_days: int
    to_days: int | None
    numbers: Mapping[Hands, int]

    @property
    def total(self) -> int:
        return sum(self.numbers.values())


@dataclass(frozen=True, slots=True, kw_only=True)
class TopicRegions:
    """How many queries each topic brought from each region, the largest topics first. "" is no known region."""

    topics: Sequence[str]
    regions: Sequence[str]
    #: (topic, region) -> number; 0 where there is none.
    numbers: Mapping[tuple[str, str], int]

    def number(self, topic: str, region: str) -> int:
        return self.numbers.get((topic, region), 0)

    def of_topic(self, topic: str) -> int:
        return sum(self.number(topic, region) for region in self.regions)

    def of_region(self, region: str) -> int:
        return sum(self.number(topic, region) for topic in self.topics)

    @property
    def most(self) -> int:
        return max(self.numbers.values(), default=0)


@dataclass(frozen=True, slots=True)
class Numbers:
    """What one chart shows, and the months that it looks at."""

    months: Sequence[Month]
    counted: AnswerTimes | Sequence[Promises] | Sequence[Ages] | TopicRegions


@dataclass(frozen=True, slots=True)
class DrawnChart:
    """A chart as it is sent: a picture, and the words for somebody who does not see it."""

    png: bytes
    title: str
    summary: str


def ranked(steps: Mapping[int, int], share: float) -> float | None:
    """The value below which this share of all lies (nearest rank), in hours; `steps` counts how many took how long."""
    total = sum(steps.values())
    if not total:
        return None
    rank, seen = max(1, -(-total * round(share * 100) // 100)), 0
    for step in sorted(steps):
        seen += steps[step]
        if seen >= rank:
            return (step + 0.5) * STEP_SECONDS / 3600
    raise AssertionError("the ranks of a count end with its sum")


def age_edges(now: datetime) -> tuple[tuple[int, int | None, datetime | None, datetime | None], ...]:
    """(from days, to days, asked after, asked at or before): the youngest first; None where there is no limit."""
    edges = (0, *AGES)
    ends = (*AGES, None)
    return tuple(
        (
            begin,
            end,
            now - timedelta(days=end) if end is not None else None,
            now - timedelta(days=begin) if begin else None,
        )
        for begin, end in zip(edges, ends, strict=True)
    )
