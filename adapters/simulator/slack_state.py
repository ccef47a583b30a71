"""The Slack workspace in memory: people, channels, messages, files, views, and the app that is installed in it."""

import itertools
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from adapters.simulator.faults import Changes, Faults, Record
from adapters.simulator.limits import SlackLimits, Windows
from adapters.simulator.wire import JsonObject


class SlackError(Exception):
    """The Web API says no: its error word, and fields that go with it."""

    def __init__(self, error: str, messages: tuple[str, ...] = (), **fields: object) -> None:
        super().__init__(error)
        self.error = error
        #: What is wrong in detail, as `response_metadata.messages`.
        self.messages = messages
        self.fields = fields


class RateLimited(Exception):
    """Too fast: 429 with Retry-After."""

    def __init__(self, seconds: int) -> None:
        super().__init__(f"ratelimited, retry after {seconds}")
        self.seconds = seconds


class Guest(StrEnum):
    """Whether somebody is a guest, of one channel or of several."""

    NO = "no"
    MULTI_CHANNEL = "multi_channel"
    SINGLE_CHANNEL = "single_channel"


class ChannelKind(StrEnum):
    PUBLIC = "channel"
    PRIVATE = "group"
    DIRECT = "im"


@dataclass(slots=True)
class SlackUser:
    """Somebody with an account: of this workspace, or of another one that shares a channel with it."""

    id: str
    name: str
    team: str
    tz: str = "Europe/Zurich"
    locale: str = "en-US"
    guest: Guest = Guest.NO
    admin: bool = False
    is_bot: bool = False
    deleted: bool = False

    @property
    def handle(self) -> str:
        return self.name.lower().replace(" ", ".")


@dataclass(slots=True)
class SlackChannel:
    """A channel, or the conversation between one person and the bot."""

    id: str
    name: str
    kind: ChannelKind
    members: set[str]
    #: Shared with another organisation (Slack Connect).
    shared: bool = False
    archived: bool = False
    #: The person of a direct conversation.
    user: str = ""


@dataclass(slots=True)
class SlackFile:
    """A file in the workspace, or a link to one elsewhere."""

    id: str
    name: str
    media_type: str
    content: bytes
    user: str
    title: str = ""
    #: As Slack says; may be more than `content` holds.
    size: int = 0
    #: Where it is when Slack does not keep it: `is_external`.
    external_url: str = ""
    #: Slack's own host answers with a redirect to this address.
    redirect: str = ""
    uploaded: bool = True
    shared: bool = True


@dataclass(frozen=True, slots=True)
class SlackButton:
    """Something that can be pressed: a button, or an option of an overflow menu or select."""

    label: str
    action_id: str
    block_id: str
    value: str = ""
    style: str = ""
    url: str = ""


@dataclass(slots=True)
class SlackMessage:
    """A message; it keeps its earlier texts."""

    ts: str
    channel: str
    user: str
    text: str
    blocks: list[JsonObject] = field(default_factory=list)
    thread_ts: str = ""
    from_bot: bool = False
    files: list[SlackFile] = field(default_factory=list)
    metadata: JsonObject = field(default_factory=dict)
    subtype: str = ""
    edited: str = ""
    deleted: bool = False
    #: The only person who sees it, for an ephemeral one.
    only_for: str = ""
    client_msg_id: str = ""
    earlier: list[str] = field(default_factory=list)
    #: Reactions as (name, user).
    reactions: list[tuple[str, str]] = field(default_factory=list)

    @property
    def in_thread(self) -> bool:
        return self.thread_ts not in ("", self.ts)


@dataclass(slots=True)
class View:
    """A modal that is open in front of somebody, or their Home tab."""

    id: str
    user: str
    content: JsonObject
    hash: str
    root: str
    previous: str = ""
    open: bool = True
    #: Errors that the last submission came back with, by block.
    errors: Mapping[str, str] = field(default_factory=dict)

    @property
    def blocks(self) -> list[JsonObject]:
        blocks = self.content.get("blocks")
        return blocks if isinstance(blocks, list) else []


@dataclass(slots=True)
class Trigger:
    """Allows one modal, for three seconds."""

    user: str
    born: float
    used: bool = False
    #: The modal it was made in, whose stack a pushed one joins.
    view: str = ""


@dataclass(slots=True)
class ResponseUrl:
    """Where an answer to an interaction may be posted: five times in half an hour."""

    user: str
    channel: str
    message: str = ""
    left: int = 5


@dataclass(frozen=True, slots=True)
class Notification:
    """Somebody's phone rang: a mention in a message of the bot."""

    channel: str
    ts: str
    #: "channel", "here", "everyone", a user id or a user group id.
    target: str


@dataclass(frozen=True, slots=True)
class AppIdentity:
    """The app as it is installed in the workspace."""

    bot_token: str
    app_token: str
    signing_secret: str
    team: str = "T0CSOBOT1"
    team_name: str = "iom"
    bot_user: str = "U0BOT0001"
    bot_id: str = "B0BOT0001"
    app_id: str = "A0BOT0001"
    bot_name: str = "csobot"
    verification: str = "legacy-verification"


class SlackState:
    """Everything there is; ids are given here and nowhere else."""

    def __init__(self, app: AppIdentity, now: Callable[[], datetime], limits: SlackLimits) -> None:
        self.app = app
        self.now = now
        self.limits = limits
        self.windows = Windows()
        self.faults = Faults()
        self.changes = Changes()
        self.record = Record("slack", now)
        self.users: dict[str, SlackUser] = {
            app.bot_user: SlackUser(app.bot_user, app.bot_name, app.team, is_bot=True),
        }
        self.channels: dict[str, SlackChannel] = {}
        self.messages: dict[str, dict[str, SlackMessage]] = {}
        self.files: dict[str, SlackFile] = {}
        self.views: dict[str, View] = {}
        self.homes: dict[str, View] = {}
        self.triggers: dict[str, Trigger] = {}
        self.response_urls: dict[str, ResponseUrl] = {}
        self.notifications: list[Notification] = []
        #: Posts whose thread_ts named no message: Slack puts them into the channel for all to see.
        self.unthreaded: list[SlackMessage] = []
        #: Seconds that a trigger lives.
        self.trigger_life = 3.0
        #: The app was removed: its tokens open nothing any more.
        self.uninstalled = False
        #: Where the server listens; known once it does.
        self.url = ""
        self._last_ts = 0
        self._serial = itertools.count(int(time.time() * 1000))

    def unique(self, prefix: str) -> str:
        """A new id in the platform's manner: a letter and capitals."""
        return f"{prefix}0{next(self._serial):X}"

    def next_ts(self) -> str:
        """A time stamp that is also an id: later than every one before."""
        micros = int(self.now().timestamp() * 1_000_000)
        self._last_ts = max(micros, self._last_ts + 1)
        return f"{self._last_ts // 1_000_000}.{self._last_ts % 1_000_000:06}"

    def add(self, message: SlackMessage) -> SlackMessage:
        self.messages.setdefault(message.channel, {})[message.ts] = message
        self.changes.touch()
        return message

    def message(self, channel: str, ts: str) -> SlackMessage | None:
        """A message that can still be seen by all; ephemeral ones cannot be found."""
        found = self.messages.get(channel, {}).get(ts)
        return None if found is None or found.deleted or found.only_for else found

    def visible(self, channel: str) -> list[SlackMessage]:
        """What everybody in the channel sees, oldest first."""
        return [each for each in self.messages.get(channel, {}).values() if not each.deleted and not each.only_for]

    def replies(self, message: SlackMessage) -> list[SlackMessage]:
        return [each for each in self.visible(message.channel) if each.thread_ts == message.ts != each.ts]

    def direct(self, user: str) -> SlackChannel:
        """The conversation between a person and the bot; made when it is not there."""
        found = next((each for each in self.channels.values() if each.user == user), None)
        if found is None:
            identifier = f"D{user[1:]}"
            found = SlackChannel(identifier, "", ChannelKind.DIRECT, {user, self.app.bot_user}, user=user)
            self.channels[identifier] = found
        return found

    def new_trigger(self, user: str, view: str = "") -> str:
        trigger = f"{next(self._serial)}.{next(self._serial)}.{next(self._serial):x}"
        self.triggers[trigger] = Trigger(user, time.monotonic(), view=view)
        return trigger

    def new_response_url(self, user: str, channel: str, message: str = "") -> str:
        key = self.unique("R")
        self.response_urls[key] = ResponseUrl(user, channel, message)
        return f"{self.url}/response/{key}"

    def bot_in(self, channel: SlackChannel) -> bool:
        return self.app.bot_user in channel.members
