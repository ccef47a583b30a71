"""One event being performed: whose it is, where it came from, and what is said to them there."""

from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from bot.core import sla
from bot.core.message import Event, Fields, Message, Place
from bot.core.person import Connection, Person
from bot.core.quiet import CAN_WAIT
from bot.core.turn import Immediate, Say
from bot.services import quiet
from bot.services.setup import Setup
from bot.services.told import Told, keyboard, language_of, member_zone, query_fields, tell
from storage import keyboards, organisations, people
from storage import queries as query_rows
from storage.database import Transaction
from storage.keyboards import Keyboard


@dataclass(slots=True)
class Acting:
    """One event being performed. `person` and `part` change on the way; everything else is given."""

    tx: Transaction
    setup: Setup
    event: Event
    #: "account:event id".
    key: str
    person: Person
    now: datetime
    language: str
    #: Where it was done; what is queued goes to the private chat either way.
    place: Place = Place.PRIVATE
    part: int = 0
    immediates: list[Immediate] = field(default_factory=list)

    @property
    def told(self) -> Told:
        """The person, where this event came from."""
        person = self.person
        confirmed = person.connection is Connection.CONFIRMED and person.organisation
        organisation = organisations.get(self.tx, person.organisation) if confirmed else None
        if person.country or organisation:
            zone = sla.zone_of(self.setup.world, person.country, organisation.timezone if organisation else "")
        else:
            zone = member_zone(self.tx, self.setup, person.id)
        language = language_of(self.setup, person)
        return Told(address=self.event.address.whole_chat(), person=person.id, language=language, zone=zone)

    def change(self, **values: Any) -> None:
        self.person = people.save(self.tx, replace(self.person, **values))

    def look_again(self) -> None:
        """Somebody else's part of this event changed the person's row."""
        self.person = people.get(self.tx, self.person.id) or self.person

    def source_of(self, message: str) -> str:
        return f"{self.event.address.account}:{self.event.address.chat}:{message}" if message else ""

    def keep_buttons(
        self, token: str, prompt: str, choices: tuple[str, ...], *, query: int = 0, entry: int = 0
    ) -> None:
        """Buttons that are this person's alone, wherever they are shown."""
        board = Keyboard(
            token=token,
            account=self.event.address.account,
            chat="",
            person=self.person.id,
            prompt=prompt,
            choices=choices,
            query=query,
            entry=entry,
            at=self.now,
        )
        keyboards.add(self.tx, board)

    def notice(self, template: str, fields: Fields | None = None) -> Message:
        """Something for the one who acted, to be shown at once."""
        return Message(template, fields or {}, (), self.told.language, self.told.zone)


def say(acting: Acting, effect: Say) -> None:
    """With what is known of the query that it is about."""
    told = acting.told
    query = query_rows.opened_by(acting.tx, effect.about) if effect.about else None
    fields: Fields = {**(query_fields(query) if query else {}), **effect.fields}
    number = query.id if query else 0
    buttons = keyboard(acting.tx, acting.setup, told, effect.options, effect.prompt, acting.now, number)
    tell_acting(acting, told, effect.template, fields, buttons, number)


def tell_acting(acting: Acting, told: Told, template: str, fields: Fields, buttons: Any = (), query: int = 0) -> None:
    """Queue one more message of this event; what can wait leaves outside quiet hours."""
    source = f"event:{acting.key}"
    due = quiet.when_awake(acting.tx, acting.setup, acting.person, acting.now) if template in CAN_WAIT else acting.now
    tell(acting.tx, told, source, acting.part, template, fields, acting.now, buttons=buttons, query=query, due=due)
    acting.part += 1
