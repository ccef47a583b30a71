"""One query's page: where it stands, its timeline with who and when, and the life of the organisation that asked."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from bot.core.errors import Unknown
from bot.core.message import StoredFile
from bot.core.organisation import Organisation
from bot.core.permission import Viewer
from bot.core.person import Connection, Person
from bot.core.query import Entry, EntryKind, EntryState, Query, Status
from bot.core.similar import SHOWN
from storage import desks, organisations, people, queries, similar
from storage.database import Transaction
from storage.desk_tables import query_links, watchers
from storage.directory_tables import people as people_table
from storage.reads.query_scope import seen
from storage.tables import addresses
from storage.tables import queries as table

#: Earlier questions of the organisation that the page names.
MOST_EARLIER = 5
#: Lines that come from outside: what the CSO wrote.
_FROM_CSO = (EntryKind.QUESTION, EntryKind.ADDITION, EntryKind.EDIT)
_TO_CSO = (EntryKind.REPLY, EntryKind.CORRECTION)


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One line of the timeline, and who wrote or did it."""

    entry: Entry
    #: "cso", "staff" or "bot".
    side: str
    #: As staff know them; empty where nobody gave a name.
    name: str

    @property
    def internal(self) -> bool:
        """Never shown to the CSO."""
        return self.entry.kind is EntryKind.NOTE

    @property
    def waits(self) -> bool:
        """An answer that has not left yet."""
        return self.entry.kind in _TO_CSO and self.entry.state is EntryState.PENDING


@dataclass(frozen=True, slots=True, kw_only=True)
class Other:
    """Another query: what it is about, never its words."""

    number: int
    topic: str
    desk: str
    status: Status
    asked_at: datetime
    #: How it belongs to this one: "linked", "merged" (into this), "into" (this into that); empty: the same asker.
    kind: str = ""

    @property
    def reference(self) -> str:
        return f"Q-{self.number:04}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Life:
    """What is known of the organisation, as far as its people are confirmed."""

    organisation: Organisation
    #: Questions before this one, as many as the viewer may see.
    earlier_count: int
    earlier: tuple[Other, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class QueryPage:
    query: Query
    #: Who asked; None where they are forgotten.
    asker: Person | None
    #: Why nothing can be sent to them; empty while it can.
    unreachable: str
    lines: tuple[Line, ...]
    #: None for somebody who is not confirmed for an organisation of ours.
    life: Life | None
    links: tuple[Other, ...]
    #: Open questions that ask the same, as far as the viewer may see them, the most alike first.
    similar: tuple[Other, ...]
    #: Whether the viewer may read its words: those of a sensitive query are for whoever has it, and for managers.
    readable: bool
    #: Person id -> name.
    watchers: Mapping[int, str]
    holder_name: str
    owner_name: str
    #: The desk in whose chat it is handled; empty where it is shown in none.
    handled_at: str

    @property
    def last(self) -> int:
        """Number of the last line; 0 without one."""
        return self.lines[-1].entry.id if self.lines else 0

    @property
    def answered(self) -> bool:
        """Whether an answer has been sent, which can be corrected."""
        return any(line.entry.kind in _TO_CSO and line.entry.state is EntryState.DONE for line in self.lines)


def page(tx: Transaction, viewer: Viewer, number: int) -> QueryPage:
    """Raises `NotAllowed`, and `Unknown` also where the viewer may not see the query."""
    query = get(tx, viewer, number)
    lines = queries.timeline(tx, query.id)
    watching = _watchers(tx, query.id)
    names = _names(tx, {query.holder, query.owner, query.person, *watching, *(line.author for line in lines)})
    asker = people.get(tx, query.person)
    place = desks.current(tx, query.id)
    return QueryPage(
        query=query,
        asker=asker,
        unreachable=_unreachable(tx, query),
        lines=tuple(_line(each, query, names) for each in lines),
        life=_life(tx, viewer, query, asker),
        links=_links(tx, viewer, query),
        similar=_similar(tx, viewer, query),
        readable=_readable(viewer, query, place.desk if place else query.desk),
        watchers={person: names.get(person, "") for person in watching},
        holder_name=names.get(query.holder, ""),
        owner_name=names.get(query.owner, ""),
        handled_at=place.desk if place else "",
    )


def get(tx: Transaction, viewer: Viewer, number: int) -> Query:
    """Raises `NotAllowed`, and `Unknown` also where the viewer may not see it."""
    found = queries.where(tx, table.c.id == number, seen(viewer))
    if not found:
        raise Unknown
    return found[0]


def file(tx: Transaction, viewer: Viewer, number: int, line: int, place: int) -> StoredFile:
    """A file of a line that the viewer may see; raises `Unknown` otherwise."""
    entry, query = queries.entry(tx, line), get(tx, viewer, number)
    there = desks.current(tx, query.id)
    readable = _readable(viewer, query, there.desk if there else query.desk)
    if entry.query != query.id or not readable or not 0 <= place < len(entry.files):
        raise Unknown
    return entry.files[place]


def _readable(viewer: Viewer, query: Query, handled_at: str) -> bool:
    manages = any(viewer.staff.manages(desk, viewer.world) for desk in (query.desk, handled_at))
    return not query.sensitive or query.holder == viewer.person or manages


def since(tx: Transaction, query: int, line: int) -> tuple[Line, ...]:
    """What has come to the timeline after that line."""
    fresh = [each for each in queries.timeline(tx, query) if each.id > line]
    names = _names(tx, {each.author for each in fresh})
    known = queries.get(tx, query)
    return tuple(_line(each, known, names) for each in fresh)


def _line(entry: Entry, query: Query, names: Mapping[int, str]) -> Line:
    if entry.kind in _FROM_CSO and not (query.entered_by and entry.author == query.entered_by):
        side = "cso"
    elif not entry.author:
        side = "bot"
    else:
        side = "cso" if entry.author == query.person and entry.kind is EntryKind.EVENT else "staff"
    return Line(entry=entry, side=side, name=names.get(entry.author, ""))


def _names(tx: Transaction, numbers: Iterable[int]) -> dict[int, str]:
    asked = sa.select(people_table.c.id, people_table.c.name).where(people_table.c.id.in_(set(numbers) - {0}))
    return {row.id: row.name for row in tx.execute(asked)}


def _watchers(tx: Transaction, query: int) -> Sequence[int]:
    return tx.scalars(sa.select(watchers.c.person).where(watchers.c.query == query).order_by(watchers.c.at)).all()


def _unreachable(tx: Transaction, query: Query) -> str:
    address = people.private_address(tx, query.person, query.account)
    if address is None:
        return "gone" if people.get(tx, query.person) is None else ""
    reason = tx.scalar(sa.select(addresses.c.unreachable).where(addresses.c.key == address.key))
    return reason or ""


def _life(tx: Transaction, viewer: Viewer, query: Query, asker: Person | None) -> Life | None:
    speaks = asker is not None and asker.connection is Connection.CONFIRMED and asker.organisation == query.organisation
    if not query.organisation or not (speaks or query.entered_by):
        return None
    known = organisations.get(tx, query.organisation)
    if known is None:
        return None
    before = sa.and_(table.c.organisation == query.organisation, table.c.id < query.id, table.c.private.is_(False))
    visible = sa.and_(before, seen(viewer))
    count = tx.scalar(sa.select(sa.func.count()).select_from(table).where(visible)) or 0
    latest = sa.select(*_OTHER).where(visible).order_by(table.c.id.desc()).limit(MOST_EARLIER)
    return Life(organisation=known, earlier_count=count, earlier=tuple(_other(row, "") for row in tx.execute(latest)))


_OTHER = (table.c.id, table.c.topic, table.c.desk, table.c.status, table.c.asked_at)


def _other(row: Any, kind: str) -> Other:
    status = Status(row.status)
    return Other(number=row.id, topic=row.topic, desk=row.desk, status=status, asked_at=row.asked_at, kind=kind)


def _links(tx: Transaction, viewer: Viewer, query: Query) -> tuple[Other, ...]:
    """Those that the viewer may see."""
    either = sa.or_(query_links.c.query == query.id, query_links.c.other == query.id)
    kinds: dict[int, str] = {}
    for row in tx.execute(sa.select(query_links).where(either)):
        kind = "into" if row.kind == "merged" and row.query == query.id else row.kind
        kinds[row.other if row.query == query.id else row.query] = kind
    if query.merged_into:
        kinds[query.merged_into] = "into"
    found = sa.select(*_OTHER).where(table.c.id.in_(kinds), seen(viewer)).order_by(table.c.id)
    return tuple(_other(row, kinds[row.id]) for row in tx.execute(found))


def _similar(tx: Transaction, viewer: Viewer, query: Query) -> tuple[Other, ...]:
    """Those that the viewer may see; none of a sensitive query."""
    near = [] if query.sensitive else [number for number, _likeness in similar.beside(tx, query.id, SHOWN)]
    found = {row.id: row for row in tx.execute(sa.select(*_OTHER).where(table.c.id.in_(near), seen(viewer)))}
    return tuple(_other(found[number], "") for number in near if number in found)
