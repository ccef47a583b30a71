"""What Slack sends, in our words."""

import json
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from adapters.slack import inbound
from bot.core.channel import AccountInfo
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
    Standing,
    Submitted,
    Unheard,
)

US = AccountInfo("slack", "UBOT", "T1")
NOW = datetime(2026, 11, 23, tzinfo=UTC)


def translated(body: object) -> Event:
    return inbound.translate(json.dumps(body).encode(), "id", NOW, US)


def callback(inner: object, **outer: object) -> dict[str, object]:
    return {"type": "event_callback", "team_id": "T1", "event_id": "Ev1", "event": inner, **outer}


def message(text: str = "hello", channel: str = "D1", **more: object) -> dict[str, object]:
    return {"type": "message", "channel": channel, "user": "U1", "team": "T1", "text": text, "ts": "1.1", **more}


def press(**more: object) -> dict[str, object]:
    return {
        "type": "block_actions",
        "trigger_id": "13.1.abc",
        "user": {"id": "U1", "name": "amina", "team_id": "T1"},
        "team": {"id": "T1"},
        "channel": {"id": "C1"},
        "container": {"type": "message", "message_ts": "2.2", "channel_id": "C1"},
        "message": {"ts": "2.2", "thread_ts": "1.1"},
        "actions": [{"type": "button", "action_id": "button-0", "value": "tok"}],
        "response_url": "https://hooks.example/secret",
        "token": "verification",
        **more,
    }


def submission(place: object) -> dict[str, object]:
    return {
        "type": "view_submission",
        "trigger_id": "13.2.abc",
        "user": {"id": "U1", "team_id": "T1"},
        "view": {
            "id": "V1",
            "hash": "1.x",
            "private_metadata": json.dumps(place),
            "state": {
                "values": {
                    "answer": {"value": {"type": "plain_text_input", "value": "Yes & no"}},
                    "desk": {"value": {"type": "static_select", "selected_option": {"value": "mission-ke"}}},
                    "note": {"value": {"type": "plain_text_input", "value": None}},
                }
            },
        },
    }


def test_dm_is_private_and_one_conversation() -> None:
    """A reply in a thread of a DM belongs to the same conversation as the DM."""
    event = translated(callback(message(thread_ts="0.9", channel_type="im")))
    assert (event.place, event.address) == (Place.PRIVATE, Address("slack", "D1"))


def test_channel_thread_is_its_own_conversation() -> None:
    """A message in a thread of a channel has the thread in its address."""
    event = translated(callback(message(channel="C1", thread_ts="0.9")))
    assert (event.place, event.address) == (Place.GROUP, Address("slack", "C1", "0.9"))


def test_first_message_of_a_thread_is_in_the_channel() -> None:
    """A thread's first message carries its own ts as thread_ts once somebody replied."""
    assert translated(callback(message(channel="C1", thread_ts="1.1"))).address == Address("slack", "C1")


@pytest.mark.parametrize(
    ("sent", "read"),
    [
        ("Fish &amp; chips &lt;3 &gt;", "Fish & chips <3 >"),
        ("see <http://iom.int|iom.int>", "see iom.int"),
        ("see <https://iom.int/a>", "see https://iom.int/a"),
        ("see <https://evil.example|your bank>", "see your bank (https://evil.example)"),
        ("<mailto:a@b.org|a@b.org>", "a@b.org"),
        ("ask <@U2>", "ask @U2"),
        ("in <#C2|general>", "in #general"),
        ("<!here> <!subteam^S1|@mission>", "@here @mission"),
        ("&amp;lt;", "&lt;"),
        ("half \ud83d pair and \x00 nul", "half \ufffd pair and  nul"),
    ],
)
def test_text_reads_as_on_the_screen(sent: str, read: str) -> None:
    """Slack's escapes, links and mentions become what the person saw."""
    assert translated(callback(message(sent))).content == Said(read, message="1.1")


def test_own_mention_is_taken_out_and_noticed() -> None:
    """Naming the bot addresses it and is not part of what is said."""
    content = translated(callback(message("<@UBOT>: where is my query?", "C1"))).content
    assert content == Said("where is my query?", message="1.1", to_bot=True)


def test_mention_and_its_message_are_one_event() -> None:
    """Slack tells of a mention twice, with different event ids; the second is a repetition."""
    plain = inbound.raw(callback(message("<@UBOT> hi", "C1")), US)
    mention = inbound.raw(callback(message("<@UBOT> hi", "C1") | {"type": "app_mention"}, event_id="Ev2"), US)
    assert plain is not None
    assert mention is not None
    assert plain.event_id == mention.event_id


@pytest.mark.parametrize(
    "inner",
    [
        message(bot_id="B1"),
        message(user="UBOT"),
        message(subtype="channel_join"),
        message(subtype="bot_message", bot_id="B2"),
        message(subtype="message_deleted", deleted_ts="1.0"),
        {"type": "message", "subtype": "message_changed", "channel": "C1", "message": message(), "ts": "9.9"},
        {
            "type": "message",
            "subtype": "message_changed",
            "channel": "C1",
            "message": message(attachments=[{}]),
            "previous_message": message(),
        },
        {"type": "reaction_added", "user": "U1"},
        {"type": "member_joined_channel", "user": "U1", "channel": "C1"},
        {"type": "tokens_revoked"},
    ],
)
def test_what_is_of_no_use_is_not_stored(inner: dict[str, object]) -> None:
    """Own messages, other bots, joins, deletions, link previews and reactions are dropped."""
    assert inbound.raw(callback(inner), US) is None


def test_edit_replaces_the_message() -> None:
    """A person's edit says the new text of the same message, under an event id of its own."""
    changed = {
        "type": "message",
        "subtype": "message_changed",
        "channel": "C1",
        "ts": "9.9",
        "message": message("new", thread_ts="0.9"),
        "previous_message": message("old", thread_ts="0.9"),
    }
    raw = inbound.raw(callback(changed), US)
    assert raw is not None
    event = inbound.translate(raw.payload, raw.event_id, NOW, US)
    assert (event.id, event.content) == ("Ev1", Said("new", message="1.1", edited=True))
    assert event.address == Address("slack", "C1", "0.9")


@pytest.mark.parametrize(
    ("inner", "outer", "standing"),
    [
        (message(), {}, Standing.UNKNOWN),
        (message(user_team="T2"), {}, Standing.FOREIGN),
        (message(team="T2"), {}, Standing.FOREIGN),
        (message(), {"is_ext_shared_channel": True}, Standing.FOREIGN),
    ],
)
def test_payload_can_prove_a_stranger_but_no_member(
    inner: dict[str, object], outer: dict[str, object], standing: Standing
) -> None:
    """Another team or an externally shared channel makes FOREIGN; nothing in a payload makes MEMBER."""
    assert translated(callback(inner, **outer)).sender.standing is standing


def test_files_come_with_the_message() -> None:
    """A photo and a voice clip are known as such, with size, address and seconds."""
    files = [
        {"id": "F1", "name": "a.jpg", "mimetype": "image/jpeg", "size": 7, "url_private_download": "https://f/a"},
        {"id": "F2", "name": "v", "subtype": "slack_audio", "mimetype": "video/mp4", "duration_ms": 2600},
        {"id": "F3", "name": "x.pdf", "mimetype": "application/pdf", "is_external": True, "url_private": "https://x/"},
    ]
    content = translated(callback(message("", subtype="file_share", files=files))).content
    assert isinstance(content, Said)
    assert content.files == (
        FileRef("F1", "a.jpg", FileKind.PHOTO, 7, "https://f/a"),
        FileRef("F2", "v", FileKind.VOICE, seconds=3),
        FileRef("F3", "x.pdf", FileKind.DOCUMENT, url="https://x/"),
    )


@pytest.mark.parametrize(("typed", "said"), [("status Q-1", "/status Q-1"), ("", "/help"), ("/stop", "/stop")])
def test_slash_command_is_a_command_in_words(typed: str, said: str) -> None:
    """`/csobot WORD rest` is `/WORD rest`; alone it asks for help."""
    body = {
        "command": "/csobot",
        "text": typed,
        "channel_id": "D1",
        "user_id": "U1",
        "user_name": "amina",
        "team_id": "T1",
        "trigger_id": "1.2.x",
    }
    event = translated(body)
    assert event.content == Said(said, trigger="1.2.x", to_bot=True)
    assert (event.sender.user, event.place) == ("U1", Place.PRIVATE)


def test_button_carries_token_message_and_trigger() -> None:
    """A press names its button's value, the message below which it stands, and what allows a modal."""
    event = translated(press())
    assert event.content == Pressed("tok", "2.2", "13.1.abc")
    assert event.address == Address("slack", "C1", "1.1")


def test_press_by_another_team_is_foreign() -> None:
    """The team of who pressed counts, not the team of the channel."""
    event = translated(press(user={"id": "U7", "team_id": "T2"}))
    assert event.sender.standing is Standing.FOREIGN


def test_modal_brings_its_place_and_values() -> None:
    """Slack sends no channel with a modal; it carries its own, and each field under its name."""
    event = translated(submission({"token": "tok", "channel": "C1", "thread": "1.1"}))
    assert event.address == Address("slack", "C1", "1.1")
    assert event.content == Submitted("tok", {"answer": "Yes & no", "desk": "mission-ke", "note": ""}, "13.2.abc")


@pytest.mark.parametrize(
    ("inner", "content"),
    [
        ({"type": "member_left_channel", "user": "U1", "channel": "C1"}, Membership(Change.LEFT)),
        ({"type": "member_left_channel", "user": "UBOT", "channel": "C1"}, Membership(Change.GONE)),
        ({"type": "member_joined_channel", "user": "UBOT", "channel": "C1"}, Membership(Change.BACK)),
        ({"type": "channel_left", "channel": "C1"}, Membership(Change.GONE)),
        ({"type": "channel_id_changed", "old_channel_id": "C1", "new_channel_id": "C2"}, Migrated("C2")),
    ],
)
def test_membership(inner: dict[str, object], content: object) -> None:
    """Who left, whether we are in the channel, and where it went."""
    event = translated(callback(inner))
    assert (event.content, event.address) == (content, Address("slack", "C1"))


def test_stored_payload_holds_nothing_to_act_with() -> None:
    """The address to answer to and the verification token are left out of what is stored."""
    raw = inbound.raw(press(), US)
    assert raw is not None
    assert b"hooks.example" not in raw.payload
    assert b"verification" not in raw.payload


def test_each_press_is_an_event_and_each_repetition_is_not() -> None:
    """Presses differ by their trigger, the same press sent again does not."""
    ids = [inbound.raw(press(trigger_id=trigger), US) for trigger in ("1.1", "1.1", "1.2")]
    assert [raw.event_id == ids[0].event_id for raw in ids if raw and ids[0]] == [True, True, False]


def test_conversation_is_dm_channel_or_thread() -> None:
    """Order is kept within a DM, within a thread, and within a channel outside its threads."""
    inners = (message(thread_ts="0.9"), message(channel="C1", thread_ts="0.9"), message(channel="C1"))
    raws = [inbound.raw(callback(inner), US) for inner in inners]
    assert [raw.conversation for raw in raws if raw] == ["slack:D1", "slack:C1:0.9", "slack:C1"]


@pytest.mark.parametrize("payload", [b"", b"{", b"[1]", b"null", b"\xff\xfe", b"[" * 100_000, b'{"type": []}'])
def test_broken_payload_is_unheard(payload: bytes) -> None:
    """Whatever cannot be read is dropped, never an exception."""
    assert isinstance(inbound.translate(payload, "id", NOW, US).content, Unheard)


JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.text(max_size=20)
    | st.sampled_from(["C1", "D1", "<@UBOT> x", "1.1"]),
    lambda below: (
        st.lists(below, max_size=4)
        | st.dictionaries(
            st.sampled_from(
                ["type", "event", "message", "user", "text", "channel", "files", "actions", "view", "state", "values"]
            ),
            below,
            max_size=6,
        )
    ),
    max_leaves=25,
)
WHOLE = (callback(message(files=[{"id": "F1"}])), press(), submission({"token": "t", "channel": "C1"}))


@settings(max_examples=150, deadline=None)
@given(st.sampled_from(WHOLE), st.data())
def test_translate_never_raises(whole: dict[str, object], data: st.DataObject) -> None:
    """A payload with any part of it replaced by anything is still an event that UTF-8 can hold."""
    body = json.loads(json.dumps(whole))
    inner = body.get("event", body)
    inner[data.draw(st.sampled_from(sorted(inner)))] = data.draw(JSON)
    event = translated(body)
    inbound.raw(body, US)
    assert str(event).encode()


def profile(**changed: object) -> dict[str, object]:
    """A `user_change` as Slack sends it: with everything that stands in a profile."""
    private = {"phone": "+41 22 000 00 00", "email": "amina@example.org", "real_name": "Amina"}
    user = {"id": "U1", "team_id": "T1", "name": "amina", "deleted": False, "profile": private, **changed}
    return callback({"type": "user_change", "user": user, "cache_ts": 1764000000, "event_ts": "1764000000.000100"})


@pytest.mark.parametrize(
    ("changed", "change"),
    [
        ({"deleted": True}, Change.CLOSED),
        ({"is_restricted": True, "is_ultra_restricted": False}, Change.GUEST),
        ({"is_restricted": True, "is_ultra_restricted": True}, Change.GUEST),
        ({"deleted": True, "is_restricted": True}, Change.CLOSED),
    ],
)
def test_an_account_that_was_closed_or_became_a_guests(changed: dict[str, object], change: Change) -> None:
    """Whose it is stands in both the sender and the address, so that changes of one account keep their order."""
    event = translated(profile(**changed))
    assert (event.content, event.sender.user, event.address) == (Membership(change), "U1", Address("slack", "U1"))


@pytest.mark.parametrize("changed", [{}, {"is_restricted": False}, {"deleted": True, "is_bot": True}, {"id": 7}])
def test_other_changes_of_a_profile_are_not_stored(changed: dict[str, object]) -> None:
    """Somebody who changes their picture is nobody's business."""
    assert inbound.raw(profile(**changed), US) is None


def test_of_a_profile_neither_names_nor_numbers_are_stored() -> None:
    """Not even sealed, and not even until it is handled."""
    raw = inbound.raw(profile(deleted=True), US)
    assert raw is not None
    assert [word for word in ("+41", "amina", "Amina", "example.org") if word in raw.payload.decode()] == []
    assert inbound.translate(raw.payload, raw.event_id, NOW, US).content == Membership(Change.CLOSED)


@pytest.mark.parametrize(
    ("inner", "removed"),
    [
        ({"type": "app_uninstalled"}, True),
        ({"type": "tokens_revoked", "tokens": {"oauth": [], "bot": ["UBOT"]}}, True),
        ({"type": "tokens_revoked", "tokens": {"oauth": ["U1"], "bot": []}}, False),
    ],
)
def test_our_app_was_removed(inner: dict[str, object], removed: bool) -> None:
    """A person who withdraws their own token removes nothing of ours."""
    event = translated(callback(inner))
    assert (event.content == Membership(Change.REMOVED)) == removed
    assert not removed or event.address == Address("slack", "T1")
