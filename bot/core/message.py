"""What comes in and what goes out, the same for every channel."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import TypeAlias

#: What a template may be given: plain values only, so that a message can wait in the ledger as JSON.
Value: TypeAlias = "str | int | float | bool | Sequence[Value] | Mapping[str, Value] | None"
Fields: TypeAlias = Mapping[str, Value]


@dataclass(frozen=True, slots=True)
class Address:
    """Where somebody can be reached: our account there, their chat, and a thread in it."""

    #: Name of our bot or workspace, as the settings call it: "telegram", "slack" or a further account.
    account: str
    #: The platform's chat or channel id, as text.
    chat: str
    #: The platform's id of a thread or forum topic; empty outside one.
    thread: str = ""

    @property
    def key(self) -> str:
        """The address as one string; platform ids hold no colon."""
        return ":".join(filter(None, (self.account, self.chat, self.thread)))

    def whole_chat(self) -> "Address":
        return Address(self.account, self.chat)


class Place(StrEnum):
    """Who else reads here."""

    #: One person and the bot.
    PRIVATE = "private"
    #: A group, a channel, a forum: others read.
    GROUP = "group"


class Standing(StrEnum):
    """What the platform itself says of a sender; only a MEMBER can ever be staff."""

    MEMBER = "member"
    #: A Slack guest account.
    GUEST = "guest"
    #: Somebody of another Slack workspace, or in an externally shared channel.
    FOREIGN = "foreign"
    #: A Telegram anonymous administrator or a channel speaking in a group.
    ANONYMOUS = "anonymous"
    BOT = "bot"
    #: The platform did not say; treated as not a member wherever it matters.
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Sender:
    """Who did it, as the platform names them. Never a phone number; the display name is used once and not kept."""

    user: str
    name: str = ""
    #: The profile's language code, where the platform tells it.
    language: str = ""
    standing: Standing = Standing.UNKNOWN
    #: An administrator of the group or channel this came from (asked only where a command needs it).
    administers: bool = False
    #: The private chat with us, where it was asked for: a slash command in a channel is answered there.
    home: str = ""


class FileKind(StrEnum):
    DOCUMENT = "document"
    PHOTO = "photo"
    VOICE = "voice"


@dataclass(frozen=True, slots=True)
class FileRef:
    """A file at the platform, not fetched yet."""

    id: str
    name: str
    kind: FileKind = FileKind.DOCUMENT
    #: Bytes as the platform says; 0 when it does not.
    size: int = 0
    #: Where Slack keeps it; Telegram files are asked for by id.
    url: str = ""
    #: Seconds, for a voice message.
    seconds: int = 0


@dataclass(frozen=True, slots=True)
class StoredFile:
    """A file in our store, named by its content."""

    sha256: str
    name: str
    kind: FileKind
    media_type: str
    size: int
    seconds: int = 0


class FileRefusal(StrEnum):
    """Why a file was not taken."""

    TOO_BIG = "too_big"
    FOREIGN_HOST = "foreign_host"
    UNAVAILABLE = "unavailable"


@dataclass(frozen=True, slots=True)
class RefusedFile:
    name: str
    why: FileRefusal


File = FileRef | StoredFile | RefusedFile


@dataclass(frozen=True, slots=True)
class Said:
    """A message in words, with or without files. A command is words that begin with a slash, on every channel."""

    text: str
    files: tuple[File, ...] = ()
    #: The platform's id of this message; empty for a slash command on Slack, which leaves none.
    message: str = ""
    #: The platform's id of the message it answers, if any.
    reply_to: str = ""
    #: True when the text replaces an earlier one of the same `message`.
    edited: bool = False
    #: In a group: whether the bot was named, commanded or answered.
    to_bot: bool = False
    #: Slack: what allows a modal as the answer, within 3 s. Empty elsewhere.
    trigger: str = ""
    #: Telegram: whether the group keeps topics, so that each query can have one.
    in_forum: bool = False


@dataclass(frozen=True, slots=True)
class Pressed:
    """A button. The token is looked up, never trusted."""

    token: str
    #: The platform's id of the message that carries the button.
    message: str = ""
    #: What the platform wants back within seconds: callback query id (Telegram), trigger id (Slack).
    trigger: str = ""


@dataclass(frozen=True, slots=True)
class Submitted:
    """A Slack modal that passed its field checks."""

    #: The token the modal was opened with.
    token: str
    values: Fields = field(default_factory=dict)
    trigger: str = ""
    #: The verb that the form says it is of; what it is taken for is looked up with the token.
    verb: str = ""


class Change(StrEnum):
    """What became of our being together in a chat."""

    #: The person blocked us, or we were removed from the group.
    GONE = "gone"
    #: Unblocked, or we were added to the group.
    BACK = "back"
    #: A member left a desk's channel (`Sender` is the one who left).
    LEFT = "left"
    #: A member's account was closed (Slack).
    CLOSED = "closed"
    #: A member is a guest from now on (Slack).
    GUEST = "guest"
    #: Our app was removed from the workspace, or its token revoked (Slack).
    REMOVED = "removed"


@dataclass(frozen=True, slots=True)
class Membership:
    change: Change


@dataclass(frozen=True, slots=True)
class Migrated:
    """The chat goes on under another id."""

    to: str


@dataclass(frozen=True, slots=True)
class Happened:
    """Something of our own that a conversation must hear in its turn: an answer was delivered, an hour went by."""

    what: str
    #: The query or sealed text it is about.
    about: str = ""


@dataclass(frozen=True, slots=True)
class Unheard:
    """An update this product has no use for; accepted, so that it is not sent again, and dropped."""

    kind: str = ""


Content = Said | Pressed | Submitted | Membership | Migrated | Happened | Unheard


@dataclass(frozen=True, slots=True)
class Event:
    """Something that happened in a channel, in our words."""

    #: Unique together with the account: Telegram's update id, Slack's event, trigger or view id.
    id: str
    address: Address
    place: Place
    sender: Sender
    content: Content
    #: When it was accepted, by the product clock.
    at: datetime


@dataclass(frozen=True, slots=True)
class Button:
    """A choice below a message. On Telegram `token` is the callback data: at most 64 bytes."""

    #: Template name of the label, below "buttons".
    label: str
    token: str
    fields: Fields = field(default_factory=dict)
    #: Shown before the label: what may be typed instead of pressing. 0 for staff buttons.
    number: int = 0


@dataclass(frozen=True, slots=True)
class Message:
    """Something to say: a template with its fields, and the choices offered with it."""

    #: Template name "file.key", below templates/messages/<language>/.
    template: str
    fields: Fields = field(default_factory=dict)
    buttons: tuple[Button, ...] = ()
    #: The reader's interface language and time zone: a message is put into words when it leaves.
    language: str = "en"
    zone: str = "UTC"
    #: A file that goes with it.
    file: StoredFile | None = None
    #: Telegram: ask the reader's app to open a reply to this message.
    wants_reply: bool = False
