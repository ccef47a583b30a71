"""The two manifests that an office pastes into Slack."""

from pathlib import Path

import pytest
import yaml

from adapters.slack.payload import Node

CONFIG = Path(__file__).parents[2] / "config"
#: What each event needs, by Slack's reference.
NEEDS = {
    "app_mention": "app_mentions:read",
    "message.im": "im:history",
    "message.channels": "channels:history",
    "message.groups": "groups:history",
    "channel_archive": "channels:read",
    "channel_deleted": "channels:read",
    "channel_id_changed": "channels:read",
    "channel_left": "channels:read",
    "channel_unarchive": "channels:read",
    "group_archive": "groups:read",
    "group_deleted": "groups:read",
    "group_left": "groups:read",
    "group_unarchive": "groups:read",
    "member_joined_channel": "channels:read",
    "member_left_channel": "channels:read",
    "user_change": "users:read",
}


def manifest(name: str) -> Node:
    return Node(yaml.safe_load((CONFIG / name).read_text()))


def strings(node: Node) -> list[str]:
    return [str(item.value) for item in node.items()]


@pytest.mark.parametrize("name", ["slack-manifest.yaml", "slack-manifest-http.yaml"])
def test_every_event_has_its_scope(name: str) -> None:
    """Slack refuses a manifest that subscribes to what its scopes do not allow."""
    settings = manifest(name)
    scopes = strings(settings.at("oauth_config", "scopes", "bot"))
    events = strings(settings.at("settings", "event_subscriptions", "bot_events"))
    assert [event for event in events if NEEDS.get(event, scopes[0]) not in scopes] == []


def test_long_description_has_the_length_slack_wants() -> None:
    """174 to 4,000 characters; the short one at most 140."""
    about = manifest("slack-manifest.yaml").at("display_information")
    assert 174 <= len(about.text("long_description")) <= 4000
    assert len(about.text("description")) <= 140


def test_both_ask_for_the_same() -> None:
    """They differ only in how events come."""
    socket, http = manifest("slack-manifest.yaml"), manifest("slack-manifest-http.yaml")
    assert (socket.true("settings", "socket_mode_enabled"), http.true("settings", "socket_mode_enabled")) == (
        True,
        False,
    )
    assert socket.at("oauth_config") == http.at("oauth_config")
    events = ("settings", "event_subscriptions", "bot_events")
    assert socket.at(*events) == http.at(*events)
