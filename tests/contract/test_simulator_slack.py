"""The simulated Slack Web API is one to slack_sdk: it takes what Slack takes and refuses what it refuses."""

from collections.abc import AsyncIterator

import aiohttp
import pytest
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from adapters.simulator.faults import Network
from adapters.simulator.limits import NO_SLACK_LIMITS, Rate, SlackLimits
from adapters.simulator.server import ForeignHost, Simulator
from adapters.simulator.slack_state import ChannelKind, Guest, SlackChannel, SlackUser
from adapters.simulator.slack_world import SlackWorld
from adapters.simulator.wire import JsonObject


@pytest.fixture
async def simulator() -> AsyncIterator[Simulator]:
    async with Simulator(slack_limits=NO_SLACK_LIMITS) as simulator:
        simulator.slack.deliverer.retry_after = ()
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
def liaison(slack: SlackWorld) -> SlackUser:
    return slack.user("U0LIAISON", "Liaison", "Africa/Nairobi")


@pytest.fixture
def desk(slack: SlackWorld, liaison: SlackUser) -> SlackChannel:
    return slack.channel("C0DESK", "mission-ke", members=[liaison])


def button(label: str = "Claim", action_id: str = "claim", value: str = "t1") -> JsonObject:
    text = {"type": "plain_text", "text": label}
    return {"type": "button", "text": text, "action_id": action_id, "value": value}


def section(text: str = "x") -> JsonObject:
    return {"type": "section", "text": {"type": "mrkdwn", "text": text}}


def actions(*elements: JsonObject) -> JsonObject:
    return {"type": "actions", "elements": list(elements)}


def modal(**changes: object) -> JsonObject:
    plain = {"type": "plain_text"}
    return {
        "type": "modal",
        "title": {**plain, "text": "Reply"},
        "submit": {**plain, "text": "Send"},
        "blocks": [section("why")],
        **changes,
    }


async def refusal(awaitable: object) -> str:
    """The error word of a call that must fail."""
    with pytest.raises(SlackApiError) as refused:
        await awaitable  # type: ignore[misc]  # any coroutine of the client
    return str(refused.value.response["error"])


async def test_auth_test(client: AsyncWebClient, slack: SlackWorld) -> None:
    """auth.test tells the bot who it is."""
    answer = await client.auth_test()
    assert (answer["user_id"], answer["team_id"]) == (slack.app.bot_user, slack.app.team)


async def test_wrong_token(simulator: Simulator) -> None:
    """A wrong token is refused."""
    wrong = AsyncWebClient("xoxb-wrong", base_url=simulator.slack_base_url)
    assert await refusal(wrong.auth_test()) == "invalid_auth"


async def test_app_token_posts_nothing(simulator: Simulator, desk: SlackChannel) -> None:
    """The app-level token opens sockets and nothing else."""
    app = AsyncWebClient(simulator.slack.app.app_token, base_url=simulator.slack_base_url)
    assert await refusal(app.chat_postMessage(channel=desk.id, text="x")) == "not_allowed_token_type"


async def test_unknown_method(client: AsyncWebClient) -> None:
    """A method that nobody knows is refused."""
    assert await refusal(client.api_call("chat.sing")) == "unknown_method"


async def test_post_with_blocks_and_metadata(client: AsyncWebClient, slack: SlackWorld, desk: SlackChannel) -> None:
    """A card is seen with its words and buttons; its metadata is kept."""
    metadata = {"event_type": "delivery", "event_payload": {"id": 7}}
    blocks = [section("*Q-0001* &amp; more"), actions(button())]
    await client.chat_postMessage(channel=desk.id, text="Q-0001", blocks=blocks, metadata=metadata)
    card = slack.from_bot(desk)[-1]
    assert (slack.plain(card), [each.label for each in slack.buttons(card)], card.metadata) == (
        "*Q-0001* & more",
        ["Claim"],
        metadata,
    )


@pytest.mark.parametrize(
    ("fields", "error"),
    [
        ({"text": ""}, "no_text"),
        ({"text": "x" * 40_001}, "msg_too_long"),
        ({"text": "x", "metadata": {"event_type": "x"}}, "invalid_metadata_format"),
        ({"text": "x", "blocks": [section()] * 51}, "invalid_blocks"),
        ({"text": "x", "blocks": [section("y" * 3001)]}, "invalid_blocks"),
        ({"text": "x", "blocks": [section("")]}, "invalid_blocks"),
        ({"text": "x", "blocks": [actions(button("l" * 76))]}, "invalid_blocks"),
        ({"text": "x", "blocks": [actions(button(value="v" * 2001))]}, "invalid_blocks"),
        ({"text": "x", "blocks": [actions(button(action_id="a" * 256))]}, "invalid_blocks"),
        ({"text": "x", "blocks": [actions(button(), button("No"))]}, "invalid_blocks"),
        ({"text": "x", "blocks": [{"type": "marquee"}]}, "invalid_blocks"),
        ({"text": "x", "blocks": [section("y" * 2900)] * 5}, "msg_blocks_too_long"),
    ],
)
async def test_refused_posts(client: AsyncWebClient, desk: SlackChannel, fields: dict[str, object], error: str) -> None:
    """Messages beyond the limits are refused with Slack's words."""
    assert await refusal(client.api_call("chat.postMessage", json={"channel": desk.id, **fields})) == error


async def test_refusal_says_where(simulator: Simulator, client: AsyncWebClient, desk: SlackChannel) -> None:
    """A refusal of blocks names the place, and is recorded."""
    await refusal(client.chat_postMessage(channel=desk.id, text="x", blocks=[actions(button("l" * 76))]))
    reason = "invalid_blocks: [ERROR] must be less than 76 characters [json-pointer:/blocks/0/elements/0/text/text]"
    assert [each.reason for each in simulator.refusals] == [reason]


async def test_channels_the_bot_is_not_in(client: AsyncWebClient, slack: SlackWorld) -> None:
    """A public channel without the bot is closed to it, a private one does not exist for it."""
    slack.channel("C0OTHER", "other", bot=False)
    slack.channel("C0SECRET", "secret", kind=ChannelKind.PRIVATE, bot=False)
    errors = [await refusal(client.chat_postMessage(channel=each, text="x")) for each in ("C0OTHER", "C0SECRET")]
    assert errors == ["not_in_channel", "channel_not_found"]


async def test_archived_channel(client: AsyncWebClient, slack: SlackWorld, desk: SlackChannel) -> None:
    """Nothing is posted in an archived channel."""
    slack.archive(desk)
    assert await refusal(client.chat_postMessage(channel=desk.id, text="x")) == "is_archived"


async def test_direct_message(client: AsyncWebClient, slack: SlackWorld, liaison: SlackUser) -> None:
    """conversations.open gives the conversation with a person."""
    opened = await client.conversations_open(users=[liaison.id])
    await client.chat_postMessage(channel=opened["channel"]["id"], text="hello")
    assert [each.text for each in slack.from_bot(slack.direct(liaison))] == ["hello"]


async def test_thread(client: AsyncWebClient, slack: SlackWorld, desk: SlackChannel) -> None:
    """A reply is in its thread and not in the channel."""
    root = await client.chat_postMessage(channel=desk.id, text="card")
    await client.chat_postMessage(channel=desk.id, text="note", thread_ts=root["ts"])
    assert ([each.text for each in slack.messages(desk, "")], len(slack.messages(desk, root["ts"]))) == (["card"], 2)


async def test_reply_to_a_deleted_thread_lands_in_the_channel(
    client: AsyncWebClient, slack: SlackWorld, desk: SlackChannel
) -> None:
    """Slack does not refuse a reply whose thread is gone: it posts it for all to see, without thread_ts."""
    root = await client.chat_postMessage(channel=desk.id, text="card")
    await client.chat_delete(channel=desk.id, ts=root["ts"])
    reply = await client.chat_postMessage(channel=desk.id, text="note", thread_ts=root["ts"])
    assert ("thread_ts" in reply["message"], [each.text for each in slack.unthreaded]) == (False, ["note"])


async def test_update(client: AsyncWebClient, slack: SlackWorld, desk: SlackChannel) -> None:
    """An update changes text and keeps the blocks that it does not name."""
    sent = await client.chat_postMessage(channel=desk.id, text="one", blocks=[actions(button())])
    await client.chat_update(channel=desk.id, ts=sent["ts"], text="two")
    message = slack.from_bot(desk)[-1]
    assert (message.text, message.earlier, len(message.blocks)) == ("two", ["one"], 1)


async def test_update_of_others(
    client: AsyncWebClient, slack: SlackWorld, desk: SlackChannel, liaison: SlackUser
) -> None:
    """The bot changes its own messages only, and only those that are there."""
    theirs = slack.say(liaison, desk, "mine")
    errors = [await refusal(client.chat_update(channel=desk.id, ts=ts, text="x")) for ts in (theirs.ts, "1.000001")]
    assert errors == ["cant_update_message", "message_not_found"]


async def test_ephemeral(client: AsyncWebClient, slack: SlackWorld, desk: SlackChannel, liaison: SlackUser) -> None:
    """An ephemeral message is seen by one member only."""
    await client.chat_postEphemeral(channel=desk.id, user=liaison.id, text="only you")
    assert ([each.text for each in slack.ephemerals(liaison)], slack.messages(desk)) == (["only you"], [])


async def test_ephemeral_to_a_stranger(client: AsyncWebClient, slack: SlackWorld, desk: SlackChannel) -> None:
    """Who is not in the channel sees nothing there."""
    slack.user("U0OTHER", "Other")
    call = client.chat_postEphemeral(channel=desk.id, user="U0OTHER", text="x")
    assert await refusal(call) == "user_not_in_channel"


async def test_mentions_ring(client: AsyncWebClient, slack: SlackWorld, desk: SlackChannel) -> None:
    """Mentions in text and blocks ring; escaped ones do not."""
    await client.chat_postMessage(channel=desk.id, text="&lt;!channel&gt; <@U0LIAISON>", blocks=[section("<!here>")])
    assert [each.target for each in slack.notifications] == ["U0LIAISON", "here"]


async def test_permalink_and_reaction(client: AsyncWebClient, slack: SlackWorld, desk: SlackChannel) -> None:
    """A message has an address, and takes a reaction."""
    sent = await client.chat_postMessage(channel=desk.id, text="x")
    link = await client.chat_getPermalink(channel=desk.id, message_ts=sent["ts"])
    await client.reactions_add(channel=desk.id, timestamp=sent["ts"], name="eyes")
    assert (link["permalink"].endswith(sent["ts"].replace(".", "")), slack.from_bot(desk)[0].reactions) == (
        True,
        [("eyes", slack.app.bot_user)],
    )


async def test_history_and_replies(client: AsyncWebClient, desk: SlackChannel) -> None:
    """History is newest first without replies; replies are oldest first with the root."""
    root = await client.chat_postMessage(channel=desk.id, text="one")
    await client.chat_postMessage(channel=desk.id, text="reply", thread_ts=root["ts"])
    await client.chat_postMessage(channel=desk.id, text="two")
    history = await client.conversations_history(channel=desk.id)
    replies = await client.conversations_replies(channel=desk.id, ts=root["ts"])
    texts = [[each["text"] for each in answer["messages"]] for answer in (history, replies)]
    assert texts == [["two", "one"], ["one", "reply"]]


async def test_conversations(client: AsyncWebClient, desk: SlackChannel, liaison: SlackUser, slack: SlackWorld) -> None:
    """Channels are listed and described, with who is in them."""
    listed = await client.conversations_list(limit=1)
    about = await client.conversations_info(channel=desk.id)
    members = await client.conversations_members(channel=desk.id)
    assert (listed["channels"][0]["id"], about["channel"]["is_member"], members["members"]) == (
        desk.id,
        True,
        sorted([liaison.id, slack.app.bot_user]),
    )


async def test_people(client: AsyncWebClient, slack: SlackWorld) -> None:
    """users.info tells guests, foreigners and administrators apart, and where their clocks are."""
    slack.user("U0GUEST", "Guest", guest=Guest.SINGLE_CHANNEL)
    slack.user("U0FAR", "Far", team="T0OTHER")
    slack.user("U0BOSS", "Boss", "Africa/Nairobi", admin=True)
    guest, far, boss = [(await client.users_info(user=each))["user"] for each in ("U0GUEST", "U0FAR", "U0BOSS")]
    told = (guest["is_ultra_restricted"], far["team_id"], far["is_stranger"], boss["is_admin"], boss["tz_offset"])
    assert told == (True, "T0OTHER", True, True, 10_800)


async def test_file_both_ways(
    simulator: Simulator, client: AsyncWebClient, slack: SlackWorld, desk: SlackChannel
) -> None:
    """An upload is shared in the channel, and its private address gives it back to the token only."""
    await client.files_upload_v2(file=b"\x00pdf", filename="a.pdf", channel=desk.id, initial_comment="here")
    message = slack.from_bot(desk)[-1]
    address, token = slack.file_url(message.files[0]), {"Authorization": f"Bearer {slack.app.bot_token}"}
    async with aiohttp.ClientSession() as session:
        async with session.get(address, headers=token) as allowed:
            content = await allowed.read()
        async with session.get(address, allow_redirects=False) as denied:
            status = denied.status
    assert (message.text, content, status) == ("here", b"\x00pdf", 302)


async def test_external_file(client: AsyncWebClient, slack: SlackWorld, liaison: SlackUser) -> None:
    """A file that lies elsewhere says so and names the other host."""
    async with ForeignHost() as elsewhere:
        file = slack.file(liaison, "a.pdf", b"", external_url=f"{elsewhere.url}/a.pdf")
        told = (await client.files_info(file=file.id))["file"]
        assert (told["is_external"], told["url_private_download"], elsewhere.visits) == (
            True,
            f"{elsewhere.url}/a.pdf",
            [],
        )


async def test_rate_limit(client: AsyncWebClient, slack: SlackWorld, desk: SlackChannel) -> None:
    """The second message of a second gets 429 and is told how long to wait."""
    slack.limit(SlackLimits())
    await client.chat_postMessage(channel=desk.id, text="one")
    with pytest.raises(SlackApiError) as refused:
        await client.chat_postMessage(channel=desk.id, text="two")
    assert (refused.value.response.status_code, refused.value.response.headers["Retry-After"]) == (429, "1")


async def test_tiers(client: AsyncWebClient, slack: SlackWorld, liaison: SlackUser) -> None:
    """Methods have tiers where the test wants them."""
    slack.limit(SlackLimits(tiers={"users.info": Rate(1, 60.0)}))
    await client.users_info(user=liaison.id)
    assert await refusal(client.users_info(user=liaison.id)) == "ratelimited"


async def test_lost_answer(client: AsyncWebClient, slack: SlackWorld, desk: SlackChannel) -> None:
    """A message whose answer was lost is there all the same."""
    slack.faults.lose_next("chat.postMessage")
    with pytest.raises(aiohttp.ClientConnectionError):
        await client.chat_postMessage(channel=desk.id, text="there")
    assert [each.text for each in slack.from_bot(desk)] == ["there"]


async def test_network_down(client: AsyncWebClient, slack: SlackWorld, desk: SlackChannel) -> None:
    """While the network is down nothing is carried out."""
    slack.faults.network = Network.DOWN
    with pytest.raises(aiohttp.ClientConnectionError):
        await client.chat_postMessage(channel=desk.id, text="x")
    assert slack.from_bot(desk) == []


async def test_injected_failure(client: AsyncWebClient, slack: SlackWorld, desk: SlackChannel) -> None:
    """A failure that was asked for happens once."""
    slack.faults.fail_next("chat.postMessage", 200, "internal_error")
    assert await refusal(client.chat_postMessage(channel=desk.id, text="x")) == "internal_error"
    assert (await client.chat_postMessage(channel=desk.id, text="x"))["ok"]


async def test_trigger_opens_one_modal(client: AsyncWebClient, slack: SlackWorld, liaison: SlackUser) -> None:
    """A trigger opens one modal and no second."""
    trigger = slack.state.new_trigger(liaison.id)
    await client.views_open(trigger_id=trigger, view=modal())
    error = await refusal(client.views_open(trigger_id=trigger, view=modal()))
    assert (len(slack.views(liaison)), error) == (1, "exchanged_trigger_id")


async def test_trigger_expires(client: AsyncWebClient, slack: SlackWorld, liaison: SlackUser) -> None:
    """A trigger is worth nothing after its seconds."""
    slack.state.trigger_life = 0.0
    trigger = slack.state.new_trigger(liaison.id)
    assert await refusal(client.views_open(trigger_id=trigger, view=modal())) == "expired_trigger_id"


@pytest.mark.parametrize(
    "changes",
    [
        {"title": {"type": "plain_text", "text": "t" * 25}},
        {"submit": {"type": "plain_text", "text": "s" * 25}},
        {"private_metadata": "p" * 3001},
        {"callback_id": "c" * 256},
        {"blocks": [section()] * 101},
        {"type": "home"},
    ],
)
async def test_refused_modals(
    client: AsyncWebClient, slack: SlackWorld, liaison: SlackUser, changes: dict[str, object]
) -> None:
    """Modals beyond the limits are refused."""
    trigger = slack.state.new_trigger(liaison.id)
    assert await refusal(client.views_open(trigger_id=trigger, view=modal(**changes))) == "invalid_arguments"


@pytest.mark.parametrize(("count", "length"), [(101, 5), (1, 76), (0, 5)])
async def test_refused_options(
    client: AsyncWebClient, slack: SlackWorld, liaison: SlackUser, count: int, length: int
) -> None:
    """A select has 1 to 100 options of at most 75 characters."""
    text = {"type": "plain_text", "text": "o" * length}
    options = [{"text": text, "value": str(index)} for index in range(count)]
    element = {"type": "static_select", "action_id": "desk", "options": options}
    block = {"type": "input", "label": {"type": "plain_text", "text": "Desk"}, "element": element}
    trigger = slack.state.new_trigger(liaison.id)
    assert await refusal(client.views_open(trigger_id=trigger, view=modal(blocks=[block]))) == "invalid_arguments"


async def test_update_with_an_old_hash(client: AsyncWebClient, slack: SlackWorld, liaison: SlackUser) -> None:
    """A hash that is not the newest changes nothing."""
    opened = await client.views_open(trigger_id=slack.state.new_trigger(liaison.id), view=modal())
    known = {"view_id": opened["view"]["id"], "hash": opened["view"]["hash"]}
    await client.views_update(**known, view=modal(blocks=[section("two")]))
    assert await refusal(client.views_update(**known, view=modal())) == "hash_conflict"


async def test_home(client: AsyncWebClient, slack: SlackWorld, liaison: SlackUser) -> None:
    """A Home tab is shown to the one it was made for."""
    await client.views_publish(user_id=liaison.id, view={"type": "home", "blocks": [section("your queries")]})
    home = slack.home(liaison)
    assert home is not None
    assert home.blocks[0]["type"] == "section"


async def test_uninstalled(client: AsyncWebClient, slack: SlackWorld) -> None:
    """After the app was removed its token is dead."""
    slack.uninstall()
    assert await refusal(client.auth_test()) == "account_inactive"
