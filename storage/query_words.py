"""The words of queries, to be searched: FTS5 on SQLite, a tsvector on PostgreSQL. Kept in the transaction of each line.

One row a query, its number and all that was written in it, without case and accents. What was erased, what is too old
and what is sensitive is not in it. The rows can be made again from the timelines, so that no backup holds them.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from bot.core.likeness import plain
from bot.core.query import EntryKind
from storage.database import Dialect, Transaction, dialect
from storage.tables import entries, queries

#: Letters of a query that are searched; longer ones become files before they get here.
MOST_LETTERS = 100_000
#: Words that are looked for; more only make it slow.
MOST_WORDS = 8
#: A shorter word is looked for as it is: as a beginning it would be everywhere.
SHORTEST_BEGINNING = 2
#: Longest word: more is no word, and PostgreSQL takes no longer one.
LONGEST_WORD = 60
_CHUNK = 500
_WORD = re.compile(r"[^\W_]+")
TABLE = "query_words"

#: Made by the migration, and no part of the tables that are compared and backed up: the two databases differ here.
SQLITE = (
    f"CREATE VIRTUAL TABLE {TABLE} USING fts5(words, detail=none, prefix='2 3 4 5',"
    " tokenize='unicode61 remove_diacritics 2')",
)
POSTGRESQL = (
    f"CREATE TABLE {TABLE} (query BIGINT PRIMARY KEY REFERENCES queries (id) ON DELETE CASCADE,"
    " words TSVECTOR NOT NULL)",
    f"CREATE INDEX {TABLE}_words ON {TABLE} USING gin (words)",
)
_WORDS = sa.table(TABLE, sa.column("query", sa.BigInteger))
#: A word in more queries than these is a common one.
MOST_RARE = 5_000
_SPOKEN = [kind for kind in EntryKind if kind is not EntryKind.EVENT]


def words_of(text: str) -> list[str]:
    """The words of a text as they are kept and looked for."""
    return [word[:LONGEST_WORD] for word in _WORD.findall(plain(text))]


def refresh(tx: Transaction, numbers: Iterable[int]) -> None:
    """The index says of these queries what their timelines say now."""
    wanted = list(dict.fromkeys(numbers))
    for start in range(0, len(wanted), _CHUNK):
        some = wanted[start : start + _CHUNK]
        forget(tx, some)
        if rows := [{"query": number, "words": " ".join(words)} for number, words in _written(tx, some) if words]:
            tx.execute(_adding(tx), rows)


def _written(tx: Transaction, numbers: Sequence[int]) -> Iterator[tuple[int, list[str]]]:
    """All words of each of the queries that may be searched."""
    lines = (
        sa.select(entries.c.query, entries.c.text)
        .join(queries, queries.c.id == entries.c.query)
        .where(entries.c.query.in_(numbers), entries.c.kind.in_(_SPOKEN), queries.c.sensitive.is_(False))
        .order_by(entries.c.query, entries.c.id)
    )
    texts: dict[int, list[str]] = {}
    for row in tx.execute(lines):
        texts.setdefault(row.query, []).append(row.text)
    for number, spoken in texts.items():
        yield number, list(dict.fromkeys(words_of("\n".join(spoken)[:MOST_LETTERS])))


def _adding(tx: Transaction) -> sa.TextClause:
    if dialect(tx) is Dialect.SQLITE:
        return sa.text(f"INSERT INTO {TABLE} (rowid, words) VALUES (:query, :words)")  # noqa: S608 - our own name
    return sa.text(
        f"INSERT INTO {TABLE} (query, words) VALUES (:query, array_to_tsvector(string_to_array(:words, ' ')))"  # noqa: S608
    )


def forget(tx: Transaction, numbers: Iterable[int]) -> None:
    """Nobody finds these any more by what was written in them."""
    key = "rowid" if dialect(tx) is Dialect.SQLITE else "query"
    if some := [{"query": number} for number in numbers]:
        tx.execute(sa.text(f"DELETE FROM {TABLE} WHERE {key} = :query"), some)  # noqa: S608 - our own names


def scrub(tx: Transaction) -> None:
    """After erasing: FTS5 keeps the words of rows that have gone until its parts are put together."""
    if dialect(tx) is Dialect.SQLITE:
        tx.execute(sa.text(f"INSERT INTO {TABLE} ({TABLE}) VALUES ('optimize')"))  # noqa: S608 - our own names


def rebuild(tx: Transaction) -> None:
    """Made anew from all timelines: after an upgrade and after a backup was put back."""
    tx.execute(sa.text(f"DELETE FROM {TABLE}"))  # noqa: S608 - our own name
    refresh(tx, tx.scalars(sa.select(queries.c.id).order_by(queries.c.id)).all())
    scrub(tx)


@dataclass(frozen=True, slots=True)
class Among:
    """The numbers of the queries that are wanted, as it is quickest to ask for them: both say the same."""

    #: Where some are named besides.
    few: "sa.Select[Any]"
    #: Where most there are would be looked at.
    many: "sa.Select[Any]"

    def of(self, condition: "sa.ColumnElement[bool]", most: int) -> "sa.Select[Any]":
        """The latest of those for which this holds too."""
        return self.few.where(condition).order_by(queries.c.id.desc()).limit(most)


def newest(tx: Transaction, text: str, among: Among, most: int) -> list[int]:
    """The latest of those queries in which every word of the text begins some word; none for a text without words."""
    words = [(word, len(word) >= SHORTEST_BEGINNING) for word in words_of(text)[:MOST_WORDS]]
    if not words:
        return []
    if dialect(tx) is Dialect.SQLITE:
        match = " AND ".join(f'"{word}"*' if begins else f'"{word}"' for word, begins in words)
        return _newest_sqlite(tx, match, among, most)
    match = " & ".join(f"'{word}':*" if begins else f"'{word}'" for word, begins in words)
    return _newest_postgresql(tx, match, among, most)


def _newest_sqlite(tx: Transaction, match: str, among: Among, most: int) -> list[int]:
    """The newest matches first; where too few of them are wanted, all of them.

    The plus keeps SQLite from asking the index anew for each query that is wanted.
    """
    rowid: sa.ColumnElement[int] = sa.literal_column("rowid")
    matches = sa.text(f"{TABLE} MATCH :match").bindparams(match=match)
    found = sa.select(rowid).select_from(sa.table(TABLE)).where(matches).order_by(rowid.desc())
    numbers = tx.scalars(found.limit(MOST_RARE + 1)).all()
    first = list(tx.scalars(among.of(queries.c.id.in_(numbers), most)))
    if len(numbers) <= MOST_RARE or len(first) == most:
        return first
    return list(tx.scalars(found.where(sa.literal_column("+rowid").in_(among.many)).limit(most)))


def _newest_postgresql(tx: Transaction, match: str, among: Among, most: int) -> list[int]:
    """A rare word is found by its index; of a word that is everywhere the queries are read, the newest first."""
    matches = sa.text("words @@ CAST(:match AS tsquery)").bindparams(match=match)
    numbers = tx.scalars(sa.select(_WORDS.c.query).where(matches).limit(MOST_RARE + 1)).all()
    if len(numbers) <= MOST_RARE:
        return list(tx.scalars(among.of(queries.c.id.in_(numbers), most)))
    # "offset 0" keeps PostgreSQL from finding all matches first, and from looking at more than are wanted.
    latest = among.few.order_by(queries.c.id.desc()).offset(0).subquery()
    has_words = sa.exists(sa.select(1).where(_WORDS.c.query == latest.c.id, matches).offset(0))
    return list(tx.scalars(sa.select(latest.c.id).where(has_words).limit(most)))
