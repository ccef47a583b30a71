"""The numbers of the desk as charts, each with the same numbers as a table."""

import asyncio
from collections.abc import Callable, Sequence
from datetime import datetime
from functools import partial

from starlette.responses import Response

from adapters.exports import insight_charts
from adapters.exports.charts import Chart, columns, picture, svg, table
from adapters.exports.insight_charts import Wording
from adapters.web.console.choices import Options
from adapters.web.console.declared import Page
from adapters.web.console.listing import Listing, read_listing
from adapters.web.console.visit import Visit
from bot.core.coverage import Gap
from bot.core.errors import Unknown
from bot.core.insight import Asked, InsightChart, last_months
from bot.core.permission import Permission
from bot.services import charts, coverage

#: Months that can be looked at, the usual number first.
PERIODS = (12, 3, 6, 24)
_FILTERS = ("period", "desk", "region")


async def show(visit: Visit) -> Response:
    """The page; each chart comes by itself, so that the slowest keeps nobody waiting."""
    listing = read_listing(visit.request.query_params, _FILTERS)
    return visit.draw(
        "insight.html",
        listing=listing,
        charts=list(InsightChart),
        options=options(visit),
        chosen=_chosen(visit, listing),
    )


async def chart(visit: Visit) -> Response:
    """One chart and its table; a part of the page."""
    which, drawn = await _chart(visit)
    drawing = "" if drawn.empty else await asyncio.to_thread(svg, drawn)
    most = max((value or 0 for each in drawn.series for value in each.values), default=0)
    return visit.draw(
        "insight-chart.html",
        which=which,
        chart=drawn,
        drawing=drawing,
        rows=table(drawn),
        columns=columns(drawn),
        heat=lambda place, column: _heat([*drawn.series, *drawn.rest][place].values[column], most),
        listing=read_listing(visit.request.query_params, _FILTERS),
    )


async def chart_picture(visit: Visit) -> Response:
    """The same chart as a picture to keep."""
    which, drawn = await _chart(visit)
    # Drawing takes a moment of the processor: not on the loop.
    from adapters.exports.typeset import png  # noqa: PLC0415

    made = await asyncio.to_thread(lambda: png(picture(drawn)))
    return visit.file(made, f"{which}.png", "image/png")


async def cover(visit: Visit) -> Response:
    """Which topic, from which region, in which language nobody would answer now."""
    found = await visit.read(lambda tx, now: coverage.look(tx, visit.viewer, now))
    listing = read_listing(visit.request.query_params, ("region", "language"))
    wanted = [
        gap
        for gap in found.gaps
        if listing.value("region") in ("", gap.region) and listing.value("language") in ("", gap.language)
    ]
    tongues = sorted({gap.language for gap in found.gaps})
    return visit.draw(
        "coverage.html",
        found=found,
        gaps=_by_desk(wanted),
        all=len(wanted),
        nobody=sum(not gap.above for gap in wanted),
        listing=listing,
        topics=list(dict.fromkeys(topic for topic, _ in found.cells)),
        regions=[each for each in visit.world.regions if listing.value("region") in ("", each)],
        options={
            "region": [(each, visit.reader.region(each)) for each in visit.world.regions],
            "language": [(each, visit.reader.language(each)) for each in tongues],
        },
    )


def _by_desk(gaps: Sequence[Gap]) -> Sequence[tuple[Gap, Sequence[str], Sequence[str]]]:
    """What one desk lacks stands in one row: the first gap, the regions and the topics of all."""
    alike: dict[tuple[str, str, str], list[Gap]] = {}
    for gap in gaps:
        alike.setdefault((gap.desk, gap.language, gap.above), []).append(gap)
    return [
        (found[0], [gap.region for gap in found], list(dict.fromkeys(topic for gap in found for topic in gap.topics)))
        for found in alike.values()
    ]


async def _chart(visit: Visit) -> tuple[InsightChart, Chart]:
    name = visit.path("which")
    if name not in set(InsightChart):
        raise Unknown
    which, listing = InsightChart(name), read_listing(visit.request.query_params, _FILTERS)
    return which, await visit.read(
        lambda tx, now: insight_charts.made(
            wording(visit), charts.count(tx, visit.viewer, which, asked(listing, now), now)
        )
    )


def asked(listing: Listing, now: datetime) -> Asked:
    """What the address asks for; anything else than our periods is the usual one."""
    months = last_months(now, _period(listing))
    desk, region = listing.value("desk"), listing.value("region")
    return Asked(begins=months[0].begins, ends=months[-1].ends, desk=desk, region=region)


def _period(listing: Listing) -> int:
    given = listing.value("period")
    return int(given) if given in {str(each) for each in PERIODS} else PERIODS[0]


def wording(visit: Visit) -> Wording:
    return Wording(visit.world, visit.language, visit.console.sentence)


def _heat(value: float | None, most: float) -> int:
    """0 for nothing, then 1 to 4 by how much of the largest it is."""
    return 0 if not value else min(4, 1 + int(4 * value / (most + 1)))


def options(visit: Visit) -> dict[str, Options]:
    """What the filters offer: the usual period needs no choosing."""
    known, hidden = visit.viewer.desks(Permission.SEE_INSIGHT), visit.world.office.confidential_desk
    covered = known if known is not None else frozenset(visit.world.desks) - {hidden}
    desks = [(desk, visit.reader.desk(desk)) for desk in covered]
    return {
        "period": [(str(each), str(visit.words("insight.months", n=each))) for each in sorted(PERIODS)],
        "desk": sorted(desks, key=lambda each: each[1]),
        "region": [(region, visit.reader.region(region)) for region in visit.world.regions],
    }


def _chosen(visit: Visit, listing: Listing) -> dict[str, str]:
    """What is filtered by, in words."""
    named: dict[str, Callable[[], str]] = {
        "period": lambda: str(visit.words("insight.months", n=_period(listing))),
        "desk": partial(visit.reader.desk, listing.value("desk")),
        "region": partial(visit.reader.region, listing.value("region")),
    }
    return {name: word() for name, word in named.items() if listing.value(name)}


_SEE = Permission.SEE_INSIGHT

PAGES = (
    Page("/console/insight", _SEE, show),
    Page("/console/insight/coverage", _SEE, cover),
    Page("/console/insight/chart/{which}.png", _SEE, chart_picture),
    Page("/console/insight/chart/{which}", _SEE, chart),
)
