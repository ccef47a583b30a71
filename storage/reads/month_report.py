"""The report of a month, counted by the database for the desks and regions that a manager covers."""

from collections import Counter
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa

from bot.core.insight import Asked, Month
from bot.core.month_report import (
    LOW_RATING,
    MOST_LINES,
    SILENT_DAYS,
    DeskMonth,
    Grievance,
    MonthReport,
    RegionMonth,
    Silent,
    Unhappy,
)
from bot.core.permission import Permission, Viewer
from bot.core.query import Concern, EntryKind, Status
from storage.database import Transaction
from storage.directory_tables import organisations
from storage.reads import insight
from storage.reads.connecting import seen as seen_partners
from storage.tables import entries, queries

_SEE = Permission.SEE_REPORTS
#: Months on the chart of promises.
MONTHS = 12


def of_month(tx: Transaction, viewer: Viewer, month: Month, now: datetime) -> MonthReport:
    """Raises `NotAllowed`."""
    which = Asked(begins=month.begins, ends=month.ends)
    before = Asked(begins=month.later(-1).begins, ends=month.begins)
    year = replace(which, begins=month.later(1 - MONTHS).begins)
    where = insight.asked(viewer, which, _SEE)
    regions, silent = _silence(tx, viewer, month, now)
    grievances = _grievances(tx, where)
    return MonthReport(
        month=month,
        counted_at=now,
        asked=_count(tx, where),
        asked_before=_count(tx, insight.asked(viewer, before, _SEE)),
        times=insight.first_answers(tx, viewer, which, _SEE),
        promises=insight.promises(tx, viewer, year, now, _SEE),
        desks=_desks(tx, where, now),
        outcomes=_outcomes(tx, where),
        accounts=_by(tx, queries.c.account, where),
        topics=insight.topics_by_region(tx, viewer, which, _SEE),
        regions=regions,
        silent=silent,
        unhappy={why: sum(why in each.why for each in grievances) for why in Unhappy},
        grieved=len(grievances),
        grievances=grievances[:MOST_LINES],
    )


def _count(tx: Transaction, where: sa.ColumnElement[bool]) -> int:
    return tx.execute(sa.select(sa.func.count()).select_from(queries).where(where)).scalar_one()


def _by(tx: Transaction, column: sa.Column[Any], where: sa.ColumnElement[bool]) -> dict[str, int]:
    counted = sa.select(column.label("by"), sa.func.count().label("n")).where(where).group_by(column)
    return {row.by: row.n for row in tx.execute(counted)}


def _desks(tx: Transaction, where: sa.ColumnElement[bool], now: datetime) -> tuple[DeskMonth, ...]:
    fate = insight.fate(now)
    answered = sa.func.sum(sa.case((queries.c.first_answered_at.is_not(None), 1), else_=0))
    kept, broken = (sa.func.sum(sa.case((fate == word, 1), else_=0)) for word in ("kept", "broken"))
    counted = sa.select(queries.c.desk, sa.func.count(), answered, kept, broken).where(where).group_by(queries.c.desk)
    rows = [
        DeskMonth(desk=desk, asked=n, answered=done, kept=good, broken=bad)
        for desk, n, done, good, bad in tx.execute(counted)
    ]
    return tuple(sorted(rows, key=lambda each: (-each.asked, each.desk)))


def _outcomes(tx: Transaction, where: sa.ColumnElement[bool]) -> dict[str, int]:
    closed = queries.c.status == Status.CLOSED
    outcome = sa.case((closed, sa.func.coalesce(queries.c.outcome, "unsaid")), else_="")
    counted = sa.select(outcome.label("outcome"), sa.func.count().label("n")).where(where).group_by(sa.text("1"))
    return {row.outcome: row.n for row in tx.execute(counted)}


def _grievances(tx: Transaction, where: sa.ColumnElement[bool]) -> tuple[Grievance, ...]:
    """Newest first. A rating that the partner kept to itself is not looked at; a sensitive matter has no partner."""
    later = sa.and_(
        entries.c.query == queries.c.id,
        entries.c.kind == EntryKind.ADDITION,
        entries.c.at > queries.c.first_answered_at,
    )
    signs = {
        Unhappy.LOW_RATING: sa.and_(queries.c.rating.between(1, LOW_RATING), queries.c.rating_shared),
        Unhappy.ASKED_AGAIN: sa.and_(queries.c.first_answered_at.is_not(None), sa.exists().where(later)),
        Unhappy.COMPLAINT: sa.func.coalesce(queries.c.concern, "") == Concern.COMPLAINT,
        Unhappy.CRITICAL: sa.func.coalesce(queries.c.concern, "") == Concern.CRITICAL,
    }
    flags = (sa.case((sign, 1), else_=0).label(why.value) for why, sign in signs.items())
    named = sa.case((queries.c.sensitive, ""), else_=sa.func.coalesce(organisations.c.name, ""))
    every = sa.select(queries.c.id, named.label("name"), queries.c.topic, queries.c.desk, *flags).select_from(
        queries.outerjoin(organisations, organisations.c.id == queries.c.organisation)
    )
    marked = every.where(where).subquery()
    any_sign = sa.or_(*(marked.c[why.value] == 1 for why in Unhappy))
    return tuple(
        Grievance(
            query=row.id,
            organisation=row.name,
            topic=row.topic,
            desk=row.desk,
            why=[why for why in Unhappy if row._mapping[why.value]],
        )
        for row in tx.execute(sa.select(marked).where(any_sign).order_by(marked.c.id.desc()))
    )


def _silence(
    tx: Transaction, viewer: Viewer, month: Month, now: datetime
) -> tuple[tuple[RegionMonth, ...], tuple[Silent, ...]]:
    """Partners by when they last wrote, as it was at the end of the month, or is now."""
    end = min(month.ends, now)
    since = end - timedelta(days=SILENT_DAYS)
    heard = (
        sa.select(queries.c.organisation.label("id"), sa.func.max(queries.c.asked_at).label("last"))
        .where(queries.c.asked_at < end, queries.c.desk != viewer.world.office.confidential_desk)
        .group_by(queries.c.organisation)
        .subquery()
    )
    partners = organisations.outerjoin(heard, heard.c.id == organisations.c.id)
    mine = seen_partners(viewer)
    kinds = {
        "wrote": heard.c.last >= month.begins,
        "silent": heard.c.last < since,
        "never": heard.c.last.is_(None),
    }
    sums = (sa.func.sum(sa.case((kind, 1), else_=0)).label(name) for name, kind in kinds.items())
    counted = sa.select(organisations.c.country, sa.func.count().label("partners"), *sums).select_from(partners)
    found: dict[str, Counter[str]] = {}
    for row in tx.execute(counted.where(mine).group_by(organisations.c.country)):
        into = found.setdefault(viewer.world.region_of.get(row.country, ""), Counter())
        into.update({name: row._mapping[name] for name in ("partners", *kinds)})
    order = [each for each in (*viewer.world.regions, "") if each in found]
    lines = tuple(
        RegionMonth(region=each, **{name: found[each][name] for name in ("partners", *kinds)}) for each in order
    )
    return lines, _longest_silent(tx, sa.and_(mine, kinds["silent"]), partners, heard.c.last)


def _longest_silent(
    tx: Transaction, where: sa.ColumnElement[bool], partners: sa.FromClause, last: sa.ColumnElement[Any]
) -> tuple[Silent, ...]:
    named = sa.select(organisations.c.id, organisations.c.name, organisations.c.country, last.label("last"))
    rows = tx.execute(named.select_from(partners).where(where).order_by(last, organisations.c.id).limit(MOST_LINES))
    return tuple(Silent(organisation=row.id, name=row.name, country=row.country, last=row.last) for row in rows)
