"""The numbers of the desk, counted by the database: first answers, promises, ages, topics and regions.

Every read takes a `Viewer` and counts the desks that their roles cover. The confidential desk is never among them.
"""

from collections import Counter, defaultdict
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from bot.core.insight import (
    STEP_SECONDS,
    Ages,
    AnswerTimes,
    Asked,
    FirstAnswers,
    Hands,
    Month,
    Promises,
    TopicRegions,
    age_edges,
    ranked,
)
from bot.core.permission import Permission, Viewer, check
from bot.core.query import Status
from storage.database import Transaction
from storage.tables import queries

#: In somebody's hands, or nobody's, without an answer that stands.
OPEN = (Status.NEW, Status.CLAIMED, Status.WAITING)
HANDS = {Status.NEW: Hands.UNCLAIMED, Status.CLAIMED: Hands.HELD, Status.WAITING: Hands.WAITING}


def seen(viewer: Viewer, permission: Permission = Permission.SEE_INSIGHT) -> sa.ColumnElement[bool]:
    """The queries of the desks that a role covers which allows this; raises `NotAllowed` where none does."""
    check(viewer, permission)
    hidden = viewer.world.office.confidential_desk
    desks = viewer.desks(permission)
    # Without a limit desks that the office has dropped since are counted too; an empty one is not decided yet.
    return queries.c.desk.not_in(("", hidden)) if desks is None else queries.c.desk.in_(sorted(desks))


def asked(viewer: Viewer, which: Asked, permission: Permission = Permission.SEE_INSIGHT) -> sa.ColumnElement[bool]:
    """Those that were asked in this time, at these places."""
    parts = [seen(viewer, permission), queries.c.asked_at >= which.begins, queries.c.asked_at < which.ends]
    return sa.and_(*parts, *_places(viewer, which))


def _places(viewer: Viewer, which: Asked) -> list[sa.ColumnElement[bool]]:
    parts: list[sa.ColumnElement[bool]] = []
    if which.desk:
        parts.append(queries.c.desk == which.desk)
    if which.region:
        known = viewer.world.regions.get(which.region)
        parts.append(queries.c.country.in_(sorted(known.countries if known else ())))
    return parts


def first_answers(
    tx: Transaction, viewer: Viewer, which: Asked, permission: Permission = Permission.SEE_INSIGHT
) -> AnswerTimes:
    """Month by month, by when it was asked."""
    month, step = month_of(tx, queries.c.asked_at), _steps(tx)
    answered = sa.and_(asked(viewer, which, permission), queries.c.first_answered_at.is_not(None))
    counted = sa.select(month.label("month"), step.label("step"), sa.func.count().label("n"))
    steps: dict[str, Counter[int]] = defaultdict(Counter)
    for row in tx.execute(counted.where(answered).group_by(sa.text("1"), sa.text("2"))):
        steps[str(row.month)[:7]][row.step] += row.n
    months = [FirstAnswers(month=each, **_ranks(steps[str(each)])) for each in months_of(which)]
    return AnswerTimes(months=months, **_ranks(sum(steps.values(), Counter())))


def _ranks(steps: Counter[int]) -> dict[str, Any]:
    return {
        "answered": steps.total(),
        "median_hours": ranked(steps, 0.5),
        "ninetieth_hours": ranked(steps, 0.9),
    }


def promises(
    tx: Transaction, viewer: Viewer, which: Asked, now: datetime, permission: Permission = Permission.SEE_INSIGHT
) -> tuple[Promises, ...]:
    """Month by month, by when it was asked."""
    month, became = month_of(tx, queries.c.asked_at), fate(now)
    counted = sa.select(month.label("month"), became.label("fate"), sa.func.count().label("n"))
    found: dict[str, dict[str, int]] = defaultdict(dict)
    for row in tx.execute(counted.where(asked(viewer, which, permission)).group_by(sa.text("1"), sa.text("2"))):
        found[str(row.month)[:7]][row.fate] = row.n
    return tuple(
        Promises(month=each, **{word: found[str(each)].get(word, 0) for word in ("kept", "broken", "running")})
        for each in months_of(which)
    )


def open_by_age(tx: Transaction, viewer: Viewer, which: Asked, now: datetime) -> tuple[Ages, ...]:
    """What is open now, whenever it was asked."""
    edges = age_edges(now)
    bucket = sa.case(
        *((queries.c.asked_at > after, place) for place, (_, _, after, _) in enumerate(edges) if after is not None),
        else_=len(edges) - 1,
    )
    counted = sa.select(bucket.label("bucket"), queries.c.status, sa.func.count().label("n"))
    open_now = sa.and_(seen(viewer), queries.c.status.in_(OPEN), *_places(viewer, which))
    numbers: dict[int, dict[Hands, int]] = defaultdict(dict)
    for row in tx.execute(counted.where(open_now).group_by(sa.text("1"), queries.c.status)):
        numbers[row.bucket][HANDS[Status(row.status)]] = row.n
    return tuple(
        Ages(from_days=begin, to_days=end, numbers={each: numbers[place].get(each, 0) for each in Hands})
        for place, (begin, end, _, _) in enumerate(edges)
    )


def topics_by_region(
    tx: Transaction, viewer: Viewer, which: Asked, permission: Permission = Permission.SEE_INSIGHT
) -> TopicRegions:
    """What was asked about, and from where."""
    counted = sa.select(queries.c.topic, queries.c.country, sa.func.count().label("n"))
    numbers: Counter[tuple[str, str]] = Counter()
    for row in tx.execute(counted.where(asked(viewer, which, permission)).group_by(queries.c.topic, queries.c.country)):
        numbers[row.topic, viewer.world.region_of.get(row.country, "")] += row.n
    topics: Counter[str] = Counter()
    for (topic, _), number in numbers.items():
        topics[topic] += number
    order = [*viewer.world.regions, ""]
    regions = [each for each in order if any(region == each for _, region in numbers)]
    return TopicRegions(topics=[topic for topic, _ in topics.most_common()], regions=regions, numbers=dict(numbers))


def months_of(which: Asked) -> tuple[Month, ...]:
    """Every month that the time touches."""
    first, found = Month.of(which.begins), []
    while first.begins < which.ends:
        found.append(first)
        first = first.later(1)
    return tuple(found)


def month_of(tx: Transaction, moment: sa.Column[Any]) -> sa.ColumnElement[Any]:
    """The month of a moment, in UTC; written out it begins with "2026-11"."""
    if tx.dialect.name == "postgresql":
        return sa.func.date_trunc("month", sa.func.timezone("UTC", moment))
    return sa.func.substr(moment, 1, 7, type_=sa.String)


def _steps(tx: Transaction) -> sa.ColumnElement[int]:
    """How many whole steps passed until the first answer."""
    first, at = queries.c.first_answered_at, queries.c.asked_at
    if tx.dialect.name == "postgresql":
        seconds = sa.func.date_part("epoch", first - at)
        return sa.cast(sa.func.floor(seconds / STEP_SECONDS), sa.Integer)
    per_day = 86400 // STEP_SECONDS
    days = sa.func.julianday(first, type_=sa.Float) - sa.func.julianday(at, type_=sa.Float)
    return sa.cast(days * per_day, sa.Integer)


def fate(now: datetime) -> sa.ColumnElement[str]:
    """Broken where a promised time passed without a word; kept where a person answered before that.

    What ended without an answer (referred, merged, withdrawn) says nothing of promises: empty.
    """
    late = sa.and_(queries.c.status.in_((Status.NEW, Status.CLAIMED)), queries.c.due_at < now)
    return sa.case(
        (queries.c.broken_at.is_not(None), "broken"),
        (queries.c.first_answered_at.is_not(None), "kept"),
        (queries.c.status == Status.CLOSED, ""),
        (late, "broken"),
        else_="running",
    )
