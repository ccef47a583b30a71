"""The simulator as a whole: one loopback server that speaks for both platforms, and the controls of both worlds."""

import asyncio
import contextlib
import socket
from collections.abc import Callable
from datetime import UTC, datetime
from types import TracebackType
from typing import Self, cast

import aiohttp
import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import BaseRoute, Route, WebSocketRoute
from starlette.types import ASGIApp, Receive, Scope, Send
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from adapters.simulator.faults import TRANSPORT, Refusal
from adapters.simulator.limits import FloodLimits, SlackLimits
from adapters.simulator.slack_api import SlackApi
from adapters.simulator.slack_chat import Workspace
from adapters.simulator.slack_delivery import Deliverer
from adapters.simulator.slack_events import SlackEvents
from adapters.simulator.slack_files import FileHost
from adapters.simulator.slack_sockets import SocketDoor
from adapters.simulator.slack_state import AppIdentity, SlackState
from adapters.simulator.slack_world import SlackWorld
from adapters.simulator.telegram_api import TelegramApi
from adapters.simulator.telegram_state import TelegramState
from adapters.simulator.telegram_updates import UpdateQueue, WebhookSender
from adapters.simulator.telegram_world import TelegramWorld

LOOPBACK = "127.0.0.1"
#: Host names a request may be addressed to: a page elsewhere must not reach the simulator by another name.
ALLOWED_HOSTS = (LOOPBACK, "localhost")
#: Not secrets: they open nothing but the simulator.
TELEGRAM_DEMO = "7000000001:AAEdemo-demo-demo-demo-demo-demo-demo"
SLACK_DEMO = AppIdentity("xoxb-demo-bot", "xapp-1-demo-app", "demo-signing-secret")


def utc_now() -> datetime:
    """The time by this machine's clock."""
    return datetime.now(UTC)


class _Protocol(HttpToolsProtocol):
    """Hands the connection's transport to the application, so that it can break the connection."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        super().connection_made(cast(asyncio.Transport, transport))
        self.app = _with_transport(self.app, cast(asyncio.Transport, transport))


def _with_transport(app: ASGIApp, transport: asyncio.Transport) -> ASGIApp:
    async def wrapped(scope: Scope, receive: Receive, send: Send) -> None:
        scope[TRANSPORT] = transport
        with contextlib.suppress(asyncio.CancelledError):  # only by `LocalServer.stop`, which needs no log line
            await app(scope, receive, send)

    return wrapped


def _for_allowed_hosts(app: ASGIApp) -> ASGIApp:
    async def checked(scope: Scope, receive: Receive, send: Send) -> None:
        host = dict(scope["headers"]).get(b"host", b"").decode("latin-1").rpartition(":")[0]
        if host in ALLOWED_HOSTS:
            await app(scope, receive, send)
        else:
            await PlainTextResponse("Misdirected Request", 421)(scope, receive, send)

    return checked


class LocalServer:
    """uvicorn inside a running loop: no signals, no waiting for clients when it stops."""

    def __init__(self, app: ASGIApp, port: int = 0) -> None:
        self._socket = socket.socket()
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self._wanted = port
        self._server = uvicorn.Server(
            uvicorn.Config(
                _for_allowed_hosts(app),
                http=_Protocol,
                ws="websockets-sansio",
                lifespan="off",
                log_config=None,
                access_log=False,
            )
        )

    @property
    def port(self) -> int:
        return int(self._socket.getsockname()[1])

    async def start(self) -> None:
        """Listen; raises `OSError` when the port is taken."""
        self._socket.bind((LOOPBACK, self._wanted))
        config = self._server.config
        config.load()
        self._server.lifespan = config.lifespan_class(config)
        await self._server.startup(sockets=[self._socket])

    async def stop(self) -> None:
        """Break what is open and stop listening."""
        for server in self._server.servers:
            server.close()
        for connection in list(self._server.server_state.connections):
            connection.transport.abort()
        await asyncio.sleep(0)  # so that they know that they are closed
        tasks = list(self._server.server_state.tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        self._socket.close()


class ForeignHost:
    """A host that is neither platform's: it remembers who asked, because nobody should."""

    def __init__(self) -> None:
        #: Paths that were asked for.
        self.visits: list[str] = []
        self._server = LocalServer(Starlette(routes=[Route("/{path:path}", self._visited)]))

    @property
    def url(self) -> str:
        return f"http://{LOOPBACK}:{self._server.port}"

    async def _visited(self, request: Request) -> Response:
        self.visits.append(request.url.path)
        return PlainTextResponse("not yours")

    async def __aenter__(self) -> Self:
        await self._server.start()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._server.stop()


class Simulator:
    """`async with Simulator() as simulator:` gives both platforms until the block ends."""

    def __init__(
        self,
        *,
        port: int = 0,
        now: Callable[[], datetime] = utc_now,
        telegram_token: str = TELEGRAM_DEMO,
        telegram_username: str = "csobot_demo_bot",
        flood: FloodLimits = FloodLimits(),  # noqa: B008  # frozen
        slack_app: AppIdentity = SLACK_DEMO,
        slack_limits: SlackLimits = SlackLimits(),  # noqa: B008  # frozen
    ) -> None:
        telegram = TelegramState(telegram_token, telegram_username, now, flood)
        updates = UpdateQueue(telegram)
        self._telegram_api = TelegramApi(telegram, updates)
        self.telegram = TelegramWorld(telegram, updates, WebhookSender(telegram, updates, self._client))
        self._slack_state = SlackState(slack_app, now, slack_limits)
        deliverer = Deliverer(self._slack_state, self._client)
        workspace = Workspace(self._slack_state, SlackEvents(self._slack_state, deliverer.event))
        self._door = SocketDoor(self._slack_state, deliverer)
        self._slack_api = SlackApi(workspace, self._door)
        self._files = FileHost(self._slack_state)
        self.slack = SlackWorld(workspace, deliverer)
        self._server = LocalServer(Starlette(routes=self._routes()), port)
        self._session: aiohttp.ClientSession | None = None
        self._webhooks: asyncio.Task[None] | None = None

    def _routes(self) -> list[BaseRoute]:
        return [
            Route("/bot{token}/{method}", self._telegram_api.call, methods=["GET", "POST"]),
            Route("/file/bot{token}/{path:path}", self._telegram_api.download),
            Route("/api/{method}", self._slack_api.call, methods=["GET", "POST"]),
            Route("/response/{key}", self._slack_api.respond, methods=["POST"]),
            Route("/upload/v1/{file}", self._files.upload, methods=["POST"]),
            Route("/files-pri/{key}/{path:path}", self._files.download),
            WebSocketRoute("/link/", self._door.endpoint),
        ]

    def _client(self) -> aiohttp.ClientSession:
        assert self._session is not None
        return self._session

    async def start(self) -> Self:
        """Listen on loopback; raises `OSError` when the port is taken."""
        await self._server.start()
        self._slack_state.url = self.url
        self._session = aiohttp.ClientSession()
        self._webhooks = asyncio.create_task(self.telegram.webhooks.run())
        return self

    async def stop(self) -> None:
        """Break every connection and forget nothing: what was said can still be read."""
        if self._webhooks:
            self._webhooks.cancel()
            await asyncio.gather(self._webhooks, return_exceptions=True)
        await self.slack.deliverer.stop()
        await self._server.stop()
        await self._client().close()

    async def __aenter__(self) -> Self:
        return await self.start()

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.stop()

    @property
    def url(self) -> str:
        """Where the simulator listens, without a slash at the end."""
        return f"http://{LOOPBACK}:{self._server.port}"

    @property
    def telegram_base_url(self) -> str:
        return f"{self.url}/bot"

    @property
    def telegram_file_url(self) -> str:
        return f"{self.url}/file/bot"

    @property
    def slack_base_url(self) -> str:
        return f"{self.url}/api/"

    @property
    def slack_file_host(self) -> str:
        """Host and port of Slack's own file host: files are fetched from nowhere else."""
        return f"{LOOPBACK}:{self._server.port}"

    @property
    def refusals(self) -> list[Refusal]:
        """What either platform refused, faults that were injected left out."""
        return [*self.telegram.record.refusals, *self.slack.record.refusals]

    @property
    def version(self) -> int:
        """Grows with every change of either world: an ETag for the page."""
        return self.telegram.state.changes.version + self._slack_state.changes.version
