"""Records that may be one organisation, side by side, for whoever may merge them."""

from dataclasses import dataclass

import sqlalchemy as sa

from bot.core.partner_scope import seen_countries
from bot.core.permission import Permission, Viewer, check
from storage.database import Transaction
from storage.directory_tables import duplicates, organisations

_ONE, _OTHER = organisations.alias("one"), organisations.alias("other")


@dataclass(frozen=True, slots=True, kw_only=True)
class Side:
    """One of the two records."""

    id: str
    name: str
    acronym: str
    country: str
    status: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AlikePair:
    """Two records, why they may be one, and how alike they are in percent."""

    one: Side
    other: Side
    why: str
    alike: int


def listed(tx: Transaction, viewer: Viewer, offset: int, rows: int) -> tuple[tuple[AlikePair, ...], int]:
    """Open pairs of which the viewer may merge both, most alike first, and how many there are.

    Raises `NotAllowed` for who may merge none.
    """
    sides = (each.c[name].label(f"{each.name}_{name}") for each in (_ONE, _OTHER) for name in Side.__dataclass_fields__)
    pairs = duplicates.join(_ONE, _ONE.c.id == duplicates.c.one).join(_OTHER, _OTHER.c.id == duplicates.c.other)
    wanted = _wanted(viewer)
    number = tx.execute(sa.select(sa.func.count()).select_from(pairs).where(*wanted)).scalar_one()
    found = sa.select(duplicates.c.why, duplicates.c.alike, *sides).select_from(pairs).where(*wanted)
    order = (duplicates.c.alike.desc(), duplicates.c.one, duplicates.c.other)
    return tuple(_pair(row) for row in tx.execute(found.order_by(*order).offset(offset).limit(rows))), number


def _wanted(viewer: Viewer) -> tuple[sa.ColumnElement[bool], ...]:
    check(viewer, Permission.MERGE_PARTNERS)
    countries = seen_countries(viewer, Permission.MERGE_PARTNERS, viewer.world)
    open_ = (duplicates.c.state == "open", *(each.c.status != "closed" for each in (_ONE, _OTHER)))
    if countries is None:
        return open_
    return (*open_, *(each.c.country.in_(sorted(countries)) for each in (_ONE, _OTHER)))


def _pair(row: "sa.Row[tuple[object, ...]]") -> AlikePair:
    def side(name: str) -> Side:
        return Side(**{each: row._mapping[f"{name}_{each}"] for each in Side.__dataclass_fields__})

    return AlikePair(one=side("one"), other=side("other"), why=row.why, alike=row.alike)
