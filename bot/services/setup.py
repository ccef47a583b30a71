"""What every use case is given besides its transaction: the office, chance and seals. Nothing changes after start."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from bot.core.console import ConsoleRules
from bot.core.insight import DrawnChart, Numbers
from bot.core.message import Fields
from bot.core.world import World
from storage.files import FileStore
from storage.sealing import ProcessSeal


@dataclass(frozen=True, slots=True, kw_only=True)
class Setup:
    """The office as use cases see it."""

    world: World
    #: A fresh opaque token of at least 128 bits and at most 40 characters.
    new_token: Callable[[], str]
    #: With the confidential desk's public key: nobody here can open it.
    seal_confidential: Callable[[bytes], bytes]
    seal: ProcessSeal
    files: FileStore
    #: Account -> "telegram" or "slack".
    kinds: Mapping[str, str] = field(default_factory=dict)
    #: Account -> the bot's user name there.
    names: Mapping[str, str] = field(default_factory=dict)
    #: A link as a PNG; None where nothing can draw.
    draw_qr: Callable[[str], bytes] | None = None
    #: A chart in a language; None where nothing can draw.
    draw_chart: Callable[[Numbers, str], DrawnChart] | None = None
    #: How long staff can take a reply back.
    undo: timedelta = timedelta(seconds=10)
    #: How long links and sessions of the console last.
    console: ConsoleRules = field(default_factory=ConsoleRules)
    #: What is kept about a person as a page in a language; empty where nobody can make one.
    readable: Callable[[str, Mapping[str, Any]], bytes] = lambda _language, _about: b""
    #: A template in a language as plain text, where words become part of what is kept; needs `zone` among the fields.
    say: Callable[[str, str, Fields], str] = lambda _language, _template, _fields: ""
    #: Keeps outside the database that a person was erased, so that a backup restored later erases them again.
    erased: Callable[[int, datetime], None] = lambda _person, _at: None

    @property
    def invitation(self) -> timedelta:
        """A one-time code is valid so long."""
        return self.world.office.invitations.valid

    def slash(self, account: str) -> str:
        """What stands before a word that is a command there: Slack has one command for all."""
        return "/csobot " if self.kinds.get(account) == "slack" else "/"

    def has_forms(self, account: str) -> bool:
        return self.kinds.get(account) == "slack"
