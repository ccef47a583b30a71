"""The intake on both databases: durable, in order, one by one, once."""

import asyncio
import contextlib
import json
import time
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import replace
from datetime import datetime

import pytest
import sqlalchemy as sa
import structlog

from bot.core.channel import Raw
from bot.core.errors import Conflict
from bot.core.message import Event, Happened, Said
from bot.core.routing.reading import Reading
from bot.intake import Intake
from storage import clock, inbox
from storage.database import Database, Transaction
from storage.sealing import ProcessSeal
from storage.tables import accounts, conversations
from tests.services.wire import WireChannel


def raw(number: int, chat: str = "1", text: str = "") -> Raw:
    payload = json.dumps({"chat": chat, "text": text or f"t{number}"}).encode()
    return Raw("wire", f"e{number:03}", f"wire:{chat}", payload)


def text_of(event: Event) -> str:
    return event.content.text if isinstance(event.content, Said) else type(event.content).__name__


class Desk:
    """What the rest of the product would be: it writes down in the database what it processed."""

    def __init__(self, database: Database, seal: ProcessSeal, **more: object) -> None:
        self.database, self.seal = database, seal
        self.answered: list[str] = []
        self.sorry_for: list[str] = []
        self.nudges = 0
        self.before: Callable[[Event], None] = lambda _event: None
        self.slow: Callable[[Event], float] = lambda _event: 0.0
        self.reading: Callable[[Event], Reading] = lambda _event: Reading()
        self.at_once = self.most_at_once = 0
        self.intake: Intake[str] = Intake(
            database,
            seal,
            {"wire": WireChannel(0)},
            read=self.read,
            prepare=self.prepare,
            process=self.process,
            answer=self.answer,
            sorry=self.sorry,
            nudge=self.nudge,
            **more,  # type: ignore[arg-type]
        )

    def read(self, event: Event) -> Reading:
        return self.reading(event)

    async def prepare(self, event: Event) -> Event:
        self.at_once += 1
        self.most_at_once = max(self.most_at_once, self.at_once)
        await asyncio.sleep(self.slow(event))
        self.at_once -= 1
        return replace(event, sender=replace(event.sender, name="vetted"))

    def process(self, tx: Transaction, event: Event, _reading: Reading, _now: datetime) -> Sequence[str]:
        name = f"{event.id} {text_of(event)} {event.sender.name}"
        tx.execute(sa.insert(accounts).values(account=f"{event.id}", kind=event.address.chat, name=name))
        self.before(event)
        return [text_of(event)]

    async def answer(self, event: Event, immediate: str) -> None:
        done = await self.database.read(
            lambda tx: tx.execute(sa.select(accounts.c.account).where(accounts.c.account == event.id)).one_or_none()
        )
        assert done is not None
        self.answered.append(immediate)

    def sorry(self, tx: Transaction, event: Event, _now: datetime) -> None:
        tx.execute(sa.insert(accounts).values(account=f"sorry {event.id}", kind="", name=""))
        self.sorry_for.append(event.id)

    def nudge(self) -> None:
        self.nudges += 1

    async def done(self) -> list[str]:
        return await self.database.read(
            lambda tx: list(tx.execute(sa.select(accounts.c.name).order_by(accounts.c.account)).scalars())
        )

    async def until(self, count: int, seconds: float = 8.0) -> list[str]:
        async with asyncio.timeout(seconds):
            while len(done := await self.done()) < count:  # noqa: ASYNC110 - it is the database that is watched
                await asyncio.sleep(0.02)
        return done

    @contextlib.asynccontextmanager
    async def running(self) -> AsyncIterator["Desk"]:
        task = asyncio.create_task(self.intake.run())
        yield self
        self.intake.stop()
        await asyncio.wait_for(task, 12)


@pytest.fixture
async def desk(database: Database, seal: ProcessSeal) -> AsyncIterator[Desk]:
    async with Desk(database, seal).running() as running:
        yield running


async def hurry(desk: Desk) -> None:
    """Backoff is over."""
    await desk.database.run(lambda tx: tx.execute(sa.update(conversations).values(ready_at=0)))
    desk.intake.wake()


async def test_an_event_goes_all_the_way_once(desk: Desk) -> None:
    """Vetted, processed, answered after the commit, the relay nudged; a repetition changes nothing."""
    assert await desk.intake.accept([raw(1)]) == 1
    assert await desk.until(1) == ["e001 t1 vetted"]
    assert await desk.intake.accept([raw(1)]) == 0
    await asyncio.sleep(0.1)
    assert (await desk.done(), desk.answered, desk.nudges) == (["e001 t1 vetted"], ["t1"], 1)


async def test_what_was_accepted_is_durable(database: Database, seal: ProcessSeal) -> None:
    """An event is handled even when nobody was there to handle it as it came."""
    first = Desk(database, seal)
    await first.intake.accept([raw(1)])
    async with Desk(database, seal).running() as later:
        assert await later.until(1) == ["e001 t1 vetted"]


async def test_a_conversation_handles_one_event_at_a_time(desk: Desk) -> None:
    """The second waits for the first to be durable, even when the first is slow."""
    order: list[str] = []
    desk.before = lambda event: order.append(event.id)
    desk.slow = lambda event: 0.15 if event.id == "e001" else 0.0
    await desk.intake.accept([raw(i) for i in range(1, 5)])
    await desk.until(4)
    assert (order, desk.most_at_once) == (["e001", "e002", "e003", "e004"], 1)


async def test_conversations_are_handled_side_by_side(desk: Desk) -> None:
    """A slow one does not hold up the others, and no more than 32 are begun."""
    desk.slow = lambda _event: 0.2
    await desk.intake.accept([raw(i, chat=str(i)) for i in range(48)])
    begun = time.monotonic()
    await desk.until(48)
    assert time.monotonic() - begun < 5
    assert 2 <= desk.most_at_once <= 32


async def test_an_event_of_our_own_is_told(desk: Desk, seal: ProcessSeal, now: datetime) -> None:
    """Something that happened on our side comes like any event."""
    happened = Happened("answered", "Q-0001")
    await desk.database.run(lambda tx: inbox.add_internal(tx, "wire", "wire:1", "own:1", happened, now, seal))
    desk.intake.wake()
    assert await desk.until(1) == ["own:1 Happened vetted"]


async def test_a_failing_event_is_undone_and_given_up(desk: Desk) -> None:
    """Tried three times, nothing of it is kept but the apology; the next event is handled; logs hold ids only."""

    def broken(event: Event) -> None:
        if event.id == "e001":
            raise LookupError("with a secret text")

    desk.before = broken
    with structlog.testing.capture_logs() as logged:
        await desk.intake.accept([raw(1, text="a secret"), raw(2)])
        for tries in (1, 2):
            async with asyncio.timeout(5):
                while sum(entry["event"] == "event failed" for entry in logged) < tries:  # noqa: ASYNC110
                    await asyncio.sleep(0.02)
            await asyncio.sleep(0.05)
            await hurry(desk)
        assert await desk.until(2) == ["e002 t2 vetted", ""]
    assert desk.sorry_for == ["e001"]
    assert "secret" not in str(logged)
    assert await desk.database.read(inbox.failed) == 1


async def test_a_conflict_is_tried_again_at_once(desk: Desk) -> None:
    """Two writers of one row: the later one looks again, and nobody is told."""
    times: list[str] = []

    def conflicting(event: Event) -> None:
        times.append(event.id)
        if len(times) < 3:
            raise Conflict

    desk.before = conflicting
    await desk.intake.accept([raw(1)])
    assert await desk.until(1, 1.5) == ["e001 t1 vetted"]


async def test_a_payload_nobody_can_read_stops_nobody(desk: Desk) -> None:
    """It is given up without an apology: nobody knows to whom."""
    await desk.intake.accept([Raw("wire", "e000", "wire:1", b"not json"), raw(1)])
    for _ in range(2):
        await asyncio.sleep(0.15)
        await hurry(desk)
    assert await desk.until(1) == ["e001 t1 vetted"]
    assert desk.sorry_for == []


async def test_a_slow_step_keeps_its_conversation(database: Database, seal: ProcessSeal) -> None:
    """A step slower than the lease is not begun a second time by another process."""
    slow, other = Desk(database, seal, lease_seconds=0.6), Desk(database, seal, lease_seconds=0.6)
    slow.slow = other.slow = lambda _event: 1.5
    async with slow.running(), other.running():
        await slow.intake.accept([raw(1)])
        await slow.until(1)
    assert len(slow.answered + other.answered) == 1
    assert slow.most_at_once + other.most_at_once == 1


async def test_who_lost_the_lease_keeps_nothing(database: Database, seal: ProcessSeal) -> None:
    """Another process took over: what the first did is undone, silently."""
    first, second = Desk(database, seal), Desk(database, seal)
    first.slow = lambda _event: 0.6
    async with first.running():
        await first.intake.accept([raw(1)])
        await asyncio.sleep(0.2)
        await database.run(lambda tx: tx.execute(sa.update(conversations).values(lease_until=1.0)))
        async with second.running():
            assert await second.until(1) == ["e001 t1 vetted"]
            await asyncio.sleep(0.7)
    assert (first.answered, second.answered) == ([], ["t1"])


async def test_a_step_that_never_ends_is_cut(database: Database, seal: ProcessSeal) -> None:
    """A platform that does not answer costs an attempt, not the conversation."""
    desk = Desk(database, seal, prepare_seconds=0.1)
    waits = [30.0]
    desk.slow = lambda _event: waits.pop() if waits else 0.0
    async with desk.running():
        await desk.intake.accept([raw(1)])
        await asyncio.sleep(0.3)
        await hurry(desk)
        assert await desk.until(1) == ["e001 t1 vetted"]


async def test_the_loop_is_never_held_up(desk: Desk) -> None:
    """Large payloads are translated, and texts read, beside the loop."""

    def reading(_event: Event) -> Reading:
        time.sleep(0.15)
        return Reading()

    desk.reading = reading
    worst = 0.0

    async def watch() -> None:
        nonlocal worst
        while True:
            begun = time.monotonic()
            await asyncio.sleep(0.005)
            worst = max(worst, time.monotonic() - begun)

    watching = asyncio.create_task(watch())
    await desk.intake.accept([raw(i, chat=str(i), text="x" * 1_000_000) for i in range(3)])
    await desk.until(3)
    watching.cancel()
    assert worst < 0.1


async def test_stopping_ends_what_was_begun(database: Database, seal: ProcessSeal) -> None:
    """An event under way is finished; one that was not begun stays for the next start."""
    desk = Desk(database, seal)
    desk.slow = lambda _event: 0.2
    async with desk.running():
        await desk.intake.accept([raw(1), raw(2)])
        await asyncio.sleep(0.1)
    assert await desk.done() == ["e001 t1 vetted"]
    assert await database.read(inbox.oldest_waiting) is not None


async def test_the_product_clock_dates_events(desk: Desk, now: datetime) -> None:
    """What a conversation is told is when the event was accepted, by the clock people see."""
    await desk.database.run(lambda tx: clock.freeze(tx, now))
    seen: list[datetime] = []
    desk.before = lambda event: seen.append(event.at)
    await desk.intake.accept([raw(1)])
    await desk.until(1)
    assert seen == [now]
