"""A query sleeps until its holder wants to see it again, or until anybody does anything with it."""

from collections.abc import Sequence
from dataclasses import replace

from bot.core.message import Fields
from bot.core.query import Entry, EntryKind
from bot.core.query_clock import woken_by
from bot.core.turn import Immediate
from bot.services import cards
from bot.services.acts import Act, only_holder
from bot.services.clock_verbs import moment_of
from storage import queries as rows


def snooze(act: Act) -> Sequence[Immediate]:
    """Out of sight until then; the promise runs on, and what it reminds of wakes the query."""
    only_holder(act)
    until = moment_of(act, "until")
    asleep = rows.save(act.tx, woken_by(replace(act.query, snoozed_until=until), until))
    fields: Fields = {"until": until.isoformat()}
    line = Entry(query=asleep.id, kind=EntryKind.EVENT, text="snoozed", at=act.now, author=act.person, fields=fields)
    rows.add_entry(act.tx, line)
    cards.renew_card(act.tx, act.setup, asleep, act.now)
    due = asleep.due_at.isoformat() if asleep.due_at and asleep.due_at <= until else ""
    return (act.notice("desk.asleep", {"reference": asleep.reference, "due": due, **fields}),)


def awake(act: Act) -> Act:
    """Whoever does something with a query has seen it."""
    if act.query.snoozed_until is None:
        return act
    saved = rows.save(act.tx, replace(act.query, snoozed_until=None))
    cards.renew_card(act.tx, act.setup, saved, act.now)
    return replace(act, query=saved)
