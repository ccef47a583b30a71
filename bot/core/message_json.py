"""A message as JSON and back: how it waits in the ledger."""

from collections.abc import Mapping
from typing import TypeAlias

from bot.core.message import Button, Fields, FileKind, Message, StoredFile, Value

Json: TypeAlias = "dict[str, Value]"


def dump_message(message: Message) -> Json:
    """The message as plain JSON values."""
    return {
        "template": message.template,
        "fields": _plain(message.fields),
        "buttons": [dump_button(button) for button in message.buttons],
        "language": message.language,
        "zone": message.zone,
        "file": None if message.file is None else dump_file(message.file),
        "wants_reply": message.wants_reply,
    }


def load_message(data: Mapping[str, Value]) -> Message:
    """The message that `dump_message` wrote; what an older version did not write has its default."""
    return Message(
        template=_text(data, "template"),
        fields=_fields(data.get("fields")),
        buttons=tuple(load_button(_fields(button)) for button in _list(data.get("buttons"))),
        language=_text(data, "language", "en"),
        zone=_text(data, "zone", "UTC"),
        file=load_file(_fields(data["file"])) if data.get("file") else None,
        wants_reply=bool(data.get("wants_reply")),
    )


def dump_button(button: Button) -> Json:
    """The button as plain JSON values."""
    return {
        "label": button.label,
        "token": button.token,
        "fields": _plain(button.fields),
        "number": button.number,
    }


def load_button(data: Mapping[str, Value]) -> Button:
    """The button that `dump_button` wrote."""
    return Button(_text(data, "label"), _text(data, "token"), _fields(data.get("fields")), _number(data, "number"))


def dump_file(file: StoredFile) -> Json:
    """What we know of a stored file, as plain JSON values."""
    return {
        "sha256": file.sha256,
        "name": file.name,
        "kind": file.kind.value,
        "media_type": file.media_type,
        "size": file.size,
        "seconds": file.seconds,
    }


def load_file(data: Mapping[str, Value]) -> StoredFile:
    """The file that `dump_file` wrote."""
    return StoredFile(
        sha256=_text(data, "sha256"),
        name=_text(data, "name"),
        kind=FileKind(_text(data, "kind", FileKind.DOCUMENT.value)),
        media_type=_text(data, "media_type", "application/octet-stream"),
        size=_number(data, "size"),
        seconds=_number(data, "seconds"),
    )


def _plain(value: Fields) -> Json:
    return {name: _plain(each) if isinstance(each, Mapping) else each for name, each in value.items()}


def _fields(value: "Value | Mapping[str, Value]") -> Json:
    if value is None:
        return {}
    if not isinstance(value, Mapping):
        raise ValueError("a stored message holds something else where named fields belong")
    return dict(value)


def _list(value: Value) -> list[Value]:
    return value if isinstance(value, list) else []


def _text(data: Mapping[str, Value], name: str, default: str = "") -> str:
    value = data.get(name, default)
    return value if isinstance(value, str) else default


def _number(data: Mapping[str, Value], name: str) -> int:
    value = data.get(name, 0)
    return value if isinstance(value, int) else 0
