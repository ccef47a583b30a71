"""What must go when a person is forgotten: rows that lead to them, messages to them, and in the end their address."""

import sqlalchemy as sa

from bot.core.delivery import DeliveryState
from bot.core.message import Address
from bot.core.person import InviteKind
from storage.console_tables import second_factors, sessions, sign_ins
from storage.database import Transaction
from storage.desk_tables import digests, watchers, working_times
from storage.directory_tables import (
    absences,
    consents,
    identities,
    invites,
    organisations,
    people,
    resting_desks,
    staff_roles,
    suspensions,
)
from storage.posts import ERASED, LAST_WORD
from storage.sealed_tables import sealed
from storage.tables import addresses, conversations, deliveries, inbox, timers

#: Stands, with a number, where the address of somebody forgotten stood.
FORGOTTEN = "forgotten"
#: Tables of which a person's rows go whole. Audit rows stay: they name nobody but by a number.
_WHOLE = (
    absences,
    consents,
    digests,
    identities,
    resting_desks,
    second_factors,
    sessions,
    sign_ins,
    staff_roles,
    suspensions,
    watchers,
    working_times,
)


def forget_person(tx: Transaction, person: int) -> None:
    """Nothing leads from an address to this person any more, and nothing they told stays with the number."""
    for table in _WHOLE:
        tx.execute(sa.delete(table).where(table.c.person == person))
    tx.execute(sa.update(absences).where(absences.c.deputy == person).values(deputy=0))
    _forget_invites(tx, person)
    speaks = organisations.c.speaker == person
    tx.execute(sa.update(organisations).where(speaks).values(speaker=0))
    empty = {column.name: _empty(column) for column in people.c if column.name not in ("id", "version")}
    forgotten = sa.update(people).where(people.c.id == person)
    tx.execute(forgotten.values(empty | {"version": people.c.version + 1}))


def _empty(column: "sa.Column[object]") -> object:
    if column.nullable:
        return None
    fixed = {"stopped": False, "connection": "none", "invitations": "not_asked", "source": "chat"}
    return fixed.get(column.name, "")


def _forget_invites(tx: Transaction, person: int) -> None:
    """Those that nobody used go; of the others stays that they were made and used."""
    theirs = invites.c.person == person
    unused = sa.or_(invites.c.used_at.is_(None), invites.c.kind == InviteKind.LINK)
    tx.execute(sa.delete(invites).where(theirs, unused))
    tx.execute(sa.update(invites).where(theirs).values(person=0))
    tx.execute(sa.update(invites).where(invites.c.used_by == person).values(used_by=None))


def finish(tx: Transaction, address: Address) -> bool:
    """Take the address of somebody forgotten out of ledger and inbox; false while the last message is on its way."""
    there = _at(address)
    goodbye = deliveries.c.message["template"].as_string() == LAST_WORD
    last = tx.execute(
        sa.select(deliveries.c.id, deliveries.c.state).where(there, goodbye).order_by(deliveries.c.id)
    ).all()
    if any(row.state in {DeliveryState.QUEUED, DeliveryState.SENDING} for row in last):
        return False
    if last:
        _forget_address(tx, address, last[-1].id)
    return True


def let_go(tx: Transaction, address: Address) -> None:
    """Take the address out at once: no last message is sent there."""
    waiting = sa.and_(_at(address), deliveries.c.state == DeliveryState.QUEUED)
    tx.execute(sa.update(deliveries).where(waiting).values(state=DeliveryState.CANCELLED, reason="cancelled"))
    tx.execute(sa.update(deliveries).where(_at(address)).values(message=ERASED))
    latest = tx.scalar(sa.select(sa.func.max(deliveries.c.id)).where(_at(address)))
    _forget_address(tx, address, latest or 0)


def _forget_address(tx: Transaction, address: Address, last: int) -> None:
    there = _at(address)
    gone = sa.literal(f"{FORGOTTEN}-") + sa.cast(deliveries.c.id, sa.String)
    tx.execute(sa.update(deliveries).where(there, deliveries.c.id <= last).values(chat=gone))
    done = sa.and_(inbox.c.conversation == address.key, inbox.c.payload.is_(None))
    tx.execute(sa.update(inbox).where(done).values(conversation=FORGOTTEN))
    if not tx.scalar(sa.select(sa.exists().where(there))):
        tx.execute(sa.delete(addresses).where(addresses.c.key == address.key))
        idle = sa.and_(conversations.c.key == address.key, conversations.c.pending == 0)
        tx.execute(sa.delete(conversations).where(idle))


def forget_chat(tx: Transaction, address: Address) -> None:
    """Texts of messages to this chat, its conversation and its timers; the counts of deliveries stay."""
    settled = deliveries.c.state.not_in([DeliveryState.QUEUED, DeliveryState.SENDING])
    tx.execute(sa.update(deliveries).where(_at(address), settled).values(message=ERASED))
    failed = sa.and_(inbox.c.conversation == address.key, inbox.c.state == "failed")
    tx.execute(sa.update(inbox).where(failed).values(payload=None))
    tx.execute(sa.update(conversations).where(conversations.c.key == address.key).values(state={}))
    tx.execute(sa.delete(timers).where(timers.c.conversation == address.key))
    passed = sa.and_(sealed.c.conversation == address.key, sealed.c.number > 0)
    tx.execute(sa.update(sealed).where(passed).values(conversation=""))


def _at(address: Address) -> sa.ColumnElement[bool]:
    return sa.and_(deliveries.c.account == address.account, deliveries.c.chat == address.chat)
