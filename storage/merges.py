"""Records that may be one, records that were made one, and what moves between them."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from bot.core.duplicates import Card, Pair, Why, card
from bot.core.merge import Moved, load_moved
from storage.database import Transaction, insert_missing
from storage.directory_tables import duplicates, invites, merges, organisations, people
from storage.tables import queries

_COMPARED = sa.select(
    *(organisations.c[name] for name in ("id", "name", "acronym", "email", "country", "parent"))
).where(organisations.c.status != "closed")
#: Records that are looked at for one that was added or renamed.
_MOST_NEAR = 1000
#: Pairs written at once.
_PART = 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class Merge:
    """One merge that was made."""

    id: int
    kept: str
    gone: str
    moved: Moved
    #: Both records as they were, and the kept one as it became.
    before_kept: dict[str, Any]
    before_gone: dict[str, Any]
    after: dict[str, Any]
    by: int
    at: datetime
    undone_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundPair:
    """Two records that may be one, as they are kept."""

    one: str
    other: str
    why: str
    alike: int
    state: str


def cards(tx: Transaction, free_mail: Collection[str]) -> list[Card]:
    """Every organisation that is not closed, as it is compared."""
    return [_card(row, free_mail) for row in tx.execute(_COMPARED.order_by(organisations.c.id))]


def near(tx: Transaction, each: Card, free_mail: Collection[str]) -> list[Card]:
    """Those that may be like this one: with the beginning of a word, the acronym or the domain in common."""
    words = [word[:4] for word in each.words[:6]] + [each.acronym, each.domain]
    said = [organisations.c.search.contains(word, autoescape=True) for word in words if len(word) > 2]
    if not said:
        return []
    found = _COMPARED.where(sa.or_(*said), organisations.c.id != each.id).limit(_MOST_NEAR)
    return [_card(row, free_mail) for row in tx.execute(found)]


def _card(row: sa.Row[Any], free_mail: Collection[str]) -> Card:
    return card(row.id, row.name, row.acronym, row.email, row.country, row.parent, free_mail)


def note(tx: Transaction, found: Iterable[Pair], now: datetime) -> int:
    """Keep the pairs nobody has looked at yet; how many were new. One that was called different stays so."""
    rows = [{**asdict(each), "state": "open", "at": now} for each in found]
    parts = (rows[start : start + _PART] for start in range(0, len(rows), _PART))
    return sum(len(insert_missing(tx, duplicates, part, duplicates.c.one)) for part in parts)


def pairs(tx: Transaction, state: str = "open", most: int = 200) -> tuple[FoundPair, ...]:
    """Pairs in a state, most alike first."""
    wanted = sa.select(duplicates).where(duplicates.c.state == state)
    rows = tx.execute(wanted.order_by(duplicates.c.alike.desc(), duplicates.c.one, duplicates.c.other).limit(most))
    return tuple(FoundPair(one=row.one, other=row.other, why=row.why, alike=row.alike, state=row.state) for row in rows)


def set_state(tx: Transaction, one: str, other: str, state: str, now: datetime) -> None:
    """What somebody said of two records, whether they were found to be alike or not."""
    first, second = sorted((one, other))
    insert_missing(tx, duplicates, [_by_hand(first, second, now)], duplicates.c.one)
    here = sa.and_(duplicates.c.one == first, duplicates.c.other == second)
    tx.execute(sa.update(duplicates).where(here).values(state=state))


def _by_hand(first: str, second: str, now: datetime) -> dict[str, object]:
    return {"one": first, "other": second, "why": Why.NAME, "alike": 0, "state": "open", "at": now}


def belonging(tx: Transaction, organisation: str) -> Moved:
    """What belongs to the organisation and would move with it."""
    unused = sa.and_(invites.c.organisation == organisation, invites.c.used_at.is_(None))
    return Moved(
        people=tuple(tx.scalars(sa.select(people.c.id).where(people.c.organisation == organisation))),
        queries=tuple(tx.scalars(sa.select(queries.c.id).where(queries.c.organisation == organisation))),
        invites=tuple(tx.scalars(sa.select(invites.c.digest).where(unused))),
        offices=tuple(tx.scalars(sa.select(organisations.c.id).where(organisations.c.parent == organisation))),
    )


def move(tx: Transaction, moved: Moved, origin: str, to: str) -> None:
    """Of these, what belongs to `origin` now belongs to `to`."""
    _move(tx, people.c.organisation, people.c.id, moved.people, origin, to)
    _move(tx, queries.c.organisation, queries.c.id, moved.queries, origin, to)
    _move(tx, invites.c.organisation, invites.c.digest, moved.invites, origin, to)
    offices = [each for each in moved.offices if each != to]
    _move(tx, organisations.c.parent, organisations.c.id, offices, origin, to)


def _move(
    tx: Transaction, owner: "sa.Column[str]", key: "sa.Column[Any]", ids: Sequence[Any], origin: str, to: str
) -> None:
    table = key.table
    for start in range(0, len(ids), 5000):
        here = sa.and_(key.in_(ids[start : start + 5000]), owner == origin)
        values: dict[str, Any] = {owner.name: to}
        if "version" in table.c:
            values["version"] = table.c.version + 1
        tx.execute(sa.update(table).where(here).values(values))


def add(tx: Transaction, merge: Merge) -> int:
    values = {
        "kept": merge.kept,
        "gone": merge.gone,
        "moved": {
            **{name: list(getattr(merge.moved, name)) for name in Moved.__dataclass_fields__},
            "before_kept": merge.before_kept,
            "before_gone": merge.before_gone,
            "after": merge.after,
        },
        "by": merge.by,
        "at": merge.at,
    }
    number: int = tx.execute(sa.insert(merges).values(values).returning(merges.c.id)).scalar_one()
    return number


def get(tx: Transaction, number: int) -> Merge | None:
    row = tx.execute(sa.select(merges).where(merges.c.id == number)).first()
    return _merge(row) if row else None


def standing(tx: Transaction, gone: str) -> Merge | None:
    """The merge in which this record went, unless it was undone."""
    found = sa.select(merges).where(merges.c.gone == gone, merges.c.undone_at.is_(None))
    row = tx.execute(found.order_by(merges.c.id.desc()).limit(1)).first()
    return _merge(row) if row else None


def mark_undone(tx: Transaction, number: int, now: datetime) -> None:
    tx.execute(sa.update(merges).where(merges.c.id == number).values(undone_at=now))


def _merge(row: sa.Row[Any]) -> Merge:
    moved = row.moved
    return Merge(
        id=row.id,
        kept=row.kept,
        gone=row.gone,
        moved=load_moved(moved),
        before_kept=moved["before_kept"],
        before_gone=moved["before_gone"],
        after=moved["after"],
        by=row.by,
        at=row.at,
        undone_at=row.undone_at,
    )
