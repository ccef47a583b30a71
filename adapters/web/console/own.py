"""One's own things: the first page, sessions, signing out, the language."""

from starlette.responses import Response

from adapters.web.console.console import SIGN_IN
from adapters.web.console.declared import Access, Page
from adapters.web.console.visit import Visit
from bot.core.permission import Permission
from bot.services import signing_in
from storage.reads import console as reads


async def home(visit: Visit) -> Response:
    """Where somebody stands who has just come in."""
    return visit.draw("home.html")


async def show_sessions(visit: Visit) -> Response:
    """One's own sessions; an administrator sees everybody's."""
    idle = visit.setup.console.idle
    found = await visit.read(lambda tx, now: reads.open_sessions(tx, visit.viewer, now, idle))
    return visit.draw_list(
        "sessions.html", "sessions-list.html", found=found, everybody=visit.may(Permission.MANAGE_STAFF)
    )


async def end_session(visit: Visit) -> Response:
    await visit.act(lambda tx, now: signing_in.sign_out(tx, visit.viewer, visit.path("session"), now))
    return visit.go("/console/sessions", "sessions.ended")


async def sign_out(visit: Visit) -> Response:
    """This browser only."""
    who = visit.signed_in
    assert who is not None
    visit.console.open_keys.lock(who.session.public_id)
    await visit.act(lambda tx, now: signing_in.sign_out(tx, who.viewer, who.session.public_id, now))
    return _gone(visit, "sign_in.signed_out")


async def sign_out_everywhere(visit: Visit) -> Response:
    """Every browser, and links that are still on their way."""
    who = visit.signed_in
    assert who is not None
    visit.console.open_keys.lock(who.session.public_id)
    await visit.act(lambda tx, now: signing_in.sign_out_everywhere(tx, who.person.id, who.person.id, now))
    return _gone(visit, "sign_in.signed_out_everywhere")


async def set_language(visit: Visit) -> Response:
    """The language of the console and of the chat."""
    who = visit.signed_in
    assert who is not None
    wanted = visit.given("language")
    await visit.act(lambda tx, _now: signing_in.set_language(tx, visit.setup, who.person, wanted))
    return visit.go("/console/")


def _gone(visit: Visit, said: str) -> Response:
    answer = visit.go(SIGN_IN, said)
    secure = visit.console.secure
    answer.delete_cookie(visit.console.cookie, path="/", secure=secure, httponly=True, samesite="lax")
    answer.headers["Clear-Site-Data"] = '"cache"'
    return answer


PAGES = (
    Page("/console/", Access.STAFF, home),
    Page("/console/sessions", Access.STAFF, show_sessions),
    Page("/console/sessions/{session}/end", Access.STAFF, end_session, method="POST"),
    Page("/console/sign-out", Access.OPENING, sign_out, method="POST"),
    Page("/console/sign-out-everywhere", Access.OPENING, sign_out_everywhere, method="POST"),
    Page("/console/language", Access.STAFF, set_language, method="POST"),
)
