"""Between our markup and Slack's mrkdwn, and back from what people write to plain words."""

import itertools
import re
from dataclasses import dataclass, field
from html.parser import HTMLParser

SECTION_LIMIT = 3000
FALLBACK_LIMIT = 3900
CHOICES_LIMIT = 700
BUTTONS_PER_BLOCK = 25
BUTTON_TEXT_LIMIT = 75
URL_LIMIT = 2000
LINK_LABEL_LIMIT = 500

_MARKS = {"b": "*", "i": "_", "code": "`"}
_BARE_URL = re.compile(r"https?://[^\s<>|\"'`]+")
_URL_TAIL = ".,;:!?)]*_~"
#: What must stay in one piece when a line is cut: a link, an entity, a word.
_PIECE = re.compile(r"<[^<>]*>|&(?:amp|lt|gt);|\s|[^\s<&]+|[<&]")
_ANGLED = re.compile(r"<([^<>]*)>")


def escaped(text: str) -> str:
    """Slack's three entities. What is escaped can make no mention, no link and no channel name."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def shortened(text: str, limit: int) -> str:
    """At most `limit` characters, with an ellipsis where something was left out."""
    return text if len(text) <= limit else text[: limit - 1] + "…"


@dataclass(slots=True)
class _Open:
    """An element whose end has not come yet."""

    tag: str
    href: str = ""
    parts: list[str] = field(default_factory=list)


class _Translator(HTMLParser):
    """Our five tags to mrkdwn; any other tag is shown as the characters it is made of."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self._open = [_Open("")]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag not in _MARKS and tag not in ("a", "blockquote"):
            self.handle_data(self.get_starttag_text() or "")
            return
        self._open.append(_Open(tag, dict(attrs).get("href") or ""))

    def handle_endtag(self, tag: str) -> None:
        if not any(element.tag == tag for element in self._open[1:]):
            self.handle_data(f"</{tag}>")
            return
        while self._close() != tag:
            pass

    def handle_data(self, data: str) -> None:
        inside_link = any(element.tag in ("a", "code") for element in self._open)
        self._open[-1].parts.append(escaped(data) if inside_link else _with_links(data))

    def result(self) -> str:
        self.close()
        while len(self._open) > 1:
            self._close()
        return "".join(self._open[0].parts).strip("\n")

    def _close(self) -> str:
        element = self._open.pop()
        inner = "".join(element.parts)
        self._open[-1].parts.append(_wrapped(element, inner))
        return element.tag


def _wrapped(element: _Open, inner: str) -> str:
    if element.tag == "a":
        return _link(element.href, inner)
    if element.tag == "blockquote":
        return "".join(f"> {line}\n" for line in inner.strip("\n").split("\n"))
    return "\n".join(_marked(line, _MARKS[element.tag]) for line in inner.split("\n"))


def _marked(line: str, mark: str) -> str:
    """Marks do not work across lines, next to spaces, or around themselves: then the words stay plain."""
    words = line.strip()
    if not words or mark in words:
        return line
    return line.replace(words, f"{mark}{words}{mark}", 1)


def _link(href: str, inner: str) -> str:
    if not href.startswith(("https://", "http://", "mailto:")) or len(href) > URL_LIMIT:
        return inner
    target = escaped(href.replace("|", "%7C").replace("<", "%3C").replace(">", "%3E"))
    label = inner.replace("|", "¦").replace("\n", " ").strip()
    if not label:
        return f"<{target}>"
    return f"<{target}|{label}>" if len(label) <= LINK_LABEL_LIMIT else f"{label} <{target}>"


def _with_links(text: str) -> str:
    """Escaped, with bare addresses as links: `verbatim` keeps Slack from finding them, and mentions, by itself."""
    parts, end = [], 0
    for match in _BARE_URL.finditer(text):
        url = match[0].rstrip(_URL_TAIL)
        if len(url) > URL_LIMIT:
            continue
        parts += [escaped(text[end : match.start()]), f"<{escaped(url)}>"]
        end = match.start() + len(url)
    return "".join([*parts, escaped(text[end:])])


def mrkdwn(html: str) -> str:
    """`Rendered.html` as Slack's mrkdwn."""
    translator = _Translator()
    translator.feed(html)
    return translator.result()


def sections(text: str, limit: int = SECTION_LIMIT) -> list[str]:
    """mrkdwn cut into texts of at most `limit`: between lines if it can be, never inside a link or an entity."""
    cut: list[str] = []
    current = ""
    lines = itertools.chain.from_iterable(_short_lines(line, limit) for line in text.split("\n"))
    for line in lines:
        joined = f"{current}\n{line}" if current else line
        if len(joined) > limit:
            cut.append(current)
            joined = line
        current = joined
    return [part for part in [*cut, current] if part.strip()]


def _short_lines(line: str, limit: int) -> list[str]:
    if len(line) <= limit:
        return [line]
    quote = "> " if line.startswith("> ") else ""
    lines, current = [], ""
    for piece in _PIECE.findall(line):
        for part in [piece[i : i + limit - 2] for i in range(0, len(piece), limit - 2)]:
            if len(current) + len(part) > limit:
                lines.append(current)
                current = quote
            current += part
    return [*lines, current]


@dataclass(frozen=True, slots=True)
class Heard:
    """What somebody wrote, in plain words."""

    text: str
    #: Whether it names the bot.
    to_bot: bool = False


def heard(text: str, bot: str) -> Heard:
    """Slack's escapes undone, our own mention taken out, links and other mentions as they read on the screen."""
    to_bot = False

    def shown(match: re.Match[str]) -> str:
        nonlocal to_bot
        target, _, label = match[1].partition("|")
        if bot and target == f"@{bot}":
            to_bot = True
            return ""
        return _as_read(target, label)

    words = _ANGLED.sub(shown, text)
    if to_bot:
        words = words.strip().removeprefix(":").removeprefix(",")
    plain = words.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")
    return Heard(plain.strip(), to_bot)


def _as_read(target: str, label: str) -> str:
    if target.startswith("@"):
        return target
    if target.startswith("#"):
        return f"#{label}" if label else target
    if target.startswith("!"):
        return label or f"@{target[1:].partition('^')[0]}"
    if not label or label == target:
        return target
    return label if label in target else f"{label} ({target})"
