"""Inviting partners: for whom, how long it holds, and how far each partner is on the way to us."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum


class ConnectionState(StrEnum):
    """How far a partner is on the way to us. An organisation is as far as its person who is furthest."""

    #: Somebody confirmed writes here and can be written to.
    CONNECTED = "connected"
    #: Somebody confirmed wrote here, and no message reaches them any more.
    UNREACHABLE = "unreachable"
    #: An invitation is open.
    INVITED = "invited"
    NOT_YET = "not_yet"


@dataclass(frozen=True, slots=True, kw_only=True)
class InvitationRules:
    """What the office decides about invitations."""

    valid_days: int = 14
    #: Days after which somebody invited and not connected is on the reminder list.
    remind_after_days: int = 5
    #: Reminders to one partner; afterwards another way is needed.
    remind_most: int = 2
    #: Open invitations that one person of a partner may have given to colleagues.
    colleagues_most: int = 5
    #: Minutes in which the code for another address of the same person is to be used.
    link_minutes: int = 15
    #: Colleagues who are told that somebody says they belong to them, where nobody speaks for the organisation.
    claim_told_most: int = 5

    @property
    def valid(self) -> timedelta:
        return timedelta(days=self.valid_days)

    @property
    def remind_after(self) -> timedelta:
        return timedelta(days=self.remind_after_days)


@dataclass(frozen=True, slots=True, kw_only=True)
class Invitee:
    """Who is to come."""

    organisation: str
    #: A contact we know of; 0: whoever of the organisation uses it.
    person: int = 0
    #: Interface language the person begins with; empty: the contact's, else the organisation's.
    language: str = ""
    #: "telegram" or "slack" where it is to work on one platform only.
    platform: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Invitation:
    """An invitation with its code, which is shown once: only its hash is kept."""

    code: str = field(repr=False)
    #: Finds this invitation again as long as it is open; worth nothing without the process key.
    handle: str
    organisation: str
    name: str
    person: int
    #: Where it can be sent to; empty when nobody told.
    email: str
    language: str
    zone: str
    #: One for each Telegram bot of the installation, the first the main one; empty without Telegram.
    links: tuple[str, ...] = field(repr=False)
    expires_at: datetime

    @property
    def link(self) -> str:
        return self.links[0] if self.links else ""


def deep_link(bot: str, code: str) -> str:
    """What opens the bot on Telegram and hands it the code: at most 64 signs of A-Z, a-z, 0-9, _ and -."""
    return f"https://t.me/{bot}?start={code}"
