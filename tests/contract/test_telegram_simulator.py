"""The adapter and the simulator over the wire: what people do there reaches us, what we do they see."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import aiohttp
import pytest

from adapters.simulator.server import Simulator
from adapters.simulator.telegram_state import Group, GroupShape, Person
from adapters.telegram.channel import Audience, Command, Menu, TelegramChannel
from adapters.telegram.polling import Rhythm
from bot.core.channel import (
    Answer,
    BadMarkup,
    Doubtful,
    Moved,
    Op,
    Outgoing,
    Raw,
    Rendered,
    RenderedButton,
    Retry,
    ThreadGone,
    Unreachable,
)
from bot.core.message import (
    Address,
    Change,
    Event,
    FileKind,
    Membership,
    Migrated,
    Place,
    Pressed,
    Said,
    Standing,
    StoredFile,
    Unheard,
)

MENUS = (Menu(Audience.PRIVATE_CHATS, (Command("status", "Your questions"),), "fr"),)


@dataclass
class Stage:
    simulator: Simulator
    channel: TelegramChannel
    events: asyncio.Queue[Raw]
    amal: Person
    basil: Person
    desk: Group

    async def heard(self) -> Event:
        raw = await asyncio.wait_for(self.events.get(), 3)
        return self.channel.translate(raw.payload, raw.event_id, datetime.now(UTC))

    async def post(self, to: int, html: str, *buttons: RenderedButton, thread: str = "") -> str:
        address = Address("telegram", str(to), thread)
        return await self.channel.send(Outgoing(Op.POST, address, Rendered(html, buttons)))


@pytest.fixture
async def stage() -> AsyncIterator[Stage]:
    async with Simulator() as simulator, aiohttp.ClientSession() as session:
        world = simulator.telegram
        channel = TelegramChannel(
            "telegram",
            world.token,
            session,
            base_url=simulator.telegram_base_url,
            base_file_url=simulator.telegram_file_url,
            menus=MENUS,
        )
        await channel.start()
        amal, basil = world.user(42, "<b>Amal</b>", language_code="ar"), world.user(43, "Basil")
        desk = world.group(-1001234567890123, "Desk", administrators=[basil])
        events: asyncio.Queue[Raw] = asyncio.Queue()

        async def accept(batch: list[Raw]) -> None:
            for raw in batch:
                events.put_nowait(raw)

        polling = asyncio.create_task(channel.poller(accept, Rhythm(hold=5, pause=0.05)).run())
        yield Stage(simulator, channel, events, amal, basil, desk)
        polling.cancel()
        with suppress(asyncio.CancelledError):
            await polling
        assert [refusal for refusal in simulator.refusals if "getUpdates" in repr(refusal)] == []


async def start(stage: Stage) -> None:
    """Amal presses Start: before that a bot may not write."""
    stage.simulator.telegram.say(stage.amal, "/start")
    await stage.heard()


async def test_a_question_arrives(stage: Stage) -> None:
    """Words, name and language of a stranger."""
    stage.simulator.telegram.say(stage.amal, "من يساعد؟")
    event = await stage.heard()
    assert (event.place, event.sender.name, event.sender.language) == (Place.PRIVATE, "<b>Amal</b>", "ar")
    assert isinstance(event.content, Said)
    assert event.content.text == "من يساعد؟"


async def test_an_answer_is_seen_and_its_button_pressed(stage: Stage) -> None:
    """The press names the token and the message, and its answer is shown."""
    await start(stage)
    sent = await stage.post(42, "Hi <b>Amal</b> &lt;3", RenderedButton("Yes", "tok"))
    (message,) = stage.simulator.telegram.from_bot(stage.amal)
    stage.simulator.telegram.press(stage.amal, message, "Yes")
    event = await stage.heard()
    assert isinstance(event.content, Pressed)
    assert (event.content.token, event.content.message) == ("tok", sent)
    await stage.channel.answer(event, Answer(Rendered("Taken")))
    assert len(stage.simulator.telegram.callback_answers) == 1


async def test_a_query_lives_in_its_topic(stage: Stage) -> None:
    """Opened by us, written into by us, answered by staff in the same thread; and that is no reply to us."""
    opening = Outgoing(Op.OPEN_THREAD, Address("telegram", str(stage.desk.id)), Rendered("Q-0001 &amp; more"))
    thread = await stage.channel.send(opening)
    await stage.post(stage.desk.id, "card", thread=thread)
    stage.simulator.telegram.say(stage.basil, "note", stage.desk, int(thread))
    event = await stage.heard()
    assert event.address == Address("telegram", str(stage.desk.id), thread)
    assert isinstance(event.content, Said)
    assert not event.content.reply_to


async def test_a_topic_that_was_deleted_is_told(stage: Stage) -> None:
    """The thread is to be opened again."""
    opening = Outgoing(Op.OPEN_THREAD, Address("telegram", str(stage.desk.id)), Rendered("Q-0001"))
    thread = await stage.channel.send(opening)
    stage.simulator.telegram.delete_topic(stage.desk, int(thread))
    with pytest.raises(ThreadGone):
        await stage.post(stage.desk.id, "card", thread=thread)


@pytest.mark.parametrize(("who", "administers"), [("amal", False), ("basil", True)])
async def test_who_administers_a_group(stage: Stage, who: str, administers: bool) -> None:
    """Asked for a command in a group."""
    person = stage.amal if who == "amal" else stage.basil
    stage.simulator.telegram.join(stage.amal, stage.desk)
    stage.simulator.telegram.say(person, "/bind", stage.desk)
    while not isinstance((event := await stage.heard()).content, Said):
        pass
    assert administers is (await stage.channel.vet(event)).sender.administers


async def test_an_anonymous_administrator_is_nobody(stage: Stage) -> None:
    """Never staff, whatever they write."""
    stage.simulator.telegram.say_anonymously(stage.desk, "/bind")
    assert (await stage.heard()).sender.standing is Standing.ANONYMOUS


async def test_a_file_comes_and_goes_whole(stage: Stage, tmp_path: Path) -> None:
    """Fetched as it was sent, and sent back as a document."""
    content = bytes(range(256)) * 2_000
    stage.simulator.telegram.send_photo(stage.amal, content, caption="see")
    event = await stage.heard()
    assert isinstance(event.content, Said)
    await stage.channel.fetch(event.content.files[0], tmp_path / "f")  # type: ignore[arg-type]
    assert content == (tmp_path / "f").read_bytes()

    file = StoredFile("ab" * 32, "план 1.jpg", FileKind.PHOTO, "image/jpeg", len(content))
    upload = Outgoing(Op.UPLOAD, event.address, Rendered("back"), file=file, path=tmp_path / "f")
    await stage.channel.send(upload)
    (message,) = stage.simulator.telegram.from_bot(stage.amal)
    assert message.attachment is not None
    assert (message.attachment.name, message.attachment.content) == ("план 1.jpg", content)


async def test_blocking_is_heard_and_felt(stage: Stage) -> None:
    """We are told, and sending says why."""
    await start(stage)
    stage.simulator.telegram.block(stage.amal)
    assert Membership(Change.GONE) == (await stage.heard()).content
    with pytest.raises(Unreachable, match="blocked"):
        await stage.post(42, "hello?")
    stage.simulator.telegram.unblock(stage.amal)
    assert Membership(Change.BACK) == (await stage.heard()).content


async def test_a_stranger_cannot_be_written_to(stage: Stage) -> None:
    """Who never pressed Start is not reached."""
    with pytest.raises(Unreachable, match="not_started"):
        await stage.post(43, "hello?")


async def test_a_group_that_moves_is_followed(stage: Stage) -> None:
    """The event and the next message both tell the new id."""
    group = stage.simulator.telegram.group(-500, "Small", shape=GroupShape.BASIC, administrators=[stage.basil])
    stage.simulator.telegram.migrate(group, -1009999999999999)
    assert Migrated("-1009999999999999") == (await stage.heard()).content
    with pytest.raises(Moved) as caught:
        await stage.post(-500, "hello")
    assert caught.value.to == Address("telegram", "-1009999999999999")


async def test_markup_that_telegram_cannot_read_is_told(stage: Stage) -> None:
    """The same words are then sent plain."""
    await start(stage)
    with pytest.raises(BadMarkup):
        await stage.post(42, "<h1>no such tag</h1>")


async def test_a_lost_answer_is_a_doubt(stage: Stage) -> None:
    """The message did arrive, and we cannot know."""
    await start(stage)
    stage.simulator.telegram.faults.lose_next("sendMessage")
    with pytest.raises(Doubtful):
        await stage.post(42, "once")
    assert len(stage.simulator.telegram.from_bot(stage.amal)) == 1


async def test_a_pause_is_obeyed(stage: Stage) -> None:
    """429 names its seconds."""
    await start(stage)
    stage.simulator.telegram.faults.fail_next(
        "sendMessage", 429, "Too Many Requests: retry after 9", {"retry_after": 9}
    )
    with pytest.raises(Retry) as caught:
        await stage.post(42, "soon")
    assert caught.value.after.total_seconds() == 9


async def test_repeated_reordered_and_renumbered_updates_all_arrive(stage: Stage) -> None:
    """Nothing is lost to an id that is lower than the last."""
    world = stage.simulator.telegram
    world.say(stage.amal, "first")
    first = await stage.heard()
    async with asyncio.timeout(3):
        while world.updates.pending:  # noqa: ASYNC110 - being confirmed is no event
            await asyncio.sleep(0.01)
    world.jump_ids(3)
    world.say(stage.amal, "renumbered")
    assert (await stage.heard()).id == "3"
    world.redeliver()
    assert (await stage.heard()).id in {"3", first.id}
    world.hold()
    world.say(stage.amal, "a")
    world.say(stage.amal, "b")
    world.release(lambda updates: updates[::-1])
    heard = {(await stage.heard()).id, (await stage.heard()).id}
    assert {"4", "5"} == heard


async def test_an_unknown_kind_of_update_is_taken(stage: Stage) -> None:
    """Accepted, and Unheard."""
    stage.simulator.telegram.inject("my_chat_member", {"from": {"id": "x"}, "odd": [1]})
    assert Unheard() == (await stage.heard()).content


async def test_no_update_is_more_than_json(stage: Stage) -> None:
    """What is stored reads back as what was sent."""
    stage.simulator.telegram.say(stage.amal, "hello")
    raw = await asyncio.wait_for(stage.events.get(), 3)
    assert json.loads(raw.payload)["message"]["text"] == "hello"
