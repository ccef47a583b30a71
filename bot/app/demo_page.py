"""What the simulator page is handed: the product behind the two platforms, in functions."""

import asyncio
import html
import re
from datetime import datetime, timedelta
from functools import partial

from adapters.simulator.page import Product
from adapters.simulator.page_cast import Cast
from adapters.simulator.page_story import Office
from adapters.simulator.server import Simulator, utc_now
from bot.app.application import Application
from bot.core.message import Fields, Message
from bot.core.query import Query
from bot.core.sla import zone_of
from storage import accounts, clock, story
from storage.database import Transaction
from storage.story import Telling

#: Queries and confidential matters that the strip can tell.
MOST_TOLD = 6
_TAG = re.compile(r"<[^>]+>")


class DemoClock:
    """The time of the simulated platforms: this machine's, moved as the product clock was."""

    def __init__(self) -> None:
        self.ahead = timedelta()

    def __call__(self) -> datetime:
        return utc_now() + self.ahead

    def follow(self, tx: Transaction) -> None:
        """Stand where the product clock stands."""
        self.ahead = clock.now(tx) - utc_now()


def only_demo(tx: Transaction, simulator: Simulator) -> bool:
    """Whether no bot but the simulator's ever used this database: asked before the demo notes itself there."""
    ours = {simulator.telegram.bot.username, simulator.slack.app.bot_user}
    return all(each.name in ours for each in accounts.every(tx))


class Backstage:
    """The functions behind the page."""

    def __init__(self, application: Application, cast: Cast, moved: DemoClock, over: asyncio.Event) -> None:
        """`over` is set when somebody wants to start over."""
        self._application = application
        self._cast = cast
        self._clock = moved
        self._over = over

    def product(self, *, may_start_over: bool) -> Product:
        """All of it, for the page."""
        office = Office(self._application.world, self._cast, self._because, self._desk, self._failure)
        return Product(office, self._tell, self._clock, self._let_pass, may_start_over, self._over.set)

    async def _tell(self) -> Telling:
        return await self._application.database.read(partial(story.tell, most=MOST_TOLD))

    async def _let_pass(self, by: timedelta) -> None:
        await self._application.database.run(partial(clock.move, by=by))
        self._clock.ahead += by
        await self._application.do_what_is_due()

    def _because(self, language: str, query: Query) -> str:
        zone = zone_of(self._application.world, query.country)
        return self._words(language, f"routing.{query.because or 'no_topic'}", query.because_fields, zone)

    def _desk(self, language: str, desk: str) -> str:
        known = self._application.world.desks[desk]
        fields: Fields = {"country": known.country, "region": known.region, "department": known.department}
        return self._words(language, f"names.place_{known.kind.value}", fields)

    def _failure(self, language: str, reason: str) -> str:
        known = ("blocked", "deactivated", "kicked", "not_started")
        return self._words(language, f"names.reason_{reason if reason in known else 'other'}", {})

    def _words(self, language: str, template: str, fields: Fields, zone: str = "UTC") -> str:
        rendered = self._application.renderer.render(Message(template, fields, language=language, zone=zone))
        return html.unescape(_TAG.sub("", rendered.html))
