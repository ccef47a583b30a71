"""/link: a second address of the same person, by a one-time code; and taking one away again."""

from dataclasses import replace

from bot.core.conversation.asking import ask
from bot.core.conversation.scene import Code, Scene
from bot.core.conversation.state import Ask, Prompt, State, Turn
from bot.core.message import Fields
from bot.core.partner_turn import Unlink
from bot.core.person import InviteKind, two_organisations
from bot.core.turn import Option, Redeem, Say, SayCode


def link(rest: str, state: State, scene: Scene) -> Turn:
    """A code for the other platform, and the addresses there are. Staff are linked by invitations of their own."""
    if scene.of_staff:
        return Turn(state, (Say("errors.link_staff"),))
    others = [each for each in scene.linked if not each.here]
    options = tuple(
        Option(f"{each.account}:{each.user}", "remove_address", {"account": each.account}) for each in others
    )
    elsewhere = sorted(scene.platforms - {scene.platform})
    platform = elsewhere[0] if len(elsewhere) == 1 else ""
    fields: Fields = {
        "platforms": [platform] if platform else sorted(scene.platforms),
        "here": next((each.account for each in scene.linked if each.here), ""),
        "others": [each.account for each in others],
    }
    asked = ask(Turn(state), scene, Ask.UNLINK, "partners.link", options, fields)
    *before, say = asked.effects
    if not isinstance(say, Say):
        raise TypeError(say)
    return replace(asked, effects=(*before, SayCode(say, InviteKind.LINK, platform)))


def unlink_chosen(prompt: Prompt, value: str, state: State, scene: Scene) -> Turn:
    left = state.without(prompt)
    gone = next((each for each in scene.linked if f"{each.account}:{each.user}" == value and not each.here), None)
    if gone is None:
        return Turn(left, (Say("errors.old_button"),))
    return Turn(left, (Unlink(gone.account, gone.user), Say("partners.unlinked", {"account": gone.account})))


def join(code: Code, state: State, scene: Scene) -> Turn:
    """The code of another address: both are one person from now on, unless that would decide more than it may."""
    owner = code.person
    if owner is None:
        return Turn(state, (Say("errors.bad_code", {"mailbox": scene.world.office.mailbox}),))
    if owner.id == scene.person.id:
        return Turn(state, (Say("partners.linked_already"),))
    if scene.of_staff or code.of_staff:
        return Turn(state, (Say("errors.link_staff"),))
    if two_organisations(owner, scene.person):
        return Turn(state, (Say("errors.link_two_organisations"),))
    return Turn(state, (Redeem(code.key, code.invite), Say("partners.linked")))
