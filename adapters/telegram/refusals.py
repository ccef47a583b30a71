"""What the Bot API says to a request it did not fulfil, as the `SendError` that says what to do."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta

from telegram.error import BadRequest, ChatMigrated, Conflict, Forbidden, InvalidToken, TelegramError

from adapters.telegram.request import NeverSent, TooMany
from bot.core.channel import (
    BadMarkup,
    Doubtful,
    Moved,
    Op,
    Outgoing,
    Refused,
    Retry,
    SendError,
    ThreadGone,
    Unreachable,
)
from bot.core.message import Address

#: After a failure to connect, or of an act that may be repeated.
SOON = timedelta(seconds=3)
#: When the token is not taken: nothing leaves until a person has looked.
LATER = timedelta(minutes=1)
#: Doing these twice is the same as doing them once.
REPEATABLE = frozenset({Op.EDIT, Op.DELETE})
#: Parts of Telegram's descriptions, in lower case. It has no error codes finer than the HTTP status.
BAD_MARKUP = ("can't parse entities", "can't find end of the entity")
THREAD_GONE = ("message thread not found", "topic_deleted", "topic_closed", "topic_id_invalid")
CHAT_GONE = ("chat not found", "user not found", "peer_id_invalid", "group chat was deactivated", "chat_id_invalid")
UNREACHABLE: Mapping[str, str] = {
    "blocked": "blocked",
    "deactivated": "deactivated",
    "deleted": "kicked",
    "kicked": "kicked",
    "not a member": "kicked",
    "initiate": "not_started",
}


def send_error(error: TelegramError, outgoing: Outgoing) -> SendError:
    """What to do about an error of the Bot API."""
    match error:
        case TooMany():
            return Retry(error.after)
        case ChatMigrated():
            return Moved(replace(outgoing.to, chat=str(error.new_chat_id)))
        case Forbidden():
            return Unreachable(_why_unreachable(error.message, outgoing.to))
        case BadRequest():
            return _refusal(error.message, outgoing.to)
        case NeverSent() | InvalidToken() | Conflict():
            return Retry(SOON if isinstance(error, NeverSent) else LATER, everywhere=True)
        case _:
            return unknown_end(outgoing)


def unknown_end(outgoing: Outgoing) -> SendError:
    """The request left and its fate is not known: repeat what may be repeated, doubt the rest."""
    return Retry(SOON) if outgoing.op in REPEATABLE else Doubtful()


def _refusal(description: str, to: Address) -> SendError:
    said = description.lower()
    if any(part in said for part in BAD_MARKUP):
        return BadMarkup()
    if any(part in said for part in THREAD_GONE):
        return ThreadGone()
    if any(part in said for part in CHAT_GONE):
        return Unreachable(_why_unreachable(said, to))
    return Refused(description)


def _why_unreachable(description: str, to: Address) -> str:
    said = description.lower()
    known = next((reason for part, reason in UNREACHABLE.items() if part in said), "")
    if not known and "not found" in said:
        known = "kicked" if to.chat.startswith("-") else "not_started"
    return known or ("kicked" if to.chat.startswith("-") else "blocked")
