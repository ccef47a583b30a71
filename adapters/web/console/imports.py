"""Lists of partners coming in: tried out first, then taken over by the clock, and undone."""

import asyncio
import tempfile
from collections.abc import Sequence
from datetime import datetime
from hmac import compare_digest
from pathlib import Path

from starlette.datastructures import UploadFile
from starlette.responses import Response

from adapters.imports import sheets
from adapters.web.console.declared import Page
from adapters.web.console.listing import read_listing
from adapters.web.console.visit import Visit
from bot.core.errors import Unknown
from bot.core.imports.job import ImportKind, Refusal
from bot.core.imports.layout import Layout, RawRow, rows
from bot.core.permission import Permission
from bot.services import imports
from bot.services.imports import NewFile
from storage.database import Transaction
from storage.reads import imports as reads

#: The largest file one can send here; larger ones are imported on the command line.
LARGEST = 20_000_000
#: Problems that the trial shows; the import's own page has all of them.
SHOWN = 100
_NATIVE = Layout()


async def show(visit: Visit) -> Response:
    """What came in so far, and the form for more."""
    listing = read_listing(visit.request.query_params, ())
    found, count = await visit.read(lambda tx, _now: reads.listed(tx, visit.viewer, listing.offset, listing.rows))
    return visit.draw("imports.html", found=found, count=count, listing=listing, most=LARGEST, section="partners")


async def try_out(visit: Visit) -> Response:
    """What the file would do: nothing is written but the file itself."""
    kind, sent = _kind(visit), visit.form.get("file")
    if not isinstance(sent, UploadFile) or not sent.filename:
        return visit.go("/console/imports", "imports.no_file")
    name, content = sent.filename, await sent.read()
    every = await asyncio.to_thread(_rows, kind, name, content)
    refused = await visit.read(lambda tx, now: imports.trial(tx, visit.setup, kind, _NATIVE, every, now))
    stored = await asyncio.to_thread(visit.setup.files.add, content, name, sent.content_type or "")
    wrong = {each.row for each in refused}
    return visit.draw(
        "import-trial.html",
        kind=kind,
        name=name,
        content=stored.sha256,
        proof=_proof(visit, kind, stored.sha256),
        rows=len(every),
        good=len(every) - len(wrong),
        refused=refused[:SHOWN],
        wrong=len(wrong),
        sayings=_sayings(visit, refused[:SHOWN]),
        section="partners",
    )


def _rows(kind: ImportKind, name: str, content: bytes) -> list[RawRow]:
    """Every row of the file; raises `NotReadable` or `BadHeading`."""
    with tempfile.TemporaryDirectory(prefix="csobot-import-") as folder:
        path = Path(folder) / "file"
        path.write_bytes(content)
        with sheets.opened(path, name) as table:
            heading = imports.heading(kind, table.heading, _NATIVE)
            return list(rows(heading, table.lines, imports.keys(kind), padded=table.padded))


def _sayings(visit: Visit, refused: Sequence[Refusal]) -> dict[str, str]:
    """Problem -> what is said of it."""
    codes = {each.problem for each in refused}
    return {code: visit.console.sentence(visit.language, f"imports.problem_{code}", {}) for code in codes}


async def start(visit: Visit) -> Response:
    """Take over the file that was tried out; the clock works on it."""
    kind, content = _kind(visit), visit.given("content")
    if not compare_digest(visit.given("proof"), _proof(visit, kind, content)):
        raise Unknown
    total = visit.number(visit.given("rows"))
    file = NewFile(kind=kind, name=visit.given("name"), content=content, layout=_NATIVE, about=total, stored=True)
    job = await visit.act(lambda tx, now: imports.start(tx, visit.viewer, file, now))
    return visit.go(f"/console/imports/{job.id}", "imports.started")


def _proof(visit: Visit, kind: ImportKind, content: str) -> str:
    """Says that this very person tried this very file out: no other file of the store can be named."""
    return visit.setup.seal.derived("import", f"{visit.viewer.person}:{kind}:{content}")


async def show_one(visit: Visit) -> Response:
    """How far it is, and every row that was refused; renews itself."""
    number = _number(visit)
    listing = read_listing(visit.request.query_params, ())

    def look(tx: Transaction, _now: datetime) -> tuple[reads.ImportRow, tuple[reads.ImportProblem, ...], int]:
        one = reads.one(tx, visit.viewer, number)
        return one, *reads.problems(tx, visit.viewer, number, listing.offset, listing.rows)

    one, problems, count = await visit.read(look)
    codes = [Refusal(each.row, each.column, each.problem) for each in problems]
    return visit.draw_list(
        "import.html",
        "import-progress.html",
        one=one,
        problems=problems,
        count=count,
        listing=listing,
        sayings=_sayings(visit, codes),
        section="partners",
    )


async def undo(visit: Visit) -> Response:
    """Take it back; what somebody changed since stays."""
    number = _number(visit)
    await visit.act(lambda tx, now: imports.undo(tx, visit.viewer, number, now))
    return visit.go(f"/console/imports/{number}", "imports.undoing")


def _number(visit: Visit) -> int:
    given = visit.path("import")
    if not given.isdecimal() or len(given) > 15:
        raise Unknown
    return int(given)


def _kind(visit: Visit) -> ImportKind:
    given = visit.given("kind")
    return ImportKind(given) if given in set(ImportKind) else ImportKind.ORGANISATIONS


PAGES = (
    Page("/console/imports", Permission.IMPORT, show),
    Page("/console/imports", Permission.IMPORT, try_out, method="POST", largest_body=LARGEST + 10_000),
    Page("/console/imports/start", Permission.IMPORT, start, method="POST"),
    Page("/console/imports/{import}", Permission.IMPORT, show_one),
    Page("/console/imports/{import}/undo", Permission.IMPORT, undo, method="POST"),
)
