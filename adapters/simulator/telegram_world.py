"""The controls of the Telegram world: what people do there, and what they see."""

from collections.abc import Callable, Sequence
from typing import TypeVar

from adapters.simulator.faults import ControlError, Faults, Record
from adapters.simulator.limits import FloodLimits
from adapters.simulator.telegram_chats import remove_topic
from adapters.simulator.telegram_json import (
    callback_json,
    chat_json,
    entities_of,
    member_json,
    message_json,
    user_json,
)
from adapters.simulator.telegram_state import (
    ADMINISTERS,
    PRESENT,
    Attachment,
    Button,
    Callback,
    Chat,
    Group,
    GroupShape,
    Message,
    Person,
    Status,
    TelegramState,
    Topic,
)
from adapters.simulator.telegram_updates import Update, UpdateQueue, WebhookSender
from adapters.simulator.wire import JsonObject

Found = TypeVar("Found")

ANONYMOUS_ADMINISTRATOR = Person(1087968824, "Group", "GroupAnonymousBot", is_bot=True)
CHANNEL_SPEAKER = Person(136817688, "Channel", "Channel_Bot", is_bot=True)


class TelegramWorld:
    """People act through it; the bot acts through the Bot API. Every method is called on the simulator's loop."""

    def __init__(self, state: TelegramState, updates: UpdateQueue, webhooks: WebhookSender) -> None:
        self.state = state
        self.updates = updates
        self.webhooks = webhooks

    # What there is

    @property
    def token(self) -> str:
        return self.state.token

    @property
    def bot(self) -> Person:
        return self.state.me

    @property
    def faults(self) -> Faults:
        return self.state.faults

    @property
    def record(self) -> Record:
        return self.state.record

    @property
    def callback_answers(self) -> list[Callback]:
        """The button presses that the bot answered, oldest first."""
        return [callback for callback in self.state.callbacks.values() if callback.answered]

    def limit(self, limits: FloodLimits) -> None:
        """Let the bot send at this pace from now on."""
        self.state.limits = limits

    def messages(self, chat: Chat, thread: int | None = None) -> list[Message]:
        """What can be seen in a chat now: all of it, one topic of it, or (0) what is in no topic."""
        return self.state.visible(chat.id, thread)

    def history(self, chat: Chat) -> list[Message]:
        """Every message of a chat, the deleted ones too."""
        return list(self.state.messages.get(chat.id, {}).values())

    def from_bot(self, chat: Chat, thread: int | None = None) -> list[Message]:
        """What the bot said in a chat, service messages left out."""
        return [each for each in self.messages(chat, thread) if each.from_bot and not each.service]

    def topics(self, group: Group) -> list[Topic]:
        return list(group.topics.values())

    async def until(self, condition: Callable[[], Found | None], timeout: float = 5.0) -> Found:
        """The first truthy value of the condition, looked at after every change of this world."""
        return await self.state.changes.until(condition, timeout)

    # The cast

    def user(self, id: int, first_name: str, username: str = "", language_code: str = "") -> Person:
        """Somebody who has never written to the bot."""
        person = Person(id, first_name, username, language_code)
        self.state.people[id] = person
        self.state.changes.touch()
        return person

    def group(
        self,
        id: int,
        title: str,
        *,
        shape: GroupShape = GroupShape.FORUM,
        administrators: Sequence[Person] = (),
        members: Sequence[Person] = (),
        bot: Status = Status.ADMINISTRATOR,
    ) -> Group:
        """A group with the bot in it (unless `bot` says LEFT); the bot is not told, see `add_bot`."""
        standing = {person.id: Status.MEMBER for person in members}
        standing.update({person.id: Status.ADMINISTRATOR for person in administrators})
        group = Group(id, title, shape, standing, bot)
        self.state.groups[id] = group
        self.state.changes.touch()
        return group

    # What people do

    def say(
        self, user: Person, text: str, chat: Chat | None = None, thread: int = 0, reply_to: Message | None = None
    ) -> Message:
        """Somebody writes: to the bot in private, or in a group and a topic of it."""
        message = self._new(user, chat, thread, reply_to)
        message.text, message.entities = text, entities_of(text)
        return self._told(message)

    def say_anonymously(self, group: Group, text: str, thread: int = 0) -> Message:
        """An anonymous administrator writes in a group."""
        message = self._new(ANONYMOUS_ADMINISTRATOR, group, thread, None)
        message.text, message.entities, message.sender_chat = text, entities_of(text), chat_json(group)
        return self._told(message)

    def say_as_channel(self, group: Group, channel_id: int, title: str, text: str, thread: int = 0) -> Message:
        """A channel speaks in a group."""
        message = self._new(CHANNEL_SPEAKER, group, thread, None)
        message.text, message.entities = text, entities_of(text)
        message.sender_chat = {"id": channel_id, "title": title, "type": "channel"}
        return self._told(message)

    def send_document(
        self, user: Person, content: bytes, name: str, media_type: str = "application/octet-stream", *,
        caption: str = "", size: int | None = None, chat: Chat | None = None, thread: int = 0,
    ) -> Message:  # fmt: skip
        """Somebody sends a file. `size` may say more than there is: a large file that need not be made."""
        return self._send_file(user, ("document", name, media_type, content, size, 0), caption, chat, thread)

    def send_photo(
        self, user: Person, content: bytes, *, caption: str = "", size: int | None = None, chat: Chat | None = None,
        thread: int = 0,
    ) -> Message:  # fmt: skip
        """Somebody sends a picture."""
        return self._send_file(user, ("photo", "photo.jpg", "image/jpeg", content, size, 0), caption, chat, thread)

    def send_voice(
        self, user: Person, content: bytes, seconds: int, *, size: int | None = None, chat: Chat | None = None,
        thread: int = 0,
    ) -> Message:  # fmt: skip
        """Somebody records a message."""
        return self._send_file(user, ("voice", "voice.oga", "audio/ogg", content, size, seconds), "", chat, thread)

    def _send_file(
        self, user: Person, about: tuple[str, str, str, bytes, int | None, int], caption: str, chat: Chat | None,
        thread: int,
    ) -> Message:  # fmt: skip
        kind, name, media_type, content, size, seconds = about
        message = self._new(user, chat, thread, None)
        file_id = self.state.unique("file")
        said = len(content) if size is None else size
        attachment = Attachment(kind, file_id, name, media_type, content, said, seconds)
        message.attachment = self.state.keep_file(attachment)
        message.text, message.entities = caption, entities_of(caption)
        return self._told(message)

    def edit(self, message: Message, text: str) -> Message:
        """Somebody changes what they wrote."""
        message.earlier.append(message.text)
        message.text, message.entities, message.edited = text, entities_of(text), self.state.date()
        self.state.changes.touch()
        if self._visible_to_bot(message):
            self.updates.put("edited_message", message_json(self.state, message), message.chat)
        return message

    def delete(self, message: Message) -> None:
        """Somebody deletes a message: Telegram tells bots nothing of it."""
        message.deleted = True
        self.state.changes.touch()

    def press(self, user: Person, message: Message, button: int | str) -> Callback:
        """Somebody presses a button, named by its index (from 0) or its label."""
        flat = [each for row in message.buttons for each in row]
        found = _find(flat, button)
        if found is None:
            raise ControlError(f"no button {button!r} among {list(message.labels)}")
        return self.forge_press(user, message, found.data)

    def forge_press(self, user: Person, message: Message, data: str) -> Callback:
        """A press with any data, as a changed client can send it."""
        callback = Callback(self.state.unique("77"), user, message, data)
        self.state.callbacks[callback.id] = callback
        self.updates.put("callback_query", callback_json(self.state, callback), message.chat)
        self.state.changes.touch()
        return callback

    def block(self, user: Person) -> None:
        """Somebody blocks the bot."""
        user.blocked = True
        self._bot_in_private(user, Status.MEMBER, Status.KICKED)

    def unblock(self, user: Person) -> None:
        """Somebody lets the bot write again."""
        user.blocked = False
        self._bot_in_private(user, Status.KICKED, Status.MEMBER)

    def deactivate(self, user: Person) -> None:
        """An account is deleted: nothing is told, sending fails."""
        user.deactivated = True

    def _bot_in_private(self, user: Person, old: Status, new: Status) -> None:
        self._told_of_itself(user, user, old, new)

    def add_bot(self, group: Group, by: Person, status: Status = Status.ADMINISTRATOR) -> None:
        """Somebody adds the bot to a group, or changes its rights there."""
        old, group.bot = group.bot, status
        self._told_of_itself(group, by, old, status)

    def remove_bot(self, group: Group, by: Person) -> None:
        """Somebody throws the bot out of a group."""
        old, group.bot = group.bot, Status.KICKED
        self._told_of_itself(group, by, old, Status.KICKED)

    def _told_of_itself(self, chat: Chat, by: Person, old: Status, new: Status) -> None:
        self._told_of_member("my_chat_member", chat, by, (self.state.me, old, new))

    def _told_of_member(self, kind: str, chat: Chat, by: Person, about: tuple[Person, Status, Status]) -> None:
        person, old, new = about
        payload: JsonObject = {
            "chat": chat_json(chat),
            "from": user_json(by),
            "date": int(self.state.date().timestamp()),
            "old_chat_member": member_json(person, old),
            "new_chat_member": member_json(person, new),
        }
        if kind == "my_chat_member" or (isinstance(chat, Group) and chat.bot in ADMINISTERS):
            self.updates.put(kind, payload, chat.id)
        self.state.changes.touch()

    def join(self, user: Person, group: Group, status: Status = Status.MEMBER) -> None:
        """Somebody joins a group (or is given another standing in it)."""
        old = group.members.get(user.id, Status.LEFT)
        group.members[user.id] = status
        self._told_of_member("chat_member", group, user, (user, old, status))
        if old not in PRESENT:
            self._service(group, user, new_chat_members=[user_json(user)])

    def leave(self, user: Person, group: Group) -> None:
        """Somebody leaves a group."""
        old = group.members.get(user.id, Status.LEFT)
        group.members[user.id] = Status.LEFT
        self._told_of_member("chat_member", group, user, (user, old, Status.LEFT))
        self._service(group, user, left_chat_member=user_json(user))

    def ban(self, user: Person, group: Group, by: Person) -> None:
        """An administrator removes somebody from a group for good."""
        old = group.members.get(user.id, Status.LEFT)
        group.members[user.id] = Status.KICKED
        self._told_of_member("chat_member", group, by, (user, old, Status.KICKED))
        self._service(group, by, left_chat_member=user_json(user))

    def migrate(self, group: Group, new_id: int) -> Group:
        """A group goes on under another id; the old one refuses and says which."""
        new = Group(new_id, group.title, GroupShape.SUPERGROUP, dict(group.members), group.bot)
        self.state.groups[new_id] = new
        group.migrated_to = new_id
        self._service(group, self._anybody(group), migrate_to_chat_id=new_id)
        self._service(new, self._anybody(group), migrate_from_chat_id=group.id)
        return new

    def delete_topic(self, group: Group, thread: int) -> None:
        """Somebody deletes a topic with all that is in it: bots are not told."""
        remove_topic(self.state, group, group.topics[thread])

    # What Telegram does

    def inject(self, kind: str, payload: JsonObject, chat: Chat | None = None) -> Update:
        """Any update at all, also of a kind that nobody knows."""
        return self.updates.put(kind, payload, chat.id if chat else 0)

    def redeliver(self, update: Update | None = None) -> Update:
        """Deliver an update again (the last one when none is named), although it was confirmed."""
        again = update or self.updates.sent[-1]
        self.updates.again(again)
        return again

    def hold(self) -> None:
        """Keep updates back until `release`."""
        self.updates.held = True

    def release(self, order: Callable[[list[Update]], list[Update]] = list) -> None:
        """Deliver what was kept back, in an order of choice: `lambda updates: updates[::-1]`."""
        self.updates.pending = order(self.updates.pending)
        self.updates.held = False
        self.updates.wake()

    def jump_ids(self, to: int) -> None:
        """The next update gets this id, larger or smaller than the last."""
        self.updates.jump(to)

    # Behind the controls

    def _anybody(self, group: Group) -> Person:
        return next((self.state.people[user] for user in group.members), self.state.me)

    def _new(self, user: Person, chat: Chat | None, thread: int, reply_to: Message | None) -> Message:
        target = chat or user
        if target is user:
            if user.blocked:
                raise ControlError("who has blocked the bot must unblock it before writing")
            user.started = True
        if thread and isinstance(target, Group) and thread not in target.topics:
            raise ControlError("there is no such topic")
        return Message(
            self.state.next_message_id(target.id),
            target.id,
            user,
            self.state.date(),
            thread=thread,
            reply_to=reply_to.id if reply_to else 0,
        )

    def _service(self, group: Group, by: Person, **fields: object) -> Message:
        message = self._new(by, group, 0, None)
        message.service = dict(fields)
        return self._told(message)

    def _told(self, message: Message) -> Message:
        self.state.add(message)
        if self._visible_to_bot(message):
            self.updates.put("message", message_json(self.state, message), message.chat)
        return message

    def _visible_to_bot(self, message: Message) -> bool:
        """Privacy mode: commands, mentions, answers to the bot and service messages; administrators see all."""
        group = self.state.groups.get(message.chat)
        if group is None:
            return True
        if group.bot not in PRESENT:
            return False
        if group.bot is not Status.MEMBER or self.state.reads_all_group_messages or message.service:
            return True
        answered = self.state.message(message.chat, message.reply_to)
        for_it = f"@{self.state.me.username}".lower() in message.text.lower()
        command = message.text.startswith("/") and "@" not in message.text.split()[0]
        return for_it or command or (answered is not None and answered.from_bot)


def _find(buttons: list[Button], wanted: int | str) -> Button | None:
    """By index; or by label, where the whole label goes before a part of it."""
    if isinstance(wanted, int):
        return buttons[wanted] if 0 <= wanted < len(buttons) else None
    exact = [each for each in buttons if each.text == wanted]
    partly = [each for each in buttons if wanted.lower() in each.text.lower()]
    return next(iter(exact + partly), None)
