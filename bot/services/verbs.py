"""The verbs of staff, each performed in the transaction of the event that asked for it."""

from collections.abc import Callable, Sequence

from bot.core.discretion import shows_words
from bot.core.errors import NotAllowed
from bot.core.message import Fields, Said, StoredFile
from bot.core.query import Status
from bot.core.routing.decision import Because, Route
from bot.core.turn import Immediate, Notice
from bot.core.verbs import Verb, behind_more
from bot.services import (
    answers,
    by_mail,
    cards,
    clock_verbs,
    concerns,
    data,
    ending,
    joining,
    offers,
    partners,
    priority,
    queries,
    ready_answers,
    ready_drafts,
    sensitive,
    similar_chat,
    snoozing,
    together,
)
from bot.services.acts import Act, NobodyAbove, check_may, note_entry, only_holder, tell_asker
from storage import queries as rows

#: What only shows something, or notes each query by itself.
NOT_NOTED = {Verb.MORE, Verb.SIMILAR}
#: Verbs with words that only whoever has the query may use, where it is held.
OF_THE_HOLDER = {
    *(Verb.REPLY, Verb.CORRECT, Verb.SIMILAR, Verb.CANNED),
    *(Verb.ASK_BACK, Verb.UPDATE, Verb.PUT_OFF, Verb.SNOOZE),
}


def check_can_begin(act: Act) -> None:
    """Raises before anybody types for nothing: not theirs, or a colleague has it."""
    check_may(act)
    if act.verb in OF_THE_HOLDER:
        only_holder(act)


def keep_as_note(act: Act) -> None:
    """Words that could not be used as they were meant."""
    rows.add_entry(act.tx, note_entry(act, act.typed, act.files, ""))


def perform(act: Act) -> Sequence[Immediate]:
    """Do it, and note who did."""
    check_may(act)
    done = PERFORM[act.verb](act if act.verb is Verb.MORE else snoozing.awake(act))
    if act.verb in NOT_NOTED:
        return done
    data.audit(act.tx, act.person, act.verb.value, act.query.reference, act.now, act.via)
    return done


def _claim(act: Act) -> Sequence[Immediate]:
    if act.query.status is Status.CLAIMED:
        return (_already_claimed(act),)
    claimed = queries.claim(act.tx, act.setup, act.query, act.person, act.now)
    tell_asker(act, claimed, "conversation.taken_up", {})
    return ()


def _already_claimed(act: Act) -> Notice:
    if act.query.holder == act.person:
        return act.notice("desk.yours_already", {"reference": act.query.reference})
    since = act.now - act.query.claimed_at if act.query.claimed_at else act.now - act.now
    fields: Fields = {"desk": act.query.desk, "minutes": int(since.total_seconds() // 60)}
    return act.notice("desk.already_claimed", fields, (act.private_button(Verb.ASK_HANDOVER),))


def _release(act: Act) -> Sequence[Immediate]:
    only_holder(act)
    queries.release(act.tx, act.setup, act.query, act.person, act.now)
    return ()


def _note(act: Act) -> Sequence[Immediate]:
    line = rows.add_entry(act.tx, note_entry(act, act.text, (), ""))
    fields: Fields = {"text": act.text, "desk": act.query.desk}
    cards.post_in_thread(act.tx, act.setup, act.query, f"note:{line.id}", "desk.note", fields, act.now)
    return ()


def noted(act: Act, said: Said, source: str) -> Sequence[Immediate]:
    """Words in the thread are an internal note; the holder is told so and may send them after all."""
    files = tuple(file for file in said.files if isinstance(file, StoredFile))
    if not said.text.strip() and not files:
        return ()
    act = snoozing.awake(act)
    line = rows.add_entry(act.tx, note_entry(act, said.text.strip(), files, source))
    may_send = act.query.holder in (0, act.person) and act.query.status is not Status.CLOSED
    buttons = (act.private_button(Verb.SEND_NOTE, line.id),) if may_send else ()
    fields: Fields = {"reference": act.query.reference, "sensitive": not shows_words(act.query)}
    return (act.notice("desk.noted", fields, buttons),)


def _reassign(act: Act) -> Sequence[Immediate]:
    return _move(act, act.values["desk"])


def _escalate(act: Act) -> Sequence[Immediate]:
    desks = act.setup.world.desks
    above = desks[act.query.desk].escalates_to
    if above and above == act.query.complaint_about:
        above = desks[above].escalates_to
    if not above:
        raise NobodyAbove(reference=act.query.reference)
    return _move(act, above)


def _move(act: Act, desk: str) -> Sequence[Immediate]:
    """To another desk, with a reason that the CSO reads; the promised time stays."""
    if desk in {act.setup.world.office.confidential_desk, act.query.desk, act.query.complaint_about}:
        raise NotAllowed(reference=act.query.reference)
    place = Route(desk, Because.STAFF_MOVED, {"topic": act.query.topic, "reason": act.text})
    moved = queries.move(act.tx, act.setup, act.query, place, act.now, act.person)
    late = moved.due_at is not None and moved.due_at <= act.now
    tell_asker(act, moved, "conversation.moved", {"reason": act.text, "late": late})
    return ()


def _confirm(act: Act) -> Sequence[Immediate]:
    partners.confirm(act.tx, act.setup, act.query.person, act.person, act.now)
    return ()


def _not_theirs(act: Act) -> Sequence[Immediate]:
    partners.refuse(act.tx, act.setup, act.query.person, act.person, act.now)
    return ()


def _ask_handover(act: Act) -> Sequence[Immediate]:
    fields: Fields = {"desk": act.query.desk, "reference": act.query.reference}
    source = f"event:{act.key}"
    cards.post_in_thread(act.tx, act.setup, act.query, source, "desk.asks_handover", fields, act.now)
    return (act.notice("desk.asked_handover"),)


def _more(act: Act) -> Sequence[Immediate]:
    """The other verbs: to the one who asked, or in the thread where a notice has no buttons."""
    answered = rows.last_reply(act.tx, act.query.id) is not None
    others = behind_more(act.query, answered=answered, but=offers.kept_back(act.tx, act.query, act.person))
    fields: Fields = {"reference": act.query.reference, "count": offers.similar_here(act.tx, act.query)}
    if act.setup.has_forms(act.account):
        return (act.notice("desk.more", fields, act.private_buttons(others, fields=fields)),)
    source = f"more:{act.key}"
    buttons = act.desk_buttons(others, fields=fields)
    cards.post_in_thread(act.tx, act.setup, act.query, source, "desk.more", fields, act.now, buttons=buttons)
    return ()


PERFORM: dict[Verb, Callable[[Act], Sequence[Immediate]]] = {
    Verb.CLAIM: _claim,
    Verb.RELEASE: _release,
    Verb.REPLY: answers.reply,
    Verb.CORRECT: answers.correct,
    Verb.NOTE: _note,
    Verb.REASSIGN: _reassign,
    Verb.ESCALATE: _escalate,
    Verb.CLOSE: ending.close,
    Verb.CONFIRM: _confirm,
    Verb.NOT_THEIRS: _not_theirs,
    Verb.SEND_NOTE: answers.send_note,
    Verb.UNDO: answers.undo,
    Verb.SEND_NOW: answers.send_now,
    Verb.ASK_HANDOVER: _ask_handover,
    Verb.MAILED: by_mail.mailed,
    Verb.MORE: _more,
    Verb.SENSITIVE: sensitive.mark,
    Verb.NOT_SENSITIVE: sensitive.unmark,
    Verb.READ: sensitive.read,
    Verb.SIMILAR: similar_chat.answer,
    Verb.UNDO_ALL: similar_chat.undo,
    Verb.SEND_ALL: similar_chat.send_now,
    Verb.KEEP_READY: ready_drafts.keep,
    Verb.WATCH: together.watch,
    Verb.UNWATCH: together.unwatch,
    Verb.ADD_WATCHER: together.add_watcher,
    Verb.LINK: together.link,
    Verb.UNLINK: together.unlink,
    Verb.REOPEN: ending.reopen,
    Verb.REFER: ending.refer,
    Verb.MERGE: joining.merge,
    Verb.CONCERN: concerns.tag,
    Verb.CANNED: ready_answers.send,
    Verb.ASK_BACK: clock_verbs.ask_back,
    Verb.UPDATE: clock_verbs.update,
    Verb.PUT_OFF: clock_verbs.put_off,
    Verb.SNOOZE: snoozing.snooze,
    Verb.PRIORITY: priority.change,
}
