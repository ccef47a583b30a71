"""The demo: the real adapters against the built-in simulator, with two CSOs and a staff that work at bound desks."""

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from typing import Self

from pydantic import SecretStr

from adapters.simulator.page import page_routes
from adapters.simulator.page_cast import Cast
from adapters.simulator.server import Simulator
from adapters.web.console.parts import Persona
from bot.app.application import Application
from bot.app.demo_page import Backstage, DemoClock, only_demo
from bot.core.message import Address
from bot.core.person import BoundDesk, DeskStyle, Person, Role, StaffRole
from bot.core.world import World
from bot.reader import Reader
from bot.services.binding import post_waiting
from config.settings import Settings, Slack, SlackMode, Telegram
from storage import clock, desks, erasure, people
from storage.database import Transaction

#: The desk that works in a Telegram forum; all others work in Slack channels.
TELEGRAM_DESK = "region-eha"
FORUM = -1009999999999
#: No real channel or group has such an id.
STAGE_CHANNEL = "C0DEMODESK"
LIAISON, BACKUP, REGIONAL = "U0DEMOLIA", "U0DEMOBAK", 4000000000901
#: Staff who handle no queries: one meets them in the console.
MANAGER, EDITOR, APPROVER = "U0DEMOMAN", "U0DEMOEDI", "U0DEMOAPP"
OFFICE_STAFF = (
    (MANAGER, "Manager", Role.MANAGER),
    (EDITOR, "Editor", Role.EDITOR),
    (APPROVER, "Approver", Role.APPROVER),
)
STAGE_STAFF = (
    *(("slack", user) for user in (LIAISON, BACKUP, MANAGER, EDITOR, APPROVER)),
    ("telegram", str(REGIONAL)),
)
#: Staff whom one can be in the console.
PERSONAS = (
    ("slack", LIAISON, "Liaison"),
    ("slack", BACKUP, "Backup"),
    *(("slack", user, name) for user, name, _role in OFFICE_STAFF),
    ("telegram", str(REGIONAL), "Regional focal point"),
)
#: Where the page may be served.
LOOPBACK = ("127.0.0.1", "localhost", "::1")


class Demo:
    """`async with Demo(settings, world): …` runs csobot against its own simulator, on loopback only."""

    def __init__(self, settings: Settings, world: World, reader: Reader | None = None) -> None:
        self._clock = DemoClock()
        self.simulator = Simulator(now=self._clock)
        self.settings = settings
        self.world = world
        self.reader = reader
        self.application: Application
        self.cast: Cast
        #: Set when somebody at the page wants to start over.
        self.over = asyncio.Event()

    async def __aenter__(self) -> Self:
        await self.simulator.start()
        try:
            self.cast = set_stage(self.simulator, self.world)
            settings = connected(self.settings, self.simulator)
            self.application = Application(settings, self.world, reader=self.reader)
            may_start_over = await self.application.database.run(self._settle_in)
            self._put_up_page(may_start_over=may_start_over)
            await self.application.__aenter__()
        except BaseException:
            await self.simulator.stop()
            raise
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.application.__aexit__(*_)
        await self.simulator.stop()

    def _settle_in(self, tx: Transaction) -> bool:
        self._clock.follow(tx)
        mine = only_demo(tx, self.simulator)
        settle_in(tx, self.application, self.cast)
        return mine

    def _put_up_page(self, *, may_start_over: bool) -> None:
        """The page shows everything to everybody who can open it: on loopback only."""
        if self.settings.http.host in LOOPBACK:
            backstage = Backstage(self.application, self.cast, self._clock, self.over)
            product = backstage.product(may_start_over=may_start_over)
            self.application.pages = page_routes(self.simulator, product)
            self.application.personas = personas


def personas(tx: Transaction) -> Sequence[Persona]:
    """The demo's staff, to be with one click in the console."""
    known = [(people.known(tx, account, user), name) for account, user, name in PERSONAS]
    return [Persona(person.id, name) for person, name in known if person]


def connected(settings: Settings, simulator: Simulator) -> Settings:
    """The settings, with the simulator in the place of both platforms."""
    telegram = Telegram(
        token=SecretStr(simulator.telegram.token),
        base_url=simulator.telegram_base_url,
        base_file_url=simulator.telegram_file_url,
    )
    app = simulator.slack.app
    slack = Slack(
        bot_token=SecretStr(app.bot_token),
        app_token=SecretStr(app.app_token),
        base_url=simulator.slack_base_url,
        mode=SlackMode.SOCKET,
    )
    return settings.model_copy(update={"telegram": telegram, "slack": slack})


def set_stage(simulator: Simulator, world: World) -> Cast:
    """The same people and chats at every start, so that what the database knows of them stays true."""
    telegram, slack = simulator.telegram, simulator.slack
    amina = telegram.user(4000000000900, "Amina", "amina_hla", "en")
    regional = telegram.user(REGIONAL, "Regional focal point", "fp_eha", "en")
    forum = telegram.group(FORUM, "East and Horn of Africa desk", administrators=(regional,))
    basile = slack.user("U0DEMOCSO", "Basile", "Africa/Dakar", locale="fr-FR")
    liaison = slack.user(LIAISON, "Liaison", "Africa/Nairobi", admin=True)
    backup = slack.user(BACKUP, "Backup", "Africa/Nairobi")
    for user, name, _role in OFFICE_STAFF:
        slack.user(user, name, "Africa/Nairobi")
    channels = {
        desk: slack.channel(f"{STAGE_CHANNEL}{place:03}", desk, members=(liaison, backup))
        for place, desk in enumerate(world.desks)
        if desk != TELEGRAM_DESK
    }
    return Cast(amina, basile, liaison, backup, regional, forum, channels)


def settle_in(tx: Transaction, application: Application, cast: Cast) -> None:
    """Staff are linked and desks are bound, as an office would have done it with one-time codes."""
    now = clock.now(tx)
    for user in (cast.liaison, cast.backup):
        _staff(tx, application, "slack", user.id, ("", Role.FOCAL_POINT), ("", Role.ADMIN))
    _staff(tx, application, "telegram", str(cast.regional.id), (TELEGRAM_DESK, Role.FOCAL_POINT))
    for user_id, _name, role in OFFICE_STAFF:
        _staff(tx, application, "slack", user_id, ("", role))
    for at, who, name in PERSONAS:
        if (person := people.known(tx, at, who)) and not person.name:
            people.save(tx, replace(person, name=name))
    bound = [
        BoundDesk(desk=desk, address=Address("slack", channel.id), style=DeskStyle.THREAD)
        for desk, channel in cast.channels.items()
    ]
    if TELEGRAM_DESK in application.world.desks:
        address = Address("telegram", str(FORUM))
        bound.append(BoundDesk(desk=TELEGRAM_DESK, address=address, style=DeskStyle.TOPIC))
    for each in bound:
        now_at = desks.bound(tx, each.desk)
        if now_at is None or (now_at != each and is_stage(now_at.address)):
            desks.bind(tx, each, 0, now)
            post_waiting(tx, application.setup, each.desk, now)


def is_stage(address: Address) -> bool:
    """Whether this chat exists in the simulator only."""
    return address.chat == str(FORUM) or address.chat.startswith(STAGE_CHANNEL)


def clear_stage(tx: Transaction) -> None:
    """Real channels take over this database: nothing stays bound to the demo, none of its staff keeps a role."""
    for bound in desks.every(tx):
        if is_stage(bound.address):
            desks.unbind(tx, bound.desk)
    for account, user in STAGE_STAFF:
        if person := people.known(tx, account, user):
            erasure.forget_person(tx, person.id)


def _staff(tx: Transaction, application: Application, account: str, user: str, *roles: tuple[str, Role]) -> None:
    language = application.world.office.default_language
    person = people.known(tx, account, user) or people.add(tx, Person(language=language), account, user, "")
    for desk, role in roles:
        people.add_role(tx, StaffRole(person=person.id, role=role, desk=desk))
