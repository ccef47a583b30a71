"""Words that mean something by themselves, in the languages the bot speaks: only a whole message counts."""

import re

from bot.core.plain import plain

YES = frozenset({"yes", "y", "oui", "si", "ok", "okay"})
NO = frozenset({"no", "n", "non", "not yet", "pas encore", "todavia no", "aun no"})
#: A text that begins with one of these and goes on is a query that colleagues do not see.
PRIVATE = ("private", "prive", "privado", "privada")

_PRIVATE_START = re.compile(r"^\s*(\w+)\s*[:,.\-–—]?\s+(?=\S)", re.UNICODE)
_NUMBER = re.compile(r"^\s*(\d{1,3})\s*[.)]?\s*$")
_QUESTION = re.compile(r"[?¿؟]")
_HEARD_AS_COMMAND = re.compile(r"^/([\w-]{1,32})(?:\s+(.*))?$", re.DOTALL)


def number(text: str) -> int:
    """The number a text consists of, in any script's digits; 0 when it is anything else."""
    found = _NUMBER.match(text)
    return int(found.group(1)) if found else 0


def command(text: str) -> tuple[str, str] | None:
    """The word and the rest of a "/word rest"; None for anything else."""
    found = _HEARD_AS_COMMAND.match(text.strip())
    return (found.group(1).casefold().replace("-", "_"), (found.group(2) or "").strip()) if found else None


def privately(text: str) -> tuple[bool, str]:
    """Whether the text begins with "private", and the text without that word."""
    found = _PRIVATE_START.match(text)
    if found and plain(found.group(1)) in PRIVATE:
        return True, text[found.end() :]
    return False, text


def is_question(text: str) -> bool:
    return bool(_QUESTION.search(text))


def reads_like_a_message(text: str) -> bool:
    """Whether a text that should be a name is more likely a message: long, or a question."""
    return is_question(text) or len(text.split()) > 6 or len(text) > 80


def excerpt(text: str, letters: int = 32) -> str:
    """The first words of a text, cut between words where there are any."""
    line = " ".join(text.split())
    if len(line) <= letters:
        return line
    cut = line[:letters]
    return (cut.rsplit(" ", 1)[0] if " " in cut else cut) + " …"
