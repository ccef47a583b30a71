"""Answering: the words are shown back, wait their seconds to be undone, leave, and what became of them is told."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from bot.core.delivery import Delivery, DeliveryKind
from bot.core.errors import IllegalTransition, NotAllowed
from bot.core.message import Fields, StoredFile
from bot.core.query import Entry, EntryKind, EntryState, Query, Status
from bot.core.turn import Immediate
from bot.core.verbs import LONGEST_TEXT, Verb
from bot.services import by_mail, cards, queries, waiting
from bot.services.acts import Act, AskerGone, NothingToCorrect, TooLate, TooLong, only_holder
from bot.services.setup import Setup
from bot.services.told import Told, asker, query_fields, tell
from storage import deliveries, organisations, people
from storage import queries as rows
from storage.database import Transaction

#: How words of staff are put to the CSO.
SAYS = {
    EntryKind.REPLY: "conversation.answer",
    EntryKind.CORRECTION: "conversation.correction",
    EntryKind.ASKED_BACK: "conversation.asked_back",
    EntryKind.UPDATE: "conversation.update",
}


@dataclass(frozen=True, slots=True)
class Shown:
    """How the words are shown back: the template, and what it says besides."""

    template: str = "desk.to_be_sent"
    fields: Fields = field(default_factory=dict)


AS_WRITTEN = Shown()


def reply(act: Act) -> Sequence[Immediate]:
    """Answer the CSO in the words of the form, with the files that came along."""
    names = ", ".join(file.name for file in act.files)
    return answer(act, EntryKind.REPLY, act.text or names, act.files)


def answer(
    act: Act, kind: EntryKind, text: str, files: tuple[StoredFile, ...], shown: Shown = AS_WRITTEN
) -> Sequence[Immediate]:
    """Queue the words for the CSO and show them back: they leave when the time to undo is over."""
    only_holder(act)
    query = act.query
    if query.status is Status.NEW:
        query = queries.claim(act.tx, act.setup, query, act.person, act.now)
    if query.status is Status.CLOSED and kind is not EntryKind.CORRECTION:
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
    if by_email := by_mail.mail_only(act.tx, query):
        by_mail.hand_out(act, query, line, by_email)
        return ()
    told = _queue_answer(act, query, line)
    _show_back(act, query, line, shown)
    if reason := deliveries.unreachable(act.tx, told.address.account, told.address.chat):
        answer_lost(act.tx, act.setup, query, line, reason, act.now)
    return ()


def answer_lost(tx: Transaction, setup: Setup, query: Query, line: Entry, reason: str, now: datetime) -> None:
    """The answer did not reach the CSO: whoever wrote it is told at once, where it was shown back."""
    rows.set_entry_state(tx, line.id, EntryState.PENDING, EntryState.FAILED)
    fields: Fields = {"reference": query.reference, "reason": reason, "text": line.text, "kind": line.kind.value}
    cards.renew_preview(tx, setup, query, line.id, "desk.not_delivered", fields, now)
    cards.post_in_thread(tx, setup, query, f"failed:{line.id}", "desk.answer_failed", fields, now)


def file_lost(tx: Transaction, setup: Setup, query: Query, lost: Delivery, reason: str, now: datetime) -> None:
    """A file of an answer did not reach the CSO."""
    name = lost.message.file.name if lost.message.file else ""
    kind = EntryKind.REPLY.value
    fields: Fields = {"reference": query.reference, "reason": reason, "text": name, "kind": kind}
    cards.post_in_thread(tx, setup, query, f"failed:file:{lost.id}", "desk.answer_failed", fields, now)


def _queue_answer(act: Act, query: Query, line: Entry) -> Told:
    told = asker(act.tx, act.setup, query)
    if told is None:
        raise AskerGone(reference=query.reference)
    due = act.now + act.setup.undo
    before = rows.last_reply(act.tx, query.id)
    answered = (before.at if before else act.now).isoformat()
    fields: Fields = {**query_fields(query), "text": line.text, "answered": answered}
    if line.kind is EntryKind.UPDATE:
        promised = waiting.next_word(act.tx, act.setup, query, line).due_at
        fields = {**fields, "due": promised.isoformat() if promised else ""}
    template = SAYS[line.kind]
    source = f"reply:{line.id}"
    kind = DeliveryKind.ANSWER
    tell(act.tx, told, source, 0, template, fields, act.now, kind=kind, due=due, query=query.id, entry=line.id)
    for part, file in enumerate(line.files, 1):
        name: Fields = {"reference": query.reference, "name": file.name}
        template = "conversation.answer_file"
        tell(act.tx, told, source, part, template, name, act.now, file=file, due=due, query=query.id, entry=line.id)
    return told


def _show_back(act: Act, query: Query, line: Entry, shown: Shown) -> None:
    buttons = act.desk_buttons((Verb.UNDO, Verb.SEND_NOW), line.id)
    if not buttons:
        return
    person = people.get(act.tx, query.person)
    organisation = organisations.get(act.tx, person.organisation) if person and person.organisation else None
    fields: Fields = {
        "organisation": organisation.name if organisation else person.claimed_name if person else "",
        "language": person.language if person else "",
        "seconds": int(act.setup.undo.total_seconds()),
        "text": line.text,
        **shown.fields,
    }
    source = f"preview:{line.id}"
    cards.post_in_thread(act.tx, act.setup, query, source, shown.template, fields, act.now, buttons=buttons)


def undo(act: Act) -> Sequence[Immediate]:
    """Take the answer back while it waits; the words stay with staff."""
    waiting = deliveries.of_source(act.tx, f"reply:{act.entry}")
    if not waiting and by_mail.mail_only(act.tx, act.query):
        return by_mail.undo(act)
    if not waiting or not all(deliveries.cancel(act.tx, number) for number in waiting):
        raise TooLate(reference=act.query.reference)
    rows.set_entry_state(act.tx, act.entry, EntryState.PENDING, EntryState.UNDONE)
    cards.renew_preview(act.tx, act.setup, act.query, act.entry, "desk.taken_back", {}, act.now)
    return ()


def send_now(act: Act) -> Sequence[Immediate]:
    """Let the answer leave without waiting for the time to undo."""
    for number in deliveries.of_source(act.tx, f"reply:{act.entry}"):
        deliveries.hasten(act.tx, number, act.now)
    return ()


def correct(act: Act) -> Sequence[Immediate]:
    """Replace the last answer; raises `NothingToCorrect`."""
    if rows.last_reply(act.tx, act.query.id) is None:
        raise NothingToCorrect(reference=act.query.reference)
    return answer(act, EntryKind.CORRECTION, act.text, ())


def send_note(act: Act) -> Sequence[Immediate]:
    """Send a note to the CSO after all, files included; words that were kept back go as what they were meant to be."""
    line = rows.entry(act.tx, act.entry)
    if line.query != act.query.id:
        raise NotAllowed(reference=act.query.reference)
    if len(line.text) > LONGEST_TEXT:
        raise TooLong(reference=act.query.reference)
    kind = line.kind if line.kind in {EntryKind.ASKED_BACK, EntryKind.UPDATE} else EntryKind.REPLY
    return answer(act, kind, line.text, line.files)
