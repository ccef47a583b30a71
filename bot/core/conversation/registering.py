"""Which organisation somebody speaks for: on a list or on none, how colleagues know them, and what they want to get."""

from bot.core.conversation.asking import Held, ask
from bot.core.conversation.scene import Scene
from bot.core.conversation.state import Ask, Prompt, State, Turn
from bot.core.conversation.words import reads_like_a_message
from bot.core.message import Fields
from bot.core.partner_turn import ClaimOrganisation, ProposeOrganisation, SetName, TellColleagues
from bot.core.person import Invitations
from bot.core.turn import Option, Say, SetInvitations, SetTimer

SKIP = (Option("skip", "skip"),)
NAME_OR_MESSAGE = (Option("name", "it_is_the_name"), Option("message", "it_is_a_message"))
INVITATION_OPTIONS = (
    Option(Invitations.ALL, "yes"),
    Option(Invitations.ESSENTIAL, "essential_only"),
    Option(Invitations.NONE, "answers_only"),
)
#: Minutes until colleagues are told of a claim whose maker has not said how they are called.
UNNAMED_MINUTES = 30
#: What a name is asked for: with a claim, or by the person themselves.
FOR_CLAIM = "claim"
LONGEST_NAME = 120


def organisation_written(prompt: Prompt, text: str, state: State, scene: Scene) -> Turn | None:
    """A name; None when the text is more likely a message that has nothing to do with the question."""
    if reads_like_a_message(text):
        return None
    if scene.matches:
        named = (Option(each.id, "organisation", {"name": each.name}) for each in scene.matches)
        options = (*named, Option("other", "another_organisation"), Option("skip", "skip"))
        fields: Fields = {"count": len(scene.matches)}
        left = Turn(state.without(prompt))
        held = Held(about="" if prompt.about else scene.key, text=text)
        return ask(left, scene, Ask.ORGANISATION_MATCH, "conversation.which_of_these", options, fields, held)
    if not scene.open_queries:
        return organisation_named(state.without(prompt), scene, text)
    held = Held(about=scene.key, text=text, message=scene.message, topics=scene.reading.topics)
    fields = {"name": one_line(text)}
    left = Turn(state.without(prompt))
    return ask(left, scene, Ask.NAME_OR_MESSAGE, "conversation.name_or_message", NAME_OR_MESSAGE, fields, held)


def one_line(text: str) -> str:
    """A name as it is kept."""
    return " ".join(text.split())[:LONGEST_NAME]


def organisation_named(left: State, scene: Scene, text: str) -> Turn:
    """A name that is on no list: staff see it as the person wrote it, and its type is asked."""
    name = one_line(text)
    claimed = Turn(left, (ClaimOrganisation(name=name),))
    types = (Option(code, "organisation_type", {"type": code}) for code in scene.world.organisation_types)
    options = (*types, *SKIP)
    return ask(claimed, scene, Ask.TYPE, "partners.which_type", options, {"name": name}, Held(text=name))


def type_chosen(prompt: Prompt, value: str, state: State, scene: Scene) -> Turn:
    """Its kind: with it the organisation is a record that staff can look at; without it stays a name."""
    left = state.without(prompt)
    turn = Turn(left, () if value == "skip" else (ProposeOrganisation(value),))
    if scene.person.invitations is Invitations.NOT_ASKED:
        return ask_invitations(turn, scene, "")
    return turn.then(Say("partners.recorded", {"name": prompt.text}))


def organisation_skipped(prompt: Prompt, value: str, state: State, scene: Scene) -> Turn:
    return ask_invitations(Turn(state.without(prompt)), scene, "")


def organisation_chosen(prompt: Prompt, value: str, state: State, scene: Scene) -> Turn:
    left = state.without(prompt)
    if value == "skip":
        return ask_invitations(Turn(left), scene, "")
    if value == "other":
        return _none_of_these(prompt, left, scene)
    claimed = Turn(left, (ClaimOrganisation(organisation=value),))
    name = scene.choice.name if scene.choice else value
    if not scene.has_colleagues:
        return ask_invitations(claimed, scene, name)
    if scene.person.name:
        return ask_invitations(claimed.then(TellColleagues()), scene, name)
    held = Held(about=FOR_CLAIM, text=name)
    asked = ask(claimed, scene, Ask.NAME, "partners.how_called", SKIP, {}, held)
    return asked.then(SetTimer("unnamed", value, UNNAMED_MINUTES))


def _none_of_these(prompt: Prompt, left: State, scene: Scene) -> Turn:
    """What they wrote is its name after all, unless nobody knows what they wrote."""
    if prompt.text:
        return organisation_named(left, scene, prompt.text)
    return ask(Turn(left), scene, Ask.ORGANISATION, "conversation.write_organisation", SKIP)


def name_written(prompt: Prompt, text: str, state: State, scene: Scene) -> Turn | None:
    """How colleagues know the person; None when it is more likely a message."""
    if reads_like_a_message(text):
        return None
    named = Turn(state.without(prompt), (SetName(one_line(text)),))
    return _claim_complete(named, prompt, scene)


def name_skipped(prompt: Prompt, value: str, state: State, scene: Scene) -> Turn:
    left = Turn(state.without(prompt))
    return _claim_complete(left.then(SetName("")) if value == "remove" else left, prompt, scene)


def _claim_complete(turn: Turn, prompt: Prompt, scene: Scene) -> Turn:
    if prompt.about != FOR_CLAIM:
        return turn.then(Say("conversation.noted"))
    return ask_invitations(turn.then(TellColleagues()), scene, prompt.text)


def unnamed(state: State) -> Turn:
    """Nobody said how they are called: colleagues are told all the same."""
    waits = any(each.ask is Ask.NAME and each.about == FOR_CLAIM for each in state.prompts)
    return Turn(state, (TellColleagues(),) if waits else ())


def ask_invitations(turn: Turn, scene: Scene, name: str) -> Turn:
    """The last question; whoever was asked before is only thanked for the name."""
    if scene.person.invitations is not Invitations.NOT_ASKED:
        return turn.then(Say("partners.claimed", {"name": name})) if name else turn
    template = "conversation.may_we_invite"
    return ask(turn, scene, Ask.INVITATIONS, template, INVITATION_OPTIONS, {"name": name})


def invitations_chosen(prompt: Prompt, value: str, state: State, scene: Scene) -> Turn:
    turn = Turn(state.without(prompt), (SetInvitations(Invitations(value)),))
    return turn.then(Say("conversation.connected")) if prompt.about == "invited" else turn
