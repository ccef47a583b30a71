"""Effects that concern who a person is, whom they speak for, and their colleagues."""

from dataclasses import dataclass

from bot.core.behalf import Entered


@dataclass(frozen=True, slots=True)
class ClaimOrganisation:
    """The person says they speak for it; `name` when it is on no list."""

    organisation: str = ""
    name: str = ""


@dataclass(frozen=True, slots=True)
class ProposeOrganisation:
    """The organisation that the person named and that is on no list becomes a record for staff to look at."""

    #: Code of the world's organisation types.
    type: str


@dataclass(frozen=True, slots=True)
class TellColleagues:
    """Let colleagues know, once, that the person says they belong to them."""


@dataclass(frozen=True, slots=True)
class SetName:
    """How colleagues and staff know the person; empty takes it away."""

    name: str


@dataclass(frozen=True, slots=True)
class SetPosition:
    position: str


@dataclass(frozen=True, slots=True)
class ConfirmPerson:
    """A colleague says that the waiting person belongs to them."""

    person: int


@dataclass(frozen=True, slots=True)
class RefusePerson:
    person: int


@dataclass(frozen=True, slots=True)
class PersonLeft:
    """Somebody does not speak for the organisation any more."""

    person: int
    #: Who gets their open queries; 0: they keep them as their own.
    to: int = 0


@dataclass(frozen=True, slots=True)
class NameSpeaker:
    """The person whose registration counts for the organisation; 0: nobody."""

    person: int


@dataclass(frozen=True, slots=True)
class Unlink:
    """One of the person's other addresses is not theirs any more."""

    account: str
    user: str


@dataclass(frozen=True, slots=True)
class ShowQuery:
    """Question and answers of a query that the person may see."""

    query: int


@dataclass(frozen=True, slots=True)
class InvitePartner:
    """Staff want a link for somebody of the organisation that these words name."""

    name: str


@dataclass(frozen=True, slots=True)
class EnterQuery:
    """A question for a partner who cannot write here."""

    entered: Entered


@dataclass(frozen=True, slots=True)
class AddByMail:
    """What a partner answered by e-mail, for the question of this number."""

    query: int
    text: str


PartnerEffect = (
    ClaimOrganisation
    | ProposeOrganisation
    | TellColleagues
    | SetName
    | SetPosition
    | ConfirmPerson
    | RefusePerson
    | PersonLeft
    | NameSpeaker
    | Unlink
    | ShowQuery
    | InvitePartner
    | EnterQuery
    | AddByMail
)
