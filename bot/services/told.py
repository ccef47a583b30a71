"""Telling a person something: a delivery to their private chat, in their language and their time."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from bot.core.channel import Op
from bot.core.delivery import DeliveryKind, NewDelivery
from bot.core.message import Address, Button, Fields, Message, StoredFile
from bot.core.person import Connection, Person, StaffRole
from bot.core.query import Query
from bot.core.sla import zone_of
from bot.core.turn import Option
from bot.core.working_time import WorkingTime
from bot.services.setup import Setup
from bot.services.zone import reader_zone
from storage import deliveries, keyboards, organisations, people, working_times
from storage.database import Transaction
from storage.keyboards import Keyboard


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """Whom to tell, where and how."""

    address: Address
    person: int
    language: str
    zone: str


def query_fields(query: Query) -> Fields:
    """What any template about a query may use."""
    return {
        "reference": query.reference,
        "desk": query.desk,
        "held": bool(query.holder),
        "due": query.due_at.isoformat() if query.due_at else "",
        "word": query.next_word,
        "because": query.because,
        "because_fields": query.because_fields,
        "topic": query.topic,
        "country": query.country,
    }


def keyboard(
    tx: Transaction, setup: Setup, told: Told, options: tuple[Option, ...], prompt: str, now: datetime, query: int = 0
) -> tuple[Button, ...]:
    """Buttons that only this person can press, here, in answer to this prompt."""
    if not options:
        return ()
    token = setup.new_token()
    values = tuple(option.value for option in options)
    board = Keyboard(
        token=token,
        account=told.address.account,
        chat=told.address.chat,
        person=told.person,
        prompt=prompt,
        choices=values,
        query=query,
        at=now,
    )
    keyboards.add(tx, board)
    return tuple(
        Button(f"buttons.{option.label}", f"{token}.{place}", option.fields, place + 1)
        for place, option in enumerate(options)
    )


def tell(
    tx: Transaction,
    told: Told,
    source: str,
    part: int,
    template: str,
    fields: Fields,
    now: datetime,
    *,
    buttons: tuple[Button, ...] = (),
    file: StoredFile | None = None,
    kind: DeliveryKind = DeliveryKind.NOTICE,
    due: datetime | None = None,
    query: int = 0,
    entry: int = 0,
) -> int:
    """Queue one message for the person; returns the delivery id."""
    new = NewDelivery(
        source=source,
        part=part,
        to=told.address,
        op=Op.UPLOAD if file else Op.POST,
        message=Message(template, fields, buttons, told.language, told.zone, file),
        kind=kind,
        due=due or now,
        query=query,
        entry=entry,
    )
    return deliveries.add(tx, new)


def notice(told: Told, source: str, template: str, fields: Fields, due: datetime, query: int) -> NewDelivery:
    """One message for the person, to be queued together with others."""
    message = Message(template, fields, (), told.language, told.zone)
    return NewDelivery(source=source, to=told.address, message=message, due=due, query=query)


def asker(tx: Transaction, setup: Setup, query: Query) -> Told | None:
    """The person who asked; None when nothing leads to them any more."""
    address = people.private_address(tx, query.person, query.account)
    person = people.get(tx, query.person)
    if address is None or person is None:
        return None
    zone = reader_zone(tx, setup, query)
    return Told(address=address, person=person.id, language=language_of(setup, person), zone=zone)


def reach(tx: Transaction, setup: Setup, person: Person) -> Told | None:
    """A private chat of the person, one that can be reached if there is any; None when nothing leads to them."""
    chats = [each for each in people.addresses(tx, person.id) if each.chat]
    if not chats:
        return None
    open_chats = (each for each in chats if not deliveries.unreachable(tx, each.account, each.chat))
    address = next(open_chats, chats[0])
    confirmed = person.connection is Connection.CONFIRMED and person.organisation
    organisation = organisations.get(tx, person.organisation) if confirmed else None
    zone = zone_of(setup.world, person.country, organisation.timezone if organisation else "")
    return Told(address=address, person=person.id, language=language_of(setup, person), zone=zone)


def tell_member(
    tx: Transaction,
    setup: Setup,
    person: int,
    source: str,
    template: str,
    fields: Fields,
    now: datetime,
    *,
    due: datetime | None = None,
    query: int = 0,
) -> bool:
    """Tell somebody of staff in private, at `due` if it can wait; false where they never wrote to us privately or
    cannot be reached."""
    told = member(tx, setup, person)
    if told is None:
        return False
    tell(tx, told, source, 0, template, fields, now, due=due, query=query)
    return True


def member(tx: Transaction, setup: Setup, person: int) -> Told | None:
    """Somebody of staff in their private chat; None where they never wrote to us privately or cannot be reached."""
    return members(tx, setup, [person]).get(person)


def members(tx: Transaction, setup: Setup, persons: Sequence[int]) -> Mapping[int, Told]:
    """How each of these of staff is told in private; without those who never wrote to us or cannot be reached."""
    roles, hours = people.roles_of(tx, persons), working_times.of_many(tx, persons)
    return {
        known.id: Told(
            address=address,
            person=known.id,
            language=language_of(setup, known),
            zone=_zone(setup, roles.get(known.id, ()), hours.get(known.id)),
        )
        for known, address in people.private_chats(tx, persons)
    }


def member_zone(tx: Transaction, setup: Setup, person: int) -> str:
    """The zone in which a member of staff reads times: their own, else that of their first desk."""
    return _zone(setup, people.roles_of(tx, [person]).get(person, ()), working_times.of(tx, person))


def _zone(setup: Setup, roles: Sequence[StaffRole], hours: WorkingTime | None) -> str:
    desks = [role.desk for role in roles if role.desk in setup.world.desks]
    of_desk = setup.world.desks[desks[0]].main.timezone if desks else "UTC"
    return (hours.timezone if hours else "") or of_desk


def language_of(setup: Setup, person: Person) -> str:
    return person.language or setup.world.office.default_language
