"""The console as it is served, with somebody of staff signed in: in this process, without a socket."""

import itertools
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx

from adapters.renderer import Renderer
from adapters.web.console.console import Site
from adapters.web.console.pages import PAGES, SECTIONS
from adapters.web.console.parts import Console
from adapters.web.console.visit import csrf_of
from adapters.web.site import Health, site
from bot.core.person import Person, Role, StaffRole
from bot.core.world import World
from bot.services import signing_in
from bot.services.setup import Setup
from storage import clock, people
from storage.database import Database, Transaction
from storage.files import FileStore
from storage.sealing import ConfidentialBox, ProcessSeal, new_confidential_pair

_URL = "http://127.0.0.1:8080"
_PUBLIC_KEY, _ = new_confidential_pair("open sesame")


@dataclass(frozen=True, slots=True)
class Browser:
    """Somebody of staff with a session."""

    client: httpx.AsyncClient
    person: int
    csrf: str

    async def get(self, path: str) -> httpx.Response:
        return await self.client.get(path)

    async def post(self, path: str, **form: str) -> httpx.Response:
        return await self.client.post(path, data={"csrf": self.csrf, **form}, headers={"Origin": _URL})

    async def send_file(self, path: str, name: str, content: bytes, **form: str) -> httpx.Response:
        """A form with a file in it."""
        files = {"file": (name, content, "text/csv")}
        headers = {"Origin": _URL}
        return await self.client.post(path, data={"csrf": self.csrf, **form}, files=files, headers=headers)


def setup_of(world: World, folder: Path, seal: ProcessSeal) -> Setup:
    """A setup with tokens that count up."""
    numbers = itertools.count(1)
    return Setup(
        world=world,
        new_token=lambda: f"token-{next(numbers):032}",
        seal_confidential=ConfidentialBox(_PUBLIC_KEY).seal,
        seal=seal,
        files=FileStore(folder, seal),
        kinds={"telegram": "telegram", "slack": "slack"},
    )


@asynccontextmanager
async def signed_in(
    database: Database, setup: Setup, *roles: Role, region: str = "", language: str = "en"
) -> AsyncIterator[Browser]:
    """A browser in which a new member of staff with these roles is signed in."""
    renderer = Renderer(setup.world, setup.kinds)
    console = Console(
        database=database, setup=setup, public_url=_URL, port=8080, bar=SECTIONS, sentence=renderer.sentence
    )
    application = site({}, _healthy, Site(console, PAGES).routes())

    def settle(tx: Transaction) -> tuple[int, str]:
        now = clock.now(tx)
        person = people.add(
            tx, Person(language=language, name="Amber desk"), "slack", f"U{'-'.join(roles)}{region}", ""
        )
        for role in roles:
            people.add_role(tx, StaffRole(person=person.id, role=role, region=region))
        return person.id, signing_in.begin(tx, setup, person.id, "test", now, factor=True)

    person, cookie = database.run_sync(settle)
    transport = httpx.ASGITransport(app=application)
    cookies = {console.cookie: cookie}
    async with httpx.AsyncClient(transport=transport, base_url=_URL, cookies=cookies) as client:
        yield Browser(client, person, csrf_of(cookie))


async def _healthy() -> Health:
    return Health(True, {})
