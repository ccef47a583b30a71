"""What becomes of a query when words of staff have reached the CSO: answered, waiting for it, or the next word due."""

from dataclasses import replace
from datetime import datetime

from bot.core import query_clock, waking
from bot.core.message import Fields
from bot.core.query import Action, Entry, EntryKind, Query, Status
from bot.core.query_clock import desk_of, policy_of
from bot.services.setup import Setup
from bot.services.zone import reader_zone
from storage import queries as rows
from storage.database import Transaction

#: Lines of the CSO.
_THEIRS = {EntryKind.ADDITION, EntryKind.EDIT}


def sent(tx: Transaction, setup: Setup, query: Query, line: Entry, now: datetime) -> Query:
    """The words of the line have reached the CSO."""
    if line.kind is EntryKind.ASKED_BACK:
        return _asked(tx, setup, query, line, now)
    if line.kind is EntryKind.UPDATE:
        return _updated(tx, setup, query, line, now)
    return rows.save(tx, query.answered(now))


def _asked(tx: Transaction, setup: Setup, query: Query, line: Entry, now: datetime) -> Query:
    """The clock stands from now on.

    It runs on where the CSO has written since the question was: it may have been the answer. It also does where
    nobody has the query any more, or it was answered meanwhile.
    """
    wrote = any(each.id > line.id and each.kind in _THEIRS for each in rows.timeline(tx, query.id))
    if wrote or query.status is not Status.CLAIMED:
        return query
    policy, desk = policy_of(setup.world, query), desk_of(setup.world, query)
    stands = query_clock.paused(query.after(Action.ASK_BACK), policy, desk, now)
    saved = rows.save(tx, waking.armed(stands, setup.world.office.follow_up, now))
    _event(tx, saved, "paused", line.author, now, {})
    return saved


def next_word(tx: Transaction, setup: Setup, query: Query, line: Entry) -> Query:
    """With the next word promised, from when the line was written: what was said with it is what is kept."""
    policy, desk = policy_of(setup.world, query), desk_of(setup.world, query)
    zone = reader_zone(tx, setup, query)
    return query_clock.next_word_promised(query, policy, desk, zone, line.at)


def _updated(tx: Transaction, setup: Setup, query: Query, line: Entry, now: datetime) -> Query:
    """The CSO hears again by the time it was told; an answered query is open with whoever said so.

    Where we wait for the CSO by now, or it is closed, nothing else is promised.
    """
    if query.status not in {Status.NEW, Status.CLAIMED, Status.ANSWERED}:
        return query
    if query.status is Status.ANSWERED:
        query = replace(query.after(Action.UPDATE), holder=query.holder or line.author, claimed_at=now)
    promised = rows.save(tx, next_word(tx, setup, query, line))
    due = promised.due_at.isoformat() if promised.due_at else ""
    _event(tx, promised, "next_word_promised", line.author, now, {"due": due})
    return promised


def _event(tx: Transaction, query: Query, what: str, by: int, now: datetime, fields: Fields) -> None:
    rows.add_entry(tx, Entry(query=query.id, kind=EntryKind.EVENT, text=what, at=now, author=by, fields=fields))
