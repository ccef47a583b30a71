"""Web API methods for modals and the Home tab."""

import time

from adapters.simulator.slack_blocks import check_view
from adapters.simulator.slack_chat import Workspace, structured, with_ids
from adapters.simulator.slack_json import view_json
from adapters.simulator.slack_state import SlackError, SlackState, Trigger, View
from adapters.simulator.wire import JsonObject, Parameters, as_list, as_object, as_text

MOST_STACKED = 3


def checked(state: SlackState, view: JsonObject, surface: str) -> JsonObject:
    """A view that Slack accepts, with ids where it had none."""
    complaints = check_view(view, surface)
    if complaints:
        raise SlackError("invalid_arguments", tuple(complaints))
    blocks = [as_object(block) for block in as_list(view.get("blocks"))]
    return {**view, "blocks": with_ids(state, blocks)}


def exchange(state: SlackState, trigger_id: str) -> Trigger:
    """Use up a trigger; it must be young and fresh."""
    trigger = state.triggers.get(trigger_id)
    if trigger is None:
        raise SlackError("invalid_trigger_id")
    if time.monotonic() - trigger.born > state.trigger_life:
        raise SlackError("expired_trigger_id")
    if trigger.used:
        raise SlackError("exchanged_trigger_id")
    trigger.used = True
    return trigger


def stack(state: SlackState, user: str) -> list[View]:
    """The modals open in front of somebody, the uppermost last."""
    return [view for view in state.views.values() if view.user == user and view.open]


def show(state: SlackState, user: str, content: JsonObject, below: View | None = None) -> View:
    """A new modal appears, on its own or over another one."""
    identifier = state.unique("V")
    root, previous = (below.root, below.id) if below else (identifier, "")
    view = View(identifier, user, content, state.unique("h"), root, previous)
    state.views[identifier] = view
    state.changes.touch()
    return view


def replace(state: SlackState, view: View, content: JsonObject) -> View:
    """A modal shows something else from now on."""
    view.content, view.hash, view.errors = content, state.unique("h"), {}
    state.changes.touch()
    return view


def _given(parameters: Parameters) -> JsonObject:
    view = as_object(structured(parameters, "view"))
    if not view:
        raise SlackError("invalid_arguments", ("[ERROR] missing required field: view",))
    return view


def open_view(workspace: Workspace, parameters: Parameters) -> JsonObject:
    """views.open: a modal, or over the modal the trigger came from."""
    state = workspace.state
    content = checked(state, _given(parameters), "modal")
    trigger = exchange(state, parameters.text("trigger_id"))
    below = state.views.get(trigger.view)
    return {"view": view_json(state, show(state, trigger.user, content, below if below and below.open else None))}


def push_view(workspace: Workspace, parameters: Parameters) -> JsonObject:
    """views.push: at most three modals over each other."""
    state = workspace.state
    content = checked(state, _given(parameters), "modal")
    trigger = exchange(state, parameters.text("trigger_id"))
    opened = stack(state, trigger.user)
    if len(opened) >= MOST_STACKED:
        raise SlackError("push_limit_reached")
    return {"view": view_json(state, show(state, trigger.user, content, opened[-1] if opened else None))}


def update_view(workspace: Workspace, parameters: Parameters) -> JsonObject:
    """views.update; with a hash only if nobody changed the view meanwhile."""
    state, identifier = workspace.state, parameters.text("view_id") or parameters.text("external_id")
    view = next(
        (each for each in state.views.values() if identifier in (each.id, as_text(each.content.get("external_id")))),
        None,
    )
    if view is None or not view.open:
        raise SlackError("not_found")
    if parameters.text("hash") not in ("", view.hash):
        raise SlackError("hash_conflict")
    return {"view": view_json(state, replace(state, view, checked(state, _given(parameters), "modal")))}


def publish_view(workspace: Workspace, parameters: Parameters) -> JsonObject:
    """views.publish: somebody's Home tab."""
    state, user = workspace.state, parameters.text("user_id")
    if user not in state.users:
        raise SlackError("invalid_arguments", ("[ERROR] invalid `user_id`",))
    content = checked(state, _given(parameters), "home")
    old = state.homes.get(user)
    if parameters.text("hash") not in ("", old.hash if old else ""):
        raise SlackError("hash_conflict")
    identifier = old.id if old else state.unique("V")
    home = View(identifier, user, content, state.unique("h"), identifier)
    state.homes[user] = home
    state.changes.touch()
    return {"view": view_json(state, home)}
