"""The simulated Telegram is one to python-telegram-bot: it takes what Telegram takes and refuses what it refuses."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

import aiohttp
import pytest
from telegram import Bot, ForceReply, InlineKeyboardButton, InlineKeyboardMarkup, ReplyParameters, Update
from telegram.error import BadRequest, ChatMigrated, Forbidden, InvalidToken

from adapters.simulator.faults import ControlError
from adapters.simulator.limits import NO_FLOOD_LIMITS
from adapters.simulator.server import Simulator
from adapters.simulator.telegram_state import Group, GroupShape, Person
from adapters.simulator.telegram_world import TelegramWorld


class Clock:
    """A clock that stands still unless it is moved."""

    def __init__(self) -> None:
        self.time = datetime(2026, 11, 23, 6, 12, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.time


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
async def simulator(clock: Clock) -> AsyncIterator[Simulator]:
    async with Simulator(flood=NO_FLOOD_LIMITS, now=clock) as simulator:
        yield simulator


@pytest.fixture
def telegram(simulator: Simulator) -> TelegramWorld:
    return simulator.telegram


@pytest.fixture
async def bot(simulator: Simulator) -> AsyncIterator[Bot]:
    token, files = simulator.telegram.token, simulator.telegram_file_url
    async with Bot(token, base_url=simulator.telegram_base_url, base_file_url=files) as bot:
        yield bot


@pytest.fixture
def ama(telegram: TelegramWorld) -> Person:
    ama = telegram.user(101, "Ama", "ama", "en")
    telegram.say(ama, "/start")
    return ama


@pytest.fixture
def desk(telegram: TelegramWorld, ama: Person) -> Group:
    return telegram.group(-1001, "Desk", administrators=[ama])


def keyboard(*rows: list[tuple[str, str]]) -> InlineKeyboardMarkup:
    return InlineKeyboardMarkup(
        [[InlineKeyboardButton(text, callback_data=data) for text, data in row] for row in rows]
    )


async def newest(bot: Bot) -> Update:
    return (await bot.get_updates(offset=-1, timeout=2))[-1]


async def test_get_me_names_the_bot(bot: Bot) -> None:
    """getMe tells the username that invitation links need."""
    assert bot.username == "csobot_demo_bot"


async def test_wrong_token(simulator: Simulator) -> None:
    """A wrong token opens nothing."""
    with pytest.raises(InvalidToken):
        async with Bot("1:wrong", base_url=simulator.telegram_base_url):
            pass


async def test_html_and_buttons_are_seen(bot: Bot, telegram: TelegramWorld, ama: Person) -> None:
    """A message in HTML is seen as words with buttons below."""
    await bot.send_message(ama.id, "<b>A&amp;B</b> 1", parse_mode="HTML", reply_markup=keyboard([("Yes", "t1")]))
    message = telegram.from_bot(ama)[-1]
    assert (message.text, message.entities, message.labels) == (
        "A&B 1",
        ({"type": "bold", "offset": 0, "length": 3},),
        ("Yes",),
    )


async def test_press_brings_callback_data(bot: Bot, telegram: TelegramWorld, ama: Person) -> None:
    """A pressed button brings its data, and the answer is seen by the one who pressed."""
    await bot.send_message(ama.id, "?", reply_markup=keyboard([("Yes", "t1"), ("No", "t2")]))
    pressed = telegram.press(ama, telegram.from_bot(ama)[-1], "No")
    query = (await newest(bot)).callback_query
    assert query is not None
    await query.answer("Noted")
    assert (query.data, pressed.answer) == ("t2", "Noted")


async def test_callback_is_answered_once(bot: Bot, telegram: TelegramWorld, ama: Person) -> None:
    """A second answer to the same press is refused."""
    await bot.send_message(ama.id, "?", reply_markup=keyboard([("Yes", "t1")]))
    pressed = telegram.press(ama, telegram.from_bot(ama)[-1], 0)
    await bot.answer_callback_query(pressed.id)
    with pytest.raises(BadRequest, match="Query is too old"):
        await bot.answer_callback_query(pressed.id)


async def test_forged_press(bot: Bot, telegram: TelegramWorld, ama: Person) -> None:
    """A changed client can send any data with a press."""
    await bot.send_message(ama.id, "?", reply_markup=keyboard([("Yes", "t1")]))
    telegram.forge_press(ama, telegram.from_bot(ama)[-1], "forged")
    query = (await newest(bot)).callback_query
    assert query is not None
    assert query.data == "forged"


@pytest.mark.parametrize(
    ("text", "mode", "reason"),
    [
        (" ", None, "message text is empty"),
        ("x" * 4097, None, "message is too long"),
        ("🙂" * 2049, None, "message is too long"),
        ("<b>x", "HTML", "can't parse entities: Can't find end tag corresponding to start tag \"b\""),
        ("<div>x</div>", "HTML", 'can\'t parse entities: Unsupported start tag "div" at byte offset 0'),
        ("a < b", "HTML", "can't parse entities: Unclosed start tag at byte offset 2"),
        (
            "<b>x</i>",
            "HTML",
            'can\'t parse entities: Unmatched end tag at byte offset 4, expected "</b>", found "</i>"',
        ),
        ("é &nbsp; x", "HTML", "can't parse entities: Unsupported character entity at byte offset 3"),
        ("x</b>", "HTML", "can't parse entities: Unexpected end tag at byte offset 1"),
    ],
)
async def test_refused_texts(bot: Bot, ama: Person, text: str, mode: str | None, reason: str) -> None:
    """Texts that Telegram refuses are refused in its words."""
    with pytest.raises(BadRequest) as refusal:
        await bot.send_message(ama.id, text, parse_mode=mode)
    assert refusal.value.message.lower() == reason.lower()


@pytest.mark.parametrize(
    ("markup", "reason"),
    [
        (keyboard([("x", "é" * 33)]), "Button_data_invalid"),
        (keyboard([("x", "d")] * 9), "Reply markup is too long"),
        (keyboard(*[[("x", "d")] * 8] * 13), "Reply markup is too long"),
    ],
)
async def test_refused_keyboards(bot: Bot, ama: Person, markup: InlineKeyboardMarkup, reason: str) -> None:
    """Keyboards beyond the limits are refused."""
    with pytest.raises(BadRequest, match=reason):
        await bot.send_message(ama.id, "x", reply_markup=markup)


async def test_unknown_chat(bot: Bot) -> None:
    """A chat that nobody knows is not found."""
    with pytest.raises(BadRequest, match="Chat not found"):
        await bot.send_message(999, "x")


async def test_bot_cannot_begin(bot: Bot, telegram: TelegramWorld) -> None:
    """A bot cannot write to somebody who never wrote to it."""
    silent = telegram.user(102, "Silent")
    with pytest.raises(Forbidden, match="can't initiate conversation"):
        await bot.send_message(silent.id, "x")


async def test_blocked(bot: Bot, telegram: TelegramWorld, ama: Person) -> None:
    """A block is told to the bot, and sending fails until it is lifted."""
    telegram.block(ama)
    change = (await newest(bot)).my_chat_member
    assert change is not None
    assert change.new_chat_member.status == "kicked"
    with pytest.raises(Forbidden, match="bot was blocked by the user"):
        await bot.send_message(ama.id, "x")
    telegram.unblock(ama)
    assert await bot.send_message(ama.id, "x")


async def test_blocked_cannot_write(telegram: TelegramWorld, ama: Person) -> None:
    """Whoever blocked the bot has to unblock it before writing."""
    telegram.block(ama)
    with pytest.raises(ControlError):
        telegram.say(ama, "hello")


async def test_migration(bot: Bot, telegram: TelegramWorld, ama: Person) -> None:
    """A group that became a supergroup refuses, and says where it went."""
    group = telegram.group(-5, "Small", shape=GroupShape.BASIC, members=[ama])
    telegram.migrate(group, -1005)
    with pytest.raises(ChatMigrated) as moved:
        await bot.send_message(group.id, "x")
    assert moved.value.new_chat_id == -1005


async def test_forum_topic(bot: Bot, telegram: TelegramWorld, desk: Group) -> None:
    """A topic is made, written to and seen on its own."""
    topic = await bot.create_forum_topic(desk.id, "Q-0001")
    await bot.send_message(desk.id, "card", message_thread_id=topic.message_thread_id)
    assert [each.text for each in telegram.from_bot(desk, topic.message_thread_id)] == ["card"]


async def test_message_in_topic_answers_its_beginning(
    bot: Bot, telegram: TelegramWorld, desk: Group, ama: Person
) -> None:
    """In a topic a message that answers nothing arrives as an answer to the service message that made the topic."""
    topic = await bot.create_forum_topic(desk.id, "Q-0001")
    telegram.say(ama, "note", desk, topic.message_thread_id)
    message = (await newest(bot)).message
    assert message is not None
    assert message.reply_to_message is not None
    assert message.reply_to_message.forum_topic_created is not None


async def test_deleted_topic(bot: Bot, telegram: TelegramWorld, desk: Group) -> None:
    """A topic that was deleted is not found any more."""
    topic = await bot.create_forum_topic(desk.id, "Q-0001")
    telegram.delete_topic(desk, topic.message_thread_id)
    with pytest.raises(BadRequest, match="Message thread not found"):
        await bot.send_message(desk.id, "x", message_thread_id=topic.message_thread_id)


async def test_topic_closes_and_reopens(bot: Bot, telegram: TelegramWorld, desk: Group) -> None:
    """A topic is closed and opened again; closing it twice is refused."""
    topic = await bot.create_forum_topic(desk.id, "Q-0001")
    await bot.close_forum_topic(desk.id, topic.message_thread_id)
    with pytest.raises(BadRequest, match=r"(?i)topic_not_modified"):
        await bot.close_forum_topic(desk.id, topic.message_thread_id)
    await bot.reopen_forum_topic(desk.id, topic.message_thread_id)
    assert [each.closed for each in telegram.topics(desk)] == [False]


async def test_topic_name_is_limited(bot: Bot, desk: Group) -> None:
    """A topic's name has at most 128 characters."""
    with pytest.raises(BadRequest):
        await bot.create_forum_topic(desk.id, "x" * 129)


async def test_no_topics_outside_forums(bot: Bot, telegram: TelegramWorld) -> None:
    """A supergroup without topics has none."""
    group = telegram.group(-1009, "Plain", shape=GroupShape.SUPERGROUP)
    with pytest.raises(BadRequest, match="not a forum"):
        await bot.create_forum_topic(group.id, "x")


async def test_edit(bot: Bot, telegram: TelegramWorld, ama: Person) -> None:
    """An edit replaces text and buttons, and the earlier text is kept for the reader of the simulation."""
    sent = await bot.send_message(ama.id, "one", reply_markup=keyboard([("x", "d")]))
    await bot.edit_message_text("two", ama.id, sent.message_id)
    message = telegram.from_bot(ama)[-1]
    assert (message.text, message.labels, message.earlier) == ("two", (), ["one"])


async def test_edit_without_change(bot: Bot, ama: Person) -> None:
    """An edit that changes nothing is refused."""
    sent = await bot.send_message(ama.id, "one")
    with pytest.raises(BadRequest, match="Message is not modified"):
        await bot.edit_message_text("one", ama.id, sent.message_id)


async def test_edit_of_nothing(bot: Bot, ama: Person) -> None:
    """A message that is not there cannot be edited."""
    with pytest.raises(BadRequest, match="Message to edit not found"):
        await bot.edit_message_text("one", ama.id, 1)


async def test_old_messages_stay(bot: Bot, ama: Person, clock: Clock) -> None:
    """After 48 hours a message cannot be deleted."""
    sent = await bot.send_message(ama.id, "one")
    clock.time += timedelta(hours=49)
    with pytest.raises(BadRequest, match="can't be deleted"):
        await sent.delete()


async def test_delete(bot: Bot, telegram: TelegramWorld, ama: Person) -> None:
    """A deleted message is not seen any more."""
    sent = await bot.send_message(ama.id, "one")
    await sent.delete()
    assert telegram.from_bot(ama) == []


async def test_reply_to_nothing(bot: Bot, telegram: TelegramWorld, ama: Person) -> None:
    """An answer to a message that is gone goes out only if the bot allows that."""
    lenient = ReplyParameters(1, allow_sending_without_reply=True)
    await bot.send_message(ama.id, "x", reply_parameters=lenient)
    with pytest.raises(BadRequest, match="Message to be replied not found"):
        await bot.send_message(ama.id, "x", reply_parameters=ReplyParameters(1))


async def test_force_reply(bot: Bot, telegram: TelegramWorld, ama: Person) -> None:
    """The reader's app opens a reply where the bot asks for it."""
    await bot.send_message(ama.id, "x", reply_markup=ForceReply())
    assert telegram.from_bot(ama)[-1].force_reply


async def test_files_both_ways(bot: Bot, telegram: TelegramWorld, ama: Person) -> None:
    """A file that was sent comes back byte for byte, by upload and by id."""
    telegram.send_document(ama, b"\x00\x01pdf", "a.pdf", "application/pdf")
    message = (await newest(bot)).message
    assert message is not None
    assert message.document is not None
    fetched = bytes(await (await message.document.get_file()).download_as_bytearray())
    await bot.send_document(ama.id, fetched, filename="b.pdf", caption="<i>yours</i>", parse_mode="HTML")
    back = telegram.from_bot(ama)[-1]
    assert back.attachment is not None
    assert (back.attachment.content, back.attachment.name, back.text) == (b"\x00\x01pdf", "b.pdf", "yours")


async def test_voice_and_photo(bot: Bot, telegram: TelegramWorld, ama: Person) -> None:
    """A voice message has its seconds, a photo its sizes."""
    telegram.send_voice(ama, b"ogg", 14)
    voice = (await newest(bot)).message
    telegram.send_photo(ama, b"jpg")
    photo = (await newest(bot)).message
    assert voice is not None
    assert voice.voice is not None
    assert photo is not None
    assert (voice.voice.duration, len(photo.photo)) == (14, 1)


async def test_large_files_cannot_be_fetched(bot: Bot, telegram: TelegramWorld, ama: Person) -> None:
    """Bots fetch at most 20 MB."""
    telegram.send_document(ama, b"x", "large.zip", size=21 * 1024 * 1024)
    message = (await newest(bot)).message
    assert message is not None
    assert message.document is not None
    with pytest.raises(BadRequest, match="File is too big"):
        await message.document.get_file()


async def test_caption_is_limited(bot: Bot, ama: Person) -> None:
    """A caption has at most 1024 characters."""
    with pytest.raises(BadRequest, match="caption is too long"):
        await bot.send_document(ama.id, b"x", filename="x", caption="x" * 1025)


async def test_administrators(bot: Bot, desk: Group, ama: Person, telegram: TelegramWorld) -> None:
    """Administrators of a group are told apart from members."""
    telegram.join(telegram.user(103, "Bo"), desk)
    statuses = [(await bot.get_chat_member(desk.id, each)).status for each in (ama.id, 103)]
    named = [each.user.id for each in await bot.get_chat_administrators(desk.id)]
    assert (statuses, named) == (["administrator", "member"], [ama.id, bot.id])


async def test_profile(bot: Bot, telegram: TelegramWorld, desk: Group) -> None:
    """Commands, names, chat information, actions and pins are accepted and kept."""
    await bot.set_my_commands([("help", "How it works")], language_code="fr")
    await bot.set_my_name("csobot")
    await bot.set_my_description("d")
    await bot.set_my_short_description("s")
    await bot.send_chat_action(desk.id, "typing")
    chat = await bot.get_chat(desk.id)
    sent = await bot.send_message(desk.id, "x")
    await bot.pin_chat_message(desk.id, sent.message_id)
    assert (chat.is_forum, telegram.state.profile["setMyName", "", ""]) == (True, "csobot")


async def test_left_group(bot: Bot, desk: Group) -> None:
    """A group that the bot left is closed to it."""
    await bot.leave_chat(desk.id)
    with pytest.raises(Forbidden, match="bot is not a member"):
        await bot.send_message(desk.id, "x")


async def test_json_body(simulator: Simulator, telegram: TelegramWorld, ama: Person) -> None:
    """A JSON body says the same as a form."""
    address = f"{simulator.telegram_base_url}{telegram.token}/sendMessage"
    async with aiohttp.ClientSession() as session:
        await session.post(address, json={"chat_id": ama.id, "text": "x", "reply_markup": {"force_reply": True}})
    assert telegram.from_bot(ama)[-1].force_reply
