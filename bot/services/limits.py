"""How much one address may write: beyond it nothing more is taken for a while, and a way to people is named."""

from collections.abc import Sequence
from datetime import timedelta

from bot.core.conversation.menu import COMMANDS
from bot.core.conversation.sensitive import open_matter
from bot.core.conversation.state import State
from bot.core.conversation.words import command, number
from bot.core.message import Said
from bot.core.routing.gate import spoken_command
from bot.core.routing.reading import Reading
from bot.core.turn import Effect, OpenQuery
from bot.services.acting import Acting
from bot.services.told import tell
from storage import addresses, people, queries

#: Deliveries whose source begins so told somebody of a limit; the metrics count them.
SOURCE = "limit"
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


def stops(acting: Acting, state: State, heard: object, reading: Reading) -> bool:
    """Whether these words are one message too many this hour; then they are not kept, and it is said once."""
    if not isinstance(heard, Said) or _is_free(acting, state, heard, reading):
        return False
    address = acting.event.address.whole_chat()
    count, began = addresses.count_message(acting.tx, address.key, acting.now, HOUR)
    if count <= acting.setup.world.office.limits.messages_per_hour:
        return False
    _say_so(acting, "data.too_many_messages", f"hour:{began.isoformat()}", (began + HOUR).isoformat())
    return True


def stops_new_query(acting: Acting, effects: Sequence[Effect]) -> bool:
    """Whether the turn would open one query too many today; then nothing of it happens, and it is said once."""
    if not any(isinstance(effect, OpenQuery) for effect in effects):
        return False
    most = acting.setup.world.office.limits.new_queries_per_day
    asked = queries.asked_since(acting.tx, acting.person.id, acting.now - DAY, most)
    if len(asked) < most:
        return False
    again = (asked[0] + DAY).isoformat()
    _say_so(acting, "data.too_many_queries", f"day:{again}", again)
    return True


def _is_free(acting: Acting, state: State, said: Said, reading: Reading) -> bool:
    """Commands, answers to our own questions, anything confidential, and staff."""
    slash = command(said.text)
    commanded = (slash is not None and slash[0] in COMMANDS) or spoken_command(said.text)
    answers = number(said.text) > 0 and state.latest is not None
    confidential = reading.sensitive or open_matter(state) is not None
    return bool(commanded or answers or confidential or people.staff(acting.tx, acting.person.id))


def _say_so(acting: Acting, template: str, window: str, again: str) -> None:
    fields = {"again": again, "mailbox": acting.setup.world.office.mailbox}
    source = f"{SOURCE}:{acting.person.id}:{window}"
    tell(acting.tx, acting.told, source, 0, template, fields, acting.now)
