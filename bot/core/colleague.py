"""An organisation from the inside: who of it writes to us, and what is open for it."""

from dataclasses import dataclass
from datetime import datetime

from bot.core.message import Fields
from bot.core.organisation import Organisation
from bot.core.person import Connection
from bot.core.query import Query


@dataclass(frozen=True, slots=True, kw_only=True)
class Colleague:
    """Somebody who speaks for the organisation, or says so."""

    person: int
    name: str = ""
    position: str = ""
    connection: Connection
    #: When they said so, or were confirmed.
    since: datetime | None = None
    #: Accounts they write from.
    accounts: tuple[str, ...] = ()

    @property
    def fields(self) -> Fields:
        """What the template `names.colleague` needs to say who it is."""
        since = self.since.isoformat() if self.since else ""
        return {"name": self.name, "position": self.position, "account": self.accounts[0], "since": since}


@dataclass(frozen=True, slots=True, kw_only=True)
class Team:
    """What a confirmed person sees of their organisation."""

    organisation: Organisation
    #: Confirmed and waiting people who write to us, the longest known first.
    people: tuple[Colleague, ...]
    #: Open queries of confirmed people that colleagues may see, oldest first.
    queries: tuple[Query, ...] = ()

    @property
    def confirmed(self) -> tuple[Colleague, ...]:
        return tuple(each for each in self.people if each.connection is Connection.CONFIRMED)

    @property
    def waiting(self) -> tuple[Colleague, ...]:
        return tuple(each for each in self.people if each.connection is Connection.CLAIMED)

    def others(self, person: int) -> tuple[Colleague, ...]:
        """Confirmed colleagues of the person."""
        return tuple(each for each in self.confirmed if each.person != person)

    def find(self, person: str) -> Colleague | None:
        """Somebody of the team by the value of a button."""
        return next((each for each in self.people if str(each.person) == person), None)

    def queries_of(self, person: int) -> tuple[Query, ...]:
        return tuple(query for query in self.queries if query.person == person)


@dataclass(frozen=True, slots=True, kw_only=True)
class Linked:
    """One address of a person."""

    account: str
    user: str
    #: "telegram" or "slack".
    kind: str
    #: Whether the person is writing from it now.
    here: bool
