"""Queries that are looked at besides the marks of their promise: each moment is acted on once, in any number of
replicas, also after downtime."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime

from bot.core import waking
from bot.core.message import Fields
from bot.core.query import Entry, EntryKind, EntryState, Query
from bot.core.query_clock import desk_of, policy_of
from bot.core.waking import Wake
from bot.services import cards, presence, quiet
from bot.services.presence import Presence
from bot.services.setup import Setup
from bot.services.told import asker, query_fields, tell, tell_member
from storage import people
from storage import queries as rows
from storage.database import Transaction

#: Queries a call looks at; the caller comes again at once while there are more.
MOST = 200


def look(tx: Transaction, setup: Setup, now: datetime) -> int:
    """Do what has come; returns how many queries were looked at."""
    due = rows.at_wake(tx, now, MOST)
    if due:
        there = presence.look(tx, setup.world, now)
        for query in due:
            _Look(tx, setup, there, now, query).do()
    return len(due)


@dataclass(slots=True)
class _Look:
    """One query at moments that have come."""

    tx: Transaction
    setup: Setup
    there: Presence
    now: datetime
    query: Query

    def do(self) -> None:
        rules = self.setup.world.office.follow_up
        come = waking.due(self.query, rules, self.now)
        slept = any(wake is Wake.SLEPT for _, wake in come)
        seen = replace(self.query, snoozed_until=None) if slept else self.query
        self.query = rows.save(self.tx, waking.armed(seen, rules, self.now))
        for moment, wake in come:
            PERFORM[wake](self, f"wake:{self.query.id}:{wake}:{moment.isoformat()}")
        if slept:
            cards.renew_card(self.tx, self.setup, self.query, self.now)

    def fields(self) -> Fields:
        query = self.query
        return {
            **query_fields(query),
            "since": query.waiting_since.isoformat() if query.waiting_since else "",
            "resolve": query.resolve_by.isoformat() if query.resolve_by else "",
        }

    def tell_holder(self, source: str, template: str) -> None:
        """In private, in working time, whoever acts for them where they are away; else in the thread."""
        query = self.query
        person = self.there.acting_for(query.holder, query.desk) if query.holder else 0
        world = self.setup.world
        any_hour = policy_of(world, query).around_the_clock or not person
        due = self.now if any_hour else self.there.at_work_from(person, desk_of(world, query))
        told = person and tell_member(
            self.tx, self.setup, person, source, template, self.fields(), self.now, due=due, query=query.id
        )
        if not told:
            self.tell_desk(source, template)

    def tell_desk(self, source: str, template: str) -> None:
        cards.post_in_thread(self.tx, self.setup, self.query, source, template, self.fields(), self.now, part=1)

    def note(self, what: str) -> None:
        rows.add_entry(self.tx, Entry(query=self.query.id, kind=EntryKind.EVENT, text=what, at=self.now))


def _remind_partner(look: _Look, source: str) -> None:
    """Once, outside quiet hours, with our question."""
    told, person = asker(look.tx, look.setup, look.query), people.get(look.tx, look.query.person)
    if told is None or person is None:
        return
    lines = rows.timeline(look.tx, look.query.id)
    sent = [each.text for each in lines if each.kind is EntryKind.ASKED_BACK and each.state is EntryState.DONE]
    fields: Fields = {**look.fields(), "text": sent[-1] if sent else ""}
    due = quiet.when_awake(look.tx, look.setup, person, look.now)
    tell(look.tx, told, source, 0, "conversation.still_waiting", fields, look.now, due=due, query=look.query.id)
    look.note("reminded_cso")


PERFORM: dict[Wake, Callable[[_Look, str], None]] = {
    Wake.REMIND_PARTNER: _remind_partner,
    Wake.NO_REPLY_HOLDER: lambda look, source: look.tell_holder(source, "desk.no_reply"),
    Wake.NO_REPLY_DESK: lambda look, source: look.tell_desk(source, "desk.no_reply"),
    Wake.SLEPT: lambda look, source: look.tell_holder(source, "desk.slept"),
    Wake.UNRESOLVED_HOLDER: lambda look, source: look.tell_holder(source, "desk.unresolved"),
    Wake.UNRESOLVED_DESK: lambda look, source: look.tell_desk(source, "desk.unresolved"),
}
