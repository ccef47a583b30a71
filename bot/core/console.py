"""Signing in to the console: how long a link and a session last, and who shows a second factor."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from bot.core.errors import BotError, Unknown
from bot.core.person import Role, Staff

#: Roles that do nothing before a second factor was shown.
SECOND_FACTOR = frozenset({Role.ADMIN, Role.CONFIDENTIAL})


class LinkNotValid(BotError):
    """The sign-in link is unknown, used or expired: nobody learns which."""

    template = "console.link_not_valid"


@dataclass(frozen=True, slots=True)
class OfferSignIn:
    """An effect of the conversation: send this member of staff a link to the console."""


@dataclass(frozen=True, slots=True)
class EndSessions:
    """An effect of the conversation: end every session this member of staff has in a browser."""


class NoFactor(Unknown):
    """This person has no second step set up: is the number right? The page Staff of the console shows it."""


class CodeResult(StrEnum):
    """What became of a code of the second factor."""

    TAKEN = "taken"
    #: Wrong, or used already.
    WRONG = "wrong"
    #: Too many wrong ones: no further one is looked at for a while.
    LOCKED = "locked"


@dataclass(frozen=True, slots=True, kw_only=True)
class ConsoleRules:
    """What an installation decides about signing in."""

    #: A link is valid so long.
    link: timedelta = timedelta(minutes=10)
    #: A session ends when nothing is done for so long, and at the latest after so long.
    idle: timedelta = timedelta(hours=2)
    #: The confidential desk's key leaves the memory when it is not used for so long.
    confidential_idle: timedelta = timedelta(minutes=10)
    longest: timedelta = timedelta(hours=12)
    #: Wrong codes in a row until the second factor is locked, and for how long.
    wrong_codes: int = 5
    locked: timedelta = timedelta(minutes=15)


@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    """One browser in which somebody is signed in."""

    #: Names it where it is listed and ended: worth nothing as a cookie.
    public_id: str
    person: int
    made_at: datetime
    seen_at: datetime
    expires_at: datetime
    second_factor_at: datetime | None = None
    #: Browser and system in a few words.
    device: str = ""

    def ended(self, rules: ConsoleRules, now: datetime) -> bool:
        """Whether it has lasted, or rested, too long."""
        return now >= self.expires_at or now - self.seen_at >= rules.idle

    def lacks_factor(self, staff: Staff) -> bool:
        """Whether a code has to be shown before anything else."""
        return self.second_factor_at is None and any(each.role in SECOND_FACTOR for each in staff.roles)


@dataclass(frozen=True, slots=True, kw_only=True)
class SecondFactor:
    """What is known of somebody's authenticator."""

    person: int
    #: Sealed with the process key.
    secret: bytes
    #: When the first right code came; None: it is being set up.
    confirmed_at: datetime | None = None
    #: The last time step whose code was used.
    last_step: int = 0
    failures: int = 0
    locked_until: datetime | None = None
