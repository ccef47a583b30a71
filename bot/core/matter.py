"""A confidential matter: its life at the confidential desk, what its opened boxes say, and who must not have it."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from bot.core.calendar import after
from bot.core.errors import IllegalTransition, NotAllowed
from bot.core.escalation import marks
from bot.core.person import Role, Staff
from bot.core.sla import hours_of
from bot.core.turn import SafeContact, SealedFate
from bot.core.world import Desk, Policy, World


class SealedState(StrEnum):
    #: The person has not chosen yet.
    HELD = "held"
    #: At the confidential desk.
    PASSED = "passed"
    CLOSED = "closed"
    #: It was not confidential: it goes on as a query.
    RELEASED = "released"
    ERASED = "erased"


class MatterAct(StrEnum):
    """What the confidential desk does with a matter."""

    OPEN = "open"
    TAKE = "take"
    GIVE = "give"
    NOTE = "note"
    ANSWER = "answer"
    CLOSE = "close"
    REOPEN = "reopen"
    RELEASE = "release"
    KEEP = "keep"


#: The whole life of a matter at its desk. What is not here cannot happen.
TRANSITIONS: dict[tuple[SealedState, MatterAct], SealedState] = {
    **{(SealedState.PASSED, act): SealedState.PASSED for act in MatterAct if act is not MatterAct.REOPEN},
    (SealedState.PASSED, MatterAct.CLOSE): SealedState.CLOSED,
    (SealedState.PASSED, MatterAct.RELEASE): SealedState.RELEASED,
    (SealedState.CLOSED, MatterAct.OPEN): SealedState.CLOSED,
    (SealedState.CLOSED, MatterAct.NOTE): SealedState.CLOSED,
    (SealedState.CLOSED, MatterAct.KEEP): SealedState.CLOSED,
    (SealedState.CLOSED, MatterAct.REOPEN): SealedState.PASSED,
}


class MatterOutcome(StrEnum):
    """How a matter ended; never what it was about."""

    HANDLED = "handled"
    PASSED_TO_INVESTIGATION = "passed_to_investigation"
    REFERRED = "referred"
    NOT_ENOUGH = "not_enough"
    NO_CONTACT = "no_contact"


class OfficeConcerned(NotAllowed):
    """Whoever works for the office that a matter is about neither reads nor gets it."""

    template = "errors.office_concerned"


class NotSafe(NotAllowed):
    """The sender did not say that writing here is safe."""

    template = "errors.not_safe_to_write"


class NotReleasable(NotAllowed):
    """Only what its sender calls not confidential leaves the confidential desk."""

    template = "errors.not_releasable"


def becomes(state: SealedState, act: MatterAct, reference: str) -> SealedState:
    """The state after the act; raises `IllegalTransition` where the table does not know it."""
    try:
        return TRANSITIONS[state, act]
    except KeyError:
        raise IllegalTransition(reference=reference, status=state.value) from None


@dataclass(frozen=True, slots=True)
class Written:
    """Words of the sender, with the names of the files that came along (name, content name)."""

    text: str
    at: datetime | None
    files: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Opened:
    """What the boxes of one matter say, in the memory of whoever opened them."""

    written: tuple[Written, ...]
    account: str = ""
    chat: str = ""
    contact: SafeContact = SafeContact.UNKNOWN
    fate: SealedFate = SealedFate.PASSED_ON
    country: str = ""
    language: str = ""

    @property
    def text(self) -> str:
        return "\n\n".join(each.text for each in self.written if each.text.strip())

    def check_safe(self, reference: str) -> None:
        """Raises `NotSafe` unless the sender chose to be written to here."""
        if self.contact is not SafeContact.HERE or not self.chat:
            raise NotSafe(reference=reference)

    def check_releasable(self, reference: str) -> None:
        """Raises `NotReleasable` unless the sender calls it not confidential and may be written to."""
        if self.fate is not SealedFate.NOT_CONFIDENTIAL or self.contact is SafeContact.NONE or not self.chat:
            raise NotReleasable(reference=reference)


def opened(parts: Iterable[Mapping[str, Any]]) -> Opened:
    """The parts as they were sealed, the oldest first; of what is said twice the last counts."""
    every = list(parts)
    said = {name: value for part in every for name, value in part.items() if value}
    return Opened(
        written=tuple(_written(part) for part in every if "text" in part),
        account=str(said.get("account", "")),
        chat=str(said.get("chat", "")),
        contact=SafeContact(_last_contact(every)),
        fate=SealedFate(said.get("fate", SealedFate.PASSED_ON)),
        country=str(said.get("country", "")),
        language=str(said.get("language", "")),
    )


def _last_contact(parts: list[Mapping[str, Any]]) -> str:
    """What the person chose; that nothing was known when it was passed on takes no choice away."""
    chosen = [str(part["contact"]) for part in parts if part.get("contact", SafeContact.UNKNOWN) != SafeContact.UNKNOWN]
    return chosen[-1] if chosen else SafeContact.UNKNOWN


def _written(part: Mapping[str, Any]) -> Written:
    at = datetime.fromisoformat(part["at"]) if part.get("at") else None
    files = tuple((str(each["name"]), str(each["sha256"])) for each in part.get("files", ()))
    return Written(str(part["text"]), at, files)


def concerned(staff: Staff, country: str, world: World) -> bool:
    """Whether this person also works for an office of that country or of its region."""
    region = world.regions.get(world.region_of.get(country, ""))
    offices = {desk.id for desk in world.desks.values() if country and desk.country == country}
    offices |= {region.desk} if region else set()
    own = (role for role in staff.roles if role.limited and role.role is not Role.CONFIDENTIAL)
    return any(role.covers(office, world) for role in own for office in offices)


def next_mark(policy: Policy, desk: Desk, since: datetime, reached: int) -> datetime | None:
    """When the desk is reminded next: `reached` marks have been; None once all have."""
    percents = marks(policy)
    if reached >= len(percents):
        return None
    total = timedelta(hours=policy.first_response_hours)
    return after(hours_of(policy, desk), since, total * percents[reached] / 100)


def percent_of(policy: Policy, reached: int) -> int:
    """The percentage of the last mark that was reached."""
    return marks(policy)[max(0, reached - 1)]
