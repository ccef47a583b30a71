"""What staff can do with a query. Each verb is declared once; buttons, forms and dialogues are made from it."""

from dataclasses import dataclass
from enum import StrEnum

from bot.core.query import Query, Status


class Verb(StrEnum):
    CLAIM = "claim"
    RELEASE = "release"
    REPLY = "reply"
    CORRECT = "correct"
    NOTE = "note"
    REASSIGN = "reassign"
    ESCALATE = "escalate"
    CLOSE = "close"
    CONFIRM = "confirm"
    NOT_THEIRS = "not_theirs"
    #: On a note: send its words to the CSO after all.
    SEND_NOTE = "send_note"
    #: On a reply that waits its ten seconds.
    UNDO = "undo"
    SEND_NOW = "send_now"
    #: To the one who came second: ask the first to hand over.
    ASK_HANDOVER = "ask_handover"
    #: On an answer for a partner who reads e-mail only: it has been sent.
    MAILED = "mailed"


class FieldKind(StrEnum):
    TEXT = "text"
    #: A desk of the world.
    DESK = "desk"


@dataclass(frozen=True, slots=True)
class VerbField:
    name: str
    kind: FieldKind = FieldKind.TEXT


@dataclass(frozen=True, slots=True)
class Declared:
    """A verb: the fields it needs and the states in which the card offers it."""

    fields: tuple[VerbField, ...] = ()
    offered_in: frozenset[Status] = frozenset()


TEXT = (VerbField("text"),)
AT_A_DESK = frozenset({Status.NEW, Status.CLAIMED, Status.ANSWERED})

#: Every verb, in the order of the card's buttons.
VERBS: dict[Verb, Declared] = {
    Verb.CLAIM: Declared(offered_in=frozenset({Status.NEW})),
    Verb.RELEASE: Declared(offered_in=frozenset({Status.CLAIMED})),
    Verb.REPLY: Declared(TEXT, AT_A_DESK),
    Verb.CORRECT: Declared(TEXT, frozenset({Status.CLAIMED, Status.ANSWERED, Status.CLOSED})),
    Verb.NOTE: Declared(TEXT, AT_A_DESK),
    Verb.REASSIGN: Declared((VerbField("desk", FieldKind.DESK), VerbField("text")), AT_A_DESK),
    Verb.ESCALATE: Declared(TEXT, AT_A_DESK),
    Verb.CLOSE: Declared(TEXT, AT_A_DESK),
    Verb.CONFIRM: Declared(),
    Verb.NOT_THEIRS: Declared(),
    Verb.SEND_NOTE: Declared(),
    Verb.UNDO: Declared(),
    Verb.SEND_NOW: Declared(),
    Verb.ASK_HANDOVER: Declared(),
    Verb.MAILED: Declared(),
}


def offered(query: Query, *, unconfirmed: bool, answered: bool) -> tuple[Verb, ...]:
    """The verbs that the card of this query shows now; only what was `answered` before can be corrected."""
    possible = (verb for verb, declared in VERBS.items() if query.status in declared.offered_in)
    usual = tuple(verb for verb in possible if answered or verb is not Verb.CORRECT)
    return (*usual, Verb.CONFIRM, Verb.NOT_THEIRS) if unconfirmed else usual


#: Longest text of a field: fits one message on every channel, with what the bot says around it.
LONGEST_TEXT = 3000


@dataclass(frozen=True, slots=True)
class FieldProblem:
    """Why a form cannot be taken; `template` tells the person."""

    field: str
    template: str


def problems(verb: Verb, values: dict[str, str], desks: frozenset[str]) -> tuple[FieldProblem, ...]:
    """What is wrong with the values of a form; pure, so that Slack's acknowledgement can carry it."""
    found: list[FieldProblem] = []
    for field in VERBS[verb].fields:
        value = values.get(field.name, "").strip()
        if not value:
            found.append(FieldProblem(field.name, "errors.field_empty"))
        elif field.kind is FieldKind.DESK and value not in desks:
            found.append(FieldProblem(field.name, "errors.no_such_desk"))
        elif len(value) > LONGEST_TEXT:
            found.append(FieldProblem(field.name, "errors.field_too_long"))
    return tuple(found)
