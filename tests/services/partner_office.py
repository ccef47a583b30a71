"""An office with colleagues: two confirmed people of Garissa Wells and Roofs, and whoever else a test lets in."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import TypeVar

from bot.core.channel import AccountInfo
from bot.core.message import Address, Event, Place, Pressed, Said, Sender, Standing
from bot.core.person import Connection, Invitations, Person
from bot.core.query import Query
from bot.core.routing.reading import Reading
from bot.services.process import process
from storage import accounts, inbox, people, queries
from storage.database import Database, Transaction
from storage.sealing import ProcessSeal
from tests.services.office import SURE, Office, open_office

Result = TypeVar("Result")
GARISSA = "CSO-0045"
#: Users: two colleagues, somebody of no organisation whom the office knows, and a stranger on Slack.
AMINA, BRUNO, CARLA, DAVI = "501", "502", "500", "U700"


@dataclass
class Partners:
    """What the tests of partners do and look at."""

    office: Office

    def say(self, user: str, text: str, reading: Reading = SURE) -> list[str]:
        """Somebody writes in private; the templates that are new in their chat."""
        return self._do(user, Said(text, message=str(next(self.office.numbers))), reading)

    def press(self, user: str, label: str, place: int = 0) -> list[str]:
        """Somebody presses the latest button with this label in their chat (`place`: of several on one message)."""
        shown = (message.buttons for message in reversed(self.office.messages(user)))
        fitting = ([each.token for each in row if each.label == f"buttons.{label}"] for row in shown)
        return self._do(user, Pressed(next(filter(None, fitting))[place], "1"), SURE)

    def _do(self, user: str, content: Said | Pressed, reading: Reading) -> list[str]:
        account = "slack" if user.startswith("U") else "telegram"
        sender = Sender(user, language="en", standing=Standing.MEMBER)
        number = str(next(self.office.numbers))
        before = len(self.office.messages(user))
        event = Event(number, Address(account, user), Place.PRIVATE, sender, content, self.office.now)
        self.office.hear(event, reading)
        self.let_hear()
        return self.office.templates(user)[before:]

    def let_hear(self) -> None:
        """Conversations hear what happened on our side."""
        while self.run(self._hear_waiting):
            pass

    def _hear_waiting(self, tx: Transaction) -> int:
        claimed = inbox.claim(tx, "test", 60, 10)
        for each in claimed:
            event = inbox.own_event(each, self.office.setup.seal.open(each.payload))
            process(tx, self.office.setup, event, Reading(), self.office.now)
            inbox.finish(tx, each)
        return len(claimed)

    def run(self, work: Callable[[Transaction], Result]) -> Result:
        return self.office.database.run_sync(work)

    def person(self, user: str) -> Person:
        account = "slack" if user.startswith("U") else "telegram"
        found = self.run(lambda tx: people.known(tx, account, user))
        assert found is not None
        return found

    def query(self, number: int) -> Query:
        return self.run(lambda tx: queries.get(tx, number))

    def change(self, user: str, **values: object) -> None:
        person = replace(self.person(user), **values)  # type: ignore[arg-type]
        self.run(lambda tx: people.save(tx, person))

    def asks(self, user: str, text: str = "Who coordinates site planning?") -> Query:
        """A new question of the user."""
        self.say(user, text)
        return self.run(lambda tx: queries.where(tx)[-1])

    def field(self, user: str, name: str) -> object:
        """A field of the latest message in the user's chat."""
        return self.office.messages(user)[-1].fields[name]

    def code(self, user: str) -> str:
        return str(self.field(user, "code"))


def open_partners(database: Database, seal: ProcessSeal, folder: Path, now: datetime) -> Partners:
    """Amina (whose name is known) and Bruno are confirmed for Garissa Wells and Roofs; Carla is known to the office."""
    office = open_office(database, seal, folder, now)

    def settle(tx: Transaction) -> None:
        known = Person(
            language="en",
            country="KE",
            organisation=GARISSA,
            connection=Connection.CONFIRMED,
            invitations=Invitations.ALL,
            told_version=office.setup.world.office.consent_version,
        )
        people.add(tx, replace(known, name="Amina Yusuf", position="field officer"), "telegram", AMINA, AMINA)
        people.add(tx, known, "telegram", BRUNO, BRUNO)
        accounts.note(tx, AccountInfo("telegram", "1", "csobot"), "telegram")

    database.run_sync(settle)
    return Partners(office)
