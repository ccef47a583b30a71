"""What can go wrong on the way, on purpose; and the record of what was asked, refused and changed."""

import asyncio
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import TypeVar, cast

from starlette.responses import Response
from starlette.types import Receive, Scope, Send

Found = TypeVar("Found")

#: The key under which the server puts a connection's transport into the ASGI scope.
TRANSPORT = "simulator.transport"
#: How many calls, updates and deliveries are remembered: a demo may run for weeks.
MOST_KEPT = 20_000
#: A method name that stands for all of them.
ANY = "*"


class ControlError(Exception):
    """The person at the controls asked for something that cannot happen on the platform."""


@dataclass(frozen=True, slots=True)
class ApiCall:
    """One call of the bot: files by name and size, no tokens."""

    method: str
    parameters: Mapping[str, object]
    #: HTTP status of the answer; 0 when the answer was lost on purpose.
    status: int
    #: Empty, or what was wrong in the platform's own words.
    error: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Refusal:
    """Something the platform would not accept. Faults that were injected are not among them."""

    platform: str
    method: str
    reason: str


@dataclass(frozen=True, slots=True)
class Failure:
    """A failure to come: it happens instead of the call."""

    status: int
    reason: str
    #: Telegram's `parameters` of a failed answer: `retry_after`, `migrate_to_chat_id`.
    parameters: Mapping[str, int] = field(default_factory=dict)


class Network(StrEnum):
    """Whether the platform can be reached."""

    UP = "up"
    #: Every connection breaks before anything is done.
    DOWN = "down"


class LostResponse(Response):
    """The connection breaks without an answer; whatever the call did stays done."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        cast(asyncio.Transport, scope[TRANSPORT]).abort()
        while (await receive())["type"] != "http.disconnect":
            pass


class Faults:
    """The faults of one platform, set by tests and by the page."""

    def __init__(self) -> None:
        self.network = Network.UP
        #: Seconds before a call is carried out, by method; `ANY` for the rest.
        self.latency: dict[str, float] = {}
        self._failures: dict[str, list[Failure]] = {}
        self._lost: dict[str, int] = {}

    def fail_next(
        self, method: str, status: int, reason: str, parameters: Mapping[str, int] | None = None, *, times: int = 1
    ) -> None:
        """The next calls of the method fail without being carried out."""
        self._failures.setdefault(method, []).extend([Failure(status, reason, parameters or {})] * times)

    def lose_next(self, method: str, *, times: int = 1) -> None:
        """The next calls of the method are carried out, and their answers are lost."""
        self._lost[method] = self._lost.get(method, 0) + times

    async def wait(self, method: str) -> None:
        """Let the call's latency pass."""
        seconds = self.latency.get(method, self.latency.get(ANY, 0.0))
        if seconds:
            await asyncio.sleep(seconds)

    def failure(self, method: str) -> Failure | None:
        """The failure to happen now, if one was asked for; it is used up."""
        for name in (method, ANY):
            if self._failures.get(name):
                return self._failures[name].pop(0)
        return None

    def loses(self, method: str) -> bool:
        """Whether this answer is to be lost; used up by asking."""
        for name in (method, ANY):
            if self._lost.get(name):
                self._lost[name] -= 1
                return True
        return False


class Changes:
    """Wakes those who wait for something to be seen in the simulated world."""

    def __init__(self) -> None:
        #: Grows with every change: an ETag for the page.
        self.version = 0
        self._changed = asyncio.Event()

    def touch(self) -> None:
        """Something is different from before."""
        self.version += 1
        self._changed.set()
        self._changed = asyncio.Event()

    async def until(self, condition: Callable[[], Found | None], timeout: float = 5.0) -> Found:
        """The first truthy value of the condition, looked at after every change; `TimeoutError` when it stays away."""
        async with asyncio.timeout(timeout):
            while not (found := condition()):
                await self._changed.wait()
        return found


class Record:
    """Everything the bot asked for, and what was refused."""

    def __init__(self, platform: str, now: Callable[[], datetime]) -> None:
        self.calls: deque[ApiCall] = deque(maxlen=MOST_KEPT)
        self.refusals: list[Refusal] = []
        self._platform = platform
        self._now = now

    def call(self, method: str, parameters: Mapping[str, object], status: int, error: str = "") -> None:
        self.calls.append(ApiCall(method, parameters, status, error, self._now()))

    def refuse(self, method: str, reason: str) -> None:
        self.refusals.append(Refusal(self._platform, method, reason))
