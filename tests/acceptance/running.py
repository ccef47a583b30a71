"""The real process `python -m bot …` against a simulator in the test: csobot as an outside tool sees it."""

import asyncio
import json
import os
import re
import signal
import sys
import tempfile
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Self, TypeVar

import aiohttp

from adapters.simulator.limits import NO_FLOOD_LIMITS, NO_SLACK_LIMITS
from adapters.simulator.server import Simulator
from adapters.simulator.slack_state import SlackChannel, SlackMessage, SlackUser
from adapters.simulator.telegram_state import Group, GroupShape, Message
from adapters.simulator.telegram_state import Person as TelegramPerson
from bot.core.message import Address
from bot.core.person import BoundDesk, DeskStyle, Person, Role, StaffRole
from storage import desks, people
from storage.database import Database, Transaction
from storage.migrate import migrate
from tests.ports import free_port

Found = TypeVar("Found")

ROOT = Path(__file__).resolve().parents[2]
START_SECONDS = 60.0
#: Every wait of a test: far beyond what is usual, because the machine may be busy.
PATIENCE = 10.0


@dataclass(frozen=True, slots=True)
class Ran:
    """A command that has ended."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> dict[str, object]:
        found: dict[str, object] = json.loads(self.out)
        return found


def platforms(simulator: Simulator) -> dict[str, str]:
    """The environment that connects csobot to the simulator: polling and Socket Mode."""
    app = simulator.slack.app
    return {
        "CSOBOT_TELEGRAM__TOKEN": simulator.telegram.token,
        "CSOBOT_TELEGRAM__BASE_URL": simulator.telegram_base_url,
        "CSOBOT_TELEGRAM__BASE_FILE_URL": simulator.telegram_file_url,
        "CSOBOT_SLACK__BOT_TOKEN": app.bot_token,
        "CSOBOT_SLACK__APP_TOKEN": app.app_token,
        "CSOBOT_SLACK__BASE_URL": simulator.slack_base_url,
    }


def fast(simulator: Simulator) -> dict[str, str]:
    """Both sides without the platforms' pace, for tests that are not about it."""
    simulator.telegram.limit(NO_FLOOD_LIMITS)
    simulator.slack.limit(NO_SLACK_LIMITS)
    return {
        "CSOBOT_TELEGRAM__RATE": "1000",
        "CSOBOT_TELEGRAM__CHAT_SECONDS": "0",
        "CSOBOT_TELEGRAM__GROUP_SECONDS": "0",
        "CSOBOT_SLACK__RATE": "1000",
        "CSOBOT_SLACK__CHANNEL_SECONDS": "0",
    }


def environment(folder: Path, settings: Mapping[str, str]) -> dict[str, str]:
    """What a fresh shell has, and these settings; nothing of ours leaks in."""
    foreign = ("CSOBOT_", "PYTHONDONTWRITEBYTECODE")
    kept = {name: value for name, value in os.environ.items() if not name.startswith(foreign)}
    # Compiled once for all processes of the tests, and not into the source folders.
    compiled = str(Path(tempfile.gettempdir()) / "csobot-tests-compiled")
    usual = {"PYTHONPATH": str(ROOT), "PYTHONPYCACHEPREFIX": compiled}
    return {**kept, **usual, "CSOBOT_LOG_LEVEL": "debug", "CSOBOT_FILES": str(folder / "files"), **settings}


async def csobot(folder: Path, settings: Mapping[str, str], *arguments: str, typed: str = "") -> Ran:
    """Run one command to its end, in this folder."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "bot",
        *arguments,
        cwd=folder,
        env=environment(folder, settings),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    async with asyncio.timeout(START_SECONDS):
        out, err = await process.communicate(typed.encode())
    return Ran(process.returncode or 0, out.decode(), err.decode())


class Running:
    """`async with Running(folder, settings) as running:` is csobot at work until the block ends."""

    def __init__(self, folder: Path, settings: Mapping[str, str]) -> None:
        self.folder = folder
        self.port = free_port()
        self.metrics_port = free_port()
        ports = {"CSOBOT_HTTP__PORT": str(self.port), "CSOBOT_METRICS__PORT": str(self.metrics_port)}
        self.settings = {**settings, **ports}
        #: All that the process ever wrote, on both its outputs.
        self.written = bytearray()
        self.code: int | None = None
        self._process: asyncio.subprocess.Process | None = None
        self._reading: list[asyncio.Task[None]] = []

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def log(self) -> str:
        return self.written.decode(errors="replace")

    def lines(self, event: str) -> list[dict[str, object]]:
        """The log lines of one kind."""
        found = (json.loads(line) for line in self.log.splitlines() if line.startswith("{"))
        return [line for line in found if line.get("event") == event]

    @property
    def stalls(self) -> list[dict[str, object]]:
        """When the event loop stood still so long that csobot says so itself."""
        return self.lines("loop.stalled")

    @property
    def complaints(self) -> list[str]:
        """Log lines that say that something failed."""
        return [line for line in self.log.splitlines() if '"level": "error"' in line or "Traceback" in line]

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        ended = self._process is not None and self._process.returncode is not None
        code = await self.stop()
        assert (ended, code) == (False, 0), f"csobot ended badly or by itself ({code}): {self.log[-2000:]}"

    async def start(self) -> None:
        """Start, and wait for the one line that says where."""
        pipe = asyncio.subprocess.PIPE
        self._process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            "bot",
            "run",
            cwd=self.folder,
            env=environment(self.folder, self.settings),
            stdout=pipe,
            stderr=pipe,
        )
        said = asyncio.Event()
        for stream in (self._process.stdout, self._process.stderr):
            assert stream is not None
            self._reading.append(asyncio.create_task(self._read(stream, said)))
        waiting = asyncio.create_task(said.wait())
        ended = asyncio.create_task(self._process.wait())
        await asyncio.wait({waiting, ended}, timeout=START_SECONDS, return_when=asyncio.FIRST_COMPLETED)
        waiting.cancel()
        if not said.is_set():
            ended.cancel()
            raise AssertionError(f"csobot did not start: {self.log[-2000:]}")

    async def _read(self, stream: asyncio.StreamReader, said: asyncio.Event) -> None:
        while piece := await stream.read(1 << 16):
            self.written += piece
            if self.url.encode() in self.written:
                said.set()

    async def stop(self) -> int:
        """SIGTERM, as a service manager does it; the exit code."""
        assert self._process is not None
        if self._process.returncode is None:
            self._process.send_signal(signal.SIGTERM)
            try:
                async with asyncio.timeout(30):
                    await self._process.wait()
            except TimeoutError:
                self._process.kill()
                await self._process.wait()
        await asyncio.gather(*self._reading)
        self.code = self._process.returncode
        return self.code or 0

    async def command(self, *arguments: str, typed: str = "") -> Ran:
        """A command beside the running process, with the same settings."""
        return await csobot(self.folder, self.settings, *arguments, typed=typed)

    async def metric(self, name: str) -> float:
        """The sum of a metric over its labels."""
        _, text = await self.get("/metrics", self.metrics_port)
        return sum(float(row.rpartition(" ")[2]) for row in text.splitlines() if row.startswith(name))

    async def get(self, path: str, port: int = 0) -> tuple[int, str]:
        """Status and body."""
        async with aiohttp.ClientSession() as session, session.get(f"http://127.0.0.1:{port or self.port}{path}") as it:
            return it.status, await it.text()


@dataclass(slots=True)
class Cast:
    """Who and what is there: two at every Slack desk, one at the Telegram ones, and as many CSOs as wanted."""

    simulator: Simulator
    liaison: SlackUser
    backup: SlackUser
    regional: TelegramPerson
    #: Desks in Slack: desk id -> channel.
    channels: dict[str, SlackChannel]
    forum: Group
    plain_group: Group
    _serial: int = field(default=0)

    def cso(self, name: str = "Amina", language: str = "en") -> TelegramPerson:
        """Somebody on Telegram who has never written before."""
        self._serial += 1
        return self.simulator.telegram.user(5_000_000_000 + self._serial, name, language_code=language)

    def slack_cso(self, name: str = "Basile") -> SlackUser:
        """Somebody on Slack who has never written before."""
        self._serial += 1
        return self.simulator.slack.user(f"U0CSO{self._serial:04}", name, "Africa/Nairobi")

    # Telegram, as the CSO sees it.

    def seen(self, cso: TelegramPerson) -> list[str]:
        return [message.text for message in self.simulator.telegram.from_bot(cso)]

    async def told(self, cso: TelegramPerson, words: str, times: int = 1, within: float = PATIENCE) -> Message:
        """The latest message of the bot to this person with these words."""

        def found() -> Message | None:
            there = [each for each in self.simulator.telegram.from_bot(cso) if words in each.text]
            return there[-1] if len(there) >= times else None

        said = lambda: f"{words!r} was not said to {cso.first_name}: {self.seen(cso)}"  # noqa: E731
        return await self._until(found, said, within)

    async def asks(self, cso: TelegramPerson, text: str, country: str = "Kenya") -> str:
        """The whole way of a first question to its desk, whatever the bot asks on the way; returns the reference."""
        telegram = self.simulator.telegram
        telegram.say(cso, text)
        asked = await self._until(lambda: (telegram.from_bot(cso) or [None])[0], lambda: f"no answer to {text[:40]!r}")
        telegram.say(cso, country)

        def placed() -> bool:
            return any("It is with" in said for said in self.seen(cso))

        def placed_or_asked() -> bool:
            return placed() or any("mostly about" in said for said in self.seen(cso))

        await self.until(placed_or_asked, f"not placed: {self.seen(cso)}")
        if not placed():
            telegram.say(cso, "1")
            await self.told(cso, "It is with")
        return re.findall(r"Q-\d{4,}", asked.text)[0]

    # Slack, as people see it.

    def plain(self, message: SlackMessage) -> str:
        """A Slack message without the asterisks of its bold words."""
        return self.simulator.slack.plain(message).replace("*", "")

    def slack_seen(self, channel: SlackChannel) -> list[str]:
        return [self.plain(message) for message in self.simulator.slack.from_bot(channel)]

    async def slack_told(self, channel: SlackChannel, words: str, times: int = 1) -> SlackMessage:
        """The latest message of the bot in a channel with these words, also as they stand after an edit."""
        slack = self.simulator.slack

        def found() -> SlackMessage | None:
            there = [each for each in slack.from_bot(channel) if words in self.plain(each)]
            return there[-1] if len(there) >= times else None

        return await self._until(found, lambda: f"{words!r} is not in {channel.name}: {self.slack_seen(channel)}")

    async def slack_asks(self, cso: SlackUser, text: str, country: str = "Kenya") -> str:
        """The whole way of a first question in a direct message to its desk; returns the reference."""
        slack, direct = self.simulator.slack, self.simulator.slack.direct(cso)
        slack.say(cso, None, text)
        asked = await self.slack_told(direct, "In which country")
        slack.say(cso, None, country)

        def said(words: str) -> bool:
            return any(words in each for each in self.slack_seen(direct))

        await self.until(lambda: said("It is with") or said("mostly about"), f"not placed: {self.slack_seen(direct)}")
        if not said("It is with"):
            slack.say(cso, None, "1")
            await self.slack_told(direct, "It is with")
        return re.findall(r"Q-\d{4,}", self.plain(asked))[0]

    async def whispered(self, user: SlackUser, words: str, times: int = 1) -> SlackMessage:
        """The latest message that only this person sees, with these words."""
        slack = self.simulator.slack

        def found() -> SlackMessage | None:
            there = [each for each in slack.ephemerals(user) if words in self.plain(each)]
            return there[-1] if len(there) >= times else None

        return await self._until(found, lambda: f"{user.name} was not told {words!r}")

    async def card(self, reference: str, desk: str = "mission-ke") -> SlackMessage:
        """The card of a query at a Slack desk: the root of its thread."""
        return await self.slack_told(self.channels[desk], f"{reference} ·")

    async def topic_card(self, reference: str) -> Message:
        """The card of a query in the Telegram forum."""
        return await self.in_group(self.forum, f"{reference} ·")

    async def in_group(self, group: Group, words: str, times: int = 1) -> Message:
        """The latest message of the bot in a Telegram group with these words."""
        telegram = self.simulator.telegram

        def found() -> Message | None:
            there = [each for each in telegram.from_bot(group) if words in each.text]
            return there[-1] if len(there) >= times else None

        seen = [message.text for message in telegram.from_bot(group)]
        return await self._until(found, lambda: f"{words!r} is not in {group.title}: {seen}")

    async def replies(self, reference: str, text: str, desk: str = "mission-ke", by: SlackUser | None = None) -> None:
        """A focal point presses Reply on the card in Slack, writes, and sends at once."""
        who = by or self.liaison
        await self.writes(reference, text, desk, who)
        preview = await self.slack_told(self.channels[desk], text.replace("*", ""))
        await self.simulator.slack.press(who, preview, "Send now")

    async def writes(self, reference: str, text: str, desk: str, who: SlackUser) -> None:
        """A focal point presses Reply on the card in Slack and fills in the form."""
        slack = self.simulator.slack
        await slack.press(who, await self.card(reference, desk), "Reply")
        view = await self._until(lambda: (slack.views(who) or [None])[-1], lambda: "no form opened")
        await slack.submit(who, view, {"text": text})

    async def _until(
        self, found: Callable[[], Found | None], otherwise: Callable[[], str], within: float = PATIENCE
    ) -> Found:
        try:
            async with asyncio.timeout(within):
                while (there := found()) is None:  # noqa: ASYNC110 - also watches the process's log
                    await asyncio.sleep(0.02)
        except TimeoutError:
            raise AssertionError(otherwise()) from None
        return there

    async def until(self, found: Callable[[], Found | None], otherwise: str) -> Found:
        """The first value of the condition that is neither None nor false."""
        return await self._until(lambda: found() or None, lambda: otherwise)


@dataclass(frozen=True, slots=True)
class Line:
    """A csobot at work, and the world around it."""

    simulator: Simulator
    cast: Cast
    running: Running


@asynccontextmanager
async def office(folder: Path, url: str = "") -> AsyncIterator[Line]:
    """csobot at work for linked staff and bound desks, with neither side keeping the platforms' pace."""
    database = url or f"sqlite:///{folder / 'csobot.db'}"
    async with Simulator() as simulator:
        cast = set_stage(simulator)
        await asyncio.to_thread(settle_in, database, cast)
        settings = {**platforms(simulator), **fast(simulator), "CSOBOT_DATABASE_URL": database}
        async with Running(folder, settings) as running:
            yield Line(simulator, cast, running)


TELEGRAM_DESK = "region-eha"
PLAIN_DESK = "mission-et"


def set_stage(simulator: Simulator) -> Cast:
    """The people and chats; the database learns of them by `settle_in`, or by one-time codes."""
    telegram, slack = simulator.telegram, simulator.slack
    liaison = slack.user("U0LIAISON", "Liaison", "Africa/Nairobi")
    backup = slack.user("U0BACKUP", "Backup", "Africa/Nairobi")
    regional = telegram.user(4_000_000_001, "Regional", "fp_eha", "en")
    forum = telegram.group(-1_002_111_000_001, "East Africa desk", administrators=(regional,))
    plain = telegram.group(-1_002_111_000_002, "Ethiopia desk", administrators=(regional,), shape=GroupShape.SUPERGROUP)
    names = ("mission-ke", "confidential-desk", "ipd", "doe")
    every = {
        name: slack.channel(f"C0OFFICE{place}", name, members=(liaison, backup)) for place, name in enumerate(names)
    }
    return Cast(simulator, liaison, backup, regional, every, forum, plain)


def settle_in(url: str, cast: Cast) -> None:
    """Migrated; staff are linked and desks bound, as one-time codes would have done it."""
    migrate(url)
    database = Database(url)
    try:
        database.run_sync(lambda tx: _settle(tx, cast))
    finally:
        database.close()


def _settle(tx: Transaction, cast: Cast) -> None:
    now = datetime.now(UTC)
    for user in (cast.liaison, cast.backup):
        _staff(tx, "slack", user.id, ("", Role.FOCAL_POINT), ("", Role.ADMIN))
    _staff(tx, "telegram", str(cast.regional.id), ("", Role.FOCAL_POINT))
    for desk, channel in cast.channels.items():
        desks.bind(tx, BoundDesk(desk=desk, address=Address("slack", channel.id), style=DeskStyle.THREAD), 0, now)
    for desk, group, style in (
        (TELEGRAM_DESK, cast.forum, DeskStyle.TOPIC),
        (PLAIN_DESK, cast.plain_group, DeskStyle.REPLIES),
    ):
        desks.bind(tx, BoundDesk(desk=desk, address=Address("telegram", str(group.id)), style=style), 0, now)


def _staff(tx: Transaction, account: str, user: str, *roles: tuple[str, Role]) -> None:
    person = people.add(tx, Person(language="en"), account, user, "")
    for desk, role in roles:
        people.add_role(tx, StaffRole(person=person.id, role=role, desk=desk))
