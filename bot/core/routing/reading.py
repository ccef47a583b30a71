"""What was read in a text, before anything is decided or shown."""

from dataclasses import dataclass
from enum import StrEnum


class Gate(StrEnum):
    """Whether a text asks anything at all."""

    QUERY = "query"
    GREETING = "greeting"
    THANKS = "thanks"
    #: Nothing to answer: no words at all, or only a sign such as a thumb.
    EMPTY = "empty"
    #: A whole message that tells the bot what to do (STOP, "delete my data"): opens no query.
    COMMAND = "command"


class Confidence(StrEnum):
    """What a router may do with its probabilities."""

    #: Calibrated: may route by itself when sure.
    CALIBRATED = "calibrated"
    #: The lexical fallback: may only offer buttons.
    BUTTONS_ONLY = "buttons_only"


@dataclass(frozen=True, slots=True)
class Reading:
    """The router's view of at most 2,000 characters of a text."""

    gate: Gate = Gate.QUERY
    #: Language code of the text, one of the office's content languages; empty when unclear.
    language: str = ""
    #: (topic id or "triage", probability), most likely first; empty without text.
    topics: tuple[tuple[str, float], ...] = ()
    #: True when a pattern or the router's own low threshold says: may be an allegation or a person at risk.
    sensitive: bool = False
    confidence: Confidence = Confidence.CALIBRATED
    #: ISO codes of countries named in the text: proposals only, never an answer.
    countries: tuple[str, ...] = ()
