"""The relay against a small platform with a real wire, on both databases."""

import asyncio
import contextlib
import os
import random
import signal
import sys
import time
from collections import Counter
from collections.abc import AsyncIterator, Callable, Sequence
from datetime import datetime
from pathlib import Path

import pytest
import sqlalchemy as sa
import structlog

from bot.core.channel import Op
from bot.core.delivery import DeliveryKind, DeliveryState, NewDelivery, Outcome
from bot.core.message import Address, Message
from bot.relay import SLOTS, Relay, usual_pace
from storage import clock, deliveries
from storage.database import Database, Transaction
from storage.files import FileStore
from storage.sealing import ProcessSeal
from storage.tables import addresses
from storage.tables import deliveries as rows
from tests.services.wire import Reply, Request, WireChannel, WireServer, render


def new(now: datetime, source: str = "s", chat: str = "1", text: str = "text", **more: object) -> NewDelivery:
    values = {"message": Message(text), "due": now} | more
    return NewDelivery(source=source, to=Address("wire", chat), **values)  # type: ignore[arg-type]


class Bench:
    """A relay, its platform and its database; what was settled is kept."""

    def __init__(self, database: Database, server: WireServer, folder: Path, now: datetime, **more: object) -> None:
        self.database, self.server, self.now = database, server, now
        self.files = FileStore(folder, ProcessSeal(bytes(32)))
        self.told: list[Outcome] = []
        values = {"rates": {"wire": 500.0}, "pace": lambda _: 0.0} | more
        self.channel = WireChannel(server.port, str(more.pop("kind", "telegram")))
        values.pop("kind", None)
        channels = {"wire": self.channel}
        self.relay = Relay(database, channels, render, self.files, self.settled, **values)  # type: ignore[arg-type]

    def settled(self, _tx: Transaction, outcomes: Sequence[Outcome], _now: datetime) -> None:
        self.told += outcomes

    async def add(self, *added: NewDelivery) -> list[int]:
        ids = await self.database.run(lambda tx: [deliveries.add(tx, each) for each in added])
        self.relay.nudge()
        return ids

    async def until(self, ready: Callable[[], bool], seconds: float = 8.0) -> None:
        """Until it is so, and committed: the hook runs a moment before that."""
        async with asyncio.timeout(seconds):
            while not ready() or self.relay._recording:  # noqa: ASYNC110 - it is the platform and the database that are watched
                await asyncio.sleep(0.01)

    async def get(self, delivery: int) -> deliveries.Filed:
        return await self.database.read(lambda tx: deliveries.get(tx, delivery))

    @contextlib.asynccontextmanager
    async def running(self) -> AsyncIterator["Bench"]:
        task = asyncio.create_task(self.relay.run())
        yield self
        self.relay.stop()
        await asyncio.wait_for(task, 12)


@pytest.fixture
async def server() -> AsyncIterator[WireServer]:
    async with WireServer() as started:
        yield started


@pytest.fixture
async def bench(database: Database, server: WireServer, tmp_path: Path, now: datetime) -> AsyncIterator[Bench]:
    await database.run(lambda tx: clock.freeze(tx, now))
    async with Bench(database, server, tmp_path / "files", now).running() as running:
        yield running


def once(*replies: Reply) -> Callable[[Request], Reply]:
    """These replies first, then yes to everything."""
    waiting = list(replies)
    return lambda _request: waiting.pop(0) if waiting else {}


async def no_pause(bench: Bench) -> None:
    await bench.database.run(lambda tx: tx.execute(sa.update(addresses).values(paused_until=0)))


async def test_what_is_queued_is_sent_and_told(bench: Bench) -> None:
    """The platform's id is kept, and the hook hears of it in the transaction that keeps it."""
    [first] = await bench.add(new(bench.now))
    await bench.until(lambda: bool(bench.told))
    assert bench.server.texts() == ["<b>text</b>"]
    assert [(each.state, each.result) for each in bench.told] == [(DeliveryState.SENT, "m1")]
    assert (await bench.get(first)).result == "m1"


async def test_messages_of_a_chat_keep_their_order(bench: Bench) -> None:
    """Whatever the latency, the next one leaves when the last one is recorded."""
    bench.server.latency = 0.02
    await bench.add(*(new(bench.now, f"s{i}", text=f"t{i}") for i in range(5)))
    await bench.until(lambda: len(bench.told) == 5)
    assert bench.server.texts() == [f"<b>t{i}</b>" for i in range(5)]


@pytest.mark.parametrize(
    ("kind", "op", "thread", "reply_to"),
    [
        ("slack", Op.POST, "m1", ""),
        ("telegram", Op.POST, "", "m1"),
        ("telegram", Op.OPEN_THREAD, "m1", ""),
    ],
)
async def test_the_root_becomes_thread_or_message(
    database: Database, server: WireServer, tmp_path: Path, now: datetime, kind: str, op: Op, thread: str, reply_to: str
) -> None:
    """Slack answers in the card's thread, Telegram in the topic or to the card."""
    await database.run(lambda tx: clock.freeze(tx, now))
    async with Bench(database, server, tmp_path / "files", now, kind=kind).running() as bench:
        [root] = await bench.add(new(now, "root", op=op))
        await bench.add(new(now, "note", after=root, root=root))
        await bench.until(lambda: len(bench.told) == 2)
    assert (server.seen[1]["thread"], server.seen[1]["reply_to"]) == (thread, reply_to)


async def test_a_file_goes_with_its_message(bench: Bench) -> None:
    """It is opened for the length of the call only."""
    file = await bench.files.add_bytes(b"the plan", "plan.txt", "text/plain")
    await bench.add(new(bench.now, op=Op.UPLOAD, message=Message("caption", file=file)))
    await bench.until(lambda: bool(bench.told))
    assert bench.server.seen[0]["file"] == "the plan"


@pytest.mark.parametrize(
    ("reply", "state", "reason"),
    [
        ({"error": "unreachable"}, DeliveryState.UNREACHABLE, "blocked"),
        ({"error": "refused"}, DeliveryState.REFUSED, "too long"),
        ({"error": "thread"}, DeliveryState.REFUSED, "thread_gone"),
    ],
)
async def test_a_final_no_is_kept_with_its_reason(
    bench: Bench, reply: Reply, state: DeliveryState, reason: str
) -> None:
    """It is not tried again, and the hook hears why."""
    bench.server.reply = once(reply)
    [delivery] = await bench.add(new(bench.now))
    await bench.until(lambda: bool(bench.told))
    stored = await bench.get(delivery)
    assert (stored.state, stored.reason, len(bench.server.seen)) == (state, reason, 1)


async def test_bad_markup_is_sent_plain_once(bench: Bench) -> None:
    """The same words without tags; a platform that refuses those too is believed."""
    bench.server.reply = once({"error": "markup"}, {"error": "markup"})
    [delivery] = await bench.add(new(bench.now))
    await bench.until(lambda: len(bench.told) == 2)
    assert bench.server.texts() == ["<b>text</b>", "text"]
    assert (await bench.get(delivery)).state is DeliveryState.REFUSED


async def test_a_moved_chat_is_written_to_at_its_new_place(bench: Bench) -> None:
    """The message is sent once more, and so is everything after it."""
    bench.server.reply = once({"error": "moved", "to": "-100"})
    await bench.add(new(bench.now, "1", chat="-1"), new(bench.now, "2", chat="-1"))
    await bench.until(lambda: len(bench.told) == 3)
    assert [request["chat"] for request in bench.server.seen] == ["-1", "-100", "-100"]


async def test_a_wait_for_one_chat_holds_up_no_other(bench: Bench) -> None:
    """429 for one chat: it is sent after its time, the others meanwhile."""
    bench.server.reply = lambda request: (
        {"error": "retry", "after": 0.5} if request["chat"] == "0" and len(bench.server.seen) < 3 else {}
    )
    await bench.add(*(new(bench.now, chat=str(i)) for i in range(10)))
    await bench.until(lambda: sum(each.state is DeliveryState.SENT for each in bench.told) == 10)
    chats = [request["chat"] for request in bench.server.seen]
    assert (chats.count("0"), chats[-1]) == (2, "0")
    assert bench.server.moments[-1] - bench.server.moments[0] >= 0.45


async def test_a_wait_everywhere_holds_up_the_account(bench: Bench) -> None:
    """After a global 429 nothing leaves until its time is over."""
    bench.server.reply = once({"error": "retry", "after": 0.6, "everywhere": True})
    await bench.add(new(bench.now, "first"))
    await bench.until(lambda: bool(bench.told))
    await bench.add(*(new(bench.now, chat=str(i)) for i in range(2, 6)))
    await bench.until(lambda: len(bench.told) == 6)
    assert min(bench.server.moments[1:]) - bench.server.moments[0] >= 0.55


@pytest.mark.parametrize(
    ("kind", "texts", "state"),
    [
        (DeliveryKind.ANSWER, ["<b>text</b>", "<b>text</b> again"], DeliveryState.SENT),
        (DeliveryKind.NOTICE, ["<b>text</b>", "<b>text</b>"], DeliveryState.SENT),
        (DeliveryKind.ANNOUNCEMENT, ["<b>text</b>"], DeliveryState.UNCERTAIN),
    ],
)
async def test_a_connection_lost_after_sending_is_a_doubt(
    bench: Bench, kind: DeliveryKind, texts: list[str], state: DeliveryState
) -> None:
    """An answer is sent once more and says so, a notice once more, an announcement not."""
    bench.server.reply = once({"close": True})
    [delivery] = await bench.add(new(bench.now, kind=kind))
    await bench.until(lambda: len(bench.told) == len(texts))
    stored = await bench.get(delivery)
    assert (bench.server.texts(), stored.state, stored.doubts) == (texts, state, 1)


async def test_a_connection_that_keeps_breaking_makes_the_chat_wait(bench: Bench) -> None:
    """The second doubt in a row is not followed at once by a third copy; other chats go on."""
    bench.server.reply = lambda request: {"close": True} if request["chat"] == "1" else {}
    [broken] = await bench.add(new(bench.now))
    await bench.until(lambda: len(bench.told) == 2)
    await bench.add(new(bench.now, "other", chat="2"))
    await bench.until(lambda: len(bench.told) == 3)
    await asyncio.sleep(0.5)
    assert Counter(str(request["chat"]) for request in bench.server.seen) == {"1": 2, "2": 1}
    assert (await bench.get(broken)).state is DeliveryState.QUEUED


async def test_a_message_that_cannot_be_rendered_stops_nobody(bench: Bench) -> None:
    """It is tried three times and given up; the next one of the same chat is sent; the log holds ids only."""
    with structlog.testing.capture_logs() as logged:
        [broken, _] = await bench.add(new(bench.now, "1", text="broken"), new(bench.now, "2"))
        for attempt in (1, 2):
            await bench.until(lambda n=attempt: len(bench.told) >= n)  # type: ignore[misc]
            await no_pause(bench)
        await bench.until(lambda: len(bench.told) == 4)
    stored = await bench.get(broken)
    assert (stored.state, stored.reason) == (DeliveryState.REFUSED, "internal")
    assert [set(entry) for entry in logged if entry["event"] == "send failed"] == [
        {"event", "log_level", "delivery", "attempt", "error"}
    ] * 3


async def test_a_hook_that_raises_holds_up_nothing(
    database: Database, server: WireServer, tmp_path: Path, now: datetime
) -> None:
    """Results are recorded in the end, also where their consequences cannot be."""
    await database.run(lambda tx: clock.freeze(tx, now))
    bench = Bench(database, server, tmp_path / "files", now)

    def raising(_tx: Transaction, outcomes: Sequence[Outcome], _now: datetime) -> None:
        if any(each.delivery.to.chat == "1" for each in outcomes):
            raise LookupError("of the hook")
        bench.told += outcomes

    bench.relay._settled = raising
    async with bench.running():
        [bad, good] = await bench.add(new(now, chat="1"), new(now, chat="2"))
        await bench.until(lambda: bool(bench.told))
    assert [(await bench.get(each)).state for each in (bad, good)] == [DeliveryState.SENT] * 2


async def test_the_rate_is_never_exceeded(
    database: Database, server: WireServer, tmp_path: Path, now: datetime
) -> None:
    """At 30 a second no second sees more than 32, and the limit is used."""
    await database.run(lambda tx: clock.freeze(tx, now))
    async with Bench(database, server, tmp_path / "files", now, rates={"wire": 30.0}).running() as bench:
        await bench.add(*(new(now, chat=str(i)) for i in range(75)))
        await bench.until(lambda: len(bench.told) == 75)
    moments = bench.channel.departures
    assert len(moments) == 75
    assert busiest_second(moments) <= 32
    assert moments[-1] - moments[0] <= 75 / 30 * 1.4


async def test_a_machine_that_was_held_up_does_not_catch_up_in_a_rush(
    database: Database, server: WireServer, tmp_path: Path, now: datetime
) -> None:
    """Sends whose moments passed while nothing ran leave at the rate, not all at once."""
    await database.run(lambda tx: clock.freeze(tx, now))
    async with Bench(database, server, tmp_path / "files", now, rates={"wire": 30.0}).running() as bench:
        await bench.add(*(new(now, chat=str(i)) for i in range(60)))
        await bench.until(lambda: len(bench.channel.departures) >= 24)
        time.sleep(0.4)  # noqa: ASYNC251 - the whole process stands still, as on a busy machine
        await bench.until(lambda: len(bench.told) == 60)
    assert busiest_second(bench.channel.departures) <= 32


def busiest_second(moments: Sequence[float]) -> int:
    """The most that left within any one second."""
    return max(sum(start <= each < start + 1 for each in moments) for start in moments)


async def test_stopping_lets_what_is_in_the_air_end(
    database: Database, server: WireServer, tmp_path: Path, now: datetime
) -> None:
    """Nothing is left half done: each one is sent or still queued, none in doubt."""
    await database.run(lambda tx: clock.freeze(tx, now))
    server.latency = 0.2
    bench = Bench(database, server, tmp_path / "files", now)
    async with bench.running():
        await bench.add(*(new(now, chat=str(i)) for i in range(100)))
        await bench.until(lambda: len(server.seen) >= 10)
    totals = await database.read(deliveries.totals)
    assert totals[DeliveryState.SENDING] == totals[DeliveryState.UNCERTAIN] == 0
    assert totals[DeliveryState.SENT] == len(server.seen)
    assert 0 < totals[DeliveryState.QUEUED] == 100 - len(server.seen)
    assert await database.read(deliveries.doubts) == 0


async def test_a_long_send_keeps_its_lease(
    database: Database, server: WireServer, tmp_path: Path, now: datetime
) -> None:
    """A send slower than the lease is not taken for lost, and not sent twice."""
    await database.run(lambda tx: clock.freeze(tx, now))
    server.latency = 2.0
    async with Bench(database, server, tmp_path / "files", now, lease_seconds=0.8).running() as bench:
        await bench.add(new(now))
        await bench.until(lambda: bool(bench.told))
    assert (len(server.seen), bench.told[0].state) == (1, DeliveryState.SENT)


async def test_leases_of_a_dead_sender_are_taken_over(bench: Bench) -> None:
    """What another process had claimed when it died is in doubt, and as a notice sent once more."""
    [delivery] = await bench.add(new(bench.now, due=datetime.fromisoformat("2030-01-01T00:00:00+00:00")))
    dead = {"state": "sending", "fence": 1, "attempts": 1, "lease_by": "dead", "lease_until": 1.0, "due": bench.now}
    await bench.database.run(lambda tx: tx.execute(sa.update(rows).where(rows.c.id == delivery).values(dead)))
    await bench.until(lambda: len(bench.told) == 2)
    assert [(each.state, each.reason) for each in bench.told] == [
        (DeliveryState.QUEUED, "doubt"),
        (DeliveryState.SENT, ""),
    ]


def test_groups_are_written_to_more_slowly() -> None:
    """One a second in a private chat or a channel, twenty a minute in a Telegram group."""
    assert [usual_pace(Address("a", chat)) for chat in ("77", "C0123", "-100123")] == [1.0, 1.0, 3.0]


async def start(url: str, port: int, folder: Path) -> asyncio.subprocess.Process:
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        str(Path(__file__).with_name("relay_process.py")),
        url,
        str(port),
        str(folder),
        stdout=asyncio.subprocess.PIPE,
        env=os.environ | {"PYTHONPATH": str(Path(__file__).parents[2])},
    )
    assert process.stdout is not None
    assert (await process.stdout.readline()) == b"started\n"
    return process


def unfinished(tx: Transaction) -> int:
    totals = deliveries.totals(tx)
    return totals[DeliveryState.QUEUED] + totals[DeliveryState.SENDING]


async def test_killed_at_random_nothing_is_lost(
    database: Database, database_url: str, server: WireServer, tmp_path: Path, now: datetime
) -> None:
    """After kill -9 every delivery is sent or counted uncertain; arriving twice was a doubt; doubts fit the slots."""
    total, kills = 600, 3
    await database.run(lambda tx: clock.freeze(tx, now))
    await database.run(lambda tx: [deliveries.add(tx, new(now, f"s{i % 3}", chat=str(i // 3))) for i in range(total)])
    server.latency = 0.05
    chance = random.Random(7)
    for _ in range(kills):
        process = await start(database_url, server.port, tmp_path / "files")
        await asyncio.sleep(chance.uniform(0.1, 0.35))
        process.kill()
        await process.wait()
    process = await start(database_url, server.port, tmp_path / "files")
    async with asyncio.timeout(30):
        while await database.read(unfinished):  # noqa: ASYNC110 - as above
            await asyncio.sleep(0.1)
    process.send_signal(signal.SIGTERM)
    assert await process.wait() == 0
    arrived = Counter(int(request["delivery"]) for request in server.seen)
    doubts, totals = await database.read(lambda tx: (deliveries.doubts(tx), deliveries.totals(tx)))
    assert totals[DeliveryState.SENT] + totals[DeliveryState.UNCERTAIN] == total
    assert total - len(arrived) <= totals[DeliveryState.UNCERTAIN]
    assert max(arrived.values()) <= 1 + kills
    assert sum(arrived.values()) - total <= doubts <= SLOTS * kills
