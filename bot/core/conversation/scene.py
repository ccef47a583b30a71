"""What a step of the conversation sees: a snapshot, gathered before it decides."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from bot.core.behalf import Behalf
from bot.core.colleague import Linked, Team
from bot.core.message import Standing
from bot.core.organisation import Level, Organisation
from bot.core.person import Connection, Invite, Person, Staff
from bot.core.query import Query
from bot.core.routing.reading import Reading
from bot.core.world import World

#: A closed query is offered for a follow-up this long.
FOLLOW_UP = timedelta(days=30)


@dataclass(frozen=True, slots=True, kw_only=True)
class Code:
    """A one-time code that can be used now."""

    #: Its digest, by which it is used up.
    key: str
    invite: Invite
    #: The contact it is for, or whose second address it links, and whether they are staff.
    person: Person | None = None
    of_staff: bool = False
    #: The organisation it is for.
    organisation: Organisation | None = None

    @property
    def organisation_name(self) -> str:
        return self.organisation.name if self.organisation else ""


@dataclass(frozen=True, slots=True)
class StandIn:
    """Somebody of staff who may handle the same queries."""

    person: int
    #: How colleagues know them; empty without.
    name: str
    desk: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Scene:
    """One event and everything known around it."""

    world: World
    now: datetime
    #: "account:event id": what new queries, prompts and sealed texts of this event are named by.
    key: str
    person: Person
    reading: Reading
    #: Queries of this person, oldest first; closed ones only while a follow-up may be meant.
    queries: tuple[Query, ...] = ()
    #: What opened a query that goes on in another one -> what opened that one, which stands in `queries`.
    goes_on_in: Mapping[str, str] = field(default_factory=dict)
    #: Query id -> its first words, for "is this about …?".
    excerpts: Mapping[int, str] = field(default_factory=dict)
    #: The platform's id of the message that is heard; empty when something else is.
    message: str = ""
    #: The query whose message this one answers, or whose message this one edits.
    answered: Query | None = None
    #: The organisation the person was confirmed for.
    organisation: Organisation | None = None
    #: The organisation the person named, whatever became of their word.
    named: Organisation | None = None
    #: Listed organisations that the text may mean; only looked for while one is being asked.
    matches: tuple[Organisation, ...] = ()
    #: Roles that count here and now; None also for staff of whom the platform does not say that they are a member.
    staff: Staff | None = None
    #: Why roles that the person has do not count: what the platform says of them, or why they rest. Else empty.
    barred: str = ""
    barred_since: datetime | None = None
    #: What the platform says of the person.
    standing: Standing = Standing.UNKNOWN
    #: What a "/start CODE" gives; None when the code is unknown, used or expired.
    code: Code | None = None
    #: What a confirmed person sees of their organisation; only gathered when it is asked for.
    team: Team | None = None
    #: The person's addresses; only gathered when they are asked for.
    linked: tuple[Linked, ...] = ()
    #: The organisation that is being chosen, and whether it has people who could confirm.
    choice: Organisation | None = None
    has_colleagues: bool = False
    #: Who could stand in for somebody of staff; only gathered when it is asked for.
    stand_ins: tuple[StandIn, ...] = ()
    #: The zone in which the person reads times.
    zone: str = "UTC"
    #: "telegram" or "slack": where this event came from, and everywhere we are.
    platform: str = ""
    platforms: frozenset[str] = frozenset()
    #: Organisations for which staff enter a question, by id; only looked for while they do.
    behalf: Mapping[str, Behalf] = field(default_factory=dict)
    #: Whether the channel can show a form (Slack).
    has_forms: bool = False

    @property
    def of_staff(self) -> bool:
        """Whether the person has a role, also one that does not count here and now."""
        return self.staff is not None or bool(self.barred)

    @property
    def slash(self) -> str:
        """What stands before a word that is a command, where the person writes."""
        return "/csobot " if self.platform == "slack" else "/"

    @property
    def language(self) -> str:
        return self.person.language or self.world.office.default_language

    @property
    def country(self) -> str:
        return self.person.country or (self.organisation.country if self.organisation else "")

    @property
    def level(self) -> Level:
        return self.organisation.level if self.organisation else Level.UNKNOWN

    @property
    def open_queries(self) -> tuple[Query, ...]:
        return tuple(query for query in self.queries if query.open)

    @property
    def last_closed(self) -> Query | None:
        closed = [query for query in self.queries if not query.open]
        return closed[-1] if closed else None

    @property
    def named_organisation(self) -> str:
        """The name of the organisation they speak for or say so; empty without one."""
        return self.named.name if self.named else self.person.claimed_name

    @property
    def confirmed(self) -> bool:
        return self.person.connection is Connection.CONFIRMED

    def query(self, opened_by: str) -> Query | None:
        wanted = self.goes_on_in.get(opened_by, opened_by)
        return next((query for query in self.queries if query.opened_by == wanted), None)
