"""Effects that concern signing in to the console."""

from collections.abc import Callable
from typing import Any

from bot.core.console import EndSessions, OfferSignIn
from bot.core.message import Standing
from bot.services import signing_in
from bot.services.acting import Acting, tell_acting

#: Whoever the platform calls so is never staff, whatever was linked once.
NEVER_STAFF = frozenset({Standing.GUEST, Standing.FOREIGN, Standing.ANONYMOUS, Standing.BOT})


def offer_sign_in(acting: Acting, effect: OfferSignIn) -> None:
    """A link to the console, into the private chat only."""
    never = acting.event.sender.standing in NEVER_STAFF
    if never or signing_in.viewer_of(acting.tx, acting.setup, acting.person.id) is None:
        tell_acting(acting, acting.told, "errors.not_staff", {})
        return
    sealed = signing_in.offer(acting.tx, acting.setup, acting.person.id, acting.now)
    minutes = int(acting.setup.console.link.total_seconds() // 60)
    tell_acting(acting, acting.told, "console.link", {signing_in.SEALED: sealed, "minutes": minutes})


def end_sessions(acting: Acting, effect: EndSessions) -> None:
    """The person is out of the console, in every browser."""
    person = acting.person.id
    ended = signing_in.sign_out_everywhere(acting.tx, person, person, acting.now, "chat")
    tell_acting(acting, acting.told, "console.ended", {"sessions": ended})


HANDLERS: dict[type, Callable[[Acting, Any], None]] = {OfferSignIn: offer_sign_in, EndSessions: end_sessions}
