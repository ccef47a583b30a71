"""/leave: "I do not work there any more"; and the way back for somebody who was said to have left."""

from bot.core.colleague import Team
from bot.core.conversation.asking import Held, ask
from bot.core.conversation.colleagues import MOST_CHOICES, not_confirmed, person_option, references
from bot.core.conversation.scene import Scene
from bot.core.conversation.state import Ask, Prompt, State, Turn
from bot.core.message import Fields
from bot.core.partner_turn import ClaimOrganisation, PersonLeft
from bot.core.person import Connection
from bot.core.turn import Option, Say

SAID_LEFT = (Option("still", "i_still_work_there"), Option("right", "that_is_right"))


def leave(rest: str, state: State, scene: Scene) -> Turn:
    """Asked first: what is open can go to a colleague, or stay with the person as their own."""
    team = scene.team
    if team is None:
        return Turn(state, (not_confirmed(scene),))
    mine = team.queries_of(scene.person.id)
    give = mine and team.others(scene.person.id)
    options = (
        *((Option("give", "give_to_colleague"),) if give else ()),
        Option("keep", "keep_as_my_own" if mine else "yes_i_left"),
        Option("stay", "i_still_work_there"),
    )
    return ask(Turn(state), scene, Ask.LEAVE, "partners.leave", options, _fields(scene, team))


def _fields(scene: Scene, team: Team) -> Fields:
    return {"organisation": team.organisation.name, "references": references(team.queries_of(scene.person.id))}


def leave_chosen(prompt: Prompt, value: str, state: State, scene: Scene) -> Turn:
    left, team = state.without(prompt), scene.team
    if team is None or value == "stay":
        return Turn(left, (Say("partners.nothing_changed"),))
    if value == "keep":
        fields: Fields = {**_fields(scene, team), "taker": None}
        return Turn(left, (PersonLeft(scene.person.id), Say("partners.you_left", fields)))
    others = team.others(scene.person.id)
    options = (*(person_option(each) for each in others[:MOST_CHOICES]), Option("stay", "cancel"))
    return ask(Turn(left), scene, Ask.LEAVE_TO, "partners.leave_to", options, _fields(scene, team))


def taker_chosen(prompt: Prompt, value: str, state: State, scene: Scene) -> Turn:
    left, team = state.without(prompt), scene.team
    taker = team.find(value) if team else None
    if team is None or taker not in team.others(scene.person.id):
        return Turn(left, (Say("partners.nothing_changed"),))
    fields: Fields = {**_fields(scene, team), "taker": taker.fields}
    return Turn(left, (PersonLeft(scene.person.id, taker.person), Say("partners.you_left", fields)))


def said_to_have_left(about: str, state: State, scene: Scene) -> Turn:
    """A colleague said so: the person learns it, and can say that it is not true."""
    if scene.person.connection is not Connection.LEFT or scene.person.organisation != about:
        return Turn(state)
    fields: Fields = {"organisation": scene.named_organisation}
    held = Held(about=about)
    return ask(Turn(state), scene, Ask.SAID_LEFT, "partners.said_to_have_left", SAID_LEFT, fields, held)


def said_left_chosen(prompt: Prompt, value: str, state: State, scene: Scene) -> Turn:
    left, person = state.without(prompt), scene.person
    gone = person.connection is Connection.LEFT and person.organisation == prompt.about
    if value != "still" or not gone:
        return Turn(left, (Say("partners.thank_you"),))
    return Turn(left, (ClaimOrganisation(organisation=prompt.about), Say("partners.claimed_again")))
