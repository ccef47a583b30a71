"""How the columns of a file become ours, and what makes a cell unreadable. Pure: rows come as lists of texts."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from bot.core.errors import BotError

#: What a spreadsheet would run. Whoever means it as a text puts an apostrophe in front, as our exports do.
_FORMULA = re.compile(r"[\s\ufeff]*[=+\-@\uff1d\uff0b\uff0d\uff20]|[\t\r]")
_QUOTED_FORMULA = re.compile(r"'(?=[\s'\ufeff]*[=+\-@\t\r\n\uff1d\uff0b\uff0d\uff20])")
#: Also halves of pairs and signs that turn the direction of what follows. Line ends are dealt with apart.
_CONTROL = re.compile("[\x00-\x09\x0b\x0c\x0e-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff\ufffe\uffff]")
#: Bytes that are no UTF-8, as they are read.
_HALVES = re.compile("[\ud800-\udfff]")
_ERRORS = frozenset(("#N/A", "#NAME?", "#REF!", "#VALUE!", "#DIV/0!", "#NUM!", "#NULL!"))
#: Most characters of any cell that we take.
LONGEST = 500
ANY_OTHER = "*"


class BadHeading(BotError):
    """The first line of the file does not name the columns; says which are missing."""

    template = "imports.bad_heading"


@dataclass(frozen=True, slots=True)
class Problem:
    """What is wrong with one cell, or with the row where the column is empty."""

    column: str
    code: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Layout:
    """What a mapping file says. Empty: the file's columns are ours."""

    #: Column of the file -> column of ours.
    columns: Mapping[str, str] = field(default_factory=dict)
    #: Column of ours -> value in the file -> value of ours; "*" stands for any other.
    values: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    #: Column of ours -> value where the file has none.
    defaults: Mapping[str, str] = field(default_factory=dict)

    def named(self, column: str) -> str:
        """What the file calls a column of ours."""
        return next((theirs for theirs, ours in self.columns.items() if ours == column), column)


@dataclass(frozen=True, slots=True)
class Line:
    """One row as the file has it; `problem` says why it could not be read apart into cells."""

    cells: Sequence[str]
    problem: str = ""


@dataclass(frozen=True, slots=True)
class RawRow:
    """One row of a file under our column names, not checked against anything of the office yet."""

    number: int
    #: Column of ours -> text. A column that the file does not have is not in it.
    values: Mapping[str, str]
    problems: tuple[Problem, ...] = ()

    def __getitem__(self, column: str) -> str:
        return self.values.get(column, "")

    def __contains__(self, column: str) -> bool:
        return column in self.values


class Heading:
    """The first row of a file: which column is where."""

    def __init__(self, cells: Sequence[str], layout: Layout, known: Sequence[str], needed: Sequence[str]) -> None:
        """Raises `BadHeading` unless one of the needed columns is there, and each only once."""
        self._layout = layout
        self._names = [cell.strip().removeprefix("\ufeff").strip() for cell in cells]
        while self._names and not self._names[-1]:
            self._names.pop()
        ours = {name.casefold(): name for name in known}
        theirs = {name.strip().casefold(): ours_name for name, ours_name in layout.columns.items()}
        found = theirs if layout.columns else ours
        #: Place -> column of ours.
        self._ours = {
            place: found[name.casefold()] for place, name in enumerate(self._names) if name.casefold() in found
        }
        self._check(needed)

    def _check(self, needed: Sequence[str]) -> None:
        twice = sorted({name for name in self._ours.values() if list(self._ours.values()).count(name) > 1})
        if twice:
            raise BadHeading(f"The column {', '.join(twice)} is there twice. Keep one of them, or map the other.")
        there = {*self._ours.values(), *self._layout.defaults}
        if there.isdisjoint(needed):
            seen = ", ".join(name for name in self._names if name) or "nothing"
            raise BadHeading(f"No column {' or '.join(needed)} in the first line, which has: {seen[:300]}.")

    @property
    def ignored(self) -> tuple[str, ...]:
        """Columns of the file that are not taken over."""
        return tuple(name for place, name in enumerate(self._names) if name and place not in self._ours)

    def row(self, number: int, line: Line, *, padded: bool) -> RawRow:
        """A row by our names. `padded`: the format leaves empty cells at the end away, so that few are no mistake."""
        cells = line.cells
        shape = [line.problem] if line.problem else _shape(cells, len(self._names), padded)
        problems = [Problem("", problem) for problem in shape]
        values: dict[str, str] = dict(self._layout.defaults)
        for place, column in self._ours.items():
            text, wrong = cleaned(cells[place]) if place < len(cells) else ("", "")
            if wrong:
                problems.append(Problem(column, wrong))
            values[column] = self._translated(column, text) or self._layout.defaults.get(column, "")
        return RawRow(number, values, tuple(problems))

    def _translated(self, column: str, text: str) -> str:
        values = self._layout.values.get(column, {})
        return values.get(text, values.get(ANY_OTHER, text) if text else values.get("", ""))


def rows(heading: Heading, lines: Iterable[Line], keys: Sequence[Sequence[str]], *, padded: bool) -> Iterator[RawRow]:
    """The rows below the heading, numbered as a spreadsheet does; empty ones and a row of HXL hashtags are left out.

    `keys`: columns that together name one record; a record that came before is a problem. The first whose columns
    are all filled is taken.
    """
    seen: set[tuple[str, ...]] = set()
    for number, line in enumerate(lines, 2):
        filled = [cell.strip() for cell in line.cells if cell.strip()]
        if not filled or (number == 2 and all(cell.startswith("#") for cell in filled)):
            continue
        row = heading.row(number, line, padded=padded)
        named_by = next((columns for columns in keys if all(row[each] for each in columns)), ())
        key = tuple(row[each].casefold() for each in named_by)
        if key and key in seen:
            row = RawRow(number, row.values, (*row.problems, Problem(named_by[-1], "twice")))
        seen.add(key)
        yield row


def cleaned(cell: str) -> tuple[str, str]:
    """The text of a cell, and what is wrong with it or nothing."""
    quoted = _QUOTED_FORMULA.match(cell)
    text = cell[1:] if quoted else cell
    if not quoted and _FORMULA.match(text):
        return "", "formula"
    text = text.replace("\r\n", " ").replace("\r", " ").replace("\n", " ").strip()
    if _CONTROL.search(text):
        return "", "not_utf8" if _HALVES.search(text) else "control_characters"
    if len(text) > LONGEST:
        return "", "too_long"
    if text in _ERRORS:
        return "", "formula_error"
    return text, ""


def _shape(cells: Sequence[str], columns: int, padded: bool) -> Iterator[str]:
    if any(cell.strip() for cell in cells[columns:]):
        yield "too_many_cells"
    if len(cells) < columns and not padded:
        yield "too_few_cells"


def slices(found: Iterable[RawRow], after: int, most: int) -> Iterator[list[RawRow]]:
    """The rows below this one, so many at a time."""
    part: list[RawRow] = []
    for row in found:
        if row.number > after:
            part.append(row)
        if len(part) == most:
            yield part
            part = []
    if part:
        yield part
