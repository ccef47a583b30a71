"""The simulated Telegram hands updates to python-telegram-bot as Telegram does, by polling and by webhook."""

import asyncio
from collections.abc import AsyncIterator

import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from telegram import Bot, Update
from telegram.error import Conflict

from adapters.simulator.limits import NO_FLOOD_LIMITS
from adapters.simulator.server import LocalServer, Simulator
from adapters.simulator.telegram_state import Group, Person, Status
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


async def newest(bot: Bot) -> Update:
    return (await bot.get_updates(offset=-1, timeout=2))[-1]


async def test_message_arrives(bot: Bot, telegram: TelegramWorld, ama: Person) -> None:
    """What somebody writes arrives with their name, language and a mark at the command."""
    update = await newest(bot)
    assert update.message is not None
    assert update.message.from_user is not None
    assert (update.message.from_user.language_code, update.message.entities[0].type) == ("en", "bot_command")


async def test_privacy_mode(bot: Bot, telegram: TelegramWorld, ama: Person) -> None:
    """In a group where the bot is a plain member it hears only what is meant for it."""
    group = telegram.group(-1007, "Talk", members=[ama], bot=Status.MEMBER)
    telegram.say(ama, "among us", group)
    telegram.say(ama, "@csobot_demo_bot help", group)
    updates = await bot.get_updates(timeout=0)
    assert [each.message.text for each in updates if each.message] == ["/start", "@csobot_demo_bot help"]


async def test_anonymous_administrator(bot: Bot, telegram: TelegramWorld, desk: Group) -> None:
    """An anonymous administrator speaks as the group."""
    telegram.say_anonymously(desk, "who am I")
    message = (await newest(bot)).message
    assert message is not None
    assert message.sender_chat is not None
    assert message.sender_chat.id == desk.id


async def test_edited_message(bot: Bot, telegram: TelegramWorld, ama: Person) -> None:
    """An edit by a person is told as one."""
    telegram.edit(telegram.say(ama, "one"), "two")
    update = await newest(bot)
    assert update.edited_message is not None
    assert update.edited_message.text == "two"


async def test_offset_confirms(bot: Bot, telegram: TelegramWorld, ama: Person) -> None:
    """Updates come again until an offset beyond them confirms them."""
    first = await bot.get_updates()
    again = await bot.get_updates()
    after = await bot.get_updates(offset=again[-1].update_id + 1)
    assert ([each.update_id for each in first], after) == ([each.update_id for each in again], ())


async def test_second_poller(bot: Bot, telegram: TelegramWorld) -> None:
    """Of two pollers the one that waited is turned away."""
    waiting = asyncio.create_task(bot.get_updates(timeout=5))
    await asyncio.sleep(0.05)
    async with Bot(telegram.token, base_url=bot.base_url.removesuffix(telegram.token)) as other:
        await other.get_updates(timeout=0)
    with pytest.raises(Conflict):
        await waiting


async def test_allowed_updates(bot: Bot, telegram: TelegramWorld, ama: Person, desk: Group) -> None:
    """Members of groups are told of only where that was asked for."""
    await bot.get_updates(allowed_updates=["chat_member"], timeout=0)
    telegram.join(telegram.user(104, "Cy"), desk)
    update = await newest(bot)
    assert update.chat_member is not None


async def test_redelivery_and_unknown_kinds(bot: Bot, telegram: TelegramWorld, ama: Person) -> None:
    """A confirmed update can come again, and one of a kind that nobody knows can come at all."""
    strange = telegram.inject("carrier_pigeon", {"feathers": 2})
    await bot.get_updates(offset=strange.id + 1)
    telegram.redeliver(strange)
    again = await bot.get_updates(offset=strange.id + 1, timeout=2)
    assert [each.update_id for each in again] == [strange.id]


async def test_id_jumps_back(bot: Bot, telegram: TelegramWorld, ama: Person) -> None:
    """After a long silence the numbering begins anew, and an offset that is ahead hides nothing."""
    last = await newest(bot)
    await bot.get_updates(offset=last.update_id + 1)
    telegram.jump_ids(500)
    telegram.say(ama, "back")
    updates = await bot.get_updates(offset=last.update_id + 1, timeout=2)
    assert [each.update_id for each in updates] == [500]


async def test_reordering(bot: Bot, telegram: TelegramWorld, ama: Person) -> None:
    """Updates that were kept back come in the order of choice."""
    telegram.hold()
    telegram.say(ama, "second")
    telegram.release(lambda updates: updates[::-1])
    updates = await bot.get_updates(timeout=2)
    assert [each.message.text for each in updates if each.message] == ["second", "/start"]


@pytest.fixture
async def webhook() -> AsyncIterator[tuple[str, list[tuple[str, str]]]]:
    """A place that fails at first, and what was posted to it as (secret, text)."""
    posted: list[tuple[str, str]] = []

    async def receive(request: Request) -> Response:
        body = await request.json()
        posted.append((request.headers["x-telegram-bot-api-secret-token"], body["message"]["text"]))
        return Response(status_code=500 if len(posted) == 1 else 200)

    server = LocalServer(Starlette(routes=[Route("/{path:path}", receive, methods=["POST"])]))
    await server.start()
    yield f"http://127.0.0.1:{server.port}/telegram/webhook", posted
    await server.stop()


async def test_webhook_is_retried(
    bot: Bot, telegram: TelegramWorld, ama: Person, webhook: tuple[str, list[tuple[str, str]]]
) -> None:
    """A webhook gets an update with the secret until it says 2xx; polling is refused meanwhile."""
    url, posted = webhook
    telegram.webhooks.retry_after = (0.01,)
    await bot.set_webhook(url, secret_token="s3cret")
    await telegram.until(lambda: len(posted) == 2)
    with pytest.raises(Conflict):
        await bot.get_updates()
    assert posted == [("s3cret", "/start"), ("s3cret", "/start")]
