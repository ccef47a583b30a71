"""Web API methods about conversations, people and the app itself."""

from typing import TypeVar

from adapters.simulator.slack_chat import Workspace, conversation
from adapters.simulator.slack_json import channel_json, message_json, user_json
from adapters.simulator.slack_state import ChannelKind, SlackError, SlackMessage, SlackUser
from adapters.simulator.wire import JsonObject, Parameters

Item = TypeVar("Item")

TYPE_NAMES = {
    ChannelKind.PUBLIC: "public_channel",
    ChannelKind.PRIVATE: "private_channel",
    ChannelKind.DIRECT: "im",
}


def auth_test(workspace: Workspace, parameters: Parameters) -> JsonObject:
    """auth.test."""
    app = workspace.state.app
    return {
        "url": f"https://{app.team_name}.slack.com/",
        "team": app.team_name,
        "user": app.bot_name,
        "team_id": app.team,
        "user_id": app.bot_user,
        "bot_id": app.bot_id,
        "is_enterprise_install": False,
    }


def api_test(workspace: Workspace, parameters: Parameters) -> JsonObject:
    """api.test: gives back what it was given."""
    if error := parameters.text("error"):
        raise SlackError(error)
    return {"args": parameters.loggable()}


def bots_info(workspace: Workspace, parameters: Parameters) -> JsonObject:
    """bots.info."""
    app = workspace.state.app
    if parameters.text("bot") not in ("", app.bot_id):
        raise SlackError("bot_not_found")
    about = {"id": app.bot_id, "deleted": False, "name": app.bot_name, "app_id": app.app_id, "user_id": app.bot_user}
    return {"bot": about}


def _paged(items: list[Item], parameters: Parameters, most: int = 1000) -> tuple[list[Item], JsonObject]:
    """One page, and the cursor of the next."""
    limit = max(1, min(parameters.integer("limit") or 100, most))
    cursor = parameters.text("cursor")
    if cursor and not cursor.isdigit():
        raise SlackError("invalid_cursor")
    start = int(cursor or 0)
    following = str(start + limit) if start + limit < len(items) else ""
    return items[start : start + limit], {"response_metadata": {"next_cursor": following}}


def open_conversation(workspace: Workspace, parameters: Parameters) -> JsonObject:
    """conversations.open, with one person."""
    state, users = workspace.state, parameters.text("users")
    if not users and not parameters.text("channel"):
        raise SlackError("users_list_not_supplied")
    if not users:
        return {"channel": channel_json(state, conversation(state, parameters.text("channel")))}
    user = state.users.get(users)
    if user is None:
        raise SlackError("user_not_found")
    if user.is_bot:
        raise SlackError("cannot_dm_bot")
    if user.deleted:
        raise SlackError("user_disabled")
    return {"no_op": False, "already_open": False, "channel": {"id": state.direct(user.id).id}}


def info(workspace: Workspace, parameters: Parameters) -> JsonObject:
    """conversations.info."""
    state = workspace.state
    return {"channel": channel_json(state, conversation(state, parameters.text("channel")))}


def members(workspace: Workspace, parameters: Parameters) -> JsonObject:
    """conversations.members, in pages."""
    channel = conversation(workspace.state, parameters.text("channel"))
    page, cursor = _paged(sorted(channel.members), parameters)
    return {"members": page, **cursor}


def list_conversations(workspace: Workspace, parameters: Parameters) -> JsonObject:
    """conversations.list, in pages; public channels unless other types are named."""
    state = workspace.state
    wanted = (parameters.text("types") or "public_channel").split(",")
    hidden = parameters.flag("exclude_archived")
    found = [
        each
        for each in state.channels.values()
        if TYPE_NAMES[each.kind] in wanted
        and (each.kind is not ChannelKind.PRIVATE or state.bot_in(each))
        and not (hidden and each.archived)
    ]
    page, cursor = _paged(found, parameters)
    return {"channels": [channel_json(state, each) for each in page], **cursor}


def _within(message: SlackMessage, parameters: Parameters) -> bool:
    oldest, latest = float(parameters.text("oldest") or 0), float(parameters.text("latest") or "inf")
    ts = float(message.ts)
    return oldest <= ts <= latest if parameters.flag("inclusive") else oldest < ts < latest


def history(workspace: Workspace, parameters: Parameters) -> JsonObject:
    """conversations.history: newest first, without the replies in threads."""
    state = workspace.state
    channel = conversation(state, parameters.text("channel"))
    if not state.bot_in(channel):
        raise SlackError("not_in_channel")
    found = [each for each in state.visible(channel.id) if not each.in_thread and _within(each, parameters)]
    page, cursor = _paged(found[::-1], parameters)
    more = len(page) < len(found)
    return {"messages": [message_json(state, each) for each in page], "has_more": more, "pin_count": 0, **cursor}


def replies(workspace: Workspace, parameters: Parameters) -> JsonObject:
    """conversations.replies: a message and what answers it, oldest first."""
    state = workspace.state
    channel = conversation(state, parameters.text("channel"))
    if not state.bot_in(channel):
        raise SlackError("not_in_channel")
    named = state.message(channel.id, parameters.text("ts"))
    parent = state.message(channel.id, named.thread_ts) if named and named.in_thread else named
    if parent is None:
        raise SlackError("thread_not_found")
    found = [parent, *(each for each in state.replies(parent) if _within(each, parameters))]
    page, cursor = _paged(found, parameters)
    return {"messages": [message_json(state, each) for each in page], "has_more": len(page) < len(found), **cursor}


def join(workspace: Workspace, parameters: Parameters) -> JsonObject:
    """conversations.join: public channels only."""
    state = workspace.state
    channel = conversation(state, parameters.text("channel"))
    if channel.kind is not ChannelKind.PUBLIC:
        raise SlackError("method_not_supported_for_channel_type")
    if channel.archived:
        raise SlackError("is_archived")
    channel.members.add(state.app.bot_user)
    state.changes.touch()
    return {"channel": channel_json(state, channel)}


def leave(workspace: Workspace, parameters: Parameters) -> JsonObject:
    """conversations.leave."""
    state = workspace.state
    channel = conversation(state, parameters.text("channel"))
    if channel.kind is ChannelKind.DIRECT:
        raise SlackError("method_not_supported_for_channel_type")
    channel.members.discard(state.app.bot_user)
    state.changes.touch()
    return {}


def _known(workspace: Workspace, parameters: Parameters) -> SlackUser:
    user = workspace.state.users.get(parameters.text("user"))
    if user is None:
        raise SlackError("user_not_found")
    return user


def user_info(workspace: Workspace, parameters: Parameters) -> JsonObject:
    """users.info; the locale only when it is asked for."""
    about = user_json(workspace.state, _known(workspace, parameters))
    if not parameters.flag("include_locale"):
        del about["locale"]
    return {"user": about}


def list_users(workspace: Workspace, parameters: Parameters) -> JsonObject:
    """users.list, in pages."""
    state = workspace.state
    page, cursor = _paged(list(state.users.values()), parameters)
    return {"members": [user_json(state, each) for each in page], "cache_ts": 1_700_000_000, **cursor}
