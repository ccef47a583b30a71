"""Queries and their timelines: rows in, core values out."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, replace
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from bot.core.errors import Conflict, Unknown
from bot.core.message import FileKind, StoredFile
from bot.core.query import Concern, Entry, EntryKind, EntryState, Query, QueryOutcome, Status
from storage import query_words, similar
from storage.database import Transaction
from storage.tables import desk_threads, entries, queries

#: A query in these is in somebody's hands, or nobody's where they have gone.
HELD = (Status.CLAIMED, Status.WAITING, Status.ANSWERED)
#: Words of staff that the CSO reads.
TO_THE_CSO = (EntryKind.REPLY, EntryKind.CORRECTION, EntryKind.ASKED_BACK, EntryKind.UPDATE)

# Statements of every message are made once: making one costs several times what the database needs for it.
_BY_ID = sa.select(queries).where(queries.c.id == sa.bindparam("query"))
_BY_OPENER = sa.select(queries).where(queries.c.opened_by == sa.bindparam("key"))
_ADD = sa.insert(queries).returning(queries.c.id)
_SAVE = (
    sa.update(queries)
    .where(queries.c.id == sa.bindparam("saved_id"), queries.c.version == sa.bindparam("saved_version"))
    .values({column.name: sa.bindparam(column.name) for column in queries.c if column.name != "id"})
)
_MARKS = ("marks_reached", "mark_at", "broken_at", "snoozed_until", "version")
_SAVE_MARKS = (
    sa.update(queries)
    .where(queries.c.id == sa.bindparam("saved_id"), queries.c.version == sa.bindparam("saved_version"))
    .values({name: sa.bindparam(name) for name in _MARKS})
)
_ADD_ENTRY = sa.insert(entries).returning(entries.c.id)
_TIMELINE = sa.select(entries).where(entries.c.query == sa.bindparam("of_query")).order_by(entries.c.id)


def add(tx: Transaction, query: Query) -> Query:
    """Keep a new query and give it its number; the event that opened it before gives the same one again."""
    if known := opened_by(tx, query.opened_by):
        return known
    values = _columns(query)
    del values["id"]
    return replace(query, id=tx.execute(_ADD, values).scalar_one())


def get(tx: Transaction, query_id: int) -> Query:
    """Raises `Unknown`."""
    row = tx.execute(_BY_ID, {"query": query_id}).first()
    if row is None:
        raise Unknown(reference=f"Q-{query_id:04}")
    return _query(row._mapping)


def locked(tx: Transaction, query_id: int) -> Query:
    """As `get`; whoever else wants to change it waits until this transaction ends."""
    row = tx.execute(_BY_ID.with_for_update(), {"query": query_id}).first()
    if row is None:
        raise Unknown(reference=f"Q-{query_id:04}")
    return _query(row._mapping)


def opened_by(tx: Transaction, key: str) -> Query | None:
    row = tx.execute(_BY_OPENER, {"key": key}).first()
    return _query(row._mapping) if row else None


def save(tx: Transaction, query: Query) -> Query:
    """Keep the change if nobody else made one since; raises `Conflict` otherwise."""
    saved = replace(query, version=query.version + 1)
    values = _columns(saved)
    del values["id"]
    if tx.execute(_SAVE, values | {"saved_id": query.id, "saved_version": query.version}).rowcount != 1:
        raise Conflict
    if saved.sensitive:
        query_words.forget(tx, [query.id])
        similar.forget(tx, [query.id])
    return saved


def of_person(tx: Transaction, person: int, closed_since: datetime) -> tuple[Query, ...]:
    """Open ones and those asked or answered since, oldest first."""
    since = sa.or_(queries.c.asked_at >= closed_since, queries.c.answered_at >= closed_since)
    recent = sa.or_(queries.c.status != Status.CLOSED, since)
    mine = sa.select(queries).where(queries.c.person == person, recent).order_by(queries.c.id)
    return tuple(_query(row._mapping) for row in tx.execute(mine))


def asked_since(tx: Transaction, person: int, since: datetime, most: int) -> tuple[datetime, ...]:
    """When the person asked their latest queries since then, oldest first; those that staff entered do not count."""
    mine = sa.and_(queries.c.person == person, queries.c.asked_at > since, queries.c.entered_by == 0)
    latest = sa.select(queries.c.asked_at).where(mine).order_by(queries.c.asked_at.desc()).limit(most)
    return tuple(sorted(tx.scalars(latest)))


def where(tx: Transaction, *conditions: sa.ColumnElement[bool]) -> tuple[Query, ...]:
    """The queries for which all of this holds, oldest first."""
    rows = tx.execute(sa.select(queries).where(*conditions).order_by(queries.c.id))
    return tuple(_query(row._mapping) for row in rows)


def many(tx: Transaction, numbers: Sequence[int]) -> tuple[Query, ...]:
    """Those of them that there are, oldest first."""
    return where(tx, queries.c.id.in_(numbers)) if numbers else ()


def given_away_by(tx: Transaction, person: int) -> tuple[Query, ...]:
    """Queries that the person asked and that are a colleague's now."""
    asked = sa.select(entries.c.query).where(entries.c.author == person, entries.c.kind == EntryKind.QUESTION)
    return where(tx, queries.c.id.in_(asked), queries.c.person != person)


def spoken_in(tx: Transaction, person: int) -> tuple[Query, ...]:
    """Queries of others in which something is added that the person wrote: their own goes on there."""
    added = sa.select(entries.c.query).where(entries.c.author == person, entries.c.kind == EntryKind.ADDITION)
    return where(tx, queries.c.id.in_(added), queries.c.person != person)


def open_at(tx: Transaction, desk: str) -> tuple[Query, ...]:
    """Open ones that the desk has."""
    here = sa.and_(queries.c.desk == desk, queries.c.status.not_in([Status.ASKED, Status.CLOSED]))
    return tuple(_query(row._mapping) for row in tx.execute(sa.select(queries).where(here).order_by(queries.c.id)))


def held_by(tx: Transaction, person: int) -> tuple[Query, ...]:
    """Open ones that this member of staff has."""
    held = sa.and_(queries.c.holder == person, queries.c.status.in_([Status.CLAIMED, Status.WAITING]))
    return tuple(_query(row._mapping) for row in tx.execute(sa.select(queries).where(held).order_by(queries.c.id)))


def owned_by(tx: Transaction, person: int) -> tuple[Query, ...]:
    """Open ones for which this member of staff answers by name."""
    return where(tx, queries.c.owner == person, queries.c.status.not_in([Status.ASKED, Status.CLOSED]))


def in_hands_of(tx: Transaction, person: int) -> tuple[Query, ...]:
    """Claimed, waiting and answered ones of this member of staff, locked for this transaction."""
    theirs = sa.and_(queries.c.holder == person, queries.c.status.in_(HELD))
    found = sa.select(queries).where(theirs).order_by(queries.c.id).with_for_update()
    return tuple(_query(row._mapping) for row in tx.execute(found))


def pending_of(tx: Transaction, author: int) -> tuple[Entry, ...]:
    """Answers of this member of staff that have not left yet."""
    waiting = sa.and_(entries.c.author == author, entries.c.state == EntryState.PENDING)
    return tuple(_entry(row._mapping) for row in tx.execute(sa.select(entries).where(waiting).order_by(entries.c.id)))


def without_thread(tx: Transaction) -> tuple[Query, ...]:
    """Open ones that have a desk and are shown in no chat."""
    shown = sa.exists().where(desk_threads.c.query == queries.c.id, desk_threads.c.current)
    open_ = queries.c.status.not_in([Status.ASKED, Status.CLOSED])
    found = sa.select(queries).where(open_, ~shown).order_by(queries.c.id)
    return tuple(_query(row._mapping) for row in tx.execute(found))


def at_mark(tx: Transaction, now: datetime, most: int) -> tuple[Query, ...]:
    """Queries of which a mark has come, the earliest first, locked for this transaction."""
    due = sa.select(queries).where(queries.c.mark_at <= now).order_by(queries.c.mark_at, queries.c.id).limit(most)
    return tuple(_query(row._mapping) for row in tx.execute(due.with_for_update(skip_locked=True)))


def at_wake(tx: Transaction, now: datetime, most: int) -> tuple[Query, ...]:
    """Queries that are to be looked at besides their marks, the earliest first, locked for this transaction."""
    due = sa.select(queries).where(queries.c.wake_at <= now).order_by(queries.c.wake_at).limit(most)
    return tuple(_query(row._mapping) for row in tx.execute(due.with_for_update(skip_locked=True)))


def save_marks(tx: Transaction, changed: Sequence[Query]) -> tuple[Query, ...]:
    """Keep which marks have been and what comes next, for many at once; raises `Conflict` if anybody changed one."""
    saved = tuple(replace(query, version=query.version + 1) for query in changed)
    rows = [{"saved_id": each.id, "saved_version": each.version - 1, **_marks(each)} for each in saved]
    if rows and tx.execute(_SAVE_MARKS, rows).rowcount != len(rows):
        raise Conflict
    return saved


def _marks(query: Query) -> dict[str, Any]:
    return {name: getattr(query, name) for name in _MARKS}


def written_in(
    tx: Transaction, query_ids: Sequence[int], kinds: Sequence[EntryKind] = (EntryKind.NOTE, *TO_THE_CSO)
) -> frozenset[int]:
    """Those of the queries in which their holder has written anything of these kinds since they took it."""
    theirs = sa.and_(entries.c.query == queries.c.id, entries.c.author == queries.c.holder)
    since = entries.c.at >= sa.func.coalesce(queries.c.claimed_at, queries.c.asked_at)
    written = sa.select(entries.c.query).distinct().join(queries, theirs)
    found = written.where(entries.c.query.in_(query_ids), entries.c.kind.in_(kinds), since)
    return frozenset(tx.scalars(found))


def has_written(tx: Transaction, person: int, since: datetime) -> bool:
    """Whether a partner has written anything in their queries since then."""
    theirs = entries.join(queries, queries.c.id == entries.c.query)
    lately = sa.and_(queries.c.person == person, entries.c.author == person, entries.c.at >= since)
    return bool(tx.scalar(sa.select(sa.exists(sa.select(entries.c.id).select_from(theirs).where(lately)))))


def add_entry(tx: Transaction, entry: Entry) -> Entry:
    values = _entry_columns(entry)
    del values["id"]
    added = replace(entry, id=tx.execute(_ADD_ENTRY, values).scalar_one())
    if entry.kind is not EntryKind.EVENT and entry.text:
        query_words.refresh(tx, [entry.query])
    return added


def entry(tx: Transaction, entry_id: int) -> Entry:
    """Raises `Unknown`."""
    row = tx.execute(sa.select(entries).where(entries.c.id == entry_id)).first()
    if row is None:
        raise Unknown
    return _entry(row._mapping)


def from_source(tx: Transaction, source: str) -> tuple[Entry, ...]:
    """All lines with this source, in any query."""
    found = sa.select(entries).where(entries.c.source == source).order_by(entries.c.id)
    return tuple(_entry(row._mapping) for row in tx.execute(found))


def set_source(tx: Transaction, entry_id: int, source: str) -> None:
    tx.execute(sa.update(entries).where(entries.c.id == entry_id).values(source=source))


def set_entry_state(tx: Transaction, entry_id: int, was: EntryState, becomes: EntryState) -> bool:
    """Whether it was in the state and now is in the other."""
    changed = sa.update(entries).where(entries.c.id == entry_id, entries.c.state == was).values(state=becomes)
    return tx.execute(changed).rowcount == 1


def timeline(tx: Transaction, query_id: int) -> tuple[Entry, ...]:
    return tuple(_entry(row._mapping) for row in tx.execute(_TIMELINE, {"of_query": query_id}))


def last_entry(tx: Transaction, query_id: int) -> Entry | None:
    """The latest line of the timeline."""
    lines = sa.select(entries).where(entries.c.query == query_id).order_by(entries.c.id.desc()).limit(1)
    row = tx.execute(lines).first()
    return _entry(row._mapping) if row else None


def first_words(tx: Transaction, query_ids: Sequence[int]) -> Mapping[int, str]:
    asked = sa.and_(entries.c.query.in_(query_ids), entries.c.kind == EntryKind.QUESTION)
    return {row.query: row.text for row in tx.execute(sa.select(entries.c.query, entries.c.text).where(asked))}


def surviving(tx: Transaction, query: Query) -> Query:
    """The query in which this one goes on; itself where it stands for itself."""
    return get(tx, query.merged_into) if query.merged_into else query


def move_lines(tx: Transaction, gone: Query, kept: Query) -> tuple[Entry, ...]:
    """What was written in one query now stands in the other, marked with where it comes from; events stay."""
    spoken = [line for line in timeline(tx, gone.id) if line.kind is not EntryKind.EVENT]
    for line in spoken:
        kind = EntryKind.ADDITION if line.kind is EntryKind.QUESTION else line.kind
        fields = {**line.fields, "from": gone.reference}
        tx.execute(sa.update(entries).where(entries.c.id == line.id).values(query=kept.id, kind=kind, fields=fields))
    query_words.refresh(tx, [gone.id, kept.id])
    return tuple(spoken)


def by_source(tx: Transaction, source: str) -> Query | None:
    """The query that the platform message with this source went into."""
    found = sa.select(queries).join(entries, entries.c.query == queries.c.id).where(entries.c.source == source)
    row = tx.execute(found.limit(1)).first()
    return _query(row._mapping) if row else None


def change_note(tx: Transaction, source: str, text: str) -> bool:
    """Whether the platform message with this source is a note, which now says something else."""
    note = sa.and_(entries.c.source == source, entries.c.kind == EntryKind.NOTE)
    changed = tx.scalars(sa.update(entries).where(note).values(text=text).returning(entries.c.query)).all()
    query_words.refresh(tx, changed)
    return bool(changed)


def last_reply(tx: Transaction, query_id: int) -> Entry | None:
    kinds = [EntryKind.REPLY, EntryKind.CORRECTION]
    sent = sa.and_(entries.c.query == query_id, entries.c.kind.in_(kinds), entries.c.state == EntryState.DONE)
    row = tx.execute(sa.select(entries).where(sent).order_by(entries.c.id.desc()).limit(1)).first()
    return _entry(row._mapping) if row else None


def erase_texts(tx: Transaction, person: int, erased: str) -> None:
    """The person's own words are gone; answers of staff stay, without a name, as was said before."""
    mine = sa.select(queries.c.id).where(queries.c.person == person)
    own = entries.c.kind.in_([EntryKind.QUESTION, EntryKind.ADDITION, EntryKind.EDIT])
    gone = {"text": erased, "files": [], "source": ""}
    theirs = sa.or_(entries.c.query.in_(mine), entries.c.author == person)
    changed = tx.scalars(sa.update(entries).where(theirs, own).values(gone).returning(entries.c.query)).all()
    query_words.refresh(tx, changed)
    similar.forget(tx, set(changed))


def expire_texts(tx: Transaction, query_id: int) -> None:
    """The time is over: words and files of everybody go, that there was a question and when it was answered stays."""
    words = sa.and_(entries.c.query == query_id, entries.c.kind != EntryKind.EVENT)
    tx.execute(sa.update(entries).where(words).values(text="", files=[], source="", fields={}))
    reason = sa.and_(entries.c.query == query_id, entries.c.kind == EntryKind.EVENT)
    tx.execute(sa.update(entries).where(reason).values(fields={}))
    tx.execute(sa.update(queries).where(queries.c.id == query_id).values(because_fields={}))
    query_words.forget(tx, [query_id])
    similar.forget(tx, [query_id])


def _columns(query: Query) -> dict[str, Any]:
    return {**asdict(query), "because_fields": dict(query.because_fields)}


def _query(row: Mapping[Any, Any]) -> Query:
    topics = tuple((topic, p) for topic, p in row["topics"])
    named = {"status": Status(row["status"]), "topics": topics}
    ends = {
        "outcome": row["outcome"] and QueryOutcome(row["outcome"]),
        "concern": row["concern"] and Concern(row["concern"]),
    }
    return Query(**{**row, **named, **ends})


def _entry_columns(line: Entry) -> dict[str, Any]:
    return {**asdict(line), "fields": dict(line.fields)}


def _entry(row: Mapping[Any, Any]) -> Entry:
    files = tuple(StoredFile(**{**each, "kind": FileKind(each["kind"])}) for each in row["files"])
    kinds = {"kind": EntryKind(row["kind"]), "state": EntryState(row["state"]), "files": files}
    return Entry(**{**row, **kinds})
