"""What people see of a message: words, things to press, and mentions that make phones ring."""

import html
import re
from collections.abc import Iterator

from adapters.simulator.slack_state import SlackButton, SlackMessage
from adapters.simulator.wire import JsonObject, as_list, as_object, as_text

_MENTION = re.compile(
    r"<(?:!(channel|here|everyone)(?:\|[^>]*)?|@([UW][A-Z0-9]+)(?:\|[^>]*)?|!subteam\^(S[A-Z0-9]+)[^>]*)>"
)
_LINK = re.compile(r"<([^<>|]+)\|([^<>]+)>")
_TYPED_TOKEN = re.compile(r"<(?:@[UW][A-Z0-9]+|#C[A-Z0-9]+|!channel|!here|!everyone)>")


def typed(text: str) -> str:
    """What a person typed as Slack sends it to apps: `& < >` escaped, mentions as tokens."""
    escaped, at = [], 0
    for token in _TYPED_TOKEN.finditer(text):
        escaped += [html.escape(text[at : token.start()], quote=False), token.group()]
        at = token.end()
    return "".join([*escaped, html.escape(text[at:], quote=False)])


def shown(mrkdwn: str) -> str:
    """mrkdwn as it reads: links by their words, entities resolved. Marks of bold and italic stay."""
    return html.unescape(_LINK.sub(r"\2", mrkdwn))


def mentions(text: str) -> list[str]:
    """Who is notified by a mrkdwn text: channel, here, everyone, user ids, user group ids."""
    return [next(filter(None, found.groups())) for found in _MENTION.finditer(text)]


def mentions_of(message: SlackMessage) -> list[str]:
    """Who is notified by a message, its blocks included; nobody twice."""
    found = mentions(message.text)
    for block in message.blocks:
        for each in _objects(block):
            if each.get("type") in ("mrkdwn", "markdown"):
                found += mentions(as_text(each.get("text")))
            elif each.get("type") == "broadcast":
                found.append(as_text(each.get("range")))
            elif each.get("type") == "user" and "user_id" in each:
                found.append(as_text(each.get("user_id")))
    return list(dict.fromkeys(found))


def _objects(value: object) -> Iterator[JsonObject]:
    if isinstance(value, dict):
        yield value
        for inner in value.values():
            yield from _objects(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _objects(inner)


def plain(message: SlackMessage) -> str:
    """The message as somebody reads it: the words of its blocks where it has any, else its text."""
    lines = [line for block in message.blocks for line in _block_lines(block)]
    return shown("\n".join(lines) if lines else message.text)


def _block_lines(block: JsonObject) -> list[str]:
    match block.get("type"):
        case "markdown":
            return [as_text(block.get("text"))]
        case "section" | "header" | "context":
            texts = [block.get("text"), *as_list(block.get("fields")), *as_list(block.get("elements"))]
            return [as_text(as_object(text).get("text")) for text in texts if as_object(text).get("text")]
        case "rich_text":
            parts = [each for each in _objects(block) if each.get("type") in ("text", "link")]
            return ["".join(as_text(each.get("text")) for each in parts)]
        case _:
            return []


def interactive(blocks: list[JsonObject]) -> Iterator[tuple[str, JsonObject]]:
    """Everything that can be acted on, as (block_id, element)."""
    for block in blocks:
        elements = [*as_list(block.get("elements")), block.get("accessory"), block.get("element")]
        for element in map(as_object, elements):
            if "action_id" in element:
                yield as_text(block.get("block_id")), element


def label(element: JsonObject) -> str:
    """What stands on a button or beside an option."""
    return as_text(as_object(element.get("text")).get("text"))


def buttons(blocks: list[JsonObject]) -> list[SlackButton]:
    """Everything that can be pressed: buttons, and the options of overflow menus and static selects."""
    found = []
    for block_id, element in interactive(blocks):
        action_id = as_text(element.get("action_id"))
        options = [as_object(each) for each in as_list(element.get("options"))]
        choices = [element] if element.get("type") == "button" else options
        found += [
            SlackButton(
                label(each),
                action_id,
                block_id,
                as_text(each.get("value")),
                as_text(each.get("style")),
                as_text(each.get("url")),
            )
            for each in choices
        ]
    return found
