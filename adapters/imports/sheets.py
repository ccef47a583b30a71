"""Tables as people have them: CSV with commas, semicolons or tabs, and XLSX. Rows are read one at a time."""

import csv
import warnings
import zipfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from datetime import date, datetime, time
from itertools import islice
from pathlib import Path
from xml.etree.ElementTree import ParseError

from bot.core.errors import BotError
from bot.core.imports.layout import Line

#: A workbook that unpacks to more than this is no list of partners.
MOST_UNPACKED = 400 * 1024 * 1024
#: A cell may go over so many lines; beyond, its quote was never closed.
_MOST_LINES = 20
_DELIMITERS = ",;\t"


class NotReadable(BotError):
    """The file is neither CSV nor XLSX that can be read; says why."""

    template = "imports.not_readable"


@dataclass(frozen=True, slots=True)
class Table:
    """A file that is open: its heading, then its lines."""

    heading: list[str]
    lines: Iterator[Line]
    #: Rows that the file has at most.
    about: int
    #: The format leaves empty cells at the end of a row away.
    padded: bool


@contextmanager
def opened(path: Path, name: str) -> Iterator[Table]:
    """The first sheet of the file; `name` says by its end what it is. Raises `NotReadable`."""
    reading = _workbook if Path(name).suffix.casefold() in {".xlsx", ".xlsm"} else _csv
    with ExitStack() as stack:
        with _explained(name):
            table = stack.enter_context(reading(path))
        yield replace(table, lines=_each(table.lines, name))


def _each(lines: Iterator[Line], name: str) -> Iterator[Line]:
    while True:
        with _explained(name):
            line = next(lines, None)
        if line is None:
            return
        yield line


@contextmanager
def _explained(name: str) -> Iterator[None]:
    """What goes wrong with a file while it is read, as one sentence."""
    try:
        yield
    except FileNotFoundError:
        raise NotReadable(f"There is no file {name}.") from None
    except OSError as error:
        raise NotReadable(f"{name} cannot be read: {error.strerror or 'it is damaged'}.") from None
    except _DAMAGED:
        raise NotReadable(f"{name} is no workbook that can be read. Save it again as XLSX or as CSV.") from None


_DAMAGED = (zipfile.BadZipFile, zlib.error, KeyError, ValueError, ParseError)


@contextmanager
def _csv(path: Path) -> Iterator[Table]:
    encoding, first = _beginning(path)
    delimiter = max(_DELIMITERS, key=lambda sign: len(_cells(first, sign)))
    with path.open(encoding=encoding, newline="", errors="surrogateescape") as counted:
        about = max(0, sum(1 for _ in counted) - 1)
    with path.open(encoding=encoding, newline="", errors="surrogateescape") as file:
        heading = next(_records(file, delimiter, 0), Line([]))
        yield Table(list(heading.cells), _records(file, delimiter, len(heading.cells)), about, padded=False)


def _beginning(path: Path) -> tuple[str, str]:
    """The encoding, and the first line."""
    with path.open("rb") as file:
        head = file.read(4)
    if head.startswith(b"PK\x03\x04"):
        raise NotReadable(f"{path.name} is a workbook; its name must end in .xlsx.")
    encoding = "utf-16" if head[:2] in {b"\xff\xfe", b"\xfe\xff"} else "utf-8-sig"
    with path.open(encoding=encoding, newline="", errors="surrogateescape") as file:
        return encoding, file.readline()


def _records(file: Iterator[str], delimiter: str, columns: int) -> Iterator[Line]:
    """The rows. A quote that is opened and not closed spoils its own row, never the ones below."""
    waiting: list[str] = []
    while waiting or (ahead := next(file, None)) is not None:
        first = waiting.pop(0) if waiting else str(ahead)
        if first.count('"') % 2 == 0:
            yield Line(_cells(first, delimiter))
            continue
        waiting += islice(file, _MOST_LINES - len(waiting))
        whole = _closed(first, waiting)
        cells = _cells("".join([first, *waiting[: whole or 0]]), delimiter)
        if whole is None or (columns and len(cells) != columns):
            yield Line(_cells(first, delimiter), "open_quote")
            continue
        del waiting[:whole]
        yield Line(cells)


def _closed(first: str, waiting: list[str]) -> int | None:
    """How many of the lines that follow belong to a row whose quote is open; None when it is never closed."""
    quotes = first.count('"')
    for place, line in enumerate(waiting, 1):
        quotes += line.count('"')
        if quotes % 2 == 0:
            return place
    return None


def _cells(text: str, delimiter: str) -> list[str]:
    """The cells of one row; what no reader of CSV takes is one long cell."""
    try:
        return next(csv.reader([text], delimiter=delimiter), [])
    except csv.Error:
        return [text]


@contextmanager
def _workbook(path: Path) -> Iterator[Table]:
    with zipfile.ZipFile(path) as archive:
        if sum(each.file_size for each in archive.infolist()) > MOST_UNPACKED:
            raise NotReadable(f"{path.name} is too large when unpacked. Split it, or save it as CSV.")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of what only a spreadsheet program shows: colours, drop-down lists
        import openpyxl  # noqa: PLC0415 - 26 MB that most processes never need

        book = openpyxl.load_workbook(path, read_only=True)
    try:
        page = book.worksheets[0] if book.worksheets else None
        about = max(0, (page.max_row or 1) - 1) if page else 0
        if page:
            page.reset_dimensions()  # what a workbook says of its own size may be wrong
        lines = (Line([_text(value) for value in row]) for row in (page.iter_rows(values_only=True) if page else ()))
        heading = next(lines, Line([]))
        yield Table(list(heading.cells), lines, about, padded=True)
    finally:
        book.close()


def _text(value: object) -> str:
    """A cell as it would stand in a CSV file."""
    for kind, words in _WORDS:
        if isinstance(value, kind):
            return words(value)
    return "" if value is None else str(value)


_WORDS: tuple[tuple[type, Callable[..., str]], ...] = (
    (bool, lambda value: "yes" if value else "no"),
    (float, lambda value: str(int(value)) if value.is_integer() else str(value)),
    (datetime, lambda value: value.date().isoformat() if value.time() == time() else value.isoformat(sep=" ")),
    (date, lambda value: value.isoformat()),
)
