"""How updates reach the bot: a queue that getUpdates reads with the platform's rules, or a webhook that is retried."""

import asyncio
import itertools
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import aiohttp

from adapters.simulator.faults import MOST_KEPT, Network
from adapters.simulator.telegram_state import ApiError, TelegramState
from adapters.simulator.wire import JsonObject

#: Kinds that come only when they are asked for by name.
ONLY_BY_NAME = ("chat_member", "message_reaction", "message_reaction_count")
LONGEST_POLL = 50
POLLED_TWICE = "Conflict: terminated by other getUpdates request; make sure that only one bot instance is running"
WEBHOOK_IS_SET = (
    "Conflict: can't use getUpdates method while webhook is active; use deleteWebhook to delete the webhook first"
)


@dataclass(frozen=True, slots=True)
class Update:
    """Something the bot is told."""

    id: int
    kind: str
    payload: JsonObject
    #: Updates of one chat stay in order when several are delivered at once.
    chat: int = 0

    def written(self) -> JsonObject:
        return {"update_id": self.id, self.kind: self.payload}


@dataclass(slots=True)
class Webhook:
    """Where updates are posted to, as setWebhook was told."""

    url: str = ""
    secret: str = ""
    max_connections: int = 40
    last_error: str = ""
    last_error_date: int = 0


class Poll:
    """One getUpdates request that waits; the next one puts an end to it."""

    def __init__(self) -> None:
        self.ended = asyncio.Event()
        self.conflict = False


class UpdateQueue:
    """Unconfirmed updates, oldest first."""

    def __init__(self, state: TelegramState) -> None:
        self.pending: list[Update] = []
        #: What was queued, the latest last, so that it can be delivered again.
        self.sent: deque[Update] = deque(maxlen=MOST_KEPT)
        self.allowed: tuple[str, ...] = ()
        self.webhook = Webhook()
        #: True while updates are kept back to be reordered.
        self.held = False
        self._again: list[Update] = []
        self._ids = itertools.count(100_000_000 + state.first_id)
        self._next = 100_000_000 + state.first_id
        self.arrived = asyncio.Event()
        self._poll: Poll | None = None

    def put(self, kind: str, payload: JsonObject, chat: int = 0) -> Update:
        """Queue an update, unless the bot did not ask for its kind."""
        update = Update(next(self._ids), kind, payload, chat)
        self._next = update.id + 1
        if (kind in self.allowed) if self.allowed else kind not in ONLY_BY_NAME:
            self.pending.append(update)
            self.sent.append(update)
            self.wake()
        return update

    def again(self, update: Update) -> None:
        """Deliver an update once more although it was confirmed."""
        self._again.append(update)
        self.wake()

    def jump(self, to: int) -> None:
        """The next update has this id, as after a week of silence."""
        self._ids = itertools.count(to)
        self._next = to

    def wake(self) -> None:
        self.arrived.set()

    def end_poll(self) -> None:
        """Another request, or a webhook, takes over: the one that waits gets a conflict."""
        if self._poll:
            self._poll.conflict = True
            self.wake()

    async def poll(self, offset: int, limit: int, timeout: float) -> Sequence[Update]:
        """What getUpdates returns: confirms what lies before the offset, waits for something to come."""
        if self.webhook.url:
            raise ApiError(409, WEBHOOK_IS_SET)
        self.end_poll()
        poll = self._poll = Poll()
        self._confirm(offset)
        until = asyncio.get_running_loop().time() + min(timeout, LONGEST_POLL)
        try:
            while not (ready := self.ready(limit)) and not poll.conflict:
                self.arrived.clear()
                if not await _waited(self.arrived, until):
                    break
            if poll.conflict:
                raise ApiError(409, POLLED_TWICE)
            return ready
        finally:
            if self._poll is poll:
                self._poll = None

    def ready(self, limit: int) -> list[Update]:
        """What can be handed over now, without confirming it."""
        if self.held:
            return []
        again, self._again = self._again[:limit], self._again[limit:]
        return [*again, *self.pending[: limit - len(again)]]

    def _confirm(self, offset: int) -> None:
        """An offset ahead of every id confirms nothing: the numbering began anew."""
        if offset < 0:
            del self.pending[: max(0, len(self.pending) + offset)]
        elif 0 < offset <= self._next:
            self.pending = [update for update in self.pending if update.id >= offset]


async def _waited(event: asyncio.Event, until: float) -> bool:
    try:
        async with asyncio.timeout_at(until):
            await event.wait()
    except TimeoutError:
        return False
    return True


class WebhookSender:
    """Posts updates to the webhook until it says 2xx; one chat in order, different chats at once."""

    def __init__(self, state: TelegramState, queue: UpdateQueue, session: Callable[[], aiohttp.ClientSession]) -> None:
        self._state = state
        self._queue = queue
        self._session = session
        #: Seconds between attempts; the last one repeats.
        self.retry_after: Sequence[float] = (0.5, 1.0, 5.0, 30.0)
        self._chats: dict[int, asyncio.Task[None]] = {}
        self._waiting: dict[int, list[Update]] = {}

    async def run(self) -> None:
        """Hand over pending updates as long as a webhook is set."""
        try:
            while True:
                while self._queue.webhook.url and not self._queue.held and (ready := self._queue.ready(100)):
                    self._start(ready)
                self._queue.arrived.clear()
                await self._queue.arrived.wait()
        finally:
            for task in self._chats.values():
                task.cancel()

    def _start(self, updates: list[Update]) -> None:
        for update in updates:
            if update in self._queue.pending:
                self._queue.pending.remove(update)
            self._waiting.setdefault(update.chat, []).append(update)
            task = self._chats.get(update.chat)
            if task is None or task.done():
                self._chats[update.chat] = asyncio.create_task(self._drain(update.chat))

    async def _drain(self, chat: int) -> None:
        waiting = self._waiting[chat]
        attempt = 0
        while waiting:
            if not self._queue.webhook.url:
                self._queue.pending[:0], waiting[:] = list(waiting), []
            elif await self._post(waiting[0]):
                attempt = 0
                waiting.pop(0)
            else:
                await asyncio.sleep(self.retry_after[min(attempt, len(self.retry_after) - 1)])
                attempt += 1

    async def _post(self, update: Update) -> bool:
        webhook = self._queue.webhook
        headers = {"X-Telegram-Bot-Api-Secret-Token": webhook.secret} if webhook.secret else {}
        try:
            if self._state.faults.network is Network.DOWN:
                raise aiohttp.ClientConnectionError("network down")
            timeout = aiohttp.ClientTimeout(total=30)
            async with self._session().post(
                webhook.url, json=update.written(), headers=headers, timeout=timeout, allow_redirects=False
            ) as response:
                fine = 200 <= response.status < 300
                webhook.last_error = "" if fine else f"Wrong response from the webhook: {response.status}"
        except (aiohttp.ClientError, TimeoutError) as error:
            fine, webhook.last_error = False, f"Connection failed: {type(error).__name__}"
        if not fine:
            webhook.last_error_date = int(self._state.now().timestamp())
        self._state.changes.touch()
        return fine
