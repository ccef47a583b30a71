"""The simulated Slack hands events and interactions to a real Bolt app, by sockets and by signed requests."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import pytest
from slack_bolt.adapter.socket_mode.aiohttp import AsyncSocketModeHandler
from slack_bolt.adapter.starlette.async_handler import AsyncSlackRequestHandler
from slack_bolt.async_app import AsyncApp
from slack_sdk.web.async_client import AsyncWebClient
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from adapters.simulator.faults import ControlError
from adapters.simulator.limits import NO_SLACK_LIMITS
from adapters.simulator.server import LocalServer, Simulator
from adapters.simulator.slack_acts import form_fields
from adapters.simulator.slack_state import ChannelKind, SlackChannel, SlackMessage, SlackUser
from adapters.simulator.slack_world import SlackWorld

BUTTON = {"type": "button", "text": {"type": "plain_text", "text": "Claim"}, "action_id": "claim", "value": "t1"}
CARD = [{"type": "section", "text": {"type": "mrkdwn", "text": "Q-0001"}}, {"type": "actions", "elements": [BUTTON]}]
FORM = {
    "type": "modal",
    "callback_id": "reply",
    "private_metadata": "t1",
    "title": {"type": "plain_text", "text": "Reply"},
    "submit": {"type": "plain_text", "text": "Send"},
    "blocks": [
        {
            "type": "input",
            "block_id": "words",
            "label": {"type": "plain_text", "text": "Your answer"},
            "element": {"type": "plain_text_input", "action_id": "words", "multiline": True, "max_length": 100},
        },
        {
            "type": "input",
            "block_id": "desk",
            "optional": True,
            "label": {"type": "plain_text", "text": "Desk"},
            "element": {
                "type": "static_select",
                "action_id": "desk",
                "options": [{"text": {"type": "plain_text", "text": "Kenya"}, "value": "ke"}],
            },
        },
    ],
}

Body = dict[str, Any]


@pytest.fixture
async def simulator() -> AsyncIterator[Simulator]:
    async with Simulator(slack_limits=NO_SLACK_LIMITS) as simulator:
        yield simulator


@pytest.fixture
def slack(simulator: Simulator) -> SlackWorld:
    return simulator.slack


@pytest.fixture
async def client(simulator: Simulator) -> AsyncIterator[AsyncWebClient]:
    async with aiohttp.ClientSession() as session:
        token = simulator.slack.app.bot_token
        yield AsyncWebClient(token, base_url=simulator.slack_base_url, session=session, retry_handlers=[])


@pytest.fixture
def heard() -> list[Body]:
    """The events that the app heard."""
    return []


@pytest.fixture
def app(simulator: Simulator, client: AsyncWebClient, heard: list[Body]) -> AsyncApp:
    app = AsyncApp(
        client=client,
        signing_secret=simulator.slack.app.signing_secret,
        process_before_response=True,
        ignoring_self_events_enabled=False,
    )

    @app.event({"type": "message"})
    async def message(body: Body) -> None:
        heard.append(body)

    @app.event("app_mention")
    @app.event("member_left_channel")
    @app.event("app_home_opened")
    @app.event("user_change")
    async def other(body: Body) -> None:
        heard.append(body)

    @app.action("claim")
    async def claim(ack: Any, body: Body) -> None:
        heard.append(body)
        await ack()
        await client.views_open(trigger_id=body["trigger_id"], view=FORM)

    @app.command("/csobot")
    async def command(ack: Any, body: Body) -> None:
        heard.append(body)
        await ack(f"You wrote {body['text']}")

    @app.view("reply")
    async def submitted(ack: Any, body: Body) -> None:
        heard.append(body)
        words = body["view"]["state"]["values"]["words"]["words"]["value"]
        if words == "bad":
            await ack(response_action="errors", errors={"words": "Please write more"})
        else:
            await ack()

    return app


@pytest.fixture
async def sockets(app: AsyncApp, slack: SlackWorld) -> AsyncIterator[AsyncSocketModeHandler]:
    """The app, connected by a socket."""
    handler = AsyncSocketModeHandler(app, slack.app.app_token, ping_interval=0.2)
    await handler.connect_async()
    await slack.until(lambda: slack.deliverer.sockets)
    yield handler
    await handler.close_async()


@pytest.fixture
async def http(app: AsyncApp, slack: SlackWorld) -> AsyncIterator[LocalServer]:
    """The app, reachable by requests."""
    handler = AsyncSlackRequestHandler(app)

    async def endpoint(request: Request) -> Response:
        return await handler.handle(request)

    server = LocalServer(Starlette(routes=[Route("/slack/events", endpoint, methods=["POST"])]))
    await server.start()
    slack.use_http(f"http://127.0.0.1:{server.port}/slack/events")
    yield server
    await server.stop()


@pytest.fixture
def liaison(slack: SlackWorld) -> SlackUser:
    return slack.user("U0LIAISON", "Liaison")


@pytest.fixture
def desk(slack: SlackWorld, liaison: SlackUser) -> SlackChannel:
    return slack.channel("C0DESK", "mission-ke", members=[liaison])


@pytest.fixture
async def card(client: AsyncWebClient, slack: SlackWorld, desk: SlackChannel) -> SlackMessage:
    await client.chat_postMessage(channel=desk.id, text="Q-0001", blocks=CARD)
    return slack.from_bot(desk)[-1]


@pytest.mark.usefixtures("sockets")
async def test_message_by_socket(slack: SlackWorld, liaison: SlackUser, heard: list[Body]) -> None:
    """What somebody writes to the bot arrives, escaped as Slack does."""
    slack.say(liaison, None, "a < b & c")
    await slack.settled()
    assert (heard[0]["event"]["text"], heard[0]["event"]["channel_type"]) == ("a &lt; b &amp; c", "im")


@pytest.mark.usefixtures("http")
async def test_message_by_http(slack: SlackWorld, liaison: SlackUser, heard: list[Body]) -> None:
    """The same by a signed request."""
    slack.say(liaison, None, "hello")
    await slack.settled()
    assert ([each["event"]["text"] for each in heard], slack.deliverer.deliveries[0].acked) == (["hello"], True)


@pytest.mark.usefixtures("sockets")
async def test_only_channels_the_bot_is_in(slack: SlackWorld, liaison: SlackUser, heard: list[Body]) -> None:
    """The bot hears nothing of channels it is not in."""
    elsewhere = slack.channel("C0OTHER", "other", kind=ChannelKind.PRIVATE, members=[liaison], bot=False)
    slack.say(liaison, elsewhere, "secret")
    await slack.settled()
    assert heard == []


@pytest.mark.usefixtures("sockets")
async def test_own_messages_come_back(slack: SlackWorld, card: SlackMessage, heard: list[Body]) -> None:
    """The bot's own messages come back with its bot id, so that a loop would show."""
    await slack.settled()
    assert [each["event"]["bot_id"] for each in heard] == [slack.app.bot_id]


@pytest.mark.usefixtures("sockets")
async def test_mention(slack: SlackWorld, liaison: SlackUser, desk: SlackChannel, heard: list[Body]) -> None:
    """A mention arrives as a message and as a mention."""
    slack.say(liaison, desk, f"<@{slack.app.bot_user}> help")
    await slack.settled()
    assert sorted(each["event"]["type"] for each in heard) == ["app_mention", "message"]


@pytest.mark.usefixtures("sockets")
async def test_edit(slack: SlackWorld, liaison: SlackUser, heard: list[Body]) -> None:
    """An edit arrives with the message before and after."""
    slack.edit(slack.say(liaison, None, "one"), "two")
    await slack.settled()
    event = next(each["event"] for each in heard if each["event"].get("subtype") == "message_changed")
    assert (event["previous_message"]["text"], event["message"]["text"]) == ("one", "two")


@pytest.mark.usefixtures("sockets")
async def test_leaving(slack: SlackWorld, liaison: SlackUser, desk: SlackChannel, heard: list[Body]) -> None:
    """Who leaves a channel of the bot is named."""
    slack.leave(liaison, desk)
    await slack.settled()
    assert [each["event"]["user"] for each in heard if each["event"]["type"] == "member_left_channel"] == [liaison.id]


@pytest.mark.usefixtures("sockets")
async def test_a_closed_account(slack: SlackWorld, liaison: SlackUser, heard: list[Body]) -> None:
    """The app gets what is left of the profile, with the times that Slack adds."""
    slack.deactivate(liaison)
    await slack.settled()
    (event,) = [each["event"] for each in heard if each["event"]["type"] == "user_change"]
    assert (event["user"]["id"], event["user"]["deleted"]) == (liaison.id, True)
    assert "is_restricted" not in event["user"]
    assert (type(event["cache_ts"]), type(event["event_ts"])) == (int, str)


@pytest.mark.usefixtures("sockets")
async def test_press_opens_a_form(slack: SlackWorld, liaison: SlackUser, card: SlackMessage, heard: list[Body]) -> None:
    """A pressed button brings its value and a trigger that opens a form."""
    ack = await slack.press(liaison, card, "Claim")
    view = (await slack.until(lambda: slack.views(liaison)))[0]
    pressed = next(each for each in heard if each["type"] == "block_actions")
    assert (ack.ok, pressed["actions"][0]["value"], [each.name for each in form_fields(view)]) == (
        True,
        "t1",
        ["words", "desk"],
    )


@pytest.mark.usefixtures("sockets")
async def test_submission_with_errors(slack: SlackWorld, liaison: SlackUser, card: SlackMessage) -> None:
    """Errors are shown at the field, and the form stays open until it is right."""
    await slack.press(liaison, card, "claim")
    view = (await slack.until(lambda: slack.views(liaison)))[0]
    wrong = await slack.submit(liaison, view, {"Your answer": "bad"})
    right = await slack.submit(liaison, view, {"words": "good", "Desk": "Kenya"})
    assert (wrong.errors, wrong.view, right.view) == ({"words": "Please write more"}, view, None)


@pytest.mark.usefixtures("sockets")
async def test_required_field(slack: SlackWorld, liaison: SlackUser, card: SlackMessage) -> None:
    """A person's app does not send a form whose required field is empty."""
    await slack.press(liaison, card, "claim")
    view = (await slack.until(lambda: slack.views(liaison)))[0]
    with pytest.raises(ControlError, match="must be filled in"):
        await slack.submit(liaison, view, {})


@pytest.mark.usefixtures("http")
async def test_press_by_http(slack: SlackWorld, liaison: SlackUser, card: SlackMessage) -> None:
    """Interactions reach the same URL as a form."""
    ack = await slack.press(liaison, card, "t1")
    assert (ack.ok, len(await slack.until(lambda: slack.views(liaison)))) == (True, 1)


@pytest.mark.parametrize("way", ["sockets", "http"])
async def test_command(request: pytest.FixtureRequest, way: str, simulator: Simulator) -> None:
    """A command is answered to the one who typed it, on either way."""
    slack = simulator.slack
    liaison = slack.user("U0LIAISON", "Liaison")
    app = simulator.slack.app
    async with aiohttp.ClientSession() as session:
        client = AsyncWebClient(app.bot_token, base_url=simulator.slack_base_url, session=session)
        bolt = AsyncApp(client=client, signing_secret=app.signing_secret, process_before_response=True)

        @bolt.command("/csobot")
        async def command(ack: Any, body: Body) -> None:
            await ack(f"You wrote {body['text']}")

        server = LocalServer(Starlette(routes=[Route("/e", AsyncSlackRequestHandler(bolt).handle, methods=["POST"])]))
        await server.start()
        handler = AsyncSocketModeHandler(bolt, app.app_token)
        if way == "http":
            slack.use_http(f"http://127.0.0.1:{server.port}/e")
        else:
            await handler.connect_async()
            await slack.until(lambda: slack.deliverer.sockets)
        await slack.command(liaison, None, "/csobot", "status")
        await handler.close_async()
        await server.stop()
    assert [each.text for each in slack.ephemerals(liaison)] == ["You wrote status"]


@pytest.mark.usefixtures("http")
async def test_forged_and_stale_requests(slack: SlackWorld) -> None:
    """A wrong signature and an old one are turned away by Bolt."""
    assert [(await slack.forge_event()).status, (await slack.stale_event()).status] == [401, 401]


@pytest.mark.usefixtures("http")
async def test_url_verification(slack: SlackWorld) -> None:
    """Bolt gives the challenge back."""
    assert (await slack.verify_url()).body["challenge"] == "3eZbrw1aB10FEMAGAZd4"


@pytest.mark.usefixtures("sockets")
async def test_redelivery(slack: SlackWorld, liaison: SlackUser, heard: list[Body]) -> None:
    """An event can come again with the same id."""
    slack.say(liaison, None, "once")
    await slack.settled()
    slack.redeliver()
    await slack.settled()
    assert len({each["event_id"] for each in heard}) == 1 < len(heard)


async def test_late_acknowledgement_by_http(slack: SlackWorld, liaison: SlackUser) -> None:
    """What is acknowledged too late comes again, with its number and the reason."""
    retries: list[tuple[str | None, str | None]] = []

    async def endpoint(request: Request) -> Response:
        retries.append((request.headers.get("x-slack-retry-num"), request.headers.get("x-slack-retry-reason")))
        if len(retries) == 1:
            await asyncio.sleep(0.2)
        return Response()

    server = LocalServer(Starlette(routes=[Route("/e", endpoint, methods=["POST"])]))
    await server.start()
    slack.use_http(f"http://127.0.0.1:{server.port}/e")
    slack.deliverer.ack_timeout = 0.1
    slack.say(liaison, None, "hello")
    await slack.settled()
    await server.stop()
    assert retries == [(None, None), ("1", "http_timeout")]


async def test_no_app_no_events(slack: SlackWorld, liaison: SlackUser) -> None:
    """Without an app an event is tried as often as Slack tries, and a press fails in front of the person."""
    slack.deliverer.retry_after = (0.0, 0.01, 0.01)
    slack.say(liaison, None, "hello?")
    await slack.settled()
    ack = await slack.command(liaison, None, "/csobot", "help")
    assert (slack.deliverer.deliveries[0].attempts, ack.problem) == (4, "connection_failed")


async def test_sockets_share_the_load(app: AsyncApp, slack: SlackWorld, liaison: SlackUser, heard: list[Body]) -> None:
    """Of two sockets each gets a part."""
    handlers = [AsyncSocketModeHandler(app, slack.app.app_token) for _ in range(2)]
    for handler in handlers:
        await handler.connect_async()
    await slack.until(lambda: len(slack.deliverer.sockets) == 2)
    for text in ("one", "two"):
        slack.say(liaison, None, text)
    await slack.settled()
    for handler in handlers:
        await handler.close_async()
    assert sorted(each["event"]["text"] for each in heard) == ["one", "two"]


@pytest.mark.parametrize("reason", ["refresh_requested", ""])
@pytest.mark.usefixtures("sockets")
async def test_disconnect(slack: SlackWorld, liaison: SlackUser, heard: list[Body], reason: str) -> None:
    """A socket that was asked to go, or cut, comes back."""
    before = slack.deliverer.sockets[0]
    await slack.disconnect_sockets(reason)
    await slack.until(lambda: slack.deliverer.sockets and before not in slack.deliverer.sockets)
    slack.say(liaison, None, "still there?")
    await slack.settled()
    assert [each["event"]["text"] for each in heard] == ["still there?"]


@pytest.mark.usefixtures("sockets")
async def test_response_url(slack: SlackWorld, liaison: SlackUser, card: SlackMessage, heard: list[Body]) -> None:
    """A response URL works five times."""
    await slack.press(liaison, card, "Claim")
    address = next(each["response_url"] for each in heard if each["type"] == "block_actions")
    statuses = []
    async with aiohttp.ClientSession() as session:
        for _ in range(6):
            async with session.post(address, json={"text": "x", "replace_original": False}) as response:
                statuses.append(response.status)
    assert (statuses, len(slack.ephemerals(liaison))) == ([200] * 5 + [404], 5)


@pytest.mark.usefixtures("sockets")
async def test_file_share(slack: SlackWorld, liaison: SlackUser, heard: list[Body]) -> None:
    """A file arrives with its private address."""
    slack.say(liaison, None, "see", files=[slack.file(liaison, "a.pdf", b"pdf", "application/pdf")])
    await slack.settled()
    event = heard[0]["event"]
    assert (event["subtype"], event["files"][0]["mode"], event["files"][0]["size"]) == ("file_share", "hosted", 3)


@pytest.mark.usefixtures("sockets")
async def test_foreigner_in_a_shared_channel(slack: SlackWorld, heard: list[Body]) -> None:
    """A message of somebody else's workspace names that workspace, and the channel is marked as shared."""
    stranger = slack.user("U0FAR", "Far", team="T0OTHER")
    channel = slack.channel("C0SHARED", "shared", members=[stranger], shared=True)
    slack.say(stranger, channel, "hi")
    await slack.settled()
    assert (heard[0]["event"]["user_team"], heard[0]["is_ext_shared_channel"]) == ("T0OTHER", True)
