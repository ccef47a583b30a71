"""One request of somebody to the console, with all that its handler needs."""

import hashlib
import hmac
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import TypeVar
from urllib.parse import quote, unquote

from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from adapters.web.console.drawing import Reader, environment
from adapters.web.console.parts import Console
from adapters.web.console.words import Words, words
from bot.core.permission import Permission, Viewer
from bot.core.world import World
from bot.services.setup import Setup
from bot.services.signing_in import SignedIn
from storage import clock
from storage.database import Transaction

T = TypeVar("T")

#: What is said after an act, until the next page shows it.
SAID_COOKIE = "csobot-said"
#: The browser's zone, as its own script says.
ZONE_COOKIE = "csobot-zone"
_SAID_SECONDS = 60


#: No number of ours has more digits.
MOST_DIGITS = 15


def _without_nul(text: str) -> str:
    """PostgreSQL keeps no NUL character."""
    return text.replace("\0", "")


@dataclass(slots=True)
class Visit:
    """One request. `viewer` is there for every page that a permission or `Access.STAFF` guards."""

    request: Request
    console: Console
    signed_in: SignedIn | None
    now: datetime
    #: The form that was sent, already read; empty for GET.
    form: FormData = field(default_factory=FormData)
    #: Queries that somebody has to do something about, for the top bar.
    open_queries: int = 0

    @property
    def viewer(self) -> Viewer:
        assert self.signed_in is not None, "the page is declared for people who are signed in"
        return self.signed_in.viewer

    @property
    def setup(self) -> Setup:
        return self.console.setup

    @property
    def world(self) -> World:
        return self.console.setup.world

    @property
    def language(self) -> str:
        """The person's; before sign-in the browser's."""
        if self.signed_in and self.signed_in.person.language:
            return self.signed_in.person.language
        accepted = self.request.headers.get("accept-language", "")
        wishes = (each.partition(";")[0].strip().lower()[:2] for each in accepted.split(","))
        return next(
            (wish for wish in wishes if wish in self.world.office.languages), self.world.office.default_language
        )

    @property
    def words(self) -> Words:
        return words(self.language)

    @property
    def zone(self) -> str:
        return unquote(self.request.cookies.get(ZONE_COOKIE, "")) or "UTC"

    @property
    def reader(self) -> Reader:
        """Names, numbers and times as this person knows them."""
        return Reader(self.words, self.zone, self.world, self.now)

    @property
    def csrf(self) -> str:
        """What every form carries: made of the cookie, which no other site can read."""
        return csrf_of(self.signed_in.cookie) if self.signed_in else ""

    def may(self, permission: Permission) -> bool:
        return self.signed_in is not None and self.viewer.may(permission)

    def given(self, name: str) -> str:
        """A text field of the form, or of the address for a GET; empty when it is not there."""
        value = self.form.get(name) if self.request.method == "POST" else self.request.query_params.get(name)
        return _without_nul(value).strip() if isinstance(value, str) else ""

    def path(self, name: str) -> str:
        """A part of the path."""
        return _without_nul(str(self.request.path_params.get(name, "")))

    def number(self, text: str) -> int:
        """A number as forms and paths give it; 0 for anything else, and for more digits than any id of ours has."""
        return int(text) if text.isdecimal() and len(text) <= MOST_DIGITS else 0

    async def read(self, work: Callable[[Transaction, datetime], T]) -> T:
        """Look at the database."""
        return await self.console.database.read(lambda tx: work(tx, clock.now(tx)))

    async def act(self, work: Callable[[Transaction, datetime], T]) -> T:
        """One transaction; what it queued is sent at once. A `BotError` undoes it and is told to the person."""
        done = await self.console.database.run(lambda tx: work(tx, clock.now(tx)))
        self.console.nudge()
        return done

    def draw(self, template: str, status: int = 200, /, **fields: object) -> Response:
        """The whole page."""
        answer = HTMLResponse(environment().get_template(template).render(self._with(fields)), status)
        if SAID_COOKIE in self.request.cookies:
            answer.delete_cookie(SAID_COOKIE, path="/console")
        return answer

    def draw_list(self, template: str, rows: str, **fields: object) -> Response:
        """The whole page; for its own polling only the template `rows`, and 304 where nothing changed."""
        if "hx-request" not in self.request.headers:
            return self.draw(template, 200, **fields)
        drawn = environment().get_template(rows).render(self._with(fields))
        tag = f'"{hashlib.sha256(drawn.encode()).hexdigest()[:24]}"'
        headers = {"ETag": tag, "Vary": "HX-Request"}
        if self.request.headers.get("if-none-match") == tag:
            return Response(status_code=304, headers=headers)
        return HTMLResponse(drawn, headers=headers)

    def go(self, path: str, said: str = "", **fields: str | int) -> Response:
        """On to another page, where the word `said` is shown once."""
        answer = RedirectResponse(path, 303)
        if said:
            told = quote(json.dumps([said, fields]))
            answer.set_cookie(
                SAID_COOKIE,
                told,
                _SAID_SECONDS,
                path="/console",
                httponly=True,
                samesite="lax",
                secure=self.console.secure,
            )
        return answer

    def file(self, content: bytes, name: str, media_type: str) -> Response:
        """A file to keep, never shown in the page."""
        return Response(
            content, media_type=media_type, headers={"Content-Disposition": f'attachment; filename="{name}"'}
        )

    def said(self) -> str:
        """What the last act came to; empty when there was none."""
        try:
            key, fields = json.loads(unquote(self.request.cookies.get(SAID_COOKIE, "")))
            return self.words(key, **fields)
        except (ValueError, TypeError, LookupError):
            return ""

    def _with(self, fields: Mapping[str, object]) -> dict[str, object]:
        sections = self.console.sections(self.signed_in)
        path = self.request.url.path
        here = [each.name for each in sections if path == each.path or path.startswith(f"{each.path}/")]
        return {
            "visit": self,
            "t": self.words,
            "show": self.reader,
            "sections": sections,
            "section": here[-1] if here else "",
            **fields,
        }


def csrf_of(cookie: str) -> str:
    return hmac.new(cookie.encode(), b"csobot console form", hashlib.sha256).hexdigest()
