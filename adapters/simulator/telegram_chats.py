"""Bot API methods about chats, forum topics, files and the bot itself."""

import re

from adapters.simulator.telegram_json import chat_json, member_json, user_json
from adapters.simulator.telegram_markup import structure
from adapters.simulator.telegram_messages import check_flood, known_chat, reachable_chat
from adapters.simulator.telegram_state import (
    Chat,
    Group,
    GroupShape,
    Message,
    Person,
    Status,
    TelegramState,
    Topic,
    bad_request,
)
from adapters.simulator.wire import Parameters, as_list, as_object, as_text

LARGEST_DOWNLOAD = 20 * 1024 * 1024
MOST_TOPIC_NAME = 128
MOST_COMMANDS = 100
COMMAND = re.compile(r"[a-z0-9_]{1,32}")
#: What setMyName and its like may hold, by parameter.
PROFILE_LENGTHS = {"name": 64, "description": 512, "short_description": 120}


def get_me(state: TelegramState, parameters: Parameters) -> object:
    """getMe."""
    return {
        **user_json(state.me),
        "can_join_groups": True,
        "can_read_all_group_messages": state.reads_all_group_messages,
        "supports_inline_queries": False,
        "can_connect_to_business": False,
        "has_main_web_app": False,
        "has_topics_enabled": False,
    }


def get_file(state: TelegramState, parameters: Parameters) -> object:
    """getFile: where a file can be fetched, up to 20 MB."""
    attachment = state.files.get(parameters.text("file_id"))
    if attachment is None:
        raise bad_request("wrong file_id or the file is temporarily unavailable")
    if attachment.size > LARGEST_DOWNLOAD:
        raise bad_request("file is too big")
    return {
        "file_id": attachment.file_id,
        "file_unique_id": f"u{attachment.file_id}",
        "file_size": attachment.size,
        "file_path": attachment.path,
    }


def _forum(state: TelegramState, parameters: Parameters) -> Group:
    chat = reachable_chat(state, parameters)
    if not isinstance(chat, Group) or chat.shape is not GroupShape.FORUM:
        raise bad_request("the chat is not a forum")
    if chat.bot is Status.MEMBER:
        raise bad_request("not enough rights to create a topic")
    return chat


def _topic(forum: Group, parameters: Parameters) -> Topic:
    topic = forum.topics.get(parameters.integer("message_thread_id") or 0)
    if topic is None:
        raise bad_request("TOPIC_ID_INVALID")
    return topic


def _topic_name(parameters: Parameters) -> str:
    name = parameters.text("name").strip()
    if not name:
        raise bad_request("TOPIC_TITLE_EMPTY")
    if len(name) > MOST_TOPIC_NAME:
        raise bad_request("TOPIC_TITLE_TOO_LONG")
    return name


def _service(state: TelegramState, chat: Chat, thread: int, **fields: object) -> Message:
    message = Message(state.next_message_id(chat.id), chat.id, state.me, state.date(), thread=thread)
    message.service = dict(fields)
    return state.add(message)


def create_forum_topic(state: TelegramState, parameters: Parameters) -> object:
    """createForumTopic: the id of the service message becomes the topic's."""
    forum, name = _forum(state, parameters), _topic_name(parameters)
    check_flood(state, forum)
    color = parameters.integer("icon_color") or 7322096
    about = {"name": name, "icon_color": color}
    message = _service(state, forum, 0, forum_topic_created=about)
    message.thread = message.id
    forum.topics[message.id] = Topic(message.id, name)
    return {"message_thread_id": message.id, **about}


def edit_forum_topic(state: TelegramState, parameters: Parameters) -> object:
    """editForumTopic."""
    forum = _forum(state, parameters)
    topic, name = _topic(forum, parameters), _topic_name(parameters)
    if topic.name == name:
        raise bad_request("TOPIC_NOT_MODIFIED")
    topic.name = name
    _service(state, forum, topic.id, forum_topic_edited={"name": name})
    return True


def close_forum_topic(state: TelegramState, parameters: Parameters) -> object:
    """closeForumTopic."""
    forum = _forum(state, parameters)
    topic = _topic(forum, parameters)
    if topic.closed:
        raise bad_request("TOPIC_NOT_MODIFIED")
    topic.closed = True
    _service(state, forum, topic.id, forum_topic_closed={})
    return True


def reopen_forum_topic(state: TelegramState, parameters: Parameters) -> object:
    """reopenForumTopic."""
    forum = _forum(state, parameters)
    topic = _topic(forum, parameters)
    if not topic.closed:
        raise bad_request("TOPIC_NOT_MODIFIED")
    topic.closed = False
    _service(state, forum, topic.id, forum_topic_reopened={})
    return True


def delete_forum_topic(state: TelegramState, parameters: Parameters) -> object:
    """deleteForumTopic, with all that is in it."""
    forum = _forum(state, parameters)
    remove_topic(state, forum, _topic(forum, parameters))
    return True


def remove_topic(state: TelegramState, forum: Group, topic: Topic) -> None:
    """A topic goes with its messages."""
    del forum.topics[topic.id]
    for message in state.visible(forum.id, topic.id):
        message.deleted = True
    state.changes.touch()


def get_chat(state: TelegramState, parameters: Parameters) -> object:
    """getChat: a ChatFullInfo with what this product may ask of it."""
    chat = known_chat(state, parameters)
    if isinstance(chat, Group):
        chat = reachable_chat(state, parameters)
    return {
        **chat_json(chat),
        "accent_color_id": 1,
        "max_reaction_count": 11,
        "accepted_gift_types": {
            "unlimited_gifts": False,
            "limited_gifts": False,
            "unique_gifts": False,
            "premium_subscription": False,
            "gifts_from_channels": False,
        },
    }


def _status(state: TelegramState, group: Group, user_id: int) -> Status:
    return group.bot if user_id == state.me.id else group.members.get(user_id, Status.LEFT)


def get_chat_member(state: TelegramState, parameters: Parameters) -> object:
    """getChatMember."""
    chat, user_id = reachable_chat(state, parameters), parameters.integer("user_id") or 0
    person = state.me if user_id == state.me.id else state.people.get(user_id)
    if person is None:
        raise bad_request("user not found" if user_id > 0 else "invalid user_id specified")
    return member_json(person, Status.MEMBER if isinstance(chat, Person) else _status(state, chat, user_id))


def get_chat_administrators(state: TelegramState, parameters: Parameters) -> object:
    """getChatAdministrators; other bots are left out, this one is not."""
    chat = reachable_chat(state, parameters)
    if isinstance(chat, Person):
        raise bad_request("there are no administrators in the private chat")
    statuses = {**chat.members, state.me.id: chat.bot}
    in_charge = (Status.ADMINISTRATOR, Status.CREATOR)
    people = {**state.people, state.me.id: state.me}
    return [member_json(people[user], status) for user, status in statuses.items() if status in in_charge]


def leave_chat(state: TelegramState, parameters: Parameters) -> object:
    """leaveChat."""
    chat = reachable_chat(state, parameters)
    if isinstance(chat, Person):
        raise bad_request("chat member status can't be changed in private chats")
    chat.bot = Status.LEFT
    state.changes.touch()
    return True


def send_chat_action(state: TelegramState, parameters: Parameters) -> object:
    """sendChatAction."""
    chat = reachable_chat(state, parameters)
    state.actions.append((chat.id, parameters.text("action")))
    return True


def pin_chat_message(state: TelegramState, parameters: Parameters) -> object:
    """pinChatMessage."""
    chat = reachable_chat(state, parameters)
    message = state.message(chat.id, parameters.integer("message_id") or 0)
    if message is None:
        raise bad_request("message to pin not found")
    if isinstance(chat, Group) and chat.bot is Status.MEMBER:
        raise bad_request("not enough rights to manage pinned messages in the chat")
    state.pinned.setdefault(chat.id, []).append(message.id)
    state.changes.touch()
    return True


def set_my_commands(state: TelegramState, parameters: Parameters) -> object:
    """setMyCommands, for a scope and a language."""
    commands = [as_object(each) for each in as_list(structure(parameters, "commands", "commands"))]
    if len(commands) > MOST_COMMANDS:
        raise bad_request("BOT_COMMANDS_TOO_MUCH")
    for command in commands:
        if not COMMAND.fullmatch(as_text(command.get("command"))):
            raise bad_request("BOT_COMMAND_INVALID")
        if not 1 <= len(as_text(command.get("description"))) <= 256:
            raise bad_request("BOT_COMMAND_DESCRIPTION_INVALID")
    scope = as_text(as_object(structure(parameters, "scope", "scope")).get("type")) or "default"
    state.profile["setMyCommands", scope, parameters.text("language_code")] = commands
    return True


def set_profile(state: TelegramState, parameters: Parameters, method: str, field: str) -> object:
    """setMyName, setMyDescription, setMyShortDescription."""
    if len(parameters.text(field)) > PROFILE_LENGTHS[field]:
        raise bad_request(f"bot {field.replace('_', ' ')} is too long")
    state.profile[method, "", parameters.text("language_code")] = parameters.text(field)
    return True
