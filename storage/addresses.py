"""Addresses: whether a chat can be reached, when it may be written to next, and where it went."""

from collections.abc import Mapping, Set
from datetime import datetime, timedelta

import sqlalchemy as sa

from bot.core.message import Address
from storage.clock import seconds_sql
from storage.columns import Moment
from storage.database import Transaction, upsert, upsert_all
from storage.directory_tables import identities
from storage.lanes import LONGEST_PAUSE
from storage.sealed_tables import sealed
from storage.tables import (
    addresses,
    bound_desks,
    conversations,
    deliveries,
    desk_threads,
    inbox,
    keyboards,
    message_refs,
)

#: No chat's own pace is slower; a `next_at` further ahead was written before the clock was set back.
LONGEST_PACE = 10.0


def mark_unreachable(tx: Transaction, account: str, chat: str, reason: str, now: datetime) -> None:
    """Nothing is sent to this chat until it writes again; since when and why is what staff are shown."""
    since = sa.func.coalesce(addresses.c.unreachable_since, sa.literal(now, Moment()))
    first = {"key": _key(account, chat), "unreachable": reason, "unreachable_since": now}
    upsert(tx, addresses, first, {"unreachable": reason, "unreachable_since": since})


# Statements of every message are made once: making one costs several times what the database needs for it.
_UNREACHABLE = sa.select(addresses.c.unreachable).where(addresses.c.key == sa.bindparam("chat"))
_COUNTED = sa.select(addresses.c.counted_from, addresses.c.counted).where(addresses.c.key == sa.bindparam("chat"))
_MARK_REACHABLE = (
    sa.update(addresses)
    .where(addresses.c.key == sa.bindparam("chat"), addresses.c.unreachable != "")
    .values(unreachable="", unreachable_since=None)
)


def mark_reachable(tx: Transaction, account: str, chat: str) -> None:
    """The chat has written to us: it can be reached again."""
    tx.execute(_MARK_REACHABLE, {"chat": _key(account, chat)})


def unreachable(tx: Transaction, account: str, chat: str) -> str:
    """Why nothing can be sent there; empty while it can."""
    return tx.execute(_UNREACHABLE, {"chat": _key(account, chat)}).scalar_one_or_none() or ""


def unreachable_of(tx: Transaction, chats: Set[tuple[str, str]]) -> Mapping[tuple[str, str], str]:
    """Of these (account, chat) those to which nothing can be sent, each with the reason."""
    keys = {_key(*chat): chat for chat in chats}
    closed = sa.and_(addresses.c.key.in_(sorted(keys)), addresses.c.unreachable != "")
    found = tx.execute(sa.select(addresses.c.key, addresses.c.unreachable).where(closed))
    return {keys[row.key]: row.unreachable for row in found}


def count_message(tx: Transaction, key: str, now: datetime, window: timedelta) -> tuple[int, datetime]:
    """Count one more message from here; how many there were in this window, and when it began."""
    row = tx.execute(_COUNTED, {"chat": key}).one_or_none()
    began = row.counted_from if row is not None else None
    if row is None or began is None or not timedelta() <= now - began < window:
        count, began = 1, now
    else:
        count = row.counted + 1
    counted = {"counted_from": began, "counted": count}
    upsert(tx, addresses, {"key": key, **counted}, counted)
    return count, began


def pause(tx: Transaction, account: str, chat: str, wait: float) -> None:
    """The platform asked us to wait for this chat."""
    until = seconds_sql(tx) + min(wait, LONGEST_PAUSE)
    upsert(tx, addresses, {"key": _key(account, chat), "paused_until": until}, {"paused_until": until})


def pace(tx: Transaction, account: str, next_at: Mapping[str, float]) -> None:
    """Remember for each chat when it may be written to next, in seconds of the database's clock."""
    if next_at:
        rows = [{"key": _key(account, chat), "next_at": next_at[chat]} for chat in sorted(next_at)]
        upsert_all(tx, addresses, rows, "next_at")


def rewrite(tx: Transaction, old: Address, new: Address) -> None:
    """The chat goes on under another id: everything that is kept about it moves along."""
    if old.whole_chat() == new.whole_chat():
        return
    for table in (identities, desk_threads, keyboards):
        tx.execute(sa.update(table).where(table.c.account == old.account, table.c.chat == old.chat).values(_to(new)))
    for table, key in ((bound_desks, None), (message_refs, message_refs.c.message)):
        _move_unless_taken(tx, table, key, old, new)
    unfinished = sa.text("state IN ('queued', 'sending')")
    chat = sa.and_(deliveries.c.account == old.account, deliveries.c.chat == old.chat)
    tx.execute(sa.update(deliveries).where(chat, unfinished).values(_to(new)))
    _move_address(tx, old, new)
    _move_conversations(tx, old, new)


def _key(account: str, chat: str) -> str:
    return f"{account}:{chat}"


def _to(new: Address) -> dict[str, str]:
    return {"account": new.account, "chat": new.chat}


def _move_unless_taken(
    tx: Transaction, table: sa.Table, key: "sa.Column[str] | None", old: Address, new: Address
) -> None:
    """Move the rows; one whose new place is taken stays where it is and is found no more."""
    there = table.alias()
    taken = sa.select(sa.literal(1)).where(there.c.account == new.account, there.c.chat == new.chat)
    if key is not None:
        taken = taken.where(there.c[key.name] == key)
    here = sa.and_(table.c.account == old.account, table.c.chat == old.chat)
    tx.execute(sa.update(table).where(here, ~taken.exists()).values(_to(new)))


def _move_address(tx: Transaction, old: Address, new: Address) -> None:
    upsert(tx, addresses, {"key": new.whole_chat().key}, {"unreachable": "", "unreachable_since": None})
    tx.execute(sa.delete(addresses).where(addresses.c.key == old.whole_chat().key))


def _move_conversations(tx: Transaction, old: Address, new: Address) -> None:
    """With their waiting events and whoever holds them: a turn under way ends under the new name."""
    before, after = old.whole_chat().key, new.whole_chat().key
    of_chat = sa.or_(conversations.c.key == before, conversations.c.key.startswith(f"{before}:", autoescape=True))
    for key in tx.execute(sa.select(conversations.c.key).where(of_chat).with_for_update()).scalars().all():
        target = after + key.removeprefix(before)
        tx.execute(sa.update(inbox).where(inbox.c.conversation == key).values(conversation=target))
        tx.execute(sa.update(sealed).where(sealed.c.conversation == key).values(conversation=target))
        _merge(tx, key, target)


def _merge(tx: Transaction, key: str, target: str) -> None:
    there = sa.select(conversations).where(conversations.c.key == target).with_for_update()
    row = tx.execute(there).one_or_none()
    mine = sa.select(conversations).where(conversations.c.key == key)
    if row is None:
        tx.execute(sa.update(conversations).where(conversations.c.key == key).values(key=target))
        return
    old = tx.execute(mine).one()
    values: dict[str, object] = {"pending": row.pending + old.pending, "state": row.state or old.state}
    if row.lease_by is None:
        values |= {"lease_by": old.lease_by, "lease_until": old.lease_until}
    tx.execute(sa.update(conversations).where(conversations.c.key == target).values(values))
    tx.execute(sa.delete(conversations).where(conversations.c.key == key))
