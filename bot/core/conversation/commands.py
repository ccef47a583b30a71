"""What can be said with a slash about the conversation itself: help, language, privacy, data, news, erasing."""

from bot.core.console import EndSessions, OfferSignIn
from bot.core.conversation.asking import ask
from bot.core.conversation.scene import Scene
from bot.core.conversation.sensitive import safe
from bot.core.conversation.state import Ask, Prompt, State, Turn
from bot.core.message import Fields
from bot.core.plain import plain
from bot.core.turn import ErasePerson, Option, Say, SendData, SetLanguage, SetStopped

#: After /console: out of every browser.
OUT = frozenset({"out", "off", "sortir", "salir"})
ERASE = (Option("erase", "erase"), Option("keep", "keep"), Option("copy", "copy_first"))


def help_(rest: str, state: State, scene: Scene) -> Turn:
    return Turn(state, (Say("conversation.help", {"mailbox": scene.world.office.mailbox}),))


def privacy(rest: str, state: State, scene: Scene) -> Turn:
    office = scene.world.office
    fields: Fields = {"mailbox": office.mailbox, "months": office.keep_query_text_months}
    return Turn(state, (Say("conversation.privacy", fields),))


def language(rest: str, state: State, scene: Scene) -> Turn:
    offered = scene.world.office.languages
    wanted = rest.casefold()[:2]
    if wanted in offered:
        return Turn(state, (SetLanguage(wanted), Say("conversation.language_set")))
    options = tuple(Option(code, "language", {"language": code}) for code in offered)
    return ask(Turn(state), scene, Ask.LANGUAGE, "conversation.which_language", options)


def language_chosen(prompt: Prompt, value: str, state: State, scene: Scene) -> Turn:
    return Turn(state.without(prompt), (SetLanguage(value), Say("conversation.language_set")))


def stop(rest: str, state: State, scene: Scene) -> Turn:
    references = [query.reference for query in scene.open_queries]
    return Turn(state, (SetStopped(True), Say("conversation.stopped", {"references": references})))


def go_on(rest: str, state: State, scene: Scene) -> Turn:
    """START, the way back from STOP."""
    return Turn(state, (SetStopped(False), Say("conversation.started")))


def my_data(rest: str, state: State, scene: Scene) -> Turn:
    return Turn(state, (SendData(),))


def forget_me(rest: str, state: State, scene: Scene) -> Turn:
    references = [query.reference for query in scene.open_queries]
    fields: Fields = {"references": references, "months": scene.world.office.keep_query_text_months}
    return ask(Turn(state), scene, Ask.ERASE, "conversation.before_erasing", ERASE, fields)


def erase_chosen(prompt: Prompt, value: str, state: State, scene: Scene) -> Turn:
    match value:
        case "erase":
            return Turn(State(), (Say("conversation.erased"), ErasePerson()))
        case "copy":
            return Turn(state, (SendData(),))
        case _:
            return Turn(state.without(prompt), (Say("conversation.kept"),))


def safe_way(rest: str, state: State, scene: Scene) -> Turn:
    return safe(rest, state, scene)


def console(rest: str, state: State, scene: Scene) -> Turn:
    """A link to the console for staff, or with OUT the end of all their sessions there."""
    if scene.staff is None:
        return Turn(state, (Say("errors.not_staff"),))
    return Turn(state, (EndSessions() if plain(rest) in OUT else OfferSignIn(),))
