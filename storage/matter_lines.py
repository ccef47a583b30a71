"""What the confidential desk writes about a matter: sealed for the desk, an answer also until it was read."""

from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from storage.database import Transaction
from storage.sealed_tables import matter_lines as rows


@dataclass(frozen=True, slots=True, kw_only=True)
class MatterLine:
    """One note or answer; its words only as boxes."""

    id: int
    matter: int
    #: "note" or "answer".
    kind: str
    box: bytes
    #: An answer that nobody has read yet, for the process to say.
    words: bytes | None
    by: int
    at: datetime


def add(tx: Transaction, matter: int, kind: str, box: bytes, words: bytes | None, by: int, at: datetime) -> int:
    """Returns its id."""
    new = {"matter": matter, "kind": kind, "box": box, "words": words, "by": by, "at": at}
    number: int = tx.execute(sa.insert(rows).values(new).returning(rows.c.id)).scalar_one()
    return number


def of_matter(tx: Transaction, matter: int) -> tuple[MatterLine, ...]:
    """The oldest first."""
    found = sa.select(rows).where(rows.c.matter == matter).order_by(rows.c.id)
    return tuple(MatterLine(**row._mapping) for row in tx.execute(found))


def take_words(tx: Transaction, line: int) -> MatterLine | None:
    """The answer with its words, which are gone from here afterwards; None where they were taken before."""
    unread = sa.select(rows).where(rows.c.id == line, rows.c.words.is_not(None)).with_for_update()
    row = tx.execute(unread).first()
    if row is None:
        return None
    tx.execute(sa.update(rows).where(rows.c.id == line).values(words=None))
    return MatterLine(**row._mapping)
