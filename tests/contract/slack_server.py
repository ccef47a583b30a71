"""A small Slack for tests: Web API, file host and Socket Mode over real connections, answering what it is told to."""

import asyncio
import contextlib
import hashlib
import hmac
import json
import time
from collections import defaultdict, deque
from collections.abc import AsyncIterator
from dataclasses import dataclass, field

from aiohttp import WSMsgType, web
from aiohttp.test_utils import TestServer

TEAM, BOT, BOT_ID = "T1", "UBOT", "BBOT"
SECRET = "signing-secret"
TOKEN = "xoxb-secret-token"


@dataclass(slots=True)
class Reply:
    """What one call gets back."""

    body: object
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    hang_up: bool = False


@dataclass(slots=True)
class Call:
    method: str
    body: dict[str, object]
    token: str


class Slack:
    """Records every call; unless told otherwise everything succeeds."""

    def __init__(self) -> None:
        self.calls: list[Call] = []
        self.replies: dict[str, deque[Reply]] = defaultdict(deque)
        self.users: dict[str, dict[str, object]] = {}
        self.channels: dict[str, dict[str, object]] = {}
        self.files: dict[str, web.Response] = {}
        self.fetched: list[tuple[str, str]] = []
        self.uploaded: list[bytes] = []
        self.sockets: list[web.WebSocketResponse] = []
        self.arrived = asyncio.Condition()
        self.acknowledged: asyncio.Queue[dict[str, object]] = asyncio.Queue()
        self.url = ""

    def next(self, method: str, *replies: Reply) -> None:
        self.replies[method].extend(replies)

    def refuse(self, method: str, error: str) -> None:
        self.next(method, Reply({"ok": False, "error": error}))

    def sent(self, method: str) -> list[dict[str, object]]:
        return [call.body for call in self.calls if call.method == method]

    async def api(self, request: web.Request) -> web.StreamResponse:
        method = request.match_info["method"]
        token = request.headers.get("Authorization", "").removeprefix("Bearer ")
        self.calls.append(Call(method, await _body(request), token))
        if self.replies[method]:
            reply = self.replies[method].popleft()
            if reply.hang_up and request.transport:
                request.transport.abort()
            if isinstance(reply.body, str):
                return web.Response(text=reply.body, status=reply.status, content_type="text/html")
            return web.json_response(reply.body, status=reply.status, headers=reply.headers)
        return web.json_response({"ok": True, **self.answer(method, self.calls[-1].body)})

    def answer(self, method: str, body: dict[str, object]) -> dict[str, object]:
        match method:
            case "auth.test":
                return {"user_id": BOT, "team_id": TEAM, "bot_id": BOT_ID}
            case "apps.connections.open":
                return {"url": self.url.replace("http", "ws") + "socket?ticket=t-1"}
            case "users.info":
                return {"user": self.users.get(str(body["user"]), {"id": body["user"], "team_id": TEAM})}
            case "conversations.info":
                return {"channel": self.channels.get(str(body["channel"]), {"id": body["channel"]})}
            case "conversations.open":
                return {"channel": {"id": "D-opened"}}
            case "files.getUploadURLExternal":
                return {"upload_url": f"{self.url}upload", "file_id": "F9"}
            case "files.info":
                return {"file": {"url_private_download": f"{self.url}files/late.txt"}}
        return {"ts": "1700000000.000100", "channel": body.get("channel", "")}

    async def upload(self, request: web.Request) -> web.Response:
        self.uploaded.append(await request.read())
        return web.Response(text="OK")

    async def file(self, request: web.Request) -> web.Response:
        self.fetched.append((request.path, request.headers.get("Authorization", "")))
        return self.files[request.match_info["name"]]

    async def socket(self, request: web.Request) -> web.WebSocketResponse:
        ws = web.WebSocketResponse()
        await ws.prepare(request)
        await ws.send_json({"type": "hello"})
        async with self.arrived:
            self.sockets.append(ws)
            self.arrived.notify_all()
        async for message in ws:
            if message.type is WSMsgType.TEXT:
                await self.acknowledged.put(json.loads(message.data))
        return ws

    async def until_sockets(self, count: int) -> None:
        """Wait until so many connections have been made in all."""
        async with asyncio.timeout(5), self.arrived:
            await self.arrived.wait_for(lambda: len(self.sockets) >= count)

    async def push(self, kind: str, payload: object, envelope: str = "e-1") -> None:
        """Send an envelope through the newest connection."""
        await self.sockets[-1].send_json({"type": kind, "envelope_id": envelope, "payload": payload})


async def _body(request: web.Request) -> dict[str, object]:
    if request.content_type == "application/json":
        return dict(await request.json())
    return {**request.query, **dict(await request.post())}


@contextlib.asynccontextmanager
async def running() -> AsyncIterator[Slack]:
    """A Slack on a free port of this machine; `slack.url` is where it is."""
    slack = Slack()
    app = web.Application()
    app.router.add_post("/api/{method}", slack.api)
    app.router.add_post("/upload", slack.upload)
    app.router.add_get("/files/{name}", slack.file)
    app.router.add_get("/socket", slack.socket)
    server = TestServer(app)
    await server.start_server()
    slack.url = str(server.make_url("/"))
    try:
        yield slack
    finally:
        for ws in slack.sockets:
            await ws.close()
        await server.close()


def signed(body: bytes, *, secret: str = SECRET, at: float | None = None) -> dict[str, str]:
    """The headers Slack sends with this body."""
    stamp = str(int(time.time() if at is None else at))
    mac = hmac.new(secret.encode(), f"v0:{stamp}:".encode() + body, hashlib.sha256).hexdigest()
    return {
        "Content-Type": "application/json",
        "X-Slack-Request-Timestamp": stamp,
        "X-Slack-Signature": f"v0={mac}",
    }


def event(inner: dict[str, object], **outer: object) -> dict[str, object]:
    """An Events API payload around an event."""
    return {
        "token": "verification",
        "team_id": TEAM,
        "api_app_id": "A1",
        "event": inner,
        "type": "event_callback",
        "event_id": "Ev1",
        "event_time": 1700000000,
        **outer,
    }


def message(text: str, channel: str = "D1", **more: object) -> dict[str, object]:
    """A message event of the person U1."""
    return {
        "type": "message",
        "channel": channel,
        "channel_type": "im" if channel.startswith("D") else "channel",
        "user": "U1",
        "team": TEAM,
        "text": text,
        "ts": "1700000000.000001",
        **more,
    }
