"""Updates that Telegram brings to us. Knows no web framework: headers and body go in, a status comes out."""

import hmac
import re
from collections.abc import Mapping
from dataclasses import dataclass
from http import HTTPStatus

import structlog

from adapters.telegram.inbound import parse, raw
from adapters.telegram.polling import Accept
from bot.core.errors import SettingsProblem

SECRET_HEADER = "x-telegram-bot-api-secret-token"  # noqa: S105 - the header's name
#: No update comes near this; a web server should not read further either.
LARGEST_BODY = 1_000_000
SECRET_FORM = re.compile(r"[A-Za-z0-9_-]{1,256}")

log = structlog.get_logger(__name__)


#: A stand-in for Telegram on this machine may call plainly.
ON_THIS_MACHINE = ("http://127.0.0.1", "http://localhost", "http://[::1]")


@dataclass(frozen=True, slots=True)
class WebhookAt:
    """Where Telegram shall bring updates, and the secret it shows each time."""

    url: str
    secret: str

    def __post_init__(self) -> None:
        if not self.url.startswith(("https://", *ON_THIS_MACHINE)):
            raise SettingsProblem("The Telegram webhook address must begin with https://.")
        if not SECRET_FORM.fullmatch(self.secret):
            raise SettingsProblem("The Telegram webhook secret must be 1 to 256 of A-Z a-z 0-9 _ -.")

    def __repr__(self) -> str:
        return f"WebhookAt(url={self.url!r})"


class Webhook:
    """Stores what Telegram brings; everything else is turned away before it is read."""

    def __init__(self, account: str, secret: str, accept: Accept) -> None:
        if not SECRET_FORM.fullmatch(secret):
            raise SettingsProblem("The Telegram webhook secret must be 1 to 256 of A-Z a-z 0-9 _ -.")
        self._account = account
        self._secret = secret.encode()
        self._accept = accept

    async def handle(self, headers: Mapping[str, str], body: bytes) -> int:
        """The HTTP status for a request: 200 only after its update is stored, so that Telegram brings it again."""
        if not self._authentic(headers):
            return HTTPStatus.FORBIDDEN
        if len(body) > LARGEST_BODY:
            return HTTPStatus.REQUEST_ENTITY_TOO_LARGE
        event = raw(self._account, parse(body))
        if event is None:
            return HTTPStatus.BAD_REQUEST
        try:
            await self._accept([event])
        except Exception as error:  # the edge: whatever failed, Telegram shall bring it again
            log.warning(
                "telegram.webhook.failed", account=self._account, update=event.event_id, error=type(error).__name__
            )
            return HTTPStatus.SERVICE_UNAVAILABLE
        return HTTPStatus.OK

    def _authentic(self, headers: Mapping[str, str]) -> bool:
        shown = next((value for name, value in headers.items() if name.lower() == SECRET_HEADER), "")
        return hmac.compare_digest(shown.encode("utf-8", "surrogateescape"), self._secret)
