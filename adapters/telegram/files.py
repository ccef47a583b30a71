"""The file that a message on Telegram carries."""

from adapters.telegram.fields import Json, mapping, number, sequence, words
from bot.core.message import FileKind, FileRef

LONGEST_NAME = 200
#: Fields of a message that hold one file: (field, kind, name where the sender's app gave none).
SINGLE = (
    ("voice", FileKind.VOICE, "voice.ogg"),
    ("document", FileKind.DOCUMENT, "document"),
    ("audio", FileKind.DOCUMENT, "audio.mp3"),
    ("video", FileKind.DOCUMENT, "video.mp4"),
    ("video_note", FileKind.DOCUMENT, "video.mp4"),
    ("animation", FileKind.DOCUMENT, "animation.mp4"),
)


def files_of(message: Json) -> tuple[FileRef, ...]:
    """The file of a message: Telegram allows one each; an animation comes as a document too and counts once."""
    if photo := _largest(message):
        return (photo,)
    found = (_single(mapping(message.get(name)), kind, default) for name, kind, default in SINGLE)
    return next(((ref,) for ref in found if ref), ())


def _single(file: Json, kind: FileKind, default: str) -> FileRef | None:
    if not (file_id := words(file, "file_id")):
        return None
    name = safe_name(words(file, "file_name")) or default
    return FileRef(file_id, name, kind, number(file, "file_size"), seconds=number(file, "duration"))


def _largest(message: Json) -> FileRef | None:
    """The photo in its best quality; Telegram sends every size of it."""
    sizes = [size for size in map(mapping, sequence(message.get("photo"))) if words(size, "file_id")]
    if not sizes:
        return None
    best = max(sizes, key=lambda size: number(size, "width") * number(size, "height"))
    return FileRef(words(best, "file_id"), "photo.jpg", FileKind.PHOTO, number(best, "file_size"))


def safe_name(name: str) -> str:
    """A file name without folders and control characters, its extension kept when it is cut."""
    last = name.replace("\\", "/").rpartition("/")[2]
    shown = "".join(character for character in last if character.isprintable()).strip(". ")
    return shown if len(shown) <= LONGEST_NAME else shown[: LONGEST_NAME - 12] + shown[-12:]
