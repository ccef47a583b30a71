"""kill -9 at any moment while questions and answers flow: nothing is lost, and nothing is said twice unnoticed."""

import asyncio
import contextlib
import random
from collections.abc import AsyncIterator, Sequence
from pathlib import Path

import pytest

from adapters.simulator.server import Simulator
from bot.relay import SLOTS
from storage.database import Database
from tests.acceptance import kill_audit
from tests.acceptance.kill_people import SlackStaff, TelegramStaff, ask_all, seen, staff_of
from tests.acceptance.kill_process import Csobot, environment
from tests.acceptance.kill_stage import Stage

PARTNERS = 200
#: For each database; two databases make the 20 rounds of the requirement.
ROUNDS = 10
#: Seconds over which the questions come in: until about the last round.
ASKING = 32.0
#: Seconds after the last kill within which all must be through.
LONGEST_END = 60.0


@pytest.fixture
async def simulator() -> AsyncIterator[Simulator]:
    async with Simulator() as started:
        yield started


@contextlib.asynccontextmanager
async def working(*works: "asyncio.Task[None]") -> AsyncIterator[None]:
    """People at work until the block ends; what one of them stumbled over is raised."""
    try:
        yield
    finally:
        stumbled = [work.exception() for work in works if work.done() and not work.cancelled()]
        for work in works:
            work.cancel()
        await asyncio.gather(*works, return_exceptions=True)
    assert not any(stumbled), stumbled


async def killed_at_random(csobot: Csobot, chance: random.Random) -> None:
    """One round: a start, some work, and a kill; now and then before the start is over."""
    await csobot.start()
    if chance.random() < 0.2:
        await asyncio.sleep(chance.uniform(0.5, 3.5))
    else:
        await csobot.ready()
        await asyncio.sleep(chance.uniform(0.1, 2.5))
    await csobot.kill()


@pytest.mark.slow
@pytest.mark.req("S0-A3")
async def test_nothing_is_lost_or_doubled_by_kill_9(simulator: Simulator, database_url: str, tmp_path: Path) -> None:
    """200 questions over ten desks, ten kills: each is one query, one card and one answer to the one who asked."""
    chance = random.Random(f"{database_url[:6]}")
    stage = Stage(simulator, PARTNERS)
    database = Database(database_url)
    await database.run(stage.settle_in)
    csobot = Csobot(environment(simulator, database_url, tmp_path), tmp_path)
    staff = staff_of(stage, chance)
    asking = asyncio.create_task(ask_all(stage, chance, ASKING))
    try:
        async with working(*[asyncio.create_task(each.work()) for each in staff]):
            for _ in range(ROUNDS):
                await killed_at_random(csobot, chance)
            await csobot.start()
            await csobot.ready()
            await asking
            books = await _through(stage, staff, database)
        assert await csobot.terminate() == 0
    finally:
        asking.cancel()
        await csobot.clear_away()
        database.close()
    _nothing_lost(stage, books)
    _nothing_twice(stage, books)


async def _through(stage: Stage, staff: Sequence[SlackStaff | TelegramStaff], database: Database) -> kill_audit.Books:
    """Staff have answered every question, and csobot has nothing left to do."""
    numbers = {partner.number for partner in stage.partners}
    assert await seen(lambda: set().union(*(each.answered for each in staff)) == numbers, LONGEST_END), "no card came"
    async with asyncio.timeout(LONGEST_END):
        while (books := await database.read(kill_audit.read)).unfinished or books.events_waiting:  # noqa: ASYNC110
            await asyncio.sleep(0.3)
    return books


def _nothing_lost(stage: Stage, books: kill_audit.Books) -> None:
    questions = {partner.question for partner in stage.partners}
    assert books.questions == dict.fromkeys(questions, 1)
    assert books.replies == dict.fromkeys((partner.answer for partner in stage.partners), 1)
    unanswered = len(books.uncertain_answers)
    assert books.statuses["answered"] == len(questions) - unanswered
    assert books.statuses.total() == len(questions)
    assert set(kill_audit.cards_seen(stage)) == questions
    assert set(books.states) <= {"sent", "uncertain"}
    assert (books.unfinished, books.events_waiting, books.events_failed, books.leases) == (0, 0, 0, 0)
    assert stage.simulator.telegram.updates.pending == [], "every update is confirmed"


def _nothing_twice(stage: Stage, books: kill_audit.Books) -> None:
    assert sum(books.doubts.values()) <= ROUNDS * SLOTS
    for question, cards in kill_audit.cards_seen(stage).items():
        assert cards <= 1 + books.card_doubts[question], question
    for partner in stage.partners:
        answers = kill_audit.answers_seen(stage)[partner.number]
        assert answers or partner.question in books.uncertain_answers, "an answer is lost"
        assert set(answers) <= {partner.number}, "somebody else's answer"
        assert len(answers) <= 1 + books.answer_doubts[partner.question], partner.question
    for delivery, posts in kill_audit.slack_posts(stage).items():
        assert posts <= 1 + books.doubts[delivery], f"delivery {delivery}"


@pytest.mark.slow
async def test_sigterm_leaves_nothing_half_done(simulator: Simulator, database_url: str, tmp_path: Path) -> None:
    """In the middle of work: exit code 0 within ten seconds, no send in the air, no conversation held, no doubt."""
    stage = Stage(simulator, 60)
    database = Database(database_url)
    await database.run(stage.settle_in)
    csobot = Csobot(environment(simulator, database_url, tmp_path), tmp_path)
    # Sends take their time, so that some are on their way when the signal comes.
    simulator.telegram.faults.latency["sendMessage"] = simulator.slack.faults.latency["chat.postMessage"] = 0.3
    loop = asyncio.get_running_loop()
    try:
        await csobot.start()
        await csobot.ready()
        for partner in stage.partners:
            stage.ask(partner)
        assert await seen(lambda: any(map(stage.told, stage.partners)), 20)
        before = loop.time()
        assert await csobot.terminate() == 0
        assert loop.time() - before < 10
        books = await database.read(kill_audit.read)
    finally:
        await csobot.clear_away()
        database.close()
    assert (books.states["sending"], books.leases, books.events_failed) == (0, 0, 0)
    assert sum(books.doubts.values()) == 0
    assert books.unfinished + books.events_waiting > 0, "it was in the middle of work"
