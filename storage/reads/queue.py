"""The queue of the console: tabs with their counts, filters, order, fifty rows at a time, and full-text search."""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

import sqlalchemy as sa

from bot.core.likeness import plain
from bot.core.permission import Viewer
from bot.core.person import Connection
from bot.core.query import Concern, EntryKind, Status
from storage import query_words
from storage.database import Transaction
from storage.directory_tables import organisations, people
from storage.query_words import Among
from storage.reads.query_scope import own_desks, seen, seen_of_many
from storage.tables import entries, queries


class Tab(StrEnum):
    """A part of the queue, in the order of the page."""

    MINE = "mine"
    DESK = "desk"
    #: All that one sees, where that is more than one's desk.
    EVERY = "every"
    UNCLAIMED = "unclaimed"
    DUE = "due"
    OVERDUE = "overdue"
    WAITING = "waiting"
    SNOOZED = "snoozed"
    #: Answered and closed, to be looked up.
    DONE = "done"


#: Of what is looked up no more than this many are shown: nobody turns so many pages.
MOST_COUNTED = 500
#: Letters of a question that a row shows.
SHOWN = 160
#: Words of an organisation's name that are looked for.
_MOST_WORDS = 8
#: Organisations that a search goes by.
_MOST_NAMED = 200
_REFERENCE = re.compile(r"(?:q-?)?0*(\d{1,15})", re.IGNORECASE)
#: As the partial index says it, word for word: else no database uses it.
_WORK = sa.text("queries.status IN ('new', 'claimed', 'waiting')")
_DONE = sa.text("queries.status IN ('answered', 'closed')")


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """Which rows, in which order: as the address of the page says it."""

    tab: Tab = Tab.DESK
    #: Words, an organisation's name or a reference; with them all tabs are searched.
    text: str = ""
    #: topic, region, language, desk, status.
    filters: Mapping[str, str] = field(default_factory=dict)
    sort: str = "due"
    offset: int = 0
    rows: int = 50
    #: When today ends for the reader.
    day_ends: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One query of the list."""

    id: int
    status: Status
    topic: str
    desk: str
    country: str
    language: str
    asked_at: datetime
    due_at: datetime | None
    waiting_since: datetime | None
    snoozed_until: datetime | None
    answered_at: datetime | None
    holder: int
    holder_name: str
    organisation: str
    #: What they say they are of, as long as nobody has confirmed it.
    connection: Connection
    policy: str
    concern: Concern | None
    sensitive: bool
    version: int
    #: The beginning of the question; empty where it is sensitive or gone.
    words: str = ""

    @property
    def reference(self) -> str:
        return f"Q-{self.id:04}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    rows: tuple[Row, ...]
    #: How many there are on all pages, at most `MOST_COUNTED` where `more` is set.
    count: int
    more: bool
    #: Tab -> how many, under the same filters; `DONE` is not counted.
    counts: Mapping[Tab, int]


def listed(tx: Transaction, viewer: Viewer, wanted: Wanted, now: datetime) -> Found:
    """The queries this viewer may see that are wanted; raises `NotAllowed`."""
    filters = tuple(_filters(viewer, wanted.filters))
    counts = _counts(tx, viewer, [seen(viewer), *filters], wanted, now)
    if wanted.text:
        few, many = (sa.select(queries.c.id).where(each, *filters) for each in (seen(viewer), seen_of_many(viewer)))
        ids, count, more = _searched(tx, Among(few, many), wanted)
    elif wanted.tab is Tab.DONE:
        ids, count, more = _done(tx, [seen_of_many(viewer), *filters, _DONE], wanted)
    else:
        where = [seen(viewer), *filters, _WORK, *_in_tab(wanted.tab, viewer, wanted, now)]
        ids, count, more = tx.scalars(_page(where, wanted)).all(), counts[wanted.tab], False
    return Found(rows=rows_of(tx, ids), count=count, more=more, counts=counts)


def open_count(tx: Transaction, viewer: Viewer) -> int:
    """How many queries of the viewer's desks somebody has to do something about."""
    return tx.scalar(sa.select(sa.func.count()).select_from(queries).where(_WORK, seen(viewer))) or 0


def wider_than_own(viewer: Viewer) -> bool:
    """Whether the viewer sees more than the desks that are theirs one by one."""
    return not own_desks(viewer) or any(not role.desk for role in viewer.staff.roles)


#: The numbers of one page, how many there are, and whether there are more than were counted.
_Page = tuple[Sequence[int], int, bool]


def _page(where: Sequence[Any], wanted: Wanted) -> "sa.Select[Any]":
    return sa.select(queries.c.id).where(*where).order_by(*_order(wanted)).offset(wanted.offset).limit(wanted.rows)


def _done(tx: Transaction, where: Sequence[Any], wanted: Wanted) -> _Page:
    """Finding costs most: once for the page and the count."""
    every = sa.select(queries.c.id).where(*where).order_by(*_order(wanted)).limit(MOST_COUNTED + 1)
    ids = tx.scalars(every).all()
    shown = ids[:MOST_COUNTED][wanted.offset : wanted.offset + wanted.rows]
    return shown, min(len(ids), MOST_COUNTED), len(ids) > MOST_COUNTED


def _searched(tx: Transaction, among: Among, wanted: Wanted) -> _Page:
    """By what was written, by the organisation's name, or by the reference: the latest, put into the order wanted."""
    most = MOST_COUNTED + 1
    found = set(query_words.newest(tx, wanted.text, among, most))
    if theirs := _organisations(tx, wanted.text):
        found |= set(tx.scalars(among.of(queries.c.organisation.in_(theirs), most)))
    if number := _REFERENCE.fullmatch(wanted.text.strip()):
        found |= set(tx.scalars(among.of(queries.c.id == int(number.group(1)), 1)))
    latest = sorted(found, reverse=True)[:MOST_COUNTED]
    return tx.scalars(_page([queries.c.id.in_(latest)], wanted)).all(), len(latest), len(found) > MOST_COUNTED


def _organisations(tx: Transaction, text: str) -> Sequence[str]:
    """Those whose name has every word of the text."""
    words = plain(text).split()[:_MOST_WORDS]
    if not any(len(word) >= query_words.SHORTEST_BEGINNING for word in words):
        return ()
    named = [organisations.c.search.contains(word, autoescape=True) for word in words]
    return tx.scalars(sa.select(organisations.c.id).where(*named).limit(_MOST_NAMED)).all()


def _order(wanted: Wanted) -> Iterable[sa.ColumnElement[Any]]:
    """What is due first; what is looked up, the latest first."""
    if wanted.sort == "due" and (wanted.text or wanted.tab is Tab.DONE):
        return (queries.c.id.desc(),)
    column = SORTS[wanted.sort.removeprefix("-")]
    if wanted.sort.startswith("-"):
        return column.desc().nulls_last(), queries.c.id.desc()
    return column.asc().nulls_last(), queries.c.id


SORTS: Mapping[str, sa.ColumnElement[Any]] = {
    "due": queries.c.due_at,
    "asked": queries.c.id,
}


def _counts(tx: Transaction, viewer: Viewer, filtered: Sequence[Any], wanted: Wanted, now: datetime) -> dict[Tab, int]:
    counted = [sa.func.count().filter(sa.and_(*_in_tab(tab, viewer, wanted, now))) for tab in Tab if tab != Tab.DONE]
    row = tx.execute(sa.select(*counted).select_from(queries).where(_WORK, *filtered)).one()
    return dict(zip((tab for tab in Tab if tab != Tab.DONE), row, strict=True))


def _in_tab(tab: Tab, viewer: Viewer, wanted: Wanted, now: datetime) -> Sequence[sa.ColumnElement[bool]]:
    return _TABS[tab](viewer, wanted, now)


def _mine(viewer: Viewer, _wanted: Wanted, now: datetime) -> Sequence[sa.ColumnElement[bool]]:
    """A query that was put off is back when its time has come, or its promise has passed."""
    back = sa.or_(queries.c.snoozed_until.is_(None), queries.c.snoozed_until <= now, queries.c.due_at <= now)
    return queries.c.holder == viewer.person, back


def _own(viewer: Viewer, _wanted: Wanted, _now: datetime) -> Sequence[sa.ColumnElement[bool]]:
    own = own_desks(viewer)
    return (queries.c.desk.in_(own),) if own else (sa.true(),)


_TABS: Mapping[Tab, Callable[[Viewer, Wanted, datetime], Sequence[sa.ColumnElement[bool]]]] = {
    Tab.MINE: _mine,
    Tab.DESK: _own,
    Tab.EVERY: lambda _viewer, _wanted, _now: (sa.true(),),
    Tab.UNCLAIMED: lambda _viewer, _wanted, _now: (queries.c.status == Status.NEW,),
    Tab.DUE: lambda _viewer, wanted, now: (queries.c.due_at > now, queries.c.due_at <= wanted.day_ends),
    Tab.OVERDUE: lambda _viewer, _wanted, now: (queries.c.due_at <= now,),
    Tab.WAITING: lambda _viewer, _wanted, _now: (queries.c.status == Status.WAITING,),
    Tab.SNOOZED: lambda _viewer, _wanted, now: (queries.c.snoozed_until > now,),
}


def _filters(viewer: Viewer, given: Mapping[str, str]) -> Iterable[sa.ColumnElement[bool]]:
    for name, value in given.items():
        if value and name in _FILTERS:
            yield _FILTERS[name](value, viewer)


def _same(column: "sa.Column[Any]") -> Callable[[str, Viewer], sa.ColumnElement[bool]]:
    return lambda value, _viewer: column == value


def _region(value: str, viewer: Viewer) -> sa.ColumnElement[bool]:
    region = viewer.world.regions.get(value)
    return queries.c.country.in_(sorted(region.countries) if region else [])


_FILTERS: Mapping[str, Callable[[str, Viewer], sa.ColumnElement[bool]]] = {
    "topic": _same(queries.c.topic),
    "region": _region,
    "language": _same(queries.c.language),
    "desk": _same(queries.c.desk),
    "status": _same(queries.c.status),
}
FILTERS = tuple(_FILTERS)

_holders = people.alias("holders")
_COLUMNS = [
    queries.c[name]
    for name in (
        *("id", "status", "topic", "desk", "country", "language", "asked_at", "due_at", "waiting_since"),
        *("snoozed_until", "answered_at", "holder", "policy", "concern", "sensitive", "version"),
    )
]
_ROWS = (
    sa.select(
        *_COLUMNS,
        sa.func.coalesce(organisations.c.name, people.c.claimed_name).label("organisation"),
        people.c.connection,
        sa.func.coalesce(_holders.c.name, "").label("holder_name"),
    )
    .join(people, people.c.id == queries.c.person)
    .outerjoin(organisations, sa.and_(organisations.c.id == people.c.organisation, people.c.organisation != ""))
    .outerjoin(_holders, sa.and_(_holders.c.id == queries.c.holder, queries.c.holder != 0))
)


def rows_of(tx: Transaction, ids: Sequence[int]) -> tuple[Row, ...]:
    """In the order of the ids; what one may see was decided before."""
    found = {row.id: row for row in tx.execute(_ROWS.where(queries.c.id.in_(ids)))}
    words = _words(tx, [number for number in ids if not found[number].sensitive])
    return tuple(_row(found[number], words.get(number, "")) for number in ids)


def _row(row: Any, words: str) -> Row:
    named = {
        "status": Status(row.status),
        "connection": Connection(row.connection),
        "concern": Concern(row.concern) if row.concern else None,
    }
    return Row(**{**row._mapping, **named, "words": words})


def _words(tx: Transaction, ids: Sequence[int]) -> dict[int, str]:
    asked = sa.and_(entries.c.query.in_(ids), entries.c.kind == EntryKind.QUESTION)
    beginning = sa.func.substr(entries.c.text, 1, SHOWN)
    return {row[0]: " ".join(row[1].split()) for row in tx.execute(sa.select(entries.c.query, beginning).where(asked))}
