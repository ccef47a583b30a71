"""People, channels, messages, files and views as Slack writes them."""

from datetime import datetime
from zoneinfo import ZoneInfo

from adapters.simulator.slack_state import (
    ChannelKind,
    Guest,
    SlackChannel,
    SlackFile,
    SlackMessage,
    SlackState,
    SlackUser,
    View,
)
from adapters.simulator.wire import JsonObject

#: What is left of a user whose account was closed.
_OF_CLOSED_ACCOUNTS = frozenset({"id", "team_id", "name", "deleted", "profile", "is_bot", "is_app_user", "updated"})


def user_json(state: SlackState, user: SlackUser) -> JsonObject:
    """A user, as users.info tells."""
    app, offset = state.app, datetime.now(ZoneInfo(user.tz)).utcoffset()
    written: JsonObject = {
        "id": user.id,
        "team_id": user.team,
        "name": user.handle,
        "deleted": user.deleted,
        "real_name": user.name,
        "tz": user.tz,
        "tz_label": user.tz,
        "tz_offset": int(offset.total_seconds()) if offset else 0,
        "profile": {"real_name": user.name, "display_name": user.name, "team": user.team, "email": ""},
        "is_admin": user.admin,
        "is_owner": False,
        "is_primary_owner": False,
        "is_restricted": user.guest is not Guest.NO,
        "is_ultra_restricted": user.guest is Guest.SINGLE_CHANNEL,
        "is_bot": user.is_bot,
        "is_app_user": False,
        "is_email_confirmed": True,
        "updated": 1_700_000_000,
        "locale": user.locale,
    }
    if user.deleted:
        return {name: value for name, value in written.items() if name in _OF_CLOSED_ACCOUNTS}
    if user.team != app.team:
        written["is_stranger"] = not any(user.id in channel.members for channel in state.channels.values())
    if user.id == app.bot_user:
        written["profile"] = {"real_name": user.name, "api_app_id": app.app_id, "bot_id": app.bot_id, "team": app.team}
    return written


def channel_json(state: SlackState, channel: SlackChannel) -> JsonObject:
    """A conversation, as conversations.info tells."""
    written: JsonObject = {
        "id": channel.id,
        "created": 1_700_000_000,
        "is_archived": channel.archived,
        "is_im": channel.kind is ChannelKind.DIRECT,
        "is_org_shared": False,
        "context_team_id": state.app.team,
        "updated": 1_700_000_000_000,
    }
    if channel.kind is ChannelKind.DIRECT:
        return {**written, "user": channel.user, "is_user_deleted": False, "priority": 0}
    return {
        **written,
        "name": channel.name,
        "name_normalized": channel.name,
        "is_channel": channel.kind is ChannelKind.PUBLIC,
        "is_group": channel.kind is ChannelKind.PRIVATE,
        "is_mpim": False,
        "is_private": channel.kind is ChannelKind.PRIVATE,
        "is_general": False,
        "is_shared": channel.shared,
        "is_ext_shared": channel.shared,
        "is_pending_ext_shared": False,
        "is_member": state.bot_in(channel),
        "num_members": len(channel.members),
        "topic": {"value": "", "creator": "", "last_set": 0},
        "purpose": {"value": "", "creator": "", "last_set": 0},
    }


def file_json(state: SlackState, file: SlackFile) -> JsonObject:
    """A file object. Its private addresses need the bot's token, unless it lies elsewhere."""
    suffix = file.name.rpartition(".")[2].lower() if "." in file.name else "binary"
    private = f"{state.url}/files-pri/{state.app.team}-{file.id}"
    here = file.external_url or f"{private}/{file.name}"
    return {
        "id": file.id,
        "created": 1_700_000_000,
        "timestamp": 1_700_000_000,
        "name": file.name,
        "title": file.title or file.name,
        "mimetype": file.media_type,
        "filetype": suffix,
        "pretty_type": suffix.upper(),
        "user": file.user,
        "user_team": state.app.team,
        "editable": False,
        "size": file.size or len(file.content),
        "mode": "external" if file.external_url else "hosted",
        "is_external": bool(file.external_url),
        "external_type": "gdrive" if file.external_url else "",
        "is_public": False,
        "public_url_shared": False,
        "url_private": here,
        "url_private_download": file.external_url or f"{private}/download/{file.name}",
        "permalink": f"{state.url}/files/{file.user}/{file.id}/{file.name}",
        "has_rich_preview": False,
        "file_access": "visible",
    }


def message_json(state: SlackState, message: SlackMessage) -> JsonObject:
    """A message as it stands in a channel's history."""
    written: JsonObject = {"type": "message", "user": message.user, "ts": message.ts, "text": message.text}
    user = state.users.get(message.user)
    written["team"] = user.team if user else state.app.team
    if message.client_msg_id:
        written["client_msg_id"] = message.client_msg_id
    if message.from_bot:
        written.update(_bot_fields(state))
    if message.subtype:
        written["subtype"] = message.subtype
    if message.blocks:
        written["blocks"] = message.blocks
    if message.files:
        written.update(files=[file_json(state, file) for file in message.files], upload=False, display_as_bot=False)
    if message.metadata:
        written["metadata"] = message.metadata
    if message.edited:
        written["edited"] = {"user": message.user, "ts": message.edited}
    if message.reactions:
        written["reactions"] = _reactions(message)
    written.update(_thread_fields(state, message))
    return written


def _bot_fields(state: SlackState) -> JsonObject:
    app = state.app
    profile: JsonObject = {
        "id": app.bot_id,
        "app_id": app.app_id,
        "name": app.bot_name,
        "deleted": False,
        "updated": 1_700_000_000,
        "team_id": app.team,
    }
    return {"bot_id": app.bot_id, "app_id": app.app_id, "bot_profile": profile}


def _reactions(message: SlackMessage) -> list[object]:
    names = dict.fromkeys(name for name, _ in message.reactions)
    by_name = {name: [user for each, user in message.reactions if each == name] for name in names}
    return [{"name": name, "users": users, "count": len(users)} for name, users in by_name.items()]


def _thread_fields(state: SlackState, message: SlackMessage) -> JsonObject:
    if message.in_thread:
        parent = state.messages.get(message.channel, {}).get(message.thread_ts)
        return {"thread_ts": message.thread_ts, "parent_user_id": parent.user if parent else ""}
    replies = state.replies(message)
    if not replies:
        return {}
    users = list(dict.fromkeys(reply.user for reply in replies))
    return {
        "thread_ts": message.ts,
        "reply_count": len(replies),
        "reply_users_count": len(users),
        "reply_users": users,
        "latest_reply": replies[-1].ts,
        "is_locked": False,
        "subscribed": False,
    }


def view_json(state: SlackState, view: View, values: JsonObject | None = None) -> JsonObject:
    """A view as apps get it back; `values` is what was filled in, by block and action."""
    app = state.app
    return {
        "private_metadata": "",
        "callback_id": "",
        "close": None,
        "submit": None,
        "title": {"type": "plain_text", "text": "View Title", "emoji": True},
        "clear_on_close": False,
        "notify_on_close": False,
        "external_id": "",
        **view.content,
        "id": view.id,
        "team_id": app.team,
        "app_id": app.app_id,
        "app_installed_team_id": app.team,
        "bot_id": app.bot_id,
        "hash": view.hash,
        "root_view_id": view.root,
        "previous_view_id": view.previous or None,
        "state": {"values": values or {}},
    }
