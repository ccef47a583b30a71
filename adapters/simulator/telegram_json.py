"""People, chats and messages as the Bot API writes them."""

import re

from adapters.simulator.telegram_html import utf16_length
from adapters.simulator.telegram_state import (
    Attachment,
    Button,
    Callback,
    Chat,
    Group,
    GroupShape,
    Message,
    Person,
    Status,
    TelegramState,
)
from adapters.simulator.wire import JsonObject

ADMINISTRATOR_RIGHTS = (
    "can_be_edited", "can_manage_chat", "can_change_info", "can_delete_messages", "can_invite_users",
    "can_restrict_members", "can_pin_messages", "can_manage_topics", "can_promote_members", "can_manage_video_chats",
    "is_anonymous", "can_post_stories", "can_edit_stories", "can_delete_stories",
)  # fmt: skip
_AUTOMATIC = re.compile(r"(?P<bot_command>(?<!\S)/[A-Za-z0-9_]{1,64}(@\w+)?)|(?P<mention>(?<!\w)@\w{3,32})")


def user_json(person: Person) -> JsonObject:
    """A User."""
    user: JsonObject = {"id": person.id, "is_bot": person.is_bot, "first_name": person.first_name}
    if person.username:
        user["username"] = person.username
    if person.language_code:
        user["language_code"] = person.language_code
    return user


def chat_json(chat: Chat) -> JsonObject:
    """A Chat."""
    if isinstance(chat, Person):
        private: JsonObject = {"id": chat.id, "first_name": chat.first_name, "type": "private"}
        if chat.username:
            private["username"] = chat.username
        return private
    group: JsonObject = {"id": chat.id, "title": chat.title, "type": chat.type}
    if chat.shape is GroupShape.FORUM:
        group["is_forum"] = True
    return group


def member_json(person: Person, status: Status) -> JsonObject:
    """A ChatMember."""
    member: JsonObject = {"user": user_json(person), "status": status.value}
    if status is Status.ADMINISTRATOR:
        member.update({right: right not in ("is_anonymous", "can_be_edited") for right in ADMINISTRATOR_RIGHTS})
    elif status is Status.CREATOR:
        member["is_anonymous"] = False
    elif status is Status.KICKED:
        member["until_date"] = 0
    return member


def entities_of(text: str) -> tuple[JsonObject, ...]:
    """What Telegram marks by itself in what a person types: commands and mentions."""
    found: list[JsonObject] = []
    for match in _AUTOMATIC.finditer(text):
        offset = utf16_length(text[: match.start()])
        found.append({"type": str(match.lastgroup), "offset": offset, "length": utf16_length(match.group())})
    return tuple(found)


def _attachment_json(attachment: Attachment) -> object:
    about: JsonObject = {
        "file_id": attachment.file_id,
        "file_unique_id": f"u{attachment.file_id}",
        "file_size": attachment.size,
    }
    if attachment.kind == "photo":
        return [{**about, "width": 1280, "height": 960}]
    about["mime_type"] = attachment.media_type
    if attachment.kind == "voice":
        return {**about, "duration": attachment.seconds}
    return {**about, "file_name": attachment.name}


def message_json(state: TelegramState, message: Message, *, nested: bool = False) -> JsonObject:
    """A Message. The message it answers is written without the one that answers in turn."""
    chat = state.chat(message.chat)
    assert chat is not None
    written: JsonObject = {
        "message_id": message.id,
        "from": user_json(message.sender),
        "chat": chat_json(chat),
        "date": int(message.date.timestamp()),
    }
    if message.sender_chat:
        written["sender_chat"] = message.sender_chat
    if message.thread:
        written["message_thread_id"] = message.thread
        if isinstance(chat, Group):
            written["is_topic_message"] = True
    answered = _answered(state, message)
    if answered and not nested:
        written["reply_to_message"] = message_json(state, answered, nested=True)
    if message.edited:
        written["edit_date"] = int(message.edited.timestamp())
    written.update(_content(message))
    written.update(message.service)
    return written


def _answered(state: TelegramState, message: Message) -> Message | None:
    """In a topic every message that answers nothing else answers the service message that made the topic."""
    answered = message.reply_to or (message.thread if message.thread != message.id else 0)
    return state.message(message.chat, answered) if answered else None


def _content(message: Message) -> JsonObject:
    content: JsonObject = {}
    words, marks = ("caption", "caption_entities") if message.attachment else ("text", "entities")
    if message.text:
        content[words] = message.text
    if message.entities:
        content[marks] = list(message.entities)
    if message.attachment:
        content[message.attachment.kind] = _attachment_json(message.attachment)
    if message.buttons:
        content["reply_markup"] = {"inline_keyboard": [[_button(each) for each in row] for row in message.buttons]}
    if message.protected:
        content["has_protected_content"] = True
    return content


def _button(button: Button) -> JsonObject:
    where: JsonObject = {"url": button.url} if button.url else {"callback_data": button.data}
    return {"text": button.text, **where}


def callback_json(state: TelegramState, callback: Callback) -> JsonObject:
    """A CallbackQuery; its message is an InaccessibleMessage when it was deleted."""
    chat = state.chat(callback.message.chat)
    assert chat is not None
    message = message_json(state, callback.message)
    if callback.message.deleted:
        message = {"chat": chat_json(chat), "message_id": callback.message.id, "date": 0}
    return {
        "id": callback.id,
        "from": user_json(callback.user),
        "message": message,
        "chat_instance": str(abs(callback.message.chat) + 7_000_000),
        "data": callback.data,
    }
