"""One Telegram bot as a `Channel`."""

import asyncio
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from pathlib import Path

import aiohttp
import structlog
from telegram import (
    Bot,
    BotCommand,
    BotCommandScope,
    BotCommandScopeAllChatAdministrators,
    BotCommandScopeAllGroupChats,
    BotCommandScopeAllPrivateChats,
    BotCommandScopeDefault,
)
from telegram.error import BadRequest, InvalidToken, NetworkError, TelegramError

from adapters.telegram import download, inbound, outbound, replies
from adapters.telegram.polling import Accept, Poller, Rhythm
from adapters.telegram.request import AiohttpRequest, Patience, TooMany, keep_library_quiet
from adapters.telegram.standing import Administrators
from adapters.telegram.webhook import Webhook, WebhookAt
from bot.core.channel import AccountInfo, Answer, Outgoing, Retry
from bot.core.errors import SettingsProblem
from bot.core.message import Event, FileRef

API = "https://api.telegram.org/bot"
FILES = "https://api.telegram.org/file/bot"
#: How long `start` waits for Telegram to answer at all.
START_WITHIN = timedelta(seconds=30)

log = structlog.get_logger(__name__)


class Audience(StrEnum):
    """Who is shown a menu of commands."""

    EVERYBODY = "everybody"
    PRIVATE_CHATS = "private_chats"
    GROUPS = "groups"
    ADMINISTRATORS = "administrators"


@dataclass(frozen=True, slots=True)
class Command:
    """An entry of the menu: a name without its slash, and what it does in at most 256 characters."""

    name: str
    description: str


@dataclass(frozen=True, slots=True)
class Menu:
    """The commands shown to one audience in one language; no language is for everybody else."""

    audience: Audience
    commands: tuple[Command, ...]
    language: str = ""


SCOPES: Mapping[Audience, BotCommandScope] = {
    Audience.EVERYBODY: BotCommandScopeDefault(),
    Audience.PRIVATE_CHATS: BotCommandScopeAllPrivateChats(),
    Audience.GROUPS: BotCommandScopeAllGroupChats(),
    Audience.ADMINISTRATORS: BotCommandScopeAllChatAdministrators(),
}


class DiscreetBot(Bot):
    """The library's bot, whose `repr` would show the token in any traceback that shows variables."""

    __slots__ = ()

    def __repr__(self) -> str:
        return "DiscreetBot()"


class TelegramChannel:
    """Implements `bot.core.channel.Channel`. The session stays the caller's; `start` comes before all else."""

    kind = "telegram"

    def __init__(
        self,
        account: str,
        token: str,
        session: aiohttp.ClientSession,
        *,
        base_url: str = API,
        base_file_url: str = FILES,
        webhook: WebhookAt | None = None,
        menus: Sequence[Menu] = (),
        patience: Patience | None = None,
    ) -> None:
        keep_library_quiet()
        self._account = account
        self._session = session
        self._request = AiohttpRequest(session, patience)
        self._bot = DiscreetBot(
            token, base_url, base_file_url, request=self._request, get_updates_request=self._request
        )
        self._me = inbound.Me(token.partition(":")[0])
        self._webhook = webhook
        self._menus = tuple(menus)
        self._administrators = Administrators(self._bot, time.monotonic)

    @property
    def account(self) -> str:
        return self._account

    async def start(self, within: timedelta = START_WITHIN) -> AccountInfo:
        """Ask who we are, choose how updates come, show the menus. Raises `SettingsProblem` when the token is not
        accepted and `Retry` when Telegram does not answer in time."""
        try:
            async with asyncio.timeout(within.total_seconds()):
                info = await self._introduce()
                await self._choose_way()
        except TimeoutError:
            raise Retry(START_WITHIN, everywhere=True) from None
        await self._show_menus()
        return info

    async def stop(self) -> None:
        """Nothing is held open: a webhook stays, so that updates wait at Telegram until the next start."""

    def poller(self, accept: Accept, rhythm: Rhythm | None = None) -> Poller:
        """The getUpdates loop of this bot, to be run as a task when there is no webhook."""
        return Poller(self._account, self._request, self._bot.base_url, accept, rhythm)

    def webhook(self, accept: Accept) -> Webhook:
        """The handler for the requests that Telegram makes to the webhook's address."""
        if self._webhook is None:
            raise SettingsProblem("This Telegram account has no webhook.")
        return Webhook(self._account, self._webhook.secret, accept)

    def translate(self, payload: bytes, event_id: str, at: datetime) -> Event:
        """A stored update in our words; see `inbound.translate`."""
        return inbound.translate(self._account, self._me, payload, event_id, at)

    async def vet(self, event: Event) -> Event:
        """A command in a group, with whether its sender administers the group; anything else unchanged."""
        return await self._administrators.vet(event)

    async def fetch(self, ref: FileRef, into: Path) -> None:
        """Stream a file into the path, 20 MB at most; raises `FileNotTaken`."""
        await download.fetch(self._bot, self._session, ref, into)

    async def send(self, outgoing: Outgoing) -> str:
        """Do it and return the message id, or the topic's id; raises a `SendError`."""
        return await outbound.perform(self._bot, outgoing)

    async def answer(self, event: Event, answer: Answer) -> None:
        """A callback notice, or a private message where a notice does not do. Forms do not exist here."""
        await replies.answer(self._bot, event, answer)

    async def _introduce(self) -> AccountInfo:
        while True:
            try:
                user = await self._bot.get_me()
            except InvalidToken:
                raise SettingsProblem("Telegram does not accept the token of this bot.") from None
            except TooMany as error:
                await asyncio.sleep(error.after.total_seconds())
            except NetworkError as error:
                log.warning("telegram.start.no_answer", account=self._account, error=type(error).__name__)
                await asyncio.sleep(1)
            else:
                self._me = inbound.Me(str(user.id), user.username or "")
                return AccountInfo(self._account, self._me.username)

    async def _choose_way(self) -> None:
        """Polling and a webhook exclude each other, and what waits at Telegram is kept either way."""
        if self._webhook is None:
            await self._drop_webhook()
            return
        try:
            await self._bot.set_webhook(
                self._webhook.url, secret_token=self._webhook.secret, allowed_updates=inbound.ALLOWED_UPDATES
            )
        except InvalidToken:
            # getMe knew the token: this platform has no setWebhook, and is told where to call in another way.
            log.warning("telegram.start.no_webhook_method", account=self._account)
        except BadRequest as error:
            raise SettingsProblem(f"Telegram does not accept the webhook: {error.message}") from None
        except TelegramError:
            raise Retry(START_WITHIN, everywhere=True) from None

    async def _drop_webhook(self) -> None:
        """Best effort: where a webhook stays, polling says so with every try."""
        try:
            await self._bot.delete_webhook(drop_pending_updates=False)
        except TelegramError as error:
            log.warning("telegram.start.webhook_stays", account=self._account, error=type(error).__name__)

    async def _show_menus(self) -> None:
        """Best effort: a bot without menus still understands its commands."""
        for menu in self._menus:
            entries = [BotCommand(entry.name, entry.description) for entry in menu.commands]
            try:
                await self._bot.set_my_commands(entries, SCOPES[menu.audience], menu.language or None)
            except TelegramError as error:
                log.warning(
                    "telegram.start.no_menu", account=self._account, language=menu.language, error=type(error).__name__
                )
