"""The Telegram world as its people see it."""

from collections.abc import Sequence
from itertools import pairwise

from markupsafe import Markup, escape

from adapters.simulator.page_bubbles import MOST_SHOWN, Bubble, Enclosed, Press
from adapters.simulator.telegram_state import Attachment, Chat, Message, Person, Topic
from adapters.simulator.telegram_world import TelegramWorld
from adapters.simulator.wire import JsonObject, as_text

_TAGS = {
    "bold": "b",
    "italic": "i",
    "underline": "u",
    "strikethrough": "s",
    "code": "code",
    "pre": "pre",
    "blockquote": "blockquote",
}
_SAFE_LINKS = ("https://", "http://", "mailto:", "tg://")


def bubbles(world: TelegramWorld, chat: Chat, viewer: Person, thread: int | None = None) -> tuple[Bubble, ...]:
    """The latest messages of a chat, or of one topic of it."""
    shown = world.messages(chat, thread)[-MOST_SHOWN:]
    return tuple(_bubble(world, message, viewer) for message in shown if not _silent(message))


def waits_for_reply(world: TelegramWorld, chat: Chat, viewer: Person, thread: int | None = None) -> Message | None:
    """The message that the person's app offers to answer: the last of the bot's, if it asked for that."""
    shown = [each for each in world.messages(chat, thread) if not each.service]
    last = shown[-1] if shown else None
    return last if last is not None and last.force_reply and last.sender is not viewer else None


def topics(world: TelegramWorld, chat: Chat) -> list[Topic]:
    """The topics of a forum, the one with the latest message first."""
    every = list(getattr(chat, "topics", {}).values())
    latest = {topic.id: max((each.id for each in world.messages(chat, topic.id)), default=0) for topic in every}
    return sorted(every, key=lambda topic: -latest[topic.id])


def _silent(message: Message) -> bool:
    return bool(message.service) and "forum_topic_created" not in message.service


def _bubble(world: TelegramWorld, message: Message, viewer: Person) -> Bubble:
    answered = world.state.message(message.chat, message.reply_to) if message.reply_to else None
    return Bubble(
        id=f"tg-{message.chat}-{message.id}".replace("--", "-g"),
        author=message.sender.first_name,
        mine=message.sender is viewer,
        at=message.date,
        body=formatted(message.text, message.entities),
        rows=_rows(message),
        files=(_enclosed(message.attachment),) if message.attachment else (),
        quoted=answered.text[:90] if answered and not answered.service else "",
        edited=message.edited is not None and not message.from_bot,
        service="topic" if message.service else "",
    )


def _rows(message: Message) -> tuple[tuple[Press, ...], ...]:
    places = iter(range(len(message.labels)))
    return tuple(
        tuple(Press(button.text, f"{message.chat}:{message.id}:{next(places)}", "", button.url) for button in row)
        for row in message.buttons
    )


def _enclosed(file: Attachment) -> Enclosed:
    url = f"/simulator/file/telegram/{file.file_id}" if file.content else ""
    return Enclosed(file.kind, file.name, file.size, url, file.seconds)


def formatted(text: str, entities: Sequence[JsonObject]) -> Markup:
    """A text with its entities as HTML. Offsets count UTF-16 units; entities are nested properly."""
    units = text.encode("utf-16-le", "surrogatepass")
    marks = [(_number(each, "offset"), _number(each, "offset") + _number(each, "length"), each) for each in entities]
    marks = sorted((mark for mark in marks if mark[1] > mark[0]), key=lambda mark: (mark[0], -mark[1]))
    edges = sorted({0, len(units) // 2, *(mark[0] for mark in marks), *(mark[1] for mark in marks)})
    out: list[Markup] = []
    for start, end in pairwise(edges):
        out += [_pair(mark[2])[0] for mark in marks if mark[0] == start]
        out.append(escape(units[2 * start : 2 * end].decode("utf-16-le", "replace")))
        out += [_pair(mark[2])[1] for mark in reversed(marks) if mark[1] == end]
    return Markup("").join(out)


def _number(entity: JsonObject, name: str) -> int:
    value = entity.get(name)
    return value if isinstance(value, int) else 0


def _pair(entity: JsonObject) -> tuple[Markup, Markup]:
    kind, url = as_text(entity.get("type")), as_text(entity.get("url"))
    if kind == "text_link" and url.startswith(_SAFE_LINKS):
        return Markup('<a href="{}" rel="noopener noreferrer" target="_blank">').format(url), Markup("</a>")
    tag = _TAGS.get(kind, "")
    return (Markup("<{}>").format(tag), Markup("</{}>").format(tag)) if tag else (Markup(""), Markup(""))
