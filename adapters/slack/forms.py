"""A form as a Slack modal, and what was filled in."""

import json
from typing import TypeAlias

from adapters.slack.markup import escaped, shortened
from adapters.slack.payload import Node, parsed
from bot.core.channel import FormField, RenderedForm
from bot.core.message import Address, Fields, Submitted, Value

CALLBACK = "csobot-form"
TITLE_LIMIT = 24
OPTIONS_LIMIT = 100
OPTION_TEXT_LIMIT = 75
LABEL_LIMIT = 2000
INPUT_LIMIT = 3000

View: TypeAlias = dict[str, object]


def view(form: RenderedForm, address: Address) -> View:
    """The modal. Slack sends back no place with it, so that it carries its own next to the token."""
    place = {"token": form.token, "channel": address.chat, "thread": address.thread, "verb": form.verb}
    intro: list[View] = [_section(form.intro)] if form.intro.strip() else []
    return {
        "type": "modal",
        "callback_id": CALLBACK,
        "private_metadata": json.dumps(place, separators=(",", ":")),
        "title": _plain(form.title, TITLE_LIMIT),
        "submit": _plain(form.submit, TITLE_LIMIT),
        "close": _plain(form.cancel, TITLE_LIMIT),
        "blocks": intro + [_input(field) for field in form.fields],
    }


def _plain(text: str, limit: int) -> View:
    return {"type": "plain_text", "text": shortened(text.strip(), limit) or "…", "emoji": False}


def _section(text: str) -> View:
    shown = shortened(escaped(text), INPUT_LIMIT)
    return {"type": "section", "text": {"type": "mrkdwn", "text": shown, "verbatim": True}}


def _input(field: FormField) -> View:
    element = _select(field) if field.options else _text_input(field)
    return {
        "type": "input",
        "block_id": field.name,
        "label": _plain(field.label, LABEL_LIMIT),
        "optional": not field.required,
        "element": element,
    }


def _select(field: FormField) -> View:
    options = {value: _option(value, label) for value, label in field.options if value}
    offered = list(options.values())[:OPTIONS_LIMIT]
    if field.many:
        return {"type": "multi_static_select", "action_id": field.name, "options": offered}
    chosen: View = {"initial_option": options[field.initial]} if options.get(field.initial) in offered else {}
    return {"type": "static_select", "action_id": field.name, "options": offered, **chosen}


def _option(value: str, label: str) -> View:
    return {"text": _plain(label, OPTION_TEXT_LIMIT), "value": value}


def _text_input(field: FormField) -> View:
    filled: View = {"initial_value": field.initial[:INPUT_LIMIT]} if field.initial else {}
    return {
        "type": "plain_text_input",
        "action_id": field.name,
        "multiline": field.multiline,
        "max_length": INPUT_LIMIT,
        **filled,
    }


def filled_in(view: Node, account: str, trigger: str) -> tuple[Submitted, Address]:
    """What was filled in, with what the modal was opened with, and where."""
    place = parsed(view.text("private_metadata"))
    address = Address(account, place.text("channel"), place.text("thread"))
    return Submitted(place.text("token"), values(view), trigger, place.text("verb")), address


def values(view: Node) -> Fields:
    """Field name to what was filled in: words, or the values chosen."""
    return {name: _value(element) for name, block in view.entries("state", "values") for _, element in block.entries()}


def _value(element: Node) -> Value:
    if element.at("selected_options").value is not None:
        return [option.text("value") for option in element.items("selected_options")]
    return element.text("selected_option", "value") or element.text("value")
