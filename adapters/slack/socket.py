"""Socket Mode: events over connections that we open, for a bot behind a firewall."""

import asyncio
import time

from slack_bolt.adapter.socket_mode.async_internals import run_async_bolt_app, send_async_response
from slack_bolt.app.async_app import AsyncApp
from slack_sdk.socket_mode.aiohttp import SocketModeClient
from slack_sdk.socket_mode.async_client import AsyncBaseSocketModeClient
from slack_sdk.socket_mode.request import SocketModeRequest
from slack_sdk.web.async_client import AsyncWebClient

from adapters.slack.library_log import library_logger

#: Seconds for which an address with its ticket is tried; an older one is asked for anew.
TICKET_SECONDS = 10.0
PING_SECONDS = 5.0
#: Seconds that closing waits for what is being stored; Slack gives up on an acknowledgement after three.
DRAIN_SECONDS = 3.0


class _Connection(SocketModeClient):
    """slack_sdk's client, but a lost connection is never retried on an address whose ticket has run out.

    Its `connect` asks for an address only while `wss_uri` is None and else tries the same one for ever.
    """

    _address: str | None = None
    _asked_at = 0.0

    @property  # type: ignore[override]  # optional in slack_sdk's own client too, against its parent class
    def wss_uri(self) -> str | None:
        return self._address if time.monotonic() - self._asked_at < TICKET_SECONDS else None

    @wss_uri.setter
    def wss_uri(self, address: str | None) -> None:
        self._address, self._asked_at = address, time.monotonic()


class Sockets:
    """Several connections at once: Slack closes each about every hour, and the others go on meanwhile."""

    def __init__(self, app: AsyncApp, client: AsyncWebClient, app_token: str, connections: int) -> None:
        self._app = app
        self._client = client
        self._app_token = app_token
        self._wanted = connections
        self._open: list[_Connection] = []
        self._handling: set[asyncio.Task[None]] = set()

    async def open(self) -> None:
        """Connect; raises slack_sdk's `SlackApiError` at once when the app-level token is refused."""
        for _ in range(self._wanted):
            connection = _Connection(
                app_token=self._app_token,
                logger=library_logger(),
                web_client=self._client,
                ping_interval=PING_SECONDS,
            )
            connection.proxy = self._client.proxy
            self._open.append(connection)
            connection.socket_mode_request_listeners.append(self._handle)
            connection.wss_uri = await connection.issue_new_wss_url()
            await connection.connect()  # type: ignore[no-untyped-call]

    async def close(self) -> None:
        """Let what is being stored be acknowledged, then close; what comes after that, Slack sends again."""
        if self._handling:
            await asyncio.wait(self._handling, timeout=DRAIN_SECONDS)
        for connection in self._open:
            await connection.close()  # type: ignore[no-untyped-call]
            ended = [connection.message_processor, connection.current_session_monitor, connection.message_receiver]
            await asyncio.gather(*filter(None, ended), return_exceptions=True)
        self._open.clear()

    async def connected(self) -> int:
        """How many connections are alive."""
        return sum([await connection.is_connected() for connection in self._open])

    async def _handle(self, client: AsyncBaseSocketModeClient, request: SocketModeRequest) -> None:
        """Bolt answers 200 only for what is stored; anything else is not acknowledged, and Slack sends it again."""
        task = asyncio.ensure_future(self._acknowledge(client, request))
        self._handling.add(task)
        task.add_done_callback(self._handling.discard)
        await task

    async def _acknowledge(self, client: AsyncBaseSocketModeClient, request: SocketModeRequest) -> None:
        started = time.time()
        response = await run_async_bolt_app(self._app, request)
        await send_async_response(client, request, response, started)
