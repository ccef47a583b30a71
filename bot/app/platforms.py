"""The channels of an installation, made from its settings."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import UTC, datetime

import aiohttp

from adapters.renderer import Renderer
from adapters.slack.channel import SlackChannel
from adapters.telegram.channel import Audience, Command, Menu, TelegramChannel
from adapters.telegram.webhook import WebhookAt
from adapters.web.site import Hook, HookAnswer
from bot.core.channel import Raw
from bot.core.message import Address as ChatAddress
from bot.core.message import Submitted
from bot.core.verbs import Verb, as_written, problems
from bot.core.world import World
from config.settings import Mode, Settings, Slack, SlackMode, Telegram

Accept = Callable[[Sequence[Raw]], Awaitable[object]]

#: Commands of the private chat, in the order of the menu; their descriptions are templates "menu.<name>".
MENU = (
    "help",
    "status",
    "escalate",
    "noquote",
    "colleagues",
    "me",
    "link",
    "language",
    "safe",
    "privacy",
    "mydata",
    "forgetme",
    "leave",
)
#: Commands of groups: the lists of staff, which are shown to nobody else there.
GROUP_MENU = ("queue", "mine", "due")


def rates(settings: Settings) -> dict[str, float]:
    """Sends a second by account."""
    telegrams = {name: bot.rate for name, bot in settings.telegram_accounts.items()}
    return telegrams | {name: workspace.rate for name, workspace in settings.slack_accounts.items()}


def pace(settings: Settings) -> Callable[[ChatAddress], float]:
    """Seconds between two sends to one chat; a Telegram group is told by its negative id."""
    telegrams, slacks = settings.telegram_accounts, settings.slack_accounts

    def seconds(to: ChatAddress) -> float:
        if bot := telegrams.get(to.account):
            return bot.group_seconds if to.chat.startswith("-") else bot.chat_seconds
        return slacks[to.account].channel_seconds

    return seconds


def telegram(
    name: str, bot: Telegram, session: aiohttp.ClientSession, renderer: Renderer, languages: Sequence[str]
) -> TelegramChannel:
    """A Telegram bot as the settings describe it."""
    webhook = None
    if bot.mode is Mode.WEBHOOK:
        webhook = WebhookAt(bot.webhook_url, bot.webhook_secret.get_secret_value())
    return TelegramChannel(
        name,
        bot.token.get_secret_value(),
        session,
        base_url=bot.base_url,
        base_file_url=bot.base_file_url,
        webhook=webhook,
        menus=tuple(_menus(renderer, languages)),
    )


def _menus(renderer: Renderer, languages: Sequence[str]) -> list[Menu]:
    """The commands of private chats and of groups in every language; the first language also serves everybody else."""
    menus = []
    for place, language in enumerate(languages):
        for audience, names in ((Audience.PRIVATE_CHATS, MENU), (Audience.GROUPS, GROUP_MENU)):
            commands = tuple(Command(name, renderer.line(language, f"menu.{name}")) for name in names)
            menus.append(Menu(audience, commands, language))
            if place == 0:
                menus.append(Menu(audience, commands))
    return menus


def slack(
    name: str, workspace: Slack, session: aiohttp.ClientSession, accept: Accept, renderer: Renderer, world: World
) -> SlackChannel:
    """A Slack workspace as the settings describe it."""
    socket = workspace.mode is SlackMode.SOCKET

    async def stored(raws: list[Raw]) -> None:
        await accept(raws)

    return SlackChannel(
        account=name,
        bot_token=workspace.bot_token.get_secret_value(),
        session=session,
        accept=stored,
        app_token=workspace.app_token.get_secret_value() if socket else "",
        signing_secret="" if socket else workspace.signing_secret.get_secret_value(),
        base_url=workspace.base_url,
        check_form=_form_check(renderer, world),
    )


def _form_check(renderer: Renderer, world: World) -> Callable[[Submitted], Mapping[str, str]]:
    """What is wrong with a modal, for Slack's acknowledgement: field -> sentence."""
    desks = frozenset(world.desks)

    def check(form: Submitted) -> Mapping[str, str]:
        values = {name: as_written(value) for name, value in form.values.items()}
        verb = Verb(form.verb) if form.verb in set(Verb) else Verb.REPLY
        found = problems(verb, values, desks, datetime.now(UTC).date())
        return {each.field: renderer.line(world.office.default_language, each.template) for each in found}

    return check


def hooks(
    channels: Mapping[str, TelegramChannel | SlackChannel], accept: Accept, settings: Settings
) -> dict[str, Hook]:
    """The webhook paths: the default accounts at the plain path, further ones below it."""
    found: dict[str, Hook] = {}
    for name, channel in channels.items():
        suffix = "" if name == channel.kind else f"/{name}"
        if isinstance(channel, SlackChannel):
            found[f"/slack/events{suffix}"] = _slack_hook(channel)
        elif settings.telegram_accounts[name].mode is Mode.WEBHOOK:
            found[f"/telegram/webhook{suffix}"] = _telegram_hook(channel, accept)
    found.setdefault("/telegram/webhook", _not_in_use)
    found.setdefault("/slack/events", _not_in_use)
    return found


async def _not_in_use(_headers: Mapping[str, str], _body: bytes) -> HookAnswer:
    return HookAnswer(404)


def _telegram_hook(channel: TelegramChannel, accept: Accept) -> Hook:
    async def stored(raws: list[Raw]) -> None:
        await accept(raws)

    webhook = channel.webhook(stored)

    async def hook(headers: Mapping[str, str], body: bytes) -> HookAnswer:
        return HookAnswer(await webhook.handle(headers, body))

    return hook


def _slack_hook(channel: SlackChannel) -> Hook:
    async def hook(headers: Mapping[str, str], body: bytes) -> HookAnswer:
        answer = await channel.handle(headers, body)
        return HookAnswer(answer.status, answer.headers, answer.body)

    return hook
