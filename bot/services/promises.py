"""The marks of promises: each is looked at exactly once, in any number of replicas, also after downtime."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from bot.core import query_clock
from bot.core.calendar import between
from bot.core.complaint import concerned
from bot.core.escalation import (
    Escalate,
    GiveTo,
    PromiseAgain,
    RemindDesk,
    RemindHolder,
    ReturnToDesk,
    Situation,
    Step,
    at_mark,
)
from bot.core.message import Fields
from bot.core.query import Entry, EntryKind, Query
from bot.core.query_clock import desk_of, policy_of
from bot.core.routing.decision import Because, Route
from bot.core.sla import next_above
from bot.core.world import Desk
from bot.services import cards, presence, queries, quiet
from bot.services.marks import Round, gather
from bot.services.setup import Setup
from bot.services.told import asker, query_fields, tell
from storage import queries as rows
from storage.database import Transaction

#: Whoever has had a query for less than this part of its promise is not yet called silent.
SILENT_FROM = 0.25
#: Marks a call looks at; the caller comes again at once while there are more. Others want to write in between.
MOST = 100
#: Of these so many that change hands or desks: each costs as much as dozens of reminders.
MOST_MOVED = 5


def look(tx: Transaction, setup: Setup, now: datetime, most: int = MOST) -> int:
    """Do what the marks that have come ask for; returns how many there were."""
    due = rows.at_mark(tx, now, most)
    return _at_marks(gather(tx, setup, presence.look(tx, setup.world, now), due, now)) if due else 0


def break_now(tx: Transaction, setup: Setup, query: Query, now: datetime) -> None:
    """The CSO itself says that the promised time has passed: the desk above has it."""
    at = gather(tx, setup, presence.look(tx, setup.world, now), [query], now)
    situation = _situation(at, query, 100)
    if situation.above:
        _escalate(_Look(at, query), Escalate(situation.above, broken=True), situation)


def _at_marks(at: Round) -> int:
    """The marks of all are kept first, in one statement; then each query's steps are made."""
    planned, moved = [], 0
    for query in at.queries:
        percent, passed = _latest_mark(at, query)
        situation = _situation(at, query, percent)
        steps = at_mark(situation)
        moved += any(not isinstance(step, (RemindHolder, RemindDesk)) for step in steps)
        if moved > MOST_MOVED:
            continue
        if percent >= 100:
            passed = replace(passed, broken_at=query.broken_at or query.due_at or at.now)
        planned.append((passed, situation, steps))
    saved = rows.save_marks(at.tx, [replace(query, snoozed_until=None) for query, _, _ in planned])
    for query, (before, situation, steps) in zip(saved, planned, strict=True):
        if before.snoozed_until:
            cards.renew_card(at.tx, at.setup, query, at.now)
        here = _Look(at, query)
        for step in steps:
            PERFORM[type(step)](here, step, situation)
        _remind_owner(here, situation)
    at.queue_all()
    return len(planned)


def _latest_mark(at: Round, query: Query) -> tuple[int, Query]:
    """The last of the marks that have come, in percent, and the query past it: after downtime one word is enough."""
    policy, desk = policy_of(at.setup.world, query), desk_of(at.setup.world, query)
    percent = query_clock.percent(query, policy)
    passed = query_clock.mark_passed(query, policy, desk)
    while passed.mark_at and passed.mark_at <= at.now:
        percent = query_clock.percent(passed, policy)
        passed = query_clock.mark_passed(passed, policy, desk)
    return percent, passed


def _situation(at: Round, query: Query, percent: int) -> Situation:
    policy, desk = policy_of(at.setup.world, query), desk_of(at.setup.world, query)
    acting = _acting(at, query)
    off = not policy.around_the_clock and bool(query.holder) and _at_work_from(at, query, acting) > at.now
    return Situation(
        policy=policy,
        percent=percent,
        holder=query.holder,
        acting=acting,
        silent=percent >= policy.return_silent_at_percent and not off and _silent(at, query, desk),
        off=off,
        staffed=at.there.staffed(query.desk, but=query.holder),
        above=next_above(at.setup.world, policy, desk, query.complaint_about),
    )


def _acting(at: Round, query: Query) -> int:
    """Who acts for the holder; nobody of a desk that the complaint is about."""
    acting = at.there.acting_for(query.holder, query.desk) if query.holder else 0
    return 0 if acting and concerned(at.there.staff[acting], query, at.setup.world) else acting


def _at_work_from(at: Round, query: Query, acting: int) -> datetime:
    return at.there.at_work_from(acting or query.holder, desk_of(at.setup.world, query))


def _silent(at: Round, query: Query, desk: Desk) -> bool:
    """Whether the holder has had it for a good part of the time, as they work themselves, and written nothing."""
    if not query.holder or query.id in at.wrote:
        return False
    had = between(at.there.works(query.holder, desk), query.claimed_at or query.asked_at, at.now)
    return had.total_seconds() >= query.clock_total * SILENT_FROM


@dataclass(slots=True)
class _Look:
    """One query at one mark; `query` becomes what the steps make of it."""

    at: Round
    query: Query

    @property
    def tx(self) -> Transaction:
        return self.at.tx

    @property
    def setup(self) -> Setup:
        return self.at.setup

    @property
    def now(self) -> datetime:
        return self.at.now

    def source(self, situation: Situation) -> str:
        """Names what this mark says: the same mark of another promise says it again."""
        since = self.query.clock_since.isoformat() if self.query.clock_since else ""
        return f"mark:{self.query.id}:{since}:{situation.percent}"

    def fields(self, situation: Situation) -> Fields:
        return {
            **query_fields(self.query),
            "percent": situation.percent,
            "wrote": self.query.holder == situation.holder and self.query.id in self.at.wrote - self.at.told,
            "staffed": situation.staffed,
        }

    def event(self, what: str, fields: Fields) -> None:
        line = Entry(query=self.query.id, kind=EntryKind.EVENT, text=what, at=self.now, fields=fields)
        rows.add_entry(self.tx, line)


def _remind_holder(look: _Look, step: RemindHolder, now: Situation) -> None:
    """In private where that is possible, else in the thread; when they begin their day where they are not at work."""
    fields, source = look.fields(now), look.source(now)
    due = _at_work_from(look.at, look.query, look.query.holder) if now.off else look.now
    if not look.at.tell(look.query, look.query.holder, source, "desk.mark_holder", fields, due):
        look.at.post(look.query, source, 1, "desk.mark_holder", fields)


def _remind_owner(look: _Look, now: Situation) -> None:
    """Whoever answers for it by name hears of every mark, whoever has it."""
    owner = look.query.owner
    if owner and owner != now.holder:
        due = look.at.there.at_work_from(owner, desk_of(look.setup.world, look.query))
        urgent = now.policy.around_the_clock
        source, fields = f"{look.source(now)}:owner", look.fields(now)
        look.at.tell(look.query, owner, source, "desk.mark_owner", fields, look.now if urgent else due)


def _remind_desk(look: _Look, step: RemindDesk, now: Situation) -> None:
    fields: Fields = {**look.fields(now), "held": bool(look.query.holder), "off": now.off}
    look.at.post(look.query, look.source(now), 0, "desk.mark_desk", fields)


def _give(look: _Look, step: GiveTo, now: Situation) -> None:
    given = look.query.handed_to(step.person, look.now)
    look.query = rows.save(look.tx, given)
    quiet.take_back(look.tx, look.query, look.now)
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
        source = f"{look.source(now)}:silent"
        look.at.tell(look.query, now.holder, source, "desk.taken_from_you", fields, look.now)


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


def _promise_again(look: _Look, step: PromiseAgain, now: Situation) -> None:
    """Nobody is above: no silence either. The desk keeps it with a new promise, which the CSO hears."""
    source = look.source(now)
    look.query = _promised_again(look, look.query)
    due = look.query.due_at.isoformat() if look.query.due_at else ""
    look.event("promised_again", {"due": due})
    cards.renew_card(look.tx, look.setup, look.query, look.now)
    if told := asker(look.tx, look.setup, look.query):
        says = query_fields(look.query)
        tell(look.tx, told, source, 7, "conversation.not_kept_again", says, look.now, query=look.query.id)


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
    PromiseAgain: _promise_again,
}
