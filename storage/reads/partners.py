"""The list of partner organisations: searched, filtered, sorted, fifty at a time."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, TypeVar

import sqlalchemy as sa

from bot.core.invitation import ConnectionState
from bot.core.likeness import plain
from bot.core.organisation import Level, Observer, OrganisationStatus
from bot.core.partner_scope import seen_countries
from bot.core.permission import Permission, Viewer, check
from bot.core.person import Connection
from storage.database import Transaction
from storage.directory_tables import organisation_facets, organisations, people
from storage.reads.connection import invited_among, organisations_in, written_among

T = TypeVar("T")
#: Words of a search that are looked for; more only make it slow.
MOST_WORDS = 8
#: Filter of the list that shows every status; without a filter closed records are left out.
EVERY_STATUS = "all"


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """Which rows, in which order: as the address of the page says it."""

    text: str = ""
    #: type, country, region, level, topic, language, cluster, observer, status, listed, connection.
    filters: Mapping[str, str] = field(default_factory=dict)
    #: One of `SORTS`, with "-" before it from the end.
    sort: str = "name"
    offset: int = 0
    rows: int = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One organisation of the list."""

    id: str
    name: str
    acronym: str
    type: str
    level: Level
    country: str
    language: str
    status: OrganisationStatus
    observer: Observer
    listed: bool
    email: str
    changed_at: datetime | None
    #: Those who speak for it or are known as its contacts.
    people: int = 0
    state: ConnectionState = ConnectionState.NOT_YET


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    rows: tuple[Row, ...]
    #: How many there are on all pages.
    count: int


SORTS: Mapping[str, sa.ColumnElement[Any]] = {
    "name": organisations.c.name,
    "country": organisations.c.country,
    "type": organisations.c.type,
    "status": organisations.c.status,
    "changed": sa.func.coalesce(organisations.c.changed_at, sa.literal_column("'1970-01-01'")),
}
_COLUMNS = [name for name in Row.__dataclass_fields__ if name not in ("people", "state")]


def listed(tx: Transaction, viewer: Viewer, wanted: Wanted, now: datetime) -> Found:
    """The organisations this viewer may see that are wanted; raises `NotAllowed`."""
    where = [*seen(viewer), *_text(wanted.text), *_filters(viewer, wanted.filters, now)]
    ids, count = page_of(tx, organisations.c.id, where, _order(wanted.sort), (wanted.offset, wanted.rows))
    return Found(rows=_rows(tx, ids, now), count=count)


def page_of(
    tx: Transaction,
    key: "sa.Column[T]",
    where: Sequence[sa.ColumnElement[bool]],
    order: Sequence[sa.ColumnElement[Any]],
    place: tuple[int, int],
) -> tuple[tuple[T, ...], int]:
    """The keys of one page (offset, rows) and how many rows there are, found in one go: conditions cost most."""
    offset, most = place
    found = sa.select(key, sa.func.count().over()).where(*where).order_by(*order).offset(offset).limit(most)
    rows = tx.execute(found).all()
    if rows or not offset:
        return tuple(row[0] for row in rows), rows[0][1] if rows else 0
    return (), tx.execute(sa.select(sa.func.count(key)).where(*where)).scalar_one()


def seen(viewer: Viewer) -> tuple[sa.ColumnElement[bool], ...]:
    """What the viewer's roles cover; raises `NotAllowed` for somebody who may see no partner."""
    check(viewer, Permission.SEE_PARTNERS)
    countries = seen_countries(viewer, Permission.SEE_PARTNERS, viewer.world)
    return () if countries is None else (organisations.c.country.in_(sorted(countries)),)


def _text(text: str) -> Iterable[sa.ColumnElement[bool]]:
    words = plain(text).split()[:MOST_WORDS]
    return (organisations.c.search.contains(word, autoescape=True) for word in words)


def _order(sort: str) -> tuple[sa.ColumnElement[Any], ...]:
    column = SORTS.get(sort.removeprefix("-"), organisations.c.name)
    if sort.startswith("-"):
        return (column.desc(), organisations.c.name.desc(), organisations.c.id.desc())
    return (column, organisations.c.name, organisations.c.id)


def _filters(viewer: Viewer, given: Mapping[str, str], now: datetime) -> Iterable[sa.ColumnElement[bool]]:
    if not given.get("status"):
        yield organisations.c.status != OrganisationStatus.CLOSED
    for name, value in given.items():
        if value and name in _FILTERS:
            yield _FILTERS[name](value, viewer, now)


def _same(column: "sa.Column[Any]") -> "Callable[[str, Viewer, datetime], sa.ColumnElement[bool]]":
    return lambda value, _viewer, _now: column == value


def _facet(kind: str) -> "Callable[[str, Viewer, datetime], sa.ColumnElement[bool]]":
    def holds(value: str, _viewer: Viewer, _now: datetime) -> sa.ColumnElement[bool]:
        named = sa.and_(organisation_facets.c.kind == kind, organisation_facets.c.value == value)
        return organisations.c.id.in_(sa.select(organisation_facets.c.organisation).where(named))

    return holds


def _country(value: str, viewer: Viewer, now: datetime) -> sa.ColumnElement[bool]:
    """Based there, or working there."""
    return sa.or_(organisations.c.country == value, _facet("country")(value, viewer, now))


def _language(value: str, viewer: Viewer, now: datetime) -> sa.ColumnElement[bool]:
    return sa.or_(organisations.c.language == value, _facet("language")(value, viewer, now))


def _region(value: str, viewer: Viewer, _now: datetime) -> sa.ColumnElement[bool]:
    region = viewer.world.regions.get(value)
    return organisations.c.country.in_(sorted(region.countries) if region else [])


def _status(value: str, _viewer: Viewer, _now: datetime) -> sa.ColumnElement[bool]:
    return sa.true() if value == EVERY_STATUS else organisations.c.status == value


def _listed(value: str, _viewer: Viewer, _now: datetime) -> sa.ColumnElement[bool]:
    return organisations.c.listed.is_(value == "yes")


def _connection(value: str, _viewer: Viewer, now: datetime) -> sa.ColumnElement[bool]:
    known = value in set(ConnectionState)
    return organisations_in(ConnectionState(value), organisations.c.id, now) if known else sa.false()


_FILTERS: "Mapping[str, Callable[[str, Viewer, datetime], sa.ColumnElement[bool]]]" = {
    "type": _same(organisations.c.type),
    "country": _country,
    "region": _region,
    "level": _same(organisations.c.level),
    "topic": _facet("topic"),
    "language": _language,
    "cluster": _facet("cluster"),
    "observer": _same(organisations.c.observer),
    "status": _status,
    "listed": _listed,
    "connection": _connection,
}
FILTERS = tuple(_FILTERS)


def _rows(tx: Transaction, ids: Sequence[str], now: datetime) -> tuple[Row, ...]:
    """In the order of the ids."""
    columns = [organisations.c[name] for name in _COLUMNS]
    found = {row.id: row for row in tx.execute(sa.select(*columns).where(organisations.c.id.in_(ids)))}
    states, numbers = states_of(tx, ids, now), _people(tx, ids)
    return tuple(_row(found[each], states[each], numbers.get(each, 0)) for each in ids)


def _row(row: Any, state: ConnectionState, number: int) -> Row:
    enums = {"level": Level(row.level), "status": OrganisationStatus(row.status), "observer": Observer(row.observer)}
    return Row(**{**row._mapping, **enums, "state": state, "people": number})


def states_of(tx: Transaction, ids: Sequence[str], now: datetime) -> dict[str, ConnectionState]:
    """How far each of these organisations is on the way to us."""
    found = dict.fromkeys(ids, ConnectionState.NOT_YET)
    found |= dict.fromkeys(tx.execute(invited_among(ids, now)).scalars().all(), ConnectionState.INVITED)
    for row in tx.execute(written_among(ids)):
        found[row.organisation] = ConnectionState.CONNECTED if row.reached else ConnectionState.UNREACHABLE
    return found


def _people(tx: Transaction, ids: Sequence[str]) -> dict[str, int]:
    counted = (
        sa.select(people.c.organisation, sa.func.count())
        .where(people.c.organisation.in_(ids), people.c.connection.not_in(GONE))
        .group_by(people.c.organisation)
    )
    return {row[0]: row[1] for row in tx.execute(counted)}


#: Who does not belong to an organisation, whatever they once said.
GONE = (Connection.REFUSED, Connection.LEFT)
