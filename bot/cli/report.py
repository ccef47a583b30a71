"""`csobot report …`: what managers read, as a file to send on."""

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from bot.core.errors import BotError

if TYPE_CHECKING:
    from adapters.exports.month_report import Page
    from bot.core.month_report import MonthReport

app = typer.Typer(add_completion=False, rich_markup_mode=None, no_args_is_help=True)

FORMATS = ("html", "pdf", "json")
OUTPUT = typer.Option(..., "--output", "-o", help="File to write; only its owner may read it.")


class NoSuchForm(BotError):
    """A report is html, pdf or json: say which with --format."""


class NoSuchMonth(BotError):
    """A month is written as in 2026-11, and has begun."""


@app.callback()
def report() -> None:
    """Reports for managers. Confidential matters are in none of them."""


@app.command()
def month(
    which: str = typer.Argument(..., metavar="MONTH", help="As in 2026-11."),
    output: Path = OUTPUT,
    form: str = typer.Option("pdf", "--format", help="html (one file, no other needed), pdf or json"),
    language: str = typer.Option("", "--language", help="en, fr, es; the office's own without it."),
) -> None:
    """What was asked, promised, kept; who was silent, and what partners were unhappy about. Of the whole office."""
    from adapters.exports.month_report import as_html, as_json, as_pdf  # noqa: PLC0415
    from bot.cli.export import put  # noqa: PLC0415

    if form not in FORMATS:
        raise NoSuchForm
    counted, page = _counted(which, language)
    put(as_json(counted) if form == "json" else as_html(page) if form == "html" else as_pdf(page), output)


def _counted(which: str, language: str) -> "tuple[MonthReport, Page]":
    from adapters.exports.insight_charts import Wording  # noqa: PLC0415
    from adapters.exports.month_report import Writer  # noqa: PLC0415
    from adapters.renderer import Renderer  # noqa: PLC0415
    from bot.app.offline import opened  # noqa: PLC0415
    from bot.core.insight import Month  # noqa: PLC0415
    from bot.core.permission import command_line  # noqa: PLC0415
    from storage import audit, clock  # noqa: PLC0415
    from storage.reads import month_report  # noqa: PLC0415

    wanted = Month.read(which)
    with opened() as (database, setup):
        world = setup.world
        now = database.run_sync(clock.now)
        if wanted is None or wanted > Month.of(now):
            raise NoSuchMonth
        viewer = command_line(world)
        found = asyncio.run(database.read(lambda tx: month_report.of_month(tx, viewer, wanted, now)))
        database.run_sync(lambda tx: audit.add(tx, 0, "exported", f"export:month:{wanted}", now, "command"))
    known = language if language in world.office.languages else world.office.default_language
    return found, Writer(Wording(world, known, Renderer(world).sentence)).page(found)
