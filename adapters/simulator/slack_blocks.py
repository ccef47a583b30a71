"""Checks blocks and views against Block Kit's published limits. Complaints read like Slack's own."""

import json
from collections.abc import Iterator
from dataclasses import dataclass, field

from adapters.simulator.wire import JsonObject, as_list, as_object, as_text

MOST_BLOCKS = {"message": 50, "modal": 100, "home": 100}
#: Block types by where they may stand; only what the platform documents.
TYPES = {
    "message": {"section", "header", "divider", "context", "actions", "image", "rich_text", "markdown", "input",
                "table", "file", "video", "context_actions"},
    "modal": {"section", "header", "divider", "context", "actions", "image", "rich_text", "input", "video"},
    "home": {"section", "header", "divider", "context", "actions", "image", "rich_text", "input", "video"},
}  # fmt: skip
ACTION_ELEMENTS = {
    "button", "overflow", "datepicker", "timepicker", "datetimepicker", "checkboxes", "radio_buttons", "static_select",
    "external_select", "users_select", "conversations_select", "channels_select", "multi_static_select",
    "multi_external_select", "multi_users_select", "multi_conversations_select", "multi_channels_select",
}  # fmt: skip
INPUT_ELEMENTS = (ACTION_ELEMENTS - {"button", "overflow"}) | {
    "plain_text_input", "email_text_input", "url_text_input", "number_input", "rich_text_input", "file_input",
}  # fmt: skip
#: Options an element may have.
MOST_OPTIONS = {"static_select": 100, "multi_static_select": 100, "overflow": 5, "checkboxes": 10, "radio_buttons": 10}
MOST_MARKDOWN = 12_000
MOST_VIEW_BYTES = 250_000


@dataclass(slots=True)
class _Check:
    surface: str
    complaints: list[str] = field(default_factory=list)
    block_ids: set[str] = field(default_factory=set)
    action_ids: set[str] = field(default_factory=set)

    def complain(self, what: str, where: str) -> None:
        self.complaints.append(f"[ERROR] {what} [json-pointer:{where}]")

    def length(self, text: str, most: int, where: str, least: int = 1) -> None:
        if len(text) < least:
            self.complain(f"must be more than {least - 1} characters", where)
        if len(text) > most:
            self.complain(f"must be less than {most + 1} characters", where)

    def text(self, value: object, most: int, where: str, kinds: tuple[str, ...] = ("plain_text", "mrkdwn")) -> None:
        found = as_object(value)
        if not found:
            self.complain("missing required field: text", where)
        elif found.get("type") not in kinds:
            self.complain(f"unsupported type: {found.get('type')}", f"{where}/type")
        else:
            self.length(as_text(found.get("text")), most, f"{where}/text")


def check_message_blocks(blocks: object) -> list[str]:
    """What is wrong with a message's blocks; nothing when the list is empty."""
    return _check_blocks(_Check("message"), blocks, "/blocks")


def _check_blocks(check: _Check, blocks: object, where: str) -> list[str]:
    if not isinstance(blocks, list):
        check.complain("must be an array", where)
        return check.complaints
    if len(blocks) > MOST_BLOCKS[check.surface]:
        check.complain(f"no more than {MOST_BLOCKS[check.surface]} items allowed", where)
    for index, block in enumerate(map(as_object, blocks)):
        _check_block(check, block, f"{where}/{index}")
    markdown = sum(len(as_text(as_object(each).get("text"))) for each in blocks if _type(each) == "markdown")
    if markdown > MOST_MARKDOWN:
        check.complain(f"markdown blocks hold no more than {MOST_MARKDOWN} characters together", where)
    return check.complaints


def _type(block: object) -> object:
    return as_object(block).get("type")


def _check_block(check: _Check, block: JsonObject, where: str) -> None:
    kind = as_text(block.get("type"))
    if kind not in TYPES[check.surface]:
        check.complain(f"unsupported type: {kind or 'none'}", f"{where}/type")
        return
    if "block_id" in block:
        block_id = as_text(block["block_id"])
        check.length(block_id, 255, f"{where}/block_id")
        if block_id in check.block_ids:
            check.complain(f"`block_id` must be unique: {block_id}", f"{where}/block_id")
        check.block_ids.add(block_id)
    match kind:
        case "section":
            _check_section(check, block, where)
        case "header":
            check.text(block.get("text"), 150, f"{where}/text", ("plain_text",))
        case "markdown":
            check.length(as_text(block.get("text")), MOST_MARKDOWN, f"{where}/text")
        case "context":
            _check_context(check, as_list(block.get("elements")), f"{where}/elements")
        case "actions":
            _check_actions(check, as_list(block.get("elements")), f"{where}/elements")
        case "input":
            _check_input(check, block, where)
        case "image":
            _check_image(check, block, where)


def _check_section(check: _Check, block: JsonObject, where: str) -> None:
    fields = as_list(block.get("fields"))
    if not fields or "text" in block:
        check.text(block.get("text"), 3000, f"{where}/text")
    if len(fields) > 10:
        check.complain("no more than 10 items allowed", f"{where}/fields")
    for index, each in enumerate(fields):
        check.text(each, 2000, f"{where}/fields/{index}")
    if "accessory" in block:
        accessory = as_object(block["accessory"])
        if accessory.get("type") == "image":
            _check_image(check, accessory, f"{where}/accessory")
        else:
            _check_element(check, accessory, f"{where}/accessory", ACTION_ELEMENTS)


def _check_context(check: _Check, elements: list[object], where: str) -> None:
    if not 1 <= len(elements) <= 10:
        check.complain("must have between 1 and 10 items", where)
    for index, element in enumerate(map(as_object, elements)):
        if element.get("type") == "image":
            _check_image(check, element, f"{where}/{index}")
        else:
            check.text(element, 2000, f"{where}/{index}")


def _check_actions(check: _Check, elements: list[object], where: str) -> None:
    if not 1 <= len(elements) <= 25:
        check.complain("must have between 1 and 25 items", where)
    for index, element in enumerate(elements):
        _check_element(check, as_object(element), f"{where}/{index}", ACTION_ELEMENTS)


def _check_input(check: _Check, block: JsonObject, where: str) -> None:
    check.text(block.get("label"), 2000, f"{where}/label", ("plain_text",))
    if "hint" in block:
        check.text(block["hint"], 2000, f"{where}/hint", ("plain_text",))
    _check_element(check, as_object(block.get("element")), f"{where}/element", INPUT_ELEMENTS)


def _check_image(check: _Check, image: JsonObject, where: str) -> None:
    if not as_text(image.get("image_url")) and not image.get("slack_file"):
        check.complain("missing required field: image_url", where)
    check.length(as_text(image.get("alt_text")), 2000, f"{where}/alt_text")


def _check_element(check: _Check, element: JsonObject, where: str, allowed: set[str]) -> None:
    kind = as_text(element.get("type"))
    if kind not in allowed:
        check.complain(f"unsupported type: {kind or 'none'}", f"{where}/type")
        return
    if "action_id" in element:
        _check_action_id(check, as_text(element["action_id"]), f"{where}/action_id")
    if kind == "button":
        _check_button(check, element, where)
    if "placeholder" in element:
        check.text(element["placeholder"], 150, f"{where}/placeholder", ("plain_text",))
    if kind == "plain_text_input":
        check.length(as_text(element.get("initial_value")), 3000, f"{where}/initial_value", least=0)
        longest = element.get("max_length")
        if longest is not None and not (isinstance(longest, int) and 1 <= longest <= 3000):
            check.complain("must be between 1 and 3000", f"{where}/max_length")
    if kind in MOST_OPTIONS:
        _check_options(check, element, where, MOST_OPTIONS[kind])


def _check_action_id(check: _Check, action_id: str, where: str) -> None:
    check.length(action_id, 255, where)
    if action_id in check.action_ids:
        check.complain(f"`action_id` must be unique: {action_id}", where)
    check.action_ids.add(action_id)


def _check_button(check: _Check, button: JsonObject, where: str) -> None:
    check.text(button.get("text"), 75, f"{where}/text", ("plain_text",))
    if "value" in button:
        check.length(as_text(button["value"]), 2000, f"{where}/value")
    if "url" in button:
        check.length(as_text(button["url"]), 3000, f"{where}/url")
    if button.get("style", "primary") not in ("primary", "danger"):
        check.complain("must be one of: primary, danger", f"{where}/style")
    if "confirm" in button:
        confirm = as_object(button["confirm"])
        check.text(confirm.get("title"), 100, f"{where}/confirm/title", ("plain_text",))
        check.text(confirm.get("text"), 300, f"{where}/confirm/text")


def _options(element: JsonObject) -> Iterator[object]:
    yield from as_list(element.get("options"))
    for group in as_list(element.get("option_groups")):
        yield from as_list(as_object(group).get("options"))


def _check_options(check: _Check, element: JsonObject, where: str, most: int) -> None:
    options = list(_options(element))
    if not 1 <= len(options) <= most:
        check.complain(f"must have between 1 and {most} items", f"{where}/options")
    for index, option in enumerate(map(as_object, options)):
        check.text(option.get("text"), 75, f"{where}/options/{index}/text")
        check.length(as_text(option.get("value")), 150, f"{where}/options/{index}/value")


def check_options(options: list[object]) -> list[str]:
    """What is wrong with the options that answer a block_suggestion."""
    check = _Check("modal")
    if options:
        _check_options(check, {"options": options}, "", 100)
    return check.complaints


def check_view(view: JsonObject, surface: str) -> list[str]:
    """What is wrong with a modal or a Home tab."""
    check = _Check(surface)
    if view.get("type") != surface:
        check.complain(f"must be {surface}", "/view/type")
    if surface == "modal":
        check.text(view.get("title"), 24, "/view/title", ("plain_text",))
        for name in ("submit", "close"):
            if name in view:
                check.text(view[name], 24, f"/view/{name}", ("plain_text",))
    check.length(as_text(view.get("private_metadata")), 3000, "/view/private_metadata", least=0)
    check.length(as_text(view.get("callback_id")), 255, "/view/callback_id", least=0)
    _check_blocks(check, view.get("blocks"), "/view/blocks")
    has_input = any(_type(block) == "input" for block in as_list(view.get("blocks")))
    if surface == "modal" and has_input and "submit" not in view:
        check.complain("a `submit` is required when there is an `input` block", "/view/submit")
    if len(json.dumps(view)) > MOST_VIEW_BYTES:
        check.complain("view is too large", "/view")
    return check.complaints
