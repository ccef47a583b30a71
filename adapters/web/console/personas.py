"""The demo's way in: one click, and one is somebody of its staff. On this machine only, never with real platforms."""

from starlette.responses import Response

from adapters.web.console.declared import Access, Page
from adapters.web.console.entrance import admit, device_of, roles_in_words
from adapters.web.console.visit import Visit
from bot.core.errors import Unknown
from bot.services import signing_in


async def choose(visit: Visit) -> Response:
    """Whom one can be."""
    make = visit.console.personas
    assert make is not None, "the page is refused where there is no demo"
    personas = await visit.read(lambda tx, _now: make(tx))
    viewers = await visit.read(
        lambda tx, _now: [signing_in.viewer_of(tx, visit.setup, each.person) for each in personas]
    )
    known = [(each, roles_in_words(visit, viewer)) for each, viewer in zip(personas, viewers, strict=True) if viewer]
    return visit.draw("personas.html", personas=known)


async def become(visit: Visit) -> Response:
    """A session of that persona, as if the second factor had been shown."""
    make = visit.console.personas
    assert make is not None, "the page is refused where there is no demo"
    wanted = visit.given("person")
    personas = await visit.read(lambda tx, _now: {str(each.person): each.person for each in make(tx)})
    if wanted not in personas:
        raise Unknown
    device = device_of(visit.request.headers.get("user-agent", ""))
    cookie = await visit.act(
        lambda tx, now: signing_in.begin(tx, visit.setup, personas[wanted], device, now, factor=True)
    )
    return await admit(visit, cookie)


PAGES = (
    Page("/console/demo", Access.DEMO, choose),
    Page("/console/demo", Access.DEMO, become, method="POST"),
)
