"""Everything Slack sends goes through Bolt, is stored, and only then acknowledged."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import TypeAlias

import structlog
from slack_bolt.app.async_app import AsyncApp
from slack_bolt.authorization import AuthorizeResult
from slack_bolt.context.ack.async_ack import AsyncAck
from slack_bolt.middleware.async_middleware import AsyncMiddleware
from slack_bolt.request.async_request import AsyncBoltRequest
from slack_bolt.response import BoltResponse
from slack_sdk.signature import SignatureVerifier
from slack_sdk.web.async_client import AsyncWebClient

from adapters.slack import inbound
from adapters.slack.library_log import library_logger
from adapters.slack.payload import Node
from bot.core.channel import AccountInfo, Raw
from bot.core.message import Submitted

log = structlog.get_logger()

#: Stores what came; when it returns, it is durable.
Accept: TypeAlias = Callable[[list[Raw]], Awaitable[None]]
#: What is wrong with a filled-in form: field name to a sentence; empty when it may be stored.
CheckForm: TypeAlias = Callable[[Submitted], Mapping[str, str]]

#: Slack's events are a few kB; a modal may have 250 kB.
MAX_BODY = 1024 * 1024
#: Events that say that this installation has ended.
_ENDINGS = frozenset({"app_uninstalled", "tokens_revoked"})


@dataclass(frozen=True, slots=True)
class Us:
    """Who we are at Slack, as auth.test said."""

    info: AccountInfo
    bot_id: str


def no_objection(_: Submitted) -> Mapping[str, str]:
    """Slack itself has seen to the required fields."""
    return {}


class StoreThenAcknowledge(AsyncMiddleware):
    """Bolt's last middleware: takes everything, so that no kind of payload can fall past a listener into a 404.

    A middleware and no listener: the arguments that Bolt prepares for listeners break on a payload they do not expect.
    """

    def __init__(self, us: AccountInfo, accept: Accept, check_form: CheckForm) -> None:
        self._us = us
        self._accept = accept
        self._check_form = check_form

    async def async_process(
        self, *, req: AsyncBoltRequest, resp: BoltResponse, next: Callable[[], Awaitable[BoltResponse]]
    ) -> BoltResponse:
        """200 for what is durable or of no use, 500 for what could not be stored: Slack then sends it again."""
        try:
            return await self._take(req.body, req.context.ack)
        except Exception as error:
            log.error("slack.not_stored", account=self._us.account, error=type(error).__name__)
            return BoltResponse(status=500)

    async def _take(self, body: dict[str, object], ack: AsyncAck) -> BoltResponse:
        kind = Node(body).text("event", "type")
        if kind in _ENDINGS:
            log.warning("slack.installation_ended", account=self._us.account, kind=kind)
        form = inbound.submitted(body, self._us)
        errors = self._check_form(form) if form else {}
        if errors:
            return await ack(response_action="errors", errors=dict(errors))
        raw = inbound.raw(body, self._us)
        if raw is not None:
            await self._accept([raw])
        if Node(body).text("type") == "block_suggestion":
            return await ack(options=[])
        return await ack()


def bolt_app(us: Us, accept: Accept, check_form: CheckForm, *, signing_secret: str, base_url: str) -> AsyncApp:
    """Bolt, which verifies, answers Slack's own questions, and hands everything else to `StoreThenAcknowledge`.

    `authorize` answers from memory. Bolt's own way asks auth.test on the first event, and when Slack refuses that call
    it acknowledges the event with an apology, and the event is lost.
    """

    async def authorize() -> AuthorizeResult:
        info = us.info
        return AuthorizeResult(enterprise_id=None, team_id=info.team, bot_user_id=info.name, bot_id=us.bot_id)

    logger = library_logger()
    app = AsyncApp(
        name="csobot",
        logger=logger,
        signing_secret=signing_secret,
        client=AsyncWebClient(base_url=base_url, logger=logger, retry_handlers=[]),
        authorize=authorize,
        process_before_response=True,
        ignoring_self_events_enabled=True,
    )
    app.use(StoreThenAcknowledge(us.info, accept, check_form))
    return app


@dataclass(frozen=True, slots=True)
class HttpAnswer:
    """What goes back to Slack over HTTP."""

    status: int
    headers: Mapping[str, str]
    body: bytes


async def handle(app: AsyncApp, verifier: SignatureVerifier, headers: Mapping[str, str], body: bytes) -> HttpAnswer:
    """One request of Slack. The signature is checked before anything is parsed; Bolt would parse first."""
    if len(body) > MAX_BODY:
        return HttpAnswer(413, {}, b"")
    if not _genuine(verifier, headers, body):
        return HttpAnswer(401, {}, b"")
    try:
        request = AsyncBoltRequest(body=body.decode(), headers=dict(headers))
    except (ValueError, RecursionError, AttributeError, TypeError, KeyError):  # no JSON, or JSON of another shape
        return HttpAnswer(400, {}, b"")
    response = await app.async_dispatch(request)
    return HttpAnswer(response.status, response.first_headers(), response.body.encode())


def _genuine(verifier: SignatureVerifier, headers: Mapping[str, str], body: bytes) -> bool:
    """False for a wrong or missing signature and for one older than five minutes."""
    sent = {name.lower(): value for name, value in headers.items()}
    try:
        return verifier.is_valid(body, sent.get("x-slack-request-timestamp"), sent.get("x-slack-signature"))
    except (ValueError, TypeError):  # a timestamp that is no number, a body or signature that is no text
        return False
