"""Sending, fetching and answering through the real slack_sdk."""

import asyncio
import os
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import aiohttp
import pytest
from aiohttp import web

from adapters.slack.channel import SlackChannel
from adapters.slack.payload import Node
from bot.core.channel import (
    Answer,
    BadMarkup,
    Doubtful,
    FileNotTaken,
    FormField,
    Op,
    Outgoing,
    Raw,
    Refused,
    Rendered,
    RenderedButton,
    RenderedForm,
    Retry,
    SendError,
    ThreadGone,
    Unreachable,
)
from bot.core.message import (
    Address,
    Event,
    FileKind,
    FileRef,
    FileRefusal,
    Place,
    Pressed,
    Sender,
    Standing,
    StoredFile,
)
from tests.contract.slack_server import TEAM, TOKEN, Reply, Slack, running


@pytest.fixture
async def slack() -> AsyncIterator[Slack]:
    async with running() as slack:
        yield slack


async def dropped(_: list[Raw]) -> None:
    """Nothing is heard in these tests."""


@pytest.fixture
async def channel(slack: Slack) -> AsyncIterator[SlackChannel]:
    async with aiohttp.ClientSession() as session:
        channel = SlackChannel(
            account="slack", bot_token=TOKEN, session=session, accept=dropped, base_url=f"{slack.url}api/"
        )
        await channel.start()
        yield channel
        await channel.stop()


THREAD = Address("slack", "C1", "1.1")
POST = Outgoing(Op.POST, THREAD, Rendered("Dear <b>Amina</b>", (RenderedButton("1 Yes", "t1"),)), delivery=7)
EDIT = replace(POST, op=Op.EDIT, target="2.2")
DELETE = replace(POST, op=Op.DELETE, target="2.2")
FORM = RenderedForm("tok", "Reply", "Send", "Cancel", "", (FormField("text", "Answer"),))


async def test_post_goes_into_the_thread_with_its_delivery_id(slack: Slack, channel: SlackChannel) -> None:
    """Blocks, fallback text, no previews, and the delivery's id as metadata; the ts comes back."""
    assert await channel.send(POST) == "1700000000.000100"
    assert slack.sent("chat.postMessage") == [
        {
            "channel": "C1",
            "thread_ts": "1.1",
            "text": "Dear *Amina*\n\n1 Yes",
            "blocks": [
                {"type": "section", "text": {"type": "mrkdwn", "text": "Dear *Amina*", "verbatim": True}},
                {
                    "type": "actions",
                    "elements": [
                        {
                            "type": "button",
                            "action_id": "button-0",
                            "text": {"type": "plain_text", "text": "1 Yes", "emoji": False},
                            "value": "t1",
                        }
                    ],
                },
            ],
            "unfurl_links": False,
            "unfurl_media": False,
            "metadata": {"event_type": "csobot_delivery", "event_payload": {"delivery": 7}},
        }
    ]


async def test_edit_replaces_text_and_buttons(slack: Slack, channel: SlackChannel) -> None:
    """Without buttons in the new words the old ones go."""
    await channel.send(replace(EDIT, rendered=Rendered("Done")))
    sent = Node(slack.sent("chat.update")[0])
    assert (sent.text("ts"), [block.text("type") for block in sent.items("blocks")]) == ("2.2", ["section"])


async def test_deleting_what_is_gone_succeeds(slack: Slack, channel: SlackChannel) -> None:
    """message_not_found is what was wanted."""
    slack.refuse("chat.delete", "message_not_found")
    assert await channel.send(DELETE) == "2.2"


@pytest.mark.parametrize(
    ("word", "kind"),
    [
        ("channel_not_found", Unreachable),
        ("is_archived", Unreachable),
        ("not_in_channel", Unreachable),
        ("user_disabled", Unreachable),
        ("cannot_dm_bot", Unreachable),
        ("messages_tab_disabled", Unreachable),
        ("invalid_blocks", BadMarkup),
        ("thread_not_found", ThreadGone),
        ("msg_too_long", Refused),
        ("missing_scope", Refused),
        ("something_new", Refused),
        ("fatal_error", Doubtful),
    ],
)
async def test_slacks_word_says_what_to_do(
    slack: Slack, channel: SlackChannel, word: str, kind: type[SendError]
) -> None:
    """Each error is the exception that acts on it, with Slack's word as the reason."""
    slack.refuse("chat.postMessage", word)
    with pytest.raises(kind, match=word):
        await channel.send(POST)


async def test_rate_limit_is_told_and_not_waited_for(slack: Slack, channel: SlackChannel) -> None:
    """The ledger waits, not the sender: exactly one call, and the channel's own pause."""
    limited = Reply({"ok": False, "error": "ratelimited"}, 429, {"Retry-After": "17"})
    slack.next("chat.postMessage", limited)
    with pytest.raises(Retry) as caught:
        await channel.send(POST)
    assert (caught.value.after, caught.value.everywhere) == (timedelta(seconds=17), False)
    assert len(slack.sent("chat.postMessage")) == 1


@pytest.mark.parametrize("word", ["invalid_auth", "token_revoked", "account_inactive"])
async def test_our_token_stops_the_lane(slack: Slack, channel: SlackChannel, word: str) -> None:
    """Nothing is wrong with the message: everything waits a minute."""
    slack.refuse("chat.postMessage", word)
    with pytest.raises(Retry) as caught:
        await channel.send(POST)
    assert (caught.value.after, caught.value.everywhere) == (timedelta(minutes=1), True)


@pytest.mark.parametrize(
    ("outgoing", "method", "kind"),
    [(POST, "chat.postMessage", Doubtful), (EDIT, "chat.update", Retry), (DELETE, "chat.delete", Retry)],
)
@pytest.mark.parametrize(
    "reply", [Reply({}, hang_up=True), Reply("Bad gateway", 502), Reply("<html>", 200), Reply([1], 200)]
)
async def test_lost_answer_is_doubtful_unless_repeating_is_harmless(
    slack: Slack, channel: SlackChannel, outgoing: Outgoing, method: str, kind: type[SendError], reply: Reply
) -> None:
    """A message whose answer is lost may be there; it is sent once and never again blindly."""
    slack.next(method, reply)
    with pytest.raises(kind):
        await channel.send(outgoing)
    assert len(slack.sent(method)) == 1


async def test_nobody_listening_is_a_pause_for_all(slack: Slack) -> None:
    """A refused connection has written nothing."""
    async with aiohttp.ClientSession() as session:
        channel = SlackChannel(
            account="slack", bot_token=TOKEN, session=session, accept=dropped, base_url="http://127.0.0.1:9/api/"
        )
        with pytest.raises(Retry) as caught:
            await channel.send(POST)
    assert caught.value.everywhere


async def test_errors_hold_no_token_and_no_text(slack: Slack, channel: SlackChannel) -> None:
    """slack_sdk's own exception is cut off: its text holds what Slack answered."""
    slack.next("chat.postMessage", Reply({"ok": False, "error": "odd", "sent": "Amina", "token": TOKEN}))
    with pytest.raises(Refused) as caught:
        await channel.send(POST)
    assert (str(caught.value), caught.value.__cause__) == ("odd", None)


@pytest.mark.parametrize(("chat", "into"), [("U1", "D-opened"), ("C1", "C1")])
async def test_file_is_streamed_and_shared(
    slack: Slack, channel: SlackChannel, tmp_path: Path, chat: str, into: str
) -> None:
    """Three steps, the last with caption and thread; a person's file goes into their DM."""
    path = tmp_path / "f"
    path.write_bytes(b"x" * 300_000)
    file = StoredFile("sha", "Plan & budget.pdf", FileKind.DOCUMENT, "application/pdf", 300_000)
    sent = await channel.send(
        Outgoing(Op.UPLOAD, Address("slack", chat, "1.1"), Rendered("A <b>plan</b>"), file=file, path=path)
    )
    assert (sent, slack.uploaded) == ("F9", [b"x" * 300_000])
    assert slack.sent("files.completeUploadExternal") == [
        {
            "files": '[{"id": "F9", "title": "Plan & budget.pdf"}]',
            "channel_id": into,
            "initial_comment": "A *plan*",
            "thread_ts": "1.1",
        }
    ]


async def test_failed_bytes_are_sent_again(slack: Slack, channel: SlackChannel, tmp_path: Path) -> None:
    """Until the last step nobody has seen anything: repeat."""
    slack.next("files.getUploadURLExternal", Reply({"ok": True, "upload_url": f"{slack.url}nowhere", "file_id": "F9"}))
    (tmp_path / "f").write_bytes(b"x")
    file = StoredFile("sha", "a.pdf", FileKind.DOCUMENT, "application/pdf", 1)
    with pytest.raises(Retry):
        await channel.send(Outgoing(Op.UPLOAD, THREAD, Rendered(""), file=file, path=tmp_path / "f"))


async def test_file_is_fetched_with_our_token(slack: Slack, channel: SlackChannel, tmp_path: Path) -> None:
    """From Slack's own host, as an attachment."""
    slack.files["a.pdf"] = web.Response(body=b"x" * 600_000, content_type="application/pdf")
    await channel.fetch(FileRef("F1", "a.pdf", url=f"{slack.url}files/a.pdf"), tmp_path / "a")
    assert (tmp_path / "a").stat().st_size == 600_000
    assert slack.fetched == [("/files/a.pdf", f"Bearer {TOKEN}")]


async def test_file_without_address_is_asked_for(slack: Slack, channel: SlackChannel, tmp_path: Path) -> None:
    """Files of shared channels come without one."""
    slack.files["late.txt"] = web.Response(text="late")
    await channel.fetch(FileRef("F1", "late.txt"), tmp_path / "a")
    assert (tmp_path / "a").read_text() == "late"


@pytest.mark.parametrize(
    "url",
    [
        "https://evil.example/a",
        "https://files.slack.com.evil.example/a",
        "http://127.0.0.1/files/a",
        "file:///etc/passwd",
        "//evil.example/a",
        "http://[",
    ],
)
async def test_other_hosts_are_not_asked(slack: Slack, channel: SlackChannel, tmp_path: Path, url: str) -> None:
    """An external file's address could be anywhere, and our token would go there."""
    with pytest.raises(FileNotTaken) as caught:
        await channel.fetch(FileRef("F1", "a", url=url), tmp_path / "a")
    assert (caught.value.why, slack.fetched) == (FileRefusal.FOREIGN_HOST, [])


async def test_real_slack_files_come_from_the_file_host_only(tmp_path: Path) -> None:
    """Without a base_url of its own the host is files.slack.com, by https."""
    async with aiohttp.ClientSession() as session:
        channel = SlackChannel(account="slack", bot_token=TOKEN, session=session, accept=dropped)
        with pytest.raises(FileNotTaken) as caught:
            await channel.fetch(FileRef("F1", "a", url="http://files.slack.com/a"), tmp_path / "a")
    assert caught.value.why is FileRefusal.FOREIGN_HOST


@pytest.mark.parametrize(
    ("response", "why"),
    [
        (lambda: web.Response(text="<html>Sign in", content_type="text/html"), FileRefusal.UNAVAILABLE),
        (lambda: web.Response(status=302, headers={"Location": "/files/other"}), FileRefusal.UNAVAILABLE),
        (lambda: web.Response(status=404), FileRefusal.UNAVAILABLE),
        (lambda: web.Response(body=b"x" * 2000), FileRefusal.TOO_BIG),
    ],
    ids=["sign-in page", "redirect", "gone", "too big"],
)
async def test_bad_files_leave_nothing_behind(slack: Slack, tmp_path: Path, response: object, why: FileRefusal) -> None:
    """A page, a redirect, a missing and a too large file are refused, and no part of them stays."""
    slack.files["a"] = response()  # type: ignore[operator]
    async with aiohttp.ClientSession() as session:
        channel = SlackChannel(
            account="slack",
            bot_token=TOKEN,
            session=session,
            accept=dropped,
            base_url=f"{slack.url}api/",
            max_file_bytes=1000,
        )
        with pytest.raises(FileNotTaken) as caught:
            await channel.fetch(FileRef("F1", "a", url=f"{slack.url}files/a"), tmp_path / "a")
    assert (caught.value.why, os.listdir(tmp_path), len(slack.fetched)) == (why, [], 1)


def pressed(*, place: Place = Place.GROUP, standing: Standing = Standing.UNKNOWN, trigger: str = "1.2.x") -> Event:
    address = THREAD if place is Place.GROUP else Address("slack", "D1")
    sender = Sender("U1", standing=standing)
    return Event("id", address, place, sender, Pressed("tok", "2.2", trigger), datetime(2026, 11, 23, tzinfo=UTC))


@pytest.mark.parametrize(
    ("user", "standing"),
    [
        ({"team_id": TEAM}, Standing.MEMBER),
        ({"team_id": TEAM, "is_restricted": True}, Standing.GUEST),
        ({"team_id": TEAM, "is_ultra_restricted": True}, Standing.GUEST),
        ({"team_id": "T2"}, Standing.FOREIGN),
        ({"team_id": TEAM, "is_stranger": True}, Standing.FOREIGN),
        ({"team_id": "T2", "enterprise_user": {"teams": ["T2", TEAM]}}, Standing.MEMBER),
        ({"team_id": TEAM, "is_bot": True}, Standing.BOT),
        ({"team_id": TEAM, "deleted": True}, Standing.UNKNOWN),
    ],
)
async def test_slack_says_what_a_sender_is(
    slack: Slack, channel: SlackChannel, user: dict[str, object], standing: Standing
) -> None:
    """Only a full member of our own workspace is a MEMBER."""
    slack.users["U1"] = {"id": "U1", "locale": "fr-FR", "profile": {"display_name": "Amina"}, **user}
    sender = (await channel.vet(pressed())).sender
    assert sender == Sender("U1", "Amina", "fr", standing)


async def test_answers_of_slack_are_kept_for_a_while(slack: Slack, channel: SlackChannel) -> None:
    """The second event of a person asks nothing."""
    await channel.vet(pressed())
    await channel.vet(pressed())
    assert len(slack.sent("users.info")) == 1


async def test_member_in_a_shared_channel_is_foreign(slack: Slack, channel: SlackChannel) -> None:
    """A press does not say that its channel is shared with another workspace: it is asked."""
    slack.channels["C1"] = {"id": "C1", "is_ext_shared": True}
    assert (await channel.vet(pressed())).sender.standing is Standing.FOREIGN


async def test_foreign_stays_foreign(slack: Slack, channel: SlackChannel) -> None:
    """What the payload proved is not taken back."""
    assert (await channel.vet(pressed(standing=Standing.FOREIGN))).sender.standing is Standing.FOREIGN


@pytest.mark.parametrize("method", ["users.info", "conversations.info"])
async def test_unasked_is_unknown(slack: Slack, channel: SlackChannel, method: str) -> None:
    """When Slack does not answer nobody becomes a member, and nothing breaks."""
    slack.next(method, Reply("Bad gateway", 502))
    assert (await channel.vet(pressed())).sender.standing is Standing.UNKNOWN


async def test_notice_is_seen_by_one(slack: Slack, channel: SlackChannel) -> None:
    """In a thread of a channel only the one who pressed sees it."""
    await channel.answer(pressed(), Answer(notice=Rendered("Already claimed")))
    sent = slack.sent("chat.postEphemeral")[0]
    assert (sent["user"], sent["channel"], sent["thread_ts"]) == ("U1", "C1", "1.1")


async def test_notice_in_a_dm_is_a_message(slack: Slack, channel: SlackChannel) -> None:
    """Nobody else is there."""
    await channel.answer(pressed(place=Place.PRIVATE), Answer(notice=Rendered("Noted")))
    assert [sent["channel"] for sent in slack.sent("chat.postMessage")] == ["D1"]


async def test_form_opens_with_the_trigger(slack: Slack, channel: SlackChannel) -> None:
    """The modal goes where the press came from."""
    await channel.answer(pressed(), Answer(form=FORM))
    sent = Node(slack.sent("views.open")[0])
    assert (sent.text("trigger_id"), sent.text("view", "callback_id")) == ("1.2.x", "csobot-form")


@pytest.mark.parametrize("trigger", ["1.2.x", ""])
async def test_failed_answer_is_let_go(slack: Slack, channel: SlackChannel, trigger: str) -> None:
    """Too late, refused or without a trigger: logged by id, never raised, never tried again."""
    slack.refuse("views.open", "expired_trigger_id")
    await channel.answer(pressed(trigger=trigger), Answer(form=FORM))
    assert len(slack.sent("views.open")) == bool(trigger)


async def test_sending_at_the_same_time_shares_one_session(slack: Slack, channel: SlackChannel) -> None:
    """Fifty posts at once all arrive."""
    posts = [channel.send(replace(POST, delivery=number)) for number in range(1, 51)]
    await asyncio.gather(*posts)
    assert len(slack.sent("chat.postMessage")) == 50
