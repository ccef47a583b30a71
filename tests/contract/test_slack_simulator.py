"""The adapter against the simulator: what it sends is what Slack takes, what it hears is what people did."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path

import aiohttp
import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from adapters.simulator.server import ForeignHost, Simulator
from adapters.simulator.slack_state import ChannelKind, Guest
from adapters.slack.channel import SlackChannel
from bot.core.channel import (
    Answer,
    FileNotTaken,
    FormField,
    Op,
    Outgoing,
    Raw,
    Rendered,
    RenderedButton,
    RenderedForm,
    Unreachable,
)
from bot.core.message import (
    Address,
    Change,
    Event,
    FileKind,
    FileRefusal,
    Membership,
    Place,
    Pressed,
    Said,
    Standing,
    StoredFile,
    Submitted,
)

NOW = datetime(2026, 11, 23, tzinfo=UTC)


class Desk:
    """A simulated workspace with the adapter connected to it."""

    def __init__(self, simulator: Simulator, session: aiohttp.ClientSession) -> None:
        self.world = simulator.slack
        self.raws: dict[str, Raw] = {}
        self.amina = self.world.user("UAMINA", "Amina", locale="fr-FR")
        self.channel = self.world.channel("CDESK", "mission-ke", members=[self.amina])
        self.adapter = SlackChannel(
            account="slack",
            bot_token=self.world.app.bot_token,
            app_token=self.world.app.app_token,
            signing_secret=self.world.app.signing_secret,
            session=session,
            accept=self.accept,
            base_url=simulator.slack_base_url,
        )

    async def accept(self, raws: list[Raw]) -> None:
        self.raws |= {raw.event_id: raw for raw in raws}

    async def heard(self) -> list[Event]:
        """What was heard, each event once, as the core gets it."""
        await self.world.settled()
        translated = [self.adapter.translate(raw.payload, raw.event_id, NOW) for raw in self.raws.values()]
        return [await self.adapter.vet(event) for event in translated]

    async def pressed(self) -> Event:
        """A press by Amina on a message in a thread of the desk."""
        root = self.world.say(self.amina, self.channel, "root")
        card = Rendered("Q-0001", (RenderedButton("Claim", "tok"),))
        await self.adapter.send(Outgoing(Op.POST, Address("slack", "CDESK", root.ts), card, delivery=1))
        await self.world.press(self.amina, self.world.from_bot(self.channel)[-1], "Claim")
        return next(event for event in await self.heard() if isinstance(event.content, Pressed))


class HttpDoor:
    """A web server that hands requests to the adapter, as the application's own does."""

    def __init__(self) -> None:
        self._server: TestServer | None = None

    async def open(self, adapter: SlackChannel) -> str:
        async def handle(request: web.Request) -> web.Response:
            answer = await adapter.handle(request.headers, await request.read())
            return web.Response(status=answer.status, headers=dict(answer.headers), body=answer.body)

        app = web.Application()
        app.router.add_post("/slack/events", handle)
        self._server = TestServer(app)
        await self._server.start_server()
        return str(self._server.make_url("/slack/events"))

    async def close(self) -> None:
        if self._server:
            await self._server.close()


@pytest.fixture
async def door() -> AsyncIterator[HttpDoor]:
    door = HttpDoor()
    yield door
    await door.close()


@pytest.fixture
async def simulator() -> AsyncIterator[Simulator]:
    async with Simulator() as simulator:
        yield simulator


@pytest.fixture
async def desk(simulator: Simulator) -> AsyncIterator[Desk]:
    async with aiohttp.ClientSession() as session:
        desk = Desk(simulator, session)
        await desk.adapter.start()
        yield desk
        await desk.adapter.stop()
        assert [str(refusal) for refusal in simulator.refusals if "not_in_channel" not in str(refusal)] == []


async def test_question_in_a_dm(desk: Desk) -> None:
    """Words, place, sender, name and language of a person's question."""
    desk.world.say(desk.amina, None, "How do I report <under> 5 & more?")
    (event,) = await desk.heard()
    assert isinstance(event.content, Said)
    assert (event.content.text, event.place) == ("How do I report <under> 5 & more?", Place.PRIVATE)
    assert (event.sender.standing, event.sender.name, event.sender.language) == (Standing.MEMBER, "Amina", "fr")


async def test_mention_is_heard_once(desk: Desk) -> None:
    """The message and the mention of it are one event, addressed to the bot."""
    desk.world.say(desk.amina, desk.channel, f"<@{desk.world.app.bot_user}> hello")
    (event,) = await desk.heard()
    assert isinstance(event.content, Said)
    assert (event.content.text, event.content.to_bot) == ("hello", True)


async def test_own_messages_are_not_heard(desk: Desk) -> None:
    """What we post comes back as an event and goes no further."""
    await desk.adapter.send(Outgoing(Op.POST, Address("slack", "CDESK"), Rendered("Hello")))
    assert await desk.heard() == []


async def test_edit_is_heard_as_an_edit(desk: Desk) -> None:
    """The second text replaces the first one of the same message."""
    message = desk.world.say(desk.amina, None, "first")
    await desk.world.settled()
    desk.world.edit(message, "second")
    events = await desk.heard()
    said = [event.content for event in events if isinstance(event.content, Said)]
    assert [(each.text, each.edited, each.message) for each in said] == [
        ("first", False, message.ts),
        ("second", True, message.ts),
    ]


@pytest.mark.parametrize("http", [False, True], ids=["socket", "http"])
async def test_slash_command(desk: Desk, http: bool, door: HttpDoor) -> None:
    """Typed in a DM, over either way in."""
    if http:
        desk.world.use_http(await door.open(desk.adapter))
    ack = await desk.world.command(desk.amina, None, "/csobot", "status Q-0001")
    (event,) = await desk.heard()
    assert (ack.ok, isinstance(event.content, Said) and event.content.text) == (True, "/status Q-0001")


async def test_forged_stale_and_repeated_over_http(desk: Desk, door: HttpDoor) -> None:
    """Forged and stale requests are refused, a repetition is the same event, the address proves itself."""
    desk.world.use_http(await door.open(desk.adapter))
    assert (await desk.world.verify_url()).ok
    assert (await desk.world.forge_event()).status == 401
    assert (await desk.world.stale_event()).status == 401
    desk.world.say(desk.amina, None, "once")
    await desk.world.settled()
    desk.world.redeliver()
    assert len(await desk.heard()) == 1


async def test_press_then_modal_then_submission(desk: Desk) -> None:
    """A button opens a form in time, and what is filled in comes back with token and place."""
    event = await desk.pressed()
    fields = (
        FormField("desk", "Desk", options=(("regional", "Regional office"), ("hq", "Headquarters"))),
        FormField("reason", "Reason", multiline=True),
    )
    form = RenderedForm("form-token", "Reassign", "Reassign", "Cancel", "The CSO reads the <reason>.", fields)
    await desk.adapter.answer(event, Answer(form=form))
    (view,) = desk.world.views(desk.amina)
    await desk.world.submit(desk.amina, view, {"desk": "Headquarters", "reason": "Global & urgent"})
    submitted = (await desk.heard())[-1]
    assert isinstance(submitted.content, Submitted)
    assert (submitted.content.token, submitted.address) == ("form-token", event.address)
    assert submitted.content.values == {"desk": "hq", "reason": "Global & urgent"}


async def test_notice_is_seen_by_the_one_who_pressed(desk: Desk) -> None:
    """Nobody else in the channel sees it."""
    await desk.adapter.answer(await desk.pressed(), Answer(notice=Rendered("Claimed by <b>Kenya liaison</b>")))
    assert [desk.world.plain(each) for each in desk.world.ephemerals(desk.amina)] == ["Claimed by *Kenya liaison*"]


@pytest.mark.parametrize(
    ("guest", "team", "shared", "standing"),
    [
        (Guest.NO, "", False, Standing.MEMBER),
        (Guest.SINGLE_CHANNEL, "", False, Standing.GUEST),
        (Guest.NO, "TOTHER", True, Standing.FOREIGN),
        (Guest.NO, "", True, Standing.FOREIGN),
    ],
)
async def test_who_presses(desk: Desk, guest: Guest, team: str, shared: bool, standing: Standing) -> None:
    """Guests, people of other workspaces and everybody in a shared channel are no members."""
    user = desk.world.user("UX", "Somebody", guest=guest, team=team)
    channel = desk.world.channel("CX", "x", members=[user], shared=shared)
    await desk.adapter.send(
        Outgoing(Op.POST, Address("slack", "CX"), Rendered("Q-0001", (RenderedButton("Claim", "tok"),)))
    )
    await desk.world.press(user, desk.world.from_bot(channel)[-1], "Claim")
    (event,) = await desk.heard()
    assert event.sender.standing is standing


async def test_hostile_text_rings_no_phone(desk: Desk) -> None:
    """Mentions in what a person wrote notify nobody."""
    text = f"&lt;!channel&gt; &lt;@{desk.amina.id}&gt; <b>&lt;!here|x&gt;</b> @here"
    await desk.adapter.send(Outgoing(Op.POST, Address("slack", "CDESK"), Rendered(text)))
    assert desk.world.notifications == []


async def test_many_buttons_and_a_long_text_are_accepted(desk: Desk) -> None:
    """Everything we build passes the checks of a message."""
    rendered = Rendered("<b>Word</b> &amp; more. " * 500, tuple(RenderedButton("L" * 99, f"t{n}") for n in range(60)))
    await desk.adapter.send(Outgoing(Op.POST, Address("slack", desk.amina.id), rendered))
    assert len(desk.world.from_bot(desk.world.direct(desk.amina))) == 1


async def test_edit_and_delete(desk: Desk) -> None:
    """A card changes its words and buttons, and goes."""
    card = Outgoing(Op.POST, Address("slack", "CDESK"), Rendered("open", (RenderedButton("Claim", "t"),)))
    ts = await desk.adapter.send(card)
    await desk.adapter.send(Outgoing(Op.EDIT, card.to, Rendered("claimed"), target=ts))
    (shown,) = desk.world.from_bot(desk.channel)
    assert (desk.world.plain(shown), desk.world.buttons(shown)) == ("claimed", [])
    await desk.adapter.send(Outgoing(Op.DELETE, card.to, Rendered(""), target=ts))
    assert desk.world.from_bot(desk.channel) == []


async def test_archived_channel_is_unreachable(desk: Desk) -> None:
    """Slack's word is the reason."""
    channel = desk.world.channel("COUT", "elsewhere", members=[desk.amina], bot=False)
    with pytest.raises(Unreachable, match="not_in_channel"):
        await desk.adapter.send(Outgoing(Op.POST, Address("slack", channel.id), Rendered("x")))


async def test_files_both_ways(desk: Desk, tmp_path: Path) -> None:
    """A person's file is fetched whole, and ours arrives in their DM with its caption."""
    sent = desk.world.file(desk.amina, "Budget é.pdf", b"%PDF" * 100_000, "application/pdf")
    desk.world.say(desk.amina, None, "see", files=[sent])
    (event,) = await desk.heard()
    assert isinstance(event.content, Said)
    (ref,) = event.content.files
    await desk.adapter.fetch(ref, tmp_path / "in")  # type: ignore[arg-type]
    assert (tmp_path / "in").read_bytes() == b"%PDF" * 100_000
    stored = StoredFile("sha", "Budget é.pdf", FileKind.DOCUMENT, "application/pdf", 400_000)
    upload = Outgoing(
        Op.UPLOAD, Address("slack", desk.amina.id), Rendered("<b>Back</b>"), file=stored, path=tmp_path / "in"
    )
    await desk.adapter.send(upload)
    (got,) = desk.world.from_bot(desk.world.direct(desk.amina))
    assert [(file.name, len(file.content)) for file in got.files] == [("Budget é.pdf", 400_000)]


@pytest.mark.parametrize("how", ["external_url", "redirect"])
async def test_files_elsewhere_are_not_fetched(desk: Desk, tmp_path: Path, how: str) -> None:
    """Neither an external file's host nor the target of a redirect is ever asked."""
    async with ForeignHost() as foreign:
        file = desk.world.file(desk.amina, "a.pdf", b"x", **{how: f"{foreign.url}/a.pdf"})  # type: ignore[arg-type]
        desk.world.say(desk.amina, None, "", files=[file])
        (event,) = await desk.heard()
        assert isinstance(event.content, Said)
        with pytest.raises(FileNotTaken) as caught:
            await desk.adapter.fetch(event.content.files[0], tmp_path / "a")  # type: ignore[arg-type]
    assert caught.value.why in (FileRefusal.FOREIGN_HOST, FileRefusal.UNAVAILABLE)
    assert foreign.visits == []


async def test_leaving_a_desk_and_being_removed_from_it(desk: Desk) -> None:
    """A member who left, and we."""
    private = desk.world.channel("GDESK", "safe", kind=ChannelKind.PRIVATE, members=[desk.amina])
    desk.world.leave(desk.amina, desk.channel)
    desk.world.remove_bot(private, desk.amina)
    contents = [event.content for event in await desk.heard()]
    assert contents == [Membership(Change.LEFT), Membership(Change.GONE)]


@pytest.mark.parametrize("reason", ["refresh_requested", "warning", ""])
async def test_sockets_are_restarted_without_loss(desk: Desk, reason: str) -> None:
    """Slack closes the sockets, and what is said meanwhile is heard."""
    desk.world.deliverer.retry_after = (0.2, 0.5, 5.0)
    await desk.world.disconnect_sockets(reason)
    desk.world.say(desk.amina, None, "still there?")
    assert len(await desk.heard()) == 1


@pytest.mark.parametrize(
    ("end", "change"), [("deactivate", Change.CLOSED), ("make_guest", Change.GUEST)], ids=["closed", "guest"]
)
async def test_an_account_that_is_closed_or_becomes_a_guests(desk: Desk, end: str, change: Change) -> None:
    """Heard once, of the right person; what Slack said of them before is asked anew."""
    desk.world.say(desk.amina, None, "hello")
    assert [event.sender.standing for event in await desk.heard()] == [Standing.MEMBER]
    getattr(desk.world, end)(desk.amina)
    changed = (await desk.heard())[-1]
    assert (changed.content, changed.sender.user) == (Membership(change), desk.amina.id)
    assert (await desk.heard())[0].sender.standing is (Standing.GUEST if change is Change.GUEST else Standing.UNKNOWN)


async def test_an_account_that_is_a_members_again_is_not_heard_of(desk: Desk) -> None:
    """What rests is lifted by an administrator, not by the platform."""
    desk.world.make_guest(desk.amina, Guest.SINGLE_CHANNEL)
    desk.world.make_guest(desk.amina, Guest.NO)
    assert [event.content for event in await desk.heard()] == [Membership(Change.GUEST)]


async def test_the_app_is_removed(desk: Desk) -> None:
    """Both events of a removal are heard."""
    desk.world.uninstall()
    assert {event.content for event in await desk.heard()} == {Membership(Change.REMOVED)}
