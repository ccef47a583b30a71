"""Who of an organisation writes to us, and what is open for it."""

import sqlalchemy as sa

from bot.core.colleague import Colleague
from bot.core.message import Address
from bot.core.person import Connection
from bot.core.query import Query, Status
from storage import queries as query_rows
from storage.database import Transaction
from storage.directory_tables import identities, people
from storage.tables import queries

_TEAM = (Connection.CONFIRMED, Connection.CLAIMED)


def of_organisation(tx: Transaction, organisation: str) -> tuple[Colleague, ...]:
    """Confirmed and waiting people with a chat of their own, the longest in their state first."""
    theirs = sa.and_(people.c.organisation == organisation, people.c.connection.in_(_TEAM), identities.c.chat != "")
    columns = (people.c.id, people.c.name, people.c.position, people.c.connection, people.c.connection_at)
    found = sa.select(*columns, identities.c.account).join(identities, identities.c.person == people.c.id)
    accounts: dict[int, tuple[str, ...]] = {}
    rows = {}
    order = (people.c.connection_at.nulls_first(), people.c.id, identities.c.account)
    for row in tx.execute(found.where(theirs).order_by(*order)):
        rows[row.id] = row
        accounts[row.id] = (*accounts.get(row.id, ()), row.account)
    return tuple(
        Colleague(
            person=row.id,
            name=row.name,
            position=row.position,
            connection=Connection(row.connection),
            since=row.connection_at,
            accounts=accounts[row.id],
        )
        for row in rows.values()
    )


def to_tell(tx: Transaction, organisation: str, speaker: int, most: int) -> tuple[tuple[int, Address], ...]:
    """Confirmed people who did not say STOP, each with one chat: the speaker alone where there is one."""
    theirs = sa.and_(
        people.c.organisation == organisation,
        people.c.connection == Connection.CONFIRMED,
        people.c.stopped.is_(False),
        identities.c.chat != "",
    )
    found = sa.select(people.c.id, identities.c.account, identities.c.chat).join(
        identities, identities.c.person == people.c.id
    )
    order = (people.c.connection_at.nulls_first(), people.c.id, identities.c.account.desc())
    # One chat each: the last one seen of a person stays.
    chats = {row.id: Address(row.account, row.chat) for row in tx.execute(found.where(theirs).order_by(*order))}
    if speaker in chats:
        return ((speaker, chats[speaker]),)
    return tuple(chats.items())[:most]


def open_queries(tx: Transaction, organisation: str) -> tuple[Query, ...]:
    """Open queries of its confirmed people that are not private and were not asked for another organisation."""
    theirs = sa.select(people.c.id).where(
        people.c.organisation == organisation, people.c.connection == Connection.CONFIRMED
    )
    seen = sa.and_(
        queries.c.person.in_(theirs),
        queries.c.status != Status.CLOSED,
        queries.c.private.is_(False),
        queries.c.organisation.in_(["", organisation]),
    )
    return query_rows.where(tx, seen)


def may_see(tx: Transaction, organisation: str, query: Query) -> bool:
    """Whether confirmed people of the organisation see the query of a colleague, open or closed."""
    if query.private or query.organisation not in ("", organisation):
        return False
    asker = sa.select(people.c.organisation, people.c.connection).where(people.c.id == query.person)
    row = tx.execute(asker).first()
    return row is not None and row.organisation == organisation and row.connection == Connection.CONFIRMED
