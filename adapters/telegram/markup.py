"""Our rendered messages in Telegram's terms: buttons, reply prompts and lengths."""

import html
import re

from telegram import ForceReply, InlineKeyboardButton, InlineKeyboardMarkup
from telegram.constants import ForumTopicLimit, InlineKeyboardButtonLimit, MessageLimit

from bot.core.channel import Refused, Rendered

TAG = re.compile(r"<[^<>]*>")
#: Telegram shows at most eight buttons in a row.
WIDEST_ROW = 8


def plain(text: str) -> str:
    """The words of an HTML text, as a reader sees them."""
    return html.unescape(TAG.sub("", text))


def fits(text: str, limit: int) -> bool:
    """Whether Telegram takes an HTML text; it counts what is left when the markup is read."""
    return len(plain(text)) <= limit


def message_text(rendered: Rendered) -> str:
    """The HTML of a message; one that is too long is refused here, never cut: texts are split before they come."""
    if not fits(rendered.html, MessageLimit.MAX_TEXT_LENGTH):
        raise Refused("message is too long")
    return rendered.html


def topic_name(rendered: Rendered) -> str:
    """The name of a forum topic: one plain line, cut to what Telegram takes."""
    name = cut(" ".join(plain(rendered.html).split()), ForumTopicLimit.MAX_NAME_LENGTH)
    if not name:
        raise Refused("a topic needs a name")
    return name


def cut(text: str, units: int) -> str:
    """The beginning of a text, in UTF-16 units as Telegram counts them; no character is cut in half."""
    kept = text.encode("utf-16-le", "replace")[: 2 * units].decode("utf-16-le", "ignore")
    return kept.rstrip() if len(kept) < len(text) else text


def keyboard(rendered: Rendered) -> InlineKeyboardMarkup | None:
    """The buttons below a message, `columns` to a row."""
    if not rendered.buttons:
        return None
    keys = [_button(button.label, button.token) for button in rendered.buttons]
    width = min(max(rendered.columns, 1), WIDEST_ROW)
    return InlineKeyboardMarkup([keys[start : start + width] for start in range(0, len(keys), width)])


def reply_markup(rendered: Rendered) -> InlineKeyboardMarkup | ForceReply | None:
    """The buttons, or the prompt to reply where there are none: Telegram takes one of the two."""
    return keyboard(rendered) or (ForceReply(selective=True) if rendered.wants_reply else None)


def _button(label: str, token: str) -> InlineKeyboardButton:
    if not 1 <= len(token.encode()) <= InlineKeyboardButtonLimit.MAX_CALLBACK_DATA:
        raise Refused("a button's token must be 1 to 64 bytes")
    return InlineKeyboardButton(label, callback_data=token)
