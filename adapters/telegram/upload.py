"""Files to Telegram, read from the disk piece by piece while they leave."""

import asyncio
from datetime import timedelta
from pathlib import Path
from typing import BinaryIO

from telegram import Bot, InputFile
from telegram.constants import ParseMode
from telegram.error import BadRequest

from adapters.telegram.files import safe_name
from adapters.telegram.markup import reply_markup
from adapters.telegram.targets import chat_id, reply, thread_id
from bot.core.channel import Outgoing, Refused
from bot.core.message import FileKind, StoredFile

#: What Telegram plays as a voice message; any other sound goes as a file.
VOICE_TYPES = frozenset({"audio/ogg", "audio/opus", "audio/mpeg", "audio/mp4", "audio/x-m4a"})


async def send_file(bot: Bot, outgoing: Outgoing) -> str:
    """The file as a voice message where it is one, else as a document; returns the message id."""
    if outgoing.file is None or outgoing.path is None:
        raise Refused("there is no file to send")
    if not _is_voice(outgoing.file):
        return await _send_document(bot, outgoing, outgoing.file, outgoing.path)
    try:
        return await _send_voice(bot, outgoing, outgoing.file, outgoing.path)
    except BadRequest as error:
        if "voice_messages_forbidden" not in error.message.lower():  # a setting of the recipient
            raise
    return await _send_document(bot, outgoing, outgoing.file, outgoing.path)


def _is_voice(file: StoredFile) -> bool:
    return file.kind is FileKind.VOICE and file.media_type.partition(";")[0].strip() in VOICE_TYPES


async def _opened(path: Path) -> BinaryIO:
    try:
        return await asyncio.to_thread(path.open, "rb")
    except OSError:
        pass
    raise Refused("the file is not in our store any more")


def _part(content: BinaryIO, file: StoredFile) -> InputFile:
    """The file to be read while it leaves; a name that a header cannot carry is cleaned."""
    return InputFile(content, filename=safe_name(file.name) or "document", read_file_handle=False)


async def _send_document(bot: Bot, outgoing: Outgoing, file: StoredFile, path: Path) -> str:
    """Photos too: Telegram shrinks what it is sent as a photo."""
    with await _opened(path) as content:
        sent = await bot.send_document(
            chat_id(outgoing.to),
            _part(content, file),
            caption=outgoing.rendered.html or None,
            parse_mode=ParseMode.HTML,
            disable_content_type_detection=True,
            reply_markup=reply_markup(outgoing.rendered),
            reply_parameters=reply(outgoing),
            message_thread_id=thread_id(outgoing.to),
        )
    return str(sent.message_id)


async def _send_voice(bot: Bot, outgoing: Outgoing, file: StoredFile, path: Path) -> str:
    with await _opened(path) as content:
        sent = await bot.send_voice(
            chat_id(outgoing.to),
            _part(content, file),
            duration=timedelta(seconds=file.seconds) if file.seconds else None,
            caption=outgoing.rendered.html or None,
            parse_mode=ParseMode.HTML,
            reply_markup=reply_markup(outgoing.rendered),
            reply_parameters=reply(outgoing),
            message_thread_id=thread_id(outgoing.to),
        )
    return str(sent.message_id)
