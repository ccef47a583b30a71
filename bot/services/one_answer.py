"""One answer to many: each gets it in its own language and thread; all of it can be taken back together."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from bot.core.errors import BotError, Conflict, NotAllowed, Unknown
from bot.core.message import Fields
from bot.core.person import Staff
from bot.core.query import UNANSWERED, Entry, EntryKind, EntryState, Query
from bot.core.similar import worded
from bot.core.verbs import Verb
from bot.services import answers, data
from bot.services.acts import Act, check_may, only_holder
from bot.services.setup import Setup
from storage import queries as rows
from storage.database import Transaction

#: What a colleague may have done meanwhile; one's own notes and claims are no surprise.
_OWN = {EntryKind.NOTE, EntryKind.EVENT}
_TO_CSO = {EntryKind.REPLY, EntryKind.CORRECTION}


class AnsweredAlready(NotAllowed):
    """Somebody has answered or closed it: nothing is answered twice."""

    template = "errors.answered_already"


class AnswerOnItsWay(NotAllowed):
    """Another answer to it waits its seconds."""

    template = "errors.answer_on_its_way"


class NewSince(NotAllowed):
    """Something was written in it since the page was opened."""

    template = "errors.new_since"


@dataclass(frozen=True, slots=True, kw_only=True)
class Writer:
    """Who answers, and the key of what they did: the same key again does nothing."""

    person: int
    staff: Staff
    #: "account:event id"; "console:" and the form's own number.
    key: str
    now: datetime

    @property
    def source(self) -> str:
        """What all lines of this answer carry."""
        return f"together:{self.key}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """What is to be answered, and with which words."""

    #: Query -> the last line of it that was seen; -1 where that does not matter.
    queries: Mapping[int, int]
    #: Language -> words.
    texts: Mapping[str, str]
    #: The language of the words for those who read one in which nothing was written.
    first: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Left:
    """A query that did not get the answer, and why: template and fields of the sentence."""

    reference: str
    template: str
    fields: Fields


@dataclass(frozen=True, slots=True, kw_only=True)
class Sent:
    """What came of it."""

    #: The lines that leave when the time to undo is over.
    lines: tuple[Entry, ...]
    left: tuple[Left, ...]


def answer(tx: Transaction, setup: Setup, by: Writer, wish: Wish) -> Sent:
    """Each query that can be answered gets its words; what stands in the way of the others is told, and nothing lost.

    Who sends the same again finds it done.
    """
    left = []
    for number in sorted(wish.queries):
        try:
            with tx.begin_nested():
                _one(tx, setup, by, wish, number)
        except Conflict:
            raise
        except BotError as problem:
            left.append(Left(reference=f"Q-{number:04}", template=problem.template, fields=problem.fields))
    return Sent(lines=rows.from_source(tx, by.source), left=tuple(left))


def _one(tx: Transaction, setup: Setup, by: Writer, wish: Wish, number: int) -> None:
    query = rows.locked(tx, number)
    if any(line.query == number for line in rows.from_source(tx, by.source)):
        return
    words = worded(wish.texts, query.language, wish.first)
    act = _act(tx, setup, by, query, words.text)
    check_may(act)
    _check_unanswered(tx, query, wish.queries[number], by.person)
    only_holder(act)
    answers.reply(act)
    rows.set_source(tx, _waiting(tx, number)[-1].id, by.source)
    data.audit(tx, by.person, Verb.SIMILAR.value, query.reference, by.now, act.via)


def _act(tx: Transaction, setup: Setup, by: Writer, query: Query, text: str) -> Act:
    return Act(
        tx=tx,
        setup=setup,
        now=by.now,
        key=by.key,
        person=by.person,
        staff=by.staff,
        query=query,
        verb=Verb.REPLY,
        values={"text": text},
    )


def _check_unanswered(tx: Transaction, query: Query, seen: int, person: int) -> None:
    if query.status not in UNANSWERED:
        raise AnsweredAlready(reference=query.reference, status=query.status.value)
    if query.sensitive:
        raise NotAllowed(reference=query.reference)
    if _waiting(tx, query.id):
        raise AnswerOnItsWay(reference=query.reference)
    fresh = [line for line in rows.timeline(tx, query.id) if seen >= 0 and line.id > seen]
    if any(line.author != person or line.kind not in _OWN for line in fresh):
        raise NewSince(reference=query.reference)


def _waiting(tx: Transaction, query: int) -> list[Entry]:
    lines = rows.timeline(tx, query)
    return [line for line in lines if line.kind in _TO_CSO and line.state is EntryState.PENDING]


@dataclass(frozen=True, slots=True, kw_only=True)
class TakenBack:
    """How many were taken back, and how many had left."""

    back: int
    gone: int


def undo(act: Act) -> TakenBack:
    """Everything that was answered together with the act's line and has not left; raises `Unknown` for another line."""
    back, lines = 0, _together(act)
    for each in lines:
        try:
            with act.tx.begin_nested():
                answers.undo(_of_line(act, each))
            back += 1
        except NotAllowed:
            continue
    return TakenBack(back=back, gone=len(lines) - back)


def send_now(act: Act) -> int:
    """Let all of it leave at once; how many."""
    lines = _together(act)
    for each in lines:
        answers.send_now(_of_line(act, each))
    return len([line for line in lines if line.state is EntryState.PENDING])


def _together(act: Act) -> Sequence[Entry]:
    source = rows.entry(act.tx, act.entry).source if act.entry else ""
    if not source.startswith("together:"):
        raise Unknown
    return [line for line in rows.from_source(act.tx, source) if line.state is not EntryState.UNDONE]


def _of_line(act: Act, line: Entry) -> Act:
    other = replace(act, query=rows.get(act.tx, line.query), entry=line.id)
    check_may(other)
    return other
