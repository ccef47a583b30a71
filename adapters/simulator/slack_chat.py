"""Web API methods that post, change and delete messages."""

from dataclasses import dataclass

from adapters.simulator.limits import SlackLimits
from adapters.simulator.slack_blocks import check_message_blocks
from adapters.simulator.slack_events import SlackEvents
from adapters.simulator.slack_json import message_json
from adapters.simulator.slack_state import (
    ChannelKind,
    Notification,
    RateLimited,
    SlackChannel,
    SlackError,
    SlackMessage,
    SlackState,
)
from adapters.simulator.slack_text import mentions_of, plain
from adapters.simulator.wire import JsonObject, Parameters, UnreadableBody, as_list, as_object, as_text

MOST_TEXT = 40_000
#: Over all blocks together; undocumented, met near this figure.
MOST_BLOCK_TEXT = 13_200


@dataclass(frozen=True, slots=True)
class Workspace:
    """What a method works on."""

    state: SlackState
    events: SlackEvents


def conversation(state: SlackState, named: str) -> SlackChannel:
    """A conversation by its id, its #name, or a person; private ones the bot is not in do not exist for it."""
    found = state.channels.get(named) or next(
        (each for each in state.channels.values() if each.name and f"#{each.name}" == named), None
    )
    if found is None and named in state.users and named != state.app.bot_user:
        found = state.direct(named)
    if found is None or (found.kind is ChannelKind.PRIVATE and not state.bot_in(found)):
        raise SlackError("channel_not_found")
    return found


def writable(state: SlackState, named: str) -> SlackChannel:
    """A conversation the bot may write to."""
    channel = conversation(state, named)
    if channel.archived:
        raise SlackError("is_archived")
    if not state.bot_in(channel):
        raise SlackError("not_in_channel")
    return channel


def structured(parameters: Parameters, name: str) -> object:
    """A JSON parameter; refused in Slack's words when it cannot be read."""
    try:
        return parameters.structure(name)
    except UnreadableBody as error:
        raise SlackError("invalid_blocks_format" if name == "blocks" else "invalid_arguments") from error


def read_blocks(state: SlackState, parameters: Parameters) -> list[JsonObject]:
    """The blocks of a message, checked; what has no id is given one."""
    blocks = structured(parameters, "blocks")
    if blocks is None:
        return []
    complaints = check_message_blocks(blocks)
    if complaints:
        errors = [each.removeprefix("[ERROR] ") for each in complaints]
        raise SlackError("invalid_blocks", tuple(complaints), errors=errors)
    checked = with_ids(state, [as_object(block) for block in as_list(blocks)])
    if len(plain(SlackMessage("", "", "", "", checked))) > MOST_BLOCK_TEXT:
        raise SlackError("msg_blocks_too_long")
    return checked


def with_ids(state: SlackState, blocks: list[JsonObject]) -> list[JsonObject]:
    """Slack gives ids to blocks and elements that have none."""
    named: list[JsonObject] = []
    for block in blocks:
        copy: JsonObject = {"block_id": state.unique("b"), **block}
        if copy.get("type") == "actions":
            elements = [as_object(each) for each in as_list(copy.get("elements"))]
            copy["elements"] = [{"action_id": state.unique("a"), **each} for each in elements]
        for name in ("accessory", "element"):
            if as_object(copy.get(name)).get("type") not in (None, "image"):
                copy[name] = {"action_id": state.unique("a"), **as_object(copy[name])}
        named.append(copy)
    return named


def _text(parameters: Parameters) -> str:
    text = parameters.text("text")
    if len(text) > MOST_TEXT:
        raise SlackError("msg_too_long")
    return text


def _metadata(parameters: Parameters) -> JsonObject:
    if "metadata" not in parameters:
        return {}
    metadata = as_object(structured(parameters, "metadata"))
    if not as_text(metadata.get("event_type")) or not isinstance(metadata.get("event_payload"), dict):
        raise SlackError("invalid_metadata_format")
    return metadata


def check_pace(state: SlackState, channel: SlackChannel, limits: SlackLimits) -> None:
    """Refuse the second message of a second; what is accepted counts."""
    key = f"post {channel.id}"
    if wait := state.windows.wait(key, limits.channel):
        raise RateLimited(wait)
    state.windows.count(key, limits.channel)


def thread_of(state: SlackState, channel: SlackChannel, thread_ts: str) -> str:
    """The thread a reply goes to; empty when there is no such message, because Slack then posts it for all to see."""
    parent = state.message(channel.id, thread_ts)
    return (parent.thread_ts if parent.in_thread else parent.ts) if parent else ""


def put(workspace: Workspace, message: SlackMessage) -> SlackMessage:
    """A message of the bot appears: people are notified and the app hears of it."""
    state = workspace.state
    state.add(message)
    state.notifications += [Notification(message.channel, message.ts, target) for target in mentions_of(message)]
    workspace.events.posted(message)
    return message


def post_message(workspace: Workspace, parameters: Parameters) -> JsonObject:
    """chat.postMessage."""
    state = workspace.state
    channel = writable(state, parameters.text("channel"))
    text, blocks, metadata = _text(parameters), read_blocks(state, parameters), _metadata(parameters)
    if not text.strip() and not blocks:
        raise SlackError("no_text")
    wanted = parameters.text("thread_ts")
    thread = thread_of(state, channel, wanted) if wanted else ""
    check_pace(state, channel, state.limits)
    app = state.app
    message = SlackMessage(state.next_ts(), channel.id, app.bot_user, text, blocks, thread, from_bot=True)
    message.metadata = metadata
    if wanted and not thread:
        state.unthreaded.append(message)
    put(workspace, message)
    return {"channel": channel.id, "ts": message.ts, "message": message_json(state, message)}


def post_ephemeral(workspace: Workspace, parameters: Parameters) -> JsonObject:
    """chat.postEphemeral: seen by one member, never again found."""
    state = workspace.state
    channel, user = writable(state, parameters.text("channel")), parameters.text("user")
    text, blocks = _text(parameters), read_blocks(state, parameters)
    if not text.strip() and not blocks:
        raise SlackError("no_text")
    if user not in channel.members:
        raise SlackError("user_not_in_channel")
    thread = parameters.text("thread_ts")
    message = ephemeral(state, channel, user, (text, blocks), thread)
    return {"message_ts": message.ts}


def ephemeral(
    state: SlackState, channel: SlackChannel, user: str, content: tuple[str, list[JsonObject]], thread: str = ""
) -> SlackMessage:
    """A message that one person sees."""
    text, blocks = content
    return state.add(
        SlackMessage(
            state.next_ts(), channel.id, state.app.bot_user, text, blocks, thread, from_bot=True, only_for=user
        )
    )


def _own(state: SlackState, parameters: Parameters, refusal: str) -> SlackMessage:
    channel = conversation(state, parameters.text("channel"))
    message = state.message(channel.id, parameters.text("ts"))
    if message is None:
        raise SlackError("message_not_found")
    if not message.from_bot:
        raise SlackError(refusal)
    return message


def update(workspace: Workspace, parameters: Parameters) -> JsonObject:
    """chat.update: what is not given stays."""
    state = workspace.state
    message = _own(state, parameters, "cant_update_message")
    text, blocks, metadata = _text(parameters), read_blocks(state, parameters), _metadata(parameters)
    if not text.strip() and "blocks" not in parameters:
        raise SlackError("no_text")
    before = message_json(state, message)
    change(state, message, text or message.text, blocks if "blocks" in parameters else message.blocks)
    message.metadata = metadata or message.metadata
    workspace.events.changed(message, before)
    after = message_json(state, message)
    return {"channel": message.channel, "ts": message.ts, "text": message.text, "message": after}


def change(state: SlackState, message: SlackMessage, text: str, blocks: list[JsonObject]) -> None:
    """The message reads like this from now on."""
    message.earlier.append(message.text)
    message.text, message.blocks, message.edited = text, blocks, state.next_ts()
    state.changes.touch()


def delete(workspace: Workspace, parameters: Parameters) -> JsonObject:
    """chat.delete."""
    message = _own(workspace.state, parameters, "cant_delete_message")
    remove(workspace, message)
    return {"channel": message.channel, "ts": message.ts}


def remove(workspace: Workspace, message: SlackMessage) -> None:
    """The message is gone for everybody."""
    message.deleted = True
    workspace.events.deleted(message)
    workspace.state.changes.touch()


def get_permalink(workspace: Workspace, parameters: Parameters) -> JsonObject:
    """chat.getPermalink."""
    state = workspace.state
    channel = conversation(state, parameters.text("channel"))
    message = state.message(channel.id, parameters.text("message_ts"))
    if message is None:
        raise SlackError("message_not_found")
    link = f"https://{state.app.team_name}.slack.com/archives/{channel.id}/p{message.ts.replace('.', '')}"
    if message.in_thread:
        link += f"?thread_ts={message.thread_ts}&cid={channel.id}"
    return {"channel": channel.id, "permalink": link}


def add_reaction(workspace: Workspace, parameters: Parameters) -> JsonObject:
    """reactions.add."""
    state = workspace.state
    channel = writable(state, parameters.text("channel"))
    message = state.message(channel.id, parameters.text("timestamp"))
    if message is None:
        raise SlackError("message_not_found")
    reaction = (parameters.text("name"), state.app.bot_user)
    if not reaction[0]:
        raise SlackError("invalid_name")
    if reaction in message.reactions:
        raise SlackError("already_reacted")
    message.reactions.append(reaction)
    state.changes.touch()
    return {}
