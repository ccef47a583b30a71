"""Slack as a channel."""

import asyncio
from collections.abc import Mapping
from datetime import datetime, timedelta
from pathlib import Path

import aiohttp
import structlog
from slack_bolt.app.async_app import AsyncApp
from slack_sdk.errors import SlackApiError
from slack_sdk.http_retry.async_handler import AsyncRetryHandler
from slack_sdk.http_retry.builtin_async_handlers import AsyncRateLimitErrorRetryHandler
from slack_sdk.signature import SignatureVerifier
from slack_sdk.web.async_client import AsyncWebClient
from yarl import URL

from adapters.slack import blocks, bolt, files, forms, inbound, outbound
from adapters.slack.library_log import library_logger
from adapters.slack.people import People
from adapters.slack.socket import Sockets
from bot.core.channel import AccountInfo, Answer, Op, Outgoing, Refused, Rendered, RenderedForm, Retry, SendError
from bot.core.errors import SettingsProblem
from bot.core.message import Event, FileRef, Place, Pressed, Said, Submitted

log = structlog.get_logger()

SLACK_API = AsyncWebClient.BASE_URL
#: Slack forgets what a modal may be opened with after this time.
ANSWER_SECONDS = 3.0
_START_TRIES = 4


class SlackChannel:
    """A Slack workspace: implements `bot.core.channel.Channel`."""

    kind = "slack"

    def __init__(
        self,
        *,
        account: str,
        bot_token: str,
        session: aiohttp.ClientSession,
        accept: bolt.Accept,
        app_token: str = "",
        signing_secret: str = "",
        base_url: str = SLACK_API,
        connections: int = 2,
        max_file_bytes: int = files.MAX_BYTES,
        check_form: bolt.CheckForm = bolt.no_objection,
    ) -> None:
        """With `app_token` events come by Socket Mode, with `signing_secret` through `handle`."""
        self.account = account
        self._session = session
        self._accept = accept
        self._app_token = app_token
        self._signing_secret = signing_secret
        self._base_url = base_url
        self._connections = connections
        self._max_file_bytes = max_file_bytes
        self._check_form = check_form
        #: For the outbox: slack_sdk's default sends a message again after a lost connection.
        self._sending = _web_client(bot_token, base_url, session, [])
        self._asking = _web_client(bot_token, base_url, session, [AsyncRateLimitErrorRetryHandler()])
        self._people = People(self._asking)
        self._info = AccountInfo(account, "")
        self._app: AsyncApp | None = None
        self._sockets: Sockets | None = None

    async def start(self) -> AccountInfo:
        """Ask Slack who we are, then listen; raises `SettingsProblem` when Slack refuses a token or is not there."""
        us = await self._who_we_are()
        self._info = us.info
        self._app = bolt.bolt_app(
            us,
            self._accept,
            self._check_form,
            signing_secret=self._signing_secret,
            base_url=self._base_url,
        )
        if self._app_token:
            self._sockets = Sockets(self._app, self._asking, self._app_token, self._connections)
            try:
                await self._sockets.open()
            except SlackApiError as error:
                await self.stop()
                reason = outbound.refusal(Op.POST, error)
                raise SettingsProblem(f"Slack refuses the app token of {self.account}: {reason}") from None
        return self._info

    async def stop(self) -> None:
        """Hear nothing any more; sending goes on as long as the session is open."""
        sockets, self._sockets, self._app = self._sockets, None, None
        if sockets:
            await sockets.close()

    async def connected(self) -> bool:
        """Whether events can reach us now: at least one live socket, or simply started over HTTP."""
        if self._sockets:
            return await self._sockets.connected() > 0
        return self._app is not None

    async def handle(self, headers: Mapping[str, str], body: bytes) -> bolt.HttpAnswer:
        """One request to /slack/events, whatever web server it came through."""
        if self._app is None or not self._signing_secret:
            return bolt.HttpAnswer(503, {}, b"")
        return await bolt.handle(self._app, SignatureVerifier(self._signing_secret), headers, body)

    def translate(self, payload: bytes, event_id: str, at: datetime) -> Event:
        """A stored payload in our words."""
        return inbound.translate(payload, event_id, at, self._info)

    async def vet(self, event: Event) -> Event:
        """The event with its sender's standing, name and language as Slack has them."""
        return await self._people.vet(event, self._info)

    async def fetch(self, ref: FileRef, into: Path) -> None:
        """Stream a file into the path; raises `FileNotTaken`."""
        host = files.FILE_HOST if self._base_url == SLACK_API else self._base_url
        await files.fetch(self._session, self._asking, ref, into, files.Origin(URL(host)), self._max_file_bytes)

    async def send(self, outgoing: Outgoing) -> str:
        """Do it once and return Slack's id; raises a `SendError`."""
        return await outbound.send(self._sending, self._session, outgoing)

    async def answer(self, event: Event, answer: Answer) -> None:
        """Within Slack's three seconds or not at all."""
        try:
            if answer.form:
                await self._open(event, answer.form)
            if answer.notice:
                await self._notify(event, answer.notice)
        except SendError as error:
            log.warning("slack.not_answered", account=self.account, event_id=event.id, error=str(error))

    async def _open(self, event: Event, form: RenderedForm) -> None:
        trigger = event.content.trigger if isinstance(event.content, Said | Pressed | Submitted) else ""
        if not trigger:
            raise Refused("nothing allows a modal here")
        async with outbound.failing(Op.POST, ANSWER_SECONDS):
            view = forms.view(form, event.address)
            await self._asking.api_call("views.open", json={"trigger_id": trigger, "view": view})

    async def _notify(self, event: Event, notice: Rendered) -> None:
        """Only the one who acted sees it; in a DM nobody else is there."""
        here = {"channel": event.address.chat, **blocks.body(notice)}
        if event.address.thread:
            here["thread_ts"] = event.address.thread
        async with outbound.failing(Op.POST, ANSWER_SECONDS):
            if event.place is Place.PRIVATE:
                await self._asking.api_call("chat.postMessage", json={**here, "unfurl_links": False})
            else:
                await self._asking.api_call("chat.postEphemeral", json={**here, "user": event.sender.user})

    async def _who_we_are(self) -> bolt.Us:
        for attempt in range(_START_TRIES):
            try:
                async with outbound.failing(Op.EDIT):
                    said = await self._asking.api_call("auth.test")
                info = AccountInfo(self.account, str(said.get("user_id") or ""), str(said.get("team_id") or ""))
                return bolt.Us(info, str(said.get("bot_id") or ""))
            except Retry as error:
                if error.after >= timedelta(minutes=1) or attempt == _START_TRIES - 1:
                    break
                log.warning("slack.not_there_yet", account=self.account)
                await asyncio.sleep(2.0**attempt / 2)
            except SendError as error:
                raise SettingsProblem(f"Slack does not know the bot of {self.account}: {error}") from None
        raise SettingsProblem(f"Slack refuses the bot token of {self.account}, or is not there")


def _web_client(
    token: str, base_url: str, session: aiohttp.ClientSession, retries: list[AsyncRetryHandler]
) -> AsyncWebClient:
    client = AsyncWebClient(token, base_url, session=session, logger=library_logger(), retry_handlers=retries)
    if base_url != SLACK_API:
        client.proxy = None  # slack_sdk takes the proxy of the environment also for addresses on this machine
    return client
