"""Organisations: what the office knows of a partner, and what can become of the record."""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from bot.core.errors import BotError


class Level(StrEnum):
    """The level an organisation works at."""

    GLOBAL = "global"
    REGIONAL = "regional"
    NATIONAL = "national"
    LOCAL = "local"
    UNKNOWN = "unknown"


class OrganisationStatus(StrEnum):
    """How far the office stands behind the record."""

    #: Named by a person or a file; nobody of staff has looked at it.
    PROPOSED = "proposed"
    VERIFIED = "verified"
    #: Nothing is sent and nobody is confirmed until it is lifted.
    SUSPENDED = "suspended"
    #: No partner any more, or merged into another record.
    CLOSED = "closed"


class Observer(StrEnum):
    """Observer status at the Council."""

    NONE = "none"
    APPLIED = "applied"
    OBSERVER = "observer"


class OrganisationConsent(StrEnum):
    """Whether the organisation agreed to be kept and shown in public lists."""

    PENDING = "pending"
    GIVEN = "given"
    WITHDRAWN = "withdrawn"


#: What is not here cannot happen.
TRANSITIONS: dict[OrganisationStatus, frozenset[OrganisationStatus]] = {
    OrganisationStatus.PROPOSED: frozenset({OrganisationStatus.VERIFIED, OrganisationStatus.CLOSED}),
    OrganisationStatus.VERIFIED: frozenset({OrganisationStatus.SUSPENDED, OrganisationStatus.CLOSED}),
    OrganisationStatus.SUSPENDED: frozenset({OrganisationStatus.VERIFIED, OrganisationStatus.CLOSED}),
    OrganisationStatus.CLOSED: frozenset({OrganisationStatus.VERIFIED}),
}


class IllegalStatus(BotError):
    """The organisation cannot go from its status to that one."""

    template = "errors.illegal_status"


@dataclass(frozen=True, slots=True, kw_only=True)
class Organisation:
    """A partner of the office, or one of its offices where `parent` names the organisation it belongs to."""

    id: str
    name: str
    acronym: str
    #: Code of the world's organisation types.
    type: str
    level: Level
    #: ISO code of the country where it is based.
    country: str
    #: Interface language of its people until they choose.
    language: str
    timezone: str
    email: str = ""
    #: Whether the public directory shows it.
    listed: bool = True
    status: OrganisationStatus = OrganisationStatus.VERIFIED
    parent: str = ""
    contact_role: str = ""
    #: Further countries it works in, all its languages, topics and clusters it follows, in its own order.
    countries: tuple[str, ...] = ()
    languages: tuple[str, ...] = ()
    topics: tuple[str, ...] = ()
    clusters: tuple[str, ...] = ()
    observer: Observer = Observer.NONE
    observer_since: date | None = None
    observer_until: date | None = None
    consent: OrganisationConsent = OrganisationConsent.PENDING
    #: "21:00-07:00" in its own time; empty: the office's.
    quiet_hours: str = ""
    ecosoc: str = ""
    unpp: str = ""
    iati: str = ""
    #: Year the partnership began.
    since: str = ""
    #: The person whose registration counts; 0: nobody was named.
    speaker: int = 0
    merged_into: str = ""
    #: Where the record comes from: "world", "chat", "console" or "import:7".
    source: str = "world"
    version: int = 1

    @property
    def open(self) -> bool:
        """Whether its people are partners now."""
        return self.status in {OrganisationStatus.PROPOSED, OrganisationStatus.VERIFIED}

    @property
    def domain(self) -> str:
        """The domain of its e-mail address in lower case; empty without one."""
        return self.email.rpartition("@")[2].casefold()


def check_status(organisation: Organisation, to: OrganisationStatus) -> None:
    """Raises `IllegalStatus` where the table has no such step."""
    if to not in TRANSITIONS[organisation.status]:
        raise IllegalStatus(organisation=organisation.id, status=organisation.status.value)
