"""How fast the platforms let a bot send. Both count in sliding windows and say how long to wait."""

import math
import time
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

#: A sender that keeps exactly to the limit must not be refused because of a few milliseconds on the way.
TOLERANCE = 0.9


@dataclass(frozen=True, slots=True)
class Rate:
    """So many in so many seconds."""

    count: int
    seconds: float


#: Nobody reaches it: for tests that are not about pace.
UNLIMITED = Rate(1_000_000_000, 1.0)


@dataclass(frozen=True, slots=True)
class FloodLimits:
    """Telegram's: about one message a second in a chat, 20 a minute in a group, 30 a second over all."""

    private_chat: Rate = Rate(1, 1.0)
    group: Rate = Rate(20, 60.0)
    overall: Rate = Rate(30, 1.0)


#: For tests that are not about Telegram's pace.
NO_FLOOD_LIMITS = FloodLimits(UNLIMITED, UNLIMITED, UNLIMITED)

#: Slack's tiers that the bot's methods fall into, per method and workspace; passed to `SlackLimits` where wanted.
TIERS: Mapping[str, Rate] = {
    "chat.update": Rate(50, 60.0),
    "chat.delete": Rate(50, 60.0),
    "conversations.open": Rate(50, 60.0),
    "conversations.info": Rate(50, 60.0),
    "chat.postEphemeral": Rate(100, 60.0),
    "users.info": Rate(100, 60.0),
    "views.open": Rate(100, 60.0),
    "conversations.members": Rate(100, 60.0),
}


@dataclass(frozen=True, slots=True)
class SlackLimits:
    """Slack's: one chat.postMessage a second in a channel, and a tier for every other method."""

    channel: Rate = Rate(1, 1.0)
    tiers: Mapping[str, Rate] = field(default_factory=dict)


#: For tests that are not about Slack's pace.
NO_SLACK_LIMITS = SlackLimits(UNLIMITED)


class Windows:
    """When things happened lately, by key."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._times: dict[str, deque[float]] = {}

    def wait(self, key: str, rate: Rate) -> int:
        """Whole seconds until one more fits under the rate; 0 when it fits now. Counts nothing."""
        if rate.count >= UNLIMITED.count:
            return 0
        times, span, now = self._times.setdefault(key, deque()), rate.seconds * TOLERANCE, self._clock()
        while times and times[0] <= now - span:
            times.popleft()
        return 0 if len(times) < rate.count else max(1, math.ceil(times[0] + rate.seconds - now))

    def count(self, key: str, rate: Rate) -> None:
        """One more happened now."""
        if rate.count < UNLIMITED.count:
            self._times.setdefault(key, deque()).append(self._clock())
