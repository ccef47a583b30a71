"""How updates reach us: stored first, confirmed afterwards, by polling and by webhook."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from adapters.telegram.channel import Audience, Command, Menu, TelegramChannel
from adapters.telegram.polling import Poller, Rhythm
from adapters.telegram.webhook import LARGEST_BODY, Webhook, WebhookAt
from bot.core.channel import AccountInfo, Answer, FileNotTaken, Raw, Rendered, RenderedButton, Retry
from bot.core.errors import SettingsProblem
from bot.core.message import Event, FileRef, FileRefusal
from tests.contract.telegram_server import TOKEN, BotApi, Cut, Reply, Silence, connected, error, result

HURRY = Rhythm(hold=0.01, grace=0.3, pause=0.01, longest_pause=0.02, helpless=0.01)
HURRY_PAUSE = timedelta(milliseconds=20)
SECRET = "s3cret_-"
HEADERS = {"X-Telegram-Bot-Api-Secret-Token": SECRET}


def update(number: int, text: str = "hello", chat: int = 42) -> dict[str, object]:
    kind = "private" if chat > 0 else "supergroup"
    user = {"id": 42, "is_bot": False, "first_name": "Amal"}
    body = {"message_id": number, "date": 1, "chat": {"id": chat, "type": kind}, "from": user, "text": text}
    return {"update_id": number, "message": body}


class Store:
    """Keeps events as the inbox does: once each; fails as often as told."""

    def __init__(self, failures: int = 0) -> None:
        self.kept: dict[str, Raw] = {}
        self.failures = failures

    async def accept(self, events: list[Raw]) -> None:
        if self.failures:
            self.failures -= 1
            raise OSError("disk full")
        for event in events:
            self.kept.setdefault(event.event_id, event)


@pytest.fixture
async def api() -> AsyncIterator[BotApi]:
    async with BotApi().running() as api:
        yield api


@pytest.fixture
async def channel(api: BotApi) -> AsyncIterator[TelegramChannel]:
    async with connected(api) as channel:
        yield channel


@asynccontextmanager
async def polling(channel: TelegramChannel, store: Store) -> AsyncIterator[Poller]:
    poller = channel.poller(store.accept, HURRY)
    task = asyncio.create_task(poller.run())
    try:
        yield poller
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


async def until(api: BotApi, polls: int) -> list[dict[str, object]]:
    """The questions of the first polls, once so many were asked."""
    async with asyncio.timeout(3):
        while len(api.asked("getUpdates")) < polls:
            await api.asked_again.wait()
    return [call.fields for call in api.asked("getUpdates")][:polls]


async def test_a_batch_is_stored_and_then_confirmed(api: BotApi, channel: TelegramChannel) -> None:
    """The next request names the id after the last one stored."""
    api.plan["getUpdates"].append(result([update(10), update(11)]))
    store = Store()
    async with polling(channel, store) as poller:
        asked = await until(api, 2)
        assert poller.last_ok is not None
    assert [question.get("offset") for question in asked] == [None, 12]
    assert list(store.kept) == ["10", "11"]


async def test_what_is_not_stored_is_not_confirmed(api: BotApi, channel: TelegramChannel) -> None:
    """While the store fails the offset stays, so that Telegram tells it again."""
    api.plan["getUpdates"] += [result([update(10)]), result([update(10)]), result([update(10)])]
    store = Store(failures=2)
    async with polling(channel, store):
        asked = await until(api, 4)
    assert [question.get("offset") for question in asked] == [None, None, None, 11]
    assert list(store.kept) == ["10"]


async def test_ids_that_start_anew_are_heard(api: BotApi, channel: TelegramChannel) -> None:
    """After silence Telegram may begin at a lower id: an empty answer ends the offset, and the low id is stored."""
    api.plan["getUpdates"] += [result([update(900)]), result([]), result([update(5)])]
    store = Store()
    async with polling(channel, store):
        asked = await until(api, 4)
    assert [question.get("offset") for question in asked] == [None, 901, None, 6]
    assert list(store.kept) == ["900", "5"]


async def test_an_update_told_twice_is_stored_once(api: BotApi, channel: TelegramChannel) -> None:
    """Repetition and disorder are the store's to settle, by id."""
    api.plan["getUpdates"] += [result([update(11), update(10)]), result([update(11)])]
    store = Store()
    async with polling(channel, store):
        await until(api, 3)
    assert list(store.kept) == ["11", "10"]


async def test_we_name_what_we_want_to_hear(api: BotApi, channel: TelegramChannel) -> None:
    """allowed_updates is said each time: chat_member comes only when named."""
    async with polling(channel, Store()):
        asked = await until(api, 1)
    assert asked[0]["allowed_updates"] == [
        "message",
        "edited_message",
        "callback_query",
        "my_chat_member",
        "chat_member",
    ]


@pytest.mark.parametrize(
    "trouble",
    [
        Cut(),
        Silence(),
        error(409, "Conflict: terminated by other getUpdates request"),
        error(502, "Bad Gateway"),
        error(401, "Unauthorized"),
        error(429, "Too Many Requests", retry_after=1),
        Reply(200, b"nonsense"),
        result("nonsense"),
        result([{"no": "id"}]),
        result([7, None]),
    ],
)
async def test_no_trouble_ends_the_loop(api: BotApi, channel: TelegramChannel, trouble: Reply | Cut | Silence) -> None:
    """Whatever comes back, the loop asks again and hears the next update."""
    api.plan["getUpdates"] += [trouble, result([update(10)])]
    store = Store()
    async with polling(channel, store):
        await until(api, 3)
    assert list(store.kept) == ["10"]


async def test_a_second_poller_is_told_once(
    api: BotApi, channel: TelegramChannel, capsys: pytest.CaptureFixture[str]
) -> None:
    """One sentence says what to do, however long it lasts."""
    api.plan["getUpdates"] += [error(409, "Conflict: terminated by other getUpdates request")] * 3
    async with polling(channel, Store()):
        await until(api, 4)
    assert capsys.readouterr().out.count("another program fetches the updates of this bot") == 1


async def test_a_webhook_update_is_stored() -> None:
    """The right secret and a whole update: stored, 200."""
    store = Store()
    webhook = Webhook("telegram", SECRET, store.accept)
    assert await webhook.handle(HEADERS, json.dumps(update(10)).encode()) == 200
    assert list(store.kept) == ["10"]


@pytest.mark.parametrize(
    ("headers", "body", "status"),
    [
        ({}, b"{}", 403),
        ({"X-Telegram-Bot-Api-Secret-Token": "wrong"}, b"{}", 403),
        ({"X-Telegram-Bot-Api-Secret-Token": "s3cret_-é"}, b"{}", 403),
        (HEADERS, b"x" * (LARGEST_BODY + 1), 413),
        (HEADERS, b"{", 400),
        (HEADERS, b"[]", 400),
        (HEADERS, b"[" * 100_000, 400),
        (HEADERS, b'{"update_id": "7"}', 400),
        ({"x-telegram-bot-api-secret-token": SECRET}, b'{"update_id": 7, "new_kind": {}}', 200),
    ],
)
async def test_what_a_webhook_answers(headers: dict[str, str], body: bytes, status: int) -> None:
    """Each wrong request has its status, and only a right one is stored."""
    store = Store()
    assert status == await Webhook("telegram", SECRET, store.accept).handle(headers, body)
    assert (status == 200) == bool(store.kept)


async def test_what_a_webhook_could_not_store_comes_again() -> None:
    """A store that fails makes Telegram try again: not 200."""
    webhook = Webhook("telegram", SECRET, Store(failures=1).accept)
    assert await webhook.handle(HEADERS, json.dumps(update(10)).encode()) == 503


@pytest.mark.parametrize(("url", "secret"), [("http://example.org/x", SECRET), ("https://example.org", "has space")])
def test_a_wrong_webhook_setting_is_named(url: str, secret: str) -> None:
    """The address must be safe, the secret what Telegram takes."""
    with pytest.raises(SettingsProblem):
        WebhookAt(url, secret)


async def test_nothing_shows_the_token(channel: TelegramChannel) -> None:
    """Not even a traceback with variables: neither the bot nor a webhook shows its secret."""
    assert TOKEN not in repr(vars(channel))
    assert SECRET not in repr(WebhookAt("https://example.org", SECRET))


async def test_starting_says_who_we_are(api: BotApi, channel: TelegramChannel) -> None:
    """getMe, and any webhook of before is taken away without losing what waits."""
    assert AccountInfo("telegram", "OurBot") == await channel.start()
    assert api.asked("deleteWebhook")[0].fields == {"drop_pending_updates": False}


async def test_starting_with_a_webhook_sets_it(api: BotApi) -> None:
    """Address, secret and the kinds of updates go along."""
    async with connected(api, webhook=WebhookAt("https://example.org/telegram/webhook", SECRET)) as channel:
        await channel.start()
    fields = api.asked("setWebhook")[0].fields
    assert (fields["url"], fields["secret_token"]) == ("https://example.org/telegram/webhook", SECRET)


async def test_menus_are_set_for_each_audience_and_language(api: BotApi) -> None:
    """One call each; one that is refused does not stop the start."""
    menu = Menu(Audience.PRIVATE_CHATS, (Command("status", "Your open questions"),))
    api.plan["setMyCommands"].append(error(400, "Bad Request: BOT_COMMAND_INVALID"))
    async with connected(api, menus=(menu, Menu(Audience.PRIVATE_CHATS, menu.commands, "fr"))) as channel:
        await channel.start()
    first, second = (call.fields for call in api.asked("setMyCommands"))
    assert first["scope"] == {"type": "all_private_chats"}
    assert first["commands"] == [{"command": "status", "description": "Your open questions"}]
    assert second["language_code"] == "fr"


async def test_a_wrong_token_stops_the_start(api: BotApi, channel: TelegramChannel) -> None:
    """It is a matter of settings, and the token is not repeated."""
    api.plan["getMe"].append(error(401, "Unauthorized"))
    with pytest.raises(SettingsProblem) as caught:
        await channel.start()
    assert TOKEN not in str(caught.value)


async def test_a_start_waits_for_telegram_and_not_for_ever(api: BotApi, channel: TelegramChannel) -> None:
    """While nobody answers it tries again, until the time is up."""
    api.plan["getMe"] += [Cut()] * 50
    with pytest.raises(Retry):
        await channel.start(within=HURRY_PAUSE * 10)


async def group_command(channel: TelegramChannel, text: str = "/bind") -> Event:
    payload = json.dumps(update(1, text, chat=-100500)).encode()
    return await channel.vet(channel.translate(payload, "1", datetime.now(UTC)))


ADMINISTRATOR = {
    "user": {"id": 42, "is_bot": False, "first_name": "Amal"},
    "status": "creator",
    "is_anonymous": False,
}


async def test_an_administrator_is_known_for_a_minute(api: BotApi, channel: TelegramChannel) -> None:
    """Two commands, one question."""
    api.plan["getChatMember"].append(result(ADMINISTRATOR))
    assert [(await group_command(channel)).sender.administers for _ in range(2)] == [True, True]
    assert len(api.asked("getChatMember")) == 1


@pytest.mark.parametrize("reply", [error(400, "Bad Request: user not found"), Cut(), result({"odd": 1})])
async def test_when_telegram_does_not_say_nobody_administers(
    api: BotApi, channel: TelegramChannel, reply: Reply | Cut
) -> None:
    """No answer is no right."""
    api.plan["getChatMember"].append(reply)
    assert not (await group_command(channel)).sender.administers


async def test_only_commands_are_worth_the_question(api: BotApi, channel: TelegramChannel) -> None:
    """Ordinary words in a group ask nothing."""
    await group_command(channel, "hello")
    assert api.calls == []


def at(path: str, size: int = 4) -> Reply:
    return result({"file_id": "F", "file_unique_id": "U", "file_size": size, "file_path": path})


async def test_a_file_is_fetched(api: BotApi, channel: TelegramChannel, tmp_path: Path) -> None:
    """Every byte, whatever is in its name."""
    api.files["documents/план 1?.pdf"] = b"%PDF" * 100_000
    api.plan["getFile"].append(at("documents/план 1?.pdf"))
    await channel.fetch(FileRef("F", "plan.pdf"), tmp_path / "f")
    assert (tmp_path / "f").read_bytes() == b"%PDF" * 100_000


async def test_a_broken_connection_is_tried_again(api: BotApi, channel: TelegramChannel, tmp_path: Path) -> None:
    """Fetching twice does no harm."""
    api.files["a"] = b"data"
    api.plan["getFile"] += [Cut(), at("a")]
    await channel.fetch(FileRef("F", "a"), tmp_path / "f")
    assert (tmp_path / "f").read_bytes() == b"data"


@pytest.mark.parametrize(
    ("reply", "size", "why"),
    [
        (at("a"), 20_000_001, FileRefusal.TOO_BIG),
        (at("a", 20_000_001), 0, FileRefusal.TOO_BIG),
        (at("big"), 0, FileRefusal.TOO_BIG),
        (error(400, "Bad Request: file is too big"), 0, FileRefusal.TOO_BIG),
        (error(400, "Bad Request: invalid file_id"), 0, FileRefusal.UNAVAILABLE),
        (at("missing"), 0, FileRefusal.UNAVAILABLE),
        (at("redirect"), 0, FileRefusal.UNAVAILABLE),
        (at("../../etc/x"), 0, FileRefusal.UNAVAILABLE),
        (at(""), 0, FileRefusal.UNAVAILABLE),
    ],
)
async def test_a_file_that_is_not_taken(
    api: BotApi, channel: TelegramChannel, tmp_path: Path, reply: Reply, size: int, why: FileRefusal
) -> None:
    """Too large by any account, gone, or somewhere else; and nothing is left behind."""
    api.files |= {"big": bytes(20_000_001), "redirect": Reply(302, b""), "elsewhere": b"no"}
    api.plan["getFile"].append(reply)
    with pytest.raises(FileNotTaken) as caught:
        await channel.fetch(FileRef("F", "a", size=size), tmp_path / "f")
    assert why is caught.value.why
    assert not (tmp_path / "f").exists()


def pressed(channel: TelegramChannel, chat: int = -100500) -> Event:
    carrier = {"message_id": 8, "date": 1, "chat": {"id": chat, "type": "supergroup"}}
    user = {"id": 42, "is_bot": False, "first_name": "Amal"}
    body = {"update_id": 1, "callback_query": {"id": "555", "from": user, "message": carrier, "data": "t"}}
    return channel.translate(json.dumps(body).encode(), "1", datetime.now(UTC))


@pytest.mark.parametrize(
    ("notice", "fields"),
    [
        (None, {"callback_query_id": "555", "show_alert": False}),
        (Rendered("<b>Yours</b> &amp; nobody's"), {"text": "Yours & nobody's", "show_alert": False}),
        (Rendered("x" * 61), {"text": "x" * 61, "show_alert": True}),
    ],
)
async def test_a_press_is_answered_on_its_button(
    api: BotApi, channel: TelegramChannel, notice: Rendered | None, fields: dict[str, object]
) -> None:
    """Always, plainly, as an alert when it takes longer than a glance to read."""
    await channel.answer(pressed(channel), Answer(notice))
    assert [call.method for call in api.calls] == ["answerCallbackQuery"]
    assert fields.items() <= api.last.fields.items()


async def test_a_notice_with_buttons_goes_to_the_private_chat(api: BotApi, channel: TelegramChannel) -> None:
    """The group does not see it, and the press is answered in silence."""
    await channel.answer(pressed(channel), Answer(Rendered("Undo?", (RenderedButton("Undo", "u"),))))
    assert [(call.method, call.fields.get("chat_id")) for call in api.calls] == [
        ("sendMessage", 42),
        ("answerCallbackQuery", None),
    ]
    assert "text" not in api.last.fields


async def test_a_notice_that_cannot_be_private_is_told_on_the_button(api: BotApi, channel: TelegramChannel) -> None:
    """Who never started the bot reads as much of it as fits."""
    api.plan["sendMessage"].append(error(403, "Forbidden: bot can't initiate conversation with a user"))
    await channel.answer(pressed(channel), Answer(Rendered("x" * 300)))
    assert api.last.fields["text"] == "x" * 200


async def test_a_notice_in_a_group_is_whispered(api: BotApi, channel: TelegramChannel) -> None:
    """To the sender, and silently dropped when refused."""
    api.plan["sendMessage"].append(error(403, "Forbidden: bot can't initiate conversation with a user"))
    await channel.answer(await group_command(channel, "hi"), Answer(Rendered("Please ask in private.")))
    assert [(call.method, call.fields["chat_id"]) for call in api.calls] == [("sendMessage", 42)]


@pytest.mark.parametrize("reply", [error(400, "Bad Request: query is too old"), Cut(), Silence(), Reply(200, b"x")])
async def test_an_answer_that_fails_hurts_nobody(
    api: BotApi, channel: TelegramChannel, reply: Reply | Cut | Silence
) -> None:
    """Best effort: nothing is raised."""
    api.plan["answerCallbackQuery"].append(reply)
    await channel.answer(pressed(channel), Answer())
    assert len(api.calls) == 1
