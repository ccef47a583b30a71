"""Fetching a file that somebody sent: from the Bot API's file address only, and never more than it promises."""

import asyncio
from datetime import timedelta
from http import HTTPStatus
from pathlib import Path
from urllib.parse import quote, urlsplit

import aiohttp
from telegram import Bot
from telegram.constants import FileSizeLimit
from telegram.error import BadRequest, Forbidden, TelegramError

from adapters.telegram.request import TooMany
from bot.core.channel import FileNotTaken
from bot.core.message import FileRef, FileRefusal

PIECE = 1 << 16
ATTEMPTS = 3
TIMEOUT = aiohttp.ClientTimeout(total=300, connect=10, sock_connect=10, sock_read=30)


class _Interrupted(Exception):
    """The connection broke: worth another attempt."""


async def fetch(bot: Bot, session: aiohttp.ClientSession, ref: FileRef, into: Path) -> None:
    """Stream a file into the path. Nothing is left there when it raises `FileNotTaken`."""
    if ref.size > FileSizeLimit.FILESIZE_DOWNLOAD:
        raise FileNotTaken(FileRefusal.TOO_BIG)
    try:
        await _persistently(bot, session, ref.id, into)
    except BaseException:
        await asyncio.to_thread(into.unlink, missing_ok=True)
        raise


async def _persistently(bot: Bot, session: aiohttp.ClientSession, file_id: str, into: Path) -> None:
    for attempt in range(ATTEMPTS):
        try:
            return await _stream(session, await _address(bot, file_id), into)
        except _Interrupted:
            await asyncio.sleep(0.2 * 4**attempt)
    raise FileNotTaken(FileRefusal.UNAVAILABLE)


async def _address(bot: Bot, file_id: str) -> str:
    """Where the file lies now; a path that would lead elsewhere is not followed."""
    try:
        found = await bot.get_file(file_id)
    except TooMany as error:
        await asyncio.sleep(min(error.after, timedelta(seconds=5)).total_seconds())
        raise _Interrupted from None
    except (BadRequest, Forbidden) as error:
        too_big = "too big" in error.message.lower()
        raise FileNotTaken(FileRefusal.TOO_BIG if too_big else FileRefusal.UNAVAILABLE) from None
    except TelegramError:
        raise _Interrupted from None
    if (found.file_size or 0) > FileSizeLimit.FILESIZE_DOWNLOAD:
        raise FileNotTaken(FileRefusal.TOO_BIG)
    return _within(bot.base_file_url, found.file_path or "")


def _within(root: str, url: str) -> str:
    path = url.removeprefix(f"{root}/")
    if path == url or ".." in path.split("/") or urlsplit(path).netloc:
        raise FileNotTaken(FileRefusal.UNAVAILABLE)
    return f"{root}/{quote(path)}"


async def _stream(session: aiohttp.ClientSession, url: str, into: Path) -> None:
    try:
        async with session.get(url, timeout=TIMEOUT, allow_redirects=False) as response:
            if response.status >= HTTPStatus.INTERNAL_SERVER_ERROR:
                raise _Interrupted
            if response.status != HTTPStatus.OK:
                raise FileNotTaken(FileRefusal.UNAVAILABLE)
            await _write(response, into)
    except (aiohttp.ClientError, TimeoutError):
        raise _Interrupted from None


async def _write(response: aiohttp.ClientResponse, into: Path) -> None:
    size = 0
    with await asyncio.to_thread(into.open, "wb") as file:
        async for piece in response.content.iter_chunked(PIECE):
            size += len(piece)
            if size > FileSizeLimit.FILESIZE_DOWNLOAD:
                raise FileNotTaken(FileRefusal.TOO_BIG)
            await asyncio.to_thread(file.write, piece)
