"""Platforms, networks and databases that fail: nothing is lost or said twice, and what is in doubt is counted."""

import asyncio
import sqlite3
import threading
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from adapters.simulator.faults import Network
from adapters.simulator.server import ForeignHost
from adapters.simulator.telegram_state import Person
from tests.acceptance.running import Line, office

pytestmark = pytest.mark.asyncio(loop_scope="module")

QUESTION = "Who coordinates site planning in Garissa this week?"
JUBA = "Who coordinates site planning in Juba this week?"


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def line(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Line]:
    folder: Path = tmp_path_factory.mktemp("platform")
    async with office(folder) as there:
        yield there


def helped(line: Line, cso: Person) -> int:
    return len([text for text in line.cast.seen(cso) if "Write your question in your own words" in text])


async def known(line: Line) -> Person:
    """Somebody who has been answered before, so that only what follows meets the fault."""
    cso = line.cast.cso()
    line.simulator.telegram.say(cso, "/privacy")
    await line.cast.told(cso, "See what we keep")
    return cso


async def test_429_of_one_chat_delays_that_chat_only(line: Line) -> None:
    """The message comes after the pause, once; somebody else is answered meanwhile."""
    telegram, cso, other = line.simulator.telegram, await known(line), await known(line)
    telegram.faults.fail_next("sendMessage", 429, "Too Many Requests: retry after 2", {"retry_after": 2})
    telegram.say(cso, "/help")
    await asyncio.sleep(0.5)
    telegram.say(other, "/help")
    await line.cast.told(other, "Write your question in your own words")
    await line.cast.told(cso, "Write your question in your own words")
    assert (helped(line, cso), helped(line, other)) == (1, 1)


async def test_what_is_blocked_waits_for_the_next_message(line: Line) -> None:
    """403 is noted at the desk; when the person comes back they are answered again."""
    telegram, cast, cso = line.simulator.telegram, line.cast, line.cast.cso()
    reference = await cast.asks(cso, QUESTION)
    telegram.block(cso)
    await cast.writes(reference, "You will not read this yet.", "mission-ke", cast.liaison)
    await cast.slack_told(cast.channels["mission-ke"], "they have blocked the bot")
    telegram.unblock(cso)
    telegram.say(cso, "/help")
    assert await cast.told(cso, "Write your question in your own words")


async def test_a_lost_answer_of_the_platform_is_counted(line: Line) -> None:
    """The message went out and nobody said so: it is in doubt, and a reply may come twice but never not at all."""
    telegram, cso = line.simulator.telegram, await known(line)
    before = await line.running.metric("csobot_uncertain_sends_total")
    telegram.faults.lose_next("sendMessage")
    telegram.say(cso, "/help")
    await line.cast.told(cso, "Write your question in your own words")
    await asyncio.sleep(0.5)
    assert await line.running.metric("csobot_uncertain_sends_total") == before + 1
    assert helped(line, cso) in (1, 2)


async def test_5xx_is_tried_again(line: Line) -> None:
    """An internal error of the platform: the words arrive all the same."""
    telegram, cso = line.simulator.telegram, await known(line)
    telegram.faults.fail_next("sendMessage", 502, "Bad Gateway")
    telegram.say(cso, "/help")
    assert await line.cast.told(cso, "Write your question in your own words", within=20)


async def test_markup_that_is_refused_goes_out_plain(line: Line) -> None:
    """Never lose a message for its markup."""
    telegram, cso = line.simulator.telegram, await known(line)
    telegram.faults.fail_next("sendMessage", 400, "Bad Request: can't parse entities: unexpected end tag")
    telegram.say(cso, "/help")
    assert await line.cast.told(cso, "Write your question in your own words")


async def test_a_network_that_is_down_for_seconds(line: Line) -> None:
    """Both platforms away: afterwards everything that was said is answered, once."""
    telegram, slack = line.simulator.telegram, line.simulator.slack
    people = [await known(line) for _ in range(3)]
    telegram.faults.network = slack.faults.network = Network.DOWN
    for cso in people:
        telegram.say(cso, "/help")
    await asyncio.sleep(3.0)
    telegram.faults.network = slack.faults.network = Network.UP
    for cso in people:
        await line.cast.told(cso, "Write your question in your own words", within=30)
    assert [helped(line, cso) for cso in people] == [1, 1, 1]


async def test_a_database_that_is_locked_for_seconds(line: Line) -> None:
    """Another program writes for a while: what comes meanwhile is answered afterwards, once."""
    telegram, cso = line.simulator.telegram, await known(line)
    free = threading.Event()
    locked = threading.Event()

    def lock() -> None:
        connection = sqlite3.connect(line.running.folder / "csobot.db", isolation_level=None, timeout=10)
        connection.execute("BEGIN IMMEDIATE")
        locked.set()
        free.wait(20)
        connection.execute("ROLLBACK")
        connection.close()

    locking = asyncio.create_task(asyncio.to_thread(lock))
    await asyncio.to_thread(locked.wait)
    telegram.say(cso, "/help")
    await asyncio.sleep(7.0)
    assert (await line.running.get("/healthz"))[0] == 200
    free.set()
    await locking
    await line.cast.told(cso, "Write your question in your own words", within=30)
    await asyncio.sleep(0.5)
    assert helped(line, cso) == 1


async def test_a_deleted_topic_is_opened_again(line: Line) -> None:
    """Somebody deletes the topic: the next words of the CSO open a new one with all of it."""
    telegram, cast, cso = line.simulator.telegram, line.cast, line.cast.cso()
    reference = await cast.asks(cso, JUBA, "South Sudan")
    card = await cast.topic_card(reference)
    telegram.delete_topic(cast.forum, card.thread)
    telegram.say(cso, "The site planning is for the returnees")
    again = await cast.in_group(cast.forum, "for the returnees")
    assert again.thread != card.thread
    assert QUESTION[:24] in (await cast.topic_card(reference)).text


async def test_a_group_that_moves_takes_its_queries_along(line: Line) -> None:
    """A bound group becomes a supergroup in the middle of a conversation: the desk works on under the new id."""
    telegram, cast, cso = line.simulator.telegram, line.cast, line.cast.cso()
    reference = await cast.asks(cso, "Who coordinates site planning in Gambella this week?", "Ethiopia")
    await cast.in_group(cast.plain_group, f"{reference} ·")
    moved = telegram.migrate(cast.plain_group, -1_002_000_000_902)
    telegram.say(cso, "The site planning is for the returnees")
    assert await cast.in_group(moved, "for the returnees")
    later = cast.cso()
    second = await cast.asks(later, "Who coordinates site planning in Dire Dawa this week?", "Ethiopia")
    assert await cast.in_group(moved, f"{second} ·")


async def test_a_file_over_the_limit_is_refused_and_its_words_arrive(line: Line) -> None:
    """21 MB on Telegram: one sentence, and the caption is added to the question."""
    telegram, cast, cso = line.simulator.telegram, line.cast, line.cast.cso()
    await cast.asks(cso, QUESTION)
    plan = "Is this the right map for the site planning group?"
    telegram.send_document(cso, b"%PDF-", "map.pdf", caption=plan, size=21 * 1024 * 1024)
    await cast.told(cso, "map.pdf is too large")
    assert await cast.slack_told(cast.channels["mission-ke"], plan)


async def test_files_elsewhere_are_never_fetched(line: Line) -> None:
    """A link to another host, and Slack's own host that redirects there: nobody visits it."""
    slack, cast, cso = line.simulator.slack, line.cast, line.cast.slack_cso()
    direct = slack.direct(cso)
    async with ForeignHost() as elsewhere:
        linked = slack.file(cso, "plan.pdf", b"", external_url=f"{elsewhere.url}/plan.pdf")
        slack.say(cso, None, "Our site planning map is attached", files=[linked])
        await cast.slack_told(direct, "plan.pdf lies on another site")
        sent_on = slack.file(cso, "list.pdf", b"%PDF-", redirect=f"{elsewhere.url}/list.pdf")
        slack.say(cso, None, "And the list of the site planning group", files=[sent_on])
        await cast.slack_told(direct, "list.pdf could not be fetched")
        assert elsewhere.visits == []


async def test_nothing_failed_or_stalled(line: Line) -> None:
    """Faults of others are warnings, not errors of ours."""
    assert line.running.complaints == []
    assert line.running.stalls == []
