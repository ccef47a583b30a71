"""Who can be written to, as statements that the lists of partners and people are narrowed with."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from bot.core.invitation import ConnectionState
from bot.core.person import Connection, InviteKind
from storage.database import Transaction
from storage.directory_tables import identities, invites, organisations, people
from storage.tables import addresses

_WROTE = identities.c.chat != ""
_GONE = sa.select(addresses.c.key).where(addresses.c.unreachable != "")
_CHAT = identities.c.account + ":" + identities.c.chat
_CONFIRMED = people.c.connection == Connection.CONFIRMED


def people_in(state: ConnectionState, now: datetime) -> sa.ColumnElement[bool]:
    """The people who are in this state."""
    wrote = sa.select(identities.c.person).where(_WROTE)
    reached = wrote.where(_CHAT.not_in(_GONE))
    asked = sa.select(invites.c.person).where(*is_open(now), invites.c.person != 0)
    return _in_state(state, people.c.id, wrote, reached, asked)


def organisations_in(
    state: ConnectionState, organisation: sa.ColumnElement[str], now: datetime
) -> sa.ColumnElement[bool]:
    """The organisations in this state: as far as the one of its confirmed people who is furthest."""
    wrote, reached, asked = _of_organisations(now)
    return _in_state(state, organisation, wrote, reached, asked)


def counted(tx: Transaction, seen: sa.ColumnElement[bool], now: datetime) -> dict[tuple[str, ConnectionState], int]:
    """How many of these organisations of each country are in each state: four sets, each looked up once."""
    wrote, reached, asked = _of_organisations(now)
    key = organisations.c.id

    def numbers(*where: sa.ColumnElement[bool]) -> dict[str, int]:
        found = sa.select(organisations.c.country, sa.func.count()).where(seen, *where)
        return {row[0]: row[1] for row in tx.execute(found.group_by(organisations.c.country))}

    every, connected, written = numbers(), numbers(key.in_(reached)), numbers(key.in_(wrote))
    invited = numbers(key.in_(asked), key.not_in(wrote))
    counts: dict[tuple[str, ConnectionState], int] = {}
    for country, number in every.items():
        there, of_these, open_ = connected.get(country, 0), written.get(country, 0), invited.get(country, 0)
        counts[country, ConnectionState.CONNECTED] = there
        counts[country, ConnectionState.UNREACHABLE] = of_these - there
        counts[country, ConnectionState.INVITED] = open_
        counts[country, ConnectionState.NOT_YET] = number - of_these - open_
    return counts


def _of_organisations(now: datetime) -> tuple[sa.Select[Any], sa.Select[Any], sa.Select[Any]]:
    """The organisations whose confirmed people wrote here, those of them who can be written to, and the invited."""
    speaks = sa.select(people.c.organisation).join(identities, identities.c.person == people.c.id)
    wrote = speaks.where(_CONFIRMED, _WROTE)
    asked = sa.select(invites.c.organisation).where(*is_open(now))
    return wrote, wrote.where(_CHAT.not_in(_GONE)), asked


def written_among(ids: Sequence[str]) -> sa.Select[Any]:
    """Of these organisations, those whose confirmed people wrote here; and whether any of them can be written to."""
    reached = sa.case((sa.func.coalesce(addresses.c.unreachable, "") == "", 1), else_=0)
    return (
        sa.select(people.c.organisation, sa.func.max(reached).label("reached"))
        .join(identities, identities.c.person == people.c.id)
        .outerjoin(addresses, addresses.c.key == _CHAT)
        .where(people.c.organisation.in_(ids), _CONFIRMED, _WROTE)
        .group_by(people.c.organisation)
    )


def invited_among(ids: Sequence[str], now: datetime) -> sa.Select[Any]:
    """Of these organisations, those with an open invitation."""
    return sa.select(invites.c.organisation).where(*is_open(now), invites.c.organisation.in_(ids)).distinct()


def is_open(now: datetime) -> tuple[sa.ColumnElement[bool], ...]:
    """An invitation of a partner that can still be used."""
    return (
        invites.c.kind == InviteKind.ORGANISATION,
        invites.c.used_at.is_(None),
        invites.c.expires_at > now,
    )


def _in_state(
    state: ConnectionState,
    key: sa.ColumnElement[Any],
    wrote: sa.Select[Any],
    reached: sa.Select[Any],
    asked: sa.Select[Any],
) -> sa.ColumnElement[bool]:
    return {
        ConnectionState.CONNECTED: key.in_(reached),
        ConnectionState.UNREACHABLE: sa.and_(key.in_(wrote), key.not_in(reached)),
        ConnectionState.INVITED: sa.and_(key.in_(asked), key.not_in(wrote)),
        ConnectionState.NOT_YET: sa.and_(key.not_in(wrote), key.not_in(asked)),
    }[state]
