"""What a channel is to the rest of the product, and how it says that a message did not get through."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from pathlib import Path
from typing import Protocol

from bot.core.errors import BotError
from bot.core.message import Address, Event, FileRef, FileRefusal, StoredFile


class SendError(BotError):
    """The message was not accepted."""


class Retry(SendError):
    """Not now: try again after a while; the whole lane waits when `everywhere`."""

    def __init__(self, after: timedelta, *, everywhere: bool = False) -> None:
        super().__init__(f"try again in {after.total_seconds():.0f} s")
        self.after = after
        self.everywhere = everywhere


class Unreachable(SendError):
    """This address cannot be reached until it writes again."""


class Moved(SendError):
    """The chat has a new address: rewrite it and send once more."""

    def __init__(self, to: Address) -> None:
        super().__init__("the chat has moved")
        self.to = to


class BadMarkup(SendError):
    """The platform could not read the markup: send the same words plain."""


class ThreadGone(SendError):
    """The thread or forum topic was deleted: open it again."""


class Refused(SendError):
    """The platform will never accept this; the reason is kept and shown."""


class Doubtful(SendError):
    """The connection failed after the message left: it may or may not have arrived."""


class Op(StrEnum):
    """What a delivery does."""

    POST = "post"
    EDIT = "edit"
    DELETE = "delete"
    #: Telegram forums: make the topic whose id later messages go to.
    OPEN_THREAD = "open_thread"
    #: A file, with `rendered` as its caption.
    UPLOAD = "upload"


@dataclass(frozen=True, slots=True)
class RenderedButton:
    label: str
    token: str


@dataclass(frozen=True, slots=True)
class Rendered:
    """A message in words. `html` uses only b, i, code, a and blockquote; all else is escaped (Telegram's HTML mode)."""

    html: str
    buttons: tuple[RenderedButton, ...] = ()
    #: At most this many buttons in one row.
    columns: int = 1
    wants_reply: bool = False


@dataclass(frozen=True, slots=True)
class Outgoing:
    """One thing to do at the platform."""

    op: Op
    #: `to.thread` is set when it goes into a thread: Slack thread_ts, Telegram message_thread_id.
    to: Address
    rendered: Rendered
    #: The platform message this edits or deletes.
    target: str = ""
    #: Telegram groups without topics: the message this answers, so that a query stays one chain.
    reply_to: str = ""
    #: Opened for the length of the call.
    file: StoredFile | None = None
    path: Path | None = None
    #: The delivery's id, carried as metadata where the platform can (Slack).
    delivery: int = 0


@dataclass(frozen=True, slots=True)
class FormField:
    """A field of a form that staff fill in."""

    name: str
    label: str
    #: Choices as (value, label); empty for free text.
    options: tuple[tuple[str, str], ...] = ()
    multiline: bool = False
    required: bool = True
    initial: str = ""
    #: Whether several options can be chosen.
    many: bool = False


@dataclass(frozen=True, slots=True)
class RenderedForm:
    """A modal in words."""

    token: str
    title: str
    submit: str
    cancel: str
    intro: str
    fields: tuple[FormField, ...]
    #: The verb that it is the form of.
    verb: str = ""


@dataclass(frozen=True, slots=True)
class Answer:
    """What goes back at once, best effort: a notice to the one who acted, or a form. Never stored, never retried."""

    notice: Rendered | None = None
    form: RenderedForm | None = None


@dataclass(frozen=True, slots=True)
class AccountInfo:
    """Who we are at the platform."""

    account: str
    #: Bot user name (Telegram) or bot user id (Slack); needed to know when we are named and for invitation links.
    name: str
    team: str = ""


class FileNotTaken(BotError):
    """A file that is too large, gone, or kept where we do not fetch from."""

    def __init__(self, why: FileRefusal) -> None:
        super().__init__(why.value)
        self.why = why


@dataclass(frozen=True, slots=True)
class Raw:
    """One event as the platform sent it, ready to be stored; nothing is decided here."""

    account: str
    event_id: str
    #: What must be handled in order: the chat, or one thread of a desk.
    conversation: str
    payload: bytes


class Channel(Protocol):
    """An account at a platform: Telegram, Slack. The simulator is the other end of the wire, not a channel."""

    @property
    def account(self) -> str: ...

    @property
    def kind(self) -> str:
        """ "telegram" or "slack"."""
        ...

    def translate(self, payload: bytes, event_id: str, at: datetime) -> Event:
        """A stored payload in our words. Pure; whatever it cannot use is `Unheard`, never an exception."""
        ...

    async def vet(self, event: Event) -> Event:
        """The event with what the platform says of its sender (guest, foreign, administrator)."""
        ...

    async def fetch(self, ref: FileRef, into: Path) -> None:
        """Stream a file into the path; raises `FileNotTaken`."""
        ...

    async def send(self, outgoing: Outgoing) -> str:
        """Do it and return the platform's message id (or thread id for OPEN_THREAD); raises a `SendError`."""
        ...

    async def answer(self, event: Event, answer: Answer) -> None:
        """Answer within the platform's seconds: a callback notice, an ephemeral message, a modal. Best effort."""
        ...
