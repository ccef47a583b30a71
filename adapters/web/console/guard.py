"""What every answer of the console carries, and which requests are not looked at at all."""

from collections.abc import Collection
from urllib.parse import urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

LOOPBACK = ("127.0.0.1", "localhost", "[::1]")
SAFE = ("GET", "HEAD")
#: Our own styles and scripts may be kept, and are asked for again with their ETag.
FILES = ("/console/static/", "/console/vendor/")
HEADERS = {
    "Content-Security-Policy": (
        # data: for the little drawings in Pico CSS (ticks and arrows).
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
        "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
    "Cache-Control": "no-store",
}
#: Two years, as browsers' own lists ask for; only sent where the console is reached by https.
STRICT_TRANSPORT = "max-age=63072000"


class Guard:
    """Foreign names and foreign origins are refused before anything is read."""

    def __init__(self, app: ASGIApp, hosts: Collection[str], *, secure: bool) -> None:
        self._app = app
        self._hosts = hosts
        self._headers = HEADERS | ({"Strict-Transport-Security": STRICT_TRANSPORT} if secure else {})

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return
        headers = Headers(scope=scope)

        async def with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                answer = MutableHeaders(scope=message)
                if scope["path"].startswith(FILES):
                    answer["Cache-Control"] = "no-cache"
                for name, value in self._headers.items():
                    answer.setdefault(name, value)
            await send(message)

        if headers.get("host", "").casefold() not in self._hosts:
            await PlainTextResponse("Misdirected Request", 421)(scope, receive, with_headers)
        elif scope["method"] not in SAFE and not same_origin(headers):
            await PlainTextResponse("Forbidden: this was not sent by a page of the console.", 403)(
                scope, receive, with_headers
            )
        else:
            await self._app(scope, receive, with_headers)


def hosts(public_url: str, port: int) -> frozenset[str]:
    """The values of Host that mean us: the public one, and on loopback every name of loopback."""
    named = urlsplit(public_url).netloc.casefold()
    if urlsplit(public_url).hostname in ("127.0.0.1", "localhost", "::1"):
        return frozenset({named, *(f"{each}:{port}" for each in LOOPBACK)})
    return frozenset({named})


def same_origin(headers: Headers) -> bool:
    """Whether a browser says that our own page sent this. A page without referrer sends "Origin: null" with its forms,
    so that Sec-Fetch-Site, which no page can set, is what counts where there is one."""
    if site := headers.get("sec-fetch-site"):
        return site == "same-origin"
    return urlsplit(headers.get("origin", "")).netloc == headers.get("host", "-")
