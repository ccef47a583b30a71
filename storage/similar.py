"""Directions of open questions and the pairs that ask nearly the same; made again from the questions once lost."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict

import sqlalchemy as sa

from bot.core.query import UNANSWERED, EntryKind
from bot.core.similar import Pair
from storage.database import Dialect, Transaction, dialect, insert_missing
from storage.desk_tables import query_vectors as vectors
from storage.desk_tables import similar_queries as pairs
from storage.tables import desk_threads, entries, queries

#: Advisory lock: two replicas compare one after the other.
_LOCK = 200_613
_CHUNK = 500
_OPEN = sorted(UNANSWERED)


def ours_alone(tx: Transaction) -> bool:
    """Whether nobody else compares at this moment; until the end of the transaction."""
    if dialect(tx) is Dialect.SQLITE:
        return True
    return bool(tx.scalar(sa.select(sa.func.pg_try_advisory_xact_lock(_LOCK))))


def unread(tx: Transaction, model: str, confidential: str, most: int) -> dict[int, str]:
    """Open questions of which this encoder has made no vector yet, the oldest first, with their words."""
    known = sa.exists().where(vectors.c.query == queries.c.id, vectors.c.model == model)
    wanted = sa.select(queries.c.id, entries.c.text).join(entries, entries.c.query == queries.c.id)
    asked = sa.and_(entries.c.kind == EntryKind.QUESTION, entries.c.text != "")
    found = wanted.where(_comparable(confidential), asked, ~known).order_by(queries.c.id, entries.c.id).limit(most)
    texts: dict[int, str] = {}
    for row in tx.execute(found):
        texts.setdefault(row.id, row.text)
    return texts


def keep(tx: Transaction, model: str, confidential: str, made: Mapping[int, tuple[str, bytes]]) -> int:
    """Keep the vectors of words that still stand there, in questions that may still be compared; how many."""
    asked = sa.and_(entries.c.query.in_(list(made)), entries.c.kind == EntryKind.QUESTION)
    stands = sa.select(queries.c.id, entries.c.text).join(entries, entries.c.query == queries.c.id)
    found = tx.execute(stands.where(_comparable(confidential), asked).order_by(entries.c.id.desc())).all()
    now_say = {row.id: row.text for row in found}
    fit = [number for number, (text, _) in made.items() if text and now_say.get(number) == text]
    forget(tx, fit)
    rows = [{"query": number, "model": model, "vector": made[number][1], "compared": False} for number in fit]
    if rows:
        insert_missing(tx, vectors, rows, vectors.c.query)
    return len(rows)


def waiting(tx: Transaction, model: str, confidential: str, most: int) -> dict[int, bytes]:
    """Vectors of open questions that have not been put beside the others yet."""
    fresh = sa.and_(vectors.c.model == model, vectors.c.compared.is_(False), _comparable(confidential))
    return _vectors(tx, _of_queries().where(fresh).order_by(vectors.c.query).limit(most))


def comparable(tx: Transaction, model: str, confidential: str) -> dict[int, bytes]:
    """The vectors of all open questions."""
    return _vectors(tx, _of_queries().where(vectors.c.model == model, _comparable(confidential)))


def _of_queries() -> "sa.Select[int, bytes]":
    return sa.select(vectors.c.query, vectors.c.vector).join(queries, queries.c.id == vectors.c.query)


def _vectors(tx: Transaction, wanted: "sa.Select[int, bytes]") -> dict[int, bytes]:
    return {row[0]: row[1] for row in tx.execute(wanted)}


def note(tx: Transaction, compared: Iterable[int], found: Sequence[Pair], confidential: str) -> set[int]:
    """These are compared, with what was found; the questions whose pairs changed.

    What has been answered or erased meanwhile is left out.
    """
    numbers = {*compared, *(pair.query for pair in found), *(pair.other for pair in found)}
    kept = sa.select(vectors.c.query).join(queries, queries.c.id == vectors.c.query)
    fit = set(tx.scalars(kept.where(vectors.c.query.in_(numbers), _comparable(confidential))))
    done = [number for number in compared if number in fit]
    tx.execute(sa.update(vectors).where(vectors.c.query.in_(done)).values(compared=True))
    rows = [asdict(pair) for pair in found if {pair.query, pair.other} <= fit]
    if rows:
        insert_missing(tx, pairs, rows, pairs.c.query)
    return {number for row in rows for number in (row["query"], row["other"])}


def over(tx: Transaction, confidential: str, most: int) -> tuple[int, ...]:
    """Questions that were compared and may not be shown beside others any more: answered, sensitive, moved away."""
    ended = sa.and_(vectors.c.compared, ~_comparable(confidential))
    found = sa.select(vectors.c.query).join(queries, queries.c.id == vectors.c.query).where(ended).limit(most)
    return tuple(tx.scalars(found))


def take_out(tx: Transaction, numbers: Sequence[int]) -> set[int]:
    """Their pairs go, until they are open again; the questions that were beside them."""
    beside = _unpair(tx, numbers)
    tx.execute(sa.update(vectors).where(vectors.c.query.in_(numbers)).values(compared=False))
    return beside


def forget(tx: Transaction, numbers: Iterable[int]) -> None:
    """Nothing of these questions stays here: their words are gone, or concern nobody else."""
    wanted = list(numbers)
    for start in range(0, len(wanted), _CHUNK):
        some = wanted[start : start + _CHUNK]
        _unpair(tx, some)
        tx.execute(sa.delete(vectors).where(vectors.c.query.in_(some)))


def _unpair(tx: Transaction, numbers: Sequence[int]) -> set[int]:
    theirs = sa.or_(pairs.c.query.in_(numbers), pairs.c.other.in_(numbers))
    gone = tx.execute(sa.delete(pairs).where(theirs).returning(pairs.c.query, pairs.c.other)).all()
    return {number for row in gone for number in row} - set(numbers)


def beside(tx: Transaction, query: int, most: int) -> tuple[tuple[int, float], ...]:
    """The numbers of the questions like this one that are still open, the most alike first, with how alike."""
    joined = sa.select(queries.c.id, pairs.c.likeness).join(pairs, _with(query)).where(queries.c.status.in_(_OPEN))
    nearest = joined.where(queries.c.sensitive.is_(False)).order_by(pairs.c.likeness.desc(), queries.c.id).limit(most)
    return tuple((row.id, row.likeness) for row in tx.execute(nearest))


def count_at(tx: Transaction, query: int, desk: str, chat_of: str) -> int:
    """How many like it are open at the desk, or handled in the same chat."""
    handled = sa.exists().where(
        desk_threads.c.query == queries.c.id, sa.text("desk_threads.current"), desk_threads.c.desk == chat_of
    )
    here = sa.or_(queries.c.desk == desk, handled)
    open_ = sa.and_(queries.c.status.in_(_OPEN), queries.c.sensitive.is_(False), here)
    counted = sa.select(sa.func.count()).select_from(queries).join(pairs, _with(query)).where(open_)
    return tx.scalar(counted) or 0


def _with(query: int) -> sa.ColumnElement[bool]:
    one = sa.and_(pairs.c.query == query, pairs.c.other == queries.c.id)
    return sa.or_(one, sa.and_(pairs.c.other == query, pairs.c.query == queries.c.id))


def _comparable(confidential: str) -> sa.ColumnElement[bool]:
    open_ = sa.and_(queries.c.status.in_(_OPEN), queries.c.sensitive.is_(False))
    return sa.and_(open_, queries.c.desk != confidential)
