"""Words with a slash: help, status, language, privacy, data, leaving, invitations, the confidential way."""

from collections.abc import Callable

from bot.core.console import EndSessions, OfferSignIn
from bot.core.conversation.asking import Held, ask
from bot.core.conversation.opening import INVITATION_OPTIONS
from bot.core.conversation.scene import Scene
from bot.core.conversation.sensitive import safe
from bot.core.conversation.staff import staff_code, who_am_i
from bot.core.conversation.state import Ask, Prompt, State, Turn
from bot.core.conversation.words import plain
from bot.core.message import Fields
from bot.core.person import InviteKind
from bot.core.query import Query
from bot.core.turn import ErasePerson, Option, Redeem, Say, SendData, SetLanguage, SetStopped, ToldConsent

#: After /console: out of every browser.
OUT = frozenset({"out", "off", "sortir", "salir"})
ERASE = (Option("erase", "erase"), Option("keep", "keep"), Option("copy", "copy_first"))


def command(name: str, rest: str, state: State, scene: Scene) -> Turn:
    """Do what the command says; an unknown one is answered with what there is."""
    known = COMMANDS.get(name)
    if known is None:
        return Turn(state, (Say("errors.unknown_command", {"command": name}),))
    return known(rest, state, scene)


def start(code: str, state: State, scene: Scene) -> Turn:
    if not code:
        return Turn(state, (Say("conversation.welcome"),))
    if scene.invite is None:
        return Turn(state, (Say("errors.bad_code", {"mailbox": scene.world.office.mailbox}),))
    if scene.invite.kind is InviteKind.DESK:
        return Turn(state, (Say("errors.desk_code_here"),))
    if scene.invite.kind is InviteKind.STAFF:
        return staff_code(code, scene.invite, state, scene)
    redeemed = Turn(state, (Redeem(code, scene.invite),))
    told = redeemed.then(ToldConsent(scene.world.office.consent_version))
    fields: Fields = {"organisation": scene.invite.organisation}
    held = Held(about="invited")
    return ask(told, scene, Ask.INVITATIONS, "conversation.invited", INVITATION_OPTIONS, fields, held)


def help_(rest: str, state: State, scene: Scene) -> Turn:
    return Turn(state, (Say("conversation.help", {"mailbox": scene.world.office.mailbox}),))


def privacy(rest: str, state: State, scene: Scene) -> Turn:
    office = scene.world.office
    fields: Fields = {"mailbox": office.mailbox, "months": office.keep_query_text_months}
    return Turn(state, (Say("conversation.privacy", fields),))


def status(rest: str, state: State, scene: Scene) -> Turn:
    """References, owners and dates; never a text: a phone may be shared."""
    queries = [_line(query) for query in scene.open_queries]
    return Turn(state, (Say("conversation.status", {"queries": queries}),))


def _line(query: Query) -> Fields:
    due = query.due_at.isoformat() if query.due_at else ""
    return {"reference": query.reference, "desk": query.desk, "due": due, "status": query.status.value}


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


COMMANDS: dict[str, Callable[[str, State, Scene], Turn]] = {
    "start": start,
    "help": help_,
    "privacy": privacy,
    "status": status,
    "language": language,
    "stop": stop,
    "resume": go_on,
    "mydata": my_data,
    "forgetme": forget_me,
    "safe": safe_way,
    "whoami": who_am_i,
    "console": console,
}
