"""Confidential matters: boxes that only the confidential desk can open."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from bot.core.errors import Unknown
from bot.core.matter import MatterOutcome, SealedState
from storage.database import Dialect, Transaction, dialect
from storage.sealed_tables import matter_lines, sealed

#: Advisory lock under which numbers are given.
NUMBERS_LOCK = 200_611


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
    #: Who of the confidential desk has it; 0: nobody.
    holder: int = 0
    promised_at: datetime | None = None
    marks_reached: int = 0
    mark_at: datetime | None = None
    answered_at: datetime | None = None
    closed_at: datetime | None = None
    outcome: MatterOutcome | None = None
    keep_until: datetime | None = None

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


def get(tx: Transaction, number: int) -> SealedMatter:
    """One that is at the confidential desk or was, locked for this transaction. Raises `Unknown`."""
    wanted = sa.select(sealed).where(sealed.c.number == number, sealed.c.number > 0).with_for_update()
    row = tx.execute(wanted).first()
    if row is None:
        raise Unknown(reference=f"C-{number:04}")
    return _matter(row)


def passed(tx: Transaction, most: int) -> tuple[SealedMatter, ...]:
    """Those with a reference, open ones first and the earliest due before others; what was in them is not read."""
    columns = [column for column in sealed.c if column.name not in ("box", "contact")]
    nothing = sa.null()
    open_first = sa.case((sealed.c.state == SealedState.PASSED, 0), else_=1)
    found = sa.select(*columns, nothing.label("box"), nothing.label("contact")).where(sealed.c.number > 0)
    rows = tx.execute(found.order_by(open_first, sealed.c.due_at, sealed.c.id.desc()).limit(most))
    return tuple(_matter(row) for row in rows)


def at_mark(tx: Transaction, now: datetime, most: int) -> tuple[SealedMatter, ...]:
    """Of which the desk is to be reminded now, locked for this transaction."""
    due = sa.select(sealed).where(sealed.c.mark_at <= now).order_by(sealed.c.mark_at).limit(most)
    return tuple(_matter(row) for row in tx.execute(due.with_for_update(skip_locked=True)))


def kept_long_enough(tx: Transaction, now: datetime, most: int) -> tuple[SealedMatter, ...]:
    """Those whose time, as the desk decided it, is over; locked for this transaction."""
    over = sa.and_(sealed.c.keep_until <= now, sealed.c.state != SealedState.ERASED)
    found = sa.select(sealed).where(over).order_by(sealed.c.keep_until).limit(most)
    return tuple(_matter(row) for row in tx.execute(found.with_for_update(skip_locked=True)))


def change(tx: Transaction, matter: SealedMatter, **values: Any) -> None:
    tx.execute(sa.update(sealed).where(sealed.c.id == matter.id).values(**values))


def empty(tx: Transaction, matter: SealedMatter, state: SealedState) -> None:
    """Nothing that anybody wrote is left; that there was a matter, and when, stays."""
    tx.execute(sa.delete(matter_lines).where(matter_lines.c.matter == matter.id))
    change(tx, matter, box=None, contact=None, state=state, mark_at=None, conversation="")


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


def _matter(row: Any) -> SealedMatter:
    kept = {name: row._mapping[name] for name in SealedMatter.__dataclass_fields__}
    outcome = kept["outcome"] and MatterOutcome(kept["outcome"])
    return SealedMatter(**{**kept, "state": SealedState(kept["state"]), "outcome": outcome})
