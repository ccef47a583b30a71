"""An office on a real database: people write, staff act, and results of deliveries come back, without any channel."""

import itertools
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path

from adapters.renderer import Renderer
from bot.core.delivery import Delivery, DeliveryState, Outcome
from bot.core.message import Address, Content, Event, Message, Place, Pressed, Said, Sender, Standing, Submitted
from bot.core.message_json import load_message
from bot.core.person import BoundDesk, DeskStyle, Person, Role, StaffRole
from bot.core.routing.reading import Reading
from bot.core.turn import Immediate, Notice
from bot.services.deliveries import settled
from bot.services.process import process
from bot.services.setup import Setup
from config import world as worlds
from storage import deliveries, desks, organisations, people, queries
from storage.database import Database, Transaction
from storage.files import FileStore
from storage.sealing import ConfidentialBox, ProcessSeal, new_confidential_pair
from storage.tables import deliveries as rows

SURE = Reading(topics=(("cccm", 0.9), ("shelter", 0.05)), language="en")
PUBLIC_KEY, PRIVATE_KEY = new_confidential_pair("open sesame")
WORLD = worlds.load(None)
RENDERER = Renderer(WORLD)


@dataclass
class Office:
    """One office for one test."""

    database: Database
    setup: Setup
    now: datetime
    numbers: "itertools.count[int]" = field(default_factory=lambda: itertools.count(1))
    #: Button label -> token of the latest that was shown, also after the card changed.
    seen: dict[str, str] = field(default_factory=dict)

    def event(
        self,
        user: str,
        content: Content,
        chat: str = "",
        place: Place = Place.PRIVATE,
        thread: str = "",
        account: str = "",
    ) -> Event:
        account = account or ("slack" if place is Place.GROUP else "telegram")
        sender = Sender(user, language="en", standing=Standing.MEMBER)
        return Event(str(next(self.numbers)), Address(account, chat or user, thread), place, sender, content, self.now)

    def hear(self, event: Event, reading: Reading = SURE) -> list[Immediate]:
        shown = list(self.database.run_sync(lambda tx: process(tx, self.setup, event, reading, self.now)))
        self._look()
        return shown

    def _look(self) -> None:
        self.seen |= {button.label: button.token for message in self.messages() for button in message.buttons}

    def say(self, text: str, reading: Reading = SURE, user: str = "500", account: str = "") -> list[Immediate]:
        """Somebody writes in private; a CSO unless told otherwise."""
        said = Said(text, message=str(next(self.numbers)))
        return self.hear(self.event(user, said, account=account), reading)

    def press(self, token: str, user: str = "500", account: str = "") -> list[Immediate]:
        """Somebody presses a button in private."""
        return self.hear(self.event(user, Pressed(token, "1"), account=account))

    def staff_press(self, verb: str, user: str = "ULIA") -> list[Immediate]:
        """Somebody of staff presses a button of the latest card or post that carries it."""
        token = self.token(f"verbs.{verb}")
        return self.hear(self.event(user, Pressed(token, "1"), "C1", Place.GROUP))

    def token(self, label: str) -> str:
        """The token of the latest button with this label, as somebody with an old screen still sees it."""
        return self.seen[label]

    def messages(self, chat: str = "") -> list[Message]:
        """What the ledger holds, in order; for one chat or all."""
        found = rows.select().order_by(rows.c.id)
        with_chat = found.where(rows.c.chat == chat) if chat else found
        return [load_message(row.message) for row in self.database.run_sync(lambda tx: tx.execute(with_chat).all())]

    def templates(self, chat: str) -> list[str]:
        return [message.template for message in self.messages(chat)]

    def deliver(self, state: DeliveryState = DeliveryState.SENT, only: str = "") -> None:
        """The relay's part: everything that is due gets this result."""
        self.database.run_sync(lambda tx: self._deliver(tx, state, only))
        self._look()

    def _deliver(self, tx: Transaction, state: DeliveryState, only: str) -> None:
        for account in ("telegram", "slack"):
            while (
                claim := deliveries.claim(tx, "test", account, 60, self.now, 1000.0, 9.0, pace=lambda _: 0.0)
            ).deliveries:
                for each in claim.deliveries:
                    hit = not only or each.message.template == only
                    outcome = self._outcome(each, state if hit else DeliveryState.SENT)
                    settled(tx, self.setup, deliveries.record(tx, [outcome], self.now), self.now)

    def _outcome(self, delivery: Delivery, state: DeliveryState) -> Outcome:
        result = f"m{delivery.id}" if state is DeliveryState.SENT else ""
        reason = "blocked" if state is DeliveryState.UNREACHABLE else ""
        return Outcome(delivery=delivery, state=state, result=result, reason=reason)

    def later(self, **by: int) -> None:
        self.now += timedelta(**by)

    def note(self, words: str, user: str = "ULIA") -> None:
        """A member of staff writes an internal note."""
        needed = self.staff_press("note", user)[0]
        self.hear(self.event(user, Submitted(needed.token, {"text": words}), "C1", Place.GROUP))  # type: ignore[union-attr]

    def answered(self, words: str = "On Wednesday.") -> None:
        """The CSO's latest question is answered by the liaison, and the answer arrives."""
        needed = self.staff_press("reply")[0]
        self.hear(self.event("ULIA", Submitted(needed.token, {"text": words}), "C1", Place.GROUP))  # type: ignore[union-attr]
        self.later(seconds=11)
        self.deliver()


def notices(immediates: list[Immediate]) -> list[str]:
    return [each.message.template for each in immediates if isinstance(each, Notice)]


def open_office(database: Database, seal: ProcessSeal, folder: Path, now: datetime) -> Office:
    """Two people at the Kenyan mission's Slack channel C1, and a known CSO person in Kenya (user 500)."""
    tokens = itertools.count(1)
    setup = Setup(
        world=WORLD,
        new_token=lambda: f"t{next(tokens)}",
        seal_confidential=ConfidentialBox(PUBLIC_KEY).seal,
        seal=seal,
        files=FileStore(folder, seal),
        kinds={"telegram": "telegram", "slack": "slack"},
        say=RENDERER.sentence,
    )
    office = Office(database, setup, now)
    database.run_sync(lambda tx: _settle(tx, now))
    return office


def _settle(tx: Transaction, now: datetime) -> None:
    organisations.load(tx, WORLD.organisations)
    known = Person(language="en", country="KE", told_version="2026-11")
    people.add(tx, known, "telegram", "500", "500")
    for user in ("ULIA", "UBAK"):
        person = people.add(tx, Person(language="en"), "slack", user, "")
        people.add_role(tx, StaffRole(person=person.id, role=Role.FOCAL_POINT, desk="mission-ke"))
    where = Address("slack", "C1")
    desks.bind(tx, BoundDesk(desk="mission-ke", address=where, style=DeskStyle.THREAD), 0, now)
    confidential = BoundDesk(desk="confidential-desk", address=Address("slack", "C9"), style=DeskStyle.THREAD)
    desks.bind(tx, confidential, 0, now)


def change(office: Office, number: int, **values: object) -> None:
    """The query as a test needs it."""
    query = office.database.run_sync(lambda tx: queries.get(tx, number))
    office.database.run_sync(lambda tx: queries.save(tx, replace(query, **values)))  # type: ignore[arg-type]


def person(office: Office, user: str) -> int:
    """The number of a member of staff on Slack."""
    known = office.database.run_sync(lambda tx: people.known(tx, "slack", user))
    assert known is not None
    return known.id
