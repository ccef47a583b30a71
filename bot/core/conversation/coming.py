"""/start, with or without a code: what an invitation gives, and what has to be asked before it does."""

from bot.core.conversation.asking import Held, ask
from bot.core.conversation.linking import join
from bot.core.conversation.registering import INVITATION_OPTIONS
from bot.core.conversation.scene import Code, Scene
from bot.core.conversation.staff import staff_code
from bot.core.conversation.state import Ask, Prompt, State, Turn
from bot.core.message import Fields
from bot.core.person import Connection, InviteKind
from bot.core.turn import Option, Redeem, Say, ToldConsent

SWITCH = (Option("switch", "yes_switch"), Option("stay", "no_stay"))


def start(rest: str, state: State, scene: Scene) -> Turn:
    if not rest:
        return Turn(state, (Say("conversation.welcome"),))
    code = scene.code
    if code is None:
        return Turn(state, (_bad_code(scene),))
    invite = code.invite
    if invite.kind is not InviteKind.STAFF and invite.platform not in ("", scene.platform):
        return Turn(state, (Say("errors.other_platform", {"platform": invite.platform}),))
    match invite.kind:
        case InviteKind.DESK:
            return Turn(state, (Say("errors.desk_code_here"),))
        case InviteKind.STAFF:
            return staff_code(code.key, invite, state, scene)
        case InviteKind.LINK:
            return join(code, state, scene)
        case InviteKind.ORGANISATION:
            return _for_organisation(code, state, scene)


def _bad_code(scene: Scene) -> Say:
    return Say("errors.bad_code", {"mailbox": scene.world.office.mailbox})


def _for_organisation(code: Code, state: State, scene: Scene) -> Turn:
    """A contact's invitation joins two records: never where one of them is staff. Confirmed elsewhere: asked first."""
    person = scene.person
    if code.person and code.person.id != person.id and (scene.of_staff or code.of_staff):
        return Turn(state, (Say("errors.link_staff"),))
    elsewhere = person.connection is Connection.CONFIRMED and person.organisation != code.invite.organisation
    if not elsewhere:
        return _invited(code, state, scene)
    fields: Fields = {"organisation": code.organisation_name, "now": scene.named_organisation}
    return ask(Turn(state), scene, Ask.SWITCH, "partners.switch", SWITCH, fields, Held(about=code.key))


def switch_chosen(prompt: Prompt, value: str, state: State, scene: Scene) -> Turn:
    """Whether somebody who is confirmed elsewhere goes with the invitation."""
    left = state.without(prompt)
    if value == "stay":
        return Turn(left, (Say("partners.nothing_changed"),))
    return _invited(scene.code, left, scene) if scene.code else Turn(left, (_bad_code(scene),))


def _invited(code: Code, state: State, scene: Scene) -> Turn:
    effects = (Redeem(code.key, code.invite), ToldConsent(scene.world.office.consent_version))
    preset = code.invite.language if code.invite.language in scene.world.office.languages else ""
    language = scene.language if scene.person.told_version else preset or scene.language
    fields: Fields = {"organisation": code.organisation_name, "language": language}
    held = Held(about="invited")
    template = "conversation.invited"
    return ask(Turn(state, effects), scene, Ask.INVITATIONS, template, INVITATION_OPTIONS, fields, held)
