"""Confidential matters: boxes that only the confidential desk can open."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

import sqlalchemy as sa

from storage.database import Dialect, Transaction, dialect
from storage.tables import sealed

#: Advisory lock under which numbers are given.
NUMBERS_LOCK = 200_611


class SealedState(StrEnum):
    #: The person has not chosen yet.
    HELD = "held"
    PASSED = "passed"
    ERASED = "erased"


@dataclass(frozen=True, slots=True, kw_only=True)
class SealedMatter:
    """What the bot may know of it: never the words."""

    id: int
    opened_by: str
    number: int
    state: SealedState
    box: bytes | None
    contact: bytes | None
    due_at: datetime | None
    at: datetime

    @property
    def reference(self) -> str:
        return f"C-{self.number:04}"


def add(tx: Transaction, key: str, box: bytes, at: datetime, conversation: str = "") -> None:
    """A first box for this matter, or one more: boxes of one matter lie behind each other, length first."""
    framed = len(box).to_bytes(4, "big") + box
    matter = find(tx, key)
    if matter is None:
        new = {"opened_by": key, "state": SealedState.HELD, "box": framed, "at": at, "conversation": conversation}
        tx.execute(sa.insert(sealed).values(new))
        return
    more = sa.update(sealed).where(sealed.c.id == matter.id)
    tx.execute(more.values(box=(matter.box or b"") + framed))


def boxes(matter: SealedMatter) -> list[bytes]:
    """The sealed boxes of a matter, in the order they came."""
    found: list[bytes] = []
    rest = matter.box or b""
    while rest:
        length = int.from_bytes(rest[:4], "big")
        found.append(rest[4 : 4 + length])
        rest = rest[4 + length :]
    return found


def find(tx: Transaction, key: str) -> SealedMatter | None:
    row = tx.execute(sa.select(sealed).where(sealed.c.opened_by == key)).first()
    return _matter(row) if row else None


def held_in(tx: Transaction, conversation: str) -> tuple[str, ...]:
    """Keys of the matters of this conversation that nobody has been given yet."""
    held = sa.and_(sealed.c.conversation == conversation, sealed.c.state == SealedState.HELD)
    return tuple(tx.scalars(sa.select(sealed.c.opened_by).where(held)))


def by_number(tx: Transaction, number: int) -> SealedMatter | None:
    row = tx.execute(sa.select(sealed).where(sealed.c.number == number, sealed.c.number > 0)).first()
    return _matter(row) if row else None


def pass_on(tx: Transaction, matter: SealedMatter, due_at: datetime) -> SealedMatter:
    """Give it its reference; passing it twice keeps the first."""
    if matter.number:
        return matter
    if dialect(tx) is Dialect.POSTGRESQL:
        # Two replicas would give the same number; SQLite has one writer.
        tx.execute(sa.select(sa.func.pg_advisory_xact_lock(NUMBERS_LOCK)))
    highest = tx.scalar(sa.select(sa.func.coalesce(sa.func.max(sealed.c.number), 0))) or 0
    given = {"number": highest + 1, "state": SealedState.PASSED, "due_at": due_at}
    tx.execute(sa.update(sealed).where(sealed.c.id == matter.id).values(given))
    passed = find(tx, matter.opened_by)
    return passed or matter


def set_contact(tx: Transaction, key: str, contact: bytes) -> None:
    tx.execute(sa.update(sealed).where(sealed.c.opened_by == key).values(contact=contact))


def erase(tx: Transaction, key: str) -> None:
    gone = {"box": None, "contact": None, "state": SealedState.ERASED}
    tx.execute(sa.update(sealed).where(sealed.c.opened_by == key, sealed.c.number == 0).values(gone))


def _matter(row: sa.Row[tuple[object, ...]]) -> SealedMatter:
    names = ("id", "opened_by", "number", "box", "contact", "due_at", "at")
    return SealedMatter(**{name: row._mapping[name] for name in names}, state=SealedState(row._mapping["state"]))
