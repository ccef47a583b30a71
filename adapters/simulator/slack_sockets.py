"""Socket Mode: tickets from apps.connections.open, then a socket with hello, envelopes and disconnect."""

import asyncio
import contextlib
import json
import uuid

from starlette.websockets import WebSocket, WebSocketDisconnect, WebSocketState

from adapters.simulator.faults import Network
from adapters.simulator.slack_delivery import Deliverer
from adapters.simulator.slack_state import SlackError, SlackState
from adapters.simulator.wire import JsonObject, as_object, as_text

MOST_SOCKETS = 10


class AppSocket:
    """One socket of the app, and the envelopes that wait for their acknowledgement."""

    def __init__(self, websocket: WebSocket) -> None:
        self._websocket = websocket
        self._waiting: dict[str, asyncio.Future[JsonObject]] = {}

    async def hand_over(self, envelope: JsonObject) -> JsonObject:
        """Send an envelope and wait for its acknowledgement; `ConnectionError` when the socket breaks."""
        key = as_text(envelope["envelope_id"])
        self._waiting[key] = asyncio.get_running_loop().create_future()
        try:
            await self._send(envelope)
            return await self._waiting[key]
        finally:
            del self._waiting[key]

    async def close(self, reason: str) -> None:
        """Say goodbye with a `disconnect` message; without one when the reason is empty."""
        with contextlib.suppress(ConnectionError):
            if reason:
                await self._send({"type": "disconnect", "reason": reason, "debug_info": {"host": "simulator"}})
            if reason != "warning" and self._websocket.application_state is WebSocketState.CONNECTED:
                await self._websocket.close(1000)

    async def _send(self, message: JsonObject) -> None:
        try:
            await self._websocket.send_text(json.dumps(message))
        except (RuntimeError, WebSocketDisconnect) as error:
            raise ConnectionError("socket closed") from error

    async def serve(self, hello: JsonObject) -> None:
        """Say hello and take acknowledgements until the app goes."""
        try:
            await self._send(hello)
            while True:
                self._acknowledged(await self._websocket.receive_text())
        except (WebSocketDisconnect, ConnectionError, RuntimeError, KeyError):
            pass
        finally:
            for waiting in self._waiting.values():
                if not waiting.done():
                    waiting.set_exception(ConnectionError("socket closed"))

    def _acknowledged(self, text: str) -> None:
        with contextlib.suppress(ValueError):
            message = as_object(json.loads(text))
            waiting = self._waiting.get(as_text(message.get("envelope_id")))
            if waiting and not waiting.done():
                waiting.set_result(message)


class SocketDoor:
    """Lets the app's sockets in, each with a ticket of its own."""

    def __init__(self, state: SlackState, deliverer: Deliverer) -> None:
        self._state = state
        self._deliverer = deliverer
        self._tickets: set[str] = set()

    def url(self) -> str:
        """An address that opens one socket, once."""
        if len(self._deliverer.sockets) >= MOST_SOCKETS:
            raise SlackError("too_many_websockets")
        ticket = str(uuid.uuid4())
        self._tickets.add(ticket)
        return f"{self._state.url.replace('http', 'ws', 1)}/link/?ticket={ticket}&app_id={self._state.app.app_id}"

    async def endpoint(self, websocket: WebSocket) -> None:
        """The WebSocket endpoint."""
        ticket = websocket.query_params.get("ticket", "")
        if ticket not in self._tickets or self._state.faults.network is Network.DOWN:
            await websocket.close(4403)
            return
        self._tickets.discard(ticket)
        await websocket.accept()
        socket = AppSocket(websocket)
        self._deliverer.sockets.append(socket)
        self._state.changes.touch()
        try:
            await socket.serve(self._hello())
        finally:
            self._deliverer.sockets.remove(socket)
            self._state.changes.touch()

    def _hello(self) -> JsonObject:
        return {
            "type": "hello",
            "num_connections": len(self._deliverer.sockets),
            "debug_info": {"host": "simulator", "build_number": 1, "approximate_connection_time": 18060},
            "connection_info": {"app_id": self._state.app.app_id},
        }
