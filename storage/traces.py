"""The words by which somebody could be found again, and the tables in which only such words lead to a person."""

import json
import re
from collections.abc import Sequence

import sqlalchemy as sa

from bot.core.person import Person
from bot.core.query import EntryKind
from storage import query_words
from storage.database import Transaction
from storage.directory_tables import organisations
from storage.exchange_tables import import_changes, import_problems, imports
from storage.tables import entries, queries

#: Stands where a name stood in what staff wrote.
LEFT_OUT = "…"
#: A single word this short is found as a whole value only: "Ali" is also in "Alice".
_SHORT = 6


def words_of(tx: Transaction, person: Person) -> tuple[str, ...]:
    """How a message may name the person, as JSON writes it: name, e-mail, an organisation that nobody else has."""
    claimed = (person.claimed_name, *_proposed_names(tx, person))
    alone = (name for name in claimed if not _is_known(tx, name, person.organisation))
    given = (each.strip() for each in (person.name, person.email, *alone))
    return tuple(_as_written(word) for word in given if len(word) > 1)


def _as_written(word: str) -> str:
    written = json.dumps(word)
    unmistakable = len(word) >= _SHORT and (" " in word or "@" in word or len(word) >= 2 * _SHORT)
    return written[1:-1] if unmistakable else written


def _is_known(tx: Transaction, name: str, own: str) -> bool:
    """Whether an organisation of that name stays: one that is only proposed goes with who proposed it."""
    same = sa.func.lower(organisations.c.name) == name.strip().lower()
    stays = sa.or_(organisations.c.id != own, organisations.c.status != "proposed")
    return bool(tx.scalar(sa.select(sa.exists().where(same, stays))))


def _proposed_names(tx: Transaction, person: Person) -> tuple[str, ...]:
    return tuple(tx.scalars(sa.select(organisations.c.name).where(_proposed(person))))


def _proposed(person: Person) -> sa.ColumnElement[bool]:
    here = organisations.c.id == person.organisation
    return sa.and_(here, organisations.c.status == "proposed", organisations.c.source == "chat")


def leave_out_name(tx: Transaction, person: Person) -> None:
    """What staff wrote about the person's queries stays, without the name."""
    pattern = _named(person)
    if pattern is None:
        return
    mine = sa.select(queries.c.id).where(queries.c.person == person.id)
    words = sa.select(entries.c.id, entries.c.query, entries.c.text).where(
        entries.c.query.in_(mine), entries.c.kind != EntryKind.EVENT
    )
    changed = []
    for row in tx.execute(words).all():
        if (without := pattern.sub(LEFT_OUT, row.text)) != row.text:
            tx.execute(sa.update(entries).where(entries.c.id == row.id).values(text=without))
            changed.append(row.query)
    query_words.refresh(tx, changed)


def _named(person: Person) -> re.Pattern[str] | None:
    """The whole name, its parts of three letters or more, and the e-mail address."""
    parts = [part for part in person.name.split() if len(part) > 2]
    every = sorted({person.name, person.email, *parts} - {""}, key=len, reverse=True)
    return re.compile(rf"(?<!\w)(?:{'|'.join(map(re.escape, every))})(?!\w)", re.IGNORECASE) if every else None


def forget_imported(tx: Transaction, person: Person) -> None:
    """What imports of people remember of this one, and the problems that quote them."""
    of_people = sa.select(imports.c.id).where(imports.c.kind == "people")
    rows = import_changes.c.target.in_([str(person.id), f"person:{person.id}"])
    tx.execute(sa.delete(import_changes).where(import_changes.c["import"].in_(of_people), rows))
    for word in (person.name, person.email):
        if len(word) > 1:
            # A record that was folded into this one had another number.
            before = sa.cast(import_changes.c.before, sa.Text).contains(json.dumps(word), autoescape=True)
            tx.execute(sa.delete(import_changes).where(import_changes.c["import"].in_(of_people), before))
            quoted = import_problems.c.problem.contains(word, autoescape=True)
            tx.execute(sa.update(import_problems).where(quoted).values(problem=LEFT_OUT))


def forget_proposed(tx: Transaction, person: Person, others: Sequence[int]) -> None:
    """An organisation that exists only because this person named it goes with them."""
    if not others:
        tx.execute(sa.delete(organisations).where(_proposed(person)))
