"""YAML and CSV files read with the line of every value, so that a mistake can be pointed at. Problems are collected."""

import csv
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from enum import Enum
from pathlib import Path
from typing import TypeVar

import yaml

E = TypeVar("E", bound=Enum)

_STRING = "tag:yaml.org,2002:str"
_NULL = "tag:yaml.org,2002:null"
#: What an unquoted word turned into, by YAML's own rules.
_READ_AS = {
    "tag:yaml.org,2002:bool": "true or false",
    "tag:yaml.org,2002:int": "a number",
    "tag:yaml.org,2002:float": "a number",
    "tag:yaml.org,2002:timestamp": "a date",
}


def listed(allowed: Iterable[object]) -> str:
    """Allowed values as they stand in a sentence: short lists whole, long ones cut."""
    words = sorted(str(each) for each in allowed)
    shown = ", ".join(words[:12])
    return f"{shown} and {len(words) - 12} more" if len(words) > 12 else shown or "nothing"


@dataclass(slots=True)
class Problems:
    """What is wrong with a folder of files: `file:line: sentence`, once each, in the order found."""

    lines: list[str] = field(default_factory=list)

    def add(self, file: str, line: int, sentence: str) -> None:
        text = f"{file}:{line}: {sentence}"
        if text not in self.lines:
            self.lines.append(text)

    def among(self, at: "Place", value: str, allowed: Collection[str], what: str) -> None:
        """A reference must name something that exists."""
        if value not in allowed:
            at.bad(f"unknown {what} {value!r}; allowed: {listed(allowed)}")


@dataclass(frozen=True, slots=True)
class Place:
    """Where a value stands."""

    problems: Problems
    file: str
    line: int

    def bad(self, sentence: str) -> None:
        self.problems.add(self.file, self.line, sentence)


class Entry:
    """A mapping of a YAML file, read by key. A missing or wrong value is a problem and gives an empty one."""

    def __init__(self, at: Place, values: Mapping[str, yaml.Node]) -> None:
        self.at = at
        self._values = values

    def __contains__(self, key: str) -> bool:
        return key in self._values and self._values[key].tag != _NULL

    @property
    def names(self) -> tuple[str, ...]:
        """The keys, in the order of the file."""
        return tuple(self._values)

    def place(self, key: str) -> Place:
        """Where the value of a key stands; the mapping itself when there is none."""
        node = self._values.get(key)
        return self.at if node is None else _place(self.at, node)

    def text(self, key: str) -> str:
        """A text that must be there."""
        if key not in self:
            self.at.bad(f"{key} is missing; a text is needed")
            return ""
        text = _string(self.at, self._values[key], key)
        if text is not None and not text.strip():
            self.place(key).bad(f"{key} is empty; a text is needed")
        return text or ""

    def text_or(self, key: str, default: str = "") -> str:
        return self.text(key) if key in self else default

    def texts(self, key: str, languages: Collection[str]) -> Mapping[str, str]:
        """A text in each of the languages, none left out and none unknown."""
        entry = self.entry(key)
        for language in languages:
            if language not in entry and key in self:
                entry.at.bad(f"{key} has no text in {language}; needed: {listed(languages)}")
        return entry.some_texts(languages, key)

    def some_texts(self, languages: Collection[str], what: str) -> Mapping[str, str]:
        """Texts by language, of which some may be left out."""
        for language in self.names:
            if language not in languages:
                self.place(language).bad(f"{what}: unknown language {language!r}; allowed: {listed(languages)}")
        return {language: self.text(language) for language in languages if language in self}

    def words(self, key: str) -> tuple[str, ...]:
        """A list of texts that must be there."""
        return tuple(text for text, _ in self.placed_words(key))

    def placed_words(self, key: str) -> tuple[tuple[str, Place], ...]:
        """A list of texts that must be there, each with its place."""
        return tuple(
            (text, _place(self.at, node))
            for node in self._sequence(key)
            if (text := _string(self.at, node, key)) is not None
        )

    def words_or_none(self, key: str) -> tuple[str, ...]:
        return self.words(key) if key in self else ()

    def whole(self, key: str) -> int:
        """A whole number of at least 0; 0 when it is not there."""
        number = self.number(key)
        if number != int(number):
            self.place(key).bad(f"{key} is {number:g}; a whole number is needed")
        return int(number)

    def number(self, key: str) -> float:
        """A number of at least 0; 0 when it is not there."""
        return _number(self.at, self._values[key], key) if key in self else 0.0

    def wholes(self, key: str) -> tuple[int, ...]:
        """A list of whole numbers."""
        return tuple(int(_number(self.at, node, key)) for node in self._sequence(key))

    def flag(self, key: str) -> bool:
        """True or false; false when it is not there."""
        if key not in self:
            return False
        node = self._values[key]
        if node.tag != "tag:yaml.org,2002:bool":
            self.place(key).bad(f"{key} is neither true nor false")
            return False
        return str(node.value).casefold() in {"true", "yes", "on"}

    def choice(self, key: str, kinds: type[E], default: E) -> E:
        return chosen(self.place(key), self.text(key), kinds, default, key)

    def entry(self, key: str) -> "Entry":
        """A mapping below this one; an empty one, and a problem, when it is not there."""
        if key not in self:
            self.at.bad(f"{key} is missing; keys and values are needed")
            return Entry(self.at, {})
        return _entry(self.at, self._values[key], key)

    def entries(self, key: str) -> tuple["Entry", ...]:
        """A list of mappings that must be there."""
        return tuple(_entry(self.at, node, key) for node in self._sequence(key))

    def entries_or_none(self, key: str) -> tuple["Entry", ...]:
        return self.entries(key) if key in self else ()

    def _sequence(self, key: str) -> tuple[yaml.Node, ...]:
        node = self._values.get(key)
        if node is None or not isinstance(node, yaml.SequenceNode):
            self.place(key).bad(f"{key} is not a list; a list is needed")
            return ()
        return tuple(node.value)


def chosen(at: Place, value: str, kinds: type[E], default: E, what: str) -> E:
    """One of an enumeration's values; anything else is a problem and gives the default."""
    for kind in kinds:
        if kind.value == value:
            return kind
    at.bad(f"unknown {what} {value!r}; allowed: {listed(kind.value for kind in kinds)}")
    return default


@dataclass(frozen=True, slots=True)
class Row:
    """One line of a CSV file."""

    at: Place
    values: Mapping[str, str]

    def __getitem__(self, key: str) -> str:
        return self.values.get(key, "")

    def needed(self, key: str) -> str:
        if not self[key]:
            self.at.bad(f"{key} is empty; a value is needed")
        return self[key]

    def words(self, key: str) -> tuple[str, ...]:
        return tuple(self[key].split())

    def yes(self, key: str) -> bool:
        if self[key] not in {"yes", "no"}:
            self.at.bad(f"{key} is {self[key]!r}; allowed: no, yes")
        return self[key] == "yes"


@dataclass(frozen=True, slots=True)
class Folder:
    """A folder of files and the problems found in it."""

    path: Path
    problems: Problems

    def yaml(self, name: str) -> Entry:
        """A YAML file whose top is a mapping; empty, with its problem, when it cannot be read."""
        top = Place(self.problems, name, 1)
        text = self._read(name)
        if text is None:
            return Entry(top, {})
        try:
            node = yaml.compose(text, Loader=yaml.SafeLoader)
        except yaml.YAMLError as error:
            mark = getattr(error, "problem_mark", None)
            reason = getattr(error, "problem", None) or "it is no YAML"
            self.problems.add(name, mark.line + 1 if mark else 1, f"not readable as YAML: {reason}")
            return Entry(top, {})
        return _entry(top, node, name) if node is not None else Entry(top, {})

    def csv(self, name: str, columns: Collection[str]) -> Iterator[Row]:
        """The rows of a CSV file that has at least these columns; a row of another length is a problem."""
        text = self._read(name)
        if text is None:
            return
        reader = csv.DictReader(text.splitlines(keepends=True), strict=True)
        missing = [each for each in columns if each not in (reader.fieldnames or ())]
        if missing:
            self.problems.add(name, 1, f"no column {listed(missing)}; needed: {listed(columns)}")
            return
        try:
            for row in reader:
                at = Place(self.problems, name, reader.line_num)
                if None in row or None in row.values():
                    count = len(reader.fieldnames or ())
                    at.bad(f"not {count} columns as in the first line; put a text that has commas in quotes")
                    continue
                yield Row(at, {key: value.strip() for key, value in row.items()})
        except csv.Error as error:
            self.problems.add(name, reader.line_num, f"not readable as CSV: {error}")

    def holds(self, name: str) -> bool:
        return (self.path / name).is_file()

    def _read(self, name: str) -> str | None:
        try:
            return (self.path / name).read_text(encoding="utf-8-sig")
        except FileNotFoundError:
            self.problems.add(name, 1, "the file is missing; every world needs it")
        except UnicodeDecodeError as error:
            line = error.object[: error.start].count(b"\n") + 1
            self.problems.add(name, line, "not UTF-8 text; save the file as UTF-8")
        except OSError as error:
            self.problems.add(name, 1, f"cannot be read: {error.strerror}")
        return None


def _place(at: Place, node: yaml.Node) -> Place:
    return Place(at.problems, at.file, node.start_mark.line + 1)


def _entry(at: Place, node: yaml.Node, what: str) -> Entry:
    here = _place(at, node)
    if not isinstance(node, yaml.MappingNode):
        here.bad(f"{what} is not a mapping; `key: value` lines are needed")
        return Entry(here, {})
    values: dict[str, yaml.Node] = {}
    for key, value in node.value:
        name = _string(at, key, "a key")
        if name in values:
            _place(at, key).bad(f"{name} stands here twice; once is allowed")
        if name is not None:
            values[name] = value
    return Entry(here, values)


def _number(at: Place, node: yaml.Node, what: str) -> float:
    try:
        value = float(node.value) if isinstance(node, yaml.ScalarNode) and node.tag != _STRING else -1.0
    except ValueError:
        value = -1.0
    if 0 <= value < float("inf"):
        return value
    _place(at, node).bad(f"{what} is not a number of at least 0")
    return 0.0


def _string(at: Place, node: yaml.Node, what: str) -> str | None:
    """The text of a scalar. YAML reads an unquoted NO as false and 10:30 as 630, so only texts pass."""
    if not isinstance(node, yaml.ScalarNode):
        _place(at, node).bad(f"{what} is not a text; one text is needed")
        return None
    if node.tag == _STRING:
        return str(node.value)
    became = _READ_AS.get(node.tag, "nothing")
    written = node.value or "an empty value"
    _place(at, node).bad(f"{what}: {written} is read as {became}; put a text in quotes: '{node.value}'")
    return None
