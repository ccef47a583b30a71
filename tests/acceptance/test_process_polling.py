"""The contract with other tools: polling and Socket Mode, one-time codes, health, secrets, and a whole query."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import pytest
import pytest_asyncio

from adapters.simulator.server import Simulator
from adapters.simulator.slack_state import SlackChannel, SlackUser
from adapters.simulator.telegram_state import Group, GroupShape, Person
from tests.acceptance.running import Cast, Running, fast, platforms, set_stage

pytestmark = pytest.mark.asyncio(loop_scope="module")

QUESTION = "Who coordinates site planning in Garissa this week?"


@dataclass(frozen=True, slots=True)
class Line:
    simulator: Simulator
    cast: Cast
    running: Running


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def line(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Line]:
    """csobot at work on a fresh relative SQLite path: nobody is linked, no desk is bound."""
    folder: Path = tmp_path_factory.mktemp("office")
    async with Simulator() as simulator:
        settings = {**platforms(simulator), **fast(simulator), "CSOBOT_DATABASE_URL": "sqlite:///data/csobot.db"}
        async with Running(folder, settings) as running:
            yield Line(simulator, set_stage(simulator), running)


async def code(line: Line, *arguments: str) -> str:
    """A one-time code, as `csobot invite … --json` prints it."""
    ran = await line.running.command("invite", *arguments, "--json")
    assert ran.code == 0, ran.err
    return str(ran.json["code"])


async def linked_on_slack(line: Line, user: SlackUser, *arguments: str) -> None:
    """Somebody of staff redeems a code in the conversation with the bot."""
    said = await code(line, "staff", *arguments)
    await line.simulator.slack.command(user, None, "/csobot", f"start {said}")
    await line.cast.slack_told(line.simulator.slack.direct(user), "Your role")


async def linked_on_telegram(line: Line, person: Person, *arguments: str) -> None:
    said = await code(line, "staff", *arguments)
    line.simulator.telegram.say(person, f"/start {said}")
    await line.cast.told(person, "Your role")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def staff(line: Line) -> Line:
    """Linked by codes: the liaison on Slack (admin and focal point), the regional focal point on Telegram."""
    await linked_on_slack(line, line.cast.liaison, "admin")
    await linked_on_slack(line, line.cast.liaison, "focal-point", "--desk", "mission-ke")
    await linked_on_telegram(line, line.cast.regional, "focal-point", "--desk", "region-eha")
    await linked_on_telegram(line, line.cast.regional, "focal-point", "--desk", "mission-et")
    return line


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def slack_desk(staff: Line) -> SlackChannel:
    """The Kenya desk, bound to its Slack channel by a code."""
    channel = staff.cast.channels["mission-ke"]
    said = await code(staff, "desk", "mission-ke")
    await staff.simulator.slack.command(staff.cast.liaison, channel, "/csobot", f"bind {said}")
    await staff.cast.slack_told(channel, "This chat is now the desk")
    return channel


async def bound_group(line: Line, group: Group, desk: str) -> Group:
    """A Telegram group made a desk by a code that its administrator posts."""
    said = await code(line, "desk", desk)
    line.simulator.telegram.say(line.cast.regional, f"/bind {said}", group)
    await line.cast.in_group(group, "This chat is now the desk")
    return group


@pytest.mark.req("S1-R5")
async def test_a_question_on_telegram_is_answered_from_slack(line: Line, slack_desk: SlackChannel) -> None:
    """Telegram by polling, Slack by sockets: question, card, reply and answer."""
    cso = line.cast.cso()
    reference = await line.cast.asks(cso, QUESTION)
    card = await line.cast.card(reference)
    assert QUESTION in line.simulator.slack.plain(card)
    await line.cast.replies(reference, "The county site planning group meets on Wednesday.")
    told = await line.cast.told(cso, "The county site planning group meets on Wednesday.")
    assert f"on {reference}" in told.text


async def test_a_question_on_slack_is_answered(line: Line, slack_desk: SlackChannel) -> None:
    """A CSO in a direct message of the same workspace gets the answer there."""
    cso = line.cast.slack_cso()
    direct = line.simulator.slack.direct(cso)
    reference = await line.cast.slack_asks(cso, "Who coordinates site planning in Turkana this week?")
    await line.cast.replies(reference, "The Turkana group meets on Friday.")
    assert await line.cast.slack_told(direct, "The Turkana group meets on Friday.")


async def test_a_forum_answers_in_the_topic_of_the_query(line: Line, staff: Line) -> None:
    """A Telegram forum bound by a code opens a topic for each query, and Reply there reaches the CSO."""
    telegram, cast = line.simulator.telegram, line.cast
    forum = await bound_group(line, cast.forum, "region-eha")
    cso = cast.cso()
    reference = await cast.asks(cso, "Who coordinates site planning in Juba this week?", "South Sudan")
    card = await cast.topic_card(reference)
    assert [topic.id for topic in telegram.topics(forum)] == [card.thread]
    telegram.press(cast.regional, card, "Reply")
    await cast.in_group(forum, "your next message here goes to the CSO")
    telegram.say(cast.regional, "The Juba cluster meets on Monday.", forum, card.thread)
    preview = await cast.in_group(forum, "The Juba cluster")
    telegram.press(cast.regional, preview, "Send now")
    assert await cast.told(cso, "The Juba cluster meets on Monday.")


async def test_a_group_without_topics_answers_by_reply_chains(line: Line, staff: Line) -> None:
    """Claim, a note as a reply to the card, and Reply filled in by an answer to the bot's question: one chain."""
    telegram, cast = line.simulator.telegram, line.cast
    group = telegram.group(
        -1_002_000_000_009, "No topics", administrators=(cast.regional,), shape=GroupShape.SUPERGROUP
    )
    await bound_group(line, group, "mission-et")
    cso = cast.cso()
    reference = await cast.asks(cso, "Who coordinates site planning in Gambella this week?", "Ethiopia")
    card = await cast.in_group(group, f"{reference} ·")
    telegram.press(cast.regional, card, "Claim")
    await cast.told(cso, "has taken up your question")
    telegram.say(cast.regional, "I think the lead changed", group, reply_to=card)
    telegram.press(cast.regional, card, "Reply")
    asked = await cast.in_group(group, "your next message here goes to the CSO")
    assert asked.reply_to == card.id
    telegram.say(cast.regional, "The Gambella group meets on Tuesday.", group, reply_to=asked)
    preview = await cast.in_group(group, "The Gambella group")
    telegram.press(cast.regional, preview, "Send now")
    await cast.told(cso, "The Gambella group meets on Tuesday.")
    assert not [text for text in cast.seen(cso) if "lead changed" in text]


async def test_an_organisations_invitation_knows_who_comes(line: Line) -> None:
    """`invite organisation CSO-0001` gives a link whose code confirms the person at once."""
    ran = await line.running.command("invite", "organisation", "CSO-0001", "--json")
    links = ran.json["links"]
    assert isinstance(links, list)
    cso = line.cast.cso()
    line.simulator.telegram.say(cso, f"/start {str(links[0]).rpartition('=')[2]}")
    told = await line.cast.told(cso, "You were invited as a contact of")
    assert links[0].startswith("https://t.me/csobot_demo_bot?start=")
    assert told.labels


async def test_a_code_is_used_once(line: Line) -> None:
    """The second person with the same code is told that it is not valid, and nothing else."""
    said = await code(line, "organisation", "CSO-0002")
    first, second = line.cast.cso(), line.cast.cso()
    line.simulator.telegram.say(first, f"/start {said}")
    await line.cast.told(first, "You were invited")
    line.simulator.telegram.say(second, f"/start {said}")
    assert await line.cast.told(second, "no longer valid")


async def test_health_readiness_and_metrics(line: Line) -> None:
    """/healthz and /readyz on the one bind, /metrics on its own, and on no other."""
    assert await line.running.get("/healthz") == (200, '{"alive":true}')
    status, ready = await line.running.get("/readyz")
    assert (status, '"ready":true' in ready) == (200, True)
    status, metrics = await line.running.get("/metrics", line.running.metrics_port)
    assert status == 200
    assert "csobot_deliveries{" in metrics
    assert (await line.running.get("/metrics"))[0] == 404


async def test_webhook_paths_are_closed_when_not_in_use(line: Line) -> None:
    """Polling and Socket Mode: nobody can post updates or events."""
    status, _ = await line.running.get("/telegram/webhook")
    assert status == 405


async def test_the_files_lie_where_the_relative_url_says(line: Line) -> None:
    """sqlite:///data/csobot.db is below the working folder; nobody but the owner reads database and keys."""
    data = line.running.folder / "data"
    assert (data / "csobot.db").is_file()
    assert {path.name: oct(path.stat().st_mode & 0o077) for path in (data / "keys").iterdir()} == dict.fromkeys(
        ("process.key", "confidential-public.key", "confidential-private.json", "confidential-passphrase.txt"), "0o0"
    )


async def test_nothing_failed_and_nothing_was_refused(line: Line, slack_desk: SlackChannel) -> None:
    """No error in the log, and neither platform refused anything that csobot sent."""
    assert line.running.complaints == []
    assert line.simulator.refusals == []


async def test_no_secret_and_no_message_is_ever_written_out(line: Line, slack_desk: SlackChannel) -> None:
    """At log level debug, stdout and stderr hold neither tokens, keys, passphrase nor anything anybody said."""
    keys = [path.read_text().strip() for path in (line.running.folder / "data" / "keys").iterdir()]
    app = line.simulator.slack.app
    secrets = [line.simulator.telegram.token, app.bot_token, app.app_token, app.signing_secret, *keys]
    said = [QUESTION, "site planning", "county site planning group", "lead changed", "Turkana"]
    assert [word for word in (*secrets, *said) if word in line.running.log] == []
