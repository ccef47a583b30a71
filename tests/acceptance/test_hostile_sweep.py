"""Nothing of a confidential matter, and after /forgetme nothing of a person, is anywhere it must not be."""

import asyncio
import json
import sqlite3
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import psycopg
import pytest
import pytest_asyncio

from adapters.simulator.slack_state import SlackMessage
from adapters.simulator.telegram_state import Message, Person
from tests.acceptance.running import Line, Running, office

pytestmark = pytest.mark.asyncio(loop_scope="module")

QUESTION = "Who coordinates site planning in Garissa this week?"
ALLEGATION = "A staff member asks women for sexual favours in exchange for {word} food aid"
#: Words that appear nowhere but in what people tell in confidence, one for each way of telling it.
DETECTED, COMMAND, FORM, OTHER_WAY, EDITED, CAPTION = (
    "zanzibarine",
    "quokkatown",
    "vermillionesque",
    "pigeonmailbox",
    "marmaladegate",
    "okapitrail",
)
EVERY = (DETECTED, COMMAND, FORM, OTHER_WAY, EDITED, CAPTION)


@pytest_asyncio.fixture(scope="module", loop_scope="module", params=["sqlite", "postgresql"])
async def line(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Line]:
    """csobot on each database; on PostgreSQL in a database of this module's own."""
    folder: Path = tmp_path_factory.mktemp("sweep")
    if request.param == "sqlite":
        async with office(folder) as there:
            yield there
        return
    server: str = request.getfixturevalue("postgresql_server")
    before, _, after = server.partition("?")
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute("CREATE DATABASE csobot_sweep")
    async with office(folder, f"{before.rsplit('/', 1)[0]}/csobot_sweep?{after}") as there:
        yield there
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute("DROP DATABASE csobot_sweep WITH (FORCE)")


def _postgresql_text(url: str) -> Iterator[tuple[str, bytes]]:
    with psycopg.connect(url) as connection:
        named = "SELECT table_name FROM information_schema.tables WHERE table_schema = 'public'"
        for (table,) in connection.execute(named).fetchall():
            for row in connection.execute(f'SELECT * FROM "{table}"').fetchall():  # type: ignore[arg-type]
                yield table, b" ".join(_bytes(value) for value in row)


def _bytes(value: object) -> bytes:
    if isinstance(value, bytes):
        return value
    return json.dumps(value, ensure_ascii=False, default=str).encode("utf-8", "replace")


def _stored(running: Running) -> Iterator[tuple[str, bytes]]:
    """Everything on disk and in the database, as raw bytes; the keys stay out."""
    url = running.settings["CSOBOT_DATABASE_URL"]
    if url.startswith("sqlite:///"):
        path = url.removeprefix("sqlite:///")
        with sqlite3.connect(path, timeout=10) as connection:
            connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
    else:
        yield from _postgresql_text(url)
    for file in running.folder.rglob("*"):
        if file.is_file():
            yield str(file.relative_to(running.folder)), file.read_bytes()


async def where(line: Line, *words: str) -> dict[str, list[str]]:
    """Where csobot keeps or says each word: storage, logs, metrics, doctor, and every chat but the writers' own."""
    places = list(await asyncio.to_thread(lambda: list(_stored(line.running))))
    places.append(("log", line.running.log.encode()))
    places.append(("metrics", (await line.running.get("/metrics", line.running.metrics_port))[1].encode()))
    doctor = await line.running.command("doctor")
    places.append(("doctor", (doctor.out + doctor.err).encode()))
    places += [("telegram", text.encode()) for text in _said_on_telegram(line)]
    places += [("slack", text.encode()) for text in _said_on_slack(line)]
    return {word: sorted({name for name, held in places if word.encode() in held}) for word in words}


def _said_on_telegram(line: Line) -> Iterator[str]:
    """All that the bot ever said, deleted messages and earlier texts too; files by their content."""
    for messages in line.simulator.telegram.state.messages.values():
        for message in messages.values():
            if message.from_bot:
                content = message.attachment.content if message.attachment else b""
                yield " ".join([message.text, *message.earlier, *message.labels, content.decode(errors="replace")])


def _said_on_slack(line: Line) -> Iterator[str]:
    for messages in line.simulator.slack.state.messages.values():
        for message in messages.values():
            if message.from_bot:
                yield json.dumps([message.text, message.earlier, message.blocks], ensure_ascii=False)


async def chosen(line: Line, person: Person, message: Message, label: str) -> None:
    button = next(each for each in message.labels if label in each)
    line.simulator.telegram.press(person, message, button)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def told(line: Line) -> Line:
    """Six people have told something in confidence, each in another way."""
    telegram, cast = line.simulator.telegram, line.cast
    first = cast.cso()
    telegram.say(first, ALLEGATION.format(word=DETECTED))
    await chosen(line, first, await cast.told(first, "This may be confidential"), "Pass it to the confidential")
    await chosen(line, first, await cast.told(first, "How can we reach you"), "Another way")
    await cast.told(first, "how and when")
    telegram.say(first, f"Call the shop behind the {OTHER_WAY} after six")
    await cast.told(first, "Only the confidential office can open it")
    second = cast.cso()
    telegram.say(second, "/safe")
    await cast.told(second, "Your next message goes to the confidential office")
    telegram.say(second, f"Something happened in {COMMAND} that should not have")
    await cast.told(second, "Received: C-")
    third = cast.slack_cso()
    slack = line.simulator.slack
    await slack.command(third, None, "/csobot", "safe")
    view = await cast.until(lambda: (slack.views(third) or [None])[-1], "no form opened")
    await slack.submit(third, view, {"text": f"It was the {FORM} driver"})
    await cast.slack_told(slack.direct(third), "Received: C-")
    fourth = cast.cso()
    await cast.asks(fourth, QUESTION)
    addition = telegram.say(fourth, "One more thing about the site")
    await asyncio.sleep(0.5)
    telegram.edit(addition, ALLEGATION.format(word=EDITED))
    await chosen(line, fourth, await cast.told(fourth, "This may be confidential"), "Pass it to the confidential")
    await cast.told(fourth, "Received: C-")
    fifth = cast.cso()
    telegram.send_photo(fifth, b"\xff\xd8\xff picture of the " + CAPTION.encode() + b" gate")
    await chosen(line, fifth, await cast.told(fifth, "Is this about abuse"), "Yes, in confidence")
    await cast.told(fifth, "Received: C-")
    sixth = cast.cso()
    telegram.send_voice(sixth, b"OggS voice about " + CAPTION.encode(), 14)
    await chosen(line, sixth, await cast.told(sixth, "Is this about abuse"), "Yes, in confidence")
    await cast.told(sixth, "Received: C-")
    telegram.say(first, "/mydata")
    await cast.until(lambda: any(each.attachment for each in telegram.from_bot(first)), "no file came")
    return line


@pytest.mark.req("S1-W11")
async def test_no_word_told_in_confidence_is_anywhere(told: Line) -> None:
    """Not in the database's bytes, the files, a chat, a log, the metrics, `doctor` or /mydata."""
    assert await where(told, *EVERY) == {word: [] for word in EVERY}


async def test_the_confidential_desk_opens_all_of_it(told: Line) -> None:
    """With its passphrase, and only with it, the words are there."""
    passphrase = told.running.folder / "keys" / "confidential-passphrase.txt"
    if not passphrase.exists():
        passphrase = told.running.folder / "var" / "keys" / "confidential-passphrase.txt"
    words = passphrase.read_text().strip()
    commands = [
        told.running.command("confidential", "open", f"C-000{number}", "--json", typed=f"{words}\n")
        for number in (1, 2, 4)
    ]
    opened = "".join([ran.out + ran.err for ran in await asyncio.gather(*commands)])
    assert [word for word in (DETECTED, OTHER_WAY, COMMAND, EDITED) if word not in opened] == []
    refused = await told.running.command("confidential", "open", "C-0001", typed="not the passphrase\n")
    assert (refused.code, DETECTED in refused.out) == (1, False)


async def test_the_cards_of_the_confidential_desk_say_nothing(told: Line) -> None:
    """A reference, a time and the command: one card for each matter."""
    cast = told.cast
    cards = await cast.until(lambda: _six(cast.slack_seen(cast.channels["confidential-desk"])), "cards are missing")
    assert [card for card in cards if "open it in the console" not in card] == []


def _six(seen: list[str]) -> list[str]:
    return seen if len(seen) >= 6 else []


async def test_after_forgetme_no_word_of_the_person_is_left(line: Line) -> None:
    """Words, organisation and chat are gone from the database's bytes; cards are overwritten, posts deleted."""
    telegram, cast = line.simulator.telegram, line.cast
    cso, channel = cast.cso("Forgotten"), cast.channels["mission-ke"]
    question, addition, edit, name = "wolverhampton", "saskatchewan", "timbuktoo", "Krankenhaus"
    reference = await cast.asks(cso, f"Who coordinates site planning near {question} this week?")
    await cast.told(cso, "which organisation are you from")
    telegram.say(cso, f"{name} Aid")
    await _named(line, cso)
    first = telegram.say(cso, f"The site planning meeting is near {addition}")
    await cast.told(cso, "Added to")
    telegram.edit(first, f"The site planning meeting is near {edit}")
    await cast.slack_told(channel, edit)
    telegram.send_document(cso, f"the plan of {addition}".encode(), f"{addition}.txt")
    await cast.until(lambda: any(each.files for each in line.simulator.slack.messages(channel)), "no file at the desk")
    await cast.replies(reference, "Call the county office, please.")
    await cast.told(cso, "Call the county office")
    telegram.say(cso, "/forgetme")
    await chosen(line, cso, await cast.told(cso, "It cannot be undone"), "Erase")
    await cast.told(cso, "This is the last message")
    await cast.slack_told(channel, "erased: the person took their data back")
    words = (question, addition, edit, name)

    def held() -> list[SlackMessage]:
        there = line.simulator.slack.messages(channel)
        return [each for each in there if each.files or any(word in cast.plain(each) for word in words)]

    await cast.until(lambda: not held(), "words are still in the desk's channel")
    await asyncio.sleep(1.0)
    found = await where(line, *words)
    # What was said and deleted again is still in the simulator's memory.
    left = {word: [place for place in places if place not in ("slack", "telegram")] for word, places in found.items()}
    assert left == {word: [] for word in words}


async def _named(line: Line, cso: Person) -> None:
    """The name is taken, also when the bot asks whether it is one."""
    cast = line.cast
    asked = await cast.until(
        lambda: next((each for each in line.simulator.telegram.from_bot(cso) if "Krankenhaus" in each.text), None),
        f"the name was not taken: {cast.seen(cso)}",
    )
    if asked.text.startswith("Is “"):
        line.simulator.telegram.press(cso, asked, 0)
    await cast.told(cso, "What kind of organisation is")
    line.simulator.telegram.say(cso, "1")
    await cast.told(cso, "may we also send you")
    line.simulator.telegram.say(cso, "1")


async def test_nothing_failed_and_nothing_was_refused(told: Line) -> None:
    """No error in the log; neither platform refused anything."""
    assert told.running.complaints == []
    assert told.simulator.refusals == []
