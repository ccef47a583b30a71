"""What leaves for Telegram, and what each failure means to the ledger."""

import json
import logging
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from adapters.telegram.channel import TelegramChannel
from bot.core.channel import (
    BadMarkup,
    Doubtful,
    Moved,
    Op,
    Outgoing,
    Refused,
    Rendered,
    RenderedButton,
    Retry,
    SendError,
    ThreadGone,
    Unreachable,
)
from bot.core.message import Address, FileKind, StoredFile
from tests.contract.telegram_server import TOKEN, BotApi, Cut, Reply, Silence, connected, error, result

AMAL = Address("telegram", "42")
DESK = Address("telegram", "-1001234567890123")
HELLO = Outgoing(Op.POST, AMAL, Rendered("<b>Hello</b> &amp; welcome"))
EDIT = Outgoing(Op.EDIT, AMAL, Rendered("new"), target="7")
DELETE = Outgoing(Op.DELETE, AMAL, Rendered(""), target="7")
TOPIC = Outgoing(Op.OPEN_THREAD, DESK, Rendered("<b>Q-0001</b> shelter &amp; land"))


@pytest.fixture
async def api() -> AsyncIterator[BotApi]:
    async with BotApi().running() as api:
        yield api


@pytest.fixture
async def channel(api: BotApi) -> AsyncIterator[TelegramChannel]:
    async with connected(api) as channel:
        yield channel


@pytest.fixture
def photo(tmp_path: Path) -> Outgoing:
    path = tmp_path / "content"
    path.write_bytes(b"\x89PNG" * 50_000)
    file = StoredFile("ab" * 32, "site plan.png", FileKind.PHOTO, "image/png", 200_000)
    return Outgoing(Op.UPLOAD, AMAL, Rendered("See <i>this</i>"), file=file, path=path)


@pytest.fixture
def voice(photo: Outgoing) -> Outgoing:
    file = StoredFile("cd" * 32, "voice.ogg", FileKind.VOICE, "audio/ogg", 200_000, seconds=12)
    return replace(photo, file=file)


async def test_a_message_goes_out_as_html_without_previews(api: BotApi, channel: TelegramChannel) -> None:
    """sendMessage as JSON, HTML mode, no link preview; the id comes back as text."""
    assert await channel.send(HELLO) == "7"
    assert api.last.content_type == "application/json"
    assert {name: value for name, value in api.last.fields.items() if name != "disable_notification"} == {
        "chat_id": 42,
        "text": "<b>Hello</b> &amp; welcome",
        "parse_mode": "HTML",
        "link_preview_options": {"is_disabled": True},
    }


async def test_buttons_stand_in_rows_of_the_given_width(api: BotApi, channel: TelegramChannel) -> None:
    """Five buttons in two columns make rows of two, two and one, each with its token as callback data."""
    buttons = tuple(RenderedButton(f"{n} <&", f"t{n}") for n in range(5))
    await channel.send(replace(HELLO, rendered=Rendered("pick", buttons, columns=2)))

    rows = json.loads(json.dumps(api.last.fields["reply_markup"]))["inline_keyboard"]
    assert [[key["callback_data"] for key in row] for row in rows] == [["t0", "t1"], ["t2", "t3"], ["t4"]]
    assert rows[0][0]["text"] == "0 <&"


async def test_a_message_that_wants_a_reply_opens_one(api: BotApi, channel: TelegramChannel) -> None:
    """Without buttons the reader's app is asked to open a reply, for the one addressed only."""
    await channel.send(replace(HELLO, rendered=Rendered("why?", wants_reply=True)))
    assert api.last.fields["reply_markup"] == {"force_reply": True, "selective": True}


async def test_a_message_into_a_topic_answers_there(api: BotApi, channel: TelegramChannel) -> None:
    """Topic and answered message go along; an answered message that is gone does not stop it."""
    await channel.send(Outgoing(Op.POST, replace(DESK, thread="9000000001"), Rendered("x"), reply_to="5000000000"))
    assert api.last.fields["message_thread_id"] == 9000000001
    assert api.last.fields["chat_id"] == -1001234567890123
    assert api.last.fields["reply_parameters"] == {"message_id": 5000000000, "allow_sending_without_reply": True}


@pytest.mark.parametrize(
    ("rendered", "reason"),
    [
        (Rendered("x" * 4097), "message is too long"),
        (Rendered("x", (RenderedButton("a", "é" * 33),)), "a button's token must be 1 to 64 bytes"),
    ],
)
async def test_what_telegram_would_never_take_is_not_even_sent(
    api: BotApi, channel: TelegramChannel, rendered: Rendered, reason: str
) -> None:
    """A text or a token over the limit is refused here, with the reason."""
    with pytest.raises(Refused, match=reason):
        await channel.send(replace(HELLO, rendered=rendered))
    assert api.calls == []


async def test_markup_does_not_count_against_the_limit(api: BotApi, channel: TelegramChannel) -> None:
    """4096 characters count after the markup is read."""
    await channel.send(replace(HELLO, rendered=Rendered("<b>" + "&amp;" * 4096 + "</b>")))
    assert len(api.calls) == 1


async def test_an_edit_replaces_text_and_buttons(api: BotApi, channel: TelegramChannel) -> None:
    """editMessageText with the target's id, which is returned."""
    assert await channel.send(EDIT) == "7"
    assert (api.last.method, api.last.fields["message_id"]) == ("editMessageText", 7)


@pytest.mark.parametrize(
    ("outgoing", "method", "said"),
    [
        (EDIT, "editMessageText", "Bad Request: message is not modified: specified new message content is the same"),
        (DELETE, "deleteMessage", "Bad Request: message to delete not found"),
    ],
)
async def test_what_is_so_already_is_a_success(
    api: BotApi, channel: TelegramChannel, outgoing: Outgoing, method: str, said: str
) -> None:
    """Editing to the same text and deleting what is gone both succeed."""
    api.plan[method].append(error(400, said))
    assert await channel.send(outgoing) == "7"


async def test_the_words_below_a_file_are_edited_as_its_caption(api: BotApi, channel: TelegramChannel) -> None:
    """A message that is a file has no text to edit: its caption is."""
    api.plan["editMessageText"].append(error(400, "Bad Request: there is no text in the message to edit"))
    await channel.send(EDIT)
    assert (api.last.method, api.last.fields["caption"]) == ("editMessageCaption", "new")


async def test_a_topic_is_named_plainly_and_its_id_returned(api: BotApi, channel: TelegramChannel) -> None:
    """createForumTopic gets the words without markup; the thread id comes back, beyond 32 bits too."""
    assert await channel.send(TOPIC) == "9000000001"
    assert api.last.fields["name"] == "Q-0001 shelter & land"


async def test_a_topic_name_is_cut_to_what_telegram_takes(api: BotApi, channel: TelegramChannel) -> None:
    """128 UTF-16 units, no character cut in half."""
    await channel.send(replace(TOPIC, rendered=Rendered("a" + "🌍" * 100)))
    assert api.last.fields["name"] == "a" + "🌍" * 63


async def test_a_photo_goes_out_whole_as_a_document(api: BotApi, channel: TelegramChannel, photo: Outgoing) -> None:
    """Full quality: a document with caption and name, every byte of it."""
    assert await channel.send(photo) == "7"
    assert (api.last.method, api.last.fields["caption"]) == ("sendDocument", "See <i>this</i>")
    assert api.last.files["document"] == ("site plan.png", b"\x89PNG" * 50_000)


@pytest.mark.parametrize(
    ("name", "arrives"),
    [
        ("план «А».pdf", "план «А».pdf"),
        ('a"\r\nX-Evil: 1.pdf', 'a"X-Evil: 1.pdf'),
        ("../../etc/passwd", "passwd"),
        ("", "document"),
    ],
)
async def test_a_file_keeps_its_name(
    api: BotApi, channel: TelegramChannel, photo: Outgoing, name: str, arrives: str
) -> None:
    """Any script arrives as it is; folders and line ends do not."""
    assert photo.file is not None
    await channel.send(replace(photo, file=replace(photo.file, name=name)))
    assert arrives == api.last.files["document"][0]


async def test_a_voice_message_stays_one(api: BotApi, channel: TelegramChannel, voice: Outgoing) -> None:
    """sendVoice with its length."""
    await channel.send(voice)
    assert (api.last.method, api.last.fields["duration"]) == ("sendVoice", "12")


async def test_a_voice_message_nobody_may_send_goes_as_a_file(
    api: BotApi, channel: TelegramChannel, voice: Outgoing
) -> None:
    """A recipient who forbids voice messages gets the sound as a document, complete."""
    api.plan["sendVoice"].append(error(400, "Bad Request: VOICE_MESSAGES_FORBIDDEN"))
    await channel.send(voice)
    assert api.last.method == "sendDocument"
    assert len(api.last.files["document"][1]) == 200_000


async def test_words_too_long_for_a_caption_go_first(api: BotApi, channel: TelegramChannel, photo: Outgoing) -> None:
    """A message with the words, then the file as the answer to it."""
    await channel.send(replace(photo, rendered=Rendered("long " * 300)))
    assert [call.method for call in api.calls] == ["sendMessage", "sendDocument"]
    assert "caption" not in api.last.fields
    assert json.loads(str(api.last.fields["reply_parameters"]))["message_id"] == 7


async def test_words_do_not_stay_without_their_file(api: BotApi, channel: TelegramChannel, photo: Outgoing) -> None:
    """When the file has to be tried again, the words sent before it are taken back: they will come again with it."""
    api.plan["sendDocument"].append(error(429, "Too Many Requests: retry after 4", retry_after=4))
    with pytest.raises(Retry):
        await channel.send(replace(photo, rendered=Rendered("long " * 300)))
    assert (api.last.method, api.last.fields["message_id"]) == ("deleteMessage", 7)


async def test_a_file_gone_from_the_store_is_refused(channel: TelegramChannel, photo: Outgoing) -> None:
    """No file, no upload, and nothing of the path in the reason."""
    assert photo.path is not None
    photo.path.unlink()
    with pytest.raises(Refused) as caught:
        await channel.send(photo)
    assert "content" not in str(caught.value)


@pytest.mark.parametrize(
    ("reply", "expected", "says"),
    [
        (error(403, "Forbidden: bot was blocked by the user"), Unreachable, "blocked"),
        (error(403, "Forbidden: user is deactivated"), Unreachable, "deactivated"),
        (error(403, "Forbidden: bot was kicked from the supergroup chat"), Unreachable, "kicked"),
        (error(403, "Forbidden: bot is not a member of the supergroup chat"), Unreachable, "kicked"),
        (error(403, "Forbidden: the group chat was deleted"), Unreachable, "kicked"),
        (error(403, "Forbidden: bot can't initiate conversation with a user"), Unreachable, "not_started"),
        (error(400, "Bad Request: chat not found"), Unreachable, "not_started"),
        (error(400, "Bad Request: can't parse entities: Unsupported start tag"), BadMarkup, ""),
        (error(400, "Bad Request: message thread not found"), ThreadGone, ""),
        (error(400, "Bad Request: TOPIC_DELETED"), ThreadGone, ""),
        (error(400, "Bad Request: message text is empty"), Refused, "Message text is empty"),
        (Reply(413, b"<html>Request Entity Too Large</html>"), Refused, "HTTP status 413"),
        (error(500, "Internal Server Error"), Doubtful, ""),
        (Reply(502, b"<html>Bad Gateway</html>"), Doubtful, ""),
        (Reply(200, b"not json"), Doubtful, ""),
        (Reply(200, {"ok": True}), Doubtful, ""),
        (result({"unexpected": "shape"}), Doubtful, ""),
        (Cut(), Doubtful, ""),
        (Silence(), Doubtful, ""),
        (error(401, "Unauthorized"), Retry, ""),
        (Reply(302, b""), Retry, ""),
    ],
)
async def test_each_failure_says_what_to_do(
    api: BotApi, channel: TelegramChannel, reply: Reply | Cut | Silence, expected: type[SendError], says: str
) -> None:
    """A post that fails becomes the error that tells the ledger what to do."""
    api.plan["sendMessage"].append(reply)
    with pytest.raises(SendError) as caught:
        await channel.send(HELLO)
    assert expected is type(caught.value)
    assert says in str(caught.value)


async def test_too_many_requests_name_their_pause(api: BotApi, channel: TelegramChannel) -> None:
    """429 delays this chat for as long as Telegram says."""
    api.plan["sendMessage"].append(error(429, "Too Many Requests: retry after 17", retry_after=17))
    with pytest.raises(Retry) as caught:
        await channel.send(HELLO)
    assert (timedelta(seconds=17), False) == (caught.value.after, caught.value.everywhere)


@pytest.mark.parametrize("body", [{}, {"parameters": {"retry_after": "soon"}}, {"parameters": []}, b"slow down"])
async def test_too_many_requests_without_a_number_pause_too(
    api: BotApi, channel: TelegramChannel, body: object
) -> None:
    """A 429 of any shape is a pause and not a doubt."""
    api.plan["sendMessage"].append(Reply(429, body))
    with pytest.raises(Retry) as caught:
        await channel.send(HELLO)
    assert caught.value.after > timedelta(0)


async def test_a_chat_that_moved_tells_where(api: BotApi, channel: TelegramChannel) -> None:
    """A group that became a supergroup has a new address."""
    moved = error(400, "Bad Request: group chat was upgraded", migrate_to_chat_id=-1009999999999999)
    api.plan["sendMessage"].append(moved)
    with pytest.raises(Moved) as caught:
        await channel.send(replace(HELLO, to=Address("telegram", "-500")))
    assert Address("telegram", "-1009999999999999") == caught.value.to


@pytest.mark.parametrize("failure", [Cut(), Silence(), error(500, "Internal Server Error")])
@pytest.mark.parametrize(("outgoing", "method"), [(EDIT, "editMessageText"), (DELETE, "deleteMessage")])
async def test_what_may_be_repeated_is_never_in_doubt(
    api: BotApi, channel: TelegramChannel, outgoing: Outgoing, method: str, failure: Reply | Cut | Silence
) -> None:
    """An edit or a deletion whose answer was lost is simply done again."""
    api.plan[method].append(failure)
    with pytest.raises(Retry):
        await channel.send(outgoing)


@pytest.mark.parametrize("failure", [Cut(), Silence()])
async def test_a_topic_or_file_whose_answer_was_lost_is_in_doubt(
    api: BotApi, channel: TelegramChannel, photo: Outgoing, failure: Cut | Silence
) -> None:
    """Making them again might make a second one."""
    api.plan["createForumTopic"].append(failure)
    api.plan["sendDocument"].append(failure)
    with pytest.raises(Doubtful):
        await channel.send(TOPIC)
    with pytest.raises(Doubtful):
        await channel.send(photo)


async def test_a_message_that_is_gone_cannot_be_edited(api: BotApi, channel: TelegramChannel) -> None:
    """Editing a deleted message is refused for good."""
    api.plan["editMessageText"].append(error(400, "Bad Request: message to edit not found"))
    with pytest.raises(Refused, match="not found"):
        await channel.send(EDIT)


async def test_without_a_connection_nothing_was_sent(api: BotApi, unused_tcp_port: int) -> None:
    """A refused connection is tried again, for the whole lane."""
    api.url = f"http://127.0.0.1:{unused_tcp_port}"
    async with connected(api) as channel:
        with pytest.raises(Retry) as caught:
            await channel.send(HELLO)
    assert caught.value.everywhere


async def test_an_upload_without_a_connection_closes_its_file(
    api: BotApi, unused_tcp_port: int, photo: Outgoing
) -> None:
    """The file is not left open (a warning would fail this test) and may be sent again."""
    api.url = f"http://127.0.0.1:{unused_tcp_port}"
    async with connected(api) as channel:
        with pytest.raises(Retry):
            await channel.send(photo)


@pytest.mark.parametrize(
    "reply",
    [
        Cut(),
        Silence(),
        Reply(400, {"description": f"Bad Request: https://api.telegram.org/bot{TOKEN}/sendMessage is odd"}),
        Reply(500, f"<html>/bot{TOKEN}/</html>".encode()),
        Reply(200, f"<html>/bot{TOKEN}/</html>".encode()),
    ],
)
async def test_the_token_is_never_told(
    api: BotApi, reply: Reply | Cut | Silence, caplog: pytest.LogCaptureFixture, capsys: pytest.CaptureFixture[str]
) -> None:
    """Neither errors and what caused them nor any log line, debugging included, hold the token or the text."""
    caplog.set_level(logging.DEBUG)
    async with connected(api) as channel:
        api.plan["sendMessage"].append(reply)
        with pytest.raises(SendError) as caught:
            await channel.send(HELLO)
    chain: list[BaseException] = [caught.value]
    while (before := chain[-1].__cause__ or chain[-1].__context__) is not None:
        chain.append(before)
    told = caplog.text + capsys.readouterr().out + "".join(f"{each!s}{each!r}" for each in chain)
    assert TOKEN not in told
    assert "welcome" not in told
