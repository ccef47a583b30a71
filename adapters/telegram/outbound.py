"""One `Outgoing` becomes one call of the Bot API."""

from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from dataclasses import replace

from telegram import Bot, LinkPreviewOptions
from telegram.constants import FileSizeLimit, MessageLimit, ParseMode
from telegram.error import BadRequest, TelegramError

from adapters.telegram.markup import fits, keyboard, message_text, reply_markup, topic_name
from adapters.telegram.refusals import send_error, unknown_end
from adapters.telegram.targets import chat_id, message_id, reply, thread_id
from adapters.telegram.upload import send_file
from bot.core.channel import Doubtful, Op, Outgoing, Refused, Rendered

NO_PREVIEW = LinkPreviewOptions(is_disabled=True)


async def perform(bot: Bot, outgoing: Outgoing) -> str:
    """Do it; the platform's id of what was made or changed. Raises a `SendError`."""
    try:
        return await _ACTS[outgoing.op](bot, outgoing)
    except TelegramError as error:
        problem = send_error(error, outgoing)
    except (
        AttributeError,
        KeyError,
        TypeError,
        ValueError,
    ):  # the library could not read what Telegram made of an accepted request
        problem = unknown_end(outgoing)
    raise problem


async def _post(bot: Bot, outgoing: Outgoing) -> str:
    sent = await bot.send_message(
        chat_id(outgoing.to),
        message_text(outgoing.rendered),
        parse_mode=ParseMode.HTML,
        link_preview_options=NO_PREVIEW,
        reply_markup=reply_markup(outgoing.rendered),
        reply_parameters=reply(outgoing),
        message_thread_id=thread_id(outgoing.to),
    )
    return str(sent.message_id)


async def _edit(bot: Bot, outgoing: Outgoing) -> str:
    """Replace a text or the caption of a file; that it reads so already is a success."""
    target, keys = message_id(outgoing.target), keyboard(outgoing.rendered)
    chat, text = chat_id(outgoing.to), message_text(outgoing.rendered)
    try:
        await bot.edit_message_text(
            text, chat, target, parse_mode=ParseMode.HTML, link_preview_options=NO_PREVIEW, reply_markup=keys
        )
    except BadRequest as error:
        if "no text in the message" in error.message.lower():
            return await _edit_caption(bot, outgoing)
        if "not modified" not in error.message.lower():
            raise
    return outgoing.target


async def _edit_caption(bot: Bot, outgoing: Outgoing) -> str:
    try:
        await bot.edit_message_caption(
            chat_id(outgoing.to),
            message_id(outgoing.target),
            caption=outgoing.rendered.html,
            parse_mode=ParseMode.HTML,
            reply_markup=keyboard(outgoing.rendered),
        )
    except BadRequest as error:
        if "not modified" not in error.message.lower():
            raise
    return outgoing.target


async def _delete(bot: Bot, outgoing: Outgoing) -> str:
    """Remove a message; that it is gone already is a success."""
    try:
        await bot.delete_message(chat_id(outgoing.to), message_id(outgoing.target))
    except BadRequest as error:
        if "message to delete not found" not in error.message.lower():
            raise
    return outgoing.target


async def _open_thread(bot: Bot, outgoing: Outgoing) -> str:
    topic = await bot.create_forum_topic(chat_id(outgoing.to), topic_name(outgoing.rendered))
    return str(topic.message_thread_id)


async def _upload(bot: Bot, outgoing: Outgoing) -> str:
    """A file with its caption. Words too long for a caption go before it as a message of their own."""
    if outgoing.file is not None and outgoing.file.size > FileSizeLimit.FILESIZE_UPLOAD:
        raise Refused("the file is larger than Telegram takes")
    if fits(outgoing.rendered.html, MessageLimit.CAPTION_LENGTH):
        return await send_file(bot, outgoing)
    before = await _post(bot, replace(outgoing, rendered=Rendered(outgoing.rendered.html)))
    try:
        return await send_file(bot, replace(outgoing, rendered=replace(outgoing.rendered, html=""), reply_to=before))
    except TelegramError as error:
        if not isinstance(send_error(error, outgoing), Doubtful):
            with suppress(TelegramError):  # it is tried again or given up as a whole: no words without their file
                await bot.delete_message(chat_id(outgoing.to), int(before))
        raise


_ACTS: Mapping[Op, Callable[[Bot, Outgoing], Awaitable[str]]] = {
    Op.POST: _post,
    Op.EDIT: _edit,
    Op.DELETE: _delete,
    Op.OPEN_THREAD: _open_thread,
    Op.UPLOAD: _upload,
}
