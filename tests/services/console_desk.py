"""The console over HTTP without a socket, on an office of a test's own, with people of every role."""

import re
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import httpx
from starlette.applications import Starlette

from adapters.renderer import Renderer
from adapters.web.console.console import Site
from adapters.web.console.pages import PAGES, SECTIONS
from adapters.web.console.parts import Console, Persona
from bot.core.person import Person, Role, StaffRole
from bot.services import signing_in
from storage import people
from storage.database import Transaction
from tests.services.office import WORLD, Office

HOST = "127.0.0.1:8080"
SAME = {"sec-fetch-site": "same-origin"}
RENDERER = Renderer(WORLD, {"telegram": "telegram", "slack": "slack"})


@dataclass
class Desk:
    """One browser, and the console behind it."""

    office: Office
    console: Console
    client: httpx.AsyncClient
    people: Mapping[str, Person] = field(default_factory=dict)

    def sign_in(self, who: str, *, factor: bool = True) -> str:
        """The browser gets a session of this person; `factor`: the second step was shown."""
        person = self.people[who].id
        cookie = self.office.database.run_sync(
            lambda tx: signing_in.begin(tx, self.office.setup, person, "Firefox", self.office.now, factor=factor)
        )
        self.client.cookies.set(self.console.cookie, cookie)
        return cookie

    def sign_out(self) -> None:
        self.client.cookies.clear()

    async def csrf(self) -> str:
        """What a form of the console carries for whoever is signed in."""
        found = re.search(r'name="csrf" value="([0-9a-f]+)"', (await self.client.get("/console/")).text)
        assert found is not None
        return found.group(1)

    async def post(self, path: str, **fields: str) -> httpx.Response:
        """As a form of our own page sends it."""
        return await self.client.post(path, data={"csrf": await self.csrf(), **fields}, headers=SAME)


def _everybody(tx: Transaction, office: Office) -> dict[str, Person]:
    """One person of each role, one of none."""
    found = {}
    for place, role in enumerate(Role):
        person = people.add(tx, Person(language="en", name=role.value), "telegram", f"80{place}", f"80{place}")
        people.add_role(tx, StaffRole(person=person.id, role=role))
        found[role.value] = person
    found["nobody"] = people.add(tx, Person(language="en"), "telegram", "899", "899")
    return found


@asynccontextmanager
async def open_desk(
    office: Office, *, public_url: str = f"http://{HOST}", demo: bool = False, client: str = "127.0.0.1"
) -> AsyncIterator[Desk]:
    """`client`: where the browser sits."""
    known = office.database.run_sync(lambda tx: _everybody(tx, office))
    personas = (lambda _tx: [Persona(known["admin"].id, "Admin")]) if demo else None
    console = Console(
        database=office.database,
        setup=office.setup,
        public_url=public_url,
        port=8080,
        bar=SECTIONS,
        sentence=RENDERER.sentence,
        personas=personas,
    )
    app = Starlette(routes=Site(console, PAGES).routes())
    transport = httpx.ASGITransport(app, client=(client, 50000))
    async with httpx.AsyncClient(transport=transport, base_url=public_url) as browser:
        yield Desk(office, console, browser, known)
