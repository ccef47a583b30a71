"""What happens in a group: at a desk staff work on queries; everywhere else the bot points to the private chat."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

from bot.core import desk_state as states
from bot.core.conversation.files import stored
from bot.core.conversation.words import command
from bot.core.delivery import NewDelivery, Priority
from bot.core.desk_state import DeskState, OpenForm
from bot.core.discretion import SensitiveHere, shows_words
from bot.core.errors import BotError, Conflict, NotAllowed, Unknown
from bot.core.message import (
    Button,
    Change,
    Event,
    Fields,
    Membership,
    Message,
    Place,
    Pressed,
    Said,
    Standing,
    StoredFile,
    Submitted,
)
from bot.core.person import BoundDesk, Person, Staff
from bot.core.query import Query
from bot.core.turn import FormNeeded, Immediate, Notice
from bot.core.verbs import VERBS, Choice, FieldKind, Verb, VerbField, as_written, problem, problems
from bot.services import binding, buttons, cards, form_choices, verbs
from bot.services.acts import Act, may_act
from bot.services.setup import Setup
from bot.services.standing import known_staff
from storage import conversations, deliveries, desks, keyboards, people, queries
from storage.database import Transaction
from storage.keyboards import Keyboard

#: Prompt of the buttons that fill in a field of a form, and of the one that gives it up.
FORM = "form"
#: A form by message waits so long for its next field; later words are a note again.
FILL_IN = timedelta(minutes=10)
GIVE_UP = "give-up"
#: What a field that is not needed is filled with by its Skip button.
LEFT_OUT = "left-out"
#: Words of staff that show or ask what others in a group should not read.
ONLY_PRIVATE = frozenset({"invite", "on_behalf", "queue", "mine", "due", "digest"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Here:
    """One event in a group, with what is known of the place and the person."""

    tx: Transaction
    setup: Setup
    event: Event
    now: datetime
    bound: BoundDesk | None
    person: Person | None
    staff: Staff | None

    @property
    def key(self) -> str:
        return f"{self.event.address.account}:{self.event.id}"

    @property
    def reader(self) -> tuple[str, str]:
        """The desk's language and zone; in a group that is no desk, the language of whoever wrote."""
        world = self.setup.world
        language, zone = cards.desk_reader(world, self.bound.desk if self.bound else world.office.fallback_desk)
        if self.bound:
            return language, zone
        wishes = (self.person.language if self.person else "", self.event.sender.language[:2])
        return next((wish for wish in wishes if wish in world.office.languages), language), zone

    def notice(self, template: str, fields: Fields | None = None) -> Sequence[Immediate]:
        language, zone = self.reader
        return (Notice(Message(template, fields or {}, (), language, zone)),)

    def say(self, template: str, fields: Fields, part: int = 0) -> None:
        """Into the group or thread that the event came from, for everybody there."""
        language, zone = self.reader
        message = Message(template, fields, (), language, zone)
        to = self.event.address
        new = NewDelivery(
            source=f"event:{self.key}", part=part, to=to, message=message, priority=Priority.STAFF, due=self.now
        )
        deliveries.add(self.tx, new)


def handle(tx: Transaction, setup: Setup, event: Event, now: datetime) -> Sequence[Immediate]:
    """Perform one event in a group; every refusal is one sentence for the one who acted."""
    here = _here(tx, setup, event, now)
    try:
        with tx.begin_nested():
            return _handled(here)
    except Conflict:
        raise  # somebody was faster by a moment: the event is done again on what is true now
    except BotError as problem:
        return here.notice(problem.template, problem.fields)


def _here(tx: Transaction, setup: Setup, event: Event, now: datetime) -> Here:
    account = event.address.account
    member = event.sender.standing is Standing.MEMBER
    person = people.known(tx, account, event.sender.user) if member else None
    staff = known_staff(tx, person.id, event.sender.standing).staff if person else None
    bound = desks.at(tx, account, event.address.chat)
    return Here(tx=tx, setup=setup, event=event, now=now, bound=bound, person=person, staff=staff)


def _handled(here: Here) -> Sequence[Immediate]:
    content = here.event.content
    match content:
        case Membership(Change.GONE):
            address = here.event.address
            deliveries.mark_unreachable(here.tx, address.account, address.chat, "removed", here.now)
        case Membership(Change.BACK):
            deliveries.mark_reachable(here.tx, here.event.address.account, here.event.address.chat)
            if here.bound:
                binding.post_waiting(here.tx, here.setup, here.bound.desk, here.now)
        case Pressed():
            return _pressed(here, content)
        case Submitted():
            return _submitted(here, content)
        case Said():
            return _said(here, content)
        case _:
            pass
    return ()


# Words.


def _said(here: Here, said: Said) -> Sequence[Immediate]:
    slash = command(said.text)
    if slash and slash[0] == "bind" and said.to_bot:
        return binding.bind(here.tx, here.setup, here.event, here.person, here.staff, slash[1], here.now)
    if slash and slash[0] in ONLY_PRIVATE and said.to_bot:
        account = here.event.address.account
        name, kind = here.setup.names.get(account, ""), here.setup.kinds.get(account, "")
        return here.notice("connect.only_private", {"bot": name, "kind": kind})
    if here.bound is None:
        if said.to_bot:
            name = here.setup.names.get(here.event.address.account, "")
            kind = here.setup.kinds.get(here.event.address.account, "")
            here.say("group.private_only", {"bot": name, "kind": kind})
        return ()
    query = _query_here(here, said)
    if query is None:
        fields: Fields = {"slash": here.setup.slash(here.event.address.account)}
        return here.notice("desk.help", fields) if said.to_bot else ()
    return _in_thread(here, said, query)


def _query_here(here: Here, said: Said) -> Query | None:
    address = here.event.address
    number = 0
    if address.thread:
        number = desks.query_in(here.tx, address.account, address.chat, address.thread)
    if not number and said.reply_to:
        number = desks.query_of_message(here.tx, address.whole_chat(), said.reply_to)
    if not number and here.person:
        number = _form(here).query
    return queries.get(here.tx, number) if number else None


def _in_thread(here: Here, said: Said, query: Query) -> Sequence[Immediate]:
    """What staff write in a thread is a note, unless it fills in the field they were asked for."""
    if here.person is None or here.staff is None:
        return here.notice("errors.not_staff") if said.to_bot else ()
    if not may_act(here.tx, here.setup.world, here.staff, query):
        return _not_theirs(here, said, query)
    if query.merged_into:
        goes_on: Fields = {"reference": query.reference, "other": f"Q-{query.merged_into:04}"}
        return here.notice("errors.goes_on_in", goes_on)
    form = _form(here)
    if form.query == query.id and not said.edited and not command(said.text):
        return _fill(here, form, said.text, stored(said))
    source = f"{here.event.address.account}:{here.event.address.chat}:{said.message}"
    if said.edited and queries.change_note(here.tx, source, said.text):
        return ()
    return verbs.noted(_act(here, query, Verb.NOTE, {"text": said.text}), said, source)


def _not_theirs(here: Here, said: Said, query: Query) -> Sequence[Immediate]:
    """Who goes on writing in a thread that has moved is told that nobody reads it there."""
    place = desks.current(here.tx, query.id)
    if place is not None and place.address.whole_chat() != here.event.address.whole_chat():
        return here.notice("errors.moved_on", {"reference": query.reference, "desk": query.desk})
    return here.notice("errors.not_allowed") if said.to_bot else ()


# Buttons and forms.


def _pressed(here: Here, press: Pressed) -> Sequence[Immediate]:
    found = buttons.look_up(here.tx, press.token)
    address = here.event.address
    if found is None:
        raise Unknown
    board, choice = found
    if here.person is None or here.staff is None:
        return here.notice("errors.not_staff")
    if not buttons.usable(board, address.account, address.chat, here.person.id):
        raise NotAllowed
    if board.prompt == FORM:
        return _give_up(here) if choice == GIVE_UP else _fill(here, _form(here), choice, ())
    query = queries.get(here.tx, board.query)
    verb = Verb(choice)
    if not VERBS[verb].fields:
        return verbs.perform(_act(here, query, verb, {}, board.entry))
    verbs.check_can_begin(_act(here, query, verb, {}))
    if here.setup.has_forms(address.account):
        return (_modal(here, query, verb),)
    if not shows_words(query):
        raise SensitiveHere(reference=query.reference)
    if here.event.place is Place.PRIVATE:
        return here.notice("desk.in_thread", {"reference": query.reference, "desk": query.desk})
    return _ask_next(here, OpenForm(verb=verb, query=query.id, desk=query.desk, until=here.now + FILL_IN))


def _act(
    here: Here, query: Query, verb: Verb, values: dict[str, str], entry: int = 0, files: tuple[StoredFile, ...] = ()
) -> Act:
    if here.person is None or here.staff is None:
        raise NotAllowed
    return Act(
        tx=here.tx,
        setup=here.setup,
        now=here.now,
        key=here.key,
        person=here.person.id,
        staff=here.staff,
        query=query,
        verb=verb,
        values=values,
        entry=entry,
        files=files,
    )


def _modal(here: Here, query: Query, verb: Verb) -> FormNeeded:
    token = _keyboard(here, query, "", (verb.value,))
    fields: Fields = {"reference": query.reference, "desk": query.desk, "language": query.language}
    act = _act(here, query, verb, {})
    choices, languages = form_choices.of_form(act), form_choices.languages(act)
    return FormNeeded(token, verb.value, here.reader[0], fields, choices, languages)


def _keyboard(here: Here, query: Query, prompt: str, choices: tuple[str, ...]) -> str:
    """Buttons or a form for this person alone, here; returns the token."""
    token = here.setup.new_token()
    board = Keyboard(
        token=token,
        account=here.event.address.account,
        chat=here.event.address.chat,
        person=here.person.id if here.person else 0,
        prompt=prompt,
        choices=choices,
        query=query.id,
        at=here.now,
    )
    keyboards.add(here.tx, board)
    return token


def _submitted(here: Here, form: Submitted) -> Sequence[Immediate]:
    board = keyboards.find(here.tx, form.token)
    if board is None or here.person is None or board.person != here.person.id:
        raise Unknown
    values = {name: as_written(value) for name, value in form.values.items()}
    return _complete(here, queries.get(here.tx, board.query), Verb(board.choices[0]), values, ())


def _complete(
    here: Here, query: Query, verb: Verb, values: dict[str, str], files: tuple[StoredFile, ...]
) -> Sequence[Immediate]:
    """Do it; what was typed for nothing is kept as a note, so that nobody types it twice."""
    wrong = problems(verb, values, frozenset(here.setup.world.desks), here.now.date())
    if wrong and not (files and verb is Verb.REPLY):
        return here.notice(wrong[0].template)
    act = _act(here, query, verb, values, files=files)
    try:
        with here.tx.begin_nested():
            return verbs.perform(act)
    except Conflict:
        raise  # done again on what is true now, with the same words
    except BotError as problem:
        if not act.typed or not may_act(here.tx, here.setup.world, act.staff, query):
            raise
        verbs.keep_as_note(act)
        return (*here.notice(problem.template, problem.fields), *here.notice("desk.kept_as_note"))


# Forms by message, where there are no modals.


NO_FORM = OpenForm(verb=Verb.CLAIM, query=0, desk="", until=datetime.min.replace(tzinfo=UTC))


def _state(here: Here) -> DeskState:
    return states.from_json(conversations.state(here.tx, here.event.address.key))


def _form(here: Here) -> OpenForm:
    """The form this person is filling in here; none once its time is over or its query has moved on."""
    form = _state(here).forms.get(here.person.id, NO_FORM) if here.person else NO_FORM
    if form is NO_FORM or form.until < here.now:
        return NO_FORM
    query = queries.get(here.tx, form.query)
    still = query.desk == form.desk and query.status in VERBS[form.verb].offered_in
    return form if still else NO_FORM


def _save(here: Here, state: DeskState) -> None:
    conversations.save_state(here.tx, here.event.address.key, states.to_json(state))


def _ask_next(here: Here, form: OpenForm) -> Sequence[Immediate]:
    asked = form.next_field
    if here.person is None or asked is None:
        raise NotAllowed
    _save(here, _state(here).opening(here.person.id, form))
    query = queries.get(here.tx, form.query)
    act = _act(here, query, form.verb, {})
    choices = form_choices.of_field(act, asked)
    ways_out = (*(() if asked.required else (Choice(LEFT_OUT, "buttons.skip"),)), Choice(GIVE_UP, "buttons.cancel"))
    template = f"fill_in.{form.verb}_{asked.label}"
    _post_question(here, query, template, asked.language or query.language, (*choices, *ways_out))
    return form_choices.in_words(act, asked)


def _post_question(here: Here, query: Query, template: str, language: str, choices: tuple[Choice, ...]) -> None:
    token = _keyboard(here, query, FORM, tuple(each.value for each in choices))
    shown = tuple(Button(each.label, f"{token}.{place}", each.fields) for place, each in enumerate(choices))
    fields: Fields = {"reference": query.reference, "desk": query.desk, "language": language}
    source = f"event:{here.key}"
    cards.post_in_thread(
        here.tx, here.setup, query, source, template, fields, here.now, buttons=shown, wants_reply=True
    )


def _fill(here: Here, form: OpenForm, value: str, files: tuple[StoredFile, ...]) -> Sequence[Immediate]:
    asked = form.next_field
    if here.person is None or form.query == 0 or asked is None:
        raise Unknown
    if wrong := _wrong(here, asked, value, files):
        return here.notice(wrong)
    filled = _with_languages(here, form.filled("" if value == LEFT_OUT else value.strip()))
    if filled.next_field is not None:
        return _ask_next(here, filled)
    _save(here, _state(here).without(here.person.id))
    return _complete(here, queries.get(here.tx, form.query), form.verb, dict(filled.values), files)


def _with_languages(here: Here, form: OpenForm) -> OpenForm:
    """The fields for further languages follow from what was chosen."""
    act = _act(here, queries.get(here.tx, form.query), form.verb, dict(form.values))
    return replace(form, languages=form_choices.languages(act))


def _wrong(here: Here, asked: VerbField, value: str, files: tuple[StoredFile, ...]) -> str:
    """What is wrong with the value; the question stays open, so that it can be put right."""
    if value == LEFT_OUT or (files and asked.kind is FieldKind.TEXT):
        return ""
    return problem(asked, value, frozenset(here.setup.world.desks), here.now.date())


def _give_up(here: Here) -> Sequence[Immediate]:
    if here.person:
        _save(here, _state(here).without(here.person.id))
    return here.notice("desk.given_up")
