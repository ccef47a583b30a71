"""Confidential matters: sealed at once, offered the confidential way, never repeated, never routed by the bot."""

from bot.core.conversation.asking import Held, ask, ask_sealed
from bot.core.conversation.scene import Scene
from bot.core.conversation.state import CONFIDENTIAL, Ask, Prompt, State, Turn
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
ANOTHER = Option("new", "another_question")


def held_back(state: State, scene: Scene, text: str, files: tuple[StoredFile, ...]) -> Turn:
    """Something that may be an allegation: nobody gets it before the person has chosen."""
    return _offer(Turn(state, (Seal(scene.key, text, files),)), scene, scene.key, tries=0)


def _offer(turn: Turn, scene: Scene, key: str, tries: int) -> Turn:
    asked = ask_sealed(turn, scene, Ask.CONFIDENTIAL, "confidential.offer", OFFER, key, tries)
    return asked.then(SetTimer("no_answer", key, UNANSWERED_MINUTES))


def open_matter(state: State) -> Prompt | None:
    """The latest open question about a sealed matter, whatever else was asked since."""
    return next((each for each in reversed(state.prompts) if each.ask in CONFIDENTIAL), None)


def continued(prompt: Prompt, text: str, files: tuple[StoredFile, ...], state: State, scene: Scene) -> Turn:
    """Words and files while a matter is open: sealed with it, and never seen by anybody else."""
    left = state.without(prompt)
    match prompt.ask:
        case Ask.SAFE_TEXT:
            return passed_on(Turn(left, (Seal(scene.key, text, files),)), scene, scene.key)
        case Ask.SAFE_OTHER:
            kept = Turn(left, (Seal(prompt.about, text, files),))
            return kept.then(SaySealed(prompt.about, "confidential.contact_noted"))
        case _:
            choices = OFFER if prompt.ask is Ask.CONFIDENTIAL else CONTACT
            kept = Turn(left, (Seal(prompt.about, text, files),))
            options = (*choices, ANOTHER)
            return ask_sealed(kept, scene, prompt.ask, "confidential.sealed_too", options, prompt.about, prompt.tries)


def _another(left: State) -> Turn:
    """The next words are an ordinary question; what was sealed stays sealed."""
    return Turn(left, (Say("confidential.another_question"),))


def offer_chosen(prompt: Prompt, value: str, state: State, scene: Scene) -> Turn:
    left = Turn(state.without(prompt))
    match value:
        case "new":
            return _another(left.state)
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
    asked = ask_sealed(given, scene, Ask.SAFE_CONTACT, template, CONTACT, key)
    return asked.then(SetTimer("no_contact", key, UNANSWERED_MINUTES))


def contact_chosen(prompt: Prompt, value: str, state: State, scene: Scene) -> Turn:
    if value == ANOTHER.value:
        return _another(state.without(prompt))
    contact = SafeContact(value)
    turn = Turn(state.without(prompt), (SetSafeContact(prompt.about, contact),))
    if contact is SafeContact.OTHER:
        return ask(turn, scene, Ask.SAFE_OTHER, "confidential.which_way", (), {}, Held(about=prompt.about))
    return turn.then(SaySealed(prompt.about, f"confidential.contact_{contact}"))


def help_country_written(prompt: Prompt, text: str, state: State, scene: Scene) -> Turn:
    """Verified contacts of that country; where there are none the bot says so and the confidential desk gets it.

    Whoever writes more than the country writes it to the confidential desk: the words are sealed with the matter.
    """
    country = scene.reading.countries[0] if scene.reading.countries else scene.country
    contacts = scene.world.office.help_contacts.get(country)
    left = state.without(prompt)
    waiting = next((each for each in left.prompts if each.ask is Ask.CONFIDENTIAL and each.about == prompt.about), None)
    if contacts:
        known = contacts.get(scene.language) or next(iter(contacts.values()))
        return Turn(left, (Seal(prompt.about, text), Say("confidential.help", {"country": country, "contacts": known})))
    told = (Seal(prompt.about, text), Say("confidential.no_help", {"country": country}))
    return passed_on(Turn(left.without(waiting) if waiting else left, told), scene, prompt.about)


def no_answer(key: str, state: State, scene: Scene) -> Turn:
    """The offer was left without an answer for an hour: repeated once, then the confidential desk gets it."""
    prompt = next((each for each in state.prompts if each.ask is Ask.CONFIDENTIAL and each.about == key), None)
    if prompt and prompt.tries == 0:
        return _offer(Turn(state.without(prompt)), scene, key, tries=1)
    # What has been passed on or erased meanwhile is no longer held, and this changes nothing.
    return Turn(state.without(prompt) if prompt else state, (PassSealed(key, SealedFate.NO_ANSWER),))


def no_contact(key: str, state: State, scene: Scene) -> Turn:
    """Nobody said how to get in touch: later words are ordinary ones again."""
    asked = (Ask.SAFE_CONTACT, Ask.SAFE_OTHER)
    return Turn(State(tuple(each for each in state.prompts if each.about != key or each.ask not in asked)))


def safe(text: str, state: State, scene: Scene) -> Turn:
    """The confidential way from the start: with words at once, else by a form, else with the next message."""
    if text:
        return passed_on(Turn(state, (Seal(scene.key, text),)), scene, scene.key)
    if scene.has_forms:
        return Turn(state, (OpenForm("safe", scene.key),))
    return ask(Turn(state), scene, Ask.SAFE_TEXT, "confidential.write_next", (Option("cancel", "cancel"),))


def safe_cancelled(prompt: Prompt, value: str, state: State, scene: Scene) -> Turn:
    return Turn(state.without(prompt), (Say("confidential.cancelled"),))


def form_filled(key: str, state: State, scene: Scene) -> Turn:
    """What the confidential form held is with the confidential desk: say so, and ask how to get in touch."""
    return ask_sealed(Turn(state), scene, Ask.SAFE_CONTACT, "confidential.received", CONTACT, key)
