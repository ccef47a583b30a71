"""The clock of a promise: it runs in working time, stands still while we wait for the CSO, and never runs backwards."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from bot.core.calendar import Hours, after, between
from bot.core.errors import BotError


class ClockStands(BotError):
    """The clock of this query stands already, or runs already."""

    template = "errors.clock_stands"


class PromiseBackwards(BotError):
    """A promised time may only be moved to a later one than was said."""

    template = "errors.promise_backwards"


@dataclass(frozen=True, slots=True, kw_only=True)
class Promise:
    """What was promised for one query, and how much of it is used.

    Hours are handed in: when the query moves to another desk, the time used stays used.
    """

    #: Working time until the first human answer.
    total: timedelta
    #: Used before the clock was last started.
    used: timedelta = timedelta()
    #: Since when it runs; None while it stands.
    since: datetime | None
    #: Percent of `total` at which somebody is reminded, rising.
    marks: tuple[int, ...] = ()
    #: How many of them have been.
    reached: int = 0

    @property
    def running(self) -> bool:
        return self.since is not None

    def due(self, hours: Hours) -> datetime | None:
        """When the promise ends; None while the clock stands."""
        return self._moment(hours, 100)

    def next_mark(self, hours: Hours) -> datetime | None:
        """When somebody is reminded next; None while the clock stands or when all have been."""
        return self._moment(hours, self.marks[self.reached]) if self.reached < len(self.marks) else None

    def used_at(self, hours: Hours, now: datetime) -> timedelta:
        """Working time used until `now`."""
        return self.used + (between(hours, self.since, now) if self.since else timedelta())

    def paused(self, hours: Hours, now: datetime) -> "Promise":
        """We wait for the CSO: nothing is used until it answers."""
        if self.since is None:
            raise ClockStands
        return replace(self, used=self.used_at(hours, now), since=None)

    def resumed(self, now: datetime) -> "Promise":
        """The CSO has answered: the rest of the time runs."""
        if self.since is not None:
            raise ClockStands
        return replace(self, since=now)

    def handed_over(self, old: Hours, new: Hours, due: datetime, now: datetime, afresh: timedelta) -> "Promise":
        """The query goes on at another desk: the promised time stays, the rest runs in the new desk's hours.

        Where that time has passed, the new desk is reminded over `afresh`: nobody takes over a promise without marks.
        """
        if self.since is None:
            return self
        used = self.used_at(old, now)
        if due <= now:
            return replace(self, total=used + afresh, used=used, since=now, reached=0).without_past_marks()
        return replace(self, total=used + between(new, now, due), used=used, since=now).without_past_marks()

    def moved_to(self, hours: Hours, to: datetime, now: datetime) -> "Promise":
        """Staff promise another time: what is left now is the working time until then; later marks count from it."""
        due = self.due(hours)
        if self.since is None:
            raise ClockStands
        if to <= now or (due is not None and to < due):
            raise PromiseBackwards
        used = self.used_at(hours, now)
        return replace(self, total=used + between(hours, now, to), used=used, since=now, reached=0).without_past_marks()

    def with_mark_reached(self) -> "Promise":
        return replace(self, reached=self.reached + 1)

    def without_past_marks(self) -> "Promise":
        """A time that was changed reminds of nothing that lies behind; its end is always looked at."""
        past = sum(self.total * mark / 100 <= self.used for mark in self.marks[:-1])
        return replace(self, reached=max(self.reached, past))

    def _moment(self, hours: Hours, percent: int) -> datetime | None:
        if self.since is None:
            return None
        left = self.total * percent / 100 - self.used
        return self.since if left <= timedelta() else after(hours, self.since, left)
