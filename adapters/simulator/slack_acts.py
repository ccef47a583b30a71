"""What people do with buttons, forms and commands in Slack, and what comes of it."""

import time
import uuid
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from adapters.simulator.faults import ControlError
from adapters.simulator.slack_blocks import check_options, check_view
from adapters.simulator.slack_chat import Workspace, ephemeral, put, with_ids
from adapters.simulator.slack_delivery import Ack, Deliverer, Kind
from adapters.simulator.slack_json import message_json, view_json
from adapters.simulator.slack_state import ChannelKind, SlackButton, SlackChannel, SlackMessage, SlackUser, View
from adapters.simulator.slack_text import buttons, interactive, label
from adapters.simulator.slack_views import checked, replace, show, stack
from adapters.simulator.wire import JsonObject, as_list, as_object, as_text

#: What is written or chosen in a form: text, a value or label of one option, or several.
Filled = str | Sequence[str]
SEVERAL = ("checkboxes", "multi_static_select", "multi_external_select")


@dataclass(frozen=True, slots=True)
class FormField:
    """A field of an open form."""

    name: str
    block_id: str
    label: str
    type: str
    required: bool
    #: Choices as (value, label).
    options: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Submission:
    """What came of sending a form."""

    ack: Ack
    #: Errors shown at the fields, by block; the form stays open then.
    errors: Mapping[str, str]
    #: The form that is in front of the person now, if any.
    view: View | None


def form_fields(view: View) -> Iterator[FormField]:
    """What can be filled in, in the order shown."""
    for block in view.blocks:
        element = as_object(block.get("element"))
        if block.get("type") == "input":
            options = [as_object(each) for each in as_list(element.get("options"))]
            yield FormField(
                as_text(element.get("action_id")),
                as_text(block.get("block_id")),
                as_text(as_object(block.get("label")).get("text")),
                as_text(element.get("type")),
                block.get("optional") is not True,
                tuple((as_text(each.get("value")), label(each)) for each in options),
            )


class SlackActs:
    """Everything that is handed to the app as an interaction. Each act waits for the app's acknowledgement."""

    def __init__(self, workspace: Workspace, deliverer: Deliverer) -> None:
        self.workspace = workspace
        self.state = workspace.state
        self.deliverer = deliverer

    async def press(self, user: SlackUser, message: SlackMessage, button: str) -> Ack:
        """Press a button or choose an option of a menu: by action id, value or label."""
        found = _find(buttons(message.blocks), button)
        return await self.forge_press(user, message, found.action_id, found.value, found.block_id)

    async def forge_press(
        self, user: SlackUser, message: SlackMessage, action_id: str, value: str, block_id: str = "forged"
    ) -> Ack:
        """A press with any action and value."""
        if message.only_for not in ("", user.id):
            raise ControlError("somebody else's ephemeral message cannot be pressed")
        channel = self.state.channels[message.channel]
        ephemeral_one = bool(message.only_for)
        container: JsonObject = {
            "type": "message",
            "message_ts": message.ts,
            "channel_id": channel.id,
            "is_ephemeral": ephemeral_one,
        }
        if message.in_thread:
            container["thread_ts"] = message.thread_ts
        name = "directmessage" if channel.kind is ChannelKind.DIRECT else channel.name
        payload: JsonObject = {
            **self._common("block_actions", user),
            "container": container,
            "channel": {"id": channel.id, "name": name},
            "state": {"values": {}},
            "response_url": self.state.new_response_url(user.id, channel.id, message.ts),
            "actions": [self._action(message.blocks, action_id, value, block_id)],
        }
        if not ephemeral_one:
            payload["message"] = message_json(self.state, message)
        return await self.deliverer.interact(Kind.INTERACTIVE, payload)

    async def press_in_view(self, user: SlackUser, view: View, button: str) -> Ack:
        """Press a button in a modal or on the Home tab."""
        found = _find(buttons(view.blocks), button)
        payload: JsonObject = {
            **self._common("block_actions", user, view.id),
            "container": {"type": "view", "view_id": view.id},
            "view": view_json(self.state, view),
            "actions": [self._action(view.blocks, found.action_id, found.value, found.block_id)],
        }
        return await self.deliverer.interact(Kind.INTERACTIVE, payload)

    async def command(self, user: SlackUser, channel: SlackChannel | None, command: str, text: str = "") -> Ack:
        """Type a slash command, in the conversation with the bot or in a channel; threads know none."""
        place, app = channel or self.state.direct(user.id), self.state.app
        names = {ChannelKind.DIRECT: "directmessage", ChannelKind.PRIVATE: "privategroup"}
        payload: JsonObject = {
            "token": app.verification,
            "team_id": app.team,
            "team_domain": app.team_name,
            "channel_id": place.id,
            "channel_name": names.get(place.kind, place.name),
            "user_id": user.id,
            "user_name": user.handle,
            "command": command,
            "text": text,
            "api_app_id": app.app_id,
            "is_enterprise_install": "false",
            "response_url": self.state.new_response_url(user.id, place.id),
            "trigger_id": self.state.new_trigger(user.id),
        }
        ack = await self.deliverer.interact(Kind.COMMAND, payload)
        self._show_answer(user, place, ack.body)
        return ack

    def _show_answer(self, user: SlackUser, channel: SlackChannel, body: JsonObject) -> None:
        text, blocks = as_text(body.get("text")), [as_object(each) for each in as_list(body.get("blocks"))]
        if not text and not blocks:
            return
        named = with_ids(self.state, blocks)
        if body.get("response_type") == "in_channel":
            bot = self.state.app.bot_user
            put(self.workspace, SlackMessage(self.state.next_ts(), channel.id, bot, text, named, from_bot=True))
        else:
            ephemeral(self.state, channel, user.id, (text, named))

    async def submit(self, user: SlackUser, view: View, values: Mapping[str, Filled]) -> Submission:
        """Fill in a form and send it. Fields are named by action id, block id or label."""
        if view not in stack(self.state, user.id):
            raise ControlError("this form is not open in front of this person")
        state = self._filled(view, values)
        payload: JsonObject = {
            **self._common("view_submission", user, view.id),
            "view": view_json(self.state, view, state),
            "response_urls": [],
        }
        ack = await self.deliverer.interact(Kind.INTERACTIVE, payload)
        if ack.ok:
            self._after_submission(user, view, ack.body)
        opened = stack(self.state, user.id)
        return Submission(ack, view.errors, opened[-1] if opened else None)

    async def close(self, user: SlackUser, view: View) -> Ack | None:
        """Close a form without sending it; the app hears of it only if it asked to."""
        view.open = False
        self.state.changes.touch()
        if view.content.get("notify_on_close") is not True:
            return None
        payload: JsonObject = {
            **self._common("view_closed", user, view.id),
            "view": view_json(self.state, view),
            "is_cleared": False,
        }
        return await self.deliverer.interact(Kind.INTERACTIVE, payload)

    async def suggest(self, user: SlackUser, view: View, action_id: str, typed: str) -> list[tuple[str, str]]:
        """Type into an external select: the options the app offers, as (value, label)."""
        named = next((block for block, each in interactive(view.blocks) if each.get("action_id") == action_id), "")
        payload: JsonObject = {
            **self._common("block_suggestion", user, view.id),
            "container": {"type": "view", "view_id": view.id},
            "view": view_json(self.state, view),
            "action_id": action_id,
            "block_id": named,
            "value": typed,
        }
        body = (await self.deliverer.interact(Kind.INTERACTIVE, payload)).body
        options = as_list(body.get("options"))
        self._refuse_all("block_suggestion", check_options(options))
        return [(as_text(as_object(each).get("value")), label(as_object(each))) for each in options]

    # Behind the acts

    def _common(self, kind: str, user: SlackUser, view: str = "") -> JsonObject:
        app = self.state.app
        return {
            "type": kind,
            "user": {"id": user.id, "username": user.handle, "name": user.handle, "team_id": user.team},
            "api_app_id": app.app_id,
            "token": app.verification,
            "trigger_id": self.state.new_trigger(user.id, view),
            "team": {"id": app.team, "domain": app.team_name},
            "enterprise": None,
            "is_enterprise_install": False,
        }

    def _action(self, blocks: list[JsonObject], action_id: str, value: str, block_id: str) -> JsonObject:
        about: JsonObject = {"action_id": action_id, "block_id": block_id, "action_ts": f"{time.time():.6f}"}
        element = next((each for _, each in interactive(blocks) if each.get("action_id") == action_id), {})
        kind = as_text(element.get("type")) or "button"
        if kind == "button":
            return {**about, "type": kind, "text": element.get("text", {}), "value": value}
        return {**about, "type": kind, "selected_option": _option(element, value)}

    def _filled(self, view: View, values: Mapping[str, Filled]) -> JsonObject:
        """The state of a form, as the person's app would send it; it refuses what the app would refuse."""
        state: JsonObject = {}
        left = dict(values)
        for field, (block, element) in zip(form_fields(view), _inputs(view), strict=True):
            name = next((name for name in (field.name, field.block_id, field.label) if name in left), "")
            initial = as_text(element.get("initial_value")) or as_object(element.get("initial_option"))
            given: object = left.pop(name) if name else initial
            if field.required and not given:
                raise ControlError(f"the field {field.label!r} must be filled in")
            state[as_text(block.get("block_id"))] = {field.name: _value(element, given)}
        if left:
            raise ControlError(f"no such field: {', '.join(left)}")
        return state

    def _after_submission(self, user: SlackUser, view: View, body: JsonObject) -> None:
        view.errors = {}
        match as_text(body.get("response_action")):
            case "errors":
                self._show_errors(view, as_object(body.get("errors")))
            case "update" | "push" as action if self._acceptable(as_object(body.get("view"))):
                content = checked(self.state, as_object(body["view"]), "modal")
                if action == "update":
                    replace(self.state, view, content)
                else:
                    show(self.state, user.id, content, view)
            case "clear":
                for each in stack(self.state, user.id):
                    each.open = False
            case "":
                view.open = False
        self.state.changes.touch()

    def _show_errors(self, view: View, errors: JsonObject) -> None:
        blocks = {field.block_id for field in form_fields(view)}
        strangers = [name for name in errors if name not in blocks]
        self._refuse_all("view_submission", [f"errors name no input block: {name}" for name in strangers])
        view.errors = {name: as_text(text) for name, text in errors.items() if name in blocks}

    def _acceptable(self, content: JsonObject) -> bool:
        complaints = check_view(content, "modal")
        self._refuse_all("view_submission", complaints)
        return not complaints

    def _refuse_all(self, method: str, complaints: Sequence[str]) -> None:
        for complaint in complaints:
            self.state.record.refuse(method, complaint)

    def new_client_id(self) -> str:
        """What the person's app calls a message it sent."""
        return str(uuid.uuid4())


def _inputs(view: View) -> Iterator[tuple[JsonObject, JsonObject]]:
    for block in view.blocks:
        if block.get("type") == "input":
            yield block, as_object(block.get("element"))


def _option(element: JsonObject, wanted: str) -> JsonObject:
    options = [as_object(each) for each in as_list(element.get("options"))]
    found = next((each for each in options if wanted in (as_text(each.get("value")), label(each))), None)
    if found is None and as_text(element.get("type")).endswith("static_select"):
        raise ControlError(f"no option {wanted!r} among {[label(each) for each in options]}")
    return found or {"text": {"type": "plain_text", "text": wanted}, "value": wanted}


def _value(element: JsonObject, given: object) -> JsonObject:
    kind = as_text(element.get("type"))
    several = [given] if isinstance(given, str) else list(given) if isinstance(given, Sequence) else []
    if kind in SEVERAL:
        return {"type": kind, "selected_options": [_option(element, str(each)) for each in several if each]}
    if kind.endswith("select") or kind == "radio_buttons":
        if kind.startswith(("users", "conversations", "channels")):
            return {"type": kind, f"selected_{kind.partition('_')[0][:-1]}": given or None}
        chosen = given if isinstance(given, dict) else _option(element, str(given)) if given else None
        return {"type": kind, "selected_option": chosen}
    if kind in ("datepicker", "timepicker"):
        return {"type": kind, f"selected_{kind.removesuffix('picker')}": given or None}
    longest = element.get("max_length")
    if isinstance(given, str) and isinstance(longest, int) and len(given) > longest:
        raise ControlError(f"at most {longest} characters fit in there")
    return {"type": kind, "value": given or None}


def _find(choices: list[SlackButton], wanted: str) -> SlackButton:
    """By action id, label or value; a part of the label when nothing else fits."""
    whole = [each for each in choices if wanted in (each.action_id, each.label)]
    values = [each for each in choices if each.value and each.value == wanted]
    partly = [each for each in choices if wanted and wanted.lower() in each.label.lower()]
    for found in (whole, values, partly):
        if found:
            return found[0]
    raise ControlError(f"nothing called {wanted!r} to press among {[each.label for each in choices]}")
