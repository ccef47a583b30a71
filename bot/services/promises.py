"""The marks of promises: each is looked at exactly once, in any number of replicas, also after downtime."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from bot.core import query_clock
from bot.core.calendar import between
from bot.core.escalation import Escalate, GiveTo, RemindDesk, RemindHolder, ReturnToDesk, Situation, Step, at_mark
from bot.core.message import Fields
from bot.core.query import Entry, EntryKind, Query
from bot.core.query_clock import desk_of, policy_of
from bot.core.routing.decision import Because, Route
from bot.core.sla import hours_of, next_above
from bot.core.world import Desk, Policy
from bot.services import cards, presence, queries, quiet
from bot.services.presence import Presence
from bot.services.setup import Setup
from bot.services.told import asker, query_fields, tell, tell_member
from storage import queries as rows
from storage.database import Transaction

#: Whoever has had a query for less than this part of its promise is not yet called silent.
SILENT_FROM = 0.25
#: Marks a call looks at; the caller comes again at once while there are more.
MOST = 500


def look(tx: Transaction, setup: Setup, now: datetime) -> int:
    """Do what the marks that have come ask for; returns how many there were."""
    due = rows.at_mark(tx, now, MOST)
    if due:
        there = presence.look(tx, setup.world, now)
        for query in due:
            _Look(tx, setup, there, now, query).do()
    return len(due)


def break_now(tx: Transaction, setup: Setup, query: Query, now: datetime) -> None:
    """The CSO itself says that the promised time has passed: the desk above has it."""
    look_at = _Look(tx, setup, presence.look(tx, setup.world, now), now, query)
    policy, desk = policy_of(setup.world, query), desk_of(setup.world, query)
    if above := next_above(setup.world, policy, desk):
        _escalate(look_at, Escalate(above, broken=True), look_at.situation(policy, desk, 100))


def _latest_mark(query: Query, policy: Policy, desk: Desk, now: datetime) -> tuple[int, Query]:
    """The last of the marks that have come, in percent, and the query past it: after downtime one word is enough."""
    percent = query_clock.percent(query, policy)
    passed = query_clock.mark_passed(query, policy, desk)
    while passed.mark_at and passed.mark_at <= now:
        percent = query_clock.percent(passed, policy)
        passed = query_clock.mark_passed(passed, policy, desk)
    return percent, passed


@dataclass(slots=True)
class _Look:
    """One query at one mark; `query` becomes what the steps make of it."""

    tx: Transaction
    setup: Setup
    there: Presence
    now: datetime
    query: Query

    def do(self) -> None:
        world = self.setup.world
        policy, desk = policy_of(world, self.query), desk_of(world, self.query)
        percent, passed = _latest_mark(self.query, policy, desk, self.now)
        situation = self.situation(policy, desk, percent)
        self.query = rows.save(self.tx, passed)
        for step in at_mark(situation):
            PERFORM[type(step)](self, step, situation)

    def situation(self, policy: Policy, desk: Desk, percent: int) -> Situation:
        query = self.query
        return Situation(
            policy=policy,
            percent=percent,
            holder=query.holder,
            acting=self.there.acting_for(query.holder, query.desk) if query.holder else 0,
            silent=bool(query.holder) and self._silent(policy, desk),
            staffed=self.there.staffed(query.desk, but=query.holder),
            above=next_above(self.setup.world, policy, desk),
        )

    def _silent(self, policy: Policy, desk: Desk) -> bool:
        """Whether the holder has had it for a good part of the time and written nothing."""
        query = self.query
        since = query.claimed_at or query.asked_at
        had = between(hours_of(policy, desk), since, self.now)
        long = had.total_seconds() >= query.clock_total * SILENT_FROM
        return long and not rows.written_since(self.tx, query.id, query.holder, since)

    def source(self, situation: Situation) -> str:
        """Names what this mark says: the same mark of another promise says it again."""
        since = self.query.clock_since.isoformat() if self.query.clock_since else ""
        return f"mark:{self.query.id}:{since}:{situation.percent}"

    def fields(self, situation: Situation) -> Fields:
        return {
            **query_fields(self.query),
            "percent": situation.percent,
            "silent": situation.silent,
            "staffed": situation.staffed,
        }

    def event(self, what: str, fields: Fields) -> None:
        line = Entry(query=self.query.id, kind=EntryKind.EVENT, text=what, at=self.now, fields=fields)
        rows.add_entry(self.tx, line)


def _remind_holder(look: _Look, step: RemindHolder, now: Situation) -> None:
    """In private where that is possible, else in the thread."""
    fields = look.fields(now)
    if not _told(look, look.query.holder, look.source(now), "desk.mark_holder", fields):
        cards.post_in_thread(
            look.tx, look.setup, look.query, look.source(now), "desk.mark_holder", fields, look.now, part=1
        )


def _remind_desk(look: _Look, step: RemindDesk, now: Situation) -> None:
    fields: Fields = {**look.fields(now), "held": bool(look.query.holder)}
    cards.post_in_thread(look.tx, look.setup, look.query, look.source(now), "desk.mark_desk", fields, look.now)


def _give(look: _Look, step: GiveTo, now: Situation) -> None:
    given = look.query.handed_to(step.person, look.now)
    look.query = rows.save(look.tx, given)
    look.event("given_to_deputy", {"from": now.holder, "to": step.person})
    cards.renew_card(look.tx, look.setup, look.query, look.now)
    fields = look.fields(now)
    cards.post_in_thread(
        look.tx, look.setup, look.query, look.source(now), "desk.given_to_deputy", fields, look.now, part=2
    )


def _give_back(look: _Look, step: ReturnToDesk, now: Situation) -> None:
    look.query = queries.release(look.tx, look.setup, look.query, 0, look.now)
    template = "desk.returned_silent" if step.silent else "desk.returned_away"
    fields = look.fields(now)
    cards.post_in_thread(look.tx, look.setup, look.query, look.source(now), template, fields, look.now, part=3)
    if step.silent:
        _told(look, now.holder, f"{look.source(now)}:silent", "desk.taken_from_you", fields)


def _told(look: _Look, person: int, source: str, template: str, fields: Fields) -> bool:
    """In private, and in the person's working time unless it is urgent; false where no private chat leads to them."""
    tx, setup, query = look.tx, look.setup, look.query
    due = quiet.when_at_work(tx, setup, person, query, look.now)
    return tell_member(tx, setup, person, source, template, fields, look.now, due=due, query=query.id)


def _escalate(look: _Look, step: Escalate, now: Situation) -> None:
    """The desk above has it, with a new promise; the old desk, the new one and the CSO are told."""
    before = look.query
    fields: Fields = {**look.fields(now), "from_desk": before.desk, "to_desk": step.desk, "broken": step.broken}
    cards.post_in_thread(look.tx, look.setup, before, look.source(now), "desk.goes_up", fields, look.now, part=4)
    because = Because.LATE if step.broken else Because.NOBODY_THERE if not now.staffed else Because.NEARLY_LATE
    route = Route(step.desk, because, {"topic": before.topic, "from_desk": before.desk})
    moved = queries.move(look.tx, look.setup, before, route, look.now)
    look.query = _promised_again(look, moved) if step.broken else moved
    look.event("escalated", {"from": before.desk, "to": step.desk, "percent": now.percent, "broken": step.broken})
    cards.renew_card(look.tx, look.setup, look.query, look.now)
    cards.post_in_thread(look.tx, look.setup, look.query, look.source(now), "desk.came_up", fields, look.now, part=5)
    if told := asker(look.tx, look.setup, look.query):
        says = {**query_fields(look.query), "from_desk": before.desk}
        template = "conversation.not_kept" if step.broken else "conversation.handed_up"
        tell(look.tx, told, look.source(now), 6, template, says, look.now, query=look.query.id)


def _promised_again(look: _Look, moved: Query) -> Query:
    """With a new promise; that the old one was broken stays on record."""
    promised = queries.promised_again(look.tx, look.setup, moved, look.now)
    return rows.save(look.tx, replace(promised, broken_at=promised.broken_at or look.now))


PERFORM: dict[type[Step], Callable[[_Look, Any, Situation], None]] = {
    RemindHolder: _remind_holder,
    RemindDesk: _remind_desk,
    GiveTo: _give,
    ReturnToDesk: _give_back,
    Escalate: _escalate,
}
