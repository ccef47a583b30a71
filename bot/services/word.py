"""Words of the confidential desk to whoever wrote to it: announced without content, shown once they are asked for.

They lie sealed until then, are whole only in the message that leaves, and the ledger forgets them afterwards.
"""

import base64
from dataclasses import replace
from datetime import datetime

from bot.core.channel import Op
from bot.core.conversation.state import Chosen
from bot.core.delivery import NewDelivery
from bot.core.matter import Opened
from bot.core.message import Address, Message
from bot.core.query import Query
from bot.core.turn import Option
from bot.services.acting import Acting, tell_acting
from bot.services.setup import Setup
from bot.services.told import Told, keyboard, language_of, query_fields, tell
from storage import deliveries, matter_lines, people, sealed
from storage.database import Transaction
from storage.sealed import SealedMatter

#: Beginning of the prompts of these buttons: wherever they are pressed, they mean the same.
PROMPTS = "matter/"
#: Field that holds sealed words until the message leaves.
SEALED = "sealed_words"
SHOW, FORGET = "show", "forget"
WORD = "confidential.word"


def leave_word(tx: Transaction, setup: Setup, opened: Opened, matter: SealedMatter, line: int, now: datetime) -> None:
    """Something waits: a reference and a button."""
    told = _sender(tx, setup, opened)
    option = Option(f"{SHOW} {matter.number} {line}", "show_word")
    buttons = keyboard(tx, setup, told, (option,), f"{PROMPTS}word", now)
    fields = {"reference": matter.reference}
    tell(tx, told, f"matter-word:{line}", 0, "confidential.word_waits", fields, now, buttons=buttons)


def tell_released(
    tx: Transaction, setup: Setup, opened: Opened, matter: SealedMatter, query: Query, now: datetime
) -> None:
    """It is an ordinary question now: with whom, and until when."""
    told = _sender(tx, setup, opened)
    fields = {**query_fields(query), "matter": matter.reference}
    tell(tx, told, f"matter-released:{matter.id}", 0, "confidential.released", fields, now, query=query.id)


def _sender(tx: Transaction, setup: Setup, opened: Opened) -> Told:
    person = people.in_chat(tx, opened.account, opened.chat)
    language = opened.language or (language_of(setup, person) if person else setup.world.office.default_language)
    zone = setup.world.zones.get(opened.country, "UTC")
    return Told(
        address=Address(opened.account, opened.chat), person=person.id if person else 0, language=language, zone=zone
    )


def pressed(acting: Acting, _token: str, chosen: Chosen) -> None:
    """Show the words, or take them out of the chat again."""
    what, _, rest = chosen.value.partition(" ")
    if what == SHOW:
        number, _, line = rest.partition(" ")
        _show(acting, int(number), int(line))
    else:
        _forget(acting, rest)


def _show(acting: Acting, number: int, line: int) -> None:
    found = matter_lines.take_words(acting.tx, line)
    matter = sealed.by_number(acting.tx, number)
    if found is None or found.words is None or matter is None or found.matter != matter.id:
        tell_acting(acting, acting.told, "confidential.word_gone", {})
        return
    words = base64.b64encode(found.words).decode()
    source = f"event:{acting.key}"
    option = Option(f"{FORGET} {source}", "forget_word")
    buttons = keyboard(acting.tx, acting.setup, acting.told, (option,), f"{PROMPTS}word", acting.now)
    tell_acting(acting, acting.told, WORD, {"reference": matter.reference, SEALED: words}, buttons)


def _forget(acting: Acting, source: str) -> None:
    """Our message with the words goes from the chat."""
    to = acting.event.address.whole_chat()
    shown = deliveries.find(acting.tx, source, 0, to.account, to.chat)
    if shown is None:
        return
    gone = NewDelivery(
        source=f"matter-forget:{shown}",
        to=to,
        op=Op.DELETE,
        message=Message("confidential.word_gone", {}, (), acting.told.language, acting.told.zone),
        due=acting.now,
        target=shown,
    )
    deliveries.add(acting.tx, gone)
    tell_acting(acting, acting.told, "confidential.word_forgotten", {})


def with_words(setup: Setup, message: Message) -> Message:
    """The message as it leaves: with the words in the place of their sealed form."""
    kept = message.fields.get(SEALED)
    if not isinstance(kept, str):
        return message
    words = setup.seal.open(base64.b64decode(kept)).decode()
    return replace(message, fields={**message.fields, "words": words})
