"""The Slack world as its people see it: messages, threads and forms."""

import html
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from markupsafe import Markup, escape

from adapters.simulator.page_bubbles import MOST_SHOWN, Bubble, Enclosed, Press
from adapters.simulator.slack_acts import FormField, form_fields
from adapters.simulator.slack_state import SlackChannel, SlackFile, SlackMessage, SlackUser, View
from adapters.simulator.slack_text import plain
from adapters.simulator.slack_world import SlackWorld
from adapters.simulator.wire import JsonObject, as_list, as_object, as_text

_TOKEN = re.compile(r"<([^<>\n]+)>")
_SAFE_LINKS = ("https://", "http://", "mailto:")
#: Marks of mrkdwn and the element each makes; code first, because nothing is marked inside it.
_MARKS = (
    (re.compile(r"`([^`\n]+)`"), "code"),
    (re.compile(r"(?<![\w*])\*(?=\S)([^*\n]*\S)\*(?![\w*])"), "b"),
    (re.compile(r"(?<![\w_])_(?=\S)([^_\n]*\S)_(?![\w_])"), "i"),
    (re.compile(r"(?<![\w~])~(?=\S)([^~\n]*\S)~(?![\w~])"), "s"),
)


@dataclass(frozen=True, slots=True)
class Line:
    """A field of an open form, as it stands there now."""

    field: FormField
    initial: str
    multiline: bool
    longest: int
    error: str


@dataclass(frozen=True, slots=True)
class Form:
    """A modal in front of somebody."""

    id: str
    title: str
    submit: str
    close: str
    intro: Markup
    lines: tuple[Line, ...]


def channel_bubbles(world: SlackWorld, channel: SlackChannel, viewer: SlackUser) -> tuple[Bubble, ...]:
    """What stands in a channel, threads folded."""
    return _bubbles(world, channel, viewer, lambda message: not message.in_thread)


def thread_bubbles(world: SlackWorld, channel: SlackChannel, root: str, viewer: SlackUser) -> tuple[Bubble, ...]:
    """A thread with its root."""
    return _bubbles(world, channel, viewer, lambda message: root in (message.ts, message.thread_ts))


def _bubbles(
    world: SlackWorld, channel: SlackChannel, viewer: SlackUser, wanted: Callable[[SlackMessage], bool]
) -> tuple[Bubble, ...]:
    visible = [each for each in world.history(channel) if not each.deleted and each.only_for in ("", viewer.id)]
    return tuple(_bubble(world, each, viewer) for each in [each for each in visible if wanted(each)][-MOST_SHOWN:])


def _bubble(world: SlackWorld, message: SlackMessage, viewer: SlackUser) -> Bubble:
    author = world.state.users.get(message.user)
    names = {user.id: user.name for user in world.state.users.values()}
    return Bubble(
        id=f"sl-{message.channel}-{message.ts.replace('.', '-')}",
        author=author.name if author else message.user,
        mine=message.user == viewer.id,
        at=datetime.fromtimestamp(float(message.ts), UTC),
        body=_body(message, names),
        rows=_rows(world, message),
        files=tuple(_enclosed(file) for file in message.files),
        edited=bool(message.edited) and not message.from_bot,
        only_you=bool(message.only_for),
        replies=0 if message.in_thread else len(world.state.replies(message)),
        root=message.ts,
    )


def _rows(world: SlackWorld, message: SlackMessage) -> tuple[tuple[Press, ...], ...]:
    offered = tuple(
        Press(each.label, f"{message.channel}:{message.ts}:{place}", each.style, each.url)
        for place, each in enumerate(world.buttons(message))
    )
    return (offered,) if offered else ()


def _enclosed(file: SlackFile) -> Enclosed:
    kind = file.media_type.partition("/")[0]
    named = {"image": "photo", "audio": "voice"}.get(kind, "document")
    url = f"/simulator/file/slack/{file.id}" if file.content else ""
    return Enclosed(named, file.name, file.size or len(file.content), url)


def _body(message: SlackMessage, names: Mapping[str, str]) -> Markup:
    parts = [part for block in message.blocks if (part := _block(block, names))]
    return Markup("\n").join(parts) if parts else mrkdwn(message.text, names)


def _block(block: JsonObject, names: Mapping[str, str]) -> Markup:
    match block.get("type"):
        case "section" | "context":
            texts = [block.get("text"), *as_list(block.get("fields")), *as_list(block.get("elements"))]
            words = [as_object(text) for text in texts if as_object(text).get("text")]
            return Markup("\n").join(_words(text, names) for text in words)
        case "header":
            return Markup("<b>{}</b>").format(as_text(as_object(block.get("text")).get("text")))
        case "markdown" | "rich_text":
            return escape(plain(SlackMessage("", "", "", "", [block])))
        case "divider":
            return Markup("<hr>")
        case _:
            return Markup("")


def _words(text: JsonObject, names: Mapping[str, str]) -> Markup:
    words = as_text(text.get("text"))
    return mrkdwn(words, names) if text.get("type") == "mrkdwn" else escape(words)


def mrkdwn(text: str, names: Mapping[str, str]) -> Markup:
    """Slack's markup as HTML; what is quoted stands in a block of its own."""
    out: list[Markup] = []
    quoted: list[Markup] = []
    for line in text.split("\n"):
        inner = re.sub(r"^(?:&gt;|>) ?", "", line)
        if inner != line:
            quoted.append(_line(inner, names))
            continue
        if quoted:
            out.append(Markup("<blockquote>{}</blockquote>").format(Markup("\n").join(quoted)))
            quoted = []
        out.append(_line(line, names))
    if quoted:
        out.append(Markup("<blockquote>{}</blockquote>").format(Markup("\n").join(quoted)))
    return Markup("\n").join(out)


def _line(line: str, names: Mapping[str, str]) -> Markup:
    parts, end = [], 0
    for token in _TOKEN.finditer(line):
        parts += [_marked(line[end : token.start()]), _token(token[1], names)]
        end = token.end()
    return Markup("").join([*parts, _marked(line[end:])])


def _marked(text: str) -> Markup:
    shown = str(escape(html.unescape(text)))
    kept: list[str] = []

    def wrap(tag: str) -> Callable[[re.Match[str]], str]:
        def wrapped(found: re.Match[str]) -> str:
            if tag != "code":
                return f"<{tag}>{found[1]}</{tag}>"
            kept.append(f"<code>{found[1]}</code>")
            return f"\ue000{len(kept) - 1}\ue001"

        return wrapped

    for pattern, tag in _MARKS:
        shown = pattern.sub(wrap(tag), shown)
    for place, code in enumerate(kept):
        shown = shown.replace(f"\ue000{place}\ue001", code)
    return Markup(shown)  # noqa: S704 - escaped above; only our own tags were added since


def _token(token: str, names: Mapping[str, str]) -> Markup:
    target, _, label = token.partition("|")
    target, label = html.unescape(target), html.unescape(label)
    if target.startswith("@"):
        return Markup('<span class="mention">@{}</span>').format(names.get(target[1:], target[1:]))
    if target.startswith(("!", "#")):
        return Markup('<span class="mention">{}</span>').format(label or f"@{target[1:]}")
    if not target.startswith(_SAFE_LINKS):
        return escape(f"<{token}>")
    link = Markup('<a href="{}" rel="noopener noreferrer" target="_blank">{}</a>')
    return link.format(target, label or target.removeprefix("mailto:"))


def form(world: SlackWorld, viewer: SlackUser) -> Form | None:
    """The uppermost modal in front of somebody."""
    opened = world.views(viewer)
    return _form(opened[-1]) if opened else None


def _form(view: View) -> Form:
    title, submit, close = (as_text(as_object(view.content.get(each)).get("text")) for each in _BUTTONS)
    intro = [part for block in view.blocks if (part := _block(block, {}))]
    elements = [as_object(block.get("element")) for block in view.blocks if block.get("type") == "input"]
    lines = (_form_line(view, *each) for each in zip(form_fields(view), elements, strict=True))
    return Form(view.id, title, submit, close, Markup("\n").join(intro), tuple(lines))


_BUTTONS = ("title", "submit", "close")


def _form_line(view: View, field: FormField, element: JsonObject) -> Line:
    longest = element.get("max_length")
    chosen = as_text(as_object(element.get("initial_option")).get("value"))
    return Line(
        field,
        as_text(element.get("initial_value")) or chosen,
        element.get("multiline") is True,
        longest if isinstance(longest, int) else 3000,
        view.errors.get(field.block_id, ""),
    )
