"""Everything open of one member of staff goes to a colleague or back to the desk: seen before, done at once."""

from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from bot.core import desk_state
from bot.core.absence import DeputyCircle, check_absence
from bot.core.errors import BotError
from bot.core.message import Button, Fields
from bot.core.person import Staff
from bot.core.query import Entry, EntryKind, EntryState, Query, Status
from bot.core.routing.decision import Because, Route
from bot.core.verbs import Verb
from bot.services import cards, owners, queries
from bot.services.acts import TooLate, may_act
from bot.services.setup import Setup
from bot.services.told import asker, query_fields, tell
from storage import absences, conversations, deliveries, desks, keyboards, people
from storage import queries as rows
from storage.database import Transaction
from storage.keyboards import Keyboard


class NoReceiver(BotError):
    """This person cannot take anything over: choose an active member of staff, or a desk."""

    template = "errors.no_receiver"


@dataclass(frozen=True, slots=True, kw_only=True)
class Receiver:
    """Who gets it: a colleague, or a desk where nobody has it yet. Neither: each query's own desk."""

    person: int = 0
    desk: str = ""


class Fate(StrEnum):
    """What becomes of one query."""

    #: The receiver has it from now on.
    TAKEN = "taken"
    #: It is at its desk, and nobody has it.
    RETURNED = "returned"
    #: It is at the receiving desk, and nobody has it there; the CSO is told.
    MOVED = "moved"


class Reason(StrEnum):
    """Why it goes, for the line in its thread."""

    HANDED_OVER = "handed_over"
    LEFT = "left"
    RESTING = "resting"
    AWAY = "away"


@dataclass(frozen=True, slots=True)
class Going:
    query: Query
    fate: Fate


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What would go, and where."""

    person: int
    receiver: Receiver
    queries: tuple[Going, ...] = ()
    #: Answers in their seconds to undo: they do not leave, and their words stay in the thread.
    answers: tuple[Entry, ...] = ()
    #: What they answer for by name, whoever has it.
    owned: tuple[Query, ...] = ()
    #: False where only some desks are concerned: standing in for others goes on.
    whole: bool = True

    @property
    def returned(self) -> tuple[str, ...]:
        return tuple(each.query.reference for each in self.queries if each.fate is not Fate.TAKEN)

    @property
    def taken(self) -> tuple[str, ...]:
        return tuple(each.query.reference for each in self.queries if each.fate is Fate.TAKEN)


def plan(tx: Transaction, setup: Setup, person: int, receiver: Receiver, only: Collection[str] | None = None) -> Plan:
    """What `carry_out` would do; `only`: with queries of these desks. Raises `NoReceiver`."""
    staff = people.staff(tx, receiver.person) if receiver.person else None
    desk_known = receiver.desk in {"", *setup.world.desks} - {setup.world.office.confidential_desk}
    if (receiver.person and (staff is None or receiver.person == person)) or not desk_known:
        raise NoReceiver
    held = [each for each in rows.in_hands_of(tx, person) if only is None or each.desk in only]
    waiting = [line for line in rows.pending_of(tx, person) if only is None or rows.get(tx, line.query).desk in only]
    going = tuple(Going(query, _fate(tx, setup, query, receiver, staff)) for query in held)
    owned = tuple(each for each in rows.owned_by(tx, person) if only is None or each.desk in only)
    return Plan(
        person=person,
        receiver=receiver,
        queries=going,
        answers=tuple(waiting),
        owned=owned,
        whole=only is None,
    )


def _fate(tx: Transaction, setup: Setup, query: Query, receiver: Receiver, staff: Staff | None) -> Fate:
    if staff and may_act(tx, setup.world, staff, query):
        return Fate.TAKEN
    return Fate.MOVED if receiver.desk not in ("", query.desk, query.complaint_about) else Fate.RETURNED


def carry_out(tx: Transaction, setup: Setup, planned: Plan, reason: Reason, by: int, now: datetime) -> None:
    """Do what was planned: answers first, so that none leaves for a query that is somebody else's by then."""
    for line in planned.answers:
        _keep_back(tx, setup, line, now)
    _pass_on_deputyship(tx, planned, now)
    for going in planned.queries:
        _end_forms(tx, going.query, planned.person)
        match going.fate:
            case Fate.TAKEN:
                after = going.query.handed_to(planned.receiver.person, now)
                _at_desk(tx, setup, after, "handed_over", "staff.handed_over", reason, by, now)
            case Fate.RETURNED:
                _at_desk(
                    tx,
                    setup,
                    queries.running(tx, setup, going.query.returned(), now),
                    "returned",
                    "staff.returned",
                    reason,
                    by,
                    now,
                )
            case Fate.MOVED:
                _to_desk(tx, setup, going.query, planned.receiver.desk, by, now)
    _pass_on_owned(tx, setup, planned, by, now)


def _pass_on_owned(tx: Transaction, setup: Setup, planned: Plan, by: int, now: datetime) -> None:
    """What they answer for goes to the receiver, else to a manager: it is never without somebody."""
    for query in planned.owned:
        owners.pass_on(tx, setup, rows.get(tx, query.id), planned.receiver.person, by, now)


def _pass_on_deputyship(tx: Transaction, planned: Plan, now: datetime) -> None:
    """For whom they stand in, the receiver does from now on; where that would go in a circle, the desk decides."""
    for absence in absences.stood_in_by(tx, planned.person, now) if planned.whole else ():
        others = [each for each in absences.not_over(tx, now) if each.id != absence.id]
        renewed = replace(absence, deputy=planned.receiver.person)
        try:
            check_absence(renewed, others, now)
        except DeputyCircle:
            renewed = replace(absence, deputy=0)
        absences.name_deputy(tx, absence.id, renewed.deputy)


def _at_desk(
    tx: Transaction, setup: Setup, after: Query, what: str, template: str, reason: Reason, by: int, now: datetime
) -> None:
    """The card shows who has it, and the thread gets one line."""
    saved = rows.save(tx, after)
    rows.add_entry(tx, Entry(query=saved.id, kind=EntryKind.EVENT, text=what, at=now, author=by))
    cards.renew_card(tx, setup, saved, now)
    fields: Fields = {
        "reference": saved.reference,
        "desk": saved.desk,
        "why": reason.value,
        "claim": saved.status is Status.NEW,
    }
    cards.post_in_thread(tx, setup, saved, f"{what}:{saved.id}:{saved.version}", template, fields, now)


def _to_desk(tx: Transaction, setup: Setup, query: Query, desk: str, by: int, now: datetime) -> None:
    """Another desk is another owner: the CSO is told, and the promised time stays."""
    place = Route(desk, Because.HANDED_OVER, {"topic": query.topic})
    moved = queries.move(tx, setup, query, place, now, by)
    if told := asker(tx, setup, moved):
        late = moved.due_at is not None and moved.due_at <= now
        fields: Fields = {**query_fields(moved), "late": late, "answered": query.status is Status.ANSWERED}
        source = f"moved:{moved.id}:{moved.version}"
        tell(tx, told, source, 0, "staff.moved", fields, now, query=moved.id)


def _keep_back(tx: Transaction, setup: Setup, line: Entry, now: datetime) -> None:
    """The answer does not leave; whoever has the query can send its words with one press. Too late: it has left."""
    try:
        with tx.begin_nested():
            waiting = deliveries.of_source(tx, f"reply:{line.id}")
            if not waiting or not all(deliveries.cancel(tx, number) for number in waiting):
                raise TooLate
    except TooLate:
        return
    rows.set_entry_state(tx, line.id, EntryState.PENDING, EntryState.UNDONE)
    query = rows.get(tx, line.query)
    cards.renew_preview(tx, setup, query, line.id, "desk.taken_back", {}, now)
    place = desks.current(tx, query.id)
    if place is None:
        return
    token = setup.new_token()
    board = Keyboard(
        token=token,
        account=place.address.account,
        chat=place.address.chat,
        choices=(Verb.SEND_NOTE.value,),
        query=query.id,
        entry=line.id,
        at=now,
    )
    keyboards.add(tx, board)
    button = Button(f"verbs.{Verb.SEND_NOTE}", f"{token}.0")
    fields: Fields = {"reference": query.reference, "text": line.text}
    source = f"kept_back:{line.id}"
    cards.post_in_thread(tx, setup, query, source, "staff.answer_kept", fields, now, buttons=(button,))


def _end_forms(tx: Transaction, query: Query, person: int) -> None:
    """What they were being asked for in the thread is asked no more."""
    for place in desks.threads(tx, query.id):
        for key in {place.address.key, place.address.whole_chat().key}:
            state = desk_state.from_json(conversations.state(tx, key))
            if person in state.forms and state.forms[person].query == query.id:
                conversations.save_state(tx, key, desk_state.to_json(state.without(person)))
