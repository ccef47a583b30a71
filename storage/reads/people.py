"""The list of people who speak for partners, or are known as their contacts. Staff are not in it."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from bot.core.invitation import ConnectionState
from bot.core.likeness import plain
from bot.core.partner_scope import seen_countries
from bot.core.permission import Permission, Viewer, check
from bot.core.person import Connection, Invitations
from storage.database import Transaction
from storage.directory_tables import identities, invites, organisations, people, staff_roles
from storage.reads.connection import is_open, people_in
from storage.reads.partners import MOST_WORDS, Wanted, page_of
from storage.tables import accounts, addresses


@dataclass(frozen=True, slots=True, kw_only=True)
class Chat:
    """One way to write to somebody: the platform, and why nothing arrives there (empty while it does)."""

    platform: str
    unreachable: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonRow:
    """One person as staff see them: never a user name, number or chat id."""

    id: int
    name: str
    position: str
    email: str
    organisation: str
    #: Name of the organisation, or what they wrote of it.
    organisation_name: str
    language: str
    country: str
    connection: Connection
    invitations: Invitations
    stopped: bool
    known_since: datetime | None
    version: int
    state: ConnectionState = ConnectionState.NOT_YET
    chats: tuple[Chat, ...] = ()
    #: Until when an invitation for this person is open.
    invited_until: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundPeople:
    rows: tuple[PersonRow, ...]
    count: int


_STAFF = sa.select(staff_roles.c.person)
#: Nothing is left of somebody who was forgotten but the number.
_KNOWN = sa.or_(people.c.language != "", people.c.name != "", people.c.organisation != "", people.c.claimed_name != "")
_ORGANISATION = sa.select(organisations.c.name).where(organisations.c.id == people.c.organisation).scalar_subquery()
SORTS: Mapping[str, sa.ColumnElement[Any]] = {
    "name": people.c.name,
    "organisation": sa.func.coalesce(_ORGANISATION, people.c.claimed_name),
    "since": sa.func.coalesce(people.c.known_since, sa.literal_column("'1970-01-01'")),
}


def listed(tx: Transaction, viewer: Viewer, wanted: Wanted, now: datetime) -> FoundPeople:
    """The people this viewer may see that are wanted; raises `NotAllowed`."""
    where = [*seen(viewer), *_text(wanted.text), *_filters(viewer, wanted.filters, now)]
    ids, count = page_of(tx, people.c.id, where, _order(wanted.sort), (wanted.offset, wanted.rows))
    return FoundPeople(rows=rows_of(tx, ids, now), count=count)


def of_organisation(tx: Transaction, viewer: Viewer, organisation: str, now: datetime) -> tuple[PersonRow, ...]:
    """Everybody who speaks, spoke or wants to speak for it, the confirmed first."""
    order = sa.case({each.value: place for place, each in enumerate(_FIRST)}, value=people.c.connection)
    theirs = sa.select(people.c.id).where(*seen(viewer), people.c.organisation == organisation)
    return rows_of(tx, tuple(tx.execute(theirs.order_by(order, people.c.name, people.c.id)).scalars()), now)


_FIRST = (Connection.CONFIRMED, Connection.CLAIMED, Connection.NONE, Connection.REFUSED, Connection.LEFT)


def seen(viewer: Viewer) -> tuple[sa.ColumnElement[bool], ...]:
    """Partners' people of the countries that the viewer's roles cover: their organisation's, else their own."""
    check(viewer, Permission.SEE_PARTNERS)
    countries = seen_countries(viewer, Permission.SEE_PARTNERS, viewer.world)
    ours = (_KNOWN, people.c.id.not_in(_STAFF))
    if countries is None:
        return ours
    of_organisations = sa.select(organisations.c.id).where(organisations.c.country.in_(sorted(countries)))
    own = sa.and_(people.c.organisation == "", people.c.country.in_(sorted(countries)))
    return (*ours, sa.or_(people.c.organisation.in_(of_organisations), own))


def _text(text: str) -> Iterable[sa.ColumnElement[bool]]:
    """Each word is in the name or in the organisation's; only organisations are found without their accents."""
    for word in text.split()[:MOST_WORDS]:
        forms = {word, word.lower(), word.capitalize()}
        named = [people.c.name.contains(form, autoescape=True) for form in sorted(forms)]
        lower = sa.func.lower(people.c.name).contains(word.lower(), autoescape=True)
        found = sa.select(organisations.c.id).where(organisations.c.search.contains(plain(word), autoescape=True))
        yield sa.or_(*named, lower, people.c.organisation.in_(found))


def _order(sort: str) -> tuple[sa.ColumnElement[Any], ...]:
    column = SORTS.get(sort.removeprefix("-"), people.c.name)
    return (column.desc(), people.c.id.desc()) if sort.startswith("-") else (column, people.c.id)


def _filters(viewer: Viewer, given: Mapping[str, str], now: datetime) -> Iterable[sa.ColumnElement[bool]]:
    for name, value in given.items():
        if value and name in _FILTERS:
            yield _FILTERS[name](value, viewer, now)


def _country(value: str, _viewer: Viewer, _now: datetime) -> sa.ColumnElement[bool]:
    of_it = sa.select(organisations.c.id).where(organisations.c.country == value)
    return sa.or_(people.c.organisation.in_(of_it), sa.and_(people.c.organisation == "", people.c.country == value))


def _region(value: str, viewer: Viewer, _now: datetime) -> sa.ColumnElement[bool]:
    region = viewer.world.regions.get(value)
    countries = sorted(region.countries) if region else []
    of_it = sa.select(organisations.c.id).where(organisations.c.country.in_(countries))
    own = sa.and_(people.c.organisation == "", people.c.country.in_(countries))
    return sa.or_(people.c.organisation.in_(of_it), own)


def _platform(value: str, _viewer: Viewer, _now: datetime) -> sa.ColumnElement[bool]:
    there = sa.select(identities.c.person).join(accounts, accounts.c.account == identities.c.account)
    return people.c.id.in_(there.where(accounts.c.kind == value, identities.c.chat != ""))


def _state(value: str, _viewer: Viewer, now: datetime) -> sa.ColumnElement[bool]:
    return people_in(ConnectionState(value), now) if value in set(ConnectionState) else sa.false()


_FILTERS: "Mapping[str, Callable[[str, Viewer, datetime], sa.ColumnElement[bool]]]" = {
    "connection": lambda value, _viewer, _now: people.c.connection == value,
    "state": _state,
    "organisation": lambda value, _viewer, _now: people.c.organisation == value,
    "country": _country,
    "region": _region,
    "language": lambda value, _viewer, _now: people.c.language == value,
    "platform": _platform,
}
FILTERS = tuple(_FILTERS)


def rows_of(tx: Transaction, ids: Sequence[int], now: datetime) -> tuple[PersonRow, ...]:
    """These people in the order of the ids, with how each can be reached."""
    columns = [people.c[name] for name in _COLUMNS]
    name = sa.func.coalesce(organisations.c.name, people.c.claimed_name).label("organisation_name")
    whole = sa.select(*columns, name).outerjoin(organisations, organisations.c.id == people.c.organisation)
    found = {row.id: row for row in tx.execute(whole.where(people.c.id.in_(ids)))}
    chats, asked = _chats(tx, ids), _invited(tx, ids, now)
    return tuple(_row(found[each], chats.get(each, ()), asked.get(each)) for each in ids)


_ADDED = ("organisation_name", "state", "chats", "invited_until")
_COLUMNS = [name for name in PersonRow.__dataclass_fields__ if name not in _ADDED]


def _row(row: Any, chats: tuple[Chat, ...], invited_until: datetime | None) -> PersonRow:
    kinds = {"connection": Connection(row.connection), "invitations": Invitations(row.invitations)}
    state = _how_far(chats, invited_until)
    return PersonRow(**{**row._mapping, **kinds, "state": state, "chats": chats, "invited_until": invited_until})


def _how_far(chats: tuple[Chat, ...], invited_until: datetime | None) -> ConnectionState:
    if chats:
        reached = any(not chat.unreachable for chat in chats)
        return ConnectionState.CONNECTED if reached else ConnectionState.UNREACHABLE
    return ConnectionState.INVITED if invited_until else ConnectionState.NOT_YET


def _chats(tx: Transaction, ids: Sequence[int]) -> dict[int, tuple[Chat, ...]]:
    kind = sa.func.coalesce(accounts.c.kind, identities.c.account)
    theirs = (
        sa.select(identities.c.person, kind.label("kind"), sa.func.coalesce(addresses.c.unreachable, "").label("why"))
        .outerjoin(accounts, accounts.c.account == identities.c.account)
        .outerjoin(addresses, addresses.c.key == identities.c.account + ":" + identities.c.chat)
        .where(identities.c.person.in_(ids), identities.c.chat != "")
        .order_by(identities.c.account, identities.c.user)
    )
    found: dict[int, tuple[Chat, ...]] = {}
    for row in tx.execute(theirs):
        found[row.person] = (*found.get(row.person, ()), Chat(platform=row.kind, unreachable=row.why))
    return found


def _invited(tx: Transaction, ids: Sequence[int], now: datetime) -> dict[int, datetime]:
    asked = sa.select(invites.c.person, sa.func.max(invites.c.expires_at)).where(
        *is_open(now), invites.c.person.in_(ids)
    )
    return {row[0]: row[1] for row in tx.execute(asked.group_by(invites.c.person))}
