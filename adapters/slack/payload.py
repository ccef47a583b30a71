"""Reading Slack's JSON without trusting its shape: what is missing or of another type is empty."""

from __future__ import annotations

import json
from dataclasses import dataclass

_UNSTORABLE = str.maketrans({"\x00": None})


@dataclass(frozen=True, slots=True)
class Node:
    """A place in a payload. Every question has an answer; nothing raises."""

    value: object

    def at(self, *keys: str) -> Node:
        """The node below these keys, or an empty one."""
        value = self.value
        for key in keys:
            value = value.get(key) if isinstance(value, dict) else None
        return Node(value)

    def text(self, *keys: str) -> str:
        """The string there, fit for any database: no NUL, no half surrogate pairs."""
        value = self.at(*keys).value
        return storable(value) if isinstance(value, str) else ""

    def number(self, *keys: str) -> int:
        """The whole number there, 0 for anything else."""
        value = self.at(*keys).value
        return value if isinstance(value, int) else 0

    def true(self, *keys: str) -> bool:
        """Whether the very word `true` stands there."""
        return self.at(*keys).value is True

    def items(self, *keys: str) -> tuple[Node, ...]:
        """The list there, each item a node."""
        value = self.at(*keys).value
        return tuple(map(Node, value)) if isinstance(value, list) else ()

    def entries(self, *keys: str) -> tuple[tuple[str, Node], ...]:
        """The named members of the object there."""
        value = self.at(*keys).value
        return tuple((storable(str(k)), Node(v)) for k, v in value.items()) if isinstance(value, dict) else ()

    def __bool__(self) -> bool:
        return bool(self.value)


def storable(text: str) -> str:
    """The text without what UTF-8 or PostgreSQL cannot hold."""
    if text.isascii():
        return text.translate(_UNSTORABLE)
    whole = text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
    return whole.translate(_UNSTORABLE)


def parsed(payload: bytes | str) -> Node:
    """The JSON as a node; an empty one when it cannot be read."""
    try:
        return Node(json.loads(payload))
    except (ValueError, RecursionError):
        return Node(None)
