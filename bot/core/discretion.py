"""What of a query may be shown where, and whether it may be quoted: asked wherever words could leave their place."""

from dataclasses import replace
from datetime import datetime

from bot.core.errors import NotAllowed
from bot.core.message import Fields, Message, Value
from bot.core.query import Query

#: Stands in a channel where words of a sensitive query would.
HIDDEN = "desk.hidden"
#: Fields of messages that hold ids, names of things the office itself named, or who is concerned: never what was said.
SAFE = frozenset(
    {
        *("reference", "references", "desk", "from_desk", "to_desk", "from", "to", "because", "topic", "status"),
        *("country", "language", "account", "connection", "organisation", "entered_role", "entered_email", "email"),
        *("kind", "what", "why", "role", "policy", "outcome", "concern", "verb", "field"),
    }
)
#: Left out wherever it stands: the reason of a move is in it, and no template of a desk says it.
_DROPPED = "because_fields"


class SensitiveHere(NotAllowed):
    """Words of a sensitive query cannot be written in a chat in which others read."""

    template = "errors.sensitive_here"


class NotToBeQuoted(NotAllowed):
    """Nothing of this query may become public."""

    template = "errors.not_to_be_quoted"


def shows_words(query: Query) -> bool:
    """Whether the words of this query may stand in a desk's channel, a list, a search, a digest or an export.

    Where they may not, a reference stands there and the way to the words: the console, or the holder's own chat.
    """
    return not query.sensitive


def may_quote(query: Query) -> bool:
    """Whether anything of this query or its answer may become public: an FAQ, a ready answer, results, an export.

    What even colleagues of the organisation do not see, or no channel shows, is not public either.
    """
    return not (query.no_quotes or query.sensitive or query.private)


def for_channel(query: Query, message: Message) -> Message:
    """The message as it may stand in a channel in which others than the holder read: whole, or as a pointer.

    A field is taken for somebody's words unless it is known not to be: what is added later is hidden until it is named
    in `SAFE`.
    """
    if shows_words(query):
        return message
    if not carries_words(message):
        return replace(message, fields={name: each for name, each in message.fields.items() if name != _DROPPED})
    what = message.template.rpartition(".")[2]
    fields: Fields = {"reference": query.reference, "desk": query.desk, "what": what}
    return replace(message, template=HIDDEN, fields=fields, file=None)


def carries_words(message: Message) -> bool:
    """Whether somebody's words or files may be in it."""
    return message.file is not None or _worded(message.fields)


def _worded(fields: Fields) -> bool:
    return any(_is_words(each) for name, each in fields.items() if name not in SAFE and name != _DROPPED)


def _is_words(value: Value) -> bool:
    match value:
        case "" | None | bool() | int() | float():
            return False
        case str():
            return not _is_moment(value)
        case dict():
            return _worded(value)
        case _:
            return any(_is_words(each) for each in value)


def _is_moment(text: str) -> bool:
    try:
        datetime.fromisoformat(text)
    except ValueError:
        return False
    return True
