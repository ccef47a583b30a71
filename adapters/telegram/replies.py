"""What goes back at once: a notice over the chat, or a private message. Best effort, nothing here raises."""

import structlog
from telegram import Bot
from telegram.constants import CallbackQueryLimit, ParseMode
from telegram.error import TelegramError

from adapters.telegram.markup import cut, fits, keyboard, message_text, plain
from adapters.telegram.targets import chat_id
from bot.core.channel import Answer, Refused, Rendered, SendError
from bot.core.message import Address, Event, Pressed, Standing

#: What is longer than a glance stays until it is dismissed.
GLANCE = 60
NOTICE = CallbackQueryLimit.ANSWER_CALLBACK_QUERY_TEXT_LENGTH

log = structlog.get_logger(__name__)


async def answer(bot: Bot, event: Event, given: Answer) -> None:
    """Answer the one who acted. A press is always answered, because the button waits for it."""
    try:
        if isinstance(event.content, Pressed):
            await _answer_press(bot, event, event.content, given.notice)
        elif given.notice is not None:
            await _whisper(bot, event, given.notice)
    except (TelegramError, SendError, KeyError, TypeError, ValueError) as error:
        log.info("telegram.answer.lost", account=event.address.account, update=event.id, error=type(error).__name__)


async def _answer_press(bot: Bot, event: Event, press: Pressed, notice: Rendered | None) -> None:
    """The notice on the button; one with buttons of its own or too long for it goes to the private chat."""
    text = plain(notice.html) if notice else ""
    if notice and (notice.buttons or not fits(notice.html, NOTICE)) and await _whispered(bot, event, notice):
        text = ""
    await bot.answer_callback_query(press.trigger, cut(text, NOTICE) or None, show_alert=len(text) > GLANCE)


async def _whispered(bot: Bot, event: Event, notice: Rendered) -> bool:
    try:
        await _whisper(bot, event, notice)
    except (TelegramError, SendError):
        return False
    return True


async def _whisper(bot: Bot, event: Event, notice: Rendered) -> None:
    """To the sender alone. Who never wrote to the bot cannot be reached so: Telegram refuses, and that is all."""
    if not event.sender.user or event.sender.standing is not Standing.MEMBER:
        raise Refused("there is no person to write to")
    await bot.send_message(
        chat_id(Address(event.address.account, event.sender.user)),
        message_text(notice),
        parse_mode=ParseMode.HTML,
        reply_markup=keyboard(notice),
    )
