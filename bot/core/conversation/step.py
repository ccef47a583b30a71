"""One step of the conversation: what was and what came, in; what is and what should happen, out.

Nothing here waits, sends or stores.
"""

from collections.abc import Callable
from dataclasses import replace

from bot.core.conversation import (
    away,
    behalf,
    binding,
    closing,
    colleagues,
    coming,
    commands,
    files,
    leaving,
    linking,
    menu,
    opening,
    overview,
    profile,
    registering,
    sensitive,
    staff,
)
from bot.core.conversation.scene import Scene
from bot.core.conversation.state import Ask, Chosen, Prompt, State, Turn
from bot.core.conversation.words import NO, YES, command, number
from bot.core.message import Happened, Membership, Said, Unheard
from bot.core.plain import plain
from bot.core.query import EntryKind
from bot.core.routing.gate import spoken_command
from bot.core.routing.reading import Gate
from bot.core.turn import AddToQuery, Say

Heard = Said | Chosen | Happened | Membership | Unheard
OnChoice = Callable[[Prompt, str, State, Scene], Turn]
OnText = Callable[[Prompt, str, State, Scene], Turn | None]

ON_CHOICE: dict[Ask, OnChoice] = {
    Ask.COUNTRY: opening.country_chosen,
    Ask.TOPIC: opening.topic_chosen,
    Ask.REROUTE: opening.elsewhere_chosen,
    Ask.ORGANISATION: registering.organisation_skipped,
    Ask.ORGANISATION_MATCH: registering.organisation_chosen,
    Ask.INVITATIONS: registering.invitations_chosen,
    Ask.NAME_OR_MESSAGE: binding.name_or_message_chosen,
    Ask.WHICH_QUERY: binding.query_chosen,
    Ask.REOPEN: binding.query_chosen,
    Ask.FILE_CHECK: files.checked,
    Ask.SATISFIED: closing.satisfied_chosen,
    Ask.RATING: closing.rating_chosen,
    Ask.RATING_SHARED: closing.sharing_chosen,
    Ask.CONFIDENTIAL: sensitive.offer_chosen,
    Ask.SAFE_TEXT: sensitive.safe_cancelled,
    Ask.SAFE_CONTACT: sensitive.contact_chosen,
    Ask.LANGUAGE: commands.language_chosen,
    Ask.ERASE: commands.erase_chosen,
    Ask.TYPE: registering.type_chosen,
    Ask.NAME: registering.name_skipped,
    Ask.POSITION: profile.position_chosen,
    Ask.OWN_COUNTRY: profile.country_kept,
    Ask.ABOUT_ME: profile.correction_chosen,
    Ask.SWITCH: coming.switch_chosen,
    Ask.COLLEAGUES: colleagues.chosen,
    Ask.WHO_WAITS: colleagues.waiting_chosen,
    Ask.CONFIRM: colleagues.decided,
    Ask.WHO_LEFT: colleagues.leaver_chosen,
    Ask.WHO_TAKES: colleagues.taker_chosen,
    Ask.SPEAKER: colleagues.speaker_chosen,
    Ask.LEAVE: leaving.leave_chosen,
    Ask.LEAVE_TO: leaving.taker_chosen,
    Ask.SAID_LEFT: leaving.said_left_chosen,
    Ask.UNLINK: linking.unlink_chosen,
    Ask.QUERY: overview.query_chosen,
    Ask.DEPUTY: away.deputy_chosen,
    Ask.BEHALF_WHICH: behalf.given_up,
    Ask.BEHALF_ORGANISATION: behalf.organisation_chosen,
    Ask.BEHALF_CONTACT: behalf.contact_chosen,
    Ask.BEHALF_TEXT: behalf.given_up,
}
ON_TEXT: dict[Ask, OnText] = {
    Ask.COUNTRY: opening.country_written,
    Ask.ORGANISATION: registering.organisation_written,
    Ask.NAME: registering.name_written,
    Ask.POSITION: profile.position_written,
    Ask.OWN_COUNTRY: profile.country_written,
    Ask.MISSING: closing.missing_written,
    Ask.BEHALF_WHICH: behalf.which_written,
    Ask.BEHALF_CONTACT: behalf.contact_written,
    Ask.BEHALF_TEXT: behalf.text_written,
    Ask.HELP_COUNTRY: sensitive.help_country_written,
}


def step(state: State, heard: Heard, scene: Scene) -> Turn:
    """What to do next, given where we are."""
    match heard:
        case Chosen():
            return _chosen(heard, state, scene)
        case Happened():
            return _happened(heard, state, scene)
        case Said() if heard.edited:
            return _edited(heard, state, scene)
        case Said():
            return _said(heard, state, scene)
        case Unheard(kind) if kind:
            return Turn(state, (Say("errors.cannot_take", {"mailbox": scene.world.office.mailbox}),))
        case _:
            return Turn(state)


def _chosen(chosen: Chosen, state: State, scene: Scene) -> Turn:
    prompt = state.prompt(chosen.prompt)
    if prompt is None or chosen.value not in prompt.options:
        return Turn(state, (Say("errors.old_button"),))
    return ON_CHOICE[prompt.ask](prompt, chosen.value, state, scene)


def _happened(happened: Happened, state: State, scene: Scene) -> Turn:
    match happened.what:
        case "answered":
            return closing.answered(happened.about, state, scene)
        case "unrouted":
            return opening.unrouted(happened.about, state, scene)
        case "unnamed":
            return registering.unnamed(state)
        case "claimed":
            return colleagues.somebody_claims(happened.about, state, scene)
        case "left":
            return leaving.said_to_have_left(happened.about, state, scene)
        case "asked_back":
            return binding.asked_back(happened.about, state, scene)
        case "unbound":
            return binding.unbound(happened.about, state, scene)
        case "unchecked":
            return files.unchecked(happened.about, state, scene)
        case "safe_form":
            return sensitive.form_filled(happened.about, state, scene)
        case "no_contact":
            return sensitive.no_contact(happened.about, state, scene)
        case "no_answer":
            return sensitive.no_answer(happened.about, state, scene)
        case _:
            return Turn(state)


def _edited(said: Said, state: State, scene: Scene) -> Turn:
    """An edited message: shown as an edit where the message went to, else what waits is replaced, else it is new."""
    if scene.reading.sensitive:
        return sensitive.held_back(state, scene, said.text, files.stored(said))
    if scene.answered:
        return Turn(state, (AddToQuery(scene.answered.opened_by, said.text, (), EntryKind.EDIT, said.message),))
    rewritten = state.rewritten(said.message, said.text)
    if rewritten != state or number(said.text):
        return Turn(rewritten)
    return _said(replace(said, edited=False), state, scene)


def _said(said: Said, state: State, scene: Scene) -> Turn:
    refused = files.refusals(said, scene)
    kept = files.stored(said)
    if refused and not kept and not said.text.strip():
        return Turn(state, refused)
    turn = _words(said, state, scene)
    return Turn(turn.state, (*refused, *turn.effects))


def _words(said: Said, state: State, scene: Scene) -> Turn:
    slash = command(said.text)
    if slash and (slash[0] in menu.COMMANDS or not (slash[1] or scene.reading.sensitive)):
        return menu.command(*slash, state, scene)
    if not said.files and (spoken := spoken_command(said.text)):
        return menu.command(spoken, "", state, scene)
    return _free_words(said, state, scene)


def _free_words(said: Said, state: State, scene: Scene) -> Turn:
    kept = files.stored(said)
    if not kept and (turn := _numbered(said.text, state, scene)):
        return turn
    prompt = state.latest
    if prompt and prompt.ask is Ask.HELP_COUNTRY and said.text.strip() and not kept:
        return sensitive.help_country_written(prompt, said.text, state, scene)
    if matter := sensitive.open_matter(state):
        return sensitive.continued(matter, said.text, kept, state, scene)
    if scene.reading.sensitive:
        return sensitive.held_back(state, scene, said.text, kept)
    if not kept and (turn := _worded(said.text, state, scene)):
        return turn
    if scene.staff:
        return Turn(state, (Say("desk.private_chat", {"slash": scene.slash}),))
    if scene.barred:
        return staff.resting(state, scene)
    words = binding.Words(said.text, kept, scene.reading.topics, said.message)
    if files.needs_check(kept):
        return files.check(state, scene, words)
    return _by_gate(words, state, scene)


def _numbered(text: str, state: State, scene: Scene) -> Turn | None:
    """A typed number as the answer to the latest question; None when it is no number or nothing offers any."""
    prompt, typed = state.latest, number(text)
    if not typed or prompt is None or not prompt.options:
        return None
    if typed <= len(prompt.options):
        return ON_CHOICE[prompt.ask](prompt, prompt.options[typed - 1], state, scene)
    return Turn(state, (Say("errors.number_out_of_range", {"most": len(prompt.options)}),))


def _worded(text: str, state: State, scene: Scene) -> Turn | None:
    """Words as the answer to the latest question; None when they are something else."""
    prompt = state.latest
    if prompt is None or not text.strip():
        return None
    if prompt.ask in {Ask.SATISFIED, Ask.REOPEN} and plain(text) in YES | NO:
        return ON_CHOICE[prompt.ask](prompt, prompt.options[plain(text) in NO], state, scene)
    of_another = scene.answered is not None and scene.answered.opened_by != prompt.about
    if prompt.ask not in ON_TEXT or of_another or scene.reading.gate in {Gate.GREETING, Gate.THANKS}:
        return None
    return ON_TEXT[prompt.ask](prompt, text, state, scene)


def _by_gate(words: binding.Words, state: State, scene: Scene) -> Turn:
    """A greeting or thanks opens no query, unless it answers one; where we wait for a word, every word is one."""
    if words.files or binding.awaited(state, scene):
        return binding.bind(state, scene, words)
    match scene.reading.gate:
        case Gate.GREETING:
            return Turn(state, (Say("conversation.welcome"),))
        case Gate.THANKS:
            return Turn(state, (Say("conversation.with_pleasure"),))
        case Gate.EMPTY:
            return Turn(state, (Say("conversation.nothing_to_read"),))
        case _:
            return binding.bind(state, scene, words)
