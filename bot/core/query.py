"""A question from a CSO and its way to an answer."""

from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum

from bot.core.errors import IllegalTransition
from bot.core.message import Fields, StoredFile


class Status(StrEnum):
    #: Has a reference; the country or the topic is still being asked.
    ASKED = "asked"
    #: At a desk, nobody has it.
    NEW = "new"
    CLAIMED = "claimed"
    #: The holder asked back: the clock stands until the CSO writes.
    WAITING = "waiting"
    ANSWERED = "answered"
    CLOSED = "closed"


#: In these somebody still has to answer.
UNANSWERED = frozenset({Status.NEW, Status.CLAIMED, Status.WAITING})


class Action(StrEnum):
    ROUTE = "route"
    CLAIM = "claim"
    RELEASE = "release"
    REPLY = "reply"
    ASK_BACK = "ask_back"
    #: The CSO wrote while we waited for it.
    HEAR = "hear"
    MOVE = "move"
    CLOSE = "close"
    REOPEN = "reopen"
    #: The CSO says that the answer did not answer.
    ASK_AGAIN = "ask_again"
    #: A colleague has it from now on.
    HAND_OVER = "hand_over"
    #: Whoever had it is gone; the desk has it again.
    RETURN = "return"
    #: A word of a person that more is to come.
    UPDATE = "update"


#: The whole life of a query. What is not here cannot happen.
TRANSITIONS = {
    (Status.ASKED, Action.ROUTE): Status.NEW,
    (Status.ASKED, Action.CLOSE): Status.CLOSED,
    (Status.NEW, Action.CLAIM): Status.CLAIMED,
    (Status.NEW, Action.MOVE): Status.NEW,
    (Status.NEW, Action.REPLY): Status.ANSWERED,
    (Status.NEW, Action.CLOSE): Status.CLOSED,
    (Status.CLAIMED, Action.RELEASE): Status.NEW,
    (Status.CLAIMED, Action.REPLY): Status.ANSWERED,
    (Status.CLAIMED, Action.MOVE): Status.NEW,
    (Status.CLAIMED, Action.CLOSE): Status.CLOSED,
    (Status.CLAIMED, Action.HAND_OVER): Status.CLAIMED,
    (Status.CLAIMED, Action.RETURN): Status.NEW,
    (Status.CLAIMED, Action.ASK_BACK): Status.WAITING,
    (Status.WAITING, Action.HEAR): Status.CLAIMED,
    (Status.WAITING, Action.REPLY): Status.ANSWERED,
    (Status.WAITING, Action.MOVE): Status.NEW,
    (Status.WAITING, Action.RELEASE): Status.NEW,
    (Status.WAITING, Action.CLOSE): Status.CLOSED,
    (Status.WAITING, Action.HAND_OVER): Status.WAITING,
    (Status.WAITING, Action.RETURN): Status.NEW,
    (Status.ANSWERED, Action.REPLY): Status.ANSWERED,
    (Status.ANSWERED, Action.MOVE): Status.NEW,
    (Status.ANSWERED, Action.CLOSE): Status.CLOSED,
    (Status.ANSWERED, Action.ASK_AGAIN): Status.CLAIMED,
    (Status.ANSWERED, Action.HAND_OVER): Status.ANSWERED,
    (Status.ANSWERED, Action.RETURN): Status.ANSWERED,
    #: The answer was not all: more is promised.
    (Status.ANSWERED, Action.UPDATE): Status.CLAIMED,
    #: An answer that was on its way when the query was closed; a new one cannot begin.
    (Status.CLOSED, Action.REPLY): Status.CLOSED,
    (Status.CLOSED, Action.REOPEN): Status.CLAIMED,
}


class QueryOutcome(StrEnum):
    """What became of a query that is closed."""

    ANSWERED = "answered"
    #: Somebody else's to answer; the CSO was told whose.
    REFERRED = "referred"
    #: It goes on in another query.
    MERGED = "merged"
    #: The CSO needs no answer any more.
    WITHDRAWN = "withdrawn"
    #: We asked back and heard nothing.
    NO_REPLY = "no_reply"


class Concern(StrEnum):
    """What cannot be closed without an answer and has a named owner."""

    CRITICAL = "critical"
    COMPLAINT = "complaint"


@dataclass(frozen=True, slots=True, kw_only=True)
class Query:
    """One question, its owner and where it stands."""

    id: int
    #: What opened it (the event's account and id): the same event opens it once.
    opened_by: str
    person: int
    #: Organisation id the person speaks for, confirmed or not; empty while unknown.
    organisation: str = ""
    #: ISO code, the CSO's own country; empty while unknown.
    country: str = ""
    language: str = "en"
    #: Account the question came by: "telegram", "slack" …
    account: str
    #: Topic id, "triage", or empty while undecided.
    topic: str = ""
    #: (topic, probability) as the router read it, for the card and for later choices.
    topics: tuple[tuple[str, float], ...] = ()
    #: Desk id of the owner; empty while undecided.
    desk: str = ""
    #: `Because` value and its ids; put into words when shown.
    because: str = ""
    because_fields: Fields = field(default_factory=dict)
    #: Policy id of the promise.
    policy: str = ""
    asked_at: datetime
    #: Promised answer or next word, rounded up; None until routed and while we wait for the CSO.
    due_at: datetime | None = None
    #: The clock of the promise, in seconds of working time; kept by `query_clock`.
    clock_total: int = 0
    clock_used: int = 0
    #: Since when it runs; None while it stands.
    clock_since: datetime | None = None
    #: How many marks of the policy have been, and when the next one is.
    marks_reached: int = 0
    mark_at: datetime | None = None
    #: Since when we wait for the CSO; None while we do not.
    waiting_since: datetime | None = None
    #: Promised end, by the policy's working days; None without such a promise.
    resolve_by: datetime | None = None
    #: The moment from which the promise counts.
    promised_from: datetime | None = None
    #: The promise is the next word: the CSO has had one that was no answer.
    next_word: bool = False
    #: Promised first answer, whatever else was promised since.
    answer_by: datetime | None = None
    #: Not later than the next moment of `waking`; None where none is to come.
    wake_at: datetime | None = None
    answered_at: datetime | None = None
    status: Status = Status.ASKED
    #: Person id of the focal point who has it; 0 while nobody has.
    holder: int = 0
    claimed_at: datetime | None = None
    #: Colleagues of the organisation do not see it.
    private: bool = False
    #: Member of staff who entered it for a partner that cannot write here; 0 for a person's own.
    entered_by: int = 0
    #: The first answer of a person that reached the CSO; `answered_at` is the latest.
    first_answered_at: datetime | None = None
    #: When a promised time first passed without what was promised; None while every promise was kept.
    broken_at: datetime | None = None
    #: The holder wants to see it again then, and not before.
    snoozed_until: datetime | None = None
    #: How it ended; none while it is open, or where nobody said.
    outcome: QueryOutcome | None = None
    #: Why a named person answers for it; none for an ordinary query.
    concern: Concern | None = None
    #: Person id of who answers for it, whoever has it; 0 for an ordinary query.
    owner: int = 0
    #: Desk that a complaint is about; it never comes there. Empty without one.
    complaint_about: str = ""
    #: Its words are shown in no shared channel.
    sensitive: bool = False
    #: The CSO asked not to be quoted publicly.
    no_quotes: bool = False
    #: The query in which this one goes on; 0 for one that stands for itself.
    merged_into: int = 0
    #: 1 to 5, 0 without one; whether the focal point may see it.
    rating: int = 0
    rating_shared: bool = False
    #: Grows by one with every change; a writer that saw an older one gets `Conflict`.
    version: int = 1

    @property
    def reference(self) -> str:
        return f"Q-{self.id:04}"

    @property
    def owed(self) -> bool:
        """Critical or a complaint, and no answer has reached the CSO."""
        return self.concern is not None and self.first_answered_at is None

    @property
    def open(self) -> bool:
        return self.status is not Status.CLOSED

    def after(self, action: Action) -> "Query":
        """The query after the action; raises `IllegalTransition` when the table does not know it."""
        try:
            return replace(self, status=TRANSITIONS[self.status, action], snoozed_until=None)
        except KeyError:
            raise IllegalTransition(
                f"{self.reference} is {self.status}: {action} is not possible",
                reference=self.reference,
                status=self.status.value,
            ) from None

    def answered(self, now: datetime) -> "Query":
        """A person's answer has reached the CSO: nothing is due any more."""
        first = self.first_answered_at or now
        answered = replace(self._kept_or_broken(now), answered_at=now, first_answered_at=first)
        return answered.after(Action.REPLY)._without_clock()

    def closed(self, outcome: QueryOutcome) -> "Query":
        return replace(self.after(Action.CLOSE)._without_clock(), outcome=outcome)

    def reopened(self) -> "Query":
        """Open again, as if nothing had been said at its end; what was promised then is over."""
        return replace(self.after(Action.REOPEN), answered_at=None, outcome=None)

    def _kept_or_broken(self, now: datetime) -> "Query":
        """A first answer that comes late is late, whatever words came before it."""
        late = self.first_answered_at is None and self.answer_by is not None and self.answer_by < now
        return replace(self, broken_at=self.answer_by) if late and self.broken_at is None else self

    def _without_clock(self) -> "Query":
        return replace(self, clock_since=None, mark_at=None, waiting_since=None, next_word=False)

    def claimed_by(self, person: int, now: datetime) -> "Query":
        return replace(self.after(Action.CLAIM), holder=person, claimed_at=now)

    def handed_to(self, person: int, now: datetime) -> "Query":
        return replace(self.after(Action.HAND_OVER), holder=person, claimed_at=now)

    def returned(self) -> "Query":
        return replace(self.after(Action.RETURN), holder=0, claimed_at=None)

    def moved_to(self, desk: str, because: str, fields: Fields) -> "Query":
        """At another desk: nobody has it there, the promise and the history stay."""
        moved = self.after(Action.MOVE)
        return replace(moved, desk=desk, because=because, because_fields=fields, holder=0, claimed_at=None)


class EntryKind(StrEnum):
    """What a line of a query's timeline is."""

    QUESTION = "question"
    ADDITION = "addition"
    EDIT = "edit"
    NOTE = "note"
    REPLY = "reply"
    CORRECTION = "correction"
    #: A question of ours to the CSO.
    ASKED_BACK = "asked_back"
    #: A word of a person to the CSO that is no answer yet.
    UPDATE = "update"
    #: Something that happened: claimed, moved, closed. `text` is a template name, `fields` its fields.
    EVENT = "event"


class EntryState(StrEnum):
    """Where a reply stands; all other entries are DONE."""

    #: Shown back to staff, may still be undone.
    PENDING = "pending"
    DONE = "done"
    UNDONE = "undone"
    #: It could not be delivered; the focal point was told.
    FAILED = "failed"
    #: Replaced by a correction.
    REPLACED = "replaced"


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One line of a query's timeline."""

    id: int = 0
    query: int
    kind: EntryKind
    text: str
    at: datetime
    #: Person id of who wrote or did it; 0 for the bot.
    author: int = 0
    files: tuple[StoredFile, ...] = ()
    state: EntryState = EntryState.DONE
    #: Account and platform message id it was written in, "account:chat:message"; empty when there is none.
    source: str = ""
    fields: Fields = field(default_factory=dict)
