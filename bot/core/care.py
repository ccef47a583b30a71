"""The care of data: how long each kind is kept, and how much one address may write."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

#: Stands in office.yaml instead of a number: nothing goes by itself, the confidential desk decides case by case.
DECIDED_BY_DESK = "decided_by_desk"
#: A month of the schedule, in days: nobody is kept longer than was said because a month was long.
DAYS_OF_MONTH = 30


class Kept(StrEnum):
    """A kind of what is kept, with an age at which it goes. What it means stands in docs/data-protection.md."""

    #: Questions, additions, answers and notes with their files, and our posts of them.
    QUERY_TEXT = "query_text"
    #: Wording of messages that have been sent; that and when they were sent stays.
    DELIVERY_TEXT = "delivery_text"
    #: What the platforms sent us: what was given up, still sealed, and the numbers of what was handled.
    INCOMING = "incoming"
    #: Whom an invitation was for and who used it; that it was made and used stays.
    INVITATIONS = "invitations"
    #: People we were told of and who never connected.
    UNCLAIMED_CONTACTS = "unclaimed_contacts"
    #: What rows of an import were before: until then an import can be undone.
    IMPORTS = "imports"
    #: Sign-in links and sessions of the console.
    CONSOLE_SESSIONS = "console_sessions"
    #: When staff were away and who stood in for them.
    ABSENCES = "absences"
    #: Which member of staff did what.
    AUDIT = "audit"
    UNANSWERED_REGISTRATION = "unanswered_registration"
    SURVEY_ANSWERS = "survey_answers"


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """How much one address may write before csobot asks it to wait. Staff, commands and confidential words are free."""

    messages_per_hour: int
    new_queries_per_day: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Due:
    """What would go by the schedule now."""

    kind: Kept
    months: int
    #: What is older than this goes.
    before: datetime
    count: int
    #: When the oldest of it was last touched; None while nothing is due.
    oldest: datetime | None


def before(months: Mapping[str, int], kind: Kept, now: datetime) -> datetime:
    """What of this kind was last touched before this moment is not kept any longer."""
    return now - timedelta(days=DAYS_OF_MONTH * months[kind])
