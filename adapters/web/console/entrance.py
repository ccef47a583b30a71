"""The way in: a link from the chat. Opening it changes nothing; the button on its page does."""

import re

from starlette.responses import JSONResponse, Response

from adapters.web.console.console import NEXT_COOKIE, next_page, on_this_machine
from adapters.web.console.declared import Access, Page
from adapters.web.console.visit import Visit
from bot.core.console import LinkNotValid
from bot.core.permission import Viewer
from bot.services import signing_in

_BROWSERS = (("Firefox", "Firefox"), ("Edg", "Edge"), ("OPR", "Opera"), ("Chrome", "Chrome"), ("Safari", "Safari"))
_SYSTEMS = (
    ("Android", "Android"),
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Windows", "Windows"),
    ("Mac OS", "macOS"),
    ("Linux", "Linux"),
)


async def sign_in(visit: Visit) -> Response:
    """How to get a link, for somebody who is not signed in."""
    if visit.signed_in:
        return visit.go("/console/")
    bots = [(kind, visit.setup.names.get(account, "")) for account, kind in sorted(visit.setup.kinds.items())]
    demo = visit.console.personas is not None and on_this_machine(visit.request)
    return visit.draw("sign-in.html", bots=bots, demo=demo, minutes=_minutes(visit))


async def enter_page(visit: Visit) -> Response:
    """The page that the link opens. Its token is in the fragment, which no server and no previewer ever sees."""
    return visit.draw("enter.html", minutes=_minutes(visit))


async def enter_who(visit: Visit) -> Response:
    """Asked by the page's script: what the button says. The link stays unused."""
    try:
        viewer = await visit.read(lambda tx, now: signing_in.whose(tx, visit.setup, visit.given("token"), now))
    except LinkNotValid:
        return JSONResponse({"valid": False}, 404)
    say = visit.words
    button = say("sign_in.button", role=roles_in_words(visit, viewer))
    other = visit.signed_in is not None and visit.signed_in.person.id != viewer.person
    return JSONResponse({"valid": True, "button": button.unescape(), "other": other})


async def enter(visit: Visit) -> Response:
    """The button: the link is used up and a session begins; one that was here before ends."""
    device = device_of(visit.request.headers.get("user-agent", ""))
    try:
        cookie = await visit.act(lambda tx, now: signing_in.enter(tx, visit.setup, visit.given("token"), device, now))
    except LinkNotValid:
        return visit.draw("notice.html", 403, what="link_not_valid", sentence="")
    return await admit(visit, cookie)


async def admit(visit: Visit, cookie: str) -> Response:
    """The browser gets its cookie, and the page that was wanted."""
    if old := visit.signed_in:
        await visit.act(lambda tx, now: signing_in.sign_out(tx, old.viewer, old.session.public_id, now))
    answer = visit.go(next_page(visit.request))
    answer.delete_cookie(NEXT_COOKIE, path="/console")
    secure = visit.console.secure
    answer.set_cookie(visit.console.cookie, cookie, path="/", secure=secure, httponly=True, samesite="lax")
    return answer


def roles_in_words(visit: Visit, viewer: Viewer) -> str:
    """All roles of somebody, each once."""
    roles = dict.fromkeys(each.role for each in viewer.staff.roles)
    return ", ".join(str(visit.words(f"layout.role_{role}")) for role in roles)


def device_of(agent: str) -> str:
    """Browser and system in two words; never the whole line, which can single somebody out."""
    browser = next((name for mark, name in _BROWSERS if re.search(rf"{mark}\w*/", agent)), "")
    system = next((name for mark, name in _SYSTEMS if mark in agent), "")
    return " · ".join(filter(None, (browser, system)))


def _minutes(visit: Visit) -> int:
    return int(visit.setup.console.link.total_seconds() // 60)


PAGES = (
    Page("/console/sign-in", Access.ANYBODY, sign_in),
    Page("/console/enter", Access.ANYBODY, enter_page),
    Page("/console/enter/who", Access.ANYBODY, enter_who, method="POST"),
    Page("/console/enter", Access.ANYBODY, enter, method="POST"),
)
