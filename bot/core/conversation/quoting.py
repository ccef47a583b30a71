"""/noquote and /quote: whether anything of a question may become public. The CSO says so, and can take it back."""

import re

from bot.core.conversation.scene import Scene
from bot.core.conversation.state import State, Turn
from bot.core.desk_turn import SetQuotes
from bot.core.turn import Say

_NUMBER = re.compile(r"(?:q-?)?0*(\d{1,15})", re.IGNORECASE)


def no_quotes(rest: str, state: State, scene: Scene) -> Turn:
    """The question that was named, else the latest of the person's own."""
    return _set(rest, state, scene, allowed=False)


def quotes(rest: str, state: State, scene: Scene) -> Turn:
    """It may be quoted again."""
    return _set(rest, state, scene, allowed=True)


def _set(rest: str, state: State, scene: Scene, *, allowed: bool) -> Turn:
    found = _NUMBER.fullmatch(rest.strip())
    latest = scene.queries[-1].id if scene.queries and not rest.strip() else 0
    number = int(found[1]) if found else latest
    if not number:
        return Turn(state, (Say("conversation.quote_which"),))
    return Turn(state, (SetQuotes(number, allowed),))
