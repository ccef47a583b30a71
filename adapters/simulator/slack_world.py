"""The controls of the Slack world: its people and channels, what they write, and what they see."""

import json
import time
from collections.abc import Callable, Sequence
from typing import TypeVar

from adapters.simulator.faults import ControlError, Faults, Record
from adapters.simulator.limits import SlackLimits
from adapters.simulator.slack_acts import SlackActs
from adapters.simulator.slack_delivery import Ack, Delivery
from adapters.simulator.slack_json import file_json, message_json
from adapters.simulator.slack_state import (
    AppIdentity,
    ChannelKind,
    Guest,
    Notification,
    SlackButton,
    SlackChannel,
    SlackFile,
    SlackMessage,
    SlackUser,
    View,
)
from adapters.simulator.slack_text import buttons, plain, typed
from adapters.simulator.slack_views import stack
from adapters.simulator.wire import JsonObject

Found = TypeVar("Found")


class SlackWorld(SlackActs):
    """People act through it; the app acts through the Web API. Every method is called on the simulator's loop."""

    # What there is

    @property
    def app(self) -> AppIdentity:
        """Tokens, signing secret and ids of the installed app."""
        return self.state.app

    @property
    def faults(self) -> Faults:
        return self.state.faults

    @property
    def record(self) -> Record:
        return self.state.record

    @property
    def notifications(self) -> list[Notification]:
        """Whose phones rang because the bot mentioned them."""
        return self.state.notifications

    @property
    def unthreaded(self) -> list[SlackMessage]:
        """Replies of the bot that Slack put into the channel because the thread was gone."""
        return self.state.unthreaded

    def limit(self, limits: SlackLimits) -> None:
        """Let the bot send at this pace from now on."""
        self.state.limits = limits

    def messages(self, channel: SlackChannel, thread_ts: str | None = None) -> list[SlackMessage]:
        """What everybody sees in a channel now: all of it, one thread with its root, or ("") what is in no thread."""
        every = self.state.visible(channel.id)
        if thread_ts is None:
            return every
        if not thread_ts:
            return [each for each in every if not each.in_thread]
        return [each for each in every if thread_ts in (each.ts, each.thread_ts)]

    def history(self, channel: SlackChannel) -> list[SlackMessage]:
        """Every message of a channel, the deleted and the ephemeral ones too."""
        return list(self.state.messages.get(channel.id, {}).values())

    def from_bot(self, channel: SlackChannel, thread_ts: str | None = None) -> list[SlackMessage]:
        """What the bot said in a channel."""
        return [each for each in self.messages(channel, thread_ts) if each.from_bot]

    def ephemerals(self, user: SlackUser, channel: SlackChannel | None = None) -> list[SlackMessage]:
        """What only this person was shown, oldest first."""
        every = [each for messages in self.state.messages.values() for each in messages.values()]
        mine = [each for each in every if each.only_for == user.id and not each.deleted]
        return [each for each in mine if channel is None or each.channel == channel.id]

    def plain(self, message: SlackMessage) -> str:
        """A message as somebody reads it."""
        return plain(message)

    def buttons(self, shown: SlackMessage | View) -> list[SlackButton]:
        """Everything that can be pressed below a message or in a view."""
        return buttons(shown.blocks)

    def views(self, user: SlackUser) -> list[View]:
        """The modals open in front of somebody, the uppermost last."""
        return stack(self.state, user.id)

    def home(self, user: SlackUser) -> View | None:
        """Somebody's Home tab, if the app published one."""
        return self.state.homes.get(user.id)

    async def until(self, condition: Callable[[], Found | None], timeout: float = 5.0) -> Found:
        """The first truthy value of the condition, looked at after every change of this world."""
        return await self.state.changes.until(condition, timeout)

    async def settled(self) -> None:
        """Wait until the app has acknowledged every event, or Slack has given up."""
        await self.deliverer.settled()

    # The cast

    def user(
        self,
        id: str,
        name: str,
        tz: str = "Europe/Zurich",
        *,
        guest: Guest = Guest.NO,
        team: str = "",
        admin: bool = False,
        locale: str = "en-US",
    ) -> SlackUser:
        """Somebody with an account here, or in the workspace `team`."""
        person = SlackUser(id, name, team or self.app.team, tz, locale, guest, admin)
        self.state.users[id] = person
        self.state.changes.touch()
        return person

    def channel(
        self,
        id: str,
        name: str,
        *,
        kind: ChannelKind = ChannelKind.PUBLIC,
        members: Sequence[SlackUser] = (),
        bot: bool = True,
        shared: bool = False,
    ) -> SlackChannel:
        """A channel with these members, and the bot unless told otherwise; `shared` with another organisation."""
        standing = {member.id for member in members} | ({self.app.bot_user} if bot else set())
        channel = SlackChannel(id, name, kind, standing, shared)
        self.state.channels[id] = channel
        self.state.changes.touch()
        return channel

    def direct(self, user: SlackUser) -> SlackChannel:
        """The conversation between somebody and the bot."""
        return self.state.direct(user.id)

    # What people do

    def say(
        self,
        user: SlackUser,
        channel: SlackChannel | None,
        text: str,
        thread_ts: str = "",
        files: Sequence[SlackFile] = (),
    ) -> SlackMessage:
        """Somebody writes, to the bot when no channel is named. `& < >` are escaped as Slack does; mentions stay."""
        place = channel or self.direct(user)
        if user.id not in place.members:
            raise ControlError(f"{user.name} is not a member of {place.name}")
        message = SlackMessage(self.state.next_ts(), place.id, user.id, typed(text), [], thread_ts)
        message.files, message.client_msg_id = list(files), self.new_client_id()
        message.subtype = "file_share" if files else ""
        if not files:
            message.blocks = [_rich_text(self.state.unique("b"), text)]
        self.state.add(message)
        self.workspace.events.posted(message)
        return message

    def edit(self, message: SlackMessage, text: str) -> SlackMessage:
        """Somebody changes what they wrote."""
        before = message_json(self.state, message)
        message.earlier.append(message.text)
        message.text, message.edited = typed(text), self.state.next_ts()
        message.blocks = [] if message.files else [_rich_text(self.state.unique("b"), text)]
        self.workspace.events.changed(message, before)
        self.state.changes.touch()
        return message

    def delete(self, message: SlackMessage) -> None:
        """Somebody deletes a message: the app is told."""
        message.deleted = True
        self.workspace.events.deleted(message)
        self.state.changes.touch()

    def file(
        self,
        user: SlackUser,
        name: str,
        content: bytes,
        media_type: str = "application/octet-stream",
        *,
        size: int = 0,
        external_url: str = "",
        redirect: str = "",
    ) -> SlackFile:
        """A file to send with `say`: kept by Slack; or elsewhere (`external_url`); or redirecting elsewhere."""
        identifier = self.state.unique("F")
        file = SlackFile(identifier, name, media_type, content, user.id, name, size, external_url, redirect)
        self.state.files[identifier] = file
        return file

    def file_url(self, file: SlackFile) -> str:
        """Where the app is told to fetch a file."""
        return str(file_json(self.state, file)["url_private_download"])

    def join(self, user: SlackUser, channel: SlackChannel) -> None:
        """Somebody joins a channel."""
        channel.members.add(user.id)
        self._says_slack(user, channel, "channel_join", "has joined the channel")
        self.workspace.events.member("member_joined_channel", user.id, channel)

    def leave(self, user: SlackUser, channel: SlackChannel) -> None:
        """Somebody leaves a channel."""
        channel.members.discard(user.id)
        self._says_slack(user, channel, "channel_leave", "has left the channel")
        self.workspace.events.member("member_left_channel", user.id, channel)

    def deactivate(self, user: SlackUser) -> None:
        """An administrator of the workspace closes somebody's account."""
        user.deleted = True
        for channel in self.state.channels.values():
            if channel.kind is not ChannelKind.DIRECT:
                channel.members.discard(user.id)
        self.workspace.events.user_changed(user)

    def make_guest(self, user: SlackUser, guest: Guest = Guest.MULTI_CHANNEL) -> None:
        """An administrator of the workspace makes somebody a guest, or with `Guest.NO` a member again."""
        user.guest = guest
        self.workspace.events.user_changed(user)

    def _says_slack(self, user: SlackUser, channel: SlackChannel, subtype: str, what: str) -> None:
        message = SlackMessage(self.state.next_ts(), channel.id, user.id, f"<@{user.id}> {what}", subtype=subtype)
        self.state.add(message)
        self.workspace.events.posted(message)

    def add_bot(self, channel: SlackChannel) -> None:
        """Somebody invites the bot to a channel."""
        channel.members.add(self.app.bot_user)
        self.workspace.events.member("member_joined_channel", self.app.bot_user, channel)
        self.state.changes.touch()

    def remove_bot(self, channel: SlackChannel, by: SlackUser) -> None:
        """Somebody removes the bot from a channel."""
        channel.members.discard(self.app.bot_user)
        self.workspace.events.bot_left(channel, by.id)
        self.state.changes.touch()

    def archive(self, channel: SlackChannel) -> None:
        """A channel is archived: nothing can be posted there."""
        channel.archived = True
        self.state.changes.touch()

    def open_home(self, user: SlackUser) -> Delivery:
        """Somebody opens the app's Home tab."""
        channel, ts = self.direct(user), self.state.next_ts()
        event: JsonObject = {"type": "app_home_opened", "user": user.id, "channel": channel.id, "tab": "home"}
        return self.workspace.events.emit({**event, "event_ts": ts})

    def uninstall(self) -> None:
        """An administrator removes the app: its tokens die."""
        self.workspace.events.emit({"type": "tokens_revoked", "tokens": {"oauth": [], "bot": [self.app.bot_user]}})
        self.workspace.events.emit({"type": "app_uninstalled"})
        self.state.uninstalled = True

    # What Slack does

    def use_http(self, url: str) -> None:
        """Send events, interactions and commands to this URL, signed; an empty one: to the sockets again."""
        self.deliverer.events_url = url

    async def verify_url(self) -> Ack:
        """Ask the URL for its challenge, as Slack does when it is configured."""
        asked: JsonObject = {"challenge": "3eZbrw1aB10FEMAGAZd4", "type": "url_verification"}
        return await self._post({"token": self.app.verification, **asked}, self.app.signing_secret, 0)

    async def forge_event(self, event: JsonObject | None = None) -> Ack:
        """An event signed with the wrong secret, sent to the app's URL."""
        return await self._post(event or {"type": "event_callback"}, "not-the-signing-secret", 0)

    async def stale_event(self, event: JsonObject | None = None, seconds: int = 600) -> Ack:
        """An event signed properly, but so long ago."""
        return await self._post(event or {"type": "event_callback"}, self.app.signing_secret, seconds)

    async def _post(self, body: JsonObject, secret: str, age: int) -> Ack:
        headers = {"Content-Type": "application/json"}
        timestamp = int(time.time()) - age
        return await self.deliverer.post_signed(json.dumps(body).encode(), headers, secret, timestamp)

    def redeliver(self, delivery: Delivery | None = None) -> Delivery:
        """Deliver an event again (the last one when none is named), although it was acknowledged."""
        again = delivery or self.deliverer.deliveries[-1]
        self.deliverer.again(again)
        return again

    def inject(self, event: JsonObject) -> Delivery:
        """Any event at all, also of a kind that nobody knows."""
        return self.workspace.events.emit(event)

    async def disconnect_sockets(self, reason: str = "refresh_requested") -> None:
        """Ask every socket to come again; an empty reason breaks them without a word; "warning" only warns."""
        for socket in list(self.deliverer.sockets):
            await socket.close(reason)


def _rich_text(block_id: str, text: str) -> JsonObject:
    section: JsonObject = {"type": "rich_text_section", "elements": [{"type": "text", "text": text}]}
    return {"type": "rich_text", "block_id": block_id, "elements": [section]}
