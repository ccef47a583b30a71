"""Telegram's HTML mode, as strict as its documentation: the listed tags, nested properly, and four named entities.

The wording of the errors is that of the Bot API server. It lets a stray `&` pass; its documentation does not, and
neither do we, because a stray one means that somebody forgot to escape.
"""

import re
from dataclasses import dataclass

from adapters.simulator.wire import JsonObject

#: Tag names and the type of the entity they make.
TAGS = {
    "b": "bold", "strong": "bold", "i": "italic", "em": "italic", "u": "underline", "ins": "underline",
    "s": "strikethrough", "strike": "strikethrough", "del": "strikethrough", "a": "text_link", "code": "code",
    "pre": "pre", "blockquote": "blockquote", "tg-spoiler": "spoiler", "span": "spoiler", "tg-emoji": "custom_emoji",
}  # fmt: skip
NAMED = {"lt": "<", "gt": ">", "amp": "&", "quot": '"'}
#: Telegram keeps the first hundred entities of a message.
MOST_ENTITIES = 100

_ENTITY = re.compile(r"&(?:(?P<name>[a-zA-Z]+)|#(?P<decimal>\d+)|#[xX](?P<hexadecimal>[0-9a-fA-F]+));")
_ATTRIBUTE = re.compile(r"""\s+([^\s=>/"']+)(?:\s*=\s*(?:"([^"]*)"|'([^']*)'|([A-Za-z0-9.\-]+)))?""")
_NAME = re.compile(r"""[^\s>/"']*""")


class CannotParse(Exception):
    """The text is not what its parse mode says."""


@dataclass(frozen=True, slots=True)
class Parsed:
    """A text without markup, and what the markup said. Offsets count UTF-16 units."""

    text: str
    entities: tuple[JsonObject, ...] = ()


@dataclass(frozen=True, slots=True)
class _Open:
    tag: str
    argument: str
    start: int


def utf16_length(text: str) -> int:
    """Length in UTF-16 units, which is how Telegram counts."""
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def parse_html(source: str) -> Parsed:
    """Text and entities of a source in HTML mode; raises `CannotParse` with the platform's words."""
    return _Parser(source).parse()


class _Parser:
    def __init__(self, source: str) -> None:
        self._source = source
        self._at = 0
        self._out: list[str] = []
        self._length = 0
        self._open: list[_Open] = []
        self._entities: list[JsonObject] = []

    def parse(self) -> Parsed:
        while self._at < len(self._source):
            match self._source[self._at]:
                case "&":
                    self._character_entity()
                case "<" if self._source.startswith("</", self._at):
                    self._end_tag()
                case "<":
                    self._start_tag()
                case character:
                    self._emit(character)
                    self._at += 1
        if self._open:
            raise CannotParse(f'Can\'t find end tag corresponding to start tag "{self._open[-1].tag}"')
        return _trimmed("".join(self._out), self._entities)

    def _offset(self, at: int | None = None) -> int:
        return len(self._source[: self._at if at is None else at].encode("utf-8", "surrogatepass"))

    def _emit(self, text: str) -> None:
        self._out.append(text)
        self._length += utf16_length(text)

    def _character_entity(self) -> None:
        found = _ENTITY.match(self._source, self._at)
        text = _decoded(found) if found else ""
        if not found or not text:
            raise CannotParse(f"Unsupported character entity at byte offset {self._offset()}")
        self._emit(text)
        self._at = found.end()

    def _start_tag(self) -> None:
        begin = self._at
        name = _NAME.match(self._source, begin + 1)
        tag = name.group().lower() if name else ""
        end = self._source.find(">", begin)
        if end < 0:
            raise CannotParse(f"Unclosed start tag at byte offset {self._offset(begin)}")
        if tag not in TAGS:
            raise CannotParse(f'Unsupported start tag "{tag}" at byte offset {self._offset(begin)}')
        self._at = begin + 1 + len(tag)
        attributes = self._attributes(tag, begin)
        self._open.append(_Open(tag, self._argument(tag, attributes, begin), self._length))

    def _attributes(self, tag: str, begin: int) -> dict[str, str]:
        attributes: dict[str, str] = {}
        while found := _ATTRIBUTE.match(self._source, self._at):
            name, *values = found.groups()
            attributes[name.lower()] = _unescaped(next((value for value in values if value is not None), ""))
            self._at = found.end()
        rest = re.compile(r"\s*>").match(self._source, self._at)
        if not rest:
            raise CannotParse(f'Empty attribute name in the tag "{tag}" at byte offset {self._offset(begin)}')
        self._at = rest.end()
        return attributes

    def _argument(self, tag: str, attributes: dict[str, str], begin: int) -> str:
        if tag == "span" and attributes.get("class") != "tg-spoiler":
            raise CannotParse(f'Tag "span" must have class "tg-spoiler" at byte offset {self._offset(begin)}')
        if tag == "tg-emoji" and not attributes.get("emoji-id", "").isdigit():
            raise CannotParse("Invalid custom emoji identifier specified")
        return attributes.get("href", "") or attributes.get("emoji-id", "") or attributes.get("class", "")

    def _end_tag(self) -> None:
        begin = self._at
        if not self._open:
            raise CannotParse(f"Unexpected end tag at byte offset {self._offset(begin)}")
        end = self._source.find(">", begin)
        if end < 0:
            raise CannotParse(f"Unclosed end tag at byte offset {self._offset(begin)}")
        found, opened = self._source[begin + 2 : end].strip().lower(), self._open.pop()
        if found not in ("", opened.tag):
            raise CannotParse(
                f"Unmatched end tag at byte offset {self._offset(begin)}, "
                f'expected "</{opened.tag}>", found "</{found}>"'
            )
        self._at = end + 1
        if self._length > opened.start:
            self._entities.append(_entity(opened, self._length - opened.start))


def _entity(opened: _Open, length: int) -> JsonObject:
    kind = TAGS[opened.tag]
    entity: JsonObject = {"type": kind, "offset": opened.start, "length": length}
    if kind == "text_link":
        entity["url"] = opened.argument
    elif kind == "custom_emoji":
        entity["custom_emoji_id"] = opened.argument
    return entity


def _decoded(found: re.Match[str]) -> str:
    if name := found["name"]:
        return NAMED.get(name, "")
    code = int(found["decimal"]) if found["decimal"] else int(found["hexadecimal"], 16)
    return chr(code) if 0 < code < 0x110000 and not 0xD800 <= code < 0xE000 else ""


def _unescaped(value: str) -> str:
    return _ENTITY.sub(lambda found: _decoded(found) or found.group(), value)


def _trimmed(text: str, entities: list[JsonObject]) -> Parsed:
    """Telegram cuts white space at both ends; a link without an address is plain text."""
    cut = utf16_length(text) - utf16_length(text.lstrip())
    stripped = text.strip()
    length, kept = utf16_length(stripped), []
    for entity in entities:
        offset, size = entity["offset"], entity["length"]
        assert isinstance(offset, int)
        assert isinstance(size, int)
        start, end = max(0, offset - cut), min(length, offset + size - cut)
        if end > start and entity.get("url") != "":
            kept.append({**entity, "offset": start, "length": end - start})
    kept.sort(key=lambda entity: (int(str(entity["offset"])), -int(str(entity["length"]))))
    return Parsed(stripped, tuple(kept[:MOST_ENTITIES]))
