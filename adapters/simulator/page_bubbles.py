"""What a message looks like on the page, whichever platform it is from."""

from dataclasses import dataclass
from datetime import datetime

from markupsafe import Markup

#: Older messages of a chat are not shown: a demo may run for weeks.
MOST_SHOWN = 80


@dataclass(frozen=True, slots=True)
class Press:
    """A button below a message."""

    label: str
    #: Names chat, message and button to the page's own form.
    value: str
    #: "primary", "danger" or empty.
    style: str = ""
    url: str = ""


@dataclass(frozen=True, slots=True)
class Enclosed:
    """A file in a message."""

    kind: str
    name: str
    size: int
    #: Where the page serves it; empty when there is nothing to serve.
    url: str
    seconds: int = 0


@dataclass(frozen=True, slots=True)
class Bubble:
    """A message as somebody sees it."""

    id: str
    author: str
    mine: bool
    at: datetime
    body: Markup
    rows: tuple[tuple[Press, ...], ...] = ()
    files: tuple[Enclosed, ...] = ()
    quoted: str = ""
    edited: bool = False
    #: Only this person sees it (Slack's ephemeral messages).
    only_you: bool = False
    #: Name of something that happened in the chat, in the place of words: "topic".
    service: str = ""
    #: Slack: messages in its thread, and the thread's id.
    replies: int = 0
    root: str = ""
