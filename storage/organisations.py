"""The organisations that the office knows: rows, and the lists that belong to them."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from bot.core.errors import Conflict
from bot.core.likeness import search_words
from bot.core.organisation import Level, Observer, Organisation, OrganisationConsent, OrganisationStatus
from storage.database import Transaction, insert_missing
from storage.directory_tables import organisation_facets, organisations

#: Field of an organisation -> kind of facet.
FACETS = {"countries": "country", "languages": "language", "topics": "topic", "clusters": "cluster"}
_COLUMNS = tuple(name for name in Organisation.__dataclass_fields__ if name not in FACETS)
_ENUMS: dict[str, Any] = {
    "level": Level,
    "status": OrganisationStatus,
    "observer": Observer,
    "consent": OrganisationConsent,
}


def get(tx: Transaction, organisation: str) -> Organisation | None:
    found = every(tx, organisations.c.id == organisation)
    return found[0] if found else None


def of_ids(tx: Transaction, ids: Iterable[str]) -> tuple[Organisation, ...]:
    """Those of the organisations that there are."""
    parts = in_parts(list(ids))
    return tuple(found for some in parts for found in every(tx, organisations.c.id.in_(some)))


def of_source(tx: Transaction, source: str) -> frozenset[str]:
    """Ids of those that came from there, such as "import:7"."""
    return frozenset(tx.scalars(sa.select(organisations.c.id).where(organisations.c.source == source)))


def listed(tx: Transaction) -> tuple[Organisation, ...]:
    """Those whose names anybody may see."""
    return every(tx, organisations.c.listed & organisations.c.status.in_(["proposed", "verified"]))


def every(tx: Transaction, *where: sa.ColumnElement[bool]) -> tuple[Organisation, ...]:
    """The organisations for which all of this holds, by name."""
    columns = [organisations.c[name] for name in _COLUMNS]
    rows = tx.execute(sa.select(*columns).where(*where).order_by(organisations.c.name, organisations.c.id)).all()
    of_each = _facets(tx, [row.id for row in rows])
    return tuple(_organisation(row._mapping, of_each.get(row.id, {})) for row in rows)


def highest_number(tx: Transaction) -> int:
    """The number of the highest id of the form CSO-0060; 0 without any."""
    ours = sa.select(organisations.c.id).where(organisations.c.id.like("CSO-%"))
    numbers = (each.removeprefix("CSO-") for each in tx.execute(ours).scalars())
    return max((int(each) for each in numbers if each.isdecimal()), default=0)


def load(tx: Transaction, world: Iterable[Organisation]) -> int:
    """Take over the world's list; returns how many were new. A row that somebody has changed since is left as it is."""
    kept = {row.id: row for row in tx.execute(sa.select(organisations.c.id, _of_world))}
    untouched = {each.id: each for each in world if each.id in kept and kept[each.id].of_world}
    fresh = [each for each in world if each.id not in kept]
    for known in of_ids(tx, untouched):
        if known != untouched[known.id]:
            _rewrite(tx, untouched[known.id])
    add_all(tx, fresh, None)
    return len(fresh)


_of_world = sa.and_(organisations.c.source == "world", organisations.c.version == 1).label("of_world")


def _rewrite(tx: Transaction, organisation: Organisation) -> None:
    """As the office's files have it now, where nothing but them has ever said what it is."""
    here = organisations.c.id == organisation.id
    tx.execute(sa.update(organisations).where(here).values(row_of(organisation, None)))
    set_facets(tx, [organisation])


def add_all(tx: Transaction, fresh: Sequence[Organisation], now: datetime | None) -> None:
    """Keep new organisations; their ids must be free."""
    if not fresh:
        return
    tx.execute(sa.insert(organisations), [row_of(each, now) for each in fresh])
    if facets := [facet for each in fresh for facet in _facet_rows(each)]:
        tx.execute(sa.insert(organisation_facets), facets)


def add_where_free(tx: Transaction, fresh: Organisation, now: datetime) -> bool:
    """Whether it was kept: false when somebody else took the id in the same moment."""
    if not insert_missing(tx, organisations, [row_of(fresh, now)], organisations.c.id):
        return False
    set_facets(tx, [fresh])
    return True


def save(tx: Transaction, organisation: Organisation, now: datetime) -> Organisation:
    """Keep the change if nobody else made one since; raises `Conflict` otherwise."""
    saved = replace(organisation, version=organisation.version + 1)
    seen = sa.and_(organisations.c.id == organisation.id, organisations.c.version == organisation.version)
    if tx.execute(sa.update(organisations).where(seen).values(row_of(saved, now))).rowcount != 1:
        raise Conflict
    set_facets(tx, [saved])
    return saved


def set_facets(tx: Transaction, changed: Sequence[Organisation]) -> None:
    """Keep the lists of these organisations as they are now."""
    for some in in_parts([each.id for each in changed]):
        tx.execute(sa.delete(organisation_facets).where(organisation_facets.c.organisation.in_(some)))
    if facets := [facet for each in changed for facet in _facet_rows(each)]:
        tx.execute(sa.insert(organisation_facets), facets)


def row_of(organisation: Organisation, now: datetime | None) -> dict[str, object]:
    """The columns of its row, with what search looks at."""
    values = {name: getattr(organisation, name) for name in _COLUMNS}
    return {**values, "search": search_words(organisation), "changed_at": now}


def _facet_rows(organisation: Organisation) -> list[dict[str, object]]:
    return [
        {"organisation": organisation.id, "kind": kind, "value": value, "place": place}
        for name, kind in FACETS.items()
        for place, value in enumerate(dict.fromkeys(getattr(organisation, name)))
    ]


#: Most ids named in one statement: SQLite takes 32,766 of them.
_MOST_IDS = 5000


def in_parts(ids: Sequence[str]) -> Iterator[Sequence[str]]:
    """So many of them as one statement may name."""
    return (ids[start : start + _MOST_IDS] for start in range(0, len(ids), _MOST_IDS))


def _facets(tx: Transaction, ids: Sequence[str]) -> dict[str, dict[str, list[str]]]:
    """Organisation -> kind -> its values, in its own order."""
    found: dict[str, dict[str, list[str]]] = {}
    for some in in_parts(ids):
        theirs = organisation_facets.c.organisation.in_(some)
        for row in tx.execute(sa.select(organisation_facets).where(theirs).order_by(organisation_facets.c.place)):
            found.setdefault(row.organisation, {}).setdefault(row.kind, []).append(row.value)
    return found


def _organisation(row: Any, facets: dict[str, list[str]]) -> Organisation:
    lists = {name: tuple(facets.get(kind, ())) for name, kind in FACETS.items()}
    enums = {name: kind(row[name]) for name, kind in _ENUMS.items()}
    return Organisation(**{**row, **lists, **enums})
