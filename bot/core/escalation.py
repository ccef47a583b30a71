"""What happens when so much of a promise has passed without an answer: who is told, who gets it, where it goes."""

from dataclasses import dataclass

from bot.core.world import Policy


@dataclass(frozen=True, slots=True, kw_only=True)
class Situation:
    """A query at one of its marks, and who is there."""

    policy: Policy
    #: The mark that was reached, percent of the promised time.
    percent: int
    #: Person who has it; 0: nobody.
    holder: int = 0
    #: Who acts for the holder now: themselves when they are there; 0: nobody.
    acting: int = 0
    #: Whether the holder has had it at work for a good part of the time, is at work, and has written nothing.
    silent: bool = False
    #: Whether the holder is not at work at this hour; never where every hour counts.
    off: bool = False
    #: Whether anybody who may handle it is there at the desk, the holder apart.
    staffed: bool = True
    #: The desk above; empty: nobody.
    above: str = ""


@dataclass(frozen=True, slots=True)
class RemindHolder:
    """Now, or when they are at work again."""

    percent: int


@dataclass(frozen=True, slots=True)
class RemindDesk:
    percent: int


@dataclass(frozen=True, slots=True)
class GiveTo:
    """The holder is away: the deputy has it from now on."""

    person: int


@dataclass(frozen=True, slots=True)
class ReturnToDesk:
    """Nobody has it any more; `silent`: its holder is there and has written nothing."""

    silent: bool


@dataclass(frozen=True, slots=True)
class Escalate:
    """The desk above has it from now on. `broken`: the promised time has come without an answer."""

    desk: str
    broken: bool


@dataclass(frozen=True, slots=True)
class PromiseAgain:
    """The promised time has come without an answer and nobody is above: the CSO is told, and until when now."""


Step = RemindHolder | RemindDesk | GiveTo | ReturnToDesk | Escalate | PromiseAgain


def at_mark(now: Situation) -> tuple[Step, ...]:
    """The steps of one mark, in order. Where nobody is above, the desk is told that it is late, and so is the CSO."""
    broken = now.percent >= 100 and now.policy.escalate_at_percent is not None
    return (*_steps(now), PromiseAgain()) if broken and not now.above else _steps(now)


def _steps(now: Situation) -> tuple[Step, ...]:
    late = now.policy.escalate_at_percent
    if late is not None and now.percent >= late and now.above:
        return (Escalate(now.above, broken=now.percent >= 100),)
    if not now.holder:
        return _unclaimed(now)
    if now.acting and now.acting != now.holder:
        return (GiveTo(now.acting), RemindHolder(now.percent))
    if not now.acting:
        return (ReturnToDesk(silent=False), *_unclaimed(now))
    if now.silent and now.percent >= now.policy.return_silent_at_percent:
        return (ReturnToDesk(silent=True), *_unclaimed(now))
    return (RemindHolder(now.percent), *_desk_too(now))


def _unclaimed(now: Situation) -> tuple[Step, ...]:
    """An empty desk is no use to remind: what it has goes up at once, unless it never may."""
    if not now.staffed and now.above and now.policy.escalate_at_percent is not None:
        return (Escalate(now.above, broken=now.percent >= 100),)
    return (RemindDesk(now.percent),)


def _desk_too(now: Situation) -> tuple[Step, ...]:
    """The first reminder is between the holder and us, as long as they are at work to hear it."""
    first = now.policy.remind_at_percent[0] if now.policy.remind_at_percent else 0
    return (RemindDesk(now.percent),) if now.off or now.percent > first else ()


def marks(policy: Policy) -> tuple[int, ...]:
    """Percents at which the clock is looked at: the policy's, the one at which it escalates, and the end."""
    also = {policy.escalate_at_percent} if policy.escalate_at_percent else set()
    return tuple(sorted({*policy.remind_at_percent, *also, 100}))
