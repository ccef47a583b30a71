"""The office as its files describe it: desks, posts, departments, topics, promises. Read at start, never changed."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, time
from enum import StrEnum
from typing import TypeAlias

from bot.core.calendar import Calendar
from bot.core.care import Kept, Limits
from bot.core.digest import DigestRules
from bot.core.invitation import InvitationRules
from bot.core.organisation import Level, Organisation
from bot.core.quiet import NEVER_QUIET, QuietHours
from bot.core.waking import FollowUpRules

#: A text per language code, as the files give it.
Texts: TypeAlias = Mapping[str, str]


class DeskKind(StrEnum):
    MISSION = "mission"
    REGIONAL = "regional"
    HQ = "hq"
    CONFIDENTIAL = "confidential"


class PostKind(StrEnum):
    MAIN = "main"
    BACKUP = "backup"
    DUTY = "duty"


class TopicOwner(StrEnum):
    """Where a topic's queries go first."""

    #: Mission of the country, else its region, else the department.
    FIELD = "field"
    #: The topic's department.
    HQ = "hq"
    CONFIDENTIAL = "confidential"


@dataclass(frozen=True, slots=True, kw_only=True)
class Post:
    """A role that a person fills at a desk. There are no people in a world."""

    id: str
    desk: str
    kind: PostKind
    role: Texts
    languages: tuple[str, ...]
    timezone: str
    #: ISO weekdays, Monday is 1.
    working_days: frozenset[int]
    opens: time
    #: `time.max` for a desk that is open until midnight.
    closes: time
    #: Post that takes over while this one is away; empty without one.
    backup: str = ""
    #: Days on which nobody is at this post: public holidays and the office's own.
    holidays: frozenset[date] = frozenset()

    @property
    def calendar(self) -> Calendar:
        return Calendar(
            zone=self.timezone,
            working_days=self.working_days,
            opens=self.opens,
            closes=self.closes,
            holidays=self.holidays,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Desk:
    """One staff channel, the only name used elsewhere."""

    id: str
    kind: DeskKind
    department: str
    region: str = ""
    #: ISO country code of a mission.
    country: str = ""
    posts: tuple[Post, ...]
    #: Desk that gets a query nobody here takes; empty: nobody.
    escalates_to: str = ""

    @property
    def main(self) -> Post:
        return self.posts[0]


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """What is promised. Hours are working hours of the desk unless `around_the_clock`."""

    id: str
    around_the_clock: bool
    first_response_hours: float
    #: Somebody at the desk is reminded when so much of the time has passed, rising.
    remind_at_percent: tuple[int, ...]
    #: The desk above takes over then; None: it never leaves the desk.
    escalate_at_percent: int | None = None
    #: From this mark on a holder who has written nothing gives the query back to the desk.
    return_silent_at_percent: int = 80
    #: After an answer that leaves the query open the CSO hears again within so many hours; 0: no promise.
    next_update_hours: float = 0
    #: Working days until it is to be closed; 0: no promise.
    resolution_days: int = 0
    #: Takes the query where the owner's desk has nobody around the clock.
    no_duty_desk: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ClassRule:
    """One line of the table that decides the class of a query. An empty set asks for nothing."""

    #: Policy id; empty: that of the topic's department.
    policy: str
    topics: frozenset[str] = frozenset()
    settings: frozenset[str] = frozenset()
    levels: frozenset[Level] = frozenset()

    def fits(self, topic: str, setting: str, level: Level) -> bool:
        asked = ((self.topics, topic), (self.settings, setting), (self.levels, level))
        return all(not allowed or value in allowed for allowed, value in asked)


@dataclass(frozen=True, slots=True, kw_only=True)
class Department:
    id: str
    desk: str
    name: Texts
    #: The name as it stands in the middle of a sentence, with its article; falls back to `name`.
    in_sentence: Texts
    #: Policy id.
    policy: str
    parent: str = ""
    confidential: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Region:
    id: str
    name: Texts
    desk: str
    countries: frozenset[str]
    timezone: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Topic:
    """What a query can be about. A subtopic names its parent and is routed as a topic of its own department."""

    id: str
    name: Texts
    description: Texts
    department: str
    owner: TopicOwner
    parent: str = ""
    aliases: tuple[str, ...] = ()
    urgent: bool = False
    watch: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Example:
    """A phrase the router learns from. `topic` is a topic id or "triage"."""

    text: str
    language: str
    topic: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Office:
    name: Texts
    #: The bot speaks these.
    languages: tuple[str, ...]
    default_language: str
    #: Answers may also be written in these.
    content_languages: tuple[str, ...]
    #: The way outside the app.
    mailbox: str
    confidential_desk: str
    #: Where one can report directly and anonymously, and the languages it speaks.
    signpost: str
    signpost_languages: tuple[str, ...]
    #: ISO country -> verified help, per language.
    help_contacts: Mapping[str, Texts]
    #: Level -> the kinds of first owner, in order: "mission", "region", "hq".
    first_owner: Mapping[Level, tuple[str, ...]]
    fallback_desk: str
    consent_version: str
    consent_text: Texts
    #: `Kept` kind -> months it is kept. Confidential matters have none: their desk decides.
    retention_months: Mapping[str, int]
    limits: Limits
    invitations: InvitationRules = field(default_factory=InvitationRules)
    #: Kinds of organisation that the public list shows only when they ask to be listed.
    unlisted_types: frozenset[str] = frozenset()
    #: E-mail domains that anybody can have an address of: two organisations there have nothing in common.
    free_mail_domains: frozenset[str] = frozenset()
    #: Hours in which nothing rings at an organisation that can wait, where it has none of its own; in its own zone.
    quiet_hours: QuietHours = NEVER_QUIET
    digests: DigestRules = field(default_factory=DigestRules)
    follow_up: FollowUpRules = field(default_factory=FollowUpRules)

    @property
    def keep_query_text_months(self) -> int:
        """Months that the texts of a query are kept."""
        return self.retention_months[Kept.QUERY_TEXT]


@dataclass(frozen=True, slots=True, kw_only=True)
class World:
    """Everything an office configures. Keys are ids."""

    office: Office
    desks: Mapping[str, Desk]
    departments: Mapping[str, Department]
    regions: Mapping[str, Region]
    topics: Mapping[str, Topic]
    policies: Mapping[str, Policy]
    #: In order; the first that fits decides.
    class_rules: tuple[ClassRule, ...] = ()
    #: ISO country -> engagement setting, such as "humanitarian"; others are in none.
    settings: Mapping[str, str] = field(default_factory=dict)
    examples: tuple[Example, ...] = ()
    organisations: tuple[Organisation, ...] = ()
    #: Code -> name of the kinds of organisation, the seven of S0 first, then what the office added.
    organisation_types: Mapping[str, Texts] = field(default_factory=dict)
    #: Every language code that there is, whatever the office works in.
    languages: frozenset[str] = frozenset()
    #: ISO country -> region id, derived from `regions`.
    region_of: Mapping[str, str] = field(default_factory=dict)
    #: ISO country -> desk id of its mission, where a liaison exists.
    mission_of: Mapping[str, str] = field(default_factory=dict)
    #: ISO country -> the time zone that most people there live by.
    zones: Mapping[str, str] = field(default_factory=dict)


def text_in(texts: Texts, language: str, default: str = "en") -> str:
    """The text in the language, else in the default, else in any."""
    return texts.get(language) or texts.get(default) or next(iter(texts.values()), "")
