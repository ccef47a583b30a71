"""What a step of a conversation decides. Effects are values; services perform them, each in one place."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from bot.core.console import EndSessions, OfferSignIn
from bot.core.desk_turn import DeskEffect
from bot.core.message import Fields, Message, StoredFile
from bot.core.partner_turn import PartnerEffect
from bot.core.person import Invitations, Invite, InviteKind
from bot.core.query import EntryKind
from bot.core.routing.decision import Because
from bot.core.verbs import Choice


@dataclass(frozen=True, slots=True)
class Option:
    """One of the choices offered with a question; typed, it is its position."""

    #: What the conversation gets back.
    value: str
    #: Template name of the label, below "buttons".
    label: str
    fields: Fields = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Say:
    """Tell the person something."""

    template: str
    fields: Fields = field(default_factory=dict)
    options: tuple[Option, ...] = ()
    #: What opened the query this is about: its reference, owner and promise become fields.
    about: str = ""
    #: Id of the prompt that the options answer.
    prompt: str = ""


@dataclass(frozen=True, slots=True)
class OpenQuery:
    """A new query in the person's words; it has a reference from now on."""

    text: str
    files: tuple[StoredFile, ...] = ()
    topics: tuple[tuple[str, float], ...] = ()
    private: bool = False
    #: Platform id of the message, so that an edit finds it.
    message: str = ""
    #: The CSO's country as far as it is known: its own, else its organisation's.
    country: str = ""


@dataclass(frozen=True, slots=True)
class RouteQuery:
    """Give the query to the desk that owns the topic; `desk` when a desk was chosen instead."""

    about: str
    topic: str
    because: Because | None = None
    desk: str = ""


@dataclass(frozen=True, slots=True)
class AddToQuery:
    """More words or files for a query."""

    about: str
    text: str
    files: tuple[StoredFile, ...] = ()
    kind: EntryKind = EntryKind.ADDITION
    message: str = ""


@dataclass(frozen=True, slots=True)
class CloseQuery:
    about: str


@dataclass(frozen=True, slots=True)
class ReopenQuery:
    about: str


@dataclass(frozen=True, slots=True)
class RateQuery:
    about: str
    stars: int


@dataclass(frozen=True, slots=True)
class ShareRating:
    """Whether the focal point may see the rating."""

    about: str
    shared: bool


@dataclass(frozen=True, slots=True)
class SetLanguage:
    language: str


@dataclass(frozen=True, slots=True)
class SetCountry:
    country: str


@dataclass(frozen=True, slots=True)
class SetInvitations:
    invitations: Invitations


@dataclass(frozen=True, slots=True)
class SetStopped:
    stopped: bool


@dataclass(frozen=True, slots=True)
class ToldConsent:
    """The first acknowledgement said what is kept, in this version of the text."""

    version: str


@dataclass(frozen=True, slots=True)
class Redeem:
    """Use up a one-time code and give the person what it holds."""

    #: The code's digest.
    key: str
    invite: Invite


@dataclass(frozen=True, slots=True)
class Seal:
    """Put words and files away so that only the confidential desk can ever read them."""

    #: What brought them; more words for the same matter carry the same key.
    key: str
    text: str
    files: tuple[StoredFile, ...] = ()


class SealedFate(StrEnum):
    """What the person wants done with what was sealed."""

    PASSED_ON = "passed_on"
    #: The person says that it is not confidential: the confidential desk looks first and releases it.
    NOT_CONFIDENTIAL = "not_confidential"
    #: Nobody answered the offer.
    NO_ANSWER = "no_answer"


@dataclass(frozen=True, slots=True)
class PassSealed:
    """Give it to the confidential desk; it gets a reference."""

    key: str
    fate: SealedFate


class SafeContact(StrEnum):
    """How the confidential desk may get in touch."""

    UNKNOWN = "unknown"
    HERE = "here"
    OTHER = "other"
    NONE = "none"


@dataclass(frozen=True, slots=True)
class SetSafeContact:
    key: str
    contact: SafeContact


@dataclass(frozen=True, slots=True)
class EraseSealed:
    key: str


@dataclass(frozen=True, slots=True)
class SayCode:
    """Make a one-time code and say it: `code` becomes a field. Said once and kept nowhere."""

    say: Say
    kind: InviteKind
    #: "telegram" or "slack" where it works on one platform only.
    platform: str = ""


@dataclass(frozen=True, slots=True)
class SaySealed:
    """Tell the person something about a sealed matter: its reference and promise become fields."""

    key: str
    template: str
    fields: Fields = field(default_factory=dict)
    options: tuple[Option, ...] = ()
    prompt: str = ""


@dataclass(frozen=True, slots=True)
class SetTimer:
    """Let the conversation hear `what` again after a while, unless it is settled by then."""

    what: str
    about: str
    minutes: int


@dataclass(frozen=True, slots=True)
class SendData:
    """All that is kept about the person, as a file."""


@dataclass(frozen=True, slots=True)
class ErasePerson:
    """Erase what the person gave us; what stays was said before."""


@dataclass(frozen=True, slots=True)
class OpenForm:
    """Show the form of a verb at once (Slack); `about` is a query id or a sealed key."""

    verb: str
    about: str


Effect = (
    DeskEffect
    | Say
    | OpenQuery
    | RouteQuery
    | AddToQuery
    | CloseQuery
    | ReopenQuery
    | RateQuery
    | ShareRating
    | SetLanguage
    | SetCountry
    | SetInvitations
    | SetStopped
    | ToldConsent
    | Redeem
    | Seal
    | PassSealed
    | SetSafeContact
    | EraseSealed
    | SaySealed
    | SetTimer
    | SendData
    | ErasePerson
    | OpenForm
    | OfferSignIn
    | EndSessions
    | SayCode
    | PartnerEffect
)


@dataclass(frozen=True, slots=True)
class Notice:
    """For the one who acted, at once and best effort; never in the ledger."""

    message: Message


@dataclass(frozen=True, slots=True)
class FormNeeded:
    """A modal for the one who acted: the fields of a verb, opened with this token."""

    token: str
    verb: str
    language: str
    fields: Fields = field(default_factory=dict)
    #: Field name -> what can be chosen for it.
    choices: Mapping[str, tuple[Choice, ...]] = field(default_factory=dict)
    #: Further languages of those it goes to.
    languages: tuple[str, ...] = ()


Immediate = Notice | FormNeeded
