"""HTTP under python-telegram-bot: one shared aiohttp session, and errors that say whether a request left us.

The library's own httpx client costs five to twenty times the CPU and cannot tell "never sent" from "in doubt", which
is what the ledger must know. Everything raised here is free of addresses, because the address holds the token, and is
raised outside `except`, so that no traceback shows the original either.
"""

import json
import logging
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from http import HTTPStatus

import aiohttp
from telegram.error import BadRequest, ChatMigrated, Conflict, Forbidden, InvalidToken, NetworkError, TelegramError
from telegram.request import BaseRequest, RequestData

#: The connection was never made: nothing can have arrived.
NOT_CONNECTED = (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError, aiohttp.InvalidURL)
#: What may show the token in a description that a proxy made up.
SECRET = re.compile(r"\S*(?:https?://|\d{3,}:[\w-]{8,})\S*")
#: How long a 429 without a usable number of seconds is obeyed.
UNTOLD_PAUSE = timedelta(seconds=3)
REFUSALS: Mapping[int, type[TelegramError]] = {
    HTTPStatus.UNAUTHORIZED: InvalidToken,
    HTTPStatus.NOT_FOUND: InvalidToken,
    HTTPStatus.FORBIDDEN: Forbidden,
    HTTPStatus.CONFLICT: Conflict,
}


class NeverSent(NetworkError):
    """Nothing reached the Bot API; the same request may be made again."""

    __slots__ = ()


class InDoubt(NetworkError):
    """The request left us and no readable answer came back."""

    __slots__ = ()


class TooMany(TelegramError):
    """The Bot API asks for a pause."""

    __slots__ = ("after",)

    def __init__(self, after: timedelta) -> None:
        super().__init__("too many requests")
        self.after = after


@dataclass(frozen=True, slots=True)
class Patience:
    """How long each phase of a request may take, in seconds."""

    #: Until a connection is made, a free place in the pool included.
    connect: float = 10
    #: Until the answer begins, counted from the last byte written.
    answer: float = 20
    #: A whole request without and with a file.
    whole: float = 60
    upload: float = 600


def keep_library_quiet() -> None:
    """Stop python-telegram-bot from logging below WARNING: there it writes its address, with the token, and texts."""
    logging.getLogger("telegram").setLevel(logging.WARNING)


class AiohttpRequest(BaseRequest):
    """python-telegram-bot's transport on a session that belongs to somebody else."""

    __slots__ = ("_patience", "_session")

    def __init__(self, session: aiohttp.ClientSession, patience: Patience | None = None) -> None:
        self._session = session
        self._patience = patience or Patience()

    @property
    def read_timeout(self) -> float:
        return self._patience.answer

    async def initialize(self) -> None:
        """Nothing to open: the session was handed in."""

    async def shutdown(self) -> None:
        """Nothing to close: the session goes on without us."""

    @staticmethod
    def parse_json_payload(payload: bytes) -> dict[str, object]:
        """The answer to a request that was accepted; one that cannot be read leaves the request in doubt.

        Of a message that was sent only the id is handed on: it is all we use, and the library, which insists on every
        field it knows, would otherwise fail after the message has gone out.
        """
        reply = _object(payload)
        if reply.get("ok") is False:
            code = reply.get("error_code")
            raise failure(code if isinstance(code, int) else HTTPStatus.BAD_REQUEST, reply)
        if "result" not in reply:
            raise InDoubt("the answer could not be read")
        result = reply["result"]
        if isinstance(result, dict) and isinstance(result.get("message_id"), int):
            return {"result": {"message_id": result["message_id"], "date": 1, "chat": {"id": 0, "type": "private"}}}
        return reply

    async def call(self, url: str, parameters: Mapping[str, object], answer_within: float) -> object:
        """One method with its raw result: for what must not pass through the library's types (getUpdates)."""
        timeout = self._timeout(self._patience.whole + answer_within, answer_within)
        _, payload = await self._exchange("POST", url, _json(dict(parameters)), timeout)
        return self.parse_json_payload(payload)["result"]

    async def do_request(
        self,
        url: str,
        method: str,
        request_data: RequestData | None = None,
        read_timeout: object = BaseRequest.DEFAULT_NONE,
        write_timeout: object = BaseRequest.DEFAULT_NONE,
        connect_timeout: object = BaseRequest.DEFAULT_NONE,
        pool_timeout: object = BaseRequest.DEFAULT_NONE,
    ) -> tuple[int, bytes]:
        """What the library calls; every status but success is raised here, so its own reading of errors rests."""
        answer = float(read_timeout) if isinstance(read_timeout, int | float) else self._patience.answer
        if request_data is not None and request_data.contains_files:
            return await self._exchange(method, url, _form(request_data), self._timeout(self._patience.upload, answer))
        body = _json(request_data.parameters) if request_data is not None else None
        return await self._exchange(method, url, body, self._timeout(self._patience.whole, answer))

    def _timeout(self, whole: float, answer: float) -> aiohttp.ClientTimeout:
        connect = self._patience.connect
        return aiohttp.ClientTimeout(total=whole, connect=connect, sock_connect=connect, sock_read=answer)

    async def _exchange(
        self, method: str, url: str, body: aiohttp.Payload | aiohttp.FormData | None, timeout: aiohttp.ClientTimeout
    ) -> tuple[int, bytes]:
        if self._session.closed:
            raise NeverSent("the session is closed")
        problem: TelegramError
        try:
            async with self._session.request(
                method, url, data=body, timeout=timeout, allow_redirects=False
            ) as response:
                status, payload = response.status, await response.read()
        except NOT_CONNECTED as error:
            problem = NeverSent(type(error).__name__)
        except (aiohttp.ClientError, OSError) as error:
            problem = InDoubt(type(error).__name__)
        else:
            if status < HTTPStatus.MULTIPLE_CHOICES:
                return status, payload
            problem = failure(status, _object(payload))
        raise problem


def failure(status: int, reply: Mapping[str, object]) -> TelegramError:
    """The library's error for a refused request."""
    detail = reply.get("parameters")
    parameters = detail if isinstance(detail, dict) else {}
    moved_to = parameters.get("migrate_to_chat_id")
    if status < HTTPStatus.BAD_REQUEST:
        return NeverSent("redirected")
    if status == HTTPStatus.TOO_MANY_REQUESTS:
        return TooMany(_pause(parameters.get("retry_after")))
    if isinstance(moved_to, int):
        return ChatMigrated(moved_to)
    otherwise = BadRequest if status < HTTPStatus.INTERNAL_SERVER_ERROR else NetworkError
    return REFUSALS.get(status, otherwise)(_description(status, reply))


def _pause(seconds: object) -> timedelta:
    if isinstance(seconds, int | float) and 0 < seconds < timedelta(days=1).total_seconds():
        return timedelta(seconds=seconds)
    return UNTOLD_PAUSE


def _description(status: int, reply: Mapping[str, object]) -> str:
    told = reply.get("description")
    if isinstance(told, str) and told:
        return SECRET.sub("…", told)[:300]
    return f"HTTP status {status}"


def _object(payload: bytes) -> dict[str, object]:
    """The JSON object in it; empty for anything else, such as the error page of a proxy."""
    try:
        reply = json.loads(payload)
    except (ValueError, RecursionError):
        return {}
    return reply if isinstance(reply, dict) else {}


def _json(parameters: Mapping[str, object]) -> aiohttp.BytesPayload:
    return aiohttp.BytesPayload(json.dumps(parameters).encode(), content_type="application/json")


def _form(data: RequestData) -> aiohttp.FormData:
    """Multipart with open files: aiohttp reads them piece by piece while it sends. Names go as they are, in UTF-8:
    aiohttp would percent-encode them, and the recipient would read "site%20plan.png"."""
    form = aiohttp.FormData(quote_fields=False)
    for name, value in data.json_parameters.items():
        form.add_field(name, value)
    for name, (filename, content, media_type) in data.multipart_data.items():
        form.add_field(name, content, filename=filename, content_type=media_type)
    return form
