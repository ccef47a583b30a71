"""Answers for partners who read e-mail only: handed to staff to be sent, and done once staff say so.

Until then the question counts as not answered, and the promised time runs.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from bot.core.errors import IllegalTransition, NotAllowed
from bot.core.message import Button, Fields
from bot.core.names import topic_title
from bot.core.person import Person
from bot.core.query import Entry, EntryKind, EntryState, Query
from bot.core.turn import Immediate
from bot.core.verbs import Verb
from bot.core.world import text_in
from bot.services import cards, waiting, watching
from bot.services.acts import Act
from bot.services.told import query_fields
from bot.services.watching import Watched
from bot.services.zone import reader_zone
from storage import deliveries, desks, keyboards, organisations, people
from storage import queries as rows
from storage.database import Transaction
from storage.keyboards import Keyboard


@dataclass(frozen=True, slots=True, kw_only=True)
class MailOnly:
    """The partner of a question that was entered for them, as long as no message of ours reaches them."""

    person: Person
    organisation: str
    email: str


def mail_only(tx: Transaction, query: Query) -> MailOnly | None:
    """Whom to write to by e-mail; None for a question whose asker reads here, or is gone."""
    person = people.get(tx, query.person) if query.entered_by else None
    if person is None or reads_here(tx, person):
        return None
    organisation = organisations.get(tx, query.organisation)
    email = person.email or (organisation.email if organisation else "")
    name = organisation.name if organisation else person.claimed_name
    return MailOnly(person=person, organisation=name, email=email) if email else None


def reads_here(tx: Transaction, person: Person) -> bool:
    """Whether some chat of theirs can be written to."""
    chats = (each for each in people.addresses(tx, person.id) if each.chat)
    return any(not deliveries.unreachable(tx, each.account, each.chat) for each in chats)


def hand_out(act: Act, query: Query, line: Entry, to: MailOnly) -> None:
    """The words with address and subject, in the question's thread, and the button that says they were sent."""
    place = desks.current(act.tx, query.id)
    if place is None:
        return
    token = act.setup.new_token()
    verbs = (Verb.MAILED, Verb.UNDO)
    board = Keyboard(
        token=token,
        account=place.address.account,
        chat=place.address.chat,
        choices=tuple(verb.value for verb in verbs),
        query=query.id,
        entry=line.id,
        at=act.now,
    )
    keyboards.add(act.tx, board)
    buttons = tuple(Button(f"verbs.{verb}", f"{token}.{number}") for number, verb in enumerate(verbs))
    fields: Fields = {
        "reference": query.reference,
        "email": to.email,
        "subject": _subject(act, query, to),
        "text": _words(act, query, line, to),
        "files": ", ".join(file.name for file in line.files if file.name != line.text),
    }
    source = f"preview:{line.id}"
    cards.post_in_thread(act.tx, act.setup, query, source, "connect.to_send", fields, act.now, buttons=buttons)


def _subject(act: Act, query: Query, to: MailOnly) -> str:
    """The reference first, so that the partner's answer can be put to it; then what it is about, in their language."""
    world = act.setup.world
    language = to.person.language or query.language
    about = topic_title(world, query.topic, language)
    return f"{query.reference} · {about or text_in(world.office.name, language, world.office.default_language)}"


def mailed(act: Act) -> Sequence[Immediate]:
    """Staff have sent it: now the question is answered."""
    line = rows.entry(act.tx, act.entry) if act.entry else None
    if line is None or line.query != act.query.id:
        raise NotAllowed(reference=act.query.reference)
    if not rows.set_entry_state(act.tx, line.id, EntryState.PENDING, EntryState.DONE):
        raise IllegalTransition(reference=act.query.reference, status=act.query.status.value)
    query = act.query
    if line.kind is EntryKind.CORRECTION:
        _replace_older(act.tx, line)
    else:
        query = waiting.sent(act.tx, act.setup, query, line, act.now)
        if line.kind is EntryKind.REPLY:
            watching.tell(act.tx, act.setup, query, Watched.ANSWERED, act.person, act.now)
    event = Entry(query=query.id, kind=EntryKind.EVENT, text="mailed", at=act.now, author=act.person)
    rows.add_entry(act.tx, event)
    cards.renew_card(act.tx, act.setup, query, act.now)
    _renew(act, line, "connect.mailed", {"at": act.now.isoformat()})
    return ()


def undo(act: Act) -> Sequence[Immediate]:
    """Take the words back before they are sent; they stay with staff."""
    if not rows.set_entry_state(act.tx, act.entry, EntryState.PENDING, EntryState.UNDONE):
        raise IllegalTransition(reference=act.query.reference, status=act.query.status.value)
    _renew(act, rows.entry(act.tx, act.entry), "connect.mail_undone", {})
    return ()


def tell(act: Act, text: str) -> None:
    """Something the partner should hear and cannot read here: staff are asked to write it."""
    if to := mail_only(act.tx, act.query):
        fields: Fields = {"organisation": to.organisation, "email": to.email, "text": text}
        source = f"event:{act.key}:by-mail"
        cards.post_in_thread(act.tx, act.setup, act.query, source, "connect.tell_by_mail", fields, act.now)


def tell_so(act: Act, query: Query, template: str, fields: Fields) -> None:
    """The same, in the words that a partner who reads here would be told."""
    if to := mail_only(act.tx, query):
        tell(act, _sentence(act, query, to, template, fields))


def _sentence(act: Act, query: Query, to: MailOnly, template: str, fields: Fields) -> str:
    language, zone = to.person.language or query.language, reader_zone(act.tx, act.setup, query)
    return act.setup.say(language, template, {**query_fields(query), **fields, "zone": zone})


def _words(act: Act, query: Query, line: Entry, to: MailOnly) -> str:
    """News come with the time by which more is promised."""
    if line.kind is not EntryKind.UPDATE:
        return line.text
    promised = waiting.next_word(act.tx, act.setup, query, line)
    return _sentence(act, promised, to, "conversation.update", {"text": line.text})


def _renew(act: Act, line: Entry, template: str, more: Fields) -> None:
    """The post that asked to send it says what became of it."""
    to = mail_only(act.tx, act.query)
    fields: Fields = {"email": to.email if to else "", **more}
    cards.renew_preview(act.tx, act.setup, act.query, line.id, template, fields, act.now)


def _replace_older(tx: Transaction, line: Entry) -> None:
    kinds = {EntryKind.REPLY, EntryKind.CORRECTION}
    sent = [each for each in rows.timeline(tx, line.query) if each.kind in kinds and each.id != line.id]
    for each in [older for older in sent if older.state is EntryState.DONE][-1:]:
        rows.set_entry_state(tx, each.id, EntryState.DONE, EntryState.REPLACED)
