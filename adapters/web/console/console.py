"""The console: every declared page becomes a route that looks at who is there before its handler is called."""

import hmac
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from urllib.parse import quote, unquote, urlsplit

import structlog
from starlette.datastructures import FormData
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import BaseRoute, Mount, Route
from starlette.staticfiles import StaticFiles
from starlette.types import Message

from adapters.web.console.declared import Access, Page
from adapters.web.console.guard import LOOPBACK, Guard, hosts
from adapters.web.console.parts import Console, allowed
from adapters.web.console.visit import Visit, csrf_of
from adapters.web.console.words import FOLDER
from bot.core.errors import BotError, Conflict, NotAllowed, Unknown
from bot.core.permission import Permission
from bot.services import signing_in
from bot.services.signing_in import SignedIn
from storage import clock, sessions
from storage.database import Transaction
from storage.reads import queue

log = structlog.get_logger()

#: The page one wanted before signing in.
NEXT_COOKIE = "csobot-next"
_NEXT_SECONDS = 900
SIGN_IN = "/console/sign-in"
FACTOR = "/console/factor"
STATUS: Mapping[type[BotError], int] = {NotAllowed: 403, Unknown: 404, Conflict: 409}


@dataclass(frozen=True, slots=True)
class Site:
    """The console as routes."""

    console: Console
    pages: Sequence[Page]

    def routes(self) -> Sequence[BaseRoute]:
        """Everything below /console."""
        paths = dict.fromkeys(page.path for page in self.pages)
        routes: list[BaseRoute] = [
            Mount("/static", StaticFiles(directory=FOLDER / "static")),
            Mount("/vendor", StaticFiles(directory=FOLDER.parent / "vendor")),
            *(self._route(path) for path in paths),
            Route("/{rest:path}", partial(self._missing), methods=["GET", "POST"]),
        ]
        guard = Middleware(Guard, hosts=hosts(self.console.public_url, self.console.port), secure=self.console.secure)
        return [
            Route("/console", _to_home),
            Mount("/console", routes=routes, middleware=[guard]),
        ]

    def _route(self, path: str) -> Route:
        """All methods of one path."""
        by_method = {page.method: page for page in self.pages if page.path == path}

        async def called(request: Request) -> Response:
            method = "GET" if request.method == "HEAD" else request.method
            return await self.answer(by_method[method], request)

        return Route(path.removeprefix("/console"), called, methods=list(by_method))

    async def answer(self, page: Page, request: Request) -> Response:
        """Who is it, may they, is it really them: then the handler."""
        visit = await self._visit(request)
        if (refused := self._refused(page, visit)) is not None:
            return refused
        if page.method != "GET":
            form = await _form(request, page.largest_body)
            if form is None:
                return notice(visit, 413, "too_large")
            visit.form = form
            if visit.signed_in and not _is_ours(visit):
                await form.close()
                return notice(visit, 403, "form_old")
        try:
            return await page.handler(visit)
        except BotError as problem:
            return self.explained(visit, problem)
        finally:
            await visit.form.close()

    def explained(self, visit: Visit, problem: BotError) -> Response:
        """A refusal as a page: the sentence that chat would say, and the way back."""
        status = next((code for kind, code in STATUS.items() if isinstance(problem, kind)), 400)
        sentence = self.console.sentence(visit.language, problem.template, problem.fields)
        return visit.draw("notice.html", status, what="refused", sentence=sentence)

    async def _visit(self, request: Request) -> Visit:
        cookie = request.cookies.get(self.console.cookie, "")

        def look(tx: Transaction) -> tuple[datetime, SignedIn | None, int]:
            now = clock.now(tx)
            who = signing_in.look_up(tx, self.console.setup, cookie, now)
            return now, who, _open_queries(tx, who) if _is_whole_page(request) else 0

        now, who, count = await self.console.database.read(look)
        if who and signing_in.wants_noting(who.session, now):
            await self.console.database.run(partial(sessions.seen, public_id=who.session.public_id, now=now))
            who = replace(who, session=replace(who.session, seen_at=now))
        return Visit(request, self.console, who, now, open_queries=count)

    def _refused(self, page: Page, visit: Visit) -> Response | None:
        """The page that stands in the way; None when there is none."""
        if page.access is Access.ANYBODY:
            return None
        if page.access is Access.DEMO:
            return None if self.console.personas and on_this_machine(visit.request) else notice(visit, 404, "missing")
        if visit.signed_in is None:
            return self._sign_in_first(visit)
        if page.access is Access.OPENING:
            return None
        if visit.signed_in.lacks_factor:
            return self._then(visit, FACTOR, 403)
        return None if allowed(page.access, visit.signed_in) else notice(visit, 403, "forbidden")

    def _sign_in_first(self, visit: Visit) -> Response:
        answer = self._then(visit, SIGN_IN, 401)
        if self.console.cookie in visit.request.cookies:
            answer.delete_cookie(self.console.cookie, path="/", secure=self.console.secure, httponly=True)
        return answer

    def _then(self, visit: Visit, path: str, status: int) -> Response:
        """To that page, and afterwards back here. What cannot be shown again is refused."""
        request = visit.request
        if request.method != "GET" or "hx-request" in request.headers:
            answer = notice(visit, status, "signed_out")
            answer.headers["HX-Refresh"] = "true"
            return answer
        going = RedirectResponse(path, 303)
        wanted = request.url.path + (f"?{request.url.query}" if request.url.query else "")
        going.set_cookie(
            NEXT_COOKIE,
            quote(wanted, safe=""),
            _NEXT_SECONDS,
            path="/console",
            httponly=True,
            samesite="lax",
            secure=self.console.secure,
        )
        return going

    async def _missing(self, request: Request) -> Response:
        visit = await self._visit(request)
        return notice(visit, 404, "missing") if visit.signed_in else self._sign_in_first(visit)


def _is_whole_page(request: Request) -> bool:
    """Whether the answer has the top bar, as far as one can know before."""
    return "hx-request" not in request.headers


def _open_queries(tx: Transaction, who: SignedIn | None) -> int:
    sees = who is not None and not who.lacks_factor and who.viewer.may(Permission.SEE_QUERIES)
    return queue.open_count(tx, who.viewer) if who and sees else 0


async def _to_home(_request: Request) -> Response:
    return RedirectResponse("/console/", 308)


def notice(visit: Visit, status: int, what: str) -> Response:
    """One clear page: what happened and what to do."""
    return visit.draw("notice.html", status, what=what, sentence="")


def next_page(request: Request) -> str:
    """The page that was wanted before signing in; the first one for anything that is not ours."""
    wanted = unquote(request.cookies.get(NEXT_COOKIE, ""))
    parts = urlsplit(wanted)
    ours = parts.path.startswith("/console/") and not parts.netloc and not parts.scheme and "\\" not in wanted
    return wanted if ours else "/console/"


def on_this_machine(request: Request) -> bool:
    """Whether the browser sits here: its own address, and the name it asked for."""
    client = request.client.host if request.client else ""
    named = urlsplit(f"//{request.headers.get('host', '')}").hostname or ""
    names = {each.strip("[]") for each in LOOPBACK}
    forwarded = any(name in request.headers for name in ("x-forwarded-for", "forwarded", "x-real-ip"))
    return client in names and named in names and not forwarded


def _is_ours(visit: Visit) -> bool:
    sent = visit.request.headers.get("x-csrf") or visit.form.get("csrf")
    assert visit.signed_in is not None
    return isinstance(sent, str) and hmac.compare_digest(sent.encode(), csrf_of(visit.signed_in.cookie).encode())


async def _form(request: Request, most: int) -> FormData | None:
    """The form; None when it is larger than the page takes."""
    if int(request.headers.get("content-length") or 0) > most:
        return None
    taken = 0
    receive = request.receive

    async def counted() -> Message:
        nonlocal taken
        message = await receive()
        taken += len(message.get("body", b""))
        if taken > most:
            raise _TooLarge
        return message

    try:
        return await Request(request.scope, counted).form()
    except _TooLarge:
        return None


class _TooLarge(Exception):
    """The body goes on beyond what the page takes."""
