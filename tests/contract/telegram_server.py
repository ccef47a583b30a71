"""A small Bot API on loopback: answers as told, remembers what it was asked, and fails in every way a network can."""

import asyncio
import json
from collections import defaultdict, deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import aiohttp
from aiohttp import web

from adapters.telegram.channel import Menu, TelegramChannel
from adapters.telegram.request import Patience
from adapters.telegram.webhook import WebhookAt

TOKEN = "123456789:AAHsecretsecretsecretsecretsecret"
HASTE = Patience(connect=0.5, answer=0.3, whole=2, upload=2)
CHAT = {"id": 42, "type": "private", "first_name": "Amal"}
MESSAGE = {"message_id": 7, "date": 1764590000, "chat": CHAT, "text": "ok"}
RESULTS: dict[str, object] = {
    "getUpdates": [],
    "getMe": {"id": 123456789, "is_bot": True, "first_name": "csobot", "username": "OurBot"},
    "sendMessage": MESSAGE,
    "sendDocument": MESSAGE,
    "sendVoice": MESSAGE,
    "editMessageText": MESSAGE,
    "editMessageCaption": MESSAGE,
    "createForumTopic": {"message_thread_id": 9000000001, "name": "Q-0001", "icon_color": 7322096},
}


@dataclass(frozen=True)
class Reply:
    """What the server says: a status with a JSON body, or raw bytes."""

    status: int = 200
    body: object = field(default_factory=dict)


@dataclass(frozen=True)
class Cut:
    """The connection is reset after the request was read."""


@dataclass(frozen=True)
class Silence:
    """No answer ever comes."""


def result(value: object) -> Reply:
    return Reply(200, {"ok": True, "result": value})


def error(status: int, description: str, **parameters: int) -> Reply:
    body: dict[str, object] = {"ok": False, "error_code": status, "description": description}
    return Reply(status, body | ({"parameters": parameters} if parameters else {}))


@dataclass
class Call:
    method: str
    fields: dict[str, object]
    files: dict[str, tuple[str, bytes]] = field(default_factory=dict)
    content_type: str = ""


class BotApi:
    """The server; `plan` holds what comes next for a method, else it succeeds."""

    def __init__(self) -> None:
        self.calls: list[Call] = []
        self.plan: defaultdict[str, deque[Reply | Cut | Silence]] = defaultdict(deque)
        self.files: dict[str, bytes | Reply] = {}
        self.url = ""
        #: Set and cleared with every call.
        self.asked_again = asyncio.Event()
        self._over = asyncio.Event()

    @property
    def last(self) -> Call:
        return self.calls[-1]

    def asked(self, method: str) -> list[Call]:
        return [call for call in self.calls if call.method == method]

    async def bot(self, request: web.Request) -> web.StreamResponse:
        method = request.match_info["method"]
        assert request.match_info["token"] == TOKEN
        self.calls.append(await _read(method, request))
        self.asked_again.set()
        self.asked_again.clear()
        planned = self.plan[method].popleft() if self.plan[method] else result(RESULTS.get(method, True))
        if isinstance(planned, Silence):
            await self._over.wait()
        if not isinstance(planned, Reply):
            assert request.transport is not None
            request.transport.abort()
            return web.Response()
        body = planned.body if isinstance(planned.body, bytes) else json.dumps(planned.body).encode()
        return web.Response(status=planned.status, body=body, content_type="application/json")

    async def file(self, request: web.Request) -> web.StreamResponse:
        found = self.files.get(request.match_info["path"], Reply(404, b""))
        if isinstance(found, bytes):
            return web.Response(body=found)
        return web.Response(status=found.status, headers={"Location": f"{self.url}/file/elsewhere"})

    @asynccontextmanager
    async def running(self) -> AsyncIterator["BotApi"]:
        app = web.Application(client_max_size=1 << 26)
        app.router.add_post("/bot{token}/{method}", self.bot)
        app.router.add_get("/file/bot{token}/{path:.+}", self.file)
        runner = web.AppRunner(app, shutdown_timeout=0.1, access_log=None)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        host, port = runner.addresses[0]
        self.url = f"http://{host}:{port}"
        try:
            yield self
        finally:
            self._over.set()
            await runner.cleanup()


async def _read(method: str, request: web.Request) -> Call:
    if request.content_type != "multipart/form-data":
        body = await request.read()
        return Call(method, json.loads(body) if body else {}, content_type=request.content_type)
    call = Call(method, {}, content_type=request.content_type)
    async for part in await request.multipart():
        assert isinstance(part, aiohttp.BodyPartReader)
        if part.filename is None:
            call.fields[part.name or ""] = await part.text()
        else:
            call.files[part.name or ""] = (part.filename, bytes(await part.read()))
    return call


@asynccontextmanager
async def connected(
    api: BotApi, webhook: WebhookAt | None = None, menus: tuple[Menu, ...] = ()
) -> AsyncIterator[TelegramChannel]:
    """A channel of the bot on a session of its own."""
    async with aiohttp.ClientSession() as session:
        yield TelegramChannel(
            "telegram",
            TOKEN,
            session,
            base_url=f"{api.url}/bot",
            base_file_url=f"{api.url}/file/bot",
            webhook=webhook,
            menus=menus,
            patience=HASTE,
        )
