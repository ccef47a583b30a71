"""The contract with other tools: webhook and HTTP mode, PostgreSQL, secrets from files; and who knocks unasked."""

import asyncio
import io
import json
import time
from collections.abc import AsyncIterator, Mapping
from pathlib import Path

import aiohttp
import psycopg
import pytest
import pytest_asyncio

from adapters.simulator.server import Simulator
from adapters.simulator.slack_delivery import signature
from adapters.simulator.slack_state import Guest
from storage.sealing import new_confidential_pair, new_process_key
from tests.acceptance.running import Line, Running, fast, platforms, set_stage, settle_in

pytestmark = pytest.mark.asyncio(loop_scope="module")

QUESTION = "Who coordinates site planning in Garissa this week?"
WEBHOOK_SECRET = "the_secret_of_this_webhook_1234"
SECRET_HEADER = "X-Telegram-Bot-Api-Secret-Token"


def secret_files(folder: Path, settings: Mapping[str, str]) -> dict[str, str]:
    """The same settings, with every secret in a file of its own."""
    given: dict[str, str] = {}
    for name, value in settings.items():
        if name.endswith(("TOKEN", "SECRET", "KEY", "DATABASE_URL")):
            path = folder / name.lower()
            path.write_text(f"{value}\n")
            given[f"{name}_FILE"] = str(path)
        else:
            given[name] = value
    return given


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def line(postgresql_server: str, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Line]:
    """csobot behind its two HTTP doors, on PostgreSQL."""
    folder: Path = tmp_path_factory.mktemp("http")
    before, _, after = postgresql_server.partition("?")
    url = f"{before.rsplit('/', 1)[0]}/csobot_http?{after}"
    with psycopg.connect(postgresql_server, autocommit=True) as connection:
        connection.execute("CREATE DATABASE csobot_http")
    async with Simulator() as simulator:
        cast = set_stage(simulator)
        await asyncio.to_thread(settle_in, url, cast)
        settings = platforms(simulator) | fast(simulator)
        del settings["CSOBOT_SLACK__APP_TOKEN"]
        settings |= {
            "CSOBOT_DATABASE_URL": url,
            "CSOBOT_TELEGRAM__MODE": "webhook",
            "CSOBOT_TELEGRAM__WEBHOOK_URL": "https://desk.example.org/telegram/webhook",
            "CSOBOT_TELEGRAM__WEBHOOK_SECRET": WEBHOOK_SECRET,
            "CSOBOT_SLACK__MODE": "http",
            "CSOBOT_SLACK__SIGNING_SECRET": simulator.slack.app.signing_secret,
            "CSOBOT_PROCESS_KEY": new_process_key(),
            "CSOBOT_CONFIDENTIAL_PUBLIC_KEY": new_confidential_pair("a passphrase")[0],
        }
        async with Running(folder, secret_files(folder, settings)) as running:
            # In front of csobot stands a proxy with a certificate: here the simulator goes past it.
            simulator.telegram.updates.webhook.url = f"{running.url}/telegram/webhook"
            simulator.telegram.updates.wake()
            simulator.slack.use_http(f"{running.url}/slack/events")
            yield Line(simulator, cast, running)
    with psycopg.connect(postgresql_server, autocommit=True) as connection:
        connection.execute("DROP DATABASE csobot_http WITH (FORCE)")


async def post(line: Line, path: str, body: bytes, headers: Mapping[str, str]) -> int:
    async with (
        aiohttp.ClientSession() as session,
        session.post(f"{line.running.url}{path}", data=io.BytesIO(body), headers=dict(headers)) as answer,
    ):
        return answer.status


async def update(line: Line, number: int, text: str, secret: str = WEBHOOK_SECRET, person: int = 4_100_000_000) -> int:
    """An update as Telegram would bring it, from somebody whom the simulator knows."""
    if person not in line.simulator.telegram.state.people:
        line.simulator.telegram.user(person, "Knocker").started = True
    chat = {"id": person, "type": "private"}
    message = {"message_id": number, "date": 1, "chat": chat, "from": {"id": person, "first_name": "K"}, "text": text}
    body = json.dumps({"update_id": number, "message": message}).encode()
    return await post(line, "/telegram/webhook", body, {SECRET_HEADER: secret, "Content-Type": "application/json"})


@pytest.mark.req("S1-R5")
async def test_a_question_by_webhook_is_answered_from_slack_over_http(line: Line) -> None:
    """The whole line through both HTTP doors."""
    cso = line.cast.cso()
    reference = await line.cast.asks(cso, QUESTION)
    await line.cast.replies(reference, "The county site planning group meets on Wednesday.")
    assert await line.cast.told(cso, "The county site planning group meets on Wednesday.")


async def test_a_question_in_slack_over_http_is_answered(line: Line) -> None:
    """A CSO in a direct message, over signed requests."""
    cso = line.cast.slack_cso()
    direct = line.simulator.slack.direct(cso)
    reference = await line.cast.slack_asks(cso, "Who coordinates site planning in Turkana this week?")
    await line.cast.replies(reference, "The Turkana group meets on Friday.")
    assert await line.cast.slack_told(direct, "The Turkana group meets on Friday.")


async def test_slacks_question_for_the_address_is_answered(line: Line) -> None:
    """url_verification gets its challenge back."""
    ack = await line.simulator.slack.verify_url()
    assert (ack.status, "3eZbrw1aB10FEMAGAZd4" in str(ack.body)) == (200, True)


async def test_a_wrong_webhook_secret_is_turned_away(line: Line) -> None:
    """403 without, with a wrong, and with a half secret; nothing of it is stored."""
    wrong = enumerate(("", "x", WEBHOOK_SECRET[:-1]))
    tried = [await update(line, 700 + place, "intruder", secret) for place, secret in wrong]
    assert tried == [403, 403, 403]


async def test_an_update_by_hand_counts_once(line: Line) -> None:
    """The right secret is enough; the same update again is answered 200 and changes nothing."""
    cso = line.simulator.telegram.user(4_100_000_001, "Twice")
    cso.started = True
    tried = [await update(line, 710, "/help", person=cso.id) for _ in range(3)]
    await line.cast.told(cso, "Write your question in your own words")
    await asyncio.sleep(0.5)
    assert (tried, len(line.cast.seen(cso))) == ([200, 200, 200], 1)


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"", 400),
        (b"no json", 400),
        (b"[" * 100_000, 400),
        (b'{"update_id": "one"}', 400),
        (b'{"update_id": 1e400}', 400),
        (b'{"update_id": 99999999999999999999999999}', 400),
        (b"\xff\xfe", 400),
        (b"{" + b" " * 1_100_000, 413),
    ],
    ids=["empty", "words", "deep", "no number", "infinite", "wide", "no utf-8", "large"],
)
async def test_a_body_that_is_no_update_is_refused(line: Line, body: bytes, status: int) -> None:
    """With the right secret, too."""
    assert await post(line, "/telegram/webhook", body, {SECRET_HEADER: WEBHOOK_SECRET}) == status


async def test_a_forged_or_stale_signature_is_turned_away(line: Line) -> None:
    """401 for another secret and for ten minutes ago, before anything is parsed."""
    forged = await line.simulator.slack.forge_event()
    stale = await line.simulator.slack.stale_event()
    bare = await post(line, "/slack/events", b'{"type":"event_callback"}', {"Content-Type": "application/json"})
    assert (forged.status, stale.status, bare) == (401, 401, 401)


ODD = b'{"type": "event_callback", "event": {"type": "message", "channel": 7, "text": ["x"], "user": {"a": 1}}}'
NO_EVENTS = [ODD, b"", b"no json", b"[" * 100_000, b"[]", b"null", b"7", b"payload=%7B", b"payload=%5B%5D"]


@pytest.mark.parametrize(
    "body", NO_EVENTS, ids=["odd", "empty", "words", "deep", "list", "null", "number", "cut", "form list"]
)
async def test_a_signed_body_that_is_no_event_breaks_nothing(line: Line, body: bytes) -> None:
    """200 or 400, and never 500: Slack would bring it again and again."""
    stamp = str(int(time.time()))
    signed = signature(line.simulator.slack.app.signing_secret, stamp, body)
    kind = "application/x-www-form-urlencoded" if body.startswith(b"payload") else "application/json"
    headers = {"X-Slack-Request-Timestamp": stamp, "X-Slack-Signature": signed, "Content-Type": kind}
    assert await post(line, "/slack/events", body, headers) in (200, 400)


async def test_an_event_that_slack_repeats_is_one_message(line: Line) -> None:
    """The same event again, although it was acknowledged."""
    cso = line.cast.slack_cso("Echo")
    slack = line.simulator.slack
    slack.say(cso, None, "help")
    await line.cast.slack_told(slack.direct(cso), "Write your question")
    slack.redeliver()
    await slack.settled()
    await asyncio.sleep(0.5)
    assert len(line.cast.slack_seen(slack.direct(cso))) == 1


async def test_events_of_unknown_kinds_are_acknowledged(line: Line) -> None:
    """Tomorrow's event, an empty one, half of an edit: 200, and no answer."""
    slack = line.simulator.slack
    deliveries = [
        slack.inject({"type": "quantum_event", "user": "U1"}),
        slack.inject({}),
        slack.inject({"type": "message", "subtype": "message_changed", "message": "no", "channel": "D0"}),
    ]
    await asyncio.sleep(1.0)
    assert [delivery.acked for delivery in deliveries] == [True] * 3


@pytest.mark.parametrize(
    "text",
    ["Who coordinates\x00 site planning in Garissa\x00?", "Who coordinates site planning \ud83d in Garissa?"],
    ids=["NUL", "surrogate"],
)
async def test_postgresql_keeps_what_it_cannot_hold_without_it(line: Line, text: str) -> None:
    """NUL and half a surrogate pair, on both platforms, in the question and in what staff write."""
    cso = line.cast.cso()
    reference = await line.cast.asks(cso, text)
    assert "site planning" in line.cast.plain(await line.cast.card(reference))
    await line.cast.replies(reference, f"Answer {reference}: yes")
    await line.cast.told(cso, f"Answer {reference}: yes")
    other = line.cast.slack_cso()
    line.simulator.slack.say(other, None, text)
    assert await line.cast.slack_told(line.simulator.slack.direct(other), "Q-")


async def test_guests_and_strangers_press_in_vain(line: Line) -> None:
    """A guest, somebody of another workspace, and a member who is not linked: each is told, nothing changes."""
    slack, cast = line.simulator.slack, line.cast
    cso = cast.cso()
    reference = await cast.asks(cso, QUESTION)
    card = await cast.card(reference)
    channel = cast.channels["mission-ke"]
    guest = slack.user("U0GUEST", "Guest", guest=Guest.SINGLE_CHANNEL)
    foreign = slack.user("U0FOREIGN", "Foreign", team="T0ELSEWHERE")
    member = slack.user("U0MEMBER", "Member")
    for person in (guest, foreign, member):
        channel.members.add(person.id)
        assert (await slack.press(person, card, "Claim")).ok
        await cast.whispered(person, "linked as staff")
        slack.say(person, channel, "I answer this myself", card.ts)
    await asyncio.sleep(0.5)
    assert f"{reference} · new" in cast.plain(await cast.card(reference))
    assert not [text for text in cast.seen(cso) if "myself" in text]


async def test_forged_values_on_slack_buttons_are_refused(line: Line) -> None:
    """Garbage, a known token with a place that is none, and somebody else's preview."""
    slack, cast = line.simulator.slack, line.cast
    reference = await cast.asks(cast.cso(), QUESTION)
    card = await cast.card(reference)
    token = slack.buttons(card)[0].value.split(".")[0]
    #: Places of the card's keyboard that the card never shows: sending a note, undoing, sending now.
    hidden = [f"{token}.{place}" for place in range(10, 14)]
    for value in ("x", f"{token}.-1", f"{token}.999", "a" * 2000, f"{token}.{'9' * 1900}", *hidden):
        assert (await slack.forge_press(cast.liaison, card, "forged", value)).ok
    await asyncio.sleep(1.0)
    assert f"{reference} · new" in cast.plain(await cast.card(reference))


async def test_a_form_sent_twice_answers_once(line: Line) -> None:
    """And one of a query that somebody else has closed meanwhile is refused."""
    slack, cast = line.simulator.slack, line.cast
    cso = cast.cso()
    reference = await cast.asks(cso, QUESTION)
    card = await cast.card(reference)
    await slack.press(cast.backup, card, "Close")
    closing = await cast.until(lambda: (slack.views(cast.backup) or [None])[-1], "no form")
    await slack.press(cast.liaison, card, "Reply")
    view = await cast.until(lambda: (slack.views(cast.liaison) or [None])[-1], "no form")
    await slack.submit(cast.backup, closing, {"outcome": "withdrawn", "text": "It was answered by telephone"})
    await cast.told(cso, "It was answered by telephone")
    await slack.submit(cast.liaison, view, {"text": "Too late"})
    await cast.whispered(cast.liaison, "closed")
    assert not [text for text in cast.seen(cso) if "Too late" in text]


async def test_secrets_from_files_are_nowhere_written(line: Line) -> None:
    """At log level debug: neither the secrets nor what anybody said."""
    secrets = [path.read_text().strip() for path in line.running.folder.glob("csobot_*")]
    said = ["site planning", "Turkana", "telephone", "intruder", "myself"]
    assert [word for word in (*secrets, *said) if word in line.running.log] == []


async def test_nothing_failed_stalled_or_was_refused(line: Line) -> None:
    """After all of the above."""
    assert line.running.complaints == []
    assert line.running.stalls == []
    assert line.simulator.refusals == []
