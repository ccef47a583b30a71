"""The composition root: settings become a running desk, started in order and stopped in reverse."""

import asyncio
import secrets
from collections.abc import Callable, Coroutine, Sequence
from contextlib import AsyncExitStack
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Self

import aiohttp
import structlog
from starlette.routing import BaseRoute

from adapters.countries import Countries, every_country
from adapters.encoder import best_encoder
from adapters.exports import qr
from adapters.exports.insight_charts import draw_chart
from adapters.exports.my_data import readable
from adapters.language import Languages
from adapters.renderer import Renderer
from adapters.scheduler import Job, Scheduler
from adapters.slack.channel import SlackChannel
from adapters.telegram.channel import TelegramChannel
from adapters.telegram.polling import Poller
from adapters.web.console.console import Site
from adapters.web.console.pages import PAGES, SECTIONS
from adapters.web.console.parts import Console, Persona
from adapters.web.server import WebServer
from adapters.web.site import Health, site
from bot.app import health, platforms
from bot.app.importing import work_off_stored
from bot.app.keys import PRIVATE_KEY, erasure_journal, keys_folder, load_keys
from bot.comparing import Comparer
from bot.core.channel import Answer, FileNotTaken, Raw, Rendered, Retry
from bot.core.console import ConsoleRules
from bot.core.conversation.menu import COMMANDS
from bot.core.conversation.words import command, privately
from bot.core.delivery import Outcome
from bot.core.errors import SettingsProblem
from bot.core.message import Address, Event, File, FileRef, Message, Place, Pressed, RefusedFile, Said
from bot.core.routing.reading import Reading
from bot.core.turn import FormNeeded, Immediate, Notice
from bot.core.world import World
from bot.intake import Intake
from bot.reader import Reader
from bot.relay import Relay
from bot.services import absences, digests, matter_marks, promises, retention, signing_in, wakes, word
from bot.services import clock as clock_service
from bot.services.deliveries import settled
from bot.services.process import process, sorry
from bot.services.setup import Setup
from config.settings import Mode, Settings
from storage import accounts, clock, file_uses, organisations
from storage.database import Database, Transaction
from storage.files import FileStore
from storage.version import bring_up_to_date

log = structlog.get_logger()

AnyChannel = TelegramChannel | SlackChannel
#: A longer text goes on as a file, so that a thread stays readable; its beginning stands in the thread.
LONGEST_TEXT = 6000
#: A stored file that nothing refers to is erased after this time.
SWEEP_AFTER_SECONDS = 3600.0
#: What has been kept long enough is looked for this often.
RETENTION_SECONDS = 3600.0
#: Connections of the whole process to the platforms: the send slots, polling and what is asked in between.
CONNECTIONS = 100


def make_reader(world: World, cache: Path | None = None) -> Reader:
    """The router's reader; takes a second or two, less with a folder to keep what it learned."""
    languages = world.office.content_languages
    return Reader(world, best_encoder(), Languages(languages), Countries(languages, every_country()), cache)


class Application:
    """One installation of csobot in this process: `async with Application(settings, world): …`."""

    def __init__(
        self,
        settings: Settings,
        world: World,
        *,
        reader: Reader | None = None,
        pace: Callable[[Address], float] | None = None,
        pages: Sequence[BaseRoute] = (),
    ) -> None:
        """Migrates the database and loads the office; nothing listens or sends before the block begins."""
        url = settings.database_url.get_secret_value()
        bring_up_to_date(url)
        self.settings = settings
        self.world = world
        self.database = Database(url)
        self.reader = reader or make_reader(world, settings.files.parent / "cache")
        self._pace = pace or platforms.pace(settings)
        #: Further pages; may be added until the block begins.
        self.pages = pages
        #: Whom one can be with one click: the demo's staff only.
        self.personas: Callable[[Transaction], Sequence[Persona]] | None = None
        keys = load_keys(settings)
        self._seal = keys.seal
        self.files = FileStore(settings.files, keys.seal)
        kinds = dict.fromkeys(settings.telegram_accounts, "telegram") | dict.fromkeys(settings.slack_accounts, "slack")
        self.renderer = Renderer(world, kinds)
        #: Filled in as the channels say who we are.
        self.names: dict[str, str] = {}
        self.setup = Setup(
            world=world,
            new_token=lambda: secrets.token_urlsafe(18),
            seal_confidential=keys.confidential.seal,
            seal=keys.seal,
            files=self.files,
            kinds=kinds,
            names=self.names,
            draw_qr=qr.png,
            draw_chart=partial(draw_chart, world, self.renderer.sentence),
            erased=erasure_journal(settings).note,
            readable=partial(readable, self.renderer.line),
            say=self.renderer.sentence,
            console=console_rules(settings),
        )
        self.comparer = Comparer(self.database, self.setup, self.reader.encoder)
        self.loop_watch = health.LoopWatch()
        self.channels: dict[str, AnyChannel] = {}
        self.pollers: list[Poller] = []
        self._stack = AsyncExitStack()
        self._background: list[asyncio.Task[None]] = []
        self.database.run_sync(lambda tx: organisations.load(tx, world.organisations))

    async def __aenter__(self) -> Self:
        try:
            await self._start()
        except BaseException:
            await self._stack.aclose()
            raise
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._stack.aclose()

    async def _start(self) -> None:
        self._stack.callback(self.database.close)
        connector = aiohttp.TCPConnector(limit=CONNECTIONS)
        session = aiohttp.ClientSession(connector=connector, cookie_jar=aiohttp.DummyCookieJar())
        await self._stack.enter_async_context(session)
        self._make_channels(session)
        self._reserve_address()
        self.relay = self._make_relay()
        self.intake = self._make_intake()
        await self._introduce()
        self._stack.push_async_callback(self._stop_working)
        self._run(self.relay.run(), self.intake.run(), self.loop_watch.run())
        scheduler = Scheduler(self._jobs())
        scheduler.start()
        self._stack.callback(scheduler.stop)
        self._poll()
        await self.server.start()
        self._stack.push_async_callback(self.server.stop)

    def _make_channels(self, session: aiohttp.ClientSession) -> None:
        languages = self.world.office.languages
        for name, bot in self.settings.telegram_accounts.items():
            self.channels[name] = platforms.telegram(name, bot, session, self.renderer, languages)
        for name, workspace in self.settings.slack_accounts.items():
            self.channels[name] = platforms.slack(name, workspace, session, self.accept, self.renderer, self.world)

    def _make_relay(self) -> Relay:
        return Relay(
            self.database,
            self.channels,
            self._rendered,
            self.files,
            self._settled,
            rates=platforms.rates(self.settings),
            pace=self._pace,
        )

    def _settled(self, tx: Transaction, outcomes: Sequence[Outcome], now: datetime) -> None:
        settled(tx, self.setup, outcomes, now)
        self._loop.call_soon_threadsafe(self.intake.wake)

    def _make_intake(self) -> Intake[Immediate | None]:
        self._loop = asyncio.get_running_loop()
        return Intake(
            self.database,
            self._seal,
            self.channels,
            read=self._read,
            prepare=self._prepare,
            process=self._process,
            answer=self._answer,
            sorry=lambda tx, event, now: sorry(tx, self.setup, event, now),
            nudge=self.relay.nudge,
        )

    async def _introduce(self) -> None:
        """Start every channel; a wrong token or no network ends the start with one sentence."""
        for name, channel in self.channels.items():
            try:
                info = await channel.start()
            except Retry:
                raise SettingsProblem(
                    f"{channel.kind.title()} does not answer for the account {name}: is there a network?"
                ) from None
            self._stack.push_async_callback(channel.stop)
            self.names[name] = info.name
            await self.database.run(partial(accounts.note, info=info, kind=channel.kind))

    def _run(self, *works: Coroutine[None, None, None]) -> None:
        self._background += [asyncio.create_task(work) for work in works]

    def _poll(self) -> None:
        for name, channel in self.channels.items():
            if isinstance(channel, TelegramChannel) and self.settings.telegram_accounts[name].mode is Mode.POLLING:
                poller = channel.poller(self._stored)
                self.pollers.append(poller)
                task = asyncio.create_task(poller.run())
                self._stack.push_async_callback(_cancelled, task)

    def _reserve_address(self) -> None:
        """First of all: a second csobot by mistake must not take events from the one that runs."""
        pages = [*Site(self._console(), PAGES).routes(), *self.pages]
        application = site(platforms.hooks(self.channels, self.accept, self.settings), self.health, pages)
        http = self.settings.http
        self.server = WebServer(application, http.host, http.port)
        self.server.reserve()
        self._stack.callback(self.server.release)

    def _console(self) -> Console:
        return Console(
            database=self.database,
            setup=self.setup,
            public_url=self.settings.http.console_url,
            port=self.settings.http.port,
            bar=SECTIONS,
            sentence=self.renderer.sentence,
            nudge=self._nudge,
            personas=self.personas,
            confidential_key=keys_folder(self.settings) / PRIVATE_KEY,
        )

    def _nudge(self) -> None:
        self.relay.nudge()

    def _rendered(self, message: Message) -> Rendered:
        """In words; a sign-in link is whole only in the message that leaves."""
        whole = signing_in.with_link(self.setup, self.settings.http.console_url, message)
        return self.renderer.render(word.with_words(self.setup, whole))

    async def _stop_working(self) -> None:
        """Events under way end, sends under way end and are recorded; nothing is half done."""
        self.intake.stop()
        self.relay.stop()
        await asyncio.gather(*self._background[:2], return_exceptions=True)
        for task in self._background:
            await _cancelled(task)

    # What the intake is given.

    async def accept(self, raws: Sequence[Raw]) -> None:
        """Keep what came in; durable when this returns."""
        await self.intake.accept(raws)

    async def _stored(self, raws: list[Raw]) -> None:
        await self.intake.accept(raws)

    def _read(self, event: Event) -> Reading:
        said = event.content
        slash = command(said.text) if isinstance(said, Said) else None
        if slash and slash[0] == "on_behalf":
            return self.reader.read(slash[1])
        if not isinstance(said, Said) or event.place is not Place.PRIVATE:
            return Reading()
        if slash and slash[0] in COMMANDS:
            return Reading()
        return self.reader.read(privately(said.text)[1])

    async def _prepare(self, event: Event) -> Event:
        """What the platform says of the sender; files fetched; a very long text as a file with its beginning."""
        event = await self.channels[event.address.account].vet(event)
        said = event.content
        if not isinstance(said, Said) or not (said.files or len(said.text) > LONGEST_TEXT):
            return event
        files = [await self._fetched(event, file) for file in said.files]
        text = said.text
        if len(text) > LONGEST_TEXT:
            files.append(await self.files.add_bytes(text.encode(errors="replace"), "message.txt", "text/plain"))
            text = text[:LONGEST_TEXT]
        return replace(event, content=replace(said, text=text, files=tuple(files)))

    async def _fetched(self, event: Event, file: File) -> File:
        if not isinstance(file, FileRef):
            return file
        channel = self.channels[event.address.account]
        try:
            return await self.files.take(lambda path: channel.fetch(file, path), file)
        except FileNotTaken as problem:
            return RefusedFile(file.name, problem.why)

    def _process(self, tx: Transaction, event: Event, reading: Reading, now: datetime) -> Sequence[Immediate | None]:
        done = process(tx, self.setup, event, reading, now)
        # A pressed button waits for an answer even when there is nothing to say.
        return done or ((None,) if isinstance(event.content, Pressed) else ())

    async def _answer(self, event: Event, immediate: Immediate | None) -> None:
        channel = self.channels[event.address.account]
        match immediate:
            case Notice(message):
                await channel.answer(event, Answer(notice=self.renderer.render(message)))
            case FormNeeded() as needed:
                await channel.answer(event, Answer(form=self.renderer.form(needed)))
            case None:
                await channel.answer(event, Answer())

    # Time and health.

    def _jobs(self) -> Sequence[Job]:
        return (
            Job("timers", 5, lambda: self._due(clock_service.fire_timers)),
            Job("promises", 0.5, lambda: self._due(promises.look)),
            Job("confidential", 10, lambda: self._due(matter_marks.look)),
            Job("digests", 30, lambda: self._due(digests.send_due)),
            Job("wakes", 10, lambda: self._due(wakes.look)),
            Job("absences", 30, lambda: self._due(absences.start_due)),
            Job("unused files", 600, self._sweep_files),
            Job("imports", 5, lambda: asyncio.to_thread(work_off_stored, self.database, self.setup)),
            Job("similar", 5, self._compare),
            Job("retention", RETENTION_SECONDS, lambda: self._due(retention.work)),
        )

    async def _due(self, work: Callable[[Transaction, Setup, datetime], int]) -> int:
        done = await self.database.run(lambda tx: work(tx, self.setup, clock.now(tx)))
        if done:
            self.relay.nudge()
            self.intake.wake()
        return done

    async def _compare(self) -> int:
        """Open questions beside those that ask the same."""
        done = await self.comparer.work()
        if done:
            self.relay.nudge()
        return done

    async def _sweep_files(self) -> int:
        """Erase contents that nothing refers to any more: exports that were sent, what the forgotten left."""
        old = await asyncio.to_thread(self.files.kept_since, SWEEP_AFTER_SECONDS)
        unused = await self.database.read(lambda tx: file_uses.unused(tx, old)) if old else []
        for content in unused:
            await asyncio.to_thread(self.files.erase, content)
        return 0

    async def do_what_is_due(self) -> None:
        """Look at the clock now: it was moved."""
        for job in self._jobs():
            await job.work()
        self.relay.nudge()
        self.intake.wake()

    async def health(self) -> Health:
        """Whether events come in, are worked on and answers leave."""
        return await health.look(self.database, self.pollers, self._background)


def console_rules(settings: Settings) -> ConsoleRules:
    """What the settings say about signing in."""
    given = settings.console
    return ConsoleRules(
        link=timedelta(minutes=given.link_minutes),
        idle=timedelta(minutes=given.idle_minutes),
        confidential_idle=timedelta(minutes=given.confidential_minutes),
        longest=timedelta(hours=given.session_hours),
        wrong_codes=given.wrong_codes,
        locked=timedelta(minutes=given.locked_minutes),
    )


async def _cancelled(task: "asyncio.Task[None]") -> None:
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
