"""Bot API methods that post, change and delete messages, and answer pressed buttons."""

from dataclasses import dataclass
from datetime import timedelta

from adapters.simulator.telegram_html import Parsed
from adapters.simulator.telegram_json import message_json
from adapters.simulator.telegram_markup import Markup, read_caption, read_markup, read_text, reply_target
from adapters.simulator.telegram_state import (
    GENERAL_TOPIC,
    PRESENT,
    ApiError,
    Attachment,
    Chat,
    Group,
    GroupShape,
    Message,
    Person,
    Status,
    TelegramState,
    bad_request,
)
from adapters.simulator.wire import Parameters

DELETABLE_FOR = timedelta(hours=48)
MOST_CALLBACK_TEXT = 200
LARGEST_UPLOAD = 50 * 1024 * 1024
LARGEST_PHOTO = 10 * 1024 * 1024
NOT_MODIFIED = (
    "message is not modified: specified new message content and reply markup are exactly the same as a current "
    "content and reply markup of the message"
)
EXPIRED_QUERY = "query is too old and response timeout expired or query ID is invalid"


@dataclass(frozen=True, slots=True)
class Content:
    """What a new message holds."""

    parsed: Parsed
    attachment: Attachment | None = None


def reachable_chat(state: TelegramState, parameters: Parameters) -> Chat:
    """The chat a call is about, if the bot may write there."""
    chat = known_chat(state, parameters)
    if isinstance(chat, Person):
        _check_person(chat)
    elif chat.migrated_to:
        raise ApiError(
            400,
            "Bad Request: group chat was upgraded to a supergroup chat",
            migrate_to_chat_id=chat.migrated_to,
        )
    elif chat.bot is Status.KICKED:
        raise ApiError(403, f"Forbidden: bot was kicked from the {chat.type} chat")
    elif chat.bot not in PRESENT:
        raise ApiError(403, f"Forbidden: bot is not a member of the {chat.type} chat")
    return chat


def known_chat(state: TelegramState, parameters: Parameters) -> Chat:
    """The chat a call is about, whether or not the bot may write there."""
    if not parameters.text("chat_id"):
        raise bad_request("chat_id is empty")
    chat = state.chat(parameters.integer("chat_id") or 0)
    if chat is None:
        raise bad_request("chat not found")
    return chat


def _check_person(person: Person) -> None:
    if person.deactivated:
        raise ApiError(403, "Forbidden: user is deactivated")
    if person.blocked:
        raise ApiError(403, "Forbidden: bot was blocked by the user")
    if not person.started:
        raise ApiError(403, "Forbidden: bot can't initiate conversation with a user")


def check_flood(state: TelegramState, chat: Chat) -> None:
    """Refuse what comes too fast; what is accepted counts."""
    limits, windows = state.limits, state.windows
    of_chat = limits.group if isinstance(chat, Group) else limits.private_chat
    wait = max(windows.wait(str(chat.id), of_chat), windows.wait("overall", limits.overall))
    if wait:
        raise ApiError(429, f"Too Many Requests: retry after {wait}", retry_after=wait)
    windows.count(str(chat.id), of_chat)
    windows.count("overall", limits.overall)


def _thread(chat: Chat, parameters: Parameters) -> int:
    thread = parameters.integer("message_thread_id") or 0
    if not thread or (thread == GENERAL_TOPIC and isinstance(chat, Group) and chat.shape is GroupShape.FORUM):
        return 0
    topic = chat.topics.get(thread) if isinstance(chat, Group) else None
    if topic is None:
        raise bad_request("message thread not found")
    if topic.closed and isinstance(chat, Group) and chat.bot is Status.MEMBER:
        raise bad_request("TOPIC_CLOSED")
    return thread


def _answered(state: TelegramState, chat: Chat, parameters: Parameters) -> int:
    target, lenient = reply_target(parameters)
    if target and state.message(chat.id, target) is None:
        if lenient:
            return 0
        raise bad_request("message to be replied not found")
    return target


def post(state: TelegramState, parameters: Parameters, chat: Chat, content: Content) -> object:
    """Put a checked message of the bot into a chat."""
    markup, thread, reply_to = read_markup(parameters), _thread(chat, parameters), _answered(state, chat, parameters)
    check_flood(state, chat)
    message = Message(
        state.next_message_id(chat.id),
        chat.id,
        state.me,
        state.date(),
        content.parsed.text,
        content.parsed.entities,
        thread,
        reply_to,
        markup.buttons,
        markup.force_reply,
        content.attachment,
        silent=parameters.flag("disable_notification"),
        protected=parameters.flag("protect_content"),
    )
    return message_json(state, state.add(message))


def send_message(state: TelegramState, parameters: Parameters) -> object:
    """sendMessage."""
    chat = reachable_chat(state, parameters)
    return post(state, parameters, chat, Content(read_text(parameters)))


def send_file(state: TelegramState, parameters: Parameters, kind: str) -> object:
    """sendDocument, sendPhoto, sendVoice: a new upload or the id of a file that Telegram has."""
    chat = reachable_chat(state, parameters)
    caption, attachment = read_caption(parameters), _attachment(state, parameters, kind)
    return post(state, parameters, chat, Content(caption, attachment))


def _attachment(state: TelegramState, parameters: Parameters, kind: str) -> Attachment:
    named = parameters.text(kind)
    upload = parameters.uploads.get(named.removeprefix("attach://") or kind) or parameters.uploads.get(kind)
    if upload is None:
        if (known := state.files.get(named)) is None:
            missing = f"there is no {kind} in the request"
            raise bad_request("wrong remote file identifier specified" if named else missing)
        return known
    if not upload.content:
        raise bad_request("file must be non-empty")
    if len(upload.content) > LARGEST_UPLOAD:
        raise ApiError(413, "Request Entity Too Large")
    if kind == "photo" and len(upload.content) > LARGEST_PHOTO:
        raise bad_request(f"file of size {len(upload.content)} bytes is too big for a photo; the maximum size is 10 MB")
    seconds = parameters.integer("duration") or 0
    size = len(upload.content)
    new = Attachment(kind, state.unique("file"), upload.name, upload.media_type, upload.content, size, seconds)
    return state.keep_file(new)


def _own_message(state: TelegramState, parameters: Parameters) -> Message:
    chat = reachable_chat(state, parameters)
    message = state.message(chat.id, parameters.integer("message_id") or 0)
    if message is None:
        raise bad_request("message to edit not found")
    if message.sender is not state.me or message.service:
        raise bad_request("message can't be edited")
    return message


def _changed(state: TelegramState, message: Message, parsed: Parsed, markup: Markup) -> object:
    if (message.text, message.entities, message.buttons) == (parsed.text, parsed.entities, markup.buttons):
        raise bad_request(NOT_MODIFIED)
    if message.text != parsed.text:
        message.earlier.append(message.text)
    message.text, message.entities, message.buttons = parsed.text, parsed.entities, markup.buttons
    message.edited = state.date()
    state.changes.touch()
    return message_json(state, message)


def edit_message_text(state: TelegramState, parameters: Parameters) -> object:
    """editMessageText; without reply markup the buttons go."""
    message = _own_message(state, parameters)
    if message.attachment:
        raise bad_request("there is no text in the message to edit")
    return _changed(state, message, read_text(parameters), read_markup(parameters))


def edit_message_caption(state: TelegramState, parameters: Parameters) -> object:
    """editMessageCaption."""
    message = _own_message(state, parameters)
    return _changed(state, message, read_caption(parameters), read_markup(parameters))


def edit_message_reply_markup(state: TelegramState, parameters: Parameters) -> object:
    """editMessageReplyMarkup."""
    message = _own_message(state, parameters)
    return _changed(state, message, Parsed(message.text, message.entities), read_markup(parameters))


def delete_message(state: TelegramState, parameters: Parameters) -> object:
    """deleteMessage: the bot's own for 48 hours, and where it is an administrator those of others."""
    chat = reachable_chat(state, parameters)
    message = state.message(chat.id, parameters.integer("message_id") or 0)
    if message is None:
        raise bad_request("message to delete not found")
    may = message.from_bot or isinstance(chat, Person) or chat.bot in (Status.ADMINISTRATOR, Status.CREATOR)
    if not may:
        raise bad_request("message can't be deleted")
    if state.date() - message.date >= DELETABLE_FOR:
        raise bad_request("message can't be deleted for everyone")
    message.deleted = True
    state.changes.touch()
    return True


def answer_callback_query(state: TelegramState, parameters: Parameters) -> object:
    """answerCallbackQuery: once, and briefly."""
    callback = state.callbacks.get(parameters.text("callback_query_id"))
    if callback is None or callback.answered:
        raise bad_request(EXPIRED_QUERY)
    text = parameters.text("text")
    if len(text) > MOST_CALLBACK_TEXT:
        raise bad_request("MESSAGE_TOO_LONG")
    callback.answered, callback.answer, callback.alert = True, text, parameters.flag("show_alert")
    state.changes.touch()
    return True
