"""Fetching what people sent, from Slack's own file host only."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import aiohttp
from slack_sdk.web.async_client import AsyncWebClient
from yarl import URL

from adapters.slack.payload import Node
from adapters.slack.people import ASK_SECONDS, FAILURES
from bot.core.channel import FileNotTaken
from bot.core.message import FileRef, FileRefusal

FILE_HOST = "https://files.slack.com"
MAX_BYTES = 50 * 1024 * 1024
FETCH_SECONDS = 120
CHUNK = 256 * 1024


@dataclass(frozen=True, slots=True)
class Origin:
    """Where files may come from: scheme, host and port, all three."""

    url: URL

    def holds(self, url: URL) -> bool:
        return url.is_absolute() and url.origin() == self.url.origin() and url.user is None


async def fetch(
    session: aiohttp.ClientSession, client: AsyncWebClient, ref: FileRef, into: Path, origin: Origin, max_bytes: int
) -> None:
    """Stream the file into the path, with our token, following nothing; raises `FileNotTaken` and leaves no part."""
    if ref.size > max_bytes:
        raise FileNotTaken(FileRefusal.TOO_BIG)
    url = _url(ref.url or await _private_url(client, ref.id), origin)
    try:
        async with _answer(session, client, url) as response:
            _check(response, max_bytes)
            await _store(response, into, max_bytes)
    except BaseException:
        await asyncio.to_thread(into.unlink, missing_ok=True)
        raise


def _url(text: str, origin: Origin) -> URL:
    try:
        url = URL(text)
        if origin.holds(url):
            return url
    except ValueError:
        pass
    raise FileNotTaken(FileRefusal.FOREIGN_HOST)


async def _private_url(client: AsyncWebClient, file: str) -> str:
    """Files of shared channels come without an address: Slack wants to be asked."""
    try:
        async with asyncio.timeout(ASK_SECONDS):
            answer = await client.api_call("files.info", data={"file": file})
        found = Node(answer.get("file"))
    except FAILURES:
        raise FileNotTaken(FileRefusal.UNAVAILABLE) from None
    return found.text("url_private_download") or found.text("url_private")


@asynccontextmanager
async def _answer(
    session: aiohttp.ClientSession, client: AsyncWebClient, url: URL
) -> AsyncIterator[aiohttp.ClientResponse]:
    headers = {"Authorization": f"Bearer {client.token}", "Accept-Encoding": "identity"}
    timeout = aiohttp.ClientTimeout(total=FETCH_SECONDS, sock_read=30)
    try:
        async with session.get(
            url, headers=headers, allow_redirects=False, timeout=timeout, proxy=client.proxy
        ) as response:
            yield response
    except (aiohttp.ClientError, TimeoutError):
        raise FileNotTaken(FileRefusal.UNAVAILABLE) from None


def _check(response: aiohttp.ClientResponse, max_bytes: int) -> None:
    """Slack answers a token without the right scope with its sign-in page; a file is always an attachment."""
    page = response.content_type == "text/html" and "attachment" not in response.headers.get("Content-Disposition", "")
    if response.status != 200 or page:
        raise FileNotTaken(FileRefusal.UNAVAILABLE)
    if (response.content_length or 0) > max_bytes:
        raise FileNotTaken(FileRefusal.TOO_BIG)


async def _store(response: aiohttp.ClientResponse, into: Path, max_bytes: int) -> None:
    size = 0
    with await asyncio.to_thread(into.open, "wb") as target:
        async for chunk in response.content.iter_chunked(CHUNK):
            size += len(chunk)
            if size > max_bytes:
                raise FileNotTaken(FileRefusal.TOO_BIG)
            await asyncio.to_thread(target.write, chunk)
