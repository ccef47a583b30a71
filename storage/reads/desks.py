"""What desks have to do and who does it: counted per desk and per person, for the desks that a viewer's roles cover."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa

from bot.core.errors import Unknown
from bot.core.organisation import OrganisationStatus
from bot.core.permission import Permission, Scope, Viewer, check
from bot.core.query import Status
from bot.core.world import World
from storage.database import Transaction
from storage.directory_tables import organisations, people
from storage.reads.insight import OPEN, seen
from storage.tables import queries

#: "This week": so many days up to now, so that Monday morning is not empty.
WEEK = timedelta(days=7)


@dataclass(frozen=True, slots=True, kw_only=True)
class Load:
    """What one person has, or one desk."""

    unclaimed: int = 0
    #: In somebody's hands and theirs to answer.
    held: int = 0
    #: Of both: the promised time has passed.
    overdue: int = 0
    #: We asked back.
    waiting: int = 0
    #: To be seen again later.
    snoozed: int = 0
    #: In the last seven days.
    answered: int = 0

    @property
    def open(self) -> int:
        return self.unclaimed + self.held + self.waiting


def check_desk(viewer: Viewer, desk: str) -> None:
    """Raises `NotAllowed` for a desk that no role of theirs covers, `Unknown` for one that there is not."""
    if desk not in viewer.world.desks:
        raise Unknown
    check(viewer, Permission.SEE_DESKS, Scope(desk=desk))


def of_desks(tx: Transaction, viewer: Viewer, now: datetime) -> Mapping[str, Load]:
    """Every desk with something open or answered."""
    return _counted(tx, queries.c.desk, seen(viewer, Permission.SEE_DESKS), now)


def of_people(tx: Transaction, viewer: Viewer, desk: str, now: datetime) -> Mapping[int, Load]:
    """Everybody who has something at the desk; 0: nobody has it yet. Raises `NotAllowed`."""
    check_desk(viewer, desk)
    return _counted(tx, queries.c.holder, queries.c.desk == desk, now)


def _counted(tx: Transaction, by: sa.Column[Any], where: sa.ColumnElement[bool], now: datetime) -> Mapping[Any, Load]:
    status, late = queries.c.status, queries.c.due_at < now
    to_do = status.in_((Status.NEW, Status.CLAIMED))
    kinds = {
        "unclaimed": status == Status.NEW,
        "held": status == Status.CLAIMED,
        "overdue": sa.and_(to_do, late),
        "waiting": status == Status.WAITING,
        "snoozed": sa.and_(status.in_(OPEN), queries.c.snoozed_until > now),
    }
    counts = (sa.func.sum(sa.case((kind, 1), else_=0)).label(name) for name, kind in kinds.items())
    open_now = sa.select(by.label("by"), *counts).where(where, status.in_(OPEN)).group_by(by)
    found: dict[Any, dict[str, int]] = {
        row.by: {name: row._mapping[name] for name in kinds} for row in tx.execute(open_now)
    }
    done = sa.and_(where, queries.c.answered_at >= now - WEEK, queries.c.answered_at <= now)
    for row in tx.execute(sa.select(by.label("by"), sa.func.count().label("n")).where(done).group_by(by)):
        found.setdefault(row.by, {})["answered"] = row.n
    return {each: Load(**numbers) for each, numbers in found.items()}


def names(tx: Transaction, persons: Iterable[int]) -> Mapping[int, str]:
    """How colleagues know these people; those without a name are left out."""
    known = sa.select(people.c.id, people.c.name).where(people.c.id.in_(sorted(set(persons))), people.c.name != "")
    return {row.id: row.name for row in tx.execute(known)}


def languages_of_people(tx: Transaction, persons: Iterable[int]) -> dict[int, str]:
    """The language in which each reads the bot."""
    known = sa.select(people.c.id, people.c.language).where(people.c.id.in_(sorted(persons)))
    return {row.id: row.language for row in tx.execute(known)}


def languages_written(tx: Transaction, world: World) -> Mapping[str, frozenset[str]]:
    """Region id -> languages of its open partners; the office's own where there is none."""
    open_ones = organisations.c.status.in_((OrganisationStatus.PROPOSED, OrganisationStatus.VERIFIED))
    found: dict[str, set[str]] = {region: set() for region in world.regions}
    pairs = sa.select(organisations.c.country, organisations.c.language).distinct().where(open_ones)
    for row in tx.execute(pairs):
        if (region := world.region_of.get(row.country)) and row.language:
            found[region].add(row.language)
    usual = world.office.default_language
    return {region: frozenset(languages or {usual}) for region, languages in found.items()}
