"""Where desks work, and the thread each query has there."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from bot.core.message import Address
from bot.core.person import BoundDesk, DeskStyle
from storage.database import Transaction
from storage.tables import bound_desks, desk_threads, message_refs


@dataclass(frozen=True, slots=True, kw_only=True)
class DeskThread:
    """A query's place at a desk."""

    id: int
    query: int
    desk: str
    address: Address
    style: DeskStyle
    #: Delivery ids.
    root: int
    card: int
    current: bool


def bind(tx: Transaction, bound: BoundDesk, by: int, at: datetime) -> None:
    """This chat is the desk from now on; what either was bound to before is released."""
    same_chat = sa.and_(bound_desks.c.account == bound.address.account, bound_desks.c.chat == bound.address.chat)
    tx.execute(sa.delete(bound_desks).where(sa.or_(bound_desks.c.desk == bound.desk, same_chat)))
    where = {"account": bound.address.account, "chat": bound.address.chat, "style": bound.style}
    tx.execute(sa.insert(bound_desks).values(desk=bound.desk, **where, bound_by=by or None, bound_at=at))


def without_topics(tx: Transaction, address: Address) -> None:
    """This chat keeps queries together by answers from now on."""
    here = sa.and_(bound_desks.c.account == address.account, bound_desks.c.chat == address.chat)
    tx.execute(sa.update(bound_desks).where(here).values(style=DeskStyle.REPLIES))


def unbind(tx: Transaction, desk: str) -> None:
    """The desk has no chat any more."""
    tx.execute(sa.delete(bound_desks).where(bound_desks.c.desk == desk))


def every(tx: Transaction) -> tuple[BoundDesk, ...]:
    return tuple(_bound(row) for row in tx.execute(sa.select(bound_desks).order_by(bound_desks.c.desk)))


def bound(tx: Transaction, desk: str) -> BoundDesk | None:
    row = tx.execute(sa.select(bound_desks).where(bound_desks.c.desk == desk)).first()
    return _bound(row) if row else None


def at(tx: Transaction, account: str, chat: str) -> BoundDesk | None:
    """The desk that works in this chat."""
    here = sa.and_(bound_desks.c.account == account, bound_desks.c.chat == chat)
    row = tx.execute(sa.select(bound_desks).where(here)).first()
    return _bound(row) if row else None


def add_thread(tx: Transaction, thread: DeskThread) -> int:
    values = {
        "query": thread.query,
        "desk": thread.desk,
        "account": thread.address.account,
        "chat": thread.address.chat,
        "style": thread.style,
        "root": thread.root,
        "card": thread.card,
        "current": thread.current,
    }
    number: int = tx.execute(sa.insert(desk_threads).values(values).returning(desk_threads.c.id)).scalar_one()
    return number


def current(tx: Transaction, query: int) -> DeskThread | None:
    here = sa.and_(desk_threads.c.query == query, desk_threads.c.current)
    row = tx.execute(sa.select(desk_threads).where(here).order_by(desk_threads.c.id.desc()).limit(1)).first()
    return _thread(row) if row else None


def current_of(tx: Transaction, query_ids: Sequence[int]) -> Mapping[int, DeskThread]:
    """The current thread of each query that has one."""
    here = sa.and_(desk_threads.c.query.in_(query_ids), desk_threads.c.current)
    found = sa.select(desk_threads).where(here).order_by(desk_threads.c.id)
    return {row.query: _thread(row) for row in tx.execute(found)}


def threads(tx: Transaction, query: int) -> tuple[DeskThread, ...]:
    found = sa.select(desk_threads).where(desk_threads.c.query == query).order_by(desk_threads.c.id)
    return tuple(_thread(row) for row in tx.execute(found))


def leave(tx: Transaction, query: int) -> None:
    """The query has no current thread: it moved, or its thread is gone."""
    tx.execute(sa.update(desk_threads).where(desk_threads.c.query == query).values(current=False))


def thread_opened(tx: Transaction, root: int, thread: str) -> None:
    """The platform named the thread whose root this delivery is."""
    tx.execute(sa.update(desk_threads).where(desk_threads.c.root == root).values(thread=thread))


def query_in(tx: Transaction, account: str, chat: str, thread: str) -> int:
    """The query discussed in this thread; 0 without one."""
    here = sa.and_(desk_threads.c.account == account, desk_threads.c.chat == chat, desk_threads.c.thread == thread)
    found = sa.select(desk_threads.c.query).where(here).order_by(desk_threads.c.id.desc()).limit(1)
    return tx.scalar(found) or 0


def note_message(tx: Transaction, address: Address, message: str, query: int) -> None:
    """An answer to this platform message belongs to the query."""
    here = {"account": address.account, "chat": address.chat, "message": message}
    known = sa.and_(*(message_refs.c[name] == value for name, value in here.items()))
    if tx.scalar(sa.select(message_refs.c.query).where(known)) is None:
        tx.execute(sa.insert(message_refs).values(**here, query=query))


def query_of_message(tx: Transaction, address: Address, message: str) -> int:
    """The query this platform message is about; 0 when it is about none."""
    here = sa.and_(
        message_refs.c.account == address.account,
        message_refs.c.chat == address.chat,
        message_refs.c.message == message,
    )
    return tx.scalar(sa.select(message_refs.c.query).where(here)) or 0


def forget_messages(tx: Transaction, address: Address) -> None:
    here = sa.and_(message_refs.c.account == address.account, message_refs.c.chat == address.chat)
    tx.execute(sa.delete(message_refs).where(here))


def _bound(row: sa.Row[tuple[str, str, str, str, int, datetime]]) -> BoundDesk:
    return BoundDesk(desk=row.desk, address=Address(row.account, row.chat), style=DeskStyle(row.style))


def _thread(row: sa.Row[tuple[int, int, str, str, str, str, int, int, str, bool]]) -> DeskThread:
    return DeskThread(
        id=row.id,
        query=row.query,
        desk=row.desk,
        address=Address(row.account, row.chat, row.thread),
        style=DeskStyle(row.style),
        root=row.root,
        card=row.card,
        current=row.current,
    )
