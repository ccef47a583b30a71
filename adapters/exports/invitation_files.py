"""Invitations as files to be sent by hand: one table, a folder of e-mail texts, a folder of QR pictures.

They hold codes: whoever has such a file can use them, so it is readable by its owner alone.
"""

import re
import unicodedata
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from adapters.exports import qr
from adapters.exports.sheets import Column, Sheet, write_csv
from bot.core.invitation import Invitation

COLUMNS = ("organisation", "name", "person", "email", "language", "link", "code", "valid_until")


class Kind(StrEnum):
    CSV = "csv"
    MAIL = "mail"
    QR = "qr"


@dataclass(frozen=True, slots=True)
class Mail:
    """An e-mail text in the language of whoever is invited."""

    subject: str
    text: str


def write(kind: Kind, output: Path, invitations: Sequence[Invitation], mail: Callable[[Invitation], Mail]) -> int:
    """Write them into the file (CSV) or folder; returns how many files there are."""
    if kind is Kind.CSV:
        output.parent.mkdir(parents=True, exist_ok=True)
        return _private(output, table(invitations))
    if kind is Kind.MAIL:
        return sum(_mail(output, each, mail(each)) for each in invitations)
    return sum(_pictures(output, each) for each in invitations)


def table(invitations: Iterable[Invitation]) -> bytes:
    """All of them as CSV, one row each."""
    rows = (
        (
            each.organisation,
            each.name,
            str(each.person or ""),
            each.email,
            each.language,
            each.link,
            each.code,
            each.expires_at.isoformat(timespec="minutes"),
        )
        for each in invitations
    )
    return write_csv(Sheet("invitations", [Column(name) for name in COLUMNS], rows))


def _mail(folder: Path, invitation: Invitation, mail: Mail) -> int:
    """One text per invitation, in a folder of its language."""
    to = f"To: {invitation.email}\n" if invitation.email else ""
    words = f"{to}Subject: {mail.subject}\n\n{mail.text}\n"
    return _private(_made(folder / invitation.language) / f"{file_name(invitation)}.txt", words.encode())


def _pictures(folder: Path, invitation: Invitation) -> int:
    """Without a Telegram bot there is no link, and so no picture."""
    if not invitation.link:
        return 0
    name = file_name(invitation)
    _made(folder)
    _private(folder / f"{name}.svg", qr.svg(invitation.link))
    return 1 + _private(folder / f"{name}.png", qr.png(invitation.link))


def _made(folder: Path) -> Path:
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    return folder


def _private(path: Path, content: bytes) -> int:
    path.touch(mode=0o600)
    path.write_bytes(content)
    return 1


def file_name(invitation: Invitation) -> str:
    """Such as "CSO-0001-harbour-line-aid": found by whoever looks for the organisation, safe on every system."""
    plain = unicodedata.normalize("NFKD", invitation.name).encode("ascii", "ignore").decode().lower()
    words = re.sub(r"[^a-z0-9]+", "-", plain).strip("-")[:60]
    contact = f"-{invitation.person}" if invitation.person else ""
    return re.sub(r"[^A-Za-z0-9._-]", "-", f"{invitation.organisation}{contact}-{words}").strip("-.")
