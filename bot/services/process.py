"""One accepted event becomes one transaction: who it is from, what the conversation decides, what becomes of it."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime

from bot.core.conversation import state as states
from bot.core.conversation.menu import COMMANDS
from bot.core.conversation.state import Chosen, Turn
from bot.core.conversation.step import Heard, step
from bot.core.conversation.words import command
from bot.core.message import (
    Address,
    Change,
    Event,
    Happened,
    Membership,
    Migrated,
    Place,
    Pressed,
    Said,
    Standing,
    Submitted,
    Unheard,
)
from bot.core.person import Person
from bot.core.routing.reading import Reading
from bot.core.turn import Immediate, Notice, PassSealed, Seal, SealedFate
from bot.services import buttons, desk, desk_lists, hints, leaving, limits, perform, perform_connect, quoting, word
from bot.services.acting import Acting
from bot.services.scenes import scene_of
from bot.services.setup import Setup
from storage import conversations, deliveries, desks, keyboards, people
from storage.database import Transaction
from storage.keyboards import Keyboard

#: Words of staff that are answered in private wherever they are written.
ANSWERED_ALONE = frozenset({"console", "queue", "mine", "due", "digest"})
#: Choices of the keyboard behind the confidential form.
SAFE_FORM = ("safe",)
#: Buttons that need no conversation, by the beginning of their prompt, and what they do.
FREE: dict[str, Callable[[Acting, str, Chosen], None]] = {
    perform_connect.PROMPTS: perform_connect.pressed,
    quoting.PROMPTS: quoting.pressed,
    word.PROMPTS: word.pressed,
    desk_lists.PROMPTS: desk_lists.pressed,
}


def process(tx: Transaction, setup: Setup, event: Event, reading: Reading, now: datetime) -> Sequence[Immediate]:
    """Perform the event; returns what the one who acted should see at once."""
    content = event.content
    if isinstance(content, Membership) and content.change in leaving.NOTICED:
        leaving.noticed(tx, setup, event, content, now)
        return ()
    if isinstance(content, Migrated):
        moved = Address(event.address.account, content.to)
        deliveries.rewrite(tx, event.address.whole_chat(), moved)
        return ()
    if event.place is Place.GROUP and not _personal(tx, event):
        return desk.handle(tx, setup, event, now)
    return _private(tx, setup, event, reading, now)


def _personal(tx: Transaction, event: Event) -> bool:
    """Whether something done in a channel is between the person and us: a slash command, or the confidential form."""
    match event.content:
        case Said() as said if said.message and (slash := command(said.text)) and slash[0] in ANSWERED_ALONE:
            known = said.to_bot and event.sender.standing is Standing.MEMBER
            return known and (slash[0] == "console" or _writes_privately(tx, event))
        case Said(message="") as said:
            slash = command(said.text)
            at_desk = desks.at(tx, event.address.account, event.address.chat) is not None
            return slash is not None and slash[0] in COMMANDS and not (at_desk and slash[0] == "help")
        case Pressed(token=token):
            found = buttons.look_up(tx, token)
            return found is not None and found[0].prompt.startswith(tuple(FREE))
        case Submitted(token=token):
            board = keyboards.find(tx, token)
            return board is not None and board.choices == SAFE_FORM
        case _:
            return False


def _writes_privately(tx: Transaction, event: Event) -> bool:
    """Whether a private chat leads to whoever wrote; else they are told where to write."""
    account = event.address.account
    person = people.known(tx, account, event.sender.user)
    home = people.private_address(tx, person.id, account) if person else None
    return home is not None and home.account == account


def sorry(tx: Transaction, setup: Setup, event: Event, now: datetime) -> None:
    """Something of ours failed three times: say so, with the way outside; the words stay sealed in the inbox."""
    if event.place is Place.PRIVATE:
        perform.apologise(_acting(tx, setup, event, Reading(), now))


def _private(tx: Transaction, setup: Setup, event: Event, reading: Reading, now: datetime) -> Sequence[Immediate]:
    if isinstance(event.content, Membership):
        _reachable(tx, event, event.content.change, now)
        return ()
    if event.content == Unheard():  # nothing anybody did on purpose: not even a person is noted for it
        return ()
    place, event = event.place, _at_home(tx, event)
    acting = _acting(tx, setup, event, reading, now)
    acting.place = place
    if isinstance(event.content, Submitted):
        return _submitted(acting, event.content)
    state = states.from_json(conversations.state(tx, event.address.whole_chat().key))
    heard = _heard(acting, event.content)
    if isinstance(heard, Keyboard):
        return desk.handle(tx, setup, event, now)
    if heard is None:
        return (Notice(acting.notice("errors.old_button")),)
    if isinstance(event.content, Pressed) and isinstance(heard, Chosen) and heard.prompt.startswith(tuple(FREE)):
        FREE[heard.prompt.partition("/")[0] + "/"](acting, event.content.token, heard)
        return tuple(acting.immediates)
    if limits.stops(acting, state, heard, reading):
        return ()
    turn = step(state, heard, scene_of(acting, state, heard, reading))
    if limits.stops_new_query(acting, turn.effects):
        return ()
    _do(acting, turn)
    hints.hint_at_cases(acting, turn.effects)
    return tuple(acting.immediates)


def _do(acting: Acting, turn: Turn) -> None:
    for effect in turn.effects:
        perform.perform(acting, effect)
    key = acting.event.address.whole_chat().key
    conversations.save_state(acting.tx, key, states.to_json(turn.state))


def _at_home(tx: Transaction, event: Event) -> Event:
    """What was done where others are, or in a private chat that is not ours, is answered where we know the person."""
    elsewhere = event.place is Place.GROUP or _slash(event.content)
    if not elsewhere:
        return event
    account, sender = event.address.account, event.sender
    person = people.known(tx, account, sender.user)
    known = people.private_address(tx, person.id, account) if person else None
    if known and known.account == account:
        return replace(event, address=known, place=Place.PRIVATE)
    if event.place is Place.GROUP:
        return replace(event, address=Address(account, sender.home or sender.user), place=Place.PRIVATE)
    return event


def _reachable(tx: Transaction, event: Event, change: Change, now: datetime) -> None:
    address = event.address
    if change is Change.GONE:
        deliveries.mark_unreachable(tx, address.account, address.chat, "blocked", now)
    else:
        deliveries.mark_reachable(tx, address.account, address.chat)


def _acting(tx: Transaction, setup: Setup, event: Event, reading: Reading, now: datetime) -> Acting:
    address, sender = event.address, event.sender
    user = sender.user or address.chat
    # Our own events name nobody: the chat tells whose conversation it is.
    person = people.known(tx, address.account, user) or people.in_chat(tx, address.account, address.chat)
    if person is None:
        language = _first_language(setup, event, reading)
        person = people.add(tx, Person(language=language), address.account, user, address.chat)
    elif not isinstance(event.content, Happened) and not _slash(event.content):
        people.note_chat(tx, address.account, user, address.chat)
        deliveries.mark_reachable(tx, address.account, address.chat)
    language = reading.language or person.language
    key = f"{address.account}:{event.id}"
    return Acting(tx=tx, setup=setup, event=event, key=key, person=person, now=now, language=language)


def _slash(content: object) -> bool:
    """A slash command leaves no message, and does not tell where the person can be written to."""
    return isinstance(content, Said) and not content.message


def _first_language(setup: Setup, event: Event, reading: Reading) -> str:
    """The language somebody writes in, else their profile's, else the office's."""
    spoken = setup.world.office.languages
    profile = event.sender.language[:2]
    wishes = (reading.language, profile, setup.world.office.default_language)
    return next(language for language in wishes if language in spoken)


def _heard(acting: Acting, content: object) -> Heard | Keyboard | None:
    """What the person did, with buttons looked up: theirs, here, and still known. A desk's keyboard is its own."""
    if isinstance(content, Said | Happened | Unheard):
        return content
    if not isinstance(content, Pressed):
        return Unheard()
    found = buttons.look_up(acting.tx, content.token)
    address = acting.event.address
    if found is None or not buttons.usable(found[0], address.account, address.chat, acting.person.id):
        return None
    board, choice = found
    return Chosen(board.prompt, choice) if board.prompt else board


def _submitted(acting: Acting, form: Submitted) -> Sequence[Immediate]:
    """The form of the confidential way; every other form belongs to a desk."""
    board = keyboards.find(acting.tx, form.token)
    if board is None or board.person != acting.person.id:
        return (Notice(acting.notice("errors.old_button")),)
    if board.choices != SAFE_FORM:
        return desk.handle(acting.tx, acting.setup, acting.event, acting.now)
    text = str(form.values.get("text", "")).strip()
    effects = (Seal(acting.key, text), PassSealed(acting.key, SealedFate.PASSED_ON))
    key = acting.event.address.whole_chat().key
    state = states.from_json(conversations.state(acting.tx, key))
    heard = Happened("safe_form", acting.key)
    turn = step(state, heard, scene_of(acting, state, heard, Reading()))
    _do(acting, Turn(turn.state, (*effects, *turn.effects)))
    return tuple(acting.immediates)
