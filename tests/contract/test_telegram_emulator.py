"""The same adapter against an emulator that others wrote (npm telegram-test-api), so that our own misreading of the
Bot API does not go unnoticed. A shim mends what that emulator gets wrong: getMe lacks `is_bot`, and what the Bot API
answers with true it answers with null."""

import asyncio
import os
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path

import aiohttp
import pytest
from aiohttp import web

from adapters.telegram.channel import TelegramChannel
from adapters.telegram.polling import Rhythm
from bot.core.channel import Answer, Op, Outgoing, Raw, Refused, Rendered, RenderedButton
from bot.core.message import Address, Event, Pressed, Said
from tests.ports import free_port

TOKEN = "666:emulated-token"
PACKAGE = "telegram-test-api@4.2.1"
START = """
const TelegramServer = require('telegram-test-api');
new TelegramServer({ port: Number(process.argv[1]), host: '127.0.0.1' }).start().then(() => console.log('ready'));
"""
AMAL = {"id": 42, "first_name": "<b>Amal</b>", "is_bot": False}
CHAT = {"id": 42, "type": "private", "first_name": "Amal"}
ADDRESS = Address("telegram", "42")

pytestmark = pytest.mark.skipif(
    not (shutil.which("npm") and shutil.which("node")) and not os.environ.get("CI_STRICT"),
    reason="Node.js is not installed: the Telegram adapter is not compared with a foreign emulator",
)


async def run(*command: str, cwd: Path) -> None:
    process = await asyncio.create_subprocess_exec(
        *command, cwd=cwd, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT
    )
    output, _ = await process.communicate()
    assert process.returncode == 0, output.decode()


@pytest.fixture(scope="module")
def emulator(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("emulator")
    quiet = ("--no-audit", "--no-fund", "--ignore-scripts", "--loglevel=error")
    asyncio.run(run("npm", "install", *quiet, "--prefix", str(folder), PACKAGE, cwd=folder))
    return folder


@asynccontextmanager
async def emulating(folder: Path) -> AsyncIterator[str]:
    port = free_port()
    process = await asyncio.create_subprocess_exec(
        "node", "-e", START, str(port), cwd=folder, stdout=asyncio.subprocess.PIPE
    )
    try:
        assert process.stdout is not None
        assert await asyncio.wait_for(process.stdout.readline(), 10) == b"ready\n"
        yield f"http://127.0.0.1:{port}"
    finally:
        process.kill()
        await process.communicate()


@asynccontextmanager
async def mended(emulator_url: str, session: aiohttp.ClientSession) -> AsyncIterator[str]:
    async def forward(request: web.Request) -> web.Response:
        async with session.post(emulator_url + request.path, json=await request.json()) as response:
            reply = await response.json()
        if request.path.endswith("/getMe"):
            reply["result"]["is_bot"] = True
        if reply.get("result", ...) is None:
            reply["result"] = True
        return web.json_response(reply, status=response.status)

    app = web.Application()
    app.router.add_post("/{path:.*}", forward)
    runner = web.AppRunner(app, shutdown_timeout=0.1, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    try:
        yield f"http://127.0.0.1:{runner.addresses[0][1]}"
    finally:
        await runner.cleanup()


class Bench:
    """The channel and the emulator's client side."""

    def __init__(self, url: str, session: aiohttp.ClientSession, channel: TelegramChannel) -> None:
        self._url, self._session, self.channel = url, session, channel
        self._heard: asyncio.Queue[Raw] = asyncio.Queue()

    async def accept(self, events: list[Raw]) -> None:
        for event in events:
            self._heard.put_nowait(event)

    async def heard(self) -> Event:
        raw = await asyncio.wait_for(self._heard.get(), 3)
        return self.channel.translate(raw.payload, raw.event_id, datetime.now(UTC))

    async def act(self, path: str, **fields: object) -> None:
        body = {"botToken": TOKEN, "date": 1764590000, "from": AMAL, "chat": CHAT} | fields
        async with self._session.post(f"{self._url}/{path}", json=body) as response:
            assert response.status == 200

    async def shown(self) -> list[dict[str, object]]:
        asked = {"token": TOKEN, "chatId": "42"}
        async with self._session.post(f"{self._url}/getUpdates", json=asked) as response:
            return [each["message"] for each in (await response.json())["result"]]


@pytest.fixture
async def bench(emulator: Path) -> AsyncIterator[Bench]:
    async with aiohttp.ClientSession() as session, emulating(emulator) as url, mended(url, session) as bot_url:
        channel = TelegramChannel(
            "telegram", TOKEN, session, base_url=f"{bot_url}/bot", base_file_url=f"{bot_url}/file"
        )
        bench = Bench(url, session, channel)
        await channel.start()
        polling = asyncio.create_task(channel.poller(bench.accept, Rhythm(pause=0.02)).run())
        yield bench
        polling.cancel()
        with suppress(asyncio.CancelledError):
            await polling


async def test_a_message_is_heard(bench: Bench) -> None:
    """Words of a person, in any script."""
    await bench.act("sendMessage", text="من يساعد؟ <b>")
    event = await bench.heard()
    assert (event.address, event.sender.name) == (ADDRESS, "<b>Amal</b>")
    assert isinstance(event.content, Said)
    assert event.content.text == "من يساعد؟ <b>"


async def test_a_command_is_heard_without_our_name(bench: Bench) -> None:
    """The emulator's bot is called TestNameBot."""
    entities = [{"type": "bot_command", "offset": 0, "length": 18}]
    await bench.act("sendCommand", text="/start@TestNameBot abc", entities=entities)
    content = (await bench.heard()).content
    assert isinstance(content, Said)
    assert content.text == "/start abc"


async def test_a_press_is_heard_and_answered(bench: Bench) -> None:
    """The token and the message that carries the button."""
    await bench.act("sendCallback", data="tok", message={"message_id": 5, "chat": CHAT, "date": 1764590000})
    event = await bench.heard()
    assert Pressed("tok", "5", "1") == event.content
    await bench.channel.answer(event, Answer(Rendered("Done")))


async def test_each_update_is_heard_once(bench: Bench) -> None:
    """Three messages, three events, in order."""
    for word in ("one", "two", "three"):
        await bench.act("sendMessage", text=word)
    contents = [(await bench.heard()).content for _ in range(3)]
    assert [said.text for said in contents if isinstance(said, Said)] == ["one", "two", "three"]


async def test_a_message_is_shown(bench: Bench) -> None:
    """Text, markup and buttons as the other side reads them."""
    buttons = (RenderedButton("1 Yes", "y"), RenderedButton("2 No", "n"))
    await bench.channel.send(Outgoing(Op.POST, ADDRESS, Rendered("<b>Hi</b>", buttons, columns=2)))
    (shown,) = await bench.shown()
    assert (shown["text"], shown["parse_mode"]) == ("<b>Hi</b>", "HTML")
    row = [{"text": "1 Yes", "callback_data": "y"}, {"text": "2 No", "callback_data": "n"}]
    assert {"inline_keyboard": [row]} == shown["reply_markup"]


async def test_a_message_is_edited_and_deleted(bench: Bench) -> None:
    """Both by the id that sending returned."""
    sent = await bench.channel.send(Outgoing(Op.POST, ADDRESS, Rendered("old")))
    assert sent == await bench.channel.send(Outgoing(Op.EDIT, ADDRESS, Rendered("new"), target=sent))
    assert [message["text"] for message in await bench.shown()] == ["new"]
    assert sent == await bench.channel.send(Outgoing(Op.DELETE, ADDRESS, Rendered(""), target=sent))


async def test_what_the_emulator_refuses_is_refused(bench: Bench) -> None:
    """Its refusals come with status 200 and are refusals all the same."""
    with pytest.raises(Refused, match="wasn't found"):
        await bench.channel.send(Outgoing(Op.DELETE, ADDRESS, Rendered(""), target="999"))
