"""Verbs of staff from the console: the same as in chat, on what the page showed, and once however often it is sent."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from bot.core.errors import BotError, NotAllowed, Unknown
from bot.core.permission import Viewer
from bot.core.person import Connection, Person
from bot.core.query import EntryKind, Query
from bot.core.turn import Immediate
from bot.core.verbs import VERBS, Choice, FieldProblem, Verb, possible, problems
from bot.services import form_choices, offers, verbs
from bot.services.acts import CONSOLE, Act, may_act
from bot.services.setup import Setup
from storage import queries as rows
from storage.database import Transaction
from storage.reads import query_page
from storage.reads.query_page import Line, QueryPage

#: The same note twice within this time was sent twice by mistake.
TWICE = timedelta(minutes=1)
#: The console shows all verbs, and the words themselves.
ONLY_CHAT = frozenset({Verb.MORE, Verb.READ, Verb.SIMILAR})


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """What somebody at the console wants done with a query."""

    query: int
    verb: Verb
    values: Mapping[str, str] = field(default_factory=dict)
    #: The last line of the timeline that they had seen; -1: it does not matter.
    seen: int = -1
    #: The pending reply or the note that it is about.
    entry: int = 0


class BadForm(BotError):
    """Something in the form is missing or wrong; nothing was done."""

    def __init__(self, found: Sequence[FieldProblem]) -> None:
        super().__init__("a form with problems")
        self.template = found[0].template
        self.problems = tuple(found)


class ChangedSince(BotError):
    """Something has happened with the query since the form was opened; nothing was done."""

    template = "errors.changed_since"

    def __init__(self, query: Query, lines: Sequence[Line]) -> None:
        super().__init__("the query has changed", reference=query.reference)
        self.lines = tuple(lines)


def perform(tx: Transaction, setup: Setup, viewer: Viewer, wish: Wish, now: datetime) -> Sequence[Immediate]:
    """Do it; raises `Unknown`, `NotAllowed`, `BadForm`, `ChangedSince`, or what stands in the way in chat as well."""
    query = rows.locked(tx, query_page.get(tx, viewer, wish.query).id)
    declared = VERBS[wish.verb]
    values = {asked.name: wish.values.get(asked.name, "") for asked in declared.fields}
    if found := problems(wish.verb, values, frozenset(setup.world.desks), now.date()):
        raise BadForm(found)
    if declared.fields and not declared.internal and wish.seen >= 0:
        _check_unchanged(tx, viewer, query, wish.seen)
    act = _act(tx, setup, viewer, query, wish, now, values)
    return () if _sent_twice(act) else verbs.perform(act)


def _act(
    tx: Transaction,
    setup: Setup,
    viewer: Viewer,
    query: Query,
    wish: Wish,
    now: datetime,
    values: Mapping[str, str],
) -> Act:
    if wish.entry and rows.entry(tx, wish.entry).query != query.id:
        raise NotAllowed(reference=query.reference)
    return Act(
        tx=tx,
        setup=setup,
        now=now,
        key=f"{CONSOLE}:{setup.new_token()}",
        person=viewer.person,
        staff=viewer.staff,
        query=query,
        verb=wish.verb,
        values=dict(values),
        entry=wish.entry,
    )


def _check_unchanged(tx: Transaction, viewer: Viewer, query: Query, seen: int) -> None:
    """What one did and noted oneself is no surprise; one's own answer is: the form was sent twice."""
    own = {EntryKind.NOTE, EntryKind.EVENT}
    fresh = query_page.since(tx, query.id, seen)
    changes = [each for each in fresh if each.entry.author != viewer.person or each.entry.kind not in own]
    if changes:
        raise ChangedSince(query, changes)


def _sent_twice(act: Act) -> bool:
    last = rows.last_entry(act.tx, act.query.id)
    if act.verb is not Verb.NOTE or last is None or last.kind is not EntryKind.NOTE:
        return False
    return (last.author, last.text) == (act.person, act.text) and act.now - last.at < TWICE


@dataclass(frozen=True, slots=True, kw_only=True)
class Form:
    """What a verb asks for now."""

    verb: Verb
    #: Field name -> what can be chosen for it.
    choices: Mapping[str, tuple[Choice, ...]]


def form(tx: Transaction, setup: Setup, viewer: Viewer, wish: Wish, now: datetime) -> Form:
    """Raises as `perform` does where it can be known before anybody types for nothing."""
    query = query_page.get(tx, viewer, wish.query)
    verbs.check_can_begin(_act(tx, setup, viewer, query, wish, now, {}))
    return choices(tx, setup, viewer, wish, now)


def choices(tx: Transaction, setup: Setup, viewer: Viewer, wish: Wish, now: datetime) -> Form:
    """As `form`, whether it can be done or not: another query of the same choice may."""
    query = query_page.get(tx, viewer, wish.query)
    act = _act(tx, setup, viewer, query, wish, now, {})
    return Form(verb=wish.verb, choices=form_choices.of_form(act))


def offered(tx: Transaction, setup: Setup, viewer: Viewer, page: QueryPage) -> tuple[Verb, ...]:
    """The verbs that the page shows: those of the card and those behind its More; none to who only looks on."""
    if not may_act(tx, setup.world, viewer.staff, page.query):
        return ()
    but = offers.kept_back(tx, page.query, viewer.person) | ONLY_CHAT
    usual = possible(page.query, answered=page.answered, but=but)
    return (*usual, Verb.CONFIRM, Verb.NOT_THEIRS) if _claims(page.asker) else usual


def _claims(asker: Person | None) -> bool:
    return asker is not None and asker.connection is Connection.CLAIMED


def verb_named(name: str) -> Verb:
    """Raises `Unknown`."""
    if name not in set(Verb) or name in ONLY_CHAT:
        raise Unknown
    return Verb(name)
