"""Whether a question may be quoted publicly, as its CSO says; what was made of it before is taken away."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from bot.core.conversation.state import Chosen
from bot.core.desk_turn import SetQuotes
from bot.core.errors import Unknown
from bot.core.message import Button
from bot.core.query import Entry, EntryKind, Query
from bot.core.turn import Option
from bot.services import canned, cards
from bot.services.acting import Acting, tell_acting
from bot.services.told import keyboard
from storage import queries

#: Beginning of the prompt of the button below a question: wherever it is pressed, it means the same.
PROMPTS = "quote/"
ALLOW, FORBID = "allow", "forbid"


def button(acting: Acting, query: Query) -> tuple[Button, ...]:
    """Below the person's own question: the other of the two."""
    if query.person != acting.person.id:
        return ()
    option = Option(ALLOW, "may_quote") if query.no_quotes else Option(FORBID, "do_not_quote")
    value = Option(f"{option.value} {query.id}", option.label)
    return keyboard(acting.tx, acting.setup, acting.told, (value,), f"{PROMPTS}query", acting.now, query.id)


def pressed(acting: Acting, _token: str, chosen: Chosen) -> None:
    """The button of a question; it stays usable."""
    wish, _, number = chosen.value.partition(" ")
    set_quotes(acting, SetQuotes(int(number), wish == ALLOW))


def set_quotes(acting: Acting, effect: SetQuotes) -> None:
    """Only whoever asked decides; of other questions nobody learns whether they exist."""
    query = _own(acting, effect.query)
    if query is None:
        tell_acting(acting, acting.told, "partners.no_such_query", {"reference": f"Q-{effect.query:04}"})
        return
    if query.no_quotes == effect.allowed:
        query = queries.save(acting.tx, replace(query, no_quotes=not effect.allowed))
        what = "quotes_allowed" if effect.allowed else "no_quotes"
        line = Entry(query=query.id, kind=EntryKind.EVENT, text=what, at=acting.now, author=acting.person.id)
        queries.add_entry(acting.tx, line)
        cards.renew_card(acting.tx, acting.setup, query, acting.now)
        if query.no_quotes:
            canned.withdraw(acting.tx, query, acting.person.id, acting.now)
    template = "conversation.quoted_again" if effect.allowed else "conversation.not_quoted"
    tell_acting(acting, acting.told, template, {"reference": query.reference}, query=query.id)


def _own(acting: Acting, number: int) -> Query | None:
    try:
        query = queries.get(acting.tx, number)
    except Unknown:
        return None
    return query if query.person == acting.person.id else None


HANDLERS: dict[type, Callable[[Acting, Any], None]] = {SetQuotes: set_quotes}
