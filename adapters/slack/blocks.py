"""A rendered message as Slack takes it: blocks, and the text that notifications and screen readers get."""

from typing import TypedDict

from adapters.slack.markup import (
    BUTTON_TEXT_LIMIT,
    BUTTONS_PER_BLOCK,
    CHOICES_LIMIT,
    FALLBACK_LIMIT,
    escaped,
    mrkdwn,
    sections,
    shortened,
)
from bot.core.channel import Rendered, RenderedButton

Block = dict[str, object]


class Body(TypedDict):
    """The part of a message that is words and buttons."""

    text: str
    blocks: list[Block]


def body(rendered: Rendered) -> Body:
    """Text and blocks of a message; both are mrkdwn with everything a person wrote escaped."""
    text = mrkdwn(rendered.html)
    return {
        "text": fallback(rendered),
        "blocks": [*(_section(part) for part in sections(text)), *_actions(rendered.buttons)],
    }


def fallback(rendered: Rendered) -> str:
    """The words alone; choices that can be typed are listed, for who sees no buttons."""
    choices = "  ".join(button.label for button in rendered.buttons if button.label[:1].isdigit())
    listed = escaped(shortened(choices, CHOICES_LIMIT))
    text = mrkdwn(rendered.html)
    room = FALLBACK_LIMIT - len(listed)
    words = text if len(text) <= room else "".join([*sections(text, room)[:1], "…"])
    return "\n\n".join(filter(None, (words, listed))) or "…"


def _section(text: str) -> Block:
    return {"type": "section", "text": {"type": "mrkdwn", "text": text, "verbatim": True}}


def _actions(buttons: tuple[RenderedButton, ...]) -> list[Block]:
    """Slack wraps buttons itself; a block holds 25, and no two may share an action id."""
    elements = [_button(number, button) for number, button in enumerate(buttons)]
    return [
        {"type": "actions", "elements": elements[start : start + BUTTONS_PER_BLOCK]}
        for start in range(0, len(elements), BUTTONS_PER_BLOCK)
    ]


def _button(number: int, button: RenderedButton) -> Block:
    label = shortened(button.label.strip(), BUTTON_TEXT_LIMIT) or "…"
    return {
        "type": "button",
        "action_id": f"button-{number}",
        "text": {"type": "plain_text", "text": label, "emoji": False},
        "value": button.token,
    }
