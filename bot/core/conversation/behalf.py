"""/on_behalf: staff enter a question for a partner who cannot write here, and what the partner answers by e-mail."""

from bot.core.behalf import Behalf, Entered, address, reference
from bot.core.conversation.asking import Held, ask
from bot.core.conversation.opening import decided
from bot.core.conversation.scene import Scene
from bot.core.conversation.sensitive import held_back
from bot.core.conversation.state import Ask, Prompt, State, Turn
from bot.core.partner_turn import AddByMail, EnterQuery, InvitePartner
from bot.core.routing.decision import Choice
from bot.core.turn import Option, Say

CANCEL = Option("cancel", "cancel")
OTHER = Option("other", "other_address")


def invite(rest: str, state: State, scene: Scene) -> Turn:
    """/invite: a link for somebody of an organisation."""
    return Turn(state, (InvitePartner(rest),)) if scene.staff else _for_staff(state, scene)


def on_behalf(rest: str, state: State, scene: Scene) -> Turn:
    """With an organisation, with a reference and more words, or with nothing: then the organisation is asked."""
    if scene.staff is None:
        return _for_staff(state, scene)
    if known := reference(rest):
        return _more(*known, state, scene)
    if rest:
        return _named(rest, state, scene)
    return ask(Turn(state), scene, Ask.BEHALF_WHICH, "connect.behalf_which", (CANCEL,))


def _for_staff(state: State, scene: Scene) -> Turn:
    return Turn(state, (Say("connect.for_staff", {"mailbox": scene.world.office.mailbox}),))


def _more(number: int, words: str, state: State, scene: Scene) -> Turn:
    if not words:
        return Turn(state, (Say("connect.behalf_how", {"kind": scene.platform}),))
    if scene.reading.sensitive:
        return held_back(state, scene, words, ())
    return Turn(state, (AddByMail(number, words),))


def which_written(prompt: Prompt, text: str, state: State, scene: Scene) -> Turn:
    return _named(text, state.without(prompt), scene)


def _named(text: str, left: State, scene: Scene) -> Turn:
    if not scene.behalf:
        fields = {"name": " ".join(text.split())[:120]}
        return ask(Turn(left), scene, Ask.BEHALF_WHICH, "connect.not_found", (CANCEL,), fields)
    if len(scene.behalf) == 1:
        [(organisation, known)] = scene.behalf.items()
        return _ask_contact(left, scene, organisation, known)
    named = (Option(key, "organisation", {"name": known.name}) for key, known in scene.behalf.items())
    return ask(Turn(left), scene, Ask.BEHALF_ORGANISATION, "connect.which_organisation", (*named, CANCEL))


def organisation_chosen(prompt: Prompt, value: str, state: State, scene: Scene) -> Turn:
    known = scene.behalf.get(value)
    left = state.without(prompt)
    return _ask_contact(left, scene, value, known) if known else given_up(prompt, value, state, scene)


def given_up(prompt: Prompt, value: str, state: State, scene: Scene) -> Turn:
    return Turn(state.without(prompt), (Say("connect.behalf_given_up"),))


def _ask_contact(left: State, scene: Scene, organisation: str, known: Behalf) -> Turn:
    """Whose question it is: people whose address is known, the organisation's own, or another."""
    fields = {"organisation": known.name}
    held = Held(about=organisation)
    if not known.addressees:
        return ask(Turn(left), scene, Ask.BEHALF_CONTACT, "connect.behalf_email", (CANCEL,), fields, held)
    offered = (
        Option(each.email, "mail_contact", {"name": each.name, "email": each.email}) for each in known.addressees
    )
    options = (*offered, OTHER, CANCEL)
    return ask(Turn(left), scene, Ask.BEHALF_CONTACT, "connect.behalf_contact", options, fields, held)


def contact_chosen(prompt: Prompt, value: str, state: State, scene: Scene) -> Turn:
    left = state.without(prompt)
    if value == CANCEL.value:
        return given_up(prompt, value, state, scene)
    known = scene.behalf.get(prompt.about, Behalf(name=prompt.about))
    if value == OTHER.value:
        fields, held = {"organisation": known.name}, Held(about=prompt.about)
        return ask(Turn(left), scene, Ask.BEHALF_CONTACT, "connect.behalf_email", (CANCEL,), fields, held)
    return _ask_text(left, scene, prompt.about, known.name, value)


def contact_written(prompt: Prompt, text: str, state: State, scene: Scene) -> Turn:
    email = address(text)
    if not email:
        return Turn(state, (Say("connect.behalf_bad_email"),))
    known = scene.behalf.get(prompt.about, Behalf(name=prompt.about))
    return _ask_text(state.without(prompt), scene, prompt.about, known.name, email)


def _ask_text(left: State, scene: Scene, organisation: str, name: str, email: str) -> Turn:
    fields = {"organisation": name, "email": email}
    held = Held(about=f"{organisation} {email}")
    return ask(Turn(left), scene, Ask.BEHALF_TEXT, "connect.behalf_text", (CANCEL,), fields, held)


def text_written(prompt: Prompt, text: str, state: State, scene: Scene) -> Turn:
    """The partner's words; what may be confidential has been held back before they get here."""
    organisation, _, email = prompt.about.partition(" ")
    decision = decided(scene, scene.reading.topics)
    topic = decision.topic if decision.choice is Choice.AUTO else "triage"
    topics = scene.reading.topics
    entered = Entered(organisation=organisation, email=email, text=text, topics=topics, topic=topic)
    return Turn(state.without(prompt), (EnterQuery(entered),))
