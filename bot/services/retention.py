"""The schedule of what is kept how long: what would go now, and letting it go in small slices."""

from collections.abc import Callable
from datetime import datetime

from bot.core.care import Due, Kept, before
from bot.core.query import Query, QueryOutcome, Status
from bot.core.world import Office
from bot.services import data, posts, queries
from bot.services.setup import Setup
from storage import audit, people, query_words, retention
from storage import queries as query_rows
from storage.database import Transaction

#: Queries and people in one slice: each may change a dozen rows and queue several deletions.
_FEW = 20
#: Rows of other kinds in one slice.
_MANY = 500
COMMAND_LINE = 0


def due(tx: Transaction, office: Office, now: datetime) -> tuple[Due, ...]:
    """What would go now, by kind, in the order of the schedule."""
    return retention.schedule(tx, office.retention_months, now)


def work(tx: Transaction, setup: Setup, now: datetime) -> int:
    """One slice of everything that is due; returns how much went, 0 when nothing is left."""
    if not retention.ours_alone(tx):
        return 0
    return sum(_slice(tx, setup, kind, now) for kind in Kept)


def work_by_hand(tx: Transaction, setup: Setup, now: datetime) -> int:
    """As `work`, because somebody asked for it on the command line."""
    done = work(tx, setup, now)
    if done:
        audit.add(tx, COMMAND_LINE, "retention", f"retention:{done}", now, "command")
    return done


def _slice(tx: Transaction, setup: Setup, kind: Kept, now: datetime) -> int:
    moment = before(setup.world.office.retention_months, kind, now)
    one = _ONE_BY_ONE.get(kind)
    keys = retention.due(tx, kind, moment, _FEW if one else _MANY)
    if one is None:
        return retention.erase(tx, kind, keys)
    for key in keys:
        one(tx, setup, key, now)
    if keys:
        query_words.scrub(tx)
    return len(keys)


def _expire_query(tx: Transaction, setup: Setup, number: int, now: datetime) -> None:
    """Words, files and posts; the number of the question, its desk and its times stay in the counts."""
    query = query_rows.get(tx, number)
    data.take_back_answers(tx, query)
    query_rows.expire_texts(tx, query.id)
    if query.status is not Status.CLOSED:
        queries.close(tx, setup, query_rows.get(tx, number), 0, now, _outcome(query))
    posts.expire_query(tx, setup, query, now)


def _outcome(query: Query) -> QueryOutcome:
    """The words are too old to be answered: it was answered, or nothing more was heard."""
    return QueryOutcome.ANSWERED if query.first_answered_at else QueryOutcome.NO_REPLY


def _forget_contact(tx: Transaction, setup: Setup, number: int, now: datetime) -> None:
    if person := people.get(tx, number):
        data.erase_without_farewell(tx, setup, person, now)


_ONE_BY_ONE: dict[Kept, Callable[[Transaction, Setup, int, datetime], None]] = {
    Kept.QUERY_TEXT: _expire_query,
    Kept.UNCLAIMED_CONTACTS: _forget_contact,
}
