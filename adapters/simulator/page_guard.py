"""Who may use the page: browsers on this machine, and only by the page itself."""

from urllib.parse import urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

#: Host names a request may be addressed to: a page elsewhere must not reach the demo by another name.
ALLOWED_HOSTS = ("127.0.0.1", "localhost", "[::1]")
_HEADERS = {
    "Content-Security-Policy": (
        # data: for the little drawings in Pico CSS (ticks and arrows).
        "default-src 'self'; img-src 'self' data:; base-uri 'none'; form-action 'self'; frame-ancestors 'none'; "
        "object-src 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}


class Guard:
    """Refuses foreign names and foreign origins; lets a page load nothing that is not its own."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return
        headers = Headers(scope=scope)

        async def with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message).update(_HEADERS)
            await send(message)

        if host_name(headers.get("host", "")) not in ALLOWED_HOSTS:
            await PlainTextResponse("Misdirected Request", 421)(scope, receive, with_headers)
        elif scope["method"] not in ("GET", "HEAD") and not same_origin(headers):
            await PlainTextResponse("Forbidden", 403)(scope, receive, with_headers)
        else:
            await self._app(scope, receive, with_headers)


def host_name(host: str) -> str:
    """A Host header without its port."""
    return host[: host.index("]") + 1] if host.startswith("[") and "]" in host else host.partition(":")[0]


def same_origin(headers: Headers) -> bool:
    """Whether a browser says that our own page sent this."""
    if site := headers.get("sec-fetch-site"):
        return site == "same-origin"
    return urlsplit(headers.get("origin", "")).netloc == headers.get("host", "-")
