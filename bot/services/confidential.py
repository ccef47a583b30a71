"""Confidential matters. The words are sealed before they are stored; only their number is ever said elsewhere."""

import json
from dataclasses import asdict, dataclass
from datetime import datetime

from bot.core.delivery import NewDelivery, Priority
from bot.core.matter import SealedState, next_mark
from bot.core.message import Address, Fields, Message
from bot.core.person import Person
from bot.core.sla import promised
from bot.core.turn import PassSealed, SafeContact, Seal, SealedFate, SetSafeContact
from bot.core.world import Desk, Policy
from bot.services.cards import desk_reader
from bot.services.setup import Setup
from storage import deliveries, desks, sealed
from storage.database import Transaction
from storage.sealed import SealedMatter

NOTHING: Fields = {}


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
    matter = sealed.find(tx, effect.key)
    if matter and matter.number and (matter.holder or matter.answered_at):
        _more(tx, setup, matter, now)


def _more(tx: Transaction, setup: Setup, matter: SealedMatter, now: datetime) -> None:
    """The sender has written again to a desk that has begun: what was closed is open, and the promise counts anew."""
    if matter.state is SealedState.CLOSED:
        sealed.change(tx, matter, state=SealedState.PASSED, closed_at=None, keep_until=None)
    if matter.answered_at:
        _promise(tx, setup, matter, now)
    tell_desk(tx, setup, f"confidential-more:{matter.id}:{now.isoformat()}", "confidential.more", matter, now)


def _promise(tx: Transaction, setup: Setup, matter: SealedMatter, now: datetime) -> SealedMatter:
    policy, desk = policy_and_desk(setup)
    due = promised(now, policy, desk, desk.main.timezone)
    mark = next_mark(policy, desk, now, 0)
    sealed.change(tx, matter, due_at=due, promised_at=now, marks_reached=0, mark_at=mark, answered_at=None)
    return sealed.find(tx, matter.opened_by) or matter


def policy_and_desk(setup: Setup) -> tuple[Policy, Desk]:
    """What the confidential desk promises, and in whose hours."""
    desk = setup.world.desks[setup.world.office.confidential_desk]
    return setup.world.policies[setup.world.departments[desk.department].policy], desk


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
    policy, desk = policy_and_desk(setup)
    matter = sealed.pass_on(tx, matter, promised(now, policy, desk, desk.main.timezone))
    matter = _promise(tx, setup, matter, now)
    _note(tx, setup, effect.key, origin, effect.fate, person)
    _card(tx, setup, matter, effect.fate, now)
    return matter


def _note(tx: Transaction, setup: Setup, key: str, origin: Origin, fate: SealedFate, person: Person) -> None:
    words = {**asdict(origin), "fate": fate, "country": person.country, "language": person.language}
    sealed.set_contact(tx, key, setup.seal_confidential(json.dumps(words).encode()))


def _card(tx: Transaction, setup: Setup, matter: SealedMatter, fate: SealedFate, now: datetime) -> None:
    tell_desk(tx, setup, f"confidential:{matter.id}", "confidential.card", matter, now, {"fate": fate.value})


def tell_desk(
    tx: Transaction,
    setup: Setup,
    source: str,
    template: str,
    matter: SealedMatter,
    now: datetime,
    more: Fields = NOTHING,
) -> bool:
    """Into the confidential desk's own chat: its reference and its time, never a word of it. False without a chat."""
    desk = setup.world.office.confidential_desk
    bound = desks.bound(tx, desk)
    if bound is None:
        return False
    language, zone = desk_reader(setup.world, desk)
    due = matter.due_at.isoformat() if matter.due_at else ""
    fields: Fields = {"reference": matter.reference, "due": due, **more}
    message = Message(template, fields, (), language, zone)
    deliveries.add(tx, NewDelivery(source=source, to=bound.address, message=message, priority=Priority.STAFF, due=now))
    return True


def set_contact(tx: Transaction, setup: Setup, effect: SetSafeContact, address: Address, now: datetime) -> None:
    """How the person wants to be reached: one more sealed line of the matter."""
    words = json.dumps({"contact": effect.contact, "account": address.account, "chat": address.chat})
    sealed.add(tx, effect.key, setup.seal_confidential(words.encode()), now)
