"""`csobot export …`: everything we know of partners, as files that other programs read."""

import asyncio
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from bot.core.errors import BotError

if TYPE_CHECKING:
    from adapters.exports.sheets import Format, Sheet
    from bot.core.permission import Viewer
    from bot.core.world import World
    from storage.database import Transaction

app = typer.Typer(add_completion=False, rich_markup_mode=None, no_args_is_help=True)
FORMAT = typer.Option("csv", "--format", help="csv, xlsx, hxl (CSV with a row of HXL hashtags) or json")
OUTPUT = typer.Option(None, "--output", help="File to write; standard output without one.")


class NoSuchFormat(BotError):
    """There is no such format; there are csv, xlsx, hxl and json."""


class NotOnTheScreen(BotError):
    """A workbook cannot be shown on a terminal: give a file with --output."""


@app.callback()
def export() -> None:
    """Write organisations, people or the audit log. No cell can start a formula on the reader's machine.

    What `export organisations` writes, `csobot import organisations` reads and finds the same.
    """


@app.command()
def organisations(
    format: str = FORMAT,
    public: bool = typer.Option(
        False, "--public", help="Only listed, verified organisations with consent given, without any contact."
    ),
    output: Path | None = OUTPUT,
) -> None:
    """Organisations in the columns of the native list."""
    from adapters.exports import partners  # noqa: PLC0415
    from storage.reads import exports  # noqa: PLC0415

    def sheet(tx: "Transaction", viewer: "Viewer", world: "World") -> "Sheet":
        if public:
            return partners.public_sheet(exports.public_partners(tx, viewer), world)
        return partners.organisations_sheet(exports.partners(tx, viewer), world)

    _write(sheet, "organisations", format, output)


@app.command()
def people(format: str = FORMAT, output: Path | None = OUTPUT) -> None:
    """Contacts of organisations: personal data, for those who may have them. Chat addresses are not among them."""
    from adapters.exports import partners  # noqa: PLC0415
    from storage.reads import exports  # noqa: PLC0415

    _write(lambda tx, viewer, _: partners.people_sheet(exports.contacts(tx, viewer)), "people", format, output)


@app.command()
def audit(format: str = FORMAT, output: Path | None = OUTPUT) -> None:
    """Who of staff did what and when; ids only."""
    from adapters.exports import partners  # noqa: PLC0415
    from storage.reads import exports  # noqa: PLC0415

    _write(lambda tx, viewer, _: partners.audit_sheet(exports.acts(tx, viewer)), "audit", format, output)


def _write(sheet: "Callable[[Transaction, Viewer, World], Sheet]", what: str, name: str, output: Path | None) -> None:
    from adapters.exports.sheets import STREAMS, Format  # noqa: PLC0415
    from bot.app.offline import opened  # noqa: PLC0415
    from bot.core.permission import command_line  # noqa: PLC0415
    from storage import audit as audit_rows  # noqa: PLC0415
    from storage import clock  # noqa: PLC0415

    form = _format(name)
    if output is None and form is Format.XLSX and sys.stdout.isatty():
        raise NotOnTheScreen
    with opened() as (database, setup):
        viewer = command_line(setup.world)

        def read(tx: "Transaction") -> bytes:
            return b"".join(STREAMS[form](sheet(tx, viewer, setup.world)))

        data = asyncio.run(database.read(read))
        database.run_sync(lambda tx: audit_rows.add(tx, 0, "exported", f"export:{what}", clock.now(tx), "command"))
    put(data, output)


def _format(name: str) -> "Format":
    from adapters.exports.sheets import Format  # noqa: PLC0415

    if name not in set(Format):
        raise NoSuchFormat(f"There is no format {name!r}; there are {', '.join(Format)}.")
    return Format(name)


def put(data: bytes, output: Path | None) -> None:
    """Into the file, or on standard output. Raises `NotWritten`."""
    if output is None:
        sys.stdout.buffer.write(data)
        return
    try:
        # Whoever made the file may read it, and nobody else: it may hold personal data.
        handle = os.open(output, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    except OSError as error:
        raise NotWritten(f"{output} cannot be written: {error.strerror}.") from None
    with os.fdopen(handle, "wb") as file:
        file.write(data)


class NotWritten(BotError):
    """The file cannot be written."""
