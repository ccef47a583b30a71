"""Verbs that a query's state allows and that make no sense as things are: they are not offered."""

from bot.core.discretion import may_quote, shows_words
from bot.core.query import Query
from bot.core.verbs import Verb
from storage import desks, similar
from storage.database import Transaction


def kept_back(tx: Transaction, query: Query, person: int = 0) -> frozenset[Verb]:
    """For this person, or for everybody who reads the card."""
    found = set()
    if not similar_here(tx, query):
        found.add(Verb.SIMILAR)
    if not may_quote(query):
        found.add(Verb.KEEP_READY)
    return frozenset(found)


def similar_here(tx: Transaction, query: Query) -> int:
    """How many like it are open at its desk, or handled in the same chat."""
    if not shows_words(query):
        return 0
    place = desks.current(tx, query.id)
    return similar.count_at(tx, query.id, query.desk, place.desk if place else query.desk)
