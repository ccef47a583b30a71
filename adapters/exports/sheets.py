"""Tables as files: CSV, XLSX, HXL and JSON. No cell of ours can start a formula on the reader's machine.

A text that a spreadsheet might run is given an apostrophe in front, as people do by hand; imports take it off again.
Texts of CSV are UTF-8 without a byte order mark: for a spreadsheet program there is XLSX.
"""

import csv
import io
import json
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from xlsxwriter.worksheet import Worksheet


Cell = str | int | float | bool | date | datetime | None


@dataclass(frozen=True, slots=True)
class Column:
    """One column: its name in the heading and its HXL hashtag."""

    name: str
    #: Such as "#org+name"; empty: not in the HXL standard.
    tag: str = ""


@dataclass(frozen=True, slots=True)
class Sheet:
    """One table. `rows` is read once and may be a generator."""

    name: str
    columns: Sequence[Column]
    rows: Iterable[Sequence[Cell]]


class Format(StrEnum):
    CSV = "csv"
    XLSX = "xlsx"
    HXL = "hxl"
    JSON = "json"

    @property
    def media_type(self) -> str:
        """What a browser is told that the file is."""
        return _MEDIA_TYPES[self]

    @property
    def suffix(self) -> str:
        """End of the file's name; HXL is CSV with a row of hashtags."""
        return ".csv" if self is Format.HXL else f".{self.value}"


_MEDIA_TYPES = {
    Format.CSV: "text/csv; charset=utf-8",
    Format.XLSX: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    Format.HXL: "text/csv; charset=utf-8",
    Format.JSON: "application/json",
}

#: What a spreadsheet takes for the beginning of a formula, also in full width and behind blanks.
_FORMULA = re.compile(r"[\s'\ufeff]*[=+\-@\uff1d\uff0b\uff0d\uff20]|[\t\r\n]")
#: Control characters, halves of pairs, what XML cannot hold, and signs that turn the direction of what follows.
_UNPRINTABLE = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff\ufffe\uffff]"
)
#: Most characters of a cell and rows of a sheet, in XLSX.
_LONGEST = 32767
_MOST_ROWS = 1_048_576
#: Rows that are passed on at once.
_CHUNK = 500


def guarded(text: str) -> str:
    """The text without control characters, and as a text even where it looks like a formula."""
    plain = printable(text)
    return f"'{plain}" if _FORMULA.match(plain) else plain


def printable(text: str) -> str:
    """The text without what nobody can see or print; tabs are blanks, lines end in one way."""
    return _UNPRINTABLE.sub("", text.replace("\r\n", "\n").replace("\r", "\n").replace("\t", " "))


def write_csv(sheet: Sheet) -> bytes:
    return b"".join(stream_csv(sheet))


def write_hxl(sheet: Sheet) -> bytes:
    """CSV whose second row says by hashtags what the columns mean; columns without a hashtag have none."""
    return b"".join(stream_hxl(sheet))


def write_json(sheet: Sheet) -> bytes:
    """A list of objects, one for each row."""
    return b"".join(stream_json(sheet))


def write_xlsx(*sheets: Sheet) -> bytes:
    """A workbook; cells are texts, numbers and dates, never formulas or links. A long sheet goes on in a next one."""
    target = io.BytesIO()
    options = {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "remove_timezone": True}
    import xlsxwriter  # noqa: PLC0415 - 10 MB that most processes never need

    with xlsxwriter.Workbook(target, options) as book:
        heading = book.add_format({"bold": True})
        day = book.add_format({"num_format": "yyyy-mm-dd"})
        moment = book.add_format({"num_format": "yyyy-mm-dd hh:mm"})
        taken: set[str] = set()
        for sheet in sheets:
            for row, page in _pages(sheet, lambda name: book.add_worksheet(_free(name, taken)), heading):
                place, values = row
                for column, value in enumerate(values):
                    _put(page, place, column, value, day, moment)
    return target.getvalue()


def stream_csv(sheet: Sheet) -> Iterator[bytes]:
    """As `write_csv`, in pieces, for a table that is not held in memory."""
    return _csv(sheet, [[column.name for column in sheet.columns]])


def stream_hxl(sheet: Sheet) -> Iterator[bytes]:
    """As `write_hxl`, in pieces."""
    heading = [[column.name for column in sheet.columns], [column.tag for column in sheet.columns]]
    return _csv(sheet, heading)


def stream_json(sheet: Sheet) -> Iterator[bytes]:
    """As `write_json`, in pieces."""
    names = [column.name for column in sheet.columns]
    yield b"["
    for number, row in enumerate(sheet.rows):
        values = [_plain_json(value) for value in row]
        line = json.dumps(dict(zip(names, values, strict=True)), ensure_ascii=False)
        yield f"{',' if number else ''}\n{line}".encode()
    yield b"\n]\n"


#: The whole file as bytes.
WRITERS: dict[Format, Callable[[Sheet], bytes]] = {
    Format.CSV: write_csv,
    Format.XLSX: write_xlsx,
    Format.HXL: write_hxl,
    Format.JSON: write_json,
}
#: The file in pieces. A workbook is an archive and comes in one.
STREAMS: dict[Format, Callable[[Sheet], Iterator[bytes]]] = {
    Format.CSV: stream_csv,
    Format.XLSX: lambda sheet: iter([write_xlsx(sheet)]),
    Format.HXL: stream_hxl,
    Format.JSON: stream_json,
}


def _csv(sheet: Sheet, heading: Sequence[Sequence[str]]) -> Iterator[bytes]:
    buffer = io.StringIO()
    writer = csv.writer(buffer, lineterminator="\n")
    # A hashtag begins with a sign of its own, and no heading comes from outside.
    writer.writerows(heading)
    for number, row in enumerate(sheet.rows, 1):
        writer.writerow([_text(value) for value in row])
        if number % _CHUNK == 0:
            yield _emptied(buffer)
    yield _emptied(buffer)


def _emptied(buffer: io.StringIO) -> bytes:
    text = buffer.getvalue()
    buffer.seek(0)
    buffer.truncate()
    return text.encode()


def _text(value: Cell) -> str:
    """How a value stands in a CSV file: yes and no for truth, ISO for times."""
    match value:
        case None:
            return ""
        case bool():
            return "yes" if value else "no"
        case date():
            return value.isoformat()
        case str():
            return guarded(value)
    return str(value)


def _plain_json(value: Cell) -> str | int | float | bool | None:
    if isinstance(value, date):
        return value.isoformat()
    return printable(value) if isinstance(value, str) else value


def _pages(
    sheet: Sheet, new_page: "Callable[[str], Worksheet]", heading: object
) -> "Iterator[tuple[tuple[int, Sequence[Cell]], Worksheet]]":
    """Each row with its place and the page it goes to."""
    page = _begun(new_page(sheet.name), sheet, heading)
    place = 0
    for row in sheet.rows:
        place += 1
        if place == _MOST_ROWS:
            page, place = _begun(new_page(sheet.name), sheet, heading), 1
        yield (place, row), page


def _begun(page: "Worksheet", sheet: Sheet, heading: object) -> "Worksheet":
    page.freeze_panes(1, 0)
    for number, column in enumerate(sheet.columns):
        page.write_string(0, number, column.name, heading)
        page.set_column(number, number, max(12, len(column.name) + 2))
    return page


def _put(page: "Worksheet", row: int, column: int, value: Cell, day: object, moment: object) -> None:
    match value:
        case None | "":
            return
        case bool():
            page.write_string(row, column, _text(value))
        case datetime():
            page.write_datetime(row, column, value, moment)
        case date():
            page.write_datetime(row, column, value, day)
        case int() | float():
            page.write_number(row, column, value)
        case str():
            page.write_string(row, column, guarded(value)[:_LONGEST])


def _free(name: str, taken: set[str]) -> str:
    """A name that a worksheet may have and no other has."""
    plain = re.sub(r"[\[\]:*?/\\]", " ", printable(name)).strip(" '")[:27] or "Sheet"
    number = 1
    while (free := plain if number == 1 else f"{plain} {number}").casefold() in taken:
        number += 1
    taken.add(free.casefold())
    return free
