"""What strangers, members and clients gone wrong send to the Telegram bot: each is answered, nothing breaks."""

import asyncio
import re
import sqlite3
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from adapters.simulator.telegram_state import Callback, Message, Person
from tests.acceptance.running import Line, office

pytestmark = pytest.mark.asyncio(loop_scope="module")

QUESTION = "Who coordinates site planning in Garissa this week?"


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def line(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Line]:
    folder: Path = tmp_path_factory.mktemp("hostile")
    async with office(folder) as there:
        await alive(there)
        await there.running.metric("csobot_loop_stall_seconds")  # what it took to start is not what is measured here
        yield there


async def alive(line: Line) -> None:
    """Somebody else is answered, and nothing waits: whatever came before has been handled."""
    cso = line.cast.cso("Probe")
    line.simulator.telegram.say(cso, "/privacy")
    await line.cast.told(cso, "See what we keep")
    status, _ = await line.running.get("/readyz")
    assert status == 200


async def pressed(line: Line, callback: Callback) -> Callback:
    """The press, once the bot has answered it."""
    answered = lambda: callback if callback.answered else None  # noqa: E731
    return await line.cast.until(answered, f"the press of {callback.data[:20]!r} was not answered")


# Words.

WEIRD = {
    "zalgo": "Who c̸̛̙̘oor̶d̷i̵n̶a̷t̸e̶s̵ site planning in Garissa? " + "a" + "\u0301\u0316" * 300,
    "bidi overrides": "Who coordinates \u202esite planning\u202c in Garissa \u2066this\u2069 week?",
    "a lone surrogate": "Who coordinates site planning \ud83d in Garissa this week?",
    "reversed surrogates": "Who coordinates site planning \ude00\ud83d in Garissa this week?",
    "NUL": "Who coordinates\x00 site planning in Garissa\x00 this week?",
    "control characters": "Who coordinates\x01\x1b[31m site\x7f planning\r\n\tin Garissa\x0b this week?",
    "right to left": "من ينسق تخطيط المواقع في غاريسا هذا الأسبوع؟",
    "markup": "Who <b>coordinates</b> <a href='https://evil.example'>site</a> planning & </blockquote> in Garissa?",
    "templates": "Who coordinates {{ 7*7 }} {% raw %}site{% endraw %} planning {{ config }} in Garissa?",
    "mentions": "<!channel> @everyone @here <@U0LIAISON> who coordinates site planning in Garissa?",
    "markdown": "*Who* _coordinates_ `site` [planning](https://evil.example) ~in~ Garissa > quoted?",
    "four-byte letters": "Who coordinates 𝔰𝔦𝔱𝔢 𝔭𝔩𝔞𝔫𝔫𝔦𝔫𝔤 👩‍👩‍👧‍👦🏳️‍🌈 in Garissa this week?",
}


@pytest.mark.parametrize("text", WEIRD.values(), ids=WEIRD.keys())
async def test_weird_words_arrive_as_they_were_written(line: Line, text: str) -> None:
    """At the desk stands what the CSO wrote (without what no database holds), and nobody is notified."""
    cso = line.cast.cso()
    before = len(line.simulator.slack.notifications)
    card = await line.cast.card(await line.cast.asks(cso, text))
    shown = line.simulator.slack.plain(card)
    storable = text.replace("\x00", "").encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
    assert _letters(storable) in _letters(shown)
    assert line.simulator.slack.notifications[before:] == []


def _letters(text: str) -> str:
    """The words without the spaces and marks that platforms change, and without asterisks."""
    return re.sub(r"[\s*_`~<>]+", "", text)


async def test_private_use_letters_are_kept(line: Line) -> None:
    """U+E000 is a letter like any other: some scripts have only such ones."""
    cso = line.cast.cso()
    reference = await line.cast.asks(cso, "Who coordinates site planning in \ue000\ue001Garissa  \ue000 this week?")
    assert "\ue000\ue001Garissa  \ue000 this" in line.simulator.slack.plain(await line.cast.card(reference))


async def test_a_hundred_thousand_letters(line: Line) -> None:
    """Far beyond what Telegram allows: the beginning stands on the card, the whole is a file beside it."""
    cso = line.cast.cso()
    text = "Who coordinates site planning in Garissa this week? " + "shelter " * 12_500
    reference = await line.cast.asks(cso, text)
    card = await line.cast.card(reference)
    assert "Who coordinates site planning" in line.simulator.slack.plain(card)
    slack = line.simulator.slack
    channel = line.cast.channels["mission-ke"]

    def whole() -> bool:
        files = [file for each in slack.messages(channel, card.ts) for file in each.files]
        return any(file.name == "message.txt" and file.content.decode() == text for file in files)

    assert await line.cast.until(whole, "the whole text is no file in the thread")


async def test_a_name_full_of_markup_is_only_words(line: Line) -> None:
    """As organisation, in the person's own name, and in what staff write."""
    cso = line.cast.cso("<b>&lt;!channel&gt; {{7*7}}</b>")
    before = len(line.simulator.slack.notifications)
    reference = await line.cast.asks(cso, QUESTION)
    await line.cast.told(cso, "which organisation are you from")
    name = "<!everyone> <i>Aid</i> & {{7+7}} <@U0LIAISON>"
    line.simulator.telegram.say(cso, name)
    line.simulator.telegram.press(cso, await line.cast.told(cso, f"Is “{name}”"), 0)
    assert name in (await line.cast.told(cso, "What kind of organisation is")).text
    card = await line.cast.slack_told(line.cast.channels["mission-ke"], f"says: {name}")
    assert reference in line.simulator.slack.plain(card)
    assert line.simulator.slack.notifications[before:] == []


async def test_what_staff_write_reaches_the_cso_as_written(line: Line) -> None:
    """Answer, reason and note with markup, mentions and template marks."""
    cso = line.cast.cso()
    reference = await line.cast.asks(cso, QUESTION)
    answer = "Call <b>Ann</b> & co, {{ due }} {% if %} <!channel> </i> *bold* _x_ `y` [a](b)"
    await line.cast.replies(reference, answer)
    assert (await line.cast.told(cso, "Call <b>Ann</b>")).text.endswith(answer)
    assert line.simulator.slack.notifications == []


# Updates.


async def test_an_update_that_comes_again_is_one_message(line: Line) -> None:
    """Telegram repeats what was confirmed: the words are added once."""
    telegram, cso = line.simulator.telegram, line.cast.cso()
    await line.cast.asks(cso, QUESTION)
    telegram.say(cso, "Sorry, I mean the county, not the town")
    await line.cast.told(cso, "Added to")
    telegram.redeliver()
    await alive(line)
    assert [text for text in line.cast.seen(cso) if "Added to" in text] != []
    assert len([text for text in line.cast.seen(cso) if "Added to" in text]) == 1


async def test_updates_in_the_wrong_order_are_all_handled(line: Line) -> None:
    """Newest first: none is lost, whatever their order makes of them."""
    telegram = line.simulator.telegram
    people = [line.cast.cso() for _ in range(5)]
    telegram.hold()
    for person in people:
        telegram.say(person, "/privacy")
    telegram.release(lambda updates: updates[::-1])
    for person in people:
        assert await line.cast.told(person, "See what we keep")


async def test_ids_that_jump_back_are_new_updates(line: Line) -> None:
    """After a week of silence Telegram numbers anew, below the last id."""
    telegram, cso = line.simulator.telegram, line.cast.cso()
    telegram.jump_ids(1_000)
    telegram.say(cso, "/privacy")
    assert await line.cast.told(cso, "See what we keep")
    telegram.jump_ids(900_000_000)


async def test_updates_of_unknown_kinds_and_shapes_are_passed_over(line: Line) -> None:
    """A kind of tomorrow, a message without anything, wrong types everywhere: no answer, no error."""
    telegram, cso = line.simulator.telegram, line.cast.cso()
    chat = {"id": cso.id, "type": "private"}
    for kind, payload in (
        ("message", {}),
        ("message", {"chat": "no", "from": 7, "text": ["x"]}),
        ("message", {"message_id": "x", "chat": chat, "from": {"id": cso.id}, "text": None, "photo": {"a": 1}}),
        ("message", {"chat": {"id": 2**70, "type": "private"}, "from": {"id": -1}, "text": "hello"}),
        ("message", {"chat": chat, "from": {"id": cso.id, "language_code": "x" * 500, "first_name": None}, "date": -1}),
        ("callback_query", {"id": 5, "from": {}, "data": None}),
        ("callback_query", {"id": "9", "from": {"id": cso.id}, "data": "a.0"}),
        ("my_chat_member", {"chat": {"id": cso.id}}),
        ("edited_message", {"chat": chat, "from": {"id": cso.id}, "location": {"latitude": 1}}),
    ):
        telegram.inject(kind, payload, cso)
    # Kinds that were not asked for are not delivered by the platform: a server gone wrong might.
    telegram.updates.allowed = ()
    telegram.inject("quantum_message", {"chat": chat, "from": {"id": cso.id}, "text": "hello"}, cso)
    telegram.inject("guest_message", {"from": {"id": cso.id}}, cso)
    await alive(line)
    assert line.cast.seen(cso) == []


async def test_a_sticker_is_answered_with_what_can_be_taken(line: Line) -> None:
    """Not silence: one sentence with the way out."""
    cso = line.cast.cso()
    about = {"message_id": 1, "chat": {"id": cso.id, "type": "private"}, "from": {"id": cso.id, "first_name": "A"}}
    line.simulator.telegram.state.people[cso.id].started = True
    line.simulator.telegram.inject("message", {**about, "date": 1, "sticker": {"file_id": "x"}}, cso)
    assert await line.cast.told(cso, "I cannot take this kind of message")


# Buttons.


async def _asked(line: Line) -> tuple[Person, Message]:
    cso = line.cast.cso()
    line.simulator.telegram.say(cso, QUESTION)
    return cso, await line.cast.told(cso, "In which country")


FORGED = [
    "",
    ".",
    "x",
    "0.0",
    "a" * 64,
    "\u2603" * 21,
    "{}.-1",
    "{}.99999999999999999999999",
    "{}.٣٣",
    "{}",
    "{}.0.0",
    "{}.²",
]


@pytest.mark.parametrize("data", FORGED)
async def test_forged_button_data_is_refused_and_answered(line: Line, data: str) -> None:
    """Garbage, a known token with a place that is none: the choice is not open, and nothing is chosen."""
    cso, asked = await _asked(line)
    token = asked.buttons[0][0].data.split(".")[0]
    callback = await pressed(line, line.simulator.telegram.forge_press(cso, asked, data.replace("{}", token)[:64]))
    assert "latest message" in callback.answer
    assert not [text for text in line.cast.seen(cso) if "It is with" in text]


async def test_somebody_elses_button_is_refused(line: Line) -> None:
    """The token of one CSO, pressed by another in their own chat, and in a group."""
    _, asked = await _asked(line)
    thief = line.cast.cso("Thief")
    line.simulator.telegram.say(thief, "/privacy")
    mine = await line.cast.told(thief, "See what we keep")
    token = asked.buttons[0][0].data
    callback = await pressed(line, line.simulator.telegram.forge_press(thief, mine, token))
    assert "no longer open" in callback.answer
    in_group = line.simulator.telegram.say(thief, "hello", line.cast.forum)
    callback = await pressed(line, line.simulator.telegram.forge_press(thief, in_group, token))
    assert "linked as staff" in callback.answer


async def test_a_member_who_is_not_staff_presses_and_writes_in_vain(line: Line) -> None:
    """Claim, Reply and words in the topic: refused in a notice, and the query stays as it is."""
    telegram, cast = line.simulator.telegram, line.cast
    cso, member = cast.cso(), cast.cso("Member")
    telegram.join(member, cast.forum)
    reference = await cast.asks(cso, "Who coordinates site planning in Juba this week?", "South Sudan")
    card = await cast.topic_card(reference)
    for verb in ("Claim", "Reply", "Close"):
        callback = await pressed(line, telegram.press(member, card, verb))
        assert "linked as staff" in callback.answer
    telegram.say(member, "I answer this: go away", cast.forum, card.thread)
    await alive(line)
    assert f"{reference} · new" in (await cast.topic_card(reference)).text
    assert not [text for text in cast.seen(cso) if "go away" in text]


async def test_an_anonymous_administrator_is_nobody(line: Line) -> None:
    """Neither words nor presses of "Group" count; binding does not either."""
    telegram, cast = line.simulator.telegram, line.cast
    cso = cast.cso()
    reference = await cast.asks(cso, "Who coordinates site planning in Bor this week?", "South Sudan")
    card = await cast.topic_card(reference)
    ran = await line.running.command("invite", "desk", "region-saf", "--json")
    telegram.say_anonymously(cast.forum, f"/bind {ran.json['code']}")
    telegram.say_as_channel(cast.forum, -1_001_999, "News", f"/bind {ran.json['code']}", card.thread)
    telegram.say_anonymously(cast.forum, "I take this", card.thread)
    await alive(line)
    assert f"{reference} · new" in (await cast.topic_card(reference)).text
    assert [text for text in cast.seen(cast.forum) if "This chat is now the desk" in text] == []


async def test_a_desk_code_needs_rights_and_serves_once(line: Line) -> None:
    """A stranger with a code binds nothing; the one who may binds, and the code is then used up."""
    telegram, cast = line.simulator.telegram, line.cast
    stranger = cast.cso("Stranger")
    theirs = telegram.group(-1_002_000_000_101, "A stranger's group", administrators=(stranger,))
    ours = telegram.group(-1_002_000_000_102, "Chad desk", administrators=(cast.regional,))
    later = telegram.group(-1_002_000_000_103, "Another", administrators=(cast.regional,))
    said = (await line.running.command("invite", "desk", "mission-td", "--json")).json["code"]
    telegram.say(stranger, f"/bind {said}", theirs)
    await alive(line)
    assert cast.seen(theirs) == []
    telegram.say(cast.regional, f"/bind {said}", ours)
    await cast.until(lambda: cast.seen(ours), "the desk was not bound")
    telegram.say(cast.regional, f"/bind {said}", later)
    await alive(line)
    assert cast.seen(later) == []


async def test_an_invitation_that_has_expired_is_told_so(line: Line) -> None:
    """Fifteen days later the code opens nothing."""
    said = (await line.running.command("invite", "organisation", "CSO-0003", "--json")).json["code"]
    with sqlite3.connect(line.running.folder / "csobot.db", timeout=10) as connection:
        connection.execute("UPDATE invites SET expires_at = '2020-01-01 00:00:00' WHERE organisation = 'CSO-0003'")
    cso = line.cast.cso()
    line.simulator.telegram.say(cso, f"/start {said}")
    assert await line.cast.told(cso, "no longer valid")


async def test_in_any_other_group_the_bot_points_to_the_private_chat(line: Line) -> None:
    """It never answers a question where others read."""
    cso = line.cast.cso()
    group = line.simulator.telegram.group(-1_002_000_000_104, "Partners", members=(cso,))
    line.simulator.telegram.say(cso, "@csobot_demo_bot can you help us with tents?", group)
    told = await line.cast.in_group(group, "I answer in private")
    assert "t.me/csobot_demo_bot" in told.text


# Many at once.


async def test_a_hundred_messages_in_a_second(line: Line) -> None:
    """Every one is at the desk and acknowledged, in the order they were written."""
    telegram, cast = line.simulator.telegram, line.cast
    cso = cast.cso("Flood")
    reference = await cast.asks(cso, QUESTION)
    telegram.press(cso, await cast.told(cso, "which organisation are you from"), 0)
    telegram.press(cso, await cast.told(cso, "may we also send you"), 0)
    for number in range(100):
        telegram.say(cso, f"Site planning and camp coordination, block {number:03}")
    await cast.told(cso, f"Added to {reference}", times=100, within=60)
    slack, card = line.simulator.slack, await cast.card(reference)

    def all_there() -> list[str]:
        words = " ".join(cast.plain(each) for each in slack.messages(cast.channels["mission-ke"], card.ts))
        found = re.findall(r"camp coordination, block (\d+)", words)
        return found if len(found) == 100 else []

    assert await cast.until(all_there, "not all additions are at the desk") == [f"{n:03}" for n in range(100)]


async def test_a_second_question_while_the_first_waits_for_its_country(line: Line) -> None:
    """Neither is lost: both reach the desk."""
    telegram, cast = line.simulator.telegram, line.cast
    cso = cast.cso()
    telegram.say(cso, QUESTION)
    await cast.told(cso, "In which country")
    telegram.say(cso, "Where can our team get cholera vaccines for the clinic in Garissa?")
    await asyncio.sleep(0.5)
    telegram.say(cso, "Kenya")
    await cast.told(cso, "It is with")
    slack, channel = line.simulator.slack, cast.channels["mission-ke"]
    assert await cast.until(
        lambda: "cholera vaccines" in " ".join(map(cast.plain, slack.messages(channel))), f"lost: {cast.seen(cso)}"
    )


async def test_a_question_that_names_the_country_it_was_asked_for_is_kept(line: Line) -> None:
    """Asked for the country, somebody answers with more of the question: the country is taken, the words are kept."""
    telegram, cast = line.simulator.telegram, line.cast
    cso = cast.cso()
    telegram.say(cso, QUESTION)
    await cast.told(cso, "In which country")
    telegram.say(cso, "We work in Kenya, and who pays for the borehole there?")
    await cast.told(cso, "It is with the country office, Kenya")
    slack, channel = line.simulator.slack, cast.channels["mission-ke"]
    assert await cast.until(lambda: "borehole" in " ".join(map(cast.plain, slack.messages(channel))), "lost")


async def test_two_events_within_a_millisecond(line: Line) -> None:
    """The question and its addition leave the phone together: one query with both."""
    telegram, cast = line.simulator.telegram, line.cast
    cso = cast.cso()
    telegram.hold()
    telegram.say(cso, QUESTION)
    telegram.say(cso, "Kenya")
    telegram.release()
    assert await cast.told(cso, "It is with the country office, Kenya")


# In the end.


async def test_nothing_failed_stalled_or_was_refused(line: Line) -> None:
    """After all of the above: no error in the log, no busy loop, nothing that a platform would not take."""
    assert line.running.complaints == []
    # Forged presses cannot be answered; a stranger who was refused in a group never started the bot.
    expected = ("query is too old", "bot can't initiate conversation")
    assert [each for each in line.simulator.refusals if not any(why in each.reason for why in expected)] == []
    assert await line.running.metric("csobot_loop_stall_seconds") <= 0.1


async def test_nothing_of_it_is_in_the_log(line: Line) -> None:
    """Not a word of what anybody wrote, and no token, at log level debug."""
    app = line.simulator.slack.app
    hidden = [line.simulator.telegram.token, app.bot_token, app.app_token, app.signing_secret]
    said = ["site planning", "Garissa", "go away", "camp coordination, block", "cholera", "Ann</b>", "evil.example"]
    assert [word for word in (*hidden, *said) if word in line.running.log] == []
