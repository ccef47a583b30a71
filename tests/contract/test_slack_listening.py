"""Slack's events over HTTP and Socket Mode, through the real slack_bolt: stored first, acknowledged second."""

import asyncio
import json
import logging
import time
from collections.abc import AsyncIterator

import aiohttp
import pytest

from adapters.slack.channel import SlackChannel
from bot.core.channel import AccountInfo, Raw
from bot.core.errors import SettingsProblem
from bot.core.message import Submitted
from tests.contract.slack_server import BOT, SECRET, TEAM, TOKEN, Slack, event, message, running, signed


class Inbox:
    """Keeps what was accepted; can be out of order."""

    def __init__(self) -> None:
        self.raws: list[Raw] = []
        self.came: asyncio.Queue[Raw] = asyncio.Queue()
        self.broken = False

    async def accept(self, raws: list[Raw]) -> None:
        if self.broken:
            raise OSError("the disk is full")
        self.raws += raws
        for raw in raws:
            await self.came.put(raw)

    async def next(self) -> Raw:
        return await asyncio.wait_for(self.came.get(), 5)


@pytest.fixture
async def slack() -> AsyncIterator[Slack]:
    async with running() as slack:
        yield slack


@pytest.fixture
def inbox() -> Inbox:
    return Inbox()


@pytest.fixture
async def session() -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession() as session:
        yield session


@pytest.fixture
async def http(slack: Slack, inbox: Inbox, session: aiohttp.ClientSession) -> AsyncIterator[SlackChannel]:
    channel = SlackChannel(
        account="slack",
        bot_token=TOKEN,
        session=session,
        accept=inbox.accept,
        signing_secret=SECRET,
        base_url=f"{slack.url}api/",
    )
    await channel.start()
    yield channel
    await channel.stop()


@pytest.fixture
async def socket(slack: Slack, inbox: Inbox, session: aiohttp.ClientSession) -> AsyncIterator[SlackChannel]:
    channel = SlackChannel(
        account="slack",
        bot_token=TOKEN,
        session=session,
        accept=inbox.accept,
        app_token="xapp-secret",
        base_url=f"{slack.url}api/",
    )
    await channel.start()
    yield channel
    await channel.stop()


def encoded(body: object) -> bytes:
    return json.dumps(body).encode()


async def posted(channel: SlackChannel, body: object, **headers: str) -> int:
    payload = encoded(body)
    return (await channel.handle({**signed(payload), **headers}, payload)).status


async def test_start_says_who_we_are(http: SlackChannel) -> None:
    """auth.test names the bot user and the team."""
    assert await http.start() == AccountInfo("slack", BOT, TEAM)


async def test_event_is_stored_and_acknowledged(http: SlackChannel, inbox: Inbox) -> None:
    """200 is answered for what is stored."""
    assert await posted(http, event(message("hello"))) == 200
    assert [raw.event_id for raw in inbox.raws] == ["m:D1:1700000000.000001"]


async def test_event_that_could_not_be_stored_is_not_acknowledged(http: SlackChannel, inbox: Inbox) -> None:
    """Slack hears 500 and sends it again."""
    inbox.broken = True
    assert await posted(http, event(message("hello"))) == 500


async def test_repetition_has_the_id_of_the_first(http: SlackChannel, inbox: Inbox) -> None:
    """A retry is stored under the same id: a no-op there, and never dropped here, for the first may have died."""
    await posted(http, event(message("hello")))
    await posted(http, event(message("hello")), **{"X-Slack-Retry-Num": "1", "X-Slack-Retry-Reason": "http_timeout"})
    assert [raw.event_id for raw in inbox.raws] == ["m:D1:1700000000.000001"] * 2


@pytest.mark.parametrize(
    "inner",
    [message("mine", user=BOT), message("mine", bot_id="BBOT"), {"type": "pin_added", "user": "U1"}],
)
async def test_own_and_useless_events_are_acknowledged_and_dropped(
    http: SlackChannel, inbox: Inbox, inner: dict[str, object]
) -> None:
    """No loop with ourselves, no 404 for an event nobody listens to."""
    assert (await posted(http, event(inner)), inbox.raws) == (200, [])


@pytest.mark.parametrize(
    "body",
    [
        {"type": "view_submission", "user": {"id": "U1"}, "view": {"callback_id": "x", "private_metadata": "?"}},
        {"type": "view_closed", "user": {"id": "U1"}, "view": {"callback_id": "x"}},
        {"type": "shortcut", "callback_id": "x", "user": {"id": "U1"}},
        {"type": "message_action", "callback_id": "x", "user": {"id": "U1"}},
        {"type": "block_actions", "user": {"id": "U1"}, "actions": [{"type": "overflow", "action_id": "a"}]},
        {"type": "something_new"},
    ],
)
async def test_unknown_interactions_are_acknowledged_and_dropped(
    http: SlackChannel, inbox: Inbox, body: object
) -> None:
    """A person who presses something old or foreign sees no error."""
    assert (await posted(http, body), inbox.raws) == (200, [])


async def test_interaction_comes_as_a_form(http: SlackChannel, inbox: Inbox) -> None:
    """Interactivity is posted as a form with the JSON in one field."""
    press = {
        "type": "block_actions",
        "trigger_id": "1.2.x",
        "user": {"id": "U1", "team_id": TEAM},
        "channel": {"id": "C1"},
        "container": {"message_ts": "2.2"},
        "actions": [{"type": "button", "action_id": "button-0", "value": "tok"}],
    }
    body = str(aiohttp.FormData({"payload": json.dumps(press)})()._value, "ascii").encode()
    headers = {**signed(body), "Content-Type": "application/x-www-form-urlencoded"}
    answer = await http.handle(headers, body)
    assert (answer.status, [raw.conversation for raw in inbox.raws]) == (200, ["slack:C1"])


async def test_invalid_form_is_answered_and_not_stored(
    slack: Slack, inbox: Inbox, session: aiohttp.ClientSession
) -> None:
    """Field errors go back in the acknowledgement."""

    def refused(form: Submitted) -> dict[str, str]:
        return {"reason": "Say why."} if not form.values["reason"] else {}

    channel = SlackChannel(
        account="slack",
        bot_token=TOKEN,
        session=session,
        accept=inbox.accept,
        signing_secret=SECRET,
        base_url=f"{slack.url}api/",
        check_form=refused,
    )
    await channel.start()
    body = encoded(
        {
            "type": "view_submission",
            "user": {"id": "U1"},
            "view": {
                "callback_id": "csobot-form",
                "private_metadata": '{"token":"t","channel":"C1"}',
                "state": {"values": {"reason": {"value": {"value": None}}}},
            },
        }
    )
    answer = await channel.handle(signed(body), body)
    assert json.loads(answer.body) == {"response_action": "errors", "errors": {"reason": "Say why."}}
    assert inbox.raws == []


async def test_url_verification_echoes_the_challenge(http: SlackChannel) -> None:
    """What Slack asks once when the address is entered."""
    body = encoded({"type": "url_verification", "challenge": "abc", "token": "t"})
    answer = await http.handle(signed(body), body)
    assert (answer.status, json.loads(answer.body)) == (200, {"challenge": "abc"})


BODY = encoded(event(message("hello")))


@pytest.mark.parametrize(
    "headers",
    [
        {},
        signed(BODY, secret="another secret"),
        signed(BODY + b" "),
        signed(BODY, at=time.time() - 400),
        signed(BODY, at=time.time() + 86_400),  # the suite itself takes minutes
        {**signed(BODY), "X-Slack-Request-Timestamp": "soon"},
        {**signed(BODY), "X-Slack-Signature": "v0=ü"},
    ],
    ids=["none", "secret", "body", "stale", "future", "no number", "no ascii"],
)
async def test_forged_request_is_refused(http: SlackChannel, inbox: Inbox, headers: dict[str, str]) -> None:
    """A wrong, missing, stale or malformed signature gets 401 and nothing is stored."""
    assert ((await http.handle(headers, BODY)).status, inbox.raws) == (401, [])


@pytest.mark.parametrize("body", [b"{", b"[1]", b'"x"', b"[" * 100_000, b"{" * 100_000])
async def test_broken_json_is_a_bad_request(http: SlackChannel, inbox: Inbox, body: bytes) -> None:
    """Signed rubbish gets 400."""
    assert ((await http.handle(signed(body), body)).status, inbox.raws) == (400, [])


async def test_body_is_capped(http: SlackChannel) -> None:
    """More than a megabyte is not even verified."""
    assert (await http.handle({}, b"x" * (1024 * 1024 + 1))).status == 413


async def test_nothing_is_heard_before_start(inbox: Inbox, session: aiohttp.ClientSession) -> None:
    """Before we know who we are Slack hears 503, and sends it again."""
    channel = SlackChannel(
        account="slack", bot_token=TOKEN, session=session, accept=inbox.accept, signing_secret=SECRET
    )
    assert (await channel.handle(signed(BODY), BODY)).status == 503


async def test_texts_and_tokens_stay_out_of_the_log(
    http: SlackChannel, inbox: Inbox, caplog: pytest.LogCaptureFixture
) -> None:
    """Not even with everything logged, for a forged, a failing and an unknown request."""
    caplog.set_level(logging.DEBUG)
    body = encoded(event(message("a secret text")))
    await http.handle(signed(body, secret="x"), body)
    await posted(http, {"type": "something_new", "text": "a secret text"})
    inbox.broken = True
    await http.handle(signed(body), body)
    assert "secret" not in caplog.text


async def test_socket_event_is_stored_then_acknowledged(socket: SlackChannel, slack: Slack, inbox: Inbox) -> None:
    """The envelope's id goes back once the event is durable."""
    await slack.push("events_api", event(message("hello")), "e-7")
    assert await asyncio.wait_for(slack.acknowledged.get(), 5) == {"envelope_id": "e-7"}
    assert [raw.conversation for raw in inbox.raws] == ["slack:D1"]


async def test_socket_event_that_could_not_be_stored_is_not_acknowledged(
    socket: SlackChannel, slack: Slack, inbox: Inbox
) -> None:
    """Only the next one, stored, is acknowledged."""
    inbox.broken = True
    await slack.push("events_api", event(message("lost")), "e-1")
    await asyncio.sleep(0.1)
    inbox.broken = False
    await slack.push("slash_commands", {"command": "/csobot", "text": "", "channel_id": "D1", "user_id": "U1"}, "e-2")
    assert await asyncio.wait_for(slack.acknowledged.get(), 5) == {"envelope_id": "e-2"}


async def test_two_connections_and_one_is_enough(socket: SlackChannel, slack: Slack, inbox: Inbox) -> None:
    """While Slack restarts one connection the other one hears."""
    assert len(slack.sockets) == 2
    await slack.sockets.pop().send_json({"type": "disconnect", "reason": "refresh_requested"})
    await slack.push("events_api", event(message("hello")))
    await inbox.next()
    assert await socket.connected()


async def test_connection_comes_back_after_a_disconnect(socket: SlackChannel, slack: Slack, inbox: Inbox) -> None:
    """Each lost connection is replaced, with a new address."""
    for ws in list(slack.sockets):
        await ws.send_json({"type": "disconnect", "reason": "warning"})
    await slack.until_sockets(4)
    await slack.push("events_api", event(message("hello")))
    await inbox.next()
    assert len(slack.sent("apps.connections.open")) == 4


async def test_stopping_waits_for_what_is_being_stored(slack: Slack, session: aiohttp.ClientSession) -> None:
    """An event that arrived before the stop is stored and acknowledged."""
    storing = asyncio.Event()

    async def slow(_: list[Raw]) -> None:
        storing.set()
        await asyncio.sleep(0.1)

    channel = SlackChannel(
        account="slack",
        bot_token=TOKEN,
        session=session,
        accept=slow,
        app_token="xapp-secret",
        base_url=f"{slack.url}api/",
    )
    await channel.start()
    await slack.push("events_api", event(message("hello")), "e-1")
    await asyncio.wait_for(storing.wait(), 5)
    await channel.stop()
    assert await asyncio.wait_for(slack.acknowledged.get(), 5) == {"envelope_id": "e-1"}


async def test_proxy_of_the_environment_is_not_for_this_machine(
    slack: Slack, inbox: Inbox, session: aiohttp.ClientSession, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A Slack with an address of its own is reached directly."""
    monkeypatch.setenv("HTTPS_PROXY", "http://127.0.0.1:9")
    channel = SlackChannel(
        account="slack",
        bot_token=TOKEN,
        session=session,
        accept=inbox.accept,
        app_token="xapp-secret",
        base_url=f"{slack.url}api/",
    )
    await channel.start()
    await channel.stop()
    assert len(slack.sockets) == 2


async def test_wrong_tokens_end_the_start(slack: Slack, inbox: Inbox, session: aiohttp.ClientSession) -> None:
    """The problem names the account and not the token."""
    slack.refuse("apps.connections.open", "invalid_auth")
    channel = SlackChannel(
        account="slack",
        bot_token=TOKEN,
        session=session,
        accept=inbox.accept,
        app_token="xapp-secret",
        base_url=f"{slack.url}api/",
    )
    with pytest.raises(SettingsProblem, match="app token of slack"):
        await channel.start()
