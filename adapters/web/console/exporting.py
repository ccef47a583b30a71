"""The list of partners as a file: exactly what its filters show, on all pages."""

from dataclasses import replace
from datetime import datetime

from starlette.responses import Response

from adapters.exports.sheets import Column, Sheet, write_csv, write_xlsx
from adapters.web.console.declared import Page
from adapters.web.console.listing import read_listing
from adapters.web.console.partners import FILTERS, wanted_of
from adapters.web.console.visit import Visit
from bot.core.permission import Permission
from bot.services import organisations
from bot.services.organisations import By
from storage.database import Transaction
from storage.reads import partners
from storage.reads.partners import SORTS, Row

#: More than an office has; what one statement can name.
MOST = 30_000
_COLUMNS = (
    *("id", "name", "acronym", "type", "level", "country", "language", "status", "observer", "listed", "email"),
    *("people", "state"),
)
_TAGS = {"id": "#org+code", "name": "#org+name", "type": "#org+type+code", "country": "#country+code+v_iso2"}
_XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


async def export(visit: Visit) -> Response:
    """CSV, or XLSX where the address says so; the audit log says who took it."""
    listing = read_listing(visit.request.query_params, FILTERS, tuple(SORTS))
    wanted = replace(wanted_of(listing), offset=0, rows=MOST)

    def look(tx: Transaction, now: datetime) -> tuple[Row, ...]:
        organisations.note_export(tx, By(viewer=visit.viewer, now=now))
        return partners.listed(tx, visit.viewer, wanted, now).rows

    rows = await visit.act(look)
    sheet = Sheet(
        "Organisations",
        [Column(name, _TAGS.get(name, "")) for name in _COLUMNS],
        ([str(value) if not isinstance(value, bool | int) else value for value in _values(row)] for row in rows),
    )
    if visit.given("format") == "xlsx":
        return visit.file(write_xlsx(sheet), "partners.xlsx", _XLSX)
    return visit.file(write_csv(sheet), "partners.csv", "text/csv; charset=utf-8")


def _values(row: Row) -> list[object]:
    return [getattr(row, name) for name in _COLUMNS]


PAGES = (Page("/console/partners/export", Permission.EXPORT, export),)
