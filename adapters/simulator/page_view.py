"""What one browser looks at, kept in its address; and what each member of staff has seen."""

from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlencode

PERSONAS = ("liaison", "backup", "regional")
#: The place of a thread's id when somebody closed the thread.
CLOSED = "none"


@dataclass(frozen=True, slots=True)
class View:
    """The staff side as somebody left it. Empty fields follow what is newest."""

    persona: str = "liaison"
    #: Slack channel id and the thread open beside it.
    channel: str = ""
    root: str = ""
    #: Forum topic of the Telegram desk; 0 is none.
    topic: int = 0
    #: Number of the query that the strip tells; 0 is the latest.
    about: int = 0

    def but(self, **changes: object) -> str:
        """The query string of this view with changes; a change of channel closes the thread."""
        kept = {"persona": self.persona, "channel": self.channel, "root": self.root}
        kept |= {"topic": str(self.topic or ""), "about": str(self.about or "")}
        if "channel" in changes:
            kept["root"] = ""
        return urlencode({name: value for name, value in (kept | changes).items() if value})


def read_view(given: Mapping[str, object]) -> View:
    """The view that an address or a form names; what makes no sense is left out."""

    def text(name: str) -> str:
        value = given.get(name)
        return value if isinstance(value, str) and len(value) < 64 else ""

    def number(name: str) -> int:
        value = text(name)
        return int(value) if value.isascii() and value.isdigit() and len(value) < 16 else 0

    persona = text("persona") if text("persona") in PERSONAS else PERSONAS[0]
    return View(persona, text("channel"), text("root"), number("topic"), number("about"))


class Seen:
    """Up to where each member of staff has read each place."""

    def __init__(self) -> None:
        self._until: dict[tuple[str, str], float] = {}

    def until(self, persona: str, place: str) -> float:
        """The id (as a number) of the last message read there."""
        return self._until.get((persona, place), 0.0)

    def note(self, persona: str, place: str, last: float) -> None:
        """They are looking at it now."""
        self._until[persona, place] = max(last, self.until(persona, place))
