"""What the console is made of; handed in by the composition root."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path

from adapters.web.console.unlocking import OpenKeys
from bot.core.message import Fields
from bot.core.permission import Permission
from bot.services.setup import Setup
from bot.services.signing_in import SignedIn
from storage.database import Database, Transaction


class Access(StrEnum):
    """Who may open a page that no permission speaks of."""

    #: Anybody: the way in.
    ANYBODY = "anybody"
    #: Whoever is signed in, also before the second factor was shown.
    OPENING = "opening"
    #: Whoever is signed in.
    STAFF = "staff"
    #: Whoever sits at the machine on which the demo runs.
    DEMO = "demo"


@dataclass(frozen=True, slots=True)
class Section:
    """An entry of the top bar; shown to whoever may open it."""

    #: Its word is "layout.section_<name>".
    name: str
    path: str
    access: Permission | Access


@dataclass(frozen=True, slots=True)
class Persona:
    """Somebody of the demo's staff, to be with one click."""

    person: int
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Console:
    """One console: the same for all who use it."""

    database: Database
    setup: Setup
    #: Where people reach it, without a slash at the end.
    public_url: str
    port: int
    bar: Sequence[Section]
    #: Language, template and fields of a refusal -> the sentence that tells it.
    sentence: Callable[[str, str, Fields], str]
    #: Something is queued: send it.
    nudge: Callable[[], None] = lambda: None
    #: Seconds of this machine's clock, for authenticators.
    at: Callable[[], float] = time.time
    #: Only the demo has any.
    personas: Callable[[Transaction], Sequence[Persona]] | None = None
    #: The confidential desk's private key, locked with its passphrase, where it lies on this machine.
    confidential_key: Path | None = None
    #: The same key, unlocked, by session.
    open_keys: OpenKeys = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "open_keys", OpenKeys(self.setup.console, self.setup.seal_confidential))

    @property
    def secure(self) -> bool:
        return self.public_url.startswith("https://")

    @property
    def cookie(self) -> str:
        """The session cookie: bound to this very host where there is https."""
        return "__Host-csobot" if self.secure else "csobot-session"

    def sections(self, who: SignedIn | None) -> Sequence[Section]:
        """The entries of the top bar for this person."""
        if who is None or who.lacks_factor:
            return ()
        return [each for each in self.bar if allowed(each.access, who)]


def allowed(access: Permission | Access, who: SignedIn) -> bool:
    """Whether the person's roles open the page."""
    return not isinstance(access, Permission) or who.viewer.may(access)
