"""What the app is told: events of the channels the bot is in, and of its direct conversations."""

from collections.abc import Callable

from adapters.simulator.slack_delivery import Delivery
from adapters.simulator.slack_json import message_json, user_json
from adapters.simulator.slack_state import ChannelKind, SlackChannel, SlackMessage, SlackState, SlackUser
from adapters.simulator.wire import JsonObject

CHANNEL_TYPES = {ChannelKind.PUBLIC: "C", ChannelKind.PRIVATE: "G", ChannelKind.DIRECT: "D"}


class SlackEvents:
    """Puts what happened into Slack's envelope and hands it to the deliverer."""

    def __init__(self, state: SlackState, deliver: Callable[[Delivery], None]) -> None:
        self._state = state
        self._deliver = deliver

    def emit(self, event: JsonObject, *, shared: bool = False) -> Delivery:
        """Tell the app, whatever it is."""
        app, event_id = self._state.app, self._state.unique("Ev")
        payload: JsonObject = {
            "token": app.verification,
            "team_id": app.team,
            "context_team_id": app.team,
            "context_enterprise_id": None,
            "api_app_id": app.app_id,
            "event": event,
            "type": "event_callback",
            "event_id": event_id,
            "event_time": int(self._state.now().timestamp()),
            "authorizations": [
                {
                    "enterprise_id": None,
                    "team_id": app.team,
                    "user_id": app.bot_user,
                    "is_bot": True,
                    "is_enterprise_install": False,
                }
            ],
            "is_ext_shared_channel": shared,
            "event_context": f"4-{event_id}",
        }
        delivery = Delivery(event_id, payload)
        self._deliver(delivery)
        return delivery

    def _in_channel(self, channel: SlackChannel, event: JsonObject) -> None:
        if self._state.bot_in(channel):
            self.emit(event, shared=channel.shared)

    def posted(self, message: SlackMessage) -> None:
        """A message, and a mention of the bot besides; the bot's own messages come back too."""
        channel = self._state.channels[message.channel]
        event = {
            **message_json(self._state, message),
            "channel": channel.id,
            "event_ts": message.ts,
            "channel_type": channel.kind.value,
        }
        self._in_channel(channel, self._with_teams(event, message, channel))
        named = f"<@{self._state.app.bot_user}>" in message.text
        if named and not message.from_bot and channel.kind is not ChannelKind.DIRECT:
            mention = {name: value for name, value in event.items() if name != "channel_type"}
            self._in_channel(channel, {**mention, "type": "app_mention"})

    def _with_teams(self, event: JsonObject, message: SlackMessage, channel: SlackChannel) -> JsonObject:
        user = self._state.users.get(message.user)
        if not channel.shared or user is None:
            return event
        return {**event, "user_team": user.team, "source_team": user.team}

    def changed(self, message: SlackMessage, before: JsonObject) -> None:
        """A message reads differently now."""
        channel = self._state.channels[message.channel]
        ts = self._state.next_ts()
        event: JsonObject = {
            "type": "message",
            "subtype": "message_changed",
            "message": {**message_json(self._state, message), "source_team": self._state.app.team},
            "previous_message": before,
            "channel": channel.id,
            "hidden": True,
            "ts": ts,
            "event_ts": ts,
            "channel_type": channel.kind.value,
        }
        self._in_channel(channel, event)

    def deleted(self, message: SlackMessage) -> None:
        """A message is gone."""
        channel = self._state.channels[message.channel]
        ts = self._state.next_ts()
        event: JsonObject = {
            "type": "message",
            "subtype": "message_deleted",
            "previous_message": message_json(self._state, message),
            "channel": channel.id,
            "hidden": True,
            "deleted_ts": message.ts,
            "ts": ts,
            "event_ts": ts,
            "channel_type": channel.kind.value,
        }
        self._in_channel(channel, event)

    def member(self, kind: str, user: str, channel: SlackChannel) -> None:
        """`member_joined_channel` or `member_left_channel`."""
        person = self._state.users.get(user)
        event: JsonObject = {
            "type": kind,
            "user": user,
            "channel": channel.id,
            "channel_type": CHANNEL_TYPES[channel.kind],
            "team": person.team if person else self._state.app.team,
            "event_ts": self._state.next_ts(),
        }
        self._in_channel(channel, event)

    def user_changed(self, user: SlackUser) -> None:
        """`user_change`: whatever changed, the app is told the whole profile."""
        ts = self._state.next_ts()
        changed: JsonObject = {"type": "user_change", "user": user_json(self._state, user)}
        self.emit({**changed, "cache_ts": int(self._state.now().timestamp()), "event_ts": ts})

    def bot_left(self, channel: SlackChannel, actor: str) -> None:
        """The bot was removed: `channel_left`, or `group_left` in a private channel."""
        kind = "group_left" if channel.kind is ChannelKind.PRIVATE else "channel_left"
        ts = self._state.next_ts()
        self.emit({"type": kind, "channel": channel.id, "actor_id": actor, "event_ts": ts})
