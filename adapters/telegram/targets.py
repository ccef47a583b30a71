"""Our addresses and message ids as the Bot API names them."""

from telegram import ReplyParameters

from bot.core.channel import Outgoing, Refused
from bot.core.message import Address


def chat_id(address: Address) -> int | str:
    """The chat as Telegram names it: a number, beyond 32 bits too, or @name."""
    return int(address.chat) if address.chat.removeprefix("-").isdecimal() else address.chat


def thread_id(to: Address) -> int | None:
    """The forum topic, None outside one."""
    return int(to.thread) if to.thread.isdecimal() else None


def message_id(platform_id: str) -> int:
    """A message of ours or theirs as a number; anything else never was one of Telegram's."""
    if not platform_id.isdecimal():
        raise Refused("there is no such message")
    return int(platform_id)


def reply(outgoing: Outgoing) -> ReplyParameters | None:
    """What it answers; when that was deleted meanwhile, it goes out all the same."""
    if not outgoing.reply_to:
        return None
    return ReplyParameters(message_id(outgoing.reply_to), allow_sending_without_reply=True)
