"""Confidential matters: sealed at once, offered the confidential way, never repeated, never routed by the bot."""

from bot.core.conversation.asking import Held, ask, ask_sealed
from bot.core.conversation.scene import Scene
from bot.core.conversation.state import Ask, Prompt, State, Turn
from bot.core.message import StoredFile
from bot.core.turn import (
    EraseSealed,
    OpenForm,
    Option,
    PassSealed,
    SafeContact,
    Say,
    SaySealed,
    Seal,
    SealedFate,
    SetSafeContact,
    SetTimer,
)

#: Minutes until the offer is repeated, once, and then the confidential desk gets it.
UNANSWERED_MINUTES = 60

OFFER = (
    Option("pass", "pass_to_confidential"),
    Option("self", "report_myself"),
    Option("not", "not_confidential"),
    Option("help", "need_help_now"),
)
CONTACT = (
    Option(SafeContact.HERE, "contact_here"),
    Option(SafeContact.OTHER, "contact_other"),
    Option(SafeContact.NONE, "contact_none"),
)


def held_back(state: State, scene: Scene, text: str, files: tuple[StoredFile, ...]) -> Turn:
    """Something that may be an allegation: nobody gets it before the person has chosen."""
    return _offer(Turn(state, (Seal(scene.key, text, files),)), scene, scene.key, tries=0)


def _offer(turn: Turn, scene: Scene, key: str, tries: int) -> Turn:
    asked = ask_sealed(turn, scene, Ask.CONFIDENTIAL, "confidential.offer", OFFER, key, tries)
    return asked.then(SetTimer("no_answer", key, UNANSWERED_MINUTES))


def offer_chosen(prompt: Prompt, value: str, state: State, scene: Scene) -> Turn:
    left = Turn(state.without(prompt))
    match value:
        case "pass":
            return passed_on(left, scene, prompt.about)
        case "self":
            erased = left.then(EraseSealed(prompt.about))
            return erased.then(Say("confidential.erased", {"signpost": scene.world.office.signpost}))
        case "not":
            return passed_on(left, scene, prompt.about, SealedFate.NOT_CONFIDENTIAL)
        case _:
            held = Held(about=prompt.about)
            return ask(Turn(state), scene, Ask.HELP_COUNTRY, "confidential.which_country", (), {}, held)


def passed_on(turn: Turn, scene: Scene, key: str, fate: SealedFate = SealedFate.PASSED_ON) -> Turn:
    """To the confidential desk and nowhere else; then how to get in touch safely."""
    given = turn.then(PassSealed(key, fate))
    template = "confidential.received" if fate is SealedFate.PASSED_ON else "confidential.looked_at_first"
    return ask_sealed(given, scene, Ask.SAFE_CONTACT, template, CONTACT, key)


def contact_chosen(prompt: Prompt, value: str, state: State, scene: Scene) -> Turn:
    contact = SafeContact(value)
    turn = Turn(state.without(prompt), (SetSafeContact(prompt.about, contact),))
    if contact is SafeContact.OTHER:
        return ask(turn, scene, Ask.SAFE_OTHER, "confidential.which_way", (), {}, Held(about=prompt.about))
    return turn.then(SaySealed(prompt.about, f"confidential.contact_{contact}"))


def other_contact_written(prompt: Prompt, text: str, state: State, scene: Scene) -> Turn:
    """Another way to reach the person: sealed like the matter itself."""
    kept = Turn(state.without(prompt), (Seal(prompt.about, text),))
    return kept.then(SaySealed(prompt.about, "confidential.contact_noted"))


def help_country_written(prompt: Prompt, text: str, state: State, scene: Scene) -> Turn:
    """Verified contacts of that country; where there are none the bot says so and the confidential desk gets it."""
    country = scene.reading.countries[0] if scene.reading.countries else scene.country
    contacts = scene.world.office.help_contacts.get(country)
    left = state.without(prompt)
    waiting = next((each for each in left.prompts if each.ask is Ask.CONFIDENTIAL and each.about == prompt.about), None)
    if contacts:
        known = contacts.get(scene.language) or next(iter(contacts.values()))
        return Turn(left, (Say("confidential.help", {"country": country, "contacts": known}),))
    turn = Turn(left.without(waiting) if waiting else left, (Say("confidential.no_help", {"country": country}),))
    return passed_on(turn, scene, prompt.about)


def no_answer(key: str, state: State, scene: Scene) -> Turn:
    """The offer was left without an answer for an hour: repeated once, then the confidential desk gets it."""
    prompt = next((each for each in state.prompts if each.ask is Ask.CONFIDENTIAL and each.about == key), None)
    if prompt is None:
        return Turn(state)
    if prompt.tries == 0:
        return _offer(Turn(state.without(prompt)), scene, key, tries=1)
    return Turn(state.without(prompt), (PassSealed(key, SealedFate.NO_ANSWER),))


def safe(state: State, scene: Scene) -> Turn:
    """The person wants the confidential way from the start: a form where there is one, else the next message."""
    if scene.has_forms:
        return Turn(state, (OpenForm("safe", scene.key),))
    return ask(Turn(state), scene, Ask.SAFE_TEXT, "confidential.write_next", (Option("cancel", "cancel"),))


def safe_written(prompt: Prompt, text: str, state: State, scene: Scene) -> Turn:
    return passed_on(Turn(state.without(prompt), (Seal(scene.key, text),)), scene, scene.key)


def safe_cancelled(prompt: Prompt, value: str, state: State, scene: Scene) -> Turn:
    return Turn(state.without(prompt), (Say("confidential.cancelled"),))


def form_filled(key: str, state: State, scene: Scene) -> Turn:
    """What the confidential form held is with the confidential desk: say so, and ask how to get in touch."""
    return ask_sealed(Turn(state), scene, Ask.SAFE_CONTACT, "confidential.received", CONTACT, key)
