"""The simulator page: three devices and the strip that tells what just happened. Only the demo hands it out."""

import asyncio
import contextlib
import hashlib
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import jinja2
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.routing import BaseRoute, Mount, Route
from starlette.staticfiles import StaticFiles

from adapters.simulator.faults import ControlError
from adapters.simulator.page_acts import Acts, Notices
from adapters.simulator.page_guard import Guard
from adapters.simulator.page_stage import Director, Stage
from adapters.simulator.page_story import Office
from adapters.simulator.page_view import View, read_view
from adapters.simulator.page_words import FOLDER, Words, languages, preferred, questions, words
from adapters.simulator.server import Simulator
from storage.story import Telling

_LANGUAGE_COOKIE = "csobot-page-language"
#: After an act the page waits this long, so that what comes of it at once is on the answer already.
_SETTLE_SECONDS = 0.15
#: What the browser may show by itself; everything else is handed over as a download.
_SHOWN = ("image/jpeg", "image/png", "audio/ogg")
_STEPS = {"hour": timedelta(hours=1), "day": timedelta(days=1)}


@dataclass(frozen=True, slots=True)
class Product:
    """What the page may ask of the product behind the two platforms."""

    office: Office
    tell: Callable[[], Awaitable[Telling]]
    now: Callable[[], datetime]
    let_pass: Callable[[timedelta], Awaitable[None]]
    #: Whether the demo can be started over: never where a real bot's data are in the database.
    may_start_over: bool
    start_over: Callable[[], None]


def page_routes(simulator: Simulator, product: Product) -> Sequence[BaseRoute]:
    """The routes of the page, guarded as a whole."""
    page = Page(simulator, product)
    routes = [
        Route("/", page.show),
        Route("/simulator/file/{platform}/{file}", page.file),
        Route("/simulator/{what}", page.act, methods=["POST"]),
        Mount("/simulator/static", StaticFiles(directory=FOLDER / "static")),
        Mount("/simulator/vendor", StaticFiles(directory=FOLDER.parent / "vendor")),
    ]
    return [Mount("/", routes=routes, middleware=[Middleware(Guard)])]


class Page:
    """One page for all who look at it: the demo is one stage."""

    def __init__(self, simulator: Simulator, product: Product) -> None:
        self.simulator = simulator
        self.product = product
        self.notices = Notices()
        self.acts = Acts(simulator, product.office.cast, self.notices)
        self.director = Director(simulator, product.office, self.notices)
        loader = jinja2.FileSystemLoader(FOLDER)
        self._templates = jinja2.Environment(
            loader=loader, autoescape=True, undefined=jinja2.StrictUndefined, trim_blocks=True, lstrip_blocks=True
        )

    # Looking

    async def show(self, request: Request) -> Response:
        """The whole page; for the page's own polling only the stage, and 304 when nothing changed."""
        spoken = self._words(request)
        view = read_view(request.query_params)
        if "hx-request" not in request.headers:
            return await self._whole(request, view, spoken)
        stage = await self._stage(view, spoken)
        tag = self._tag(stage, spoken)
        headers = {"ETag": tag, "Cache-Control": "no-store", "Vary": "HX-Request"}
        if request.headers.get("if-none-match") == tag:
            return Response(status_code=304, headers=headers)
        return HTMLResponse(self._drawn("stage.html", stage, spoken), headers=headers)

    async def _whole(self, request: Request, view: View, spoken: Words) -> Response:
        stage = await self._stage(view, spoken)
        answer = HTMLResponse(self._drawn("page.html", stage, spoken), headers={"Cache-Control": "no-store"})
        if request.query_params.get("lang") in languages():
            answer.set_cookie(_LANGUAGE_COOKIE, spoken.language, samesite="strict", httponly=True)
        return answer

    async def _stage(self, view: View, spoken: Words) -> Stage:
        self.acts.gather_answers()
        return self.director.stage(view, spoken, await self.product.tell(), self.product.now())

    def _tag(self, stage: Stage, spoken: Words) -> str:
        """Changes with everything that can be seen; the clock is seen by the minute."""
        version = self.simulator.version
        seen = (version, stage.view, stage.story, stage.stories, stage.matters, stage.unsent, stage.notices)
        popped = [*(phone.notices for phone in stage.phones), stage.desk.notices]
        told = repr((seen, popped, stage.badges, f"{stage.now:%d %H:%M}", spoken.language))
        return f'"{hashlib.sha256(told.encode()).hexdigest()[:24]}"'

    def _drawn(self, template: str, stage: Stage, spoken: Words) -> str:
        return self._templates.get_template(template).render(
            stage=stage,
            view=stage.view,
            t=spoken,
            languages=languages(),
            questions=questions(),
            may_start_over=self.product.may_start_over,
        )

    def _words(self, request: Request) -> Words:
        chosen = request.query_params.get("lang") or request.cookies.get(_LANGUAGE_COOKIE, "")
        return words(chosen if chosen in languages() else preferred(request.headers.get("accept-language", "")))

    async def file(self, request: Request) -> Response:
        """A file of a message, as the platform would show it."""
        platform, identifier = request.path_params["platform"], request.path_params["file"]
        telegram, slack = self.simulator.telegram.state.files, self.simulator.slack.state.files
        found = telegram.get(identifier) if platform == "telegram" else slack.get(identifier)
        if found is None:
            return Response(status_code=404)
        if found.media_type in _SHOWN:
            return Response(found.content, media_type=found.media_type)
        return Response(
            found.content, media_type="application/octet-stream", headers={"Content-Disposition": "attachment"}
        )

    # Acting

    async def act(self, request: Request) -> Response:
        """Do what was asked for, then show the stage (or go back to the page, without scripts)."""
        async with request.form() as form:
            given = {name: value for name, value in form.items() if isinstance(value, str)}
        known = await self._done(request.path_params["what"], given)
        if not known:
            return Response(status_code=404)
        if "hx-request" not in request.headers:
            return RedirectResponse(f"/?{read_view(given).but()}", 303)
        await asyncio.sleep(_SETTLE_SECONDS)
        spoken = self._words(request)
        stage = await self._stage(read_view(given), spoken)
        return HTMLResponse(self._drawn("stage.html", stage, spoken), headers={"Cache-Control": "no-store"})

    async def _done(self, what: str, given: Mapping[str, str]) -> bool:
        who = given.get("who", "")
        try:
            match what:
                case "telegram-say":
                    self.acts.telegram_say(who, given)
                case "telegram-press":
                    self.acts.telegram_press(who, given.get("press", ""))
                case "slack-say":
                    await self.acts.slack_say(who, given)
                case "slack-press":
                    await self.acts.slack_press(who, given.get("press", ""))
                case "slack-form":
                    await self.acts.slack_form(who, given)
                case "trouble":
                    self.acts.trouble(given)
                case "clock":
                    await self._let_pass(given)
                case "again":
                    self._start_over()
                case _:
                    return False
        except ControlError:
            blocked = who == "amina" and self.acts.cast.amina.blocked
            self.notices.put(who or "page", "blocked_first" if blocked else "not_possible")
        return True

    async def _let_pass(self, given: Mapping[str, str]) -> None:
        with contextlib.suppress(KeyError):
            await self.product.let_pass(_STEPS[given.get("by", "")])

    def _start_over(self) -> None:
        if self.product.may_start_over:
            self.notices.put("page", "again_wait")
            self.product.start_over()
        else:
            self.notices.put("page", "again_refused")
