"""Somebody of staff doing something with a query: who, what, and whether they may."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from bot.core.complaint import concerned
from bot.core.errors import NotAllowed
from bot.core.message import Button, Fields, Message, StoredFile
from bot.core.person import Staff
from bot.core.query import Entry, EntryKind, Query
from bot.core.turn import Notice
from bot.core.verbs import VERBS, FieldKind, Verb
from bot.core.world import World
from bot.services import cards
from bot.services.setup import Setup
from bot.services.told import asker, query_fields, tell
from storage import desks, keyboards
from storage.database import Transaction
from storage.keyboards import Keyboard

#: Account of what is done at the console.
CONSOLE = "console"


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


class MomentPast(NotAllowed):
    """The time that was written has passed."""

    template = "errors.moment_past"


class TooFarAhead(NotAllowed):
    """A promised time is not put off so far."""

    template = "errors.too_far_ahead"


class SameClass(NotAllowed):
    """It is of this class already, or of one that staff do not change."""

    template = "errors.same_class"


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

    @property
    def account(self) -> str:
        """Where they did it; `CONSOLE` for no chat at all."""
        return self.key.split(":", 1)[0]

    @property
    def via(self) -> str:
        """As the audit log says it."""
        return CONSOLE if self.account == CONSOLE else "chat"

    @property
    def typed(self) -> str:
        """All that was written freely."""
        texts = (each.name for each in VERBS[self.verb].fields if each.kind is FieldKind.TEXT)
        return "\n".join(filter(None, (self.values.get(name, "").strip() for name in texts)))

    def notice(self, template: str, fields: Fields | None = None, buttons: tuple[Button, ...] = ()) -> Notice:
        language, zone = cards.desk_reader(self.setup.world, self.query.desk)
        return Notice(Message(template, fields or {}, buttons, language, zone))

    def say(self, template: str, fields: Fields) -> str:
        """A sentence as part of another one, in the desk's language."""
        language, zone = cards.desk_reader(self.setup.world, self.query.desk)
        return self.setup.say(language, template, {"zone": zone, **fields})

    def private_button(self, verb: Verb, entry: int = 0) -> Button:
        """A button that only this person may press, wherever the notice is shown."""
        return self.private_buttons((verb,), entry)[0]

    def private_buttons(
        self, verbs: Sequence[Verb], entry: int = 0, fields: Fields | None = None
    ) -> tuple[Button, ...]:
        """Buttons that only this person may press, wherever the notice is shown."""
        board = self._keyboard(verbs, entry)
        return self._shown(replace(board, account=self.account, person=self.person), verbs, fields)

    def desk_buttons(self, verbs: Sequence[Verb], entry: int = 0, fields: Fields | None = None) -> tuple[Button, ...]:
        """Buttons in the query's thread that everybody of the desk may press; none where there is no thread."""
        place = desks.current(self.tx, self.query.id)
        if place is None:
            return ()
        board = self._keyboard(verbs, entry)
        return self._shown(replace(board, account=place.address.account, chat=place.address.chat), verbs, fields)

    def _keyboard(self, verbs: Sequence[Verb], entry: int) -> Keyboard:
        return Keyboard(
            token=self.setup.new_token(),
            account="",
            chat="",
            choices=tuple(verb.value for verb in verbs),
            query=self.query.id,
            entry=entry,
            at=self.now,
        )

    def _shown(self, board: Keyboard, verbs: Sequence[Verb], fields: Fields | None) -> tuple[Button, ...]:
        keyboards.add(self.tx, board)
        named = ((place, verb, fields or {}) for place, verb in enumerate(verbs))
        return tuple(Button(f"verbs.{verb}", f"{board.token}.{place}", said) for place, verb, said in named)


def may_act(tx: Transaction, world: World, staff: Staff, query: Query) -> bool:
    """Whether this person works at the desk that has the query, or at the one above in whose chat it is handled."""
    own = not concerned(staff, query, world)
    return own and any(staff.may_act_at(desk, world) for desk in _desks_of(tx, query))


def _desks_of(tx: Transaction, query: Query) -> tuple[str, ...]:
    place = desks.current(tx, query.id)
    return (query.desk, place.desk) if place else (query.desk,)


def check_may(act: Act) -> None:
    """Raises `NotAllowed` unless this person may act on the query."""
    if not may_act(act.tx, act.setup.world, act.staff, act.query):
        raise NotAllowed(reference=act.query.reference)


def manages(act: Act) -> bool:
    """Whether this person manages the desk that has the query, or the one above in whose chat it is handled."""
    return any(act.staff.manages(desk, act.setup.world) for desk in _desks_of(act.tx, act.query))


def only_holder(act: Act) -> None:
    """Raises `HeldByOther` when a colleague has the query; a manager of the desk may step in."""
    if act.query.holder not in (0, act.person) and not manages(act):
        raise HeldByOther(reference=act.query.reference)


def note_entry(act: Act, text: str, files: tuple[StoredFile, ...], source: str) -> Entry:
    """An internal note of this act, not stored yet."""
    return Entry(
        query=act.query.id, kind=EntryKind.NOTE, text=text, at=act.now, author=act.person, files=files, source=source
    )


def tell_asker(act: Act, query: Query, template: str, fields: Fields) -> None:
    """Let the CSO know what was done; silent when nothing leads to them any more."""
    if told := asker(act.tx, act.setup, query):
        both: Fields = {**query_fields(query), **fields}
        tell(act.tx, told, f"event:{act.key}", 0, template, both, act.now, query=query.id)
