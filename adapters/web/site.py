"""What listens on the web: health for machines, webhooks for the platforms, pages for people."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

#: Larger bodies are no webhook of anybody's.
LARGEST_BODY = 1_000_000


@dataclass(frozen=True, slots=True)
class HookAnswer:
    """What goes back to a platform."""

    status: int
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""


#: Headers and body in, answer out: webhook handlers are handed in, so that no adapter knows another.
Hook = Callable[[Mapping[str, str], bytes], Awaitable[HookAnswer]]


@dataclass(frozen=True, slots=True)
class Health:
    """Whether the process works, in words for those who look after it."""

    ready: bool
    details: Mapping[str, object]


def site(
    hooks: Mapping[str, Hook], health: Callable[[], Awaitable[Health]], pages: Sequence[BaseRoute] = ()
) -> Starlette:
    """The application: `hooks` by path, /healthz (alive), /readyz (can do its work), and the pages handed in."""
    routes: list[BaseRoute] = [Route("/healthz", _alive), Route("/readyz", _ready(health))]
    routes += [Route(path, _hook(hook), methods=["POST"]) for path, hook in hooks.items()]
    return Starlette(routes=[*routes, *pages])


async def _alive(_request: Request) -> Response:
    return JSONResponse({"alive": True})


def _ready(health: Callable[[], Awaitable[Health]]) -> Callable[[Request], Awaitable[Response]]:
    async def ready(_request: Request) -> Response:
        found = await health()
        return JSONResponse({"ready": found.ready, **found.details}, 200 if found.ready else 503)

    return ready


def _hook(hook: Hook) -> Callable[[Request], Awaitable[Response]]:
    async def called(request: Request) -> Response:
        body = bytearray()
        async for chunk in request.stream():
            body += chunk
            if len(body) > LARGEST_BODY:
                return Response(status_code=413)
        answer = await hook(request.headers, bytes(body))
        return Response(answer.body, answer.status, dict(answer.headers))

    return called
