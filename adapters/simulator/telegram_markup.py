"""Reads and checks what a bot sends below and inside its messages: reply markup, parse mode, reply parameters."""

from dataclasses import dataclass

from adapters.simulator.telegram_html import CannotParse, Parsed, parse_html, utf16_length
from adapters.simulator.telegram_state import Button, bad_request
from adapters.simulator.wire import JsonObject, Parameters, UnreadableBody, as_list, as_object, as_text

MOST_BUTTONS = 100
MOST_IN_A_ROW = 8
MOST_CALLBACK_BYTES = 64
MOST_TEXT = 4096
MOST_CAPTION = 1024


@dataclass(frozen=True, slots=True)
class Markup:
    """What goes below a message."""

    buttons: tuple[tuple[Button, ...], ...] = ()
    force_reply: bool = False


def structure(parameters: Parameters, name: str, what: str) -> object:
    """A JSON parameter; refused in the platform's words when it cannot be read."""
    try:
        return parameters.structure(name)
    except UnreadableBody as error:
        raise bad_request(f"can't parse {what} JSON object") from error


def read_markup(parameters: Parameters) -> Markup:
    """The reply markup of a call, checked against the platform's limits."""
    markup = as_object(structure(parameters, "reply_markup", "reply keyboard markup"))
    rows = [tuple(_button(as_object(each)) for each in as_list(row)) for row in as_list(markup.get("inline_keyboard"))]
    if sum(map(len, rows)) > MOST_BUTTONS or any(len(row) > MOST_IN_A_ROW for row in rows):
        raise bad_request("reply markup is too long")
    return Markup(tuple(row for row in rows if row), markup.get("force_reply") is True)


def _button(button: JsonObject) -> Button:
    text, data, url = (as_text(button.get(name)) for name in ("text", "callback_data", "url"))
    if not text.strip():
        raise bad_request("can't parse inline keyboard button: Text must be non-empty")
    if "callback_data" in button and not 1 <= len(data.encode()) <= MOST_CALLBACK_BYTES:
        raise bad_request("BUTTON_DATA_INVALID")
    if not data and not url:
        raise bad_request("can't parse inline keyboard button: Text buttons are unallowed in the inline keyboard")
    if url and not url.startswith(("http://", "https://", "tg://")):
        raise bad_request(f"inline keyboard button URL '{url}' is invalid: Unsupported URL protocol")
    return Button(text, data, url)


def read_text(parameters: Parameters) -> Parsed:
    """The text of a message; empty and too long ones are refused."""
    parsed = _parsed(parameters, "text", "entities")
    if not parsed.text:
        raise bad_request("message text is empty")
    if utf16_length(parsed.text) > MOST_TEXT:
        raise bad_request("message is too long")
    return parsed


def read_caption(parameters: Parameters) -> Parsed:
    """The caption of a file; it may be empty."""
    parsed = _parsed(parameters, "caption", "caption_entities")
    if utf16_length(parsed.text) > MOST_CAPTION:
        raise bad_request("message caption is too long")
    return parsed


def _parsed(parameters: Parameters, words: str, marks: str) -> Parsed:
    source, mode = parameters.text(words), parameters.text("parse_mode").lower()
    if "\x00" in source or any(0xD800 <= ord(each) < 0xE000 for each in source):
        raise bad_request("strings must be encoded in UTF-8")
    if mode == "html":
        try:
            return parse_html(source)
        except CannotParse as error:
            raise bad_request(f"can't parse entities: {error}") from error
    if mode:
        raise bad_request("unsupported parse_mode")
    entities = as_list(structure(parameters, marks, "message entities"))
    return Parsed(source.strip(), tuple(as_object(entity) for entity in entities))


def reply_target(parameters: Parameters) -> tuple[int, bool]:
    """The message that is answered (0: none) and whether the answer may go out without it."""
    reply = as_object(structure(parameters, "reply_parameters", "reply parameters"))
    target = reply.get("message_id", parameters.integer("reply_to_message_id"))
    lenient = reply.get("allow_sending_without_reply") is True or parameters.flag("allow_sending_without_reply")
    return (int(target) if isinstance(target, int | str) and str(target).isdigit() else 0), lenient
