"""What goes wrong at the simulated Telegram on purpose: floods, lost answers, a network that is down."""

from collections.abc import AsyncIterator

import aiohttp
import pytest
from telegram import Bot
from telegram.error import BadRequest, NetworkError, RetryAfter

from adapters.simulator.faults import Network
from adapters.simulator.limits import NO_FLOOD_LIMITS, FloodLimits, Rate
from adapters.simulator.server import Simulator
from adapters.simulator.telegram_state import Group, Person
from adapters.simulator.telegram_world import TelegramWorld


@pytest.fixture
async def simulator() -> AsyncIterator[Simulator]:
    async with Simulator(flood=NO_FLOOD_LIMITS) as simulator:
        yield simulator


@pytest.fixture
def telegram(simulator: Simulator) -> TelegramWorld:
    return simulator.telegram


@pytest.fixture
async def bot(simulator: Simulator) -> AsyncIterator[Bot]:
    token, files = simulator.telegram.token, simulator.telegram_file_url
    async with Bot(token, base_url=simulator.telegram_base_url, base_file_url=files) as bot:
        yield bot


@pytest.fixture
def ama(telegram: TelegramWorld) -> Person:
    ama = telegram.user(101, "Ama", "ama", "en")
    telegram.say(ama, "/start")
    return ama


@pytest.fixture
def desk(telegram: TelegramWorld, ama: Person) -> Group:
    return telegram.group(-1001, "Desk", administrators=[ama])


async def test_flood_limit_of_a_chat(bot: Bot, telegram: TelegramWorld, ama: Person) -> None:
    """More than one message a second in a chat is too many."""
    telegram.limit(FloodLimits())
    await bot.send_message(ama.id, "one")
    with pytest.raises(RetryAfter):
        await bot.send_message(ama.id, "two")


async def test_flood_limit_over_all(bot: Bot, telegram: TelegramWorld, ama: Person, desk: Group) -> None:
    """The limit over all chats holds where each chat on its own is slow enough."""
    telegram.limit(FloodLimits(overall=Rate(1, 1.0)))
    await bot.send_message(ama.id, "one")
    with pytest.raises(RetryAfter):
        await bot.send_message(desk.id, "two")


async def test_lost_answer(bot: Bot, telegram: TelegramWorld, ama: Person) -> None:
    """A message whose answer was lost is there all the same."""
    telegram.faults.lose_next("sendMessage")
    with pytest.raises(NetworkError):
        await bot.send_message(ama.id, "there")
    assert [each.text for each in telegram.from_bot(ama)] == ["there"]


async def test_network_down(bot: Bot, telegram: TelegramWorld, ama: Person) -> None:
    """While the network is down nothing is carried out."""
    telegram.faults.network = Network.DOWN
    with pytest.raises(NetworkError):
        await bot.send_message(ama.id, "lost")
    assert telegram.from_bot(ama) == []


async def test_injected_failure(simulator: Simulator, bot: Bot, telegram: TelegramWorld, ama: Person) -> None:
    """A failure that was asked for happens once and is no refusal."""
    telegram.faults.fail_next("sendMessage", 429, "Too Many Requests: retry after 7", {"retry_after": 7})
    with pytest.raises(RetryAfter):
        await bot.send_message(ama.id, "x")
    await bot.send_message(ama.id, "x")
    assert simulator.refusals == []


async def test_refusals_are_recorded(simulator: Simulator, bot: Bot, ama: Person) -> None:
    """What was refused can be asserted."""
    with pytest.raises(BadRequest):
        await bot.send_message(ama.id, "<x>", parse_mode="HTML")
    assert [each.method for each in simulator.refusals] == ["sendMessage"]


async def test_other_host_names_are_refused(simulator: Simulator) -> None:
    """A page elsewhere cannot reach the simulator by a name of its own."""
    address, host = f"{simulator.url}/api/api.test", {"Host": "evil.example"}
    async with aiohttp.ClientSession() as session, session.get(address, headers=host) as response:
        assert response.status == 421
