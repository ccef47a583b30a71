"""Open questions that ask nearly the same: kept beside each other, counted on their cards."""

from collections.abc import Iterable, Sequence
from datetime import datetime

from bot.core.query import Status
from bot.core.similar import Pair, comparable
from bot.services import cards
from bot.services.setup import Setup
from storage import queries as query_rows
from storage import similar as rows
from storage.database import Transaction


def note(tx: Transaction, setup: Setup, compared: Sequence[int], found: Sequence[Pair], now: datetime) -> int:
    """These have been compared with all others; the cards of what is alike say so. Returns how many were new."""
    if not rows.ours_alone(tx):
        return 0
    changed = rows.note(tx, compared, found, setup.world.office.confidential_desk)
    _renew(tx, setup, changed, now)
    return len(compared)


def let_go(tx: Transaction, setup: Setup, over: Sequence[int], now: datetime) -> int:
    """These are answered, closed or not to be shown any more: nobody is beside them, and other cards say so."""
    hidden = setup.world.office.confidential_desk
    known = query_rows.many(tx, over)
    gone = [query for query in known if not comparable(query, hidden)]
    beside = rows.take_out(tx, [query.id for query in gone])
    rows.forget(tx, [query.id for query in gone if query.sensitive or query.desk == hidden])
    _renew(tx, setup, beside, now)
    return len(gone)


def _renew(tx: Transaction, setup: Setup, numbers: Iterable[int], now: datetime) -> None:
    for query in query_rows.many(tx, sorted(numbers)):
        if query.status is not Status.ASKED:
            cards.renew_card(tx, setup, query, now)
