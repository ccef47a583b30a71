"""/hours: staff say when they work, ask how it stands, or go back to the hours of their desk."""

from bot.core.conversation.scene import Scene
from bot.core.conversation.state import State, Turn
from bot.core.desk_turn import SetHours
from bot.core.turn import Say

#: "The desk's", in the languages of the bot.
DESK = frozenset({"desk", "bureau", "oficina"})


def hours(rest: str, state: State, scene: Scene) -> Turn:
    """Nothing: how it stands; "desk": as the desk; else days, hours and zone in any order."""
    if scene.staff is None:
        return Turn(state, (Say("errors.not_staff"),))
    words = rest.strip()
    return Turn(state, (SetHours("" if words.casefold() in DESK else words, as_the_desk=words.casefold() in DESK),))
