"""The second factor: set up with a picture for the authenticator, shown at every sign-in."""

import pyotp
import segno
from markupsafe import Markup
from starlette.responses import RedirectResponse, Response

from adapters.web.console.console import NEXT_COOKIE, next_page
from adapters.web.console.declared import Access, Page
from adapters.web.console.visit import Visit
from bot.core.console import CodeResult
from bot.services import second_factor

ISSUER = "csobot"


async def show(visit: Visit) -> Response:
    """Asks for a code; whoever has no authenticator yet gets the picture first."""
    if visit.signed_in and not visit.signed_in.lacks_factor:
        return visit.go("/console/")
    return await _drawn(visit, CodeResult.TAKEN)


async def take(visit: Visit) -> Response:
    """The code that was typed."""
    who = visit.signed_in
    assert who is not None
    at = visit.console.at()
    result = await visit.act(
        lambda tx, now: second_factor.show_code(tx, visit.setup, who, visit.given("code"), now, at)
    )
    if result is not CodeResult.TAKEN:
        return await _drawn(visit, result)
    answer = RedirectResponse(next_page(visit.request), 303)
    answer.delete_cookie(NEXT_COOKIE, path="/console")
    return answer


async def _drawn(visit: Visit, result: CodeResult) -> Response:
    who = visit.signed_in
    assert who is not None
    fresh = pyotp.random_base32()
    ready = await visit.read(lambda tx, _now: second_factor.is_set_up(tx, who.person.id))
    secret = ""
    if not ready:
        secret = await visit.act(lambda tx, _now: second_factor.secret_to_set_up(tx, visit.setup, who.person.id, fresh))
    minutes = int(visit.setup.console.locked.total_seconds() // 60)
    status = 200 if result is CodeResult.TAKEN else 403
    return visit.draw(
        "factor.html",
        status,
        ready=ready,
        secret=_grouped(secret),
        picture=_picture(visit, secret),
        result=result,
        minutes=minutes,
    )


def _picture(visit: Visit, secret: str) -> Markup:
    """The secret as a picture for an authenticator; dark on white in every theme, as cameras want it."""
    if not secret:
        return Markup()
    assert visit.signed_in is not None
    name = visit.signed_in.person.name or f"staff-{visit.signed_in.person.id}"
    uri = pyotp.TOTP(secret).provisioning_uri(name=name, issuer_name=ISSUER)
    svg = segno.make(uri, error="m").svg_inline(scale=4, border=4, dark="#000", light="#fff", omitsize=True)
    return Markup(svg)  # noqa: S704 - drawn by segno, of our own text


def _grouped(secret: str) -> str:
    return " ".join(secret[place : place + 4] for place in range(0, len(secret), 4))


PAGES = (
    Page("/console/factor", Access.OPENING, show),
    Page("/console/factor", Access.OPENING, take, method="POST"),
)
