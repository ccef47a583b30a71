"""What Telegram says of a sender beyond the update: whether they administer the group they write in."""

from collections.abc import Callable
from dataclasses import replace

import structlog
from telegram import Bot
from telegram.constants import ChatMemberStatus
from telegram.error import TelegramError

from adapters.telegram.targets import chat_id
from bot.core.message import Address, Event, Place, Said, Standing

#: Seconds for which an answer is good.
GOOD_FOR = 60.0
MOST_KEPT = 1_000

log = structlog.get_logger(__name__)


class Administrators:
    """Asks once a minute per person and group, and only about commands: most messages need no answer."""

    def __init__(self, bot: Bot, clock: Callable[[], float]) -> None:
        self._bot = bot
        self._clock = clock
        self._known: dict[tuple[str, str], tuple[float, bool]] = {}

    async def vet(self, event: Event) -> Event:
        """The event with `sender.administers` told; when Telegram does not say, nobody administers."""
        if not _is_group_command(event):
            return event
        administers = await self._administers(event.address, event.sender.user)
        return replace(event, sender=replace(event.sender, administers=administers))

    async def _administers(self, address: Address, user: str) -> bool:
        now, key = self._clock(), (address.chat, user)
        until, known = self._known.get(key, (now, False))
        if until > now:
            return known
        try:
            member = await self._bot.get_chat_member(chat_id(address), int(user))
        except (TelegramError, KeyError, TypeError, ValueError) as error:
            log.warning("telegram.administrator.unknown", account=address.account, error=type(error).__name__)
            return False
        administers = member.status in {ChatMemberStatus.OWNER, ChatMemberStatus.ADMINISTRATOR}
        self._remember(key, now + GOOD_FOR, administers)
        return administers

    def _remember(self, key: tuple[str, str], until: float, administers: bool) -> None:
        if len(self._known) >= MOST_KEPT:
            self._known.clear()
        self._known[key] = until, administers


def _is_group_command(event: Event) -> bool:
    return (
        event.place is Place.GROUP
        and isinstance(event.content, Said)
        and event.content.text.startswith("/")
        and event.sender.standing is Standing.MEMBER
    )
