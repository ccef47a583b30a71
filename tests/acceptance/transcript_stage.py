"""The stage of a play: the real application, its simulator, the CSO, and desks with people at them."""

import asyncio
import itertools
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import TypeVar

import sqlalchemy as sa
from pydantic import SecretStr

from adapters.simulator.limits import NO_FLOOD_LIMITS, NO_SLACK_LIMITS
from adapters.simulator.server import Simulator
from adapters.simulator.slack_state import Guest, SlackChannel, SlackUser
from adapters.simulator.telegram_state import Group, Status
from adapters.simulator.telegram_state import Person as TelegramPerson
from bot.app.application import Application
from bot.app.demo import connected
from bot.core.message import Address
from bot.core.person import BoundDesk, DeskStyle, Person, Role, StaffRole
from bot.core.working_time import WorkingTime
from bot.core.world import World
from bot.reader import Reader
from config.settings import Settings
from storage import clock, desks, people, working_times
from storage.database import Transaction
from storage.tables import deliveries, inbox
from tests.acceptance.transcript_eyes import Eyes
from tests.acceptance.transcript_script import CSO
from tests.ports import free_port

#: Real seconds after which a play that does not come to rest has failed.
PATIENCE = 20.0
_LOOK_EVERY = 0.004
#: Sends a second that nobody waits for.
ANY_RATE = 10_000.0
FORUM = -1002000000100

Result = TypeVar("Result")
User = TelegramPerson | SlackUser
Chat = Group | SlackChannel


@dataclass(frozen=True, slots=True)
class Platforms:
    """Where the CSO writes and where the desks work; and whether numbers are typed or their buttons pressed."""

    cso: str
    desk: str
    typed: bool

    @property
    def other(self) -> str:
        """Where the CSO does not write."""
        return "slack" if self.cso == "telegram" else "telegram"

    def __str__(self) -> str:
        return f"cso-{self.cso}+desk-{self.desk}"


@dataclass(frozen=True, slots=True)
class House:
    """What all plays of a session share."""

    settings: Settings
    world: World
    reader: Reader
    #: A migrated, empty database.
    template: Path


@dataclass(slots=True)
class Stage:
    """Everything there is in one play."""

    platforms: Platforms
    simulator: Simulator
    application: Application
    eyes: Eyes
    folder: Path
    #: The CSO, colleagues, and the CSO's second address: they write in private.
    partners: set[str] = field(default_factory=set)
    #: Staff and outsiders by name, and the chat each of them works in.
    people: dict[str, User] = field(default_factory=dict)
    work_in: dict[str, str] = field(default_factory=dict)
    #: Desks and groups by name.
    chats: dict[str, Chat] = field(default_factory=dict)
    _numbers: "itertools.count[int]" = field(default_factory=lambda: itertools.count(1))

    @property
    def cso(self) -> User:
        return self.people[CSO]

    async def run(self, work: Callable[[Transaction], Result]) -> Result:
        return await self.application.database.run(work)

    # The cast

    def add_partner(self, name: str, platform: str, profile: str) -> None:
        """Somebody of a CSO, who has not written yet; `profile` is the language that the platform tells."""
        number = len(self.partners)
        self.partners.add(name)
        if platform == "telegram":
            person = self.simulator.telegram.user(4000000000700 + number, "Partner", f"partner{number}", profile)
            self.people[name] = self.eyes.telegram[name] = person
        else:
            locale = {"en": "en-GB", "fr": "fr-FR", "es": "es-ES"}.get(profile, profile)
            user = self.simulator.slack.user(f"U0PARTNER{number}", "Partner", "Africa/Nairobi", locale=locale)
            self.people[name], self.eyes.slack[name] = user, self.simulator.slack.direct(user)
            self.eyes.slack_people[name] = user

    def add_chat(self, name: str) -> None:
        """A channel or forum, where no desk works yet."""
        number = next(self._numbers)
        if self.platforms.desk == "telegram":
            self.chats[name] = self.eyes.telegram[name] = self.simulator.telegram.group(FORUM - number, name)
        else:
            self.chats[name] = self.eyes.slack[name] = self.simulator.slack.channel(f"C0DESK{number:03}", name)

    def add_person(self, name: str, chat: str, guest: Guest = Guest.NO, status: Status = Status.MEMBER) -> None:
        """Somebody who works (or only reads) in the chat."""
        number = next(self._numbers)
        place = self.chats[chat]
        if isinstance(place, Group):
            person = self.simulator.telegram.user(4000000000800 + number, name, name.replace("-", "_"))
            person.started = True
            place.members[person.id] = status
            self.people[name] = self.eyes.telegram[name] = person
        else:
            user = self.simulator.slack.user(f"U0STAFF{number:03}", name, guest=guest)
            place.members.add(user.id)
            self.people[name] = self.eyes.slack_people[name] = user
            self.eyes.slack[name] = self.simulator.slack.direct(user)
        self.eyes.alone.add(name)
        self.work_in[name] = chat

    def user_id(self, name: str) -> str:
        return str(self.people[name].id)

    def private_chat(self, name: str) -> str:
        user = self.people[name]
        return str(user.id) if isinstance(user, TelegramPerson) else self.simulator.slack.direct(user).id

    def account(self, name: str) -> str:
        return "telegram" if isinstance(self.people[name], TelegramPerson) else "slack"

    def known(self, tx: Transaction, name: str, language: str = "") -> Person:
        """The person as the product knows them; made known when it does not yet."""
        account, user = self.account(name), self.user_id(name)
        wanted = language or self.application.world.office.default_language
        found = people.known(tx, account, user)
        return found or people.add(tx, Person(language=wanted), account, user, self.private_chat(name))

    def give_role(self, tx: Transaction, name: str, role: Role, desk: str) -> None:
        """Without digests: a transcript says who gets them."""
        person = self.known(tx, name).id
        people.add_role(tx, StaffRole(person=person, role=role, desk=desk))
        if not working_times.of(tx, person).version:
            working_times.save(tx, WorkingTime(person=person, morning=False))

    def bind(self, tx: Transaction, desk: str) -> None:
        """The chat of this name is the desk, as an office would have made it with a code."""
        chat = self.chats[desk]
        style = DeskStyle.TOPIC if isinstance(chat, Group) else DeskStyle.THREAD
        address = Address(self.platforms.desk, str(chat.id))
        desks.bind(tx, BoundDesk(desk=desk, address=address, style=style), 0, clock.now(tx))

    # Time

    async def freeze(self, at: datetime) -> None:
        await self.run(lambda tx: clock.freeze(tx, at))

    async def pass_time(self, span: timedelta) -> None:
        """Let the product's clock go on, and everything happen that is due by then."""
        await self.run(lambda tx: clock.move(tx, span))
        await self.at_rest()
        await self.application.do_what_is_due()
        await self.at_rest()

    async def at_rest(self) -> None:
        """Wait until nothing is on its way in either direction."""
        self.application.relay.nudge()
        self.application.intake.wake()
        async with asyncio.timeout(PATIENCE):
            await self.simulator.slack.settled()
            while self._working() or await self._waiting() or self._working():  # noqa: ASYNC110 - many things end here
                await asyncio.sleep(_LOOK_EVERY)

    def _working(self) -> bool:
        intake, relay = self.application.intake, self.application.relay
        return bool(self.simulator.telegram.updates.pending or intake._turns or intake._answers or relay._flights)

    async def _waiting(self) -> bool:
        def look(tx: Transaction) -> bool:
            events = sa.select(inbox.c.id).where(inbox.c.state == "waiting").limit(1)
            ready = sa.and_(deliveries.c.state == "queued", deliveries.c.due <= clock.now(tx))
            sends = sa.select(deliveries.c.id).where(sa.or_(ready, deliveries.c.state == "sending")).limit(1)
            return tx.execute(events).first() is not None or tx.execute(sends).first() is not None

        return await self.application.database.read(look)

    # Afterwards

    async def left_undone(self, foreseen: Sequence[str]) -> list[str]:
        """Whatever did not end as it should: refusals of a platform that are not foreseen, deliveries and events."""
        refused = [
            f"{each.platform} refused {each.method}: {each.reason}"
            for each in self.simulator.refusals
            if each.reason not in foreseen
        ]
        seen_fail = self.simulator.slack.deliverer.failed_interactions
        failed = [f"the person saw {kind} fail: {why}" for kind, why in seen_fail]
        return [*refused, *failed, *await self.application.database.read(_unfinished)]

    def stored_with(self, words: str) -> list[str]:
        """Files of the installation in which the words can be read."""
        wanted = words.encode()
        files = [path for path in self.folder.rglob("*") if path.is_file()]
        return [path.name for path in files if wanted in path.read_bytes()]


def _unfinished(tx: Transaction) -> list[str]:
    states = ("queued", "sending", "uncertain", "refused")
    waits_for_its_time = sa.and_(deliveries.c.state == "queued", deliveries.c.due > clock.now(tx))
    undone = sa.and_(deliveries.c.state.in_(states), sa.not_(waits_for_its_time))
    sends = tx.execute(sa.select(deliveries).where(undone)).all()
    events = tx.execute(sa.select(inbox).where(inbox.c.state.in_(("waiting", "failed")))).all()
    return [
        *(f"delivery {row.id} ({row.source}) is {row.state}: {row.reason}" for row in sends),
        *(f"event {row.event_id} of {row.account} is {row.state}" for row in events),
    ]


def _copied(template: Path, folder: Path) -> Path:
    folder.mkdir(parents=True)
    database = folder / "csobot.db"
    database.write_bytes(template.read_bytes())
    return database


@asynccontextmanager
async def open_stage(house: House, platforms: Platforms, folder: Path) -> AsyncIterator[Stage]:
    """An application on its own database in the folder, with nobody on stage."""
    database = _copied(house.template, folder)
    async with Simulator(flood=NO_FLOOD_LIMITS, slack_limits=NO_SLACK_LIMITS) as simulator:
        simulator.slack.state.trigger_life = PATIENCE
        simulator.slack.deliverer.ack_timeout = PATIENCE
        settings = connected(house.settings, simulator).model_copy(
            update={
                "database_url": SecretStr(f"sqlite:///{database}"),
                "files": folder / "files",
                "http": house.settings.http.model_copy(update={"port": free_port()}),
            }
        )
        telegram = settings.telegram.model_copy(update={"rate": ANY_RATE})
        settings = settings.model_copy(update={"telegram": telegram})
        application = Application(settings, house.world, reader=house.reader, pace=lambda _to: 0.0)
        async with application:
            application.relay._rates["slack"] = ANY_RATE
            yield Stage(platforms, simulator, application, Eyes(simulator), folder)
