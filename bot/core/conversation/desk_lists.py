"""/queue, /mine, /due and /digest: what staff look at, and what comes to them by itself."""

from bot.core.conversation.scene import Scene
from bot.core.conversation.state import State, Turn
from bot.core.desk_turn import ChooseDigests, DeskList, ShowList
from bot.core.plain import plain
from bot.core.turn import Say

EVENING = frozenset({"evening", "soir", "tarde"})
ON = frozenset({"on", "yes", "oui", "si"})
OFF = frozenset({"off", "no", "non"})


def queue(rest: str, state: State, scene: Scene) -> Turn:
    return _listed(DeskList.QUEUE, state, scene)


def mine(rest: str, state: State, scene: Scene) -> Turn:
    return _listed(DeskList.MINE, state, scene)


def due(rest: str, state: State, scene: Scene) -> Turn:
    return _listed(DeskList.DUE, state, scene)


def _listed(which: DeskList, state: State, scene: Scene) -> Turn:
    if scene.staff is None:
        return Turn(state, (Say("errors.not_staff"),))
    return Turn(state, (ShowList(which),))


def digest(rest: str, state: State, scene: Scene) -> Turn:
    """ "off", "evening on"; anything else asks how things stand."""
    if scene.staff is None:
        return Turn(state, (Say("errors.not_staff"),))
    words = frozenset(plain(rest).split())
    wanted = True if words & ON else False if words & OFF else None
    if words & EVENING:
        return Turn(state, (ChooseDigests(evening=wanted),))
    return Turn(state, (ChooseDigests(morning=wanted),))
