"""An import: a file of which so many rows are done, that goes on after a kill and can be undone."""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from bot.core.errors import BotError
from bot.core.imports.layout import Layout


class ImportKind(StrEnum):
    ORGANISATIONS = "organisations"
    PEOPLE = "people"


class ImportState(StrEnum):
    RUNNING = "running"
    DONE = "done"
    #: Rows are being taken back, the last one first.
    UNDOING = "undoing"
    UNDONE = "undone"


class NothingToUndo(BotError):
    """There is no such import, or it is undone already; `csobot import list` shows them."""

    template = "imports.nothing_to_undo"


class BeingWorkedOn(BotError):
    """Another process works on this import right now. Try again when it is done."""

    template = "imports.being_worked_on"


@dataclass(frozen=True, slots=True, kw_only=True)
class Import:
    """One file on its way in."""

    id: int = 0
    kind: ImportKind
    file_name: str
    #: SHA-256 of the file: the same file goes on where it stopped.
    content: str
    layout: Layout = field(default_factory=Layout)
    #: Who of staff started it; 0 for the command line.
    by: int = 0
    #: Whether the file lies in the file store: then the clock works on it, whoever started it.
    stored: bool = False
    state: ImportState = ImportState.RUNNING
    #: Row of the file up to which it is done; while it is undone: up to which it still holds.
    cursor: int = 0
    #: Rows of the file, without the heading and empty ones.
    total: int = 0
    accepted: int = 0
    refused: int = 0
    started_at: datetime
    finished_at: datetime | None = None
    undone_at: datetime | None = None

    @property
    def source(self) -> str:
        """What a record says that came with it."""
        return f"import:{self.id}"


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why a row is not taken over. It says the place, never the value: that may be about a person."""

    row: int
    #: Column of the file; empty when it is about the row as a whole.
    column: str
    #: Name of the template below `imports.problem_…`.
    problem: str
