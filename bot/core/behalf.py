"""A question that staff enter for a partner who cannot write here: what the parts of the product say of it."""

import re
from dataclasses import dataclass

from bot.core.message import StoredFile

#: Account of a question that came by e-mail: no channel has it.
BY_MAIL = "e-mail"
_ADDRESS = re.compile(r"[^\s@<>,;\"]{1,64}@[^\s@<>,;\"]+\.[^\s@<>,;\".]{2,}")
_REFERENCE = re.compile(r"Q-?(\d{1,9})\b[\s:.,–—-]*(.*)", re.DOTALL | re.IGNORECASE)


def address(text: str) -> str:
    """The e-mail address that the text is, in lower case; empty when it is none."""
    wanted = text.strip().removeprefix("mailto:").strip("<>").casefold()
    return wanted if len(wanted) <= 254 and _ADDRESS.fullmatch(wanted) else ""


def reference(text: str) -> tuple[int, str] | None:
    """The number of a question and the words behind it: "Q-0007 they also ask …"."""
    found = _REFERENCE.fullmatch(text.strip())
    return (int(found[1]), found[2].strip()) if found else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Addressee:
    """Somebody the answer can go to by e-mail."""

    #: 0: nobody by name, the organisation's own address.
    person: int = 0
    name: str = ""
    email: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Behalf:
    """An organisation for which somebody of staff may want to write."""

    name: str
    addressees: tuple[Addressee, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Entered:
    """What a member of staff enters."""

    organisation: str
    #: Where the answer goes.
    email: str
    text: str
    files: tuple[StoredFile, ...] = ()
    topics: tuple[tuple[str, float], ...] = ()
    #: Topic it is given to; "triage" where the router is not sure.
    topic: str = "triage"
