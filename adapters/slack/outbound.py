"""What we send, as calls of Slack's Web API, and what each way of failing means."""

import asyncio
import json
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import BinaryIO

import aiohttp
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient
from slack_sdk.web.async_slack_response import AsyncSlackResponse

from adapters.slack.blocks import body, fallback
from adapters.slack.payload import Node
from bot.core.channel import (
    BadMarkup,
    Doubtful,
    Op,
    Outgoing,
    Refused,
    Retry,
    SendError,
    ThreadGone,
    Unreachable,
)

#: Seconds for one call of the Web API, and for the bytes of a file.
CALL_SECONDS = 30
UPLOAD_SECONDS = 300
#: Event type of the metadata that carries our delivery id.
DELIVERY_EVENT = "csobot_delivery"

_UNREACHABLE = frozenset(
    {
        "channel_not_found", "is_archived", "not_in_channel", "user_not_found", "user_disabled", "user_not_visible",
        "cannot_dm_bot", "messages_tab_disabled", "restricted_action", "invalid_channel", "users_not_found",
    }
)  # fmt: skip
#: Our own token; `account_inactive` is said of the token's owner, which we are.
_OUR_TOKEN = frozenset({"invalid_auth", "not_authed", "token_revoked", "token_expired", "account_inactive"})
_RATE_LIMITED = frozenset({"ratelimited", "rate_limited", "message_limit_exceeded"})
_MARKUP = frozenset({"invalid_blocks", "invalid_blocks_format", "invalid_attachments"})
_NO_THREAD = frozenset({"thread_not_found", "cannot_reply_to_message"})
#: Slack may have done it, or a part of it, before it failed.
_MAYBE_DONE = frozenset({"fatal_error", "internal_error", "request_timeout"})
#: Deleting what is gone already is done.
_GONE = frozenset({"message_not_found", "file_not_found", "file_deleted"})
#: Doing these again does no harm.
_REPEATABLE = frozenset({Op.EDIT, Op.DELETE})


async def send(client: AsyncWebClient, session: aiohttp.ClientSession, outgoing: Outgoing) -> str:
    """Do it once and return Slack's id for it; raises a `SendError`. The client must not retry by itself."""
    match outgoing.op:
        case Op.POST:
            return await _post(client, outgoing)
        case Op.EDIT:
            return await _edit(client, outgoing)
        case Op.DELETE:
            return await _delete(client, outgoing)
        case Op.UPLOAD:
            return await _upload(client, session, outgoing)
        case Op.OPEN_THREAD:
            raise Refused("a Slack thread opens with its first message")


async def _post(client: AsyncWebClient, outgoing: Outgoing) -> str:
    metadata = {"event_type": DELIVERY_EVENT, "event_payload": {"delivery": outgoing.delivery}}
    message = {
        **body(outgoing.rendered),
        "channel": outgoing.to.chat,
        **({"thread_ts": outgoing.to.thread} if outgoing.to.thread else {}),
        "unfurl_links": False,
        "unfurl_media": False,
        **({"metadata": metadata} if outgoing.delivery else {}),
    }
    async with failing(outgoing.op):
        posted = await client.api_call("chat.postMessage", json=message)
    if outgoing.to.thread and not _in_thread(posted, outgoing.to.thread):
        # Slack does not refuse an answer to a deleted thread: it shows it to the whole channel.
        with suppress(SendError):
            await _delete(client, replace(outgoing, target=_text(posted, "ts")))
        raise ThreadGone("the thread was deleted")
    return _text(posted, "ts")


def _in_thread(posted: AsyncSlackResponse, thread: str) -> bool:
    """Whether Slack says that the message went into the thread; an answer that says nothing counts as yes."""
    message: object = posted.get("message")
    return not isinstance(message, dict) or message.get("thread_ts", "") == thread


async def _edit(client: AsyncWebClient, outgoing: Outgoing) -> str:
    message = {"channel": outgoing.to.chat, "ts": outgoing.target, **body(outgoing.rendered)}
    async with failing(outgoing.op):
        try:
            return _text(await client.api_call("chat.update", json=message), "ts")
        except SlackApiError as error:
            if _error(error) == "message_not_found":
                raise ThreadGone("the message was deleted") from None
            raise


async def _delete(client: AsyncWebClient, outgoing: Outgoing) -> str:
    async with failing(outgoing.op):
        if outgoing.target.startswith("F"):
            await _delete_file(client, outgoing.to.chat, outgoing.target)
        else:
            await _unless(_GONE, client, "chat.delete", {"channel": outgoing.to.chat, "ts": outgoing.target})
    return outgoing.target


async def _delete_file(client: AsyncWebClient, channel: str, file: str) -> None:
    """A file that we uploaded, and the message around it: an upload is known by its file, not by its message."""
    told = await _unless(_GONE, client, "files.info", {"file": file})
    shares = Node(told.get("file") if told else None).at("shares")
    for kind in ("public", "private"):
        for share in shares.items(kind, channel):
            await _unless(_GONE, client, "chat.delete", {"channel": channel, "ts": share.text("ts")})
    await _unless(_GONE, client, "files.delete", {"file": file})


async def _unless(
    harmless: frozenset[str], client: AsyncWebClient, method: str, parameters: dict[str, str]
) -> AsyncSlackResponse | None:
    """Call the method; None where it says what does not matter here."""
    try:
        return await client.api_call(method, data=parameters)
    except SlackApiError as error:
        if _error(error) in harmless:
            return None
        raise


async def _upload(client: AsyncWebClient, session: aiohttp.ClientSession, outgoing: Outgoing) -> str:
    """Three steps; only the last shows the file to anybody, so that the first two may always be done again."""
    if outgoing.file is None or outgoing.path is None:
        raise Refused("there is no file to upload")
    async with failing(Op.EDIT):
        channel = await direct_channel(client, outgoing.to.chat)
        wanted = {"filename": outgoing.file.name, "length": outgoing.file.size}
        ticket = await client.api_call("files.getUploadURLExternal", data=wanted)
    with await _opened(outgoing.path) as source:
        async with failing(Op.EDIT, UPLOAD_SECONDS):
            await _put(session, _text(ticket, "upload_url"), source, client.proxy)
    done = {
        "files": json.dumps([{"id": _text(ticket, "file_id"), "title": outgoing.file.name}]),
        "channel_id": channel,
        "initial_comment": fallback(outgoing.rendered),
        **({"thread_ts": outgoing.to.thread} if outgoing.to.thread else {}),
    }
    async with failing(outgoing.op):
        await client.api_call("files.completeUploadExternal", data=done)
    return _text(ticket, "file_id")


async def _opened(path: Path) -> BinaryIO:
    try:
        return await asyncio.to_thread(path.open, "rb")
    except OSError:
        raise Refused("the file is no longer in the store") from None


async def _put(session: aiohttp.ClientSession, url: str, source: BinaryIO, proxy: str | None) -> None:
    """Stream the bytes to the address Slack gave; it needs no token."""
    async with session.post(url, data=source, allow_redirects=False, proxy=proxy) as response:
        if response.status != 200:
            raise Retry(timedelta(seconds=10))


async def direct_channel(client: AsyncWebClient, chat: str) -> str:
    """The DM channel of a user id. Posting takes either, files only a channel."""
    if not chat.startswith(("U", "W")):
        return chat
    opened = await client.api_call("conversations.open", json={"users": chat})
    channel: object = opened.get("channel")
    return str(channel.get("id", "")) if isinstance(channel, dict) else ""


def _text(response: AsyncSlackResponse, key: str) -> str:
    return str(response.get(key) or "")


@asynccontextmanager
async def failing(op: Op, seconds: float = CALL_SECONDS) -> AsyncIterator[None]:
    """Whatever goes wrong inside as the `SendError` that says what to do."""
    try:
        async with asyncio.timeout(seconds):
            yield
    except SlackApiError as error:
        raise refusal(op, error) from None
    except (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError):
        raise Retry(timedelta(seconds=10), everywhere=True) from None
    except (aiohttp.ClientError, TimeoutError) as error:
        raise _maybe(op, type(error).__name__) from None
    except (AttributeError, ValueError):  # slack_sdk stumbles over an answer that is no JSON object
        raise _maybe(op, "unreadable answer") from None


def _maybe(op: Op, what: str) -> SendError:
    return Retry(timedelta(seconds=10)) if op in _REPEATABLE else Doubtful(what)


def refusal(op: Op, failure: SlackApiError) -> SendError:
    """Slack's answer as the error that says what to do. Holds Slack's error word only, never what was sent."""
    error, response = _error(failure), failure.response
    status = getattr(response, "status_code", 0) or getattr(response, "status", 0)
    if status == 429 or error in _RATE_LIMITED:
        return Retry(_retry_after(getattr(response, "headers", {})))
    wait = _waiting(error, status)
    if wait:
        return Retry(wait, everywhere=True)
    if status >= 500 or error in _MAYBE_DONE or not error:
        return _maybe(op, error or f"status {status}")
    kinds = ((_UNREACHABLE, Unreachable), (_MARKUP, BadMarkup), (_NO_THREAD, ThreadGone))
    return next((kind(error) for errors, kind in kinds if error in errors), Refused(error))


def _waiting(error: str, status: int) -> timedelta | None:
    """How long the whole workspace must wait, if it must."""
    if error in _OUR_TOKEN:
        return timedelta(minutes=1)
    refused_by_a_proxy = not error and 400 <= status < 500
    return timedelta(seconds=30) if refused_by_a_proxy or error == "service_unavailable" else None


def _error(failure: SlackApiError) -> str:
    """Slack's word for what went wrong; empty when the answer was none of Slack's."""
    response = failure.response
    data = response.data if isinstance(response, AsyncSlackResponse) else None
    word: object = data.get("error") if isinstance(data, dict) else None
    return word if isinstance(word, str) else ""


def _retry_after(headers: Mapping[str, str]) -> timedelta:
    seconds = headers.get("Retry-After", "")
    return timedelta(seconds=min(int(seconds), 3600)) if seconds.isdigit() else timedelta(seconds=30)
