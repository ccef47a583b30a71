"""How Slack hands events and interactions to the app: signed HTTP requests or sockets, three seconds, and retries."""

import asyncio
import hashlib
import hmac
import json
import time
import uuid
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Protocol
from urllib.parse import urlencode

import aiohttp

from adapters.simulator.faults import MOST_KEPT, Network
from adapters.simulator.slack_state import SlackState
from adapters.simulator.wire import JsonObject, as_object


class Kind(StrEnum):
    """What is handed over, in the words of Socket Mode."""

    EVENT = "events_api"
    INTERACTIVE = "interactive"
    COMMAND = "slash_commands"


@dataclass(frozen=True, slots=True)
class Ack:
    """What the app answered, if it did in time."""

    ok: bool
    #: The JSON it answered with; a plain text answer is its `text`.
    body: JsonObject = field(default_factory=dict)
    #: Slack's word for what went wrong: http_timeout, http_error, connection_failed, timeout.
    problem: str = ""
    #: HTTP status; 0 on sockets and when nothing came.
    status: int = 0
    #: The app asked not to be told again.
    no_retry: bool = False


@dataclass(slots=True)
class Delivery:
    """One event on its way to the app."""

    id: str
    payload: JsonObject
    attempts: int = 0
    acked: bool = False


class Socket(Protocol):
    """An open socket of the app."""

    async def hand_over(self, envelope: JsonObject) -> JsonObject:
        """Send an envelope and wait for its acknowledgement; `ConnectionError` when the socket breaks."""
        ...

    async def close(self, reason: str) -> None:
        """Say goodbye with a `disconnect` message; without one when the reason is empty."""
        ...


def signature(secret: str, timestamp: str, body: bytes) -> str:
    """Slack's v0 signature of a request body."""
    signed = b"v0:" + timestamp.encode() + b":" + body
    return "v0=" + hmac.new(secret.encode(), signed, hashlib.sha256).hexdigest()


class Deliverer:
    """Sends to the configured URL, or else to one of the open sockets in turn."""

    def __init__(self, state: SlackState, session: Callable[[], aiohttp.ClientSession]) -> None:
        self._state = state
        self._session = session
        #: The app's request URL in HTTP mode; empty: Socket Mode.
        self.events_url = ""
        #: Seconds that the app has to acknowledge.
        self.ack_timeout = 3.0
        #: Seconds before the first, second and third retry of an event; interactions are never retried.
        self.retry_after: Sequence[float] = (0.0, 60.0, 300.0)
        self.sockets: list[Socket] = []
        self.deliveries: deque[Delivery] = deque(maxlen=MOST_KEPT)
        #: Interactions that the person saw fail, as (kind, problem).
        self.failed_interactions: list[tuple[Kind, str]] = []
        self._tasks: set[asyncio.Task[None]] = set()
        self._turn = 0

    def event(self, delivery: Delivery) -> None:
        """Deliver in the background, with retries."""
        self.deliveries.append(delivery)
        self.again(delivery)

    def again(self, delivery: Delivery) -> None:
        """Deliver from the start, also what was acknowledged before."""
        task = asyncio.get_running_loop().create_task(self._with_retries(delivery))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def settled(self) -> None:
        """Wait until no event is on its way, retries included."""
        while self._tasks:
            await asyncio.gather(*self._tasks, return_exceptions=True)

    async def stop(self) -> None:
        """Give up what is on its way."""
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _with_retries(self, delivery: Delivery) -> None:
        problem = ""
        for retry in range(len(self.retry_after) + 1):
            if retry:
                await asyncio.sleep(self.retry_after[retry - 1])
            delivery.attempts += 1
            ack = await self._attempt(Kind.EVENT, delivery.payload, retry, problem)
            if ack.ok or ack.no_retry:
                delivery.acked = ack.ok
                break
            problem = ack.problem
        self._state.changes.touch()

    async def interact(self, kind: Kind, payload: JsonObject) -> Ack:
        """Deliver once; the person sees it fail when the app does not answer in time."""
        ack = await self._attempt(kind, payload, 0, "")
        if not ack.ok:
            self.failed_interactions.append((kind, ack.problem))
        self._state.changes.touch()
        return ack

    async def _attempt(self, kind: Kind, payload: JsonObject, retry: int, problem: str) -> Ack:
        if self._state.faults.network is Network.DOWN:
            return Ack(ok=False, problem="connection_failed")
        if self.events_url:
            return await self._by_http(kind, payload, retry, problem)
        return await self._by_socket(kind, payload, retry, problem)

    async def _by_socket(self, kind: Kind, payload: JsonObject, retry: int, problem: str) -> Ack:
        if not self.sockets:
            return Ack(ok=False, problem="connection_failed")
        self._turn += 1
        socket = self.sockets[self._turn % len(self.sockets)]
        envelope: JsonObject = {
            "envelope_id": str(uuid.uuid4()),
            "type": kind.value,
            "payload": payload,
            "accepts_response_payload": kind is not Kind.EVENT,
        }
        if kind is Kind.EVENT:
            envelope.update(retry_attempt=retry, retry_reason=problem)
        try:
            async with asyncio.timeout(self.ack_timeout):
                return Ack(ok=True, body=as_object((await socket.hand_over(envelope)).get("payload")))
        except TimeoutError:
            return Ack(ok=False, problem="timeout")
        except ConnectionError:
            return Ack(ok=False, problem="connection_failed")

    async def _by_http(self, kind: Kind, payload: JsonObject, retry: int, problem: str) -> Ack:
        body, media_type = _encoded(kind, payload)
        headers = {"Content-Type": media_type}
        if retry:
            headers |= {"X-Slack-Retry-Num": str(retry), "X-Slack-Retry-Reason": problem}
        return await self.post_signed(body, headers, self._state.app.signing_secret, int(time.time()))

    async def post_signed(self, body: bytes, headers: dict[str, str], secret: str, timestamp: int) -> Ack:
        """Post to the app's URL with a signature of any secret and age."""
        signed = {
            **headers,
            "User-Agent": "Slackbot 1.0 (+https://api.slack.com/robots)",
            "X-Slack-Request-Timestamp": str(timestamp),
            "X-Slack-Signature": signature(secret, str(timestamp), body),
        }
        try:
            timeout = aiohttp.ClientTimeout(total=self.ack_timeout)
            async with self._session().post(
                self.events_url, data=body, headers=signed, timeout=timeout, allow_redirects=False
            ) as response:
                return _answered(response.status, await response.read(), response.headers.get("x-slack-no-retry", ""))
        except TimeoutError:
            return Ack(ok=False, problem="http_timeout")
        except aiohttp.ClientError:
            return Ack(ok=False, problem="connection_failed")


def _encoded(kind: Kind, payload: JsonObject) -> tuple[bytes, str]:
    form = "application/x-www-form-urlencoded"
    match kind:
        case Kind.EVENT:
            return json.dumps(payload).encode(), "application/json"
        case Kind.INTERACTIVE:
            return urlencode({"payload": json.dumps(payload)}).encode(), form
        case Kind.COMMAND:
            return urlencode({name: str(value) for name, value in payload.items()}).encode(), form


def _answered(status: int, content: bytes, no_retry: str) -> Ack:
    if not 200 <= status < 300:
        return Ack(ok=False, problem="http_error", status=status, no_retry=no_retry == "1")
    try:
        body = as_object(json.loads(content)) if content else {}
    except ValueError:
        body = {"text": content.decode("utf-8", "replace")}
    return Ack(ok=True, body=body, status=status)
