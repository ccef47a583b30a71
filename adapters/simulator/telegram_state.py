"""The Telegram world in memory: people, chats, topics, messages, files, and what the bot may see of them."""

import itertools
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import StrEnum

from adapters.simulator.faults import Changes, Faults, Record
from adapters.simulator.limits import FloodLimits, Windows
from adapters.simulator.wire import JsonObject

#: Ids start at the seconds since this day, so that a simulator that starts anew does not repeat the ids of the last.
ID_EPOCH = 1_767_225_600
GENERAL_TOPIC = 1


class ApiError(Exception):
    """The Bot API refuses: an HTTP status and its words."""

    def __init__(self, status: int, description: str, **parameters: int) -> None:
        super().__init__(description)
        self.status = status
        self.description = description
        self.parameters = parameters


def bad_request(reason: str) -> ApiError:
    """A refusal of the most usual sort."""
    return ApiError(400, f"Bad Request: {reason}")


class GroupShape(StrEnum):
    """What sort of group: only a supergroup can be a forum."""

    BASIC = "group"
    SUPERGROUP = "supergroup"
    FORUM = "forum"


class Status(StrEnum):
    """What somebody is in a chat, in the platform's words."""

    CREATOR = "creator"
    ADMINISTRATOR = "administrator"
    MEMBER = "member"
    LEFT = "left"
    KICKED = "kicked"


#: Only such a bot is told who comes and goes.
ADMINISTERS = (Status.CREATOR, Status.ADMINISTRATOR)
PRESENT = (Status.CREATOR, Status.ADMINISTRATOR, Status.MEMBER)


@dataclass(slots=True)
class Person:
    """Somebody on Telegram; also the bot itself. A person's private chat with the bot has the person's id."""

    id: int
    first_name: str
    username: str = ""
    language_code: str = ""
    is_bot: bool = False
    #: Has written to the bot, so the bot may write back.
    started: bool = False
    blocked: bool = False
    deactivated: bool = False


@dataclass(slots=True)
class Topic:
    """A forum topic; its id is that of the service message which made it."""

    id: int
    name: str
    closed: bool = False


@dataclass(slots=True)
class Group:
    """A group, a supergroup or a forum."""

    id: int
    title: str
    shape: GroupShape
    members: dict[int, Status]
    #: The bot's own standing.
    bot: Status = Status.ADMINISTRATOR
    topics: dict[int, Topic] = field(default_factory=dict)
    migrated_to: int = 0

    @property
    def type(self) -> str:
        return "group" if self.shape is GroupShape.BASIC else "supergroup"


Chat = Person | Group


@dataclass(frozen=True, slots=True)
class Attachment:
    """A file at Telegram."""

    #: "document", "photo" or "voice": also the field of the message that carries it.
    kind: str
    file_id: str
    name: str
    media_type: str
    content: bytes
    #: As Telegram says; may be more than `content` holds, so that large files need not be made.
    size: int
    seconds: int = 0

    @property
    def path(self) -> str:
        """Below the file host and the token."""
        suffix = f".{self.name.rpartition('.')[2]}" if "." in self.name else ""
        return f"{self.kind}s/{self.file_id}{suffix}"


@dataclass(frozen=True, slots=True)
class Button:
    """A button below a message of the bot."""

    text: str
    data: str = ""
    url: str = ""


@dataclass(slots=True)
class Message:
    """A message in a chat; it keeps its earlier texts."""

    id: int
    chat: int
    sender: Person
    date: datetime
    text: str = ""
    entities: tuple[JsonObject, ...] = ()
    thread: int = 0
    reply_to: int = 0
    buttons: tuple[tuple[Button, ...], ...] = ()
    #: The reader's app opens a reply to this message.
    force_reply: bool = False
    attachment: Attachment | None = None
    #: Fields of a service message (`forum_topic_created`, `migrate_to_chat_id`, …).
    service: JsonObject = field(default_factory=dict)
    #: The chat that speaks instead of a person: anonymous administrators and channels.
    sender_chat: JsonObject = field(default_factory=dict)
    edited: datetime | None = None
    deleted: bool = False
    earlier: list[str] = field(default_factory=list)
    silent: bool = False
    protected: bool = False

    @property
    def from_bot(self) -> bool:
        return self.sender.is_bot and not self.sender_chat

    @property
    def labels(self) -> tuple[str, ...]:
        """What stands on the buttons, from left to right and down."""
        return tuple(button.text for row in self.buttons for button in row)


@dataclass(slots=True)
class Callback:
    """A pressed button, and what the bot answered to it."""

    id: str
    user: Person
    message: Message
    data: str
    answered: bool = False
    answer: str = ""
    alert: bool = False


class TelegramState:
    """Everything there is; ids are given here and nowhere else."""

    def __init__(self, token: str, username: str, now: Callable[[], datetime], limits: FloodLimits) -> None:
        self.token = token
        self.now = now
        self.limits = limits
        self.windows = Windows()
        self.faults = Faults()
        self.changes = Changes()
        self.record = Record("telegram", now)
        self.me = Person(int(token.partition(":")[0]), "csobot", username, is_bot=True)
        #: Off: in groups the bot sees only what is meant for it, unless it is an administrator.
        self.reads_all_group_messages = False
        self.people: dict[int, Person] = {}
        self.groups: dict[int, Group] = {}
        self.messages: dict[int, dict[int, Message]] = {}
        self.files: dict[str, Attachment] = {}
        self.callbacks: dict[str, Callback] = {}
        #: What setMyCommands, setMyName … were last given, by method, scope and language.
        self.profile: dict[tuple[str, str, str], object] = {}
        #: Chat actions ("typing") as (chat, action).
        self.actions: list[tuple[int, str]] = []
        self.pinned: dict[int, list[int]] = {}
        self.first_id = max(1, int(time.time()) - ID_EPOCH)
        self._serial = itertools.count(self.first_id)
        self._message_ids: dict[int, Iterator[int]] = {}

    def date(self) -> datetime:
        return self.now().astimezone(UTC).replace(microsecond=0)

    def unique(self, prefix: str) -> str:
        """A new id for files and callback queries."""
        return f"{prefix}{next(self._serial)}"

    def chat(self, chat_id: int) -> Chat | None:
        return self.people.get(chat_id) or self.groups.get(chat_id)

    def add(self, message: Message) -> Message:
        self.messages.setdefault(message.chat, {})[message.id] = message
        self.changes.touch()
        return message

    def next_message_id(self, chat_id: int) -> int:
        """Message ids grow in each chat on its own, so the same id stands for different messages in two chats."""
        return next(self._message_ids.setdefault(chat_id, itertools.count(self.first_id)))

    def message(self, chat_id: int, message_id: int) -> Message | None:
        """A message that can still be seen."""
        found = self.messages.get(chat_id, {}).get(message_id)
        return None if found is None or found.deleted else found

    def visible(self, chat_id: int, thread: int | None = None) -> list[Message]:
        """The messages of a chat, or of one topic of it, as a person sees them now."""
        every: Iterable[Message] = self.messages.get(chat_id, {}).values()
        return [each for each in every if not each.deleted and (thread is None or each.thread == thread)]

    def keep_file(self, attachment: Attachment) -> Attachment:
        self.files[attachment.file_id] = attachment
        return attachment
