"""The verbs of staff, each performed in the transaction of the event that asked for it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from bot.core.delivery import Delivery, DeliveryKind
from bot.core.errors import IllegalTransition, NotAllowed
from bot.core.message import Button, Fields, Message, Said, StoredFile
from bot.core.person import Connection, Role, Staff
from bot.core.query import Entry, EntryKind, EntryState, Query, Status
from bot.core.routing.decision import Because, Route
from bot.core.turn import Immediate, Notice
from bot.core.verbs import LONGEST_TEXT, Verb
from bot.services import cards, data, queries
from bot.services.setup import Setup
from bot.services.told import Told, asker, query_fields, tell
from storage import deliveries, desks, keyboards, organisations, people
from storage import queries as rows
from storage.database import Transaction
from storage.keyboards import Keyboard


class HeldByOther(NotAllowed):
    """Somebody else at the desk has this query."""

    template = "errors.held_by_other"


class AskerGone(NotAllowed):
    """Nothing leads to the person any more: they erased their data."""

    template = "errors.asker_gone"


class NobodyAbove(NotAllowed):
    """The desk has nobody to escalate to."""

    template = "errors.nobody_above"


class TooLate(NotAllowed):
    """The answer has left already."""

    template = "errors.too_late_to_undo"


class TooLong(NotAllowed):
    """More than one message holds."""

    template = "errors.field_too_long"


class NothingToCorrect(NotAllowed):
    """No answer has been sent yet."""

    template = "errors.nothing_to_correct"


@dataclass(frozen=True, slots=True, kw_only=True)
class Act:
    """Somebody of staff doing something with a query."""

    tx: Transaction
    setup: Setup
    now: datetime
    #: "account:event id" of what they did.
    key: str
    person: int
    staff: Staff
    query: Query
    verb: Verb
    values: dict[str, str]
    #: The pending reply or the note that the button was on.
    entry: int = 0
    #: Files that came with the words.
    files: tuple[StoredFile, ...] = ()

    @property
    def text(self) -> str:
        return self.values.get("text", "").strip()

    def notice(self, template: str, fields: Fields | None = None, buttons: tuple[Button, ...] = ()) -> Notice:
        language, zone = cards.desk_reader(self.setup.world, self.query.desk)
        return Notice(Message(template, fields or {}, buttons, language, zone))

    def private_button(self, verb: Verb, entry: int = 0) -> Button:
        """A button that only this person may press, wherever the notice is shown."""
        token = self.setup.new_token()
        board = Keyboard(
            token=token,
            account=self.key.split(":", 1)[0],
            chat="",
            person=self.person,
            choices=(verb.value,),
            query=self.query.id,
            entry=entry,
            at=self.now,
        )
        keyboards.add(self.tx, board)
        return Button(f"verbs.{verb}", f"{token}.0")


def may_act(tx: Transaction, staff: Staff, query: Query) -> bool:
    """Whether this person works at the desk that has the query, or at the one above in whose chat it is handled."""
    place = desks.current(tx, query.id)
    return staff.may_act_at(query.desk) or (place is not None and staff.may_act_at(place.desk))


def check_may(act: Act) -> None:
    """Raises `NotAllowed` unless this person may act on the query."""
    if not may_act(act.tx, act.staff, act.query):
        raise NotAllowed(reference=act.query.reference)


def check_can_begin(act: Act) -> None:
    """Raises before anybody types for nothing: not theirs, or a colleague has it."""
    check_may(act)
    if act.verb in {Verb.REPLY, Verb.CORRECT}:
        _only_holder(act)


def keep_as_note(act: Act) -> None:
    """Words that could not be used as they were meant."""
    rows.add_entry(act.tx, _note_entry(act, act.text, act.files, ""))


def perform(act: Act) -> Sequence[Immediate]:
    """Do it, and note who did."""
    check_may(act)
    done = PERFORM[act.verb](act)
    data.audit(act.tx, act.person, act.verb.value, act.query.reference, act.now)
    return done


def choice_button(setup: Setup, choice: str, token: str) -> Button:
    """A button that fills in a field: a desk by its name, or giving up."""
    if choice in setup.world.desks:
        return Button("buttons.desk", token, {"desk": choice})
    return Button("buttons.cancel", token)


def _claim(act: Act) -> Sequence[Immediate]:
    if act.query.status is Status.CLAIMED:
        return (_already_claimed(act),)
    claimed = queries.claim(act.tx, act.setup, act.query, act.person, act.now)
    _tell_asker(act, claimed, "conversation.taken_up", {})
    return ()


def _already_claimed(act: Act) -> Notice:
    if act.query.holder == act.person:
        return act.notice("desk.yours_already", {"reference": act.query.reference})
    since = act.now - act.query.claimed_at if act.query.claimed_at else act.now - act.now
    fields: Fields = {"desk": act.query.desk, "minutes": int(since.total_seconds() // 60)}
    return act.notice("desk.already_claimed", fields, (act.private_button(Verb.ASK_HANDOVER),))


def _release(act: Act) -> Sequence[Immediate]:
    _only_holder(act)
    queries.release(act.tx, act.setup, act.query, act.person, act.now)
    return ()


def _only_holder(act: Act) -> None:
    if act.query.holder not in (0, act.person) and not act.staff.has(Role.MANAGER):
        raise HeldByOther(reference=act.query.reference)


def _reply(act: Act) -> Sequence[Immediate]:
    names = ", ".join(file.name for file in act.files)
    return _answer(act, EntryKind.REPLY, act.text or names, act.files)


def _answer(act: Act, kind: EntryKind, text: str, files: tuple[StoredFile, ...]) -> Sequence[Immediate]:
    """Queue the words for the CSO and show them back: they leave when the time to undo is over."""
    _only_holder(act)
    query = act.query
    if query.status is Status.NEW:
        query = queries.claim(act.tx, act.setup, query, act.person, act.now)
    if query.status is Status.CLOSED and kind is EntryKind.REPLY:
        raise IllegalTransition(reference=query.reference, status=query.status.value)
    line = Entry(
        query=query.id,
        kind=kind,
        text=text,
        at=act.now,
        author=act.person,
        files=files,
        state=EntryState.PENDING,
    )
    line = rows.add_entry(act.tx, line)
    told = _queue_answer(act, query, line)
    _show_back(act, query, line)
    if reason := deliveries.unreachable(act.tx, told.address.account, told.address.chat):
        answer_lost(act.tx, act.setup, query, line, reason, act.now)
    return ()


def answer_lost(tx: Transaction, setup: Setup, query: Query, line: Entry, reason: str, now: datetime) -> None:
    """The answer did not reach the CSO: whoever wrote it is told at once, where it was shown back."""
    rows.set_entry_state(tx, line.id, EntryState.PENDING, EntryState.FAILED)
    fields: Fields = {"reference": query.reference, "reason": reason, "text": line.text}
    renew_preview(tx, setup, query, line.id, "desk.not_delivered", fields, now)
    cards.post_in_thread(tx, setup, query, f"failed:{line.id}", "desk.answer_failed", fields, now)


def file_lost(tx: Transaction, setup: Setup, query: Query, lost: Delivery, reason: str, now: datetime) -> None:
    """A file of an answer did not reach the CSO."""
    name = lost.message.file.name if lost.message.file else ""
    fields: Fields = {"reference": query.reference, "reason": reason, "text": name}
    cards.post_in_thread(tx, setup, query, f"failed:file:{lost.id}", "desk.answer_failed", fields, now)


def _queue_answer(act: Act, query: Query, line: Entry) -> Told:
    told = asker(act.tx, act.setup, query)
    if told is None:
        raise AskerGone(reference=query.reference)
    due = act.now + act.setup.undo
    before = rows.last_reply(act.tx, query.id)
    answered = (before.at if before else act.now).isoformat()
    fields: Fields = {**query_fields(query), "text": line.text, "answered": answered}
    template = "conversation.correction" if line.kind is EntryKind.CORRECTION else "conversation.answer"
    source = f"reply:{line.id}"
    kind = DeliveryKind.ANSWER
    tell(act.tx, told, source, 0, template, fields, act.now, kind=kind, due=due, query=query.id, entry=line.id)
    for part, file in enumerate(line.files, 1):
        name: Fields = {"reference": query.reference, "name": file.name}
        template = "conversation.answer_file"
        tell(act.tx, told, source, part, template, name, act.now, file=file, due=due, query=query.id, entry=line.id)
    return told


def _show_back(act: Act, query: Query, line: Entry) -> None:
    token = act.setup.new_token()
    address = _thread_address(act, query)
    if address is None:
        return
    verbs_shown = (Verb.UNDO, Verb.SEND_NOW)
    board = Keyboard(
        token=token,
        account=address[0],
        chat=address[1],
        choices=tuple(verb.value for verb in verbs_shown),
        query=query.id,
        entry=line.id,
        at=act.now,
    )
    keyboards.add(act.tx, board)
    buttons = tuple(Button(f"verbs.{verb}", f"{token}.{place}") for place, verb in enumerate(verbs_shown))
    person = people.get(act.tx, query.person)
    organisation = organisations.get(act.tx, person.organisation) if person and person.organisation else None
    fields: Fields = {
        "organisation": organisation.name if organisation else person.claimed_name if person else "",
        "language": person.language if person else "",
        "seconds": int(act.setup.undo.total_seconds()),
        "text": line.text,
    }
    source = f"preview:{line.id}"
    cards.post_in_thread(act.tx, act.setup, query, source, "desk.to_be_sent", fields, act.now, buttons=buttons)


def _thread_address(act: Act, query: Query) -> tuple[str, str] | None:
    place = desks.current(act.tx, query.id)
    return (place.address.account, place.address.chat) if place else None


def _undo(act: Act) -> Sequence[Immediate]:
    """Take the answer back while it waits; the words stay with staff."""
    waiting = deliveries.of_source(act.tx, f"reply:{act.entry}")
    if not waiting or not all(deliveries.cancel(act.tx, number) for number in waiting):
        raise TooLate(reference=act.query.reference)
    rows.set_entry_state(act.tx, act.entry, EntryState.PENDING, EntryState.UNDONE)
    renew_preview(act.tx, act.setup, act.query, act.entry, "desk.taken_back", {}, act.now)
    return ()


def renew_preview(
    tx: Transaction, setup: Setup, query: Query, entry: int, template: str, fields: Fields, now: datetime
) -> None:
    """The post that showed a reply back says what became of it."""
    line = rows.entry(tx, entry)
    language, zone = cards.desk_reader(setup.world, query.desk)
    for number in deliveries.of_source(tx, f"preview:{entry}"):
        message = Message(template, {**fields, "text": line.text, "reference": query.reference}, (), language, zone)
        deliveries.renew(tx, number, message, now)


def _send_now(act: Act) -> Sequence[Immediate]:
    for number in deliveries.of_source(act.tx, f"reply:{act.entry}"):
        deliveries.hasten(act.tx, number, act.now)
    return ()


def _correct(act: Act) -> Sequence[Immediate]:
    if rows.last_reply(act.tx, act.query.id) is None:
        raise NothingToCorrect(reference=act.query.reference)
    return _answer(act, EntryKind.CORRECTION, act.text, ())


def _note(act: Act) -> Sequence[Immediate]:
    line = rows.add_entry(act.tx, _note_entry(act, act.text, (), ""))
    fields: Fields = {"text": act.text, "desk": act.query.desk}
    cards.post_in_thread(act.tx, act.setup, act.query, f"note:{line.id}", "desk.note", fields, act.now)
    return ()


def _note_entry(act: Act, text: str, files: tuple[StoredFile, ...], source: str) -> Entry:
    return Entry(
        query=act.query.id, kind=EntryKind.NOTE, text=text, at=act.now, author=act.person, files=files, source=source
    )


def noted(act: Act, said: Said, source: str) -> Sequence[Immediate]:
    """Words in the thread are an internal note; the holder is told so and may send them after all."""
    files = tuple(file for file in said.files if isinstance(file, StoredFile))
    if not said.text.strip() and not files:
        return ()
    line = rows.add_entry(act.tx, _note_entry(act, said.text.strip(), files, source))
    may_send = act.query.holder in (0, act.person) and act.query.status is not Status.CLOSED
    buttons = (act.private_button(Verb.SEND_NOTE, line.id),) if may_send else ()
    return (act.notice("desk.noted", {"reference": act.query.reference}, buttons),)


def _send_note(act: Act) -> Sequence[Immediate]:
    line = rows.entry(act.tx, act.entry)
    if line.query != act.query.id:
        raise NotAllowed(reference=act.query.reference)
    if len(line.text) > LONGEST_TEXT:
        raise TooLong(reference=act.query.reference)
    return _answer(act, EntryKind.REPLY, line.text, line.files)


def _reassign(act: Act) -> Sequence[Immediate]:
    return _move(act, act.values["desk"])


def _escalate(act: Act) -> Sequence[Immediate]:
    above = act.setup.world.desks[act.query.desk].escalates_to
    if not above:
        raise NobodyAbove(reference=act.query.reference)
    return _move(act, above)


def _move(act: Act, desk: str) -> Sequence[Immediate]:
    """To another desk, with a reason that the CSO reads; the promised time stays."""
    if desk in {act.setup.world.office.confidential_desk, act.query.desk}:
        raise NotAllowed(reference=act.query.reference)
    place = Route(desk, Because.STAFF_MOVED, {"topic": act.query.topic, "reason": act.text})
    moved = queries.move(act.tx, act.setup, act.query, place, act.now, act.person)
    late = moved.due_at is not None and moved.due_at <= act.now
    _tell_asker(act, moved, "conversation.moved", {"reason": act.text, "late": late})
    return ()


def _close(act: Act) -> Sequence[Immediate]:
    closed = queries.close(act.tx, act.setup, act.query, act.person, act.now)
    _tell_asker(act, closed, "conversation.closed_by_staff", {"reason": act.text})
    return ()


def _confirm(act: Act) -> Sequence[Immediate]:
    return _set_connection(act, Connection.CONFIRMED, "conversation.confirmed")


def _not_theirs(act: Act) -> Sequence[Immediate]:
    return _set_connection(act, Connection.REFUSED, "conversation.not_confirmed")


def _set_connection(act: Act, connection: Connection, template: str) -> Sequence[Immediate]:
    person = people.get(act.tx, act.query.person)
    if person is None or person.connection is not Connection.CLAIMED:
        raise IllegalTransition(reference=act.query.reference, status=act.query.status.value)
    people.save(act.tx, replace(person, connection=connection))
    organisation = organisations.get(act.tx, person.organisation) if person.organisation else None
    name = organisation.name if organisation else person.claimed_name
    _tell_asker(act, act.query, template, {"organisation": name})
    data.renew_cards(act.tx, act.setup, person.id, act.now)
    return ()


def _ask_handover(act: Act) -> Sequence[Immediate]:
    fields: Fields = {"desk": act.query.desk, "reference": act.query.reference}
    source = f"event:{act.key}"
    cards.post_in_thread(act.tx, act.setup, act.query, source, "desk.asks_handover", fields, act.now)
    return (act.notice("desk.asked_handover"),)


def _tell_asker(act: Act, query: Query, template: str, fields: Fields) -> None:
    if told := asker(act.tx, act.setup, query):
        both: Fields = {**query_fields(query), **fields}
        tell(act.tx, told, f"event:{act.key}", 0, template, both, act.now, query=query.id)


PERFORM: dict[Verb, Callable[[Act], Sequence[Immediate]]] = {
    Verb.CLAIM: _claim,
    Verb.RELEASE: _release,
    Verb.REPLY: _reply,
    Verb.CORRECT: _correct,
    Verb.NOTE: _note,
    Verb.REASSIGN: _reassign,
    Verb.ESCALATE: _escalate,
    Verb.CLOSE: _close,
    Verb.CONFIRM: _confirm,
    Verb.NOT_THEIRS: _not_theirs,
    Verb.SEND_NOTE: _send_note,
    Verb.UNDO: _undo,
    Verb.SEND_NOW: _send_now,
    Verb.ASK_HANDOVER: _ask_handover,
}
