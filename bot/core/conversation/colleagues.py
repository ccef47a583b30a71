"""/colleagues: who of the organisation writes to us; confirming, inviting, somebody has left, who speaks for it."""

from bot.core.colleague import Colleague, Team
from bot.core.conversation.asking import Held, ask
from bot.core.conversation.scene import Scene
from bot.core.conversation.state import Ask, Prompt, State, Turn
from bot.core.message import Fields
from bot.core.partner_turn import ConfirmPerson, NameSpeaker, PersonLeft, RefusePerson
from bot.core.person import InviteKind
from bot.core.query import Query
from bot.core.turn import Option, Say, SayCode

#: So many people are offered as choices; the others come up when these are done.
MOST_CHOICES = 8

DECISIONS = (Option("confirm", "confirm_person"), Option("refuse", "refuse_person"), Option("later", "later"))


def colleagues(rest: str, state: State, scene: Scene) -> Turn:
    """How many there are, and what can be done. Who is not confirmed learns nothing of the organisation."""
    team = scene.team
    if team is None:
        return Turn(state, (not_confirmed(scene),))
    options = (
        *((Option("waiting", "confirm_or_refuse"),) if team.waiting else ()),
        Option("invite", "invite_colleague"),
        Option("left", "somebody_has_left"),
        Option("speaker", "who_speaks"),
    )
    fields: Fields = {**_named(team), "connected": len(team.confirmed), "waiting": len(team.waiting)}
    return ask(Turn(state), scene, Ask.COLLEAGUES, "partners.colleagues", options, fields)


def not_confirmed(scene: Scene) -> Say:
    """Why nothing is shown, and what to do about it."""
    return Say("partners.not_confirmed", {"connection": scene.person.connection.value})


def _named(team: Team) -> Fields:
    return {"organisation": team.organisation.name}


def person_option(colleague: Colleague) -> Option:
    return Option(str(colleague.person), "colleague", {"who": colleague.fields})


def _waiting_option(colleague: Colleague) -> Option:
    return Option(str(colleague.person), "waiting", {"who": colleague.fields})


def chosen(prompt: Prompt, value: str, state: State, scene: Scene) -> Turn:
    """One of the things that can be done."""
    left, team = state.without(prompt), scene.team
    if team is None:
        return Turn(left, (not_confirmed(scene),))
    match value:
        case "waiting":
            return _waiting(left, scene, team)
        case "invite":
            say = Say("partners.invite_colleague", _named(team))
            return Turn(left, (SayCode(say, InviteKind.ORGANISATION),))
        case "left":
            return _who_left(left, scene, team)
        case _:
            return _who_speaks(left, scene, team)


# Confirm or refuse.


def _waiting(left: State, scene: Scene, team: Team) -> Turn:
    if not team.waiting:
        return Turn(left, (Say("partners.nobody_waits", _named(team)),))
    if len(team.waiting) == 1:
        return _decide(Turn(left), scene, team, team.waiting[0])
    options = tuple(_waiting_option(each) for each in team.waiting[:MOST_CHOICES])
    fields: Fields = {**_named(team), "waiting": len(team.waiting)}
    return ask(Turn(left), scene, Ask.WHO_WAITS, "partners.who_waits", options, fields)


def _decide(turn: Turn, scene: Scene, team: Team, waiting: Colleague) -> Turn:
    fields: Fields = {**_named(team), "who": waiting.fields}
    held = Held(about=str(waiting.person))
    return ask(turn, scene, Ask.CONFIRM, "partners.says_they_belong", DECISIONS, fields, held)


def waiting_chosen(prompt: Prompt, value: str, state: State, scene: Scene) -> Turn:
    left = state.without(prompt)
    waiting = scene.team.find(value) if scene.team else None
    if scene.team is None or waiting not in scene.team.waiting:
        return Turn(left, (Say("partners.settled_already"),))
    return _decide(Turn(left), scene, scene.team, waiting)


def somebody_claims(about: str, state: State, scene: Scene) -> Turn:
    """A person says that they belong here: a confirmed colleague is asked, as long as nobody has decided."""
    team = scene.team
    waiting = team.find(about) if team else None
    if team is None or waiting not in team.waiting:
        return Turn(state)
    return _decide(Turn(state), scene, team, waiting)


def decided(prompt: Prompt, value: str, state: State, scene: Scene) -> Turn:
    left, team = state.without(prompt), scene.team
    waiting = team.find(prompt.about) if team else None
    if team is None or waiting not in team.waiting:
        return Turn(left, (Say("partners.settled_already"),))
    fields: Fields = {**_named(team), "who": waiting.fields}
    match value:
        case "confirm":
            return Turn(left, (ConfirmPerson(waiting.person), Say("partners.you_confirmed", fields)))
        case "refuse":
            return Turn(left, (RefusePerson(waiting.person), Say("partners.you_refused", fields)))
        case _:
            return Turn(left, (Say("partners.later"),))


# Somebody has left.


def _who_left(left: State, scene: Scene, team: Team) -> Turn:
    others = team.others(scene.person.id)
    if not others:
        return Turn(left, (Say("partners.nobody_else", _named(team)),))
    options = (*(person_option(each) for each in others[:MOST_CHOICES]), Option("cancel", "cancel"))
    return ask(Turn(left), scene, Ask.WHO_LEFT, "partners.who_left", options)


def leaver_chosen(prompt: Prompt, value: str, state: State, scene: Scene) -> Turn:
    left, team = state.without(prompt), scene.team
    leaver = team.find(value) if team else None
    if team is None or leaver is None:
        return Turn(left, (Say("partners.nothing_changed"),))
    theirs = team.queries_of(leaver.person)
    fields: Fields = {"who": leaver.fields, "references": references(theirs), **_named(team)}
    options = (*_takers(scene, team, leaver), Option("cancel", "cancel"))
    held = Held(about=str(leaver.person))
    return ask(Turn(left), scene, Ask.WHO_TAKES, "partners.who_takes", options, fields, held)


def _takers(scene: Scene, team: Team, leaver: Colleague) -> tuple[Option, ...]:
    """Who can take over what is open; with nothing open, whether it is so at all."""
    me = str(scene.person.id)
    if not team.queries_of(leaver.person):
        return (Option(me, "yes_they_left"),)
    others = [each for each in team.others(scene.person.id) if each != leaver]
    return (Option(me, "i_take_them"), *(person_option(each) for each in others[: MOST_CHOICES - 1]))


def references(queries: tuple[Query, ...]) -> list[str]:
    return [query.reference for query in queries]


def taker_chosen(prompt: Prompt, value: str, state: State, scene: Scene) -> Turn:
    left, team = state.without(prompt), scene.team
    leaver, taker = (team.find(prompt.about), team.find(value)) if team else (None, None)
    if team is None or leaver not in team.confirmed or taker not in team.confirmed:
        return Turn(left, (Say("partners.nothing_changed"),))
    fields: Fields = {
        **_named(team),
        "who": leaver.fields,
        "references": references(team.queries_of(leaver.person)),
        "taker": taker.fields,
        "mine": taker.person == scene.person.id,
    }
    return Turn(left, (PersonLeft(leaver.person, taker.person), Say("partners.they_left", fields)))


# Who speaks for the organisation.


def _who_speaks(left: State, scene: Scene, team: Team) -> Turn:
    now = team.find(str(team.organisation.speaker))
    others = team.others(scene.person.id)[: MOST_CHOICES - 2]
    options = (
        Option(str(scene.person.id), "i_do"),
        *(person_option(each) for each in others),
        Option("0", "nobody_in_particular"),
    )
    fields: Fields = {**_named(team), "who": now.fields if now else None}
    return ask(Turn(left), scene, Ask.SPEAKER, "partners.who_speaks", options, fields)


def speaker_chosen(prompt: Prompt, value: str, state: State, scene: Scene) -> Turn:
    left, team = state.without(prompt), scene.team
    named = team.find(value) if team else None
    if team is None or (value != "0" and named not in team.confirmed):
        return Turn(left, (Say("partners.nothing_changed"),))
    fields: Fields = {**_named(team), "who": named.fields if named else None}
    return Turn(left, (NameSpeaker(int(value)), Say("partners.speaker_named", fields)))
