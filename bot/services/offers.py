"""Verbs that a query's state allows and that make no sense as things are: they are not offered."""

from bot.core.discretion import may_quote, shows_words
from bot.core.query import Query
from bot.core.verbs import VERBS, Verb
from storage import canned, desks, links, similar, watchers
from storage.database import Transaction


def kept_back(tx: Transaction, query: Query, person: int = 0) -> frozenset[Verb]:
    """For this person, or for everybody who reads the card; a query that goes on in another one offers nothing."""
    if query.merged_into:
        return frozenset(VERBS)
    watched = person in watchers.of_query(tx, query.id)
    without = {
        Verb.SIMILAR: not similar_here(tx, query),
        Verb.KEEP_READY: not may_quote(query),
        Verb.CANNED: not canned.offered(tx, query.desk, query.topic, 1),
        Verb.WATCH: watched,
        Verb.UNWATCH: not watched,
        Verb.UNLINK: not links.of_query(tx, query.id),
    }
    return frozenset(verb for verb, senseless in without.items() if senseless)


def similar_here(tx: Transaction, query: Query) -> int:
    """How many like it are open at its desk, or handled in the same chat."""
    if not shows_words(query):
        return 0
    place = desks.current(tx, query.id)
    return similar.count_at(tx, query.id, query.desk, place.desk if place else query.desk)
