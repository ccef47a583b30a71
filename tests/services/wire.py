"""A small platform of our own: one JSON line asks, one answers. Its channel speaks that over a real connection."""

import asyncio
import json
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from types import TracebackType

from bot.core.channel import (
    Answer,
    BadMarkup,
    Doubtful,
    Moved,
    Op,
    Outgoing,
    Refused,
    Rendered,
    Retry,
    SendError,
    ThreadGone,
    Unreachable,
)
from bot.core.message import Address, Event, FileRef, Message, Place, Said, Sender

Request = dict[str, str | int]
Reply = dict[str, str | float | bool]


def accept_all(_request: Request) -> Reply:
    return {}


@dataclass
class WireServer:
    """Remembers what it was asked; `reply` says what becomes of it ("close" hangs up without a word)."""

    reply: Callable[[Request], Reply] = accept_all
    latency: float = 0.0
    seen: list[Request] = field(default_factory=list)
    moments: list[float] = field(default_factory=list)
    port: int = 0
    _server: asyncio.Server | None = None
    _writers: set[asyncio.StreamWriter] = field(default_factory=set)

    async def __aenter__(self) -> "WireServer":
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(
        self, _kind: type[BaseException] | None, _error: BaseException | None, _trace: TracebackType | None
    ) -> None:
        assert self._server is not None
        self._server.close()
        for writer in list(self._writers):
            writer.close()
        await self._server.wait_closed()

    def texts(self) -> list[str]:
        return [str(request["text"]) for request in self.seen]

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._writers.add(writer)
        try:
            request = json.loads(await reader.readline())
            self.seen.append(request)
            self.moments.append(time.monotonic())
            reply = self.reply(request)
            await asyncio.sleep(self.latency)
            if "close" not in reply:
                writer.write(json.dumps({"message": f"m{len(self.seen)}"} | reply).encode() + b"\n")
                await writer.drain()
        except (ConnectionError, json.JSONDecodeError):
            pass  # the other side was killed
        finally:
            self._writers.discard(writer)
            writer.close()


ERRORS: dict[str, Callable[[Reply], SendError]] = {
    "retry": lambda reply: Retry(timedelta(seconds=float(reply["after"])), everywhere=bool(reply.get("everywhere"))),
    "unreachable": lambda _: Unreachable("blocked"),
    "moved": lambda reply: Moved(Address("wire", str(reply["to"]))),
    "markup": lambda _: BadMarkup(),
    "thread": lambda _: ThreadGone(),
    "refused": lambda _: Refused("too long"),
}


class WireChannel:
    """An account at the platform above."""

    account = "wire"

    def __init__(self, port: int, kind: str = "telegram") -> None:
        self.port = port
        self.kind = kind
        #: When each send left, seconds: what arrives when is the network's and the machine's affair too.
        self.departures: list[float] = []

    def translate(self, payload: bytes, event_id: str, at: datetime) -> Event:
        said = json.loads(payload)
        return Event(event_id, Address("wire", said["chat"]), Place.PRIVATE, Sender("u"), Said(said["text"]), at)

    async def vet(self, event: Event) -> Event:
        return event

    async def fetch(self, ref: FileRef, into: Path) -> None:
        raise LookupError(ref.id)

    async def answer(self, event: Event, answer: Answer) -> None:
        raise LookupError(event.id)

    async def send(self, outgoing: Outgoing) -> str:
        self.departures.append(time.monotonic())
        request: Request = {
            "op": outgoing.op.value,
            "chat": outgoing.to.chat,
            "thread": outgoing.to.thread,
            "reply_to": outgoing.reply_to,
            "target": outgoing.target,
            "text": outgoing.rendered.html,
            "delivery": outgoing.delivery,
            "file": outgoing.path.read_text() if outgoing.path else "",
        }
        reply = await self._ask(request)
        if error := ERRORS.get(str(reply.get("error"))):
            raise error(reply)
        return "" if outgoing.op is Op.DELETE else str(reply["message"])

    async def _ask(self, request: Request) -> Reply:
        reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
        try:
            writer.write(json.dumps(request).encode() + b"\n")
            line = await reader.readline()
        finally:
            writer.close()
        if not line:
            raise Doubtful
        reply: Reply = json.loads(line)
        return reply


def render(message: Message) -> Rendered:
    """The template's name, in bold, and whether it may have been read before."""
    if message.template == "broken":
        raise LookupError(message.template)
    return Rendered(f"<b>{message.template}</b>{' again' if message.fields.get('repeated') else ''}")
