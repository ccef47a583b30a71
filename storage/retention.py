"""What has been kept long enough: which rows of each kind are due, and how they go. Counts of what was stay."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from bot.core.care import Due, Kept, before
from bot.core.delivery import DeliveryState
from bot.core.query import EntryKind, Status
from storage.console_tables import sessions, sign_ins
from storage.database import Dialect, Transaction, dialect
from storage.directory_tables import absences, identities, invites, people, staff_roles
from storage.exchange_tables import import_changes, import_problems, imports
from storage.posts import ERASED
from storage.tables import audit, deliveries, desk_threads, entries, inbox, queries

#: Advisory lock: two replicas work the schedule off one after the other.
_LOCK = 200_612
_ENDED = tuple(state for state in DeliveryState if state not in (DeliveryState.QUEUED, DeliveryState.SENDING))

Chosen = sa.Select[Any]


def ours_alone(tx: Transaction) -> bool:
    """Whether nobody else works the schedule off at this moment; until the end of the transaction."""
    if dialect(tx) is Dialect.SQLITE:
        return True
    return bool(tx.scalar(sa.select(sa.func.pg_try_advisory_xact_lock(_LOCK))))


def counted(tx: Transaction, kind: Kept, moment: datetime) -> tuple[int, datetime | None]:
    """How many of a kind are due, and when the oldest was last touched."""
    if kind not in _CHOSEN:
        return 0, None
    found = _CHOSEN[kind](moment).subquery()
    row = tx.execute(sa.select(sa.func.count(), sa.func.min(found.c.at)).select_from(found)).one()
    return row[0], row[1]


def schedule(tx: Transaction, months: Mapping[str, int], now: datetime) -> tuple[Due, ...]:
    """What would go now, by kind. Confidential matters are not in it: their desk decides."""
    return tuple(_due(tx, kind, months, now) for kind in Kept)


def _due(tx: Transaction, kind: Kept, months: Mapping[str, int], now: datetime) -> Due:
    moment = before(months, kind, now)
    count, oldest = counted(tx, kind, moment)
    return Due(kind=kind, months=months[kind], before=moment, count=count, oldest=oldest)


def due(tx: Transaction, kind: Kept, moment: datetime, most: int) -> list[Any]:
    """The keys of the oldest that are due."""
    if kind not in _CHOSEN:
        return []
    found = _CHOSEN[kind](moment).subquery()
    return list(tx.scalars(sa.select(found.c.key).order_by(found.c.at, found.c.key).limit(most)))


def erase(tx: Transaction, kind: Kept, keys: Sequence[Any]) -> int:
    """Take them out; only kinds that are rows of their own. Returns how many."""
    if keys:
        _ERASE[kind](tx, keys)
    return len(keys)


def _queries(moment: datetime) -> Chosen:
    last = sa.func.max(entries.c.at)
    words = sa.and_(entries.c.kind != EntryKind.EVENT, sa.or_(entries.c.text != "", _has_files()))
    holds_words = sa.func.max(sa.case((words, 1), else_=0)) == 1
    # What somebody answers for by name is never ended by time alone.
    owed = sa.select(queries.c.id).where(queries.c.owner != 0, queries.c.status != Status.CLOSED)
    chosen = sa.select(entries.c.query.label("key"), last.label("at")).where(entries.c.query.not_in(owed))
    chosen = chosen.group_by(entries.c.query)
    return chosen.having(last < moment, holds_words)


def _has_files() -> sa.ColumnElement[bool]:
    return sa.cast(entries.c.files, sa.Text) != "[]"


def _deliveries(moment: datetime) -> Chosen:
    """Not cards and answers: they go with their query."""
    card = sa.exists().where(desk_threads.c.card == deliveries.c.id)
    worded = deliveries.c.message["template"].as_string() != ERASED["template"]
    aged = sa.and_(deliveries.c.settled_at < moment, deliveries.c.state.in_(_ENDED), deliveries.c.entry == 0)
    return _keyed(deliveries.c.id, deliveries.c.settled_at).where(aged, worded, ~card)


def _incoming(moment: datetime) -> Chosen:
    return _keyed(inbox.c.id, inbox.c.at).where(inbox.c.state != "waiting", inbox.c.at < moment)


def _invitations(moment: datetime) -> Chosen:
    ended = sa.func.coalesce(invites.c.used_at, invites.c.expires_at)
    somebody = sa.or_(invites.c.person != 0, invites.c.used_by.is_not(None))
    return _keyed(invites.c.digest, ended).where(ended < moment, somebody)


def _contacts(moment: datetime) -> Chosen:
    known = sa.or_(people.c.name != "", people.c.email != "", people.c.position != "", people.c.claimed_name != "")
    connected = sa.exists().where(identities.c.person == people.c.id)
    staff = sa.exists().where(staff_roles.c.person == people.c.id)
    asked = sa.exists().where(queries.c.person == people.c.id, queries.c.asked_at >= moment)
    never = sa.and_(known, ~connected, ~staff, ~asked)
    return _keyed(people.c.id, people.c.known_since).where(people.c.known_since < moment, never)


def _imports(moment: datetime) -> Chosen:
    rows = sa.exists().where(import_changes.c["import"] == imports.c.id)
    problems = sa.exists().where(import_problems.c["import"] == imports.c.id)
    holds = sa.or_(rows, problems, imports.c.file_name != "")
    ended = sa.and_(imports.c.state != "running", imports.c.started_at < moment)
    return _keyed(imports.c.id, imports.c.started_at).where(ended, holds)


def _console(moment: datetime) -> Chosen:
    every = [_keyed(table.c.digest, table.c.expires_at).where(table.c.expires_at < moment) for table in _SIGNED]
    both = sa.union_all(*every).subquery()
    return sa.select(both.c.key, both.c.at)


_SIGNED = (sessions, sign_ins)


def _absences(moment: datetime) -> Chosen:
    return _keyed(absences.c.id, absences.c.ends).where(absences.c.ends < moment)


def _audit(moment: datetime) -> Chosen:
    return _keyed(audit.c.id, audit.c.at).where(audit.c.at < moment)


def _keyed(key: "sa.Column[Any]", at: "sa.ColumnElement[Any]") -> Chosen:
    return sa.select(key.label("key"), at.label("at"))


#: Kinds of which something can exist already.
_CHOSEN: dict[Kept, Callable[[datetime], Chosen]] = {
    Kept.QUERY_TEXT: _queries,
    Kept.DELIVERY_TEXT: _deliveries,
    Kept.INCOMING: _incoming,
    Kept.INVITATIONS: _invitations,
    Kept.UNCLAIMED_CONTACTS: _contacts,
    Kept.IMPORTS: _imports,
    Kept.CONSOLE_SESSIONS: _console,
    Kept.ABSENCES: _absences,
    Kept.AUDIT: _audit,
}


def _blank_deliveries(tx: Transaction, keys: Sequence[int]) -> None:
    tx.execute(sa.update(deliveries).where(deliveries.c.id.in_(keys)).values(message=ERASED))


def _blank_invitations(tx: Transaction, keys: Sequence[str]) -> None:
    tx.execute(sa.update(invites).where(invites.c.digest.in_(keys)).values(person=0, used_by=None))


def _empty_imports(tx: Transaction, keys: Sequence[int]) -> None:
    for table in (import_changes, import_problems):
        tx.execute(sa.delete(table).where(table.c["import"].in_(keys)))
    tx.execute(sa.update(imports).where(imports.c.id.in_(keys)).values(file_name=""))


def _delete_signed(tx: Transaction, keys: Sequence[str]) -> None:
    for table in _SIGNED:
        tx.execute(sa.delete(table).where(table.c.digest.in_(keys)))


_ERASE: dict[Kept, Callable[[Transaction, Sequence[Any]], None]] = {
    Kept.DELIVERY_TEXT: _blank_deliveries,
    Kept.INCOMING: lambda tx, keys: _delete(tx, inbox, keys),
    Kept.INVITATIONS: _blank_invitations,
    Kept.IMPORTS: _empty_imports,
    Kept.CONSOLE_SESSIONS: _delete_signed,
    Kept.ABSENCES: lambda tx, keys: _delete(tx, absences, keys),
    Kept.AUDIT: lambda tx, keys: _delete(tx, audit, keys),
}


def _delete(tx: Transaction, table: sa.Table, keys: Sequence[int]) -> None:
    tx.execute(sa.delete(table).where(table.c.id.in_(keys)))
