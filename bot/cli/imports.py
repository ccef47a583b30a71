"""`csobot import …`: lists of partners as files, and taking them back."""

import json
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from bot.core.imports.job import Import, ImportKind, ImportState, Refusal

if TYPE_CHECKING:
    from bot.core.imports.layout import Layout
    from bot.services.setup import Setup
    from storage.database import Database

app = typer.Typer(add_completion=False, rich_markup_mode=None, no_args_is_help=True)
FILE = typer.Argument(
    help="CSV (UTF-8; commas, semicolons or tabs) or XLSX (first sheet); the first row names the columns."
)
DRY_RUN = typer.Option(False, "--dry-run", help="Only say which rows would be refused; nothing is written.")
MAPPING = typer.Option(None, "--mapping", help="YAML file that says which of its columns are which of ours.")
AS_JSON = typer.Option(False, "--json", help="Print JSON.")


@app.callback()
def bring_in() -> None:
    """Take over lists of partners. Exit code 0: every row was taken; 1: some were refused, and each is named with row,
    column and problem; or the file cannot be used, and stderr says why.

    Killed in the middle, the same command with the same file goes on where it stopped; given again when it is done,
    it says so and does nothing. `csobot import undo ID` takes everything back.

    A mapping file has `columns:` (their column: ours), and where needed `values:` (ours: {theirs: ours, "*": any
    other}) and `defaults:` (ours: value). A text that begins with = + - or @ is refused; with an apostrophe in front
    it is taken as a text.
    """


@app.command()
def organisations(
    file: Path = FILE, dry_run: bool = DRY_RUN, mapping: Path | None = MAPPING, as_json: bool = AS_JSON
) -> None:
    """Organisations. A row whose id is known changes that one; all others are new and count as verified.

    Columns: id (given where it is empty), name, acronym, type, level, country (ISO, KE), languages (codes with blanks),
    interface_language, timezone, topics, observer_status (none, applied, observer), observer_since, observer_until
    (2026-03-01), contact_role, email, consent (pending, given, withdrawn: whether the organisation may stand on the
    public list), quiet_hours (21:00-07:00), listed (yes, no), iati_org_id, status (active, proposed, verified,
    suspended, closed), since (year), countries, clusters, ecosoc, unpp, parent (id of the organisation it is an
    office of; that one stands further up or is known).

    A new row needs name, type and country. A column that the file does not have changes nothing. The columns region,
    connected, channel, addresses and announcement_optin are read over: the region follows from the country, a bot
    cannot write to a chat that never wrote to it, and what people want to get is theirs to say.
    """
    _bring_in(ImportKind.ORGANISATIONS, file, mapping, dry_run=dry_run, as_json=as_json)


@app.command()
def people(file: Path = FILE, dry_run: bool = DRY_RUN, mapping: Path | None = MAPPING, as_json: bool = AS_JSON) -> None:
    """Contacts of organisations: whom to invite. Nobody is connected by a file; they are when they press Start.

    Columns: organisation (its id, or a name or acronym that no other has), name, position, email, language, country.
    Only organisation is needed. Somebody known there by e-mail address, else by name, is changed.
    """
    _bring_in(ImportKind.PEOPLE, file, mapping, dry_run=dry_run, as_json=as_json)


@app.command()
def undo(number: int = typer.Argument(metavar="ID", help="Number of the import."), as_json: bool = AS_JSON) -> None:
    """Remove what an import added and restore what it changed.

    What somebody changed since, or what queries, people or invitations belong to, stays and is named; exit code 1 then.
    """
    from bot.app import importing  # noqa: PLC0415
    from bot.app.offline import opened  # noqa: PLC0415
    from bot.core.permission import command_line  # noqa: PLC0415
    from bot.services import imports  # noqa: PLC0415
    from storage import clock  # noqa: PLC0415

    with opened() as (database, setup):
        viewer = command_line(setup.world)
        job = database.run_sync(lambda tx: imports.undo(tx, viewer, number, clock.now(tx), "command"))
        with _bar(job.cursor, "Taking back") as progress:
            last = job.cursor
            job = importing.undo(database, setup, number, lambda cursor: progress(last - cursor))
        left = database.run_sync(lambda tx: imports.left_standing(tx, number))
    stays = [{"row": each.row, "id": each.target} for each in left]
    if as_json:
        print(json.dumps({"import": number, "undone": True, "left": stays}))
    else:
        print(f"Import {number} is undone.")
        for each in stays:
            print(f"row {each['row']}: {each['id']} was changed or is used since; it stays as it is")
    raise typer.Exit(1 if left else 0)


@app.command("list")
def listed(as_json: bool = AS_JSON) -> None:
    """The latest imports, newest first."""
    from bot.app.offline import opened  # noqa: PLC0415
    from storage import imports  # noqa: PLC0415

    with opened() as (database, _):
        jobs = database.run_sync(imports.every)
    if as_json:
        print(json.dumps([_summary(job) for job in jobs], ensure_ascii=False))
        return
    for job in jobs:
        print(
            f"{job.id:>4}  {job.state:<8} {job.kind:<13} {job.started_at:%Y-%m-%d %H:%M}  "
            f"{job.accepted} accepted, {job.refused} refused  {job.file_name}"
        )


def _summary(job: Import) -> dict[str, object]:
    return {
        "import": job.id,
        "kind": job.kind,
        "file": job.file_name,
        "state": job.state,
        "started_at": job.started_at.isoformat(),
        "rows": job.accepted + job.refused,
        "accepted": job.accepted,
        "refused": job.refused,
    }


def _bring_in(kind: ImportKind, file: Path, mapping: Path | None, *, dry_run: bool, as_json: bool) -> None:
    from bot.app import importing  # noqa: PLC0415
    from bot.app.offline import opened  # noqa: PLC0415
    from bot.core.imports.layout import Layout  # noqa: PLC0415

    content = importing.fingerprint(file)
    layout = _layout(kind, mapping) if mapping else Layout()
    with importing.opened(file, file.name, kind, layout) as found:
        about, ignored = found.about, found.ignored
    if ignored:
        print(f"csobot: not taken over: {', '.join(ignored)}", file=sys.stderr)
    with opened() as (database, setup):
        if dry_run:
            rows, refused = importing.try_out(database, setup, kind, layout, file)
            _say(0, rows, refused, _sentences(setup, refused), as_json=as_json)
        else:
            job, refused = _taken_over(database, setup, kind, file, content, layout, about)
            _say(job.id, job.accepted + job.refused, refused, _sentences(setup, refused), as_json=as_json)
    raise typer.Exit(1 if refused else 0)


def _layout(kind: ImportKind, mapping: Path) -> "Layout":
    from bot.core.imports import organisations as organisation_rows  # noqa: PLC0415
    from bot.core.imports import people as people_rows  # noqa: PLC0415
    from config import import_layout  # noqa: PLC0415

    rows = organisation_rows if kind is ImportKind.ORGANISATIONS else people_rows
    return import_layout.load(mapping, rows.COLUMNS)


def _taken_over(
    database: "Database", setup: "Setup", kind: ImportKind, file: Path, content: str, layout: "Layout", about: int
) -> tuple[Import, list[Refusal]]:
    from bot.app import importing  # noqa: PLC0415
    from bot.core.permission import command_line  # noqa: PLC0415
    from bot.services import imports  # noqa: PLC0415
    from storage import clock  # noqa: PLC0415
    from storage import imports as import_rows  # noqa: PLC0415

    new = imports.NewFile(kind=kind, name=file.name, content=content, layout=layout, about=about)
    viewer = command_line(setup.world)
    job = database.run_sync(lambda tx: imports.start(tx, viewer, new, clock.now(tx), "command"))
    if job.state is ImportState.DONE:
        print(f"csobot: import {job.id} took this file over before; nothing is done again.", file=sys.stderr)
    elif job.cursor:
        print(f"csobot: import {job.id} goes on behind row {job.cursor}.", file=sys.stderr)
    if job.state is not ImportState.DONE:
        with _bar(about, "Importing") as progress:
            job = importing.work_off(database, setup, job, file, progress)
    return job, list(database.run_sync(lambda tx: import_rows.refusals(tx, job.id)))


def _sentences(setup: "Setup", refused: Sequence[Refusal]) -> dict[str, str]:
    """Problem -> what it says."""
    from adapters.renderer import Renderer  # noqa: PLC0415

    if not refused:
        return {}
    renderer = Renderer(setup.world)
    return {code: renderer.line("en", f"imports.problem_{code}") for code in {each.problem for each in refused}}


def _say(number: int, rows: int, refused: Sequence[Refusal], sentences: dict[str, str], *, as_json: bool) -> None:
    accepted = rows - len({each.row for each in refused})
    named = [{"row": each.row, "column": each.column, "problem": sentences[each.problem]} for each in refused]
    if as_json:
        said = {"import": number or None, "rows": rows, "accepted": accepted, "refused": named}
        print(json.dumps(said, ensure_ascii=False))
        return
    which = f"Import {number}" if number else "A dry run; nothing was written"
    print(f"{which}: {rows} rows, {accepted} accepted, {rows - accepted} refused.")
    for each in named:
        print(f"row {each['row']}, {each['column'] or 'the whole row'}: {each['problem']}")


@contextmanager
def _bar(length: int, label: str) -> Iterator[Callable[[int], None]]:
    """Tells how far it is, on a terminal only: whatever reads our output must not meet it."""
    if not sys.stderr.isatty():
        yield lambda _: None
        return
    with typer.progressbar(length=max(length, 1), label=label, file=sys.stderr) as bar:
        yield lambda done: bar.update(done - bar.pos)
