"""The relay: claims deliveries, sends them through channels and records what came of it.

A slot is freed only when its result is committed: whatever happens, at most `SLOTS` sends of a process are in doubt.
"""

import asyncio
import contextlib
import html
import math
import os
import re
import secrets
from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

import structlog

from bot.core import outcome
from bot.core.channel import Channel, Op, Outgoing, Refused, Rendered, SendError
from bot.core.delivery import Delivery, DeliveryKind, Outcome
from bot.core.message import Address, Message, StoredFile
from storage import clock, deliveries, lanes
from storage.database import Database, Transaction, Unavailable
from storage.files import FileStore
from storage.sealing import Unopenable

log = structlog.get_logger("relay")

#: Sends of this process that are on their way or not recorded yet.
SLOTS = 64
#: Slots that a busy account leaves to each of the others.
_LEFT_TO_OTHERS = 8
#: Results are collected this long and recorded together.
_GROUP_SECONDS = 0.012
_POLL_SECONDS = 0.3
LEASE_SECONDS = 9.0
#: Nothing is begun when less than this share of the lease is sure to be left.
_SAFE_SHARE = 0.3
_EXPIRE_SECONDS = 1.0
#: No send takes longer; a channel's own time limits are shorter.
_SEND_SECONDS = 60.0
_STOP_SECONDS = 5.0
_TRIES = 3

Settled = Callable[[Transaction, Sequence[Outcome], datetime], None]


def usual_pace(to: Address) -> float:
    """Seconds between sends to one chat: a Telegram group (a negative id) 20 a minute, all else one a second."""
    return 3.0 if to.chat.startswith("-") else 1.0


@dataclass(slots=True)
class _Flight:
    """A claimed delivery, and until when it is surely ours (the loop's clock)."""

    delivery: Delivery
    sure_until: float
    task: "asyncio.Task[None] | None" = None


class _Gate:
    """Holds an account to its rate at the moment of sending: what a busy machine held up must not leave in one rush."""

    def __init__(self, rate: float) -> None:
        self._left: deque[float] = deque(maxlen=math.ceil(rate))

    async def pass_through(self) -> None:
        """Returns when fewer than `rate` sends have left in the last second."""
        now = asyncio.get_running_loop().time
        while len(self._left) == self._left.maxlen and now() < self._left[0] + 1.0:  # noqa: ASYNC110 - only time opens it
            await asyncio.sleep(self._left[0] + 1.0 - now())
        self._left.append(now())


class Relay:
    """Sends for every account of this process until it is stopped."""

    def __init__(
        self,
        database: Database,
        channels: Mapping[str, Channel],
        render: Callable[[Message], Rendered],
        files: FileStore,
        settled: Settled,
        *,
        rates: Mapping[str, float],
        pace: Callable[[Address], float] = usual_pace,
        lease_seconds: float = LEASE_SECONDS,
    ) -> None:
        """`rates` are sends a second by account; `settled` runs in the transaction that records its outcomes."""
        self._database = database
        self._channels = channels
        self._render = render
        self._files = files
        self._settled = settled
        self._rates = rates
        self._pace = pace
        self._lease = lease_seconds
        self._me = f"{os.getpid()}-{secrets.token_hex(4)}"
        #: By delivery and fence: after a lost lease the same row may be claimed here again.
        self._flights: dict[tuple[int, int], _Flight] = {}
        #: Slots in use by account, those of a claim under way included.
        self._held = dict.fromkeys(channels, 0)
        self._gates = {account: _Gate(rates[account]) for account in channels}
        self._outcomes: list[Outcome] = []
        self._recording = False
        self._results = asyncio.Event()
        self._landed = asyncio.Event()
        self._wakes = {account: asyncio.Event() for account in channels}
        self._stopping = asyncio.Event()

    def nudge(self) -> None:
        """Something was queued: look at once."""
        for wake in self._wakes.values():
            wake.set()

    def stop(self) -> None:
        """Claim no more; what is on its way may end, and is recorded."""
        self._stopping.set()
        self.nudge()

    async def run(self) -> None:
        """Send until `stop`; returns when every result is recorded, or the time for that is over."""
        async with asyncio.TaskGroup() as group:
            background = [group.create_task(work()) for work in (self._keep_recording, self._keep_beating)]
            background.append(group.create_task(self._keep_expiring()))
            async with asyncio.TaskGroup() as running:
                for account in self._channels:
                    running.create_task(self._run_lane(account))
            await self._land()
            for task in background:
                task.cancel()

    # claiming

    async def _run_lane(self, account: str) -> None:
        wake = self._wakes[account]
        while not self._stopping.is_set():
            wake.clear()
            pointless = await self._claim(account)
            if pointless > 0:
                await _within(min(pointless, _POLL_SECONDS), self._stopping.wait())
            else:
                await _within(_POLL_SECONDS, wake.wait())

    async def _claim(self, account: str) -> float:
        """Claim what may leave and send it on its way; seconds during which asking again is pointless."""
        slots = self._free(account)
        if slots <= 0:
            return 0.0
        begun = asyncio.get_running_loop().time()
        self._held[account] += slots
        claimed: Sequence[Delivery] = ()
        try:
            claim = await self._database.run(lambda tx: self._claimed(tx, account, slots))
            claimed = claim.deliveries
        except Unavailable:
            return _POLL_SECONDS
        except Exception as error:  # an edge: this account's next claim may go well
            log.error("claim failed", account=account, error=type(error).__name__)
            return _POLL_SECONDS
        finally:
            self._held[account] -= slots - len(claimed)
        self._send_off(claimed, begun, claim.wait, lanes.spacing(self._rates[account]))
        return claim.again

    def _claimed(self, tx: Transaction, account: str, slots: int) -> deliveries.Claim:
        rate, now = self._rates[account], clock.now(tx)
        return deliveries.claim(tx, self._me, account, slots, now, rate, self._lease, self._pace)

    def _free(self, account: str) -> int:
        most = max(_LEFT_TO_OTHERS, SLOTS - _LEFT_TO_OTHERS * (len(self._channels) - 1))
        return min(SLOTS - sum(self._held.values()), most - self._held[account])

    def _send_off(self, claimed: Sequence[Delivery], begun: float, wait: float, spacing: float) -> None:
        first = asyncio.get_running_loop().time() + wait
        for i, delivery in enumerate(claimed):
            flight = _Flight(delivery, begun + self._sure)
            self._flights[delivery.id, delivery.fence] = flight
            flight.task = asyncio.create_task(self._fly(flight, first + i * spacing))

    @property
    def _sure(self) -> float:
        return self._lease * (1 - _SAFE_SHARE)

    # sending

    async def _fly(self, flight: _Flight, moment: float) -> None:
        loop = asyncio.get_running_loop()
        await asyncio.sleep(max(0.0, moment - loop.time()))
        await self._gates[flight.delivery.to.account].pass_through()
        if self._stopping.is_set() or loop.time() > flight.sure_until:
            result = outcome.put_back(flight.delivery)
        else:
            result = await self._attempt(flight.delivery)
        self._outcomes.append(result)
        self._results.set()

    async def _attempt(self, delivery: Delivery) -> Outcome:
        try:
            return outcome.sent(delivery, await self._send(delivery))
        except SendError as error:
            return outcome.of_error(delivery, error)
        except Unopenable:
            return outcome.of_error(delivery, Refused("file_gone"))
        except TimeoutError:
            return outcome.doubtful(delivery, "timeout")
        except asyncio.CancelledError:  # only `_land` cancels: the time to stop is over
            return outcome.doubtful(delivery, "stopped")
        except Exception as error:  # an edge: one delivery's fault must not stop the others
            log.error("send failed", delivery=delivery.id, attempt=delivery.attempts, error=type(error).__name__)
            return outcome.failed(delivery)

    async def _send(self, delivery: Delivery) -> str:
        channel = self._channels[delivery.to.account]
        async with self._opened(delivery.message.file) as path:
            outgoing = replace(self._outgoing(delivery, channel.kind), path=path)
            async with asyncio.timeout(_SEND_SECONDS):
                return await channel.send(outgoing)

    def _outgoing(self, delivery: Delivery, kind: str) -> Outgoing:
        if delivery.op in (Op.EDIT, Op.DELETE) and not delivery.target:
            raise Refused("no_target")
        to, reply_to = delivery.to, ""
        if delivery.thread_or_reply and kind == "slack":
            to = replace(to, thread=delivery.thread_or_reply)
        elif delivery.thread_or_reply != to.thread:
            reply_to = delivery.thread_or_reply
        return Outgoing(
            op=delivery.op,
            to=to,
            rendered=self._rendered(delivery),
            target=delivery.target,
            reply_to=reply_to,
            file=delivery.message.file,
            delivery=delivery.id,
        )

    def _rendered(self, delivery: Delivery) -> Rendered:
        """An answer that may have arrived before says so: the template is given `repeated`."""
        if delivery.op is Op.DELETE:
            return Rendered("")
        message = delivery.message
        if delivery.repeated and delivery.kind is DeliveryKind.ANSWER:
            message = replace(message, fields={**message.fields, "repeated": True})
        rendered = self._render(message)
        return replace(rendered, html=_without_markup(rendered.html)) if delivery.plain else rendered

    @contextlib.asynccontextmanager
    async def _opened(self, file: StoredFile | None) -> AsyncIterator[Path | None]:
        if file is None:
            yield None
            return
        opened = self._files.open_plain(file)
        path = await asyncio.to_thread(opened.__enter__)
        try:
            yield path
        finally:
            await asyncio.to_thread(opened.__exit__, None, None, None)

    # recording

    async def _keep_recording(self) -> None:
        while True:
            await self._results.wait()
            await asyncio.sleep(_GROUP_SECONDS)
            self._results.clear()
            batch, self._outcomes = self._outcomes, []
            self._recording = True
            await self._record(batch)
            self._recording = False
            self._free_slots(batch)

    async def _record(self, batch: Sequence[Outcome]) -> None:
        """Returns when the results are committed, however long the database is away."""
        try:
            await self._committed(batch, self._settle)
        except Exception as error:  # an edge: one outcome's fault must not hold up the others
            log.error("record failed", count=len(batch), error=type(error).__name__)
            for each in batch:
                await self._record_alone(each)

    async def _record_alone(self, each: Outcome) -> None:
        for work in (*[self._settle] * _TRIES, deliveries.record):
            try:
                await self._committed([each], work)
                return
            except Exception as error:  # an edge: as above; in the end it is recorded without its consequences
                log.error("settling failed", delivery=each.delivery.id, error=type(error).__name__)

    async def _committed(
        self, batch: Sequence[Outcome], work: Callable[[Transaction, Sequence[Outcome], datetime], object]
    ) -> None:
        while True:
            try:
                await self._database.run(lambda tx: work(tx, batch, clock.now(tx)))
                return
            except Unavailable:
                await asyncio.sleep(_POLL_SECONDS)

    def _settle(self, tx: Transaction, batch: Sequence[Outcome], now: datetime) -> None:
        if kept := deliveries.record(tx, batch, now):
            self._settled(tx, kept, now)

    def _free_slots(self, batch: Iterable[Outcome]) -> None:
        for each in batch:
            if self._flights.pop((each.delivery.id, each.delivery.fence), None) is not None:
                self._held[each.delivery.to.account] -= 1
        self.nudge()
        if not self._flights:
            self._landed.set()

    # leases

    async def _keep_beating(self) -> None:
        while True:
            await asyncio.sleep(self._lease / 4)
            if not self._flights:
                continue
            begun = asyncio.get_running_loop().time()
            with contextlib.suppress(Unavailable):
                held = await self._database.run(lambda tx: deliveries.beat(tx, self._me, self._lease))
                for flight in self._flights.values():
                    if (flight.delivery.id, flight.delivery.fence) in held:
                        flight.sure_until = begun + self._sure

    async def _keep_expiring(self) -> None:
        """Not while results of our own wait for the database: they know better than a lease."""
        while True:
            if not self._recording and not self._outcomes:
                with contextlib.suppress(Unavailable):
                    await self._expire()
            await asyncio.sleep(_EXPIRE_SECONDS)

    async def _expire(self) -> None:
        try:
            expired = await self._database.run(self._expired)
        except Unavailable:
            raise
        except Exception as error:  # an edge: recorded without its consequences rather than never
            log.error("settling expired leases failed", error=type(error).__name__)
            expired = await self._database.run(deliveries.expire)
        if expired:
            log.warning("leases expired", deliveries=[each.delivery.id for each in expired])
            self.nudge()

    def _expired(self, tx: Transaction) -> list[Outcome]:
        expired = deliveries.expire(tx)
        if expired:
            self._settled(tx, expired, clock.now(tx))
        return expired

    # stopping

    async def _land(self) -> None:
        """Let what is in the air end; what takes too long is in doubt, and recorded as such."""
        for seconds in (_STOP_SECONDS, _STOP_SECONDS):
            self._landed.clear()
            if self._flights:
                await _within(seconds, self._landed.wait())
            for flight in self._flights.values():
                if flight.task is not None:
                    flight.task.cancel()
        if self._flights:
            log.warning("stopped with results unrecorded", deliveries=sorted(delivery for delivery, _ in self._flights))


def _without_markup(rendered: str) -> str:
    """The same words with every tag gone; whatever else there is stays escaped."""
    return html.escape(html.unescape(re.sub(r"<[^>]*>", "", rendered)), quote=False)


async def _within(seconds: float, awaited: Awaitable[object]) -> None:
    """Wait for it, but no longer than that."""
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            await awaited
