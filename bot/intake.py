"""The intake: events are durable before anybody is told so, and each conversation handles them one by one."""

import asyncio
import contextlib
import os
import secrets
from collections.abc import Awaitable, Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from functools import partial
from typing import Generic, TypeVar

import structlog

from bot.core.channel import Channel, Raw
from bot.core.errors import Conflict
from bot.core.message import Event
from bot.core.routing.reading import Reading
from storage import clock, inbox
from storage.database import Database, Transaction, Unavailable
from storage.inbox import Claimed, EventKind, LeaseLost
from storage.sealing import ProcessSeal

log = structlog.get_logger("intake")

Immediate = TypeVar("Immediate")

#: Conversations that this process works on at once.
AT_ONCE = 32
LEASE_SECONDS = 9.0
#: Asking the platform and fetching files; a slower step fails and is tried again.
PREPARE_SECONDS = 60.0
#: After this long an immediate answer is of no use to the platform.
_ANSWER_SECONDS = 10.0
_POLL_SECONDS = 0.3
_STOP_SECONDS = 5.0
#: Payloads up to this size are translated on the loop; larger ones in the worker thread.
_SMALL = 8 * 1024
#: Tries of a transaction that met another one before it counts as a failed attempt.
_TRIES = 3


class Intake(Generic[Immediate]):
    """Takes events in, and works on up to `AT_ONCE` conversations, one event of each at a time."""

    def __init__(
        self,
        database: Database,
        seal: ProcessSeal,
        channels: Mapping[str, Channel],
        *,
        read: Callable[[Event], Reading],
        prepare: Callable[[Event], Awaitable[Event]],
        process: Callable[[Transaction, Event, Reading, datetime], Sequence[Immediate]],
        answer: Callable[[Event, Immediate], Awaitable[None]],
        sorry: Callable[[Transaction, Event, datetime], None],
        nudge: Callable[[], None],
        lease_seconds: float = LEASE_SECONDS,
        prepare_seconds: float = PREPARE_SECONDS,
    ) -> None:
        """`read` runs in one worker thread; `process` and `sorry` in the transaction that ends the event."""
        self._database = database
        self._seal = seal
        self._channels = channels
        self._read = read
        self._prepare = prepare
        self._process = process
        self._answer = answer
        self._sorry = sorry
        self._nudge = nudge
        self._lease = lease_seconds
        self._prepare_seconds = prepare_seconds
        self._me = f"{os.getpid()}-{secrets.token_hex(4)}"
        self._worker = ThreadPoolExecutor(1, "csobot-reader")
        self._wake = asyncio.Event()
        self._stopping = asyncio.Event()
        self._turns: dict[str, asyncio.Task[None]] = {}
        self._answers: set[asyncio.Task[None]] = set()

    async def accept(self, raws: Sequence[Raw]) -> int:
        """Keep what came in; it is durable when this returns. Says how many were new."""
        new = await self._database.run(lambda tx: inbox.accept(tx, raws, self._seal, clock.now(tx)))
        self._wake.set()
        return new

    def wake(self) -> None:
        """An event of our own was added: look at once."""
        self._wake.set()

    def stop(self) -> None:
        """Begin no more; events under way may end."""
        self._stopping.set()
        self._wake.set()

    async def run(self) -> None:
        """Work until `stop`; returns when nothing is half done."""
        beating = asyncio.create_task(self._keep_beating())
        try:
            while not self._stopping.is_set():
                self._wake.clear()
                if not await self._begin():
                    await self._rest()
        finally:
            await self._end()
            beating.cancel()
            self._worker.shutdown(wait=False, cancel_futures=True)

    async def _begin(self) -> int:
        """Claim as many conversations as there is room for; says how many were begun."""
        room = AT_ONCE - len(self._turns)
        if room <= 0:
            return 0
        try:
            claims = await self._database.run(lambda tx: inbox.claim(tx, self._me, self._lease, room))
        except Unavailable:
            return 0
        except Exception as error:  # an edge: the next claim may go well
            log.error("claim failed", error=type(error).__name__)
            return 0
        for claimed in claims:
            self._turns[claimed.fence] = asyncio.create_task(self._turn(claimed))
        return len(claims)

    async def _rest(self) -> None:
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(_POLL_SECONDS):
                await self._wake.wait()

    async def _turn(self, claimed: Claimed) -> None:
        """One event from its payload to its immediate answers."""
        try:
            await self._handle(claimed)
        except LeaseLost:
            log.warning("lease lost", event_id=claimed.event_id, account=claimed.account)
        except asyncio.CancelledError:
            await self._give_back(claimed)
        except Exception as error:  # an edge: the lease ends, and somebody begins this event anew
            log.error("turn failed", event_id=claimed.event_id, account=claimed.account, error=type(error).__name__)
        finally:
            del self._turns[claimed.fence]
            self._wake.set()

    async def _handle(self, claimed: Claimed) -> None:
        event: Event | None = None
        try:
            event = await self._translated(claimed)
            async with asyncio.timeout(self._prepare_seconds):
                event = await self._prepare(event)
            reading = await asyncio.get_running_loop().run_in_executor(self._worker, self._read, event)
            immediates = await self._processed(claimed, event, reading)
        except LeaseLost:
            raise
        except Exception as error:  # an edge: one event's fault must not stop the others
            log.error("event failed", event_id=claimed.event_id, account=claimed.account, error=type(error).__name__)
            await self._failed(claimed, event)
            return
        self._nudge()
        for immediate in immediates:
            self._in_background(event, immediate)

    async def _translated(self, claimed: Claimed) -> Event:
        if len(claimed.payload) <= _SMALL:
            return self._translate(claimed)
        return await asyncio.get_running_loop().run_in_executor(self._worker, self._translate, claimed)

    def _translate(self, claimed: Claimed) -> Event:
        payload = self._seal.open(claimed.payload)
        if claimed.kind is EventKind.OWN:
            return inbox.own_event(claimed, payload)
        return self._channels[claimed.account].translate(payload, claimed.event_id, claimed.at)

    async def _processed(self, claimed: Claimed, event: Event, reading: Reading) -> Sequence[Immediate]:
        """The one transaction of an event. While the database is away it is tried again, as long as the lease holds."""

        def work(tx: Transaction) -> Sequence[Immediate]:
            inbox.hold(tx, claimed)
            immediates = self._process(tx, event, reading, clock.now(tx))
            inbox.finish(tx, claimed)
            return immediates

        tries = 0
        while True:
            try:
                return await self._database.run(work)
            except Unavailable:
                await asyncio.sleep(_POLL_SECONDS)
            except LeaseLost:
                raise
            except Conflict:
                tries += 1
                if tries == _TRIES:
                    raise

    async def _failed(self, claimed: Claimed, event: Event | None) -> None:
        """Count the attempt; with the last one the person is told that we are sorry."""

        def work(tx: Transaction) -> None:
            inbox.hold(tx, claimed)
            if inbox.fail(tx, claimed) and event is not None:
                self._sorry(tx, event, clock.now(tx))

        try:
            await self._database.run(work)
        except (LeaseLost, Unavailable):
            return  # whoever has it now, or has it next, counts
        except Exception as error:  # an edge: not even that could be said
            log.error("sorry failed", event_id=claimed.event_id, account=claimed.account, error=type(error).__name__)
            with contextlib.suppress(LeaseLost, Unavailable):
                await self._database.run(lambda tx: inbox.fail(tx, claimed))
        self._nudge()

    def _in_background(self, event: Event, immediate: Immediate) -> None:
        task = asyncio.create_task(self._answered(event, immediate))
        self._answers.add(task)
        task.add_done_callback(self._answers.discard)

    async def _answered(self, event: Event, immediate: Immediate) -> None:
        try:
            async with asyncio.timeout(_ANSWER_SECONDS):
                await self._answer(event, immediate)
        except Exception as error:  # an edge: best effort, never repeated
            log.warning("answer failed", event_id=event.id, account=event.address.account, error=type(error).__name__)

    async def _keep_beating(self) -> None:
        """Leases are kept as long as their turns last: no step is cut short or run twice because it is slow."""
        while True:
            await asyncio.sleep(self._lease / 3)
            if self._turns:
                with contextlib.suppress(Unavailable):
                    held = list(self._turns)
                    await self._database.run(partial(inbox.extend, fences=held, lease_seconds=self._lease))

    async def _end(self) -> None:
        if self._turns:
            await asyncio.wait(list(self._turns.values()), timeout=_STOP_SECONDS)
        for turn in list(self._turns.values()):
            turn.cancel()
        waiting = [*self._turns.values(), *self._answers]
        if waiting:
            await asyncio.wait(waiting, timeout=_STOP_SECONDS / 2)

    async def _give_back(self, claimed: Claimed) -> None:
        """The time to stop is over: somebody else begins this event anew."""
        with contextlib.suppress(Unavailable):
            await self._database.run(lambda tx: inbox.release(tx, claimed))
