"""Telegram's updates in our words. Pure: a stored payload goes in, an `Event` comes out, and nothing raises.

Updates are read as plain JSON and not through the library's types: those refuse an update that lacks one field, and an
update must never be lost or stop the line because a server is older or newer than the library.
"""

import json
import re
from dataclasses import dataclass, replace
from datetime import datetime

from adapters.telegram.fields import Json, flag, identifier, mapping, sequence, words
from adapters.telegram.files import files_of
from bot.core.channel import Raw
from bot.core.message import (
    Address,
    Change,
    Content,
    Event,
    Membership,
    Migrated,
    Place,
    Pressed,
    Said,
    Sender,
    Standing,
    Unheard,
)

#: What we ask Telegram for; all else is not sent to us.
ALLOWED_UPDATES = ("message", "edited_message", "callback_query", "my_chat_member", "chat_member")
#: The account behind which anonymous administrators of groups write.
GROUP_ANONYMOUS_BOT = "1087968824"
#: What a person may send that this product cannot take: they are told so. All else without words is a service
#: message, which is `Unheard` without a kind and gets no answer.
UNTAKEN = (
    "sticker", "location", "venue", "contact", "poll", "dice", "game", "story", "checklist", "invoice",
    "successful_payment", "paid_media", "live_photo", "giveaway", "gift", "unique_gift", "passport_data",
)  # fmt: skip
COMMAND = re.compile(r"/([A-Za-z0-9_]{1,32})(?:@([A-Za-z0-9_]+))?(?=\s|$)")
PRESENT = frozenset({"member", "administrator", "creator"})
GONE_OR_LIMITED = frozenset({"left", "kicked", "restricted"})


@dataclass(frozen=True, slots=True)
class Me:
    """Who we are on Telegram: needed to know when we are meant."""

    id: str
    username: str = ""


def parse(payload: bytes | str) -> Json:
    """The JSON object in a payload; empty when it holds none, whatever is wrong with it."""
    try:
        return mapping(json.loads(payload))
    except (ValueError, RecursionError):
        return {}


def raw(account: str, update: Json) -> Raw | None:
    """An update ready to be stored; None when it has no id, which Telegram never sends."""
    event_id = identifier(update, "update_id")
    if not event_id:
        return None
    address, place = _where(account, _part(update)[1])
    payload = json.dumps(update, separators=(",", ":")).encode()
    return Raw(account, event_id, conversation(address, place), payload)


def conversation(address: Address, place: Place) -> str:
    """What is handled in order: a private chat, a group, or one topic of a forum."""
    return (address.whole_chat() if place is Place.PRIVATE else address).key


def translate(account: str, me: Me, payload: bytes, event_id: str, at: datetime) -> Event:
    """A stored update in our words; what this product cannot use is `Unheard`."""
    kind, body = _part(parse(payload))
    address, place = _where(account, body)
    sender = _author(body)
    content: Content = Unheard()
    match kind if address.chat else "":
        case "message":
            content = _message(body, me, place)
            sender = _leaver(body, content) or sender
        case "edited_message":
            content = _edit(body, me, place)
        case "callback_query":
            content = _press(body)
        case "my_chat_member":
            content = _own_membership(body)
        case "chat_member":
            content, sender = _membership(body), _sender(mapping(mapping(body.get("new_chat_member")).get("user")))
    return Event(event_id, address, place, sender, content, at)


def _part(update: Json) -> tuple[str, Json]:
    """The one part an update has besides its id; of several, which Telegram never sends, one that we asked for."""
    known = (kind for kind in ALLOWED_UPDATES if mapping(update.get(kind)))
    kind = next(known, "") or next((name for name, value in update.items() if isinstance(value, dict)), "")
    return kind, mapping(update.get(kind))


def _where(account: str, body: Json) -> tuple[Address, Place]:
    """The chat and topic; an update outside any chat belongs to its sender's private chat."""
    message = mapping(body.get("message")) or body
    chat = mapping(message.get("chat"))
    if not chat:
        return Address(account, identifier(mapping(body.get("from")), "id")), Place.PRIVATE
    thread = identifier(message, "message_thread_id") if flag(message, "is_topic_message") else ""
    place = Place.PRIVATE if chat.get("type") == "private" else Place.GROUP
    return Address(account, identifier(chat, "id"), thread), place


def _author(body: Json) -> Sender:
    """Who did it; whoever speaks for a chat or channel is nobody in particular."""
    user = mapping(body.get("from"))
    speaker = mapping(body.get("sender_chat"))
    if speaker or not user or identifier(user, "id") == GROUP_ANONYMOUS_BOT:
        standing = Standing.ANONYMOUS if speaker or user else Standing.UNKNOWN
        name = words(speaker, "title", 256) or _name(user)
        return Sender(identifier(speaker, "id") or identifier(user, "id"), name, standing=standing)
    return _sender(user)


def _sender(user: Json) -> Sender:
    if not (known_as := identifier(user, "id")):
        return Sender("")
    standing = Standing.BOT if flag(user, "is_bot") else Standing.MEMBER
    return Sender(known_as, _name(user), words(user, "language_code", 35), standing)


def _name(user: Json) -> str:
    return " ".join(filter(None, (words(user, "first_name", 256), words(user, "last_name", 256))))


def _message(message: Json, me: Me, place: Place) -> Content:
    text = words(message, "text") or words(message, "caption")
    files = files_of(message)
    if text or files:
        said, to_bot = _addressed(text, message, me, place)
        forum = mapping(message.get("chat")).get("is_forum") is True
        number = identifier(message, "message_id")
        return Said(said, files, number, _reply_to(message), to_bot=to_bot, in_forum=forum)
    if moved_to := identifier(message, "migrate_to_chat_id"):
        return Migrated(moved_to)
    if leaver := mapping(message.get("left_chat_member")):
        return Membership(Change.GONE if identifier(leaver, "id") == me.id else Change.LEFT)
    return Unheard(next((kind for kind in UNTAKEN if kind in message), ""))


def _edit(message: Json, me: Me, place: Place) -> Content:
    """Edited words or files. A live location is edited every few seconds: nobody wants an answer to each."""
    content = _message(message, me, place)
    return replace(content, edited=True) if isinstance(content, Said) else Unheard()


def _leaver(message: Json, content: Content) -> Sender | None:
    """The member a service message says has left: not always the one who caused it."""
    return _sender(mapping(message.get("left_chat_member"))) if isinstance(content, Membership) else None


def _addressed(text: str, message: Json, me: Me, place: Place) -> tuple[str, bool]:
    """The words, a command freed of our name, and whether they are meant for us."""
    command = COMMAND.match(text)
    if command is None:
        return text, place is Place.PRIVATE or _answers_us(message, me) or _names_us(text, message, me)
    name, named = command.groups()
    if not named:
        return text, True
    if me.username and named.casefold() == me.username.casefold():
        return f"/{name}{text[command.end() :]}", True
    return text, place is Place.PRIVATE


def _names_us(text: str, message: Json, me: Me) -> bool:
    if me.username and re.search(rf"(?<!\w)@{re.escape(me.username)}(?!\w)", text, re.IGNORECASE):
        return True
    entities = (*sequence(message.get("entities")), *sequence(message.get("caption_entities")))
    return any(identifier(mapping(mapping(entity).get("user")), "id") == me.id for entity in entities)


def _answers_us(message: Json, me: Me) -> bool:
    replied = mapping(message.get("reply_to_message"))
    return bool(_reply_to(message)) and identifier(mapping(replied.get("from")), "id") == me.id


def _reply_to(message: Json) -> str:
    """The message it answers. In a forum every message "answers" the one that opened its topic: that is no reply."""
    replied = mapping(message.get("reply_to_message"))
    answered = identifier(replied, "message_id")
    opening = flag(message, "is_topic_message") and answered == identifier(message, "message_thread_id")
    return "" if opening or "forum_topic_created" in replied else answered


def _press(press: Json) -> Content:
    """A press without data is a forged one: it is answered like any other, or the person's app would wait for long."""
    trigger = words(press, "id")
    if not trigger:
        return Unheard()
    return Pressed(words(press, "data"), identifier(mapping(press.get("message")), "message_id"), trigger)


def _present(member: Json) -> bool:
    status = words(member, "status")
    return status in PRESENT or (status == "restricted" and flag(member, "is_member"))


def _own_membership(change: Json) -> Content:
    """Only coming and going matter: a change of our rights in a chat is neither."""
    before, after = mapping(change.get("old_chat_member")), mapping(change.get("new_chat_member"))
    if not words(after, "status"):
        return Unheard()
    if not _present(after):
        return Membership(Change.GONE)
    return Unheard() if _present(before) else Membership(Change.BACK)


def _membership(change: Json) -> Content:
    """Somebody left, was removed, banned, or restricted so that they are no member any more."""
    after = mapping(change.get("new_chat_member"))
    return Membership(Change.LEFT) if words(after, "status") in GONE_OR_LIMITED and not _present(after) else Unheard()
