"""/me: what we have of the person, and each of it corrected by a button and an answer."""

from bot.core.conversation.asking import Held, ask
from bot.core.conversation.commands import language
from bot.core.conversation.registering import SKIP, one_line
from bot.core.conversation.scene import Scene
from bot.core.conversation.state import Ask, Prompt, State, Turn
from bot.core.conversation.words import reads_like_a_message
from bot.core.message import Fields
from bot.core.partner_turn import SetPosition
from bot.core.person import Connection
from bot.core.turn import Option, Say, SetCountry

CORRECTIONS = tuple(Option(what, f"my_{what}") for what in ("name", "position", "organisation", "country", "language"))
REMOVE = Option("remove", "remove_it")
KEEP = Option("keep", "leave_as_it_is")
BY_ITSELF = "me"


def me(rest: str, state: State, scene: Scene) -> Turn:
    person = scene.person
    fields: Fields = {
        "name": person.name,
        "position": person.position,
        "organisation": scene.named_organisation,
        "connection": person.connection.value,
        "country": person.country,
        "language": scene.language,
    }
    return ask(Turn(state), scene, Ask.ABOUT_ME, "partners.me", CORRECTIONS, fields)


def correction_chosen(prompt: Prompt, value: str, state: State, scene: Scene) -> Turn:
    left = state.without(prompt)
    match value:
        case "name":
            options = (REMOVE, KEEP) if scene.person.name else (KEEP,)
            return ask(Turn(left), scene, Ask.NAME, "partners.how_called", options, {}, Held(about=BY_ITSELF))
        case "position":
            options = (REMOVE, KEEP) if scene.person.position else (KEEP,)
            return ask(Turn(left), scene, Ask.POSITION, "partners.which_position", options)
        case "country":
            return ask(Turn(left), scene, Ask.OWN_COUNTRY, "partners.own_country", (KEEP,))
        case "language":
            return language("", left, scene)
        case _:
            return _organisation(left, scene)


def _organisation(left: State, scene: Scene) -> Turn:
    if scene.person.connection is Connection.CONFIRMED:
        return Turn(left, (Say("partners.leave_first", {"organisation": scene.named_organisation}),))
    return ask(Turn(left), scene, Ask.ORGANISATION, "conversation.write_organisation", SKIP)


def position_written(prompt: Prompt, text: str, state: State, scene: Scene) -> Turn | None:
    if reads_like_a_message(text):
        return None
    return Turn(state.without(prompt), (SetPosition(one_line(text)), Say("conversation.noted")))


def position_chosen(prompt: Prompt, value: str, state: State, scene: Scene) -> Turn:
    removed = (SetPosition(""),) if value == "remove" else ()
    return Turn(state.without(prompt), (*removed, Say("conversation.noted")))


def country_written(prompt: Prompt, text: str, state: State, scene: Scene) -> Turn | None:
    if reads_like_a_message(text):
        return None
    if len(scene.reading.countries) == 1:
        effects = (SetCountry(scene.reading.countries[0]), Say("conversation.noted"))
        return Turn(state.without(prompt), effects)
    return ask(Turn(state.without(prompt)), scene, Ask.OWN_COUNTRY, "partners.unknown_country", (KEEP,))


def country_kept(prompt: Prompt, value: str, state: State, scene: Scene) -> Turn:
    return Turn(state.without(prompt), (Say("conversation.noted"),))
