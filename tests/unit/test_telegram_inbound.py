"""Telegram's updates in our words."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.telegram.inbound import ALLOWED_UPDATES, UNTAKEN, Me, parse, raw, translate
from bot.core.message import (
    Address,
    Change,
    Event,
    FileKind,
    FileRef,
    Membership,
    Migrated,
    Place,
    Pressed,
    Said,
    Sender,
    Standing,
    Unheard,
)

Json = dict[str, Any]

ME = Me("99", "OurBot")
NOON = datetime(2026, 12, 1, 12, tzinfo=UTC)
AMAL: Json = {"id": 42, "is_bot": False, "first_name": "Amal", "last_name": "Haddad", "language_code": "ar"}
PRIVATE: Json = {"id": 42, "type": "private", "first_name": "Amal"}
GROUP: Json = {"id": -1001234567890123, "type": "supergroup", "title": "Desk", "is_forum": True}
TOPIC: Json = {"message_thread_id": 77, "is_topic_message": True}


def read(update: object) -> Event:
    return translate("telegram", ME, json.dumps(update).encode(), "1", NOON)


def message(*parts: Json, chat: Json = PRIVATE, kind: str = "message", **fields: object) -> Event:
    body: Json = {"message_id": 7, "date": 1764590000, "from": AMAL, "chat": chat}
    for part in parts:
        body |= part
    return read({"update_id": 1, kind: body | fields})


def said(event: Event) -> Said:
    assert isinstance(event.content, Said)
    return event.content


def test_a_private_message() -> None:
    """Words, sender and address of a private chat."""
    assert message(text="Who helps?") == Event(
        "1",
        Address("telegram", "42"),
        Place.PRIVATE,
        Sender("42", "Amal Haddad", "ar", Standing.MEMBER),
        Said("Who helps?", message="7", to_bot=True),
        NOON,
    )


def test_a_message_in_a_topic() -> None:
    """The topic is part of the address, and that it was opened by a message of ours is no reply to us."""
    event = message(TOPIC, chat=GROUP, text="x", reply_to_message={"message_id": 77, "from": {"id": 99}})
    assert (Address("telegram", "-1001234567890123", "77"), Place.GROUP) == (event.address, event.place)
    assert (said(event).reply_to, said(event).to_bot) == ("", False)


def test_a_reply_chain_outside_topics_is_no_thread() -> None:
    """A thread id without is_topic_message belongs to a chain of replies, not to a topic."""
    assert message(chat=GROUP, text="x", message_thread_id=5).address.thread == ""


def test_a_topic_opening_is_told_by_its_kind_too() -> None:
    """A reply to the service message that opened a topic is no reply."""
    answered = {"message_id": 3, "from": {"id": 99}, "forum_topic_created": {"name": "x"}}
    assert said(message(TOPIC, chat=GROUP, text="x", reply_to_message=answered)).reply_to == ""


@pytest.mark.parametrize(
    ("text", "kept", "to_bot"),
    [
        ("/claim", "/claim", True),
        ("/claim@OurBot now", "/claim now", True),
        ("/claim@ourbot", "/claim", True),
        ("/claim@OtherBot now", "/claim@OtherBot now", False),
        ("/start abc-DEF_1", "/start abc-DEF_1", True),
        ("hello @ourbot!", "hello @ourbot!", True),
        ("hello @ourbots", "hello @ourbots", False),
        ("mail me@ourbot.org", "mail me@ourbot.org", False),
        ("hello", "hello", False),
        ("/", "/", False),
        ("/ñandú", "/ñandú", False),
    ],
)
def test_who_is_meant_in_a_group(text: str, kept: str, to_bot: bool) -> None:
    """A command of ours loses our name; a mention or a command for nobody else means us."""
    assert (kept, to_bot) == (said(message(chat=GROUP, text=text)).text, said(message(chat=GROUP, text=text)).to_bot)


def test_an_answer_to_us_is_for_us() -> None:
    """A reply to a message of ours, in a group."""
    answer = said(message(chat=GROUP, text="yes", reply_to_message={"message_id": 5, "from": {"id": 99}}))
    assert (answer.reply_to, answer.to_bot) == ("5", True)


def test_an_answer_to_somebody_else_is_not_for_us() -> None:
    """A reply to another member keeps what it answers."""
    answer = said(message(chat=GROUP, text="yes", reply_to_message={"message_id": 5, "from": AMAL}))
    assert (answer.reply_to, answer.to_bot) == ("5", False)


def test_a_mention_by_link_is_for_us() -> None:
    """A text_mention entity names us without our user name."""
    entity = {"type": "text_mention", "offset": 0, "length": 3, "user": {"id": 99}}
    assert said(message(chat=GROUP, text="bot?", entities=[entity])).to_bot


@pytest.mark.parametrize(
    ("speaker", "standing"),
    [
        ({}, Standing.MEMBER),
        ({"from": {"id": 5, "is_bot": True, "first_name": "B"}}, Standing.BOT),
        ({"from": {"id": 1087968824, "is_bot": True, "first_name": "Group"}}, Standing.ANONYMOUS),
        ({"sender_chat": {"id": -100, "type": "channel", "title": "News"}}, Standing.ANONYMOUS),
        ({"from": None}, Standing.UNKNOWN),
        ({"from": {"first_name": "no id"}}, Standing.UNKNOWN),
    ],
)
def test_the_standing_of_a_sender(speaker: Json, standing: Standing) -> None:
    """Only a person who writes as themselves is a member."""
    assert standing is message(speaker, chat=GROUP, text="x").sender.standing


@pytest.mark.parametrize(
    ("fields", "ref"),
    [
        (
            {"voice": {"file_id": "v", "duration": 9, "file_size": 5}},
            FileRef("v", "voice.ogg", FileKind.VOICE, 5, "", 9),
        ),
        (
            {"document": {"file_id": "d", "file_name": "../план\n.pdf", "file_size": 1}},
            FileRef("d", "план.pdf", FileKind.DOCUMENT, 1),
        ),
        ({"audio": {"file_id": "a", "duration": 3}}, FileRef("a", "audio.mp3", seconds=3)),
        ({"video": {"file_id": "m", "duration": 3}}, FileRef("m", "video.mp4", seconds=3)),
        (
            {"animation": {"file_id": "g"}, "document": {"file_id": "g", "file_name": "a.mp4"}},
            FileRef("g", "a.mp4"),
        ),
        (
            {
                "photo": [
                    {"file_id": "small", "width": 90, "height": 60, "file_size": 1},
                    {"file_id": "large", "width": 1280, "height": 960, "file_size": 9},
                    {"file_id": "mid", "width": 320, "height": 240},
                ]
            },
            FileRef("large", "photo.jpg", FileKind.PHOTO, 9),
        ),
    ],
)
def test_a_file_with_its_caption(fields: Json, ref: FileRef) -> None:
    """Each kind of file comes once, in its best quality, the caption as its words."""
    content = said(message(fields, caption="see"))
    assert ("see", (ref,)) == (content.text, content.files)


@pytest.mark.parametrize("kind", UNTAKEN)
def test_what_is_not_taken_is_named(kind: str) -> None:
    """A sticker, a location and the like can be told that they are not taken."""
    assert Unheard(kind) == message({kind: {"x": 1}}).content


def test_a_service_message_gets_no_answer() -> None:
    """A pinned message or a new title is nothing to answer."""
    assert Unheard() == message(pinned_message={"message_id": 1}).content


def test_an_edit_is_known_as_one() -> None:
    """The same message with other words."""
    edit = said(message(kind="edited_message", text="better"))
    assert (edit.text, edit.message, edit.edited) == ("better", "7", True)


def test_a_moving_location_is_not_answered() -> None:
    """A live location is edited again and again."""
    assert Unheard() == message(kind="edited_message", location={"latitude": 1}).content


@pytest.mark.parametrize("date", [1764590000, 0])
def test_a_press(date: int) -> None:
    """A button below a message, one that Telegram no longer shows (date 0) included."""
    carrier = {"message_id": 8, "date": date, "chat": GROUP} | (TOPIC if date else {})
    event = read({"update_id": 1, "callback_query": {"id": "555", "from": AMAL, "message": carrier, "data": "tok"}})
    assert Pressed("tok", "8", "555") == event.content
    assert Address("telegram", "-1001234567890123", "77" if date else "") == event.address
    assert event.sender.user == "42"


def test_a_press_without_a_message() -> None:
    """A button of a message we never saw belongs to the private chat of who pressed it."""
    event = read({"update_id": 1, "callback_query": {"id": "5", "from": AMAL, "data": "t"}})
    assert Address("telegram", "42") == event.address


@pytest.mark.parametrize(
    ("before", "after", "content"),
    [
        ("member", "kicked", Membership(Change.GONE)),
        ("administrator", "left", Membership(Change.GONE)),
        ("kicked", "member", Membership(Change.BACK)),
        ("left", "administrator", Membership(Change.BACK)),
        ("member", "administrator", Unheard()),
        ("", "member", Membership(Change.BACK)),
        ("member", "", Unheard()),
    ],
)
def test_our_coming_and_going(before: str, after: str, content: object) -> None:
    """Blocked, unblocked, added, removed; a change of our rights is neither."""
    change = {"old_chat_member": {"status": before}, "new_chat_member": {"status": after}}
    assert content == message(change, kind="my_chat_member").content


@pytest.mark.parametrize("status", ["left", "kicked", "restricted"])
def test_a_member_who_left(status: str) -> None:
    """The sender is who left, not who removed them; whoever is restricted and no member has left too."""
    user = {"id": 66, "first_name": "Basil"}
    change = {"new_chat_member": {"status": status, "user": user, "is_member": False}}
    event = message(change, kind="chat_member", chat=GROUP)
    assert (Membership(Change.LEFT), "66") == (event.content, event.sender.user)


@pytest.mark.parametrize("status", ["member", "administrator", "restricted", ""])
def test_a_member_whose_rights_changed_is_still_one(status: str) -> None:
    """A promotion or a limit is no leaving."""
    user = {"id": 66, "first_name": "Basil"}
    change = {"new_chat_member": {"status": status, "user": user, "is_member": True}}
    assert message(change, kind="chat_member", chat=GROUP).content == Unheard()


def test_a_member_who_left_as_told_in_the_chat() -> None:
    """The service message says the same."""
    event = message(chat=GROUP, left_chat_member={"id": 66, "first_name": "Basil"})
    assert (Membership(Change.LEFT), "66") == (event.content, event.sender.user)


def test_we_who_left() -> None:
    """When it is us, we are gone."""
    assert Membership(Change.GONE) == message(chat=GROUP, left_chat_member={"id": 99}).content


def test_a_group_that_moved() -> None:
    """The old group tells the new id; the new one telling the old is no news."""
    assert Migrated("-1009999999999999") == message(chat=GROUP, migrate_to_chat_id=-1009999999999999).content
    assert Unheard() == message(chat=GROUP, migrate_from_chat_id=-5).content


@pytest.mark.parametrize(
    ("chat", "extra", "key"),
    [
        (PRIVATE, TOPIC, "telegram:42"),
        (GROUP, TOPIC, "telegram:-1001234567890123:77"),
        (GROUP, {"message_thread_id": 5}, "telegram:-1001234567890123"),
    ],
)
def test_what_is_handled_in_order(chat: Json, extra: Json, key: str) -> None:
    """A private chat, a topic, or a group as a whole."""
    stored = raw("telegram", {"update_id": 3, "message": {"chat": chat, "text": "x"} | extra})
    assert stored is not None
    assert ("3", key) == (stored.event_id, stored.conversation)


def test_a_stored_update_reads_as_it_came() -> None:
    """Storing loses nothing, in any script."""
    update = {"update_id": 3, "message": {"chat": PRIVATE, "text": "مرحبا 🌍"}}
    stored = raw("telegram", update)
    assert stored is not None
    assert update == json.loads(stored.payload)


@pytest.mark.parametrize("event_id", [None, "7", 1.5, True, [], 2**70])
def test_an_update_without_an_id_is_not_stored(event_id: object) -> None:
    """Only a whole number is an id."""
    assert raw("telegram", {"update_id": event_id, "message": {}}) is None


@pytest.mark.parametrize(
    ("text", "clean"),
    [("a\0b", "ab"), ("half \ud83c", "half �"), ("\u202eevil", "\u202eevil"), ("<b>&amp;", "<b>&amp;")],
)
def test_hostile_text_can_be_stored(text: str, clean: str) -> None:
    """No NUL and no half of a surrogate pair; the rest stays as it was written."""
    assert clean == said(message(text=text)).text
    clean.encode()


@pytest.mark.parametrize(
    "payload", [b"", b"{", b"\xff\xfe", b"[]", b"null", b"[" * 100_000, b"1" * 5_000, b'{"a":NaN}']
)
def test_a_payload_that_is_no_update(payload: bytes) -> None:
    """Broken JSON is Unheard, and never an exception."""
    assert Unheard() == translate("telegram", ME, payload, "1", NOON).content


@pytest.mark.parametrize(
    "kind", ["poll", "channel_post", "message_reaction", "inline_query", "guest_message", "new_in_2030"]
)
def test_an_update_of_another_kind(kind: str) -> None:
    """What we did not ask for is accepted and dropped."""
    assert Unheard() == read({"update_id": 1, kind: {"id": "5", "from": AMAL, "chat": GROUP, "text": "x"}}).content


LEAVES = (
    st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.sampled_from(["private", "member", "/x@y"])
)
NAMES = st.sampled_from(
    ["message_id", "chat", "from", "id", "type", "text", "caption", "photo", "voice", "document", "file_id", "user",
     "entities", "reply_to_message", "message", "data", "new_chat_member", "old_chat_member", "status", "sender_chat",
     "left_chat_member", "migrate_to_chat_id", "message_thread_id", "is_topic_message", "first_name", "sticker"]
)  # fmt: skip
ANYTHING = st.recursive(
    LEAVES, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES | st.text(max_size=3), inner, max_size=6)
)


@given(kind=st.sampled_from(ALLOWED_UPDATES) | st.text(max_size=5), body=ANYTHING, event_id=LEAVES)
def test_no_update_raises(kind: str, body: object, event_id: object) -> None:
    """Whatever is in an update, it becomes an event whose texts can be stored."""
    update = {"update_id": event_id, kind: body}
    event = read(update)
    repr(event).encode()
    if stored := raw("telegram", parse(json.dumps(update))):
        assert stored.conversation.startswith("telegram")


@given(
    first=st.text(max_size=300),
    last=st.text(max_size=300),
    text=st.text(min_size=1, alphabet=st.characters(codec="utf-8")),
)
def test_names_and_texts_of_any_kind(first: str, last: str, text: str) -> None:
    """Markup, mentions and writing directions in names and texts change nothing."""
    event = message({"from": {"id": 42, "first_name": first, "last_name": last}}, text=text)
    assert event.sender.user == "42"
    (event.sender.name + repr(event.content)).encode()
