"""What Slack sends, in our words. Pure: a payload in, a value out, never an exception."""

import hashlib
import json
from dataclasses import dataclass
from datetime import datetime

from adapters.slack.forms import filled_in
from adapters.slack.markup import heard
from adapters.slack.payload import Node, parsed
from bot.core.channel import AccountInfo, Raw
from bot.core.message import (
    Address,
    Change,
    Content,
    Event,
    FileKind,
    FileRef,
    Membership,
    Migrated,
    Place,
    Pressed,
    Said,
    Sender,
    Standing,
    Submitted,
    Unheard,
)

#: Subtypes of `message` that are somebody saying something; all others tell of the channel.
_SPOKEN = frozenset({"", "file_share", "thread_broadcast"})
_GONE = frozenset(f"{kind}_{end}" for kind in ("channel", "group") for end in ("left", "archive", "deleted"))
_BACK = frozenset({"channel_unarchive", "group_unarchive"})
#: Keys that allow to act for us or for the sender; they are not needed and not stored.
_SECRETS = frozenset({"token", "response_url", "response_urls", "bot_access_token"})
#: All that is read, and so all that is stored, of a profile that has changed.
_READ_OF_PROFILE = ("id", "deleted", "is_restricted", "is_ultra_restricted", "is_bot")


@dataclass(frozen=True, slots=True)
class _Read:
    """A payload read: an event without its id and time."""

    address: Address
    sender: Sender
    content: Content


def raw(body: object, us: AccountInfo) -> Raw | None:
    """The event ready to be stored, or None for what this product has no use for (own messages, joins, unfurls …)."""
    node = Node(body)
    read = _read(node, us)
    if isinstance(read.content, Unheard):
        return None
    payload = json.dumps(_stored(body), separators=(",", ":")).encode()
    return Raw(us.account, _event_id(node), read.address.key, payload)


def translate(payload: bytes, event_id: str, at: datetime, us: AccountInfo) -> Event:
    """A stored payload as an event."""
    read = _read(parsed(payload), us)
    place = Place.PRIVATE if _is_direct(read.address.chat) else Place.GROUP
    return Event(event_id, read.address, place, read.sender, read.content, at)


def submitted(body: object, us: AccountInfo) -> Submitted | None:
    """A modal that was filled in, for its field checks; None for anything else."""
    content = _read(Node(body), us).content
    return content if isinstance(content, Submitted) else None


def _stored(body: object) -> object:
    """What is kept until it is handled: no secrets, and of a profile neither names nor numbers."""
    if not isinstance(body, dict):
        return body
    kept = {k: v for k, v in body.items() if k not in _SECRETS}
    event = Node(body).at("event")
    if event.text("type") == "user_change":
        user = {name: event.at("user", name).value for name in _READ_OF_PROFILE}
        kept["event"] = {"type": "user_change", "user": user, "event_ts": event.text("event_ts")}
    return kept


def _event_id(body: Node) -> str:
    """One id per thing that happened: a repeated delivery has the same, and so have the two events of one mention."""
    event = body.at("event")
    if body.text("type") == "event_callback":
        if event.text("subtype") in _SPOKEN and event.text("type") in ("message", "app_mention"):
            return f"m:{event.text('channel')}:{event.text('ts')}"
        return body.text("event_id") or _digest(body)
    if body.text("type") == "view_submission":
        return f"v:{body.text('view', 'id')}:{body.text('view', 'hash')}"
    trigger = body.text("trigger_id")
    return f"t:{hashlib.sha256(trigger.encode()).hexdigest()[:32]}" if trigger else _digest(body)


def _digest(body: Node) -> str:
    return "h:" + hashlib.sha256(json.dumps(body.value, sort_keys=True).encode()).hexdigest()[:32]


def _read(body: Node, us: AccountInfo) -> _Read:
    read = _by_type(body, us)
    acted = isinstance(read.content, Said | Pressed | Submitted)
    if not read.address.chat or (acted and not read.sender.user):
        return _nothing(us, body.text("type"))
    return read


def _by_type(body: Node, us: AccountInfo) -> _Read:
    match body.text("type"):
        case "event_callback":
            return _event(body, us)
        case "block_actions":
            return _press(body, us)
        case "view_submission":
            return _submission(body, us)
    if body.text("command"):
        return _command(body, us)
    return _nothing(us, body.text("type"))


def _nothing(us: AccountInfo, kind: str) -> _Read:
    return _Read(Address(us.account, ""), Sender(""), Unheard(kind))


def _event(body: Node, us: AccountInfo) -> _Read:
    event, kind = body.at("event"), body.text("event", "type")
    if kind in ("message", "app_mention"):
        return _message(body, event, us)
    if kind in ("member_joined_channel", "member_left_channel"):
        return _member(body, event, us)
    if kind == "user_change":
        return _account_changed(event, us)
    if kind == "app_uninstalled" or (kind == "tokens_revoked" and event.items("tokens", "bot")):
        return _Read(Address(us.account, body.text("team_id") or us.team), Sender(""), Membership(Change.REMOVED))
    if kind == "channel_id_changed":
        return _Read(
            Address(us.account, event.text("old_channel_id")), Sender(""), Migrated(event.text("new_channel_id"))
        )
    if kind in _GONE | _BACK:
        change = Change.GONE if kind in _GONE else Change.BACK
        return _Read(Address(us.account, event.text("channel")), Sender(event.text("user")), Membership(change))
    return _nothing(us, kind)


def _member(body: Node, event: Node, us: AccountInfo) -> _Read:
    ours = event.text("user") == us.name
    match event.text("type"), ours:
        case "member_joined_channel", True:
            change = Change.BACK
        case "member_left_channel", True:
            change = Change.GONE
        case "member_left_channel", False:
            change = Change.LEFT
        case kind, _:
            return _nothing(us, kind)
    sender = Sender(event.text("user"), standing=_standing(body, event, us))
    return _Read(Address(us.account, event.text("channel")), sender, Membership(change))


def _account_changed(event: Node, us: AccountInfo) -> _Read:
    """A member's account was closed, or is a guest's from now on; no other change of a profile is ours to know."""
    user = event.at("user")
    guest = user.true("is_restricted") or user.true("is_ultra_restricted")
    if user.true("is_bot") or not (user.true("deleted") or guest):
        return _nothing(us, "user_change")
    change = Change.CLOSED if user.true("deleted") else Change.GUEST
    who = user.text("id")
    standing = Standing.GUEST if change is Change.GUEST else Standing.UNKNOWN
    return _Read(Address(us.account, who), Sender(who, standing=standing), Membership(change))


def _message(body: Node, event: Node, us: AccountInfo) -> _Read:
    edited = event.text("subtype") == "message_changed"
    message = event.at("message") if edited else event
    if not _spoken(message, us) or (edited and not _rewritten(event)):
        return _nothing(us, "message")
    channel = event.text("channel")
    words = heard(message.text("text"), us.name)
    said = Said(
        text=words.text,
        files=tuple(_file(file) for file in message.items("files") if file.text("id")),
        message=message.text("ts"),
        reply_to=_answered(channel, message),
        edited=edited,
        to_bot=words.to_bot or event.text("type") == "app_mention",
    )
    sender = Sender(message.text("user"), standing=_standing(body, message, us))
    return _Read(Address(us.account, channel, _thread(channel, message)), sender, said)


def _answered(channel: str, message: Node) -> str:
    """In a direct message a reply in a thread answers the thread's first message; elsewhere threads are places."""
    thread = message.text("thread_ts")
    return thread if channel.startswith("D") and thread != message.text("ts") else ""


def _spoken(message: Node, us: AccountInfo) -> bool:
    """Whether a person said it: neither we nor another bot, nor Slack about the channel."""
    person = message.text("user")
    by_bot = message.text("bot_id") or person == us.name or message.at("bot_profile")
    return bool(person and message.text("ts")) and not by_bot and message.text("subtype") in _SPOKEN


def _rewritten(event: Node) -> bool:
    """Slack also tells of a message that changed by a link preview, a pin or a first reply."""
    before = event.at("previous_message")
    return bool(before) and before.text("text") != event.text("message", "text")


def _thread(channel: str, message: Node) -> str:
    """The thread a message is in; its first message is in the channel, and a DM is one conversation."""
    thread = message.text("thread_ts")
    return "" if _is_direct(channel) or thread == message.text("ts") else thread


def _is_direct(channel: str) -> bool:
    """Every DM's id begins with D, those of all other kinds of channel with C or G."""
    return channel.startswith("D")


def _standing(body: Node, whose: Node, us: AccountInfo) -> Standing:
    """What the payload itself proves; only asking Slack can make somebody a member."""
    if whose.text("bot_id"):
        return Standing.BOT
    teams = {whose.text("user_team"), whose.text("team"), whose.text("source_team")} - {""}
    if body.true("is_ext_shared_channel") or (us.team and teams - {us.team}):
        return Standing.FOREIGN
    return Standing.UNKNOWN


def _acting(user: Node, us: AccountInfo, *, name: str) -> Sender:
    """Who pressed, submitted or commanded."""
    team = user.text("team_id")
    standing = Standing.FOREIGN if us.team and team and team != us.team else Standing.UNKNOWN
    return Sender(user.text("id") or user.text("user_id"), name, standing=standing)


def _press(body: Node, us: AccountInfo) -> _Read:
    action = (*body.items("actions"), Node(None))[0]
    channel = body.text("channel", "id") or body.text("container", "channel_id")
    message = body.text("container", "message_ts") or body.text("message", "ts")
    if action.text("type") not in ("button", "") or not action.text("value") or not channel:
        return _nothing(us, "block_actions")
    sender = _acting(body.at("user"), us, name=body.text("user", "name"))
    pressed = Pressed(action.text("value"), message, body.text("trigger_id"))
    carrier = Node({"ts": message, "thread_ts": _carrier_thread(body)})
    return _Read(Address(us.account, channel, _thread(channel, carrier)), sender, pressed)


def _carrier_thread(body: Node) -> str:
    """An ephemeral message is told of only by its container."""
    return body.text("message", "thread_ts") or body.text("container", "thread_ts")


def _submission(body: Node, us: AccountInfo) -> _Read:
    view = body.at("view")
    form, address = filled_in(view, us.account, body.text("trigger_id"))
    if not form.token:
        return _nothing(us, "view_submission")
    sender = _acting(body.at("user"), us, name=body.text("user", "name"))
    return _Read(address, sender, form)


def _command(body: Node, us: AccountInfo) -> _Read:
    """`/csobot WORD rest` is the command `/WORD rest` of other channels; alone it asks for help."""
    words = heard(body.text("text"), us.name).text.removeprefix("/")
    said = Said(f"/{words or 'help'}", trigger=body.text("trigger_id"), to_bot=True)
    sender = _acting(body, us, name=body.text("user_name"))
    return _Read(Address(us.account, body.text("channel_id")), sender, said)


def _file(file: Node) -> FileRef:
    url = file.text("url_private_download") or file.text("url_private") or file.text("external_url")
    return FileRef(
        id=file.text("id"),
        name=file.text("name") or file.text("title") or file.text("id"),
        kind=_kind(file),
        size=file.number("size"),
        url=url,
        seconds=round(file.number("duration_ms") / 1000),
    )


def _kind(file: Node) -> FileKind:
    if file.text("subtype") == "slack_audio" or file.text("mimetype").startswith("audio/"):
        return FileKind.VOICE
    return FileKind.PHOTO if file.text("mimetype").startswith("image/") else FileKind.DOCUMENT
