"""Confidential matters. The words are sealed before they are stored; only their number is ever said elsewhere."""

import json
from dataclasses import asdict, dataclass
from datetime import datetime

from bot.core.delivery import NewDelivery, Priority
from bot.core.message import Address, Message
from bot.core.person import Person
from bot.core.sla import promised
from bot.core.turn import PassSealed, SafeContact, Seal, SealedFate, SetSafeContact
from bot.services.cards import desk_reader
from bot.services.setup import Setup
from storage import deliveries, desks, sealed
from storage.database import Transaction
from storage.sealed import SealedMatter, SealedState


@dataclass(frozen=True, slots=True, kw_only=True)
class Origin:
    """Where the matter came from: what the confidential desk needs to write back."""

    account: str
    chat: str
    contact: SafeContact = SafeContact.UNKNOWN


def seal(tx: Transaction, setup: Setup, effect: Seal, conversation: str, now: datetime) -> None:
    """Into a box that only the confidential desk opens, files included; our own copies are swept afterwards."""
    for file in effect.files:
        setup.files.seal_for_desk(effect.key, file, setup.seal_confidential)
    files = [asdict(file) for file in effect.files]
    words = json.dumps({"text": effect.text, "files": files, "at": now.isoformat()}, ensure_ascii=False)
    sealed.add(tx, effect.key, setup.seal_confidential(words.encode()), now, conversation)


def erase(tx: Transaction, setup: Setup, key: str) -> None:
    """The person reports it themselves: nothing stays. What was passed on already is no longer ours to erase."""
    matter = sealed.find(tx, key)
    if matter and not matter.number:
        setup.files.erase_for_desk(key)
        sealed.erase(tx, key)


def pass_on(
    tx: Transaction, setup: Setup, effect: PassSealed, origin: Origin, person: Person, now: datetime
) -> SealedMatter | None:
    """To the confidential desk: a reference, a promise and a card without a word of the matter."""
    matter = sealed.find(tx, effect.key)
    if matter is None or matter.state is not SealedState.HELD:
        return matter
    office = setup.world.office
    desk = setup.world.desks[office.confidential_desk]
    policy = setup.world.policies[setup.world.departments[desk.department].policy]
    matter = sealed.pass_on(tx, matter, promised(now, policy, desk, desk.main.timezone))
    _note(tx, setup, effect.key, origin, effect.fate, person)
    _card(tx, setup, matter, effect.fate, now)
    return matter


def _note(tx: Transaction, setup: Setup, key: str, origin: Origin, fate: SealedFate, person: Person) -> None:
    words = {**asdict(origin), "fate": fate, "country": person.country, "language": person.language}
    sealed.set_contact(tx, key, setup.seal_confidential(json.dumps(words).encode()))


def _card(tx: Transaction, setup: Setup, matter: SealedMatter, fate: SealedFate, now: datetime) -> None:
    desk = setup.world.office.confidential_desk
    bound = desks.bound(tx, desk)
    if bound is None:
        return
    language, zone = desk_reader(setup.world, desk)
    due = matter.due_at.isoformat() if matter.due_at else ""
    fields = {"reference": matter.reference, "due": due, "fate": fate.value}
    card = NewDelivery(
        source=f"confidential:{matter.id}",
        to=bound.address,
        message=Message("confidential.card", fields, (), language, zone),
        priority=Priority.STAFF,
        due=now,
    )
    deliveries.add(tx, card)


def set_contact(tx: Transaction, setup: Setup, effect: SetSafeContact, address: Address, now: datetime) -> None:
    """How the person wants to be reached: one more sealed line of the matter."""
    words = json.dumps({"contact": effect.contact, "account": address.account, "chat": address.chat})
    sealed.add(tx, effect.key, setup.seal_confidential(words.encode()), now)
