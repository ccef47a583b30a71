"""What staff can do with a query. Each verb is declared once; buttons, forms and dialogues are made from it."""

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from enum import StrEnum

from bot.core.message import Fields, Value
from bot.core.moments import local
from bot.core.query import UNANSWERED, Query, Status


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
    #: On a card: what else can be done.
    MORE = "more"
    #: Its words leave every chat in which others read.
    SENSITIVE = "sensitive"
    NOT_SENSITIVE = "not_sensitive"
    #: On a sensitive query: show its words to whoever has it, in private.
    READ = "read"
    #: Answer several open questions that ask the same.
    SIMILAR = "similar"
    #: On what was answered together, while it waits its ten seconds.
    UNDO_ALL = "undo_all"
    SEND_ALL = "send_all"
    #: Make a draft of a ready answer from what was sent.
    KEEP_READY = "keep_ready"
    #: One of the answers that the desk keeps ready.
    CANNED = "canned"
    WATCH = "watch"
    UNWATCH = "unwatch"
    ADD_WATCHER = "add_watcher"
    #: Not ours: the CSO is told who to turn to.
    REFER = "refer"
    LINK = "link"
    UNLINK = "unlink"
    REOPEN = "reopen"
    ASK_BACK = "ask_back"
    UPDATE = "update"
    PUT_OFF = "put_off"
    SNOOZE = "snooze"
    PRIORITY = "priority"
    #: It goes on in another query.
    MERGE = "merge"
    #: Critical or a complaint: somebody answers for it by name.
    CONCERN = "concern"


class FieldKind(StrEnum):
    TEXT = "text"
    #: A desk of the world.
    DESK = "desk"
    #: One of the field's `choices`.
    CHOICE = "choice"
    #: A day and time as people write them.
    MOMENT = "moment"
    #: Somebody of staff, by number.
    PERSON = "person"
    #: Another query, by its reference.
    QUERY = "query"
    #: A ready answer of the desk, by number.
    ANSWER = "answer"
    #: Several other queries, by their references.
    QUERIES = "queries"
    #: A class of promises of the office, by id.
    POLICY = "policy"


@dataclass(frozen=True, slots=True)
class VerbField:
    """One thing a verb asks for; its label is the template "forms.VERB_NAME"."""

    name: str
    kind: FieldKind = FieldKind.TEXT
    #: Of a CHOICE; the label of each is "choices.NAME_CHOICE".
    choices: tuple[str, ...] = ()
    required: bool = True
    #: Asked again, if one wishes, for each further language of those it goes to.
    each_language: bool = False
    #: The one that this field is asked for; empty for the first.
    language: str = ""

    @property
    def label(self) -> str:
        """Second half of the templates "forms.VERB_LABEL" and "fill_in.VERB_LABEL"."""
        return f"{self.name.removesuffix(f'_{self.language}')}_in" if self.language else self.name


@dataclass(frozen=True, slots=True)
class Declared:
    """A verb: the fields it needs and the states in which it is offered."""

    fields: tuple[VerbField, ...] = ()
    offered_in: frozenset[Status] = frozenset()
    #: On the card itself; else behind its MORE.
    on_card: bool = True
    #: What is filled in stays with staff: the form says Save and not Send.
    internal: bool = False


@dataclass(frozen=True, slots=True)
class Choice:
    """One value that a field can take, and the template of its label."""

    value: str
    label: str
    fields: Fields = field(default_factory=dict)


TEXT = (VerbField("text"),)
AT_A_DESK = frozenset({Status.NEW, Status.CLAIMED, Status.WAITING, Status.ANSWERED})
AT_ANY_TIME = AT_A_DESK | {Status.CLOSED}
#: What staff say of a query that they close; "referred" and "merged" have verbs of their own.
SAID_BY_STAFF = ("answered", "withdrawn", "no_reply")
QUERY = VerbField("query", FieldKind.QUERY)
#: Says that a query is neither critical nor a complaint any more.
NO_CONCERN = "none"
CONCERN_FIELDS = (
    VerbField("concern", FieldKind.CHOICE, ("complaint", "critical", NO_CONCERN)),
    VerbField("owner", FieldKind.PERSON, required=False),
    VerbField("about", FieldKind.DESK, required=False),
)
#: An answer is promised, and the time runs.
PROMISED = frozenset({Status.NEW, Status.CLAIMED})

#: Every verb, in the order of the card's buttons.
VERBS: dict[Verb, Declared] = {
    Verb.CLAIM: Declared(offered_in=frozenset({Status.NEW})),
    Verb.RELEASE: Declared(offered_in=frozenset({Status.CLAIMED, Status.WAITING})),
    Verb.REPLY: Declared(TEXT, AT_A_DESK),
    Verb.CANNED: Declared((VerbField("answer", FieldKind.ANSWER),), AT_A_DESK),
    Verb.CORRECT: Declared(TEXT, frozenset({Status.CLAIMED, Status.ANSWERED, Status.CLOSED})),
    Verb.ASK_BACK: Declared(TEXT, PROMISED),
    Verb.NOTE: Declared(TEXT, AT_A_DESK, internal=True),
    Verb.REASSIGN: Declared((VerbField("desk", FieldKind.DESK), VerbField("text")), AT_A_DESK),
    Verb.ESCALATE: Declared(TEXT, AT_A_DESK),
    Verb.CLOSE: Declared((VerbField("outcome", FieldKind.CHOICE, SAID_BY_STAFF), VerbField("text")), AT_A_DESK),
    Verb.REOPEN: Declared(TEXT, frozenset({Status.CLOSED})),
    Verb.UPDATE: Declared(TEXT, PROMISED | {Status.ANSWERED}, on_card=False),
    Verb.PUT_OFF: Declared((VerbField("until", FieldKind.MOMENT), *TEXT), PROMISED, on_card=False),
    Verb.SNOOZE: Declared(
        (VerbField("until", FieldKind.MOMENT),),
        frozenset({Status.CLAIMED, Status.WAITING}),
        on_card=False,
        internal=True,
    ),
    Verb.PRIORITY: Declared((VerbField("policy", FieldKind.POLICY), *TEXT), PROMISED, on_card=False),
    Verb.CONFIRM: Declared(),
    Verb.NOT_THEIRS: Declared(),
    Verb.SEND_NOTE: Declared(),
    Verb.UNDO: Declared(),
    Verb.SEND_NOW: Declared(),
    Verb.ASK_HANDOVER: Declared(),
    Verb.MAILED: Declared(),
    Verb.MORE: Declared(),
    Verb.READ: Declared(offered_in=AT_ANY_TIME),
    Verb.SENSITIVE: Declared(offered_in=AT_ANY_TIME, on_card=False),
    Verb.NOT_SENSITIVE: Declared(offered_in=AT_ANY_TIME, on_card=False),
    Verb.SIMILAR: Declared(
        (VerbField("queries", FieldKind.QUERIES), VerbField("text", each_language=True)), UNANSWERED, on_card=False
    ),
    Verb.UNDO_ALL: Declared(),
    Verb.SEND_ALL: Declared(),
    Verb.KEEP_READY: Declared(offered_in=frozenset({Status.ANSWERED, Status.CLOSED}), on_card=False),
    Verb.REFER: Declared((VerbField("to"), VerbField("text")), AT_A_DESK, on_card=False),
    Verb.MERGE: Declared((QUERY,), AT_A_DESK, on_card=False),
    Verb.CONCERN: Declared(CONCERN_FIELDS, AT_A_DESK, on_card=False, internal=True),
    Verb.WATCH: Declared(offered_in=AT_ANY_TIME, on_card=False, internal=True),
    Verb.UNWATCH: Declared(offered_in=AT_ANY_TIME, on_card=False, internal=True),
    Verb.ADD_WATCHER: Declared((VerbField("person", FieldKind.PERSON),), AT_ANY_TIME, on_card=False, internal=True),
    Verb.LINK: Declared((QUERY,), AT_ANY_TIME, on_card=False, internal=True),
    Verb.UNLINK: Declared((QUERY,), AT_ANY_TIME, on_card=False, internal=True),
}
#: Verbs of a query whose words are hidden, and of one whose words are not.
IF_SENSITIVE = {Verb.READ: True, Verb.NOT_SENSITIVE: True, Verb.SENSITIVE: False}
#: These need something that has been sent.
AFTER_ANSWER = {Verb.CORRECT, Verb.KEEP_READY}


def possible(query: Query, *, answered: bool, but: Collection[Verb] = ()) -> tuple[Verb, ...]:
    """The verbs that this query is offered now, `but` some; only what was `answered` before can be corrected."""
    fitting = (verb for verb, declared in VERBS.items() if query.status in declared.offered_in and verb not in but)
    known = (verb for verb in fitting if answered or verb not in AFTER_ANSWER)
    return tuple(verb for verb in known if IF_SENSITIVE.get(verb, query.sensitive) is query.sensitive)


def offered(query: Query, *, unconfirmed: bool, answered: bool, but: Collection[Verb] = ()) -> tuple[Verb, ...]:
    """The verbs on the query's card; the rest is behind MORE."""
    all_now = possible(query, answered=answered, but=but)
    shown = tuple(verb for verb in all_now if VERBS[verb].on_card)
    who = (Verb.CONFIRM, Verb.NOT_THEIRS) if unconfirmed else ()
    return (*shown, *who, Verb.MORE) if len(shown) < len(all_now) else (*shown, *who)


def behind_more(query: Query, *, answered: bool, but: Collection[Verb] = ()) -> tuple[Verb, ...]:
    """The verbs that the card has no room for."""
    return tuple(verb for verb in possible(query, answered=answered, but=but) if not VERBS[verb].on_card)


def fields_of(verb: Verb, languages: Sequence[str] = ()) -> tuple[VerbField, ...]:
    """What a verb asks for, with the fields for further languages of those it goes to."""
    fields = VERBS[verb].fields
    more = (
        replace(asked, name=f"{asked.name}_{language}", language=language, required=False, each_language=False)
        for asked in fields
        if asked.each_language
        for language in languages
    )
    return (*fields, *more)


#: Longest text of a field: fits one message on every channel, with what the bot says around it.
LONGEST_TEXT = 3000


@dataclass(frozen=True, slots=True)
class FieldProblem:
    """Why a form cannot be taken; `template` tells the person."""

    field: str
    template: str


_BETWEEN = re.compile(r"[\s,;]+")
_REFERENCE = re.compile(r"\s*(?:q\s*-?\s*)?0*([1-9]\d{0,17})\s*", re.IGNORECASE)


def query_number(text: str) -> int:
    """The number of "Q-0007", "q7" or "7"; 0 for anything else."""
    match = _REFERENCE.fullmatch(text)
    return int(match[1]) if match else 0


def as_written(value: Value) -> str:
    """What was filled in; several choices with a space between."""
    if isinstance(value, str):
        return value
    return " ".join(map(str, value)) if isinstance(value, Sequence) else str(value or "")


def query_numbers(text: str) -> tuple[int, ...]:
    """The numbers of "Q-0007, Q-0009" or "7 9", each once; none where a word of it is no reference."""
    numbers = [query_number(word) for word in _BETWEEN.split(text) if word]
    return tuple(dict.fromkeys(numbers)) if all(numbers) else ()


def problems(verb: Verb, values: Mapping[str, str], desks: frozenset[str], today: date) -> tuple[FieldProblem, ...]:
    """What is wrong with the values of a form; pure, so that Slack's acknowledgement can carry it."""
    found = ((each, problem(each, values.get(each.name, ""), desks, today)) for each in VERBS[verb].fields)
    return tuple(FieldProblem(each.name, template) for each, template in found if template)


def problem(asked: VerbField, value: str, desks: frozenset[str], today: date) -> str:
    """The template that says what is wrong with one value; empty where nothing is."""
    value = value.strip()
    if not value:
        return "errors.field_empty" if asked.required else ""
    if len(value) > LONGEST_TEXT:
        return "errors.field_too_long"
    match asked.kind:
        case FieldKind.DESK if value not in desks:
            return "errors.no_such_desk"
        case FieldKind.MOMENT if local(value, today) is None:
            return "errors.no_moment"
        case FieldKind.QUERY if not query_number(value):
            return "errors.no_reference"
        case FieldKind.QUERIES if not query_numbers(value):
            return "errors.no_reference"
        case FieldKind.CHOICE if value not in asked.choices:
            return "errors.no_choice"
        case FieldKind.PERSON | FieldKind.ANSWER if not value.isdecimal():
            return "errors.no_choice"
        case _:
            return ""
