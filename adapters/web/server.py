"""The web server: uvicorn inside a running loop, started and stopped by the one who built it."""

import asyncio
import contextlib
import socket

import uvicorn
from starlette.types import ASGIApp

from bot.core.errors import SettingsProblem

_STOP_SECONDS = 3.0


class WebServer:
    """Serves one application on one address until it is stopped."""

    def __init__(self, app: ASGIApp, host: str, port: int) -> None:
        self._host = host
        self._port = port
        config = uvicorn.Config(app, log_config=None, access_log=False, lifespan="off", ws="none", server_header=False)
        self._server = uvicorn.Server(config)
        self._socket: socket.socket | None = None
        self._task: asyncio.Task[None] | None = None

    def reserve(self) -> None:
        """Take the address; raises `SettingsProblem` when it is taken or not ours. Nobody can connect yet."""
        family = socket.AF_INET6 if ":" in self._host else socket.AF_INET
        listening = socket.socket(family)
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listening.bind((self._host, self._port))
        except OSError as error:
            listening.close()
            reason = error.strerror or "not possible"
            raise SettingsProblem(
                f"Cannot listen on {self._host}:{self._port}: {reason}. Stop what uses it, or set CSOBOT_HTTP__PORT."
            ) from None
        self._socket = listening

    def release(self) -> None:
        """Give the address back."""
        if self._socket:
            self._socket.close()

    async def start(self) -> None:
        """Serve on the address that was reserved."""
        assert self._socket is not None
        # Signals belong to the process that embeds the server.
        self._server.capture_signals = contextlib.nullcontext  # type: ignore[method-assign,assignment]
        self._task = asyncio.create_task(self._server.serve(sockets=[self._socket]))
        while not self._server.started and not self._task.done():  # noqa: ASYNC110 - uvicorn has no event for it
            await asyncio.sleep(0.01)

    async def stop(self) -> None:
        """Answer what is being asked, then close."""
        self._server.should_exit = True
        if self._task:
            with contextlib.suppress(TimeoutError, asyncio.CancelledError):
                await asyncio.wait_for(asyncio.shield(self._task), _STOP_SECONDS)
            self._server.force_exit = True
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
