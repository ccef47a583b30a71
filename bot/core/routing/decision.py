"""What the router decided, and why, in words a CSO understands."""

from dataclasses import dataclass
from enum import StrEnum

from bot.core.message import Fields


class Choice(StrEnum):
    AUTO = "auto"
    ASK = "ask"
    TRIAGE = "triage"
    NONE = "none"


class Because(StrEnum):
    """Template names below "because": the second half of "It is with …, because …"."""

    COUNTRY_AND_TOPIC = "country_and_topic"
    REGION_AND_TOPIC = "region_and_topic"
    TOPIC = "topic"
    CHOSEN_TOPIC = "chosen_topic"
    NO_TOPIC = "no_topic"
    CHOSEN_DESK = "chosen_desk"
    STAFF_MOVED = "staff_moved"
    HANDED_OVER = "handed_over"
    CONFIDENTIAL = "confidential"
    #: The desk below had not answered in time, would not have, or nobody was there.
    LATE = "late"
    NEARLY_LATE = "nearly_late"
    NOBODY_THERE = "nobody_there"
    #: A complaint is not handled by the office it is about.
    COMPLAINT = "complaint"
    #: Urgent, and the desk of the country has nobody around the clock.
    NO_DUTY = "no_duty"


@dataclass(frozen=True, slots=True)
class Route:
    """Whose desk it is, and why."""

    desk: str
    because: Because
    #: Ids only (topic, country, region): put into words in the reader's language when shown.
    fields: Fields


@dataclass(frozen=True, slots=True)
class Decision:
    """What to do with a text."""

    choice: Choice
    #: The most likely topic; empty for TRIAGE and NONE.
    topic: str
    confidence: float
    #: Further topics, most likely first, at most three.
    alternatives: tuple[tuple[str, float], ...]
    sensitive: bool = False
