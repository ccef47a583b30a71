"""The report of a month, to be read here and taken along as a PDF."""

import asyncio

from starlette.responses import RedirectResponse, Response

from adapters.exports.charts import svg
from adapters.exports.month_report import Page as Report
from adapters.exports.month_report import Writer, as_pdf
from adapters.web.console.choices import Options
from adapters.web.console.declared import Page
from adapters.web.console.insight import wording
from adapters.web.console.visit import Visit
from bot.core.errors import Unknown
from bot.core.insight import Month, last_months
from bot.core.permission import Permission
from storage.reads import month_report as reads

#: Months that are offered; an address may name older ones.
OFFERED = 24


async def latest(visit: Visit) -> Response:
    """The month that was chosen, else the last that is over."""
    chosen = Month.read(visit.given("month")) or Month.of(visit.now).later(-1)
    return RedirectResponse(f"/console/insight/month/{chosen}", 303)


async def show(visit: Visit) -> Response:
    month, report = await _report(visit)
    return visit.draw(
        "month.html",
        month=month,
        report=report,
        svg=svg,
        offered=_offered(visit),
        section="insight",
    )


async def download(visit: Visit) -> Response:
    """The same as a PDF; setting it takes a moment of the processor, not of the loop."""
    month, report = await _report(visit)
    return visit.file(await asyncio.to_thread(as_pdf, report), f"csobot-{month}.pdf", "application/pdf")


async def _report(visit: Visit) -> tuple[Month, Report]:
    month = Month.read(visit.path("month"))
    if month is None or month > Month.of(visit.now):
        raise Unknown
    counted = await visit.read(lambda tx, now: reads.of_month(tx, visit.viewer, month, now))
    return month, Writer(wording(visit)).page(counted)


def _offered(visit: Visit) -> Options:
    word = wording(visit)
    return [(str(each), word.month(each)) for each in reversed(last_months(visit.now, OFFERED))]


_SEE = Permission.SEE_REPORTS

PAGES = (
    Page("/console/insight/month", _SEE, latest),
    Page("/console/insight/month/{month}.pdf", _SEE, download),
    Page("/console/insight/month/{month}", _SEE, show),
)
