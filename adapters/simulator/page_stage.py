"""Everything on the page at one moment, for the templates to draw."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import pairwise
from zoneinfo import ZoneInfo

from adapters.simulator import page_slack, page_telegram
from adapters.simulator.faults import Network
from adapters.simulator.limits import FloodLimits
from adapters.simulator.page_bubbles import Bubble
from adapters.simulator.page_cast import Cast
from adapters.simulator.page_slack import Form
from adapters.simulator.page_story import Office, Step, Teller
from adapters.simulator.page_view import CLOSED, Seen, View
from adapters.simulator.page_words import Words
from adapters.simulator.server import Simulator
from adapters.simulator.slack_state import SlackChannel, SlackUser
from storage.story import Matter, Story, Telling

#: The clock by which the stage's staff and Amina live.
ZONE = "Africa/Nairobi"


@dataclass(frozen=True, slots=True)
class Phone:
    """A CSO's phone."""

    who: str
    platform: str
    zone: ZoneInfo
    bubbles: tuple[Bubble, ...]
    #: Message id that the app offers to answer, and its words.
    reply_to: str = ""
    quoted: str = ""
    notices: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Place:
    """A channel or topic in a list."""

    id: str
    name: str
    unread: int
    current: bool
    #: Something was said there.
    busy: bool


@dataclass(frozen=True, slots=True)
class Desk:
    """The staff side as the chosen person sees it."""

    platform: str
    places: tuple[Place, ...]
    #: Id and name of the open channel or topic, and whose it is in words; empty when none is open.
    place: str
    name: str
    office: str
    bubbles: tuple[Bubble, ...]
    #: Slack: the open thread.
    root: str = ""
    thread: tuple[Bubble, ...] = ()
    form: Form | None = None
    #: Telegram: the message that the app offers to answer.
    reply_to: str = ""
    quoted: str = ""
    notices: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Trouble:
    """Which switches are on."""

    network: bool
    blocked: bool
    flood: bool


@dataclass(frozen=True, slots=True)
class Stage:
    """All of it."""

    view: View
    now: datetime
    phones: tuple[Phone, ...]
    desk: Desk
    #: Unread messages of each member of staff.
    badges: dict[str, int]
    story: Story | None
    steps: tuple[Step, ...]
    stories: tuple[Story, ...]
    matters: tuple[Matter, ...]
    unsent: int
    trouble: Trouble
    notices: tuple[str, ...]

    def day(self, bubbles: Sequence[Bubble], zone: ZoneInfo) -> set[str]:
        """Ids of the messages before which a new day begins."""
        local = [(each.id, each.at.astimezone(zone).date()) for each in bubbles]
        return {later[0] for earlier, later in pairwise(local) if earlier[1] != later[1]}


class Director:
    """Puts the stage together."""

    def __init__(self, simulator: Simulator, office: Office, notices: Callable[[str], tuple[str, ...]]) -> None:
        self.simulator = simulator
        self.office = office
        self.cast: Cast = office.cast
        self.seen = Seen()
        self._notices = notices

    def stage(self, view: View, words: Words, telling: Telling, now: datetime) -> Stage:
        """Everything as it is now."""
        desk, view = self._telegram_desk(view) if view.persona == "regional" else self._slack_desk(view, words)
        chosen = next((each for each in telling.stories if each.query.id == view.about), None)
        story = chosen or next(iter(telling.stories), None)
        teller = Teller(self.office, words, telling, lambda at: at.astimezone(ZoneInfo(ZONE)))
        return Stage(
            view=view,
            now=now.astimezone(ZoneInfo(ZONE)),
            phones=(self._amina(), self._basile()),
            desk=desk,
            badges=self._badges(),
            story=story,
            steps=teller.steps(story) if story else (),
            stories=telling.stories,
            matters=telling.matters,
            unsent=sum(telling.unsent.values()),
            trouble=self.trouble(),
            notices=self._notices("page"),
        )

    def trouble(self) -> Trouble:
        """How the switches stand."""
        telegram = self.simulator.telegram
        limited = telegram.state.limits != FloodLimits()
        return Trouble(telegram.faults.network is Network.DOWN, self.cast.amina.blocked, limited)

    # The phones

    def _amina(self) -> Phone:
        telegram, amina = self.simulator.telegram, self.cast.amina
        asked = page_telegram.waits_for_reply(telegram, amina, amina)
        return Phone(
            "amina",
            "telegram",
            ZoneInfo(ZONE),
            page_telegram.bubbles(telegram, amina, amina),
            str(asked.id) if asked else "",
            asked.text[:90] if asked else "",
            self._notices("amina"),
        )

    def _basile(self) -> Phone:
        slack, basile = self.simulator.slack, self.cast.basile
        bubbles = page_slack.channel_bubbles(slack, slack.direct(basile), basile)
        return Phone("basile", "slack", ZoneInfo(basile.tz), bubbles, notices=self._notices("basile"))

    # The staff side

    def _slack_desk(self, view: View, spoken: Words) -> tuple[Desk, View]:
        slack, viewer = self.simulator.slack, self.cast.on_slack(view.persona) or self.cast.liaison
        channels = {each.id: each for each in self.cast.channels.values()}
        channel = channels.get(view.channel) or self._newest_channel()
        view = replace(view, channel=channel.id if channel else "")
        bubbles = page_slack.channel_bubbles(slack, channel, viewer) if channel else ()
        roots = [each.root for each in bubbles if each.replies]
        root = view.root if view.root == CLOSED or view.root in {each.root for each in bubbles} else ""
        root = root or (roots[-1] if roots else "")
        view = replace(view, root=root)
        shown = root if root != CLOSED else ""
        if channel:
            self.seen.note(view.persona, channel.id, self._last(channel))
        return Desk(
            "slack",
            tuple(self._place(each, view) for each in channels.values()),
            channel.id if channel else "",
            channel.name if channel else "",
            self._office(spoken, channel),
            bubbles,
            shown,
            page_slack.thread_bubbles(slack, channel, shown, viewer) if channel and shown else (),
            page_slack.form(slack, viewer),
            notices=self._notices(view.persona),
        ), view

    def _office(self, spoken: Words, channel: SlackChannel | None) -> str:
        desk = next((name for name, each in self.cast.channels.items() if each is channel), "")
        return self.office.desk(spoken.language, desk) if desk else ""

    def _newest_channel(self) -> SlackChannel | None:
        busy = [each for each in self.cast.channels.values() if self._last(each)]
        return max(busy, key=self._last, default=None)

    def _last(self, channel: SlackChannel) -> float:
        return max((float(each.ts) for each in self.simulator.slack.from_bot(channel)), default=0.0)

    def _place(self, channel: SlackChannel, view: View) -> Place:
        unread = self._unread(view.persona, channel)
        return Place(channel.id, channel.name, unread, channel.id == view.channel, self._last(channel) > 0)

    def _unread(self, persona: str, channel: SlackChannel) -> int:
        until, viewer = self.seen.until(persona, channel.id), self._slack_user(persona)
        visible = self.simulator.slack.messages(channel)
        return sum(1 for each in visible if float(each.ts) > until and each.user != viewer.id)

    def _slack_user(self, persona: str) -> SlackUser:
        return self.cast.on_slack(persona) or self.cast.liaison

    def _telegram_desk(self, view: View) -> tuple[Desk, View]:
        telegram, viewer, forum = self.simulator.telegram, self.cast.regional, self.cast.forum
        topics = page_telegram.topics(telegram, forum)
        topic = next((each for each in topics if each.id == view.topic), topics[0] if topics else None)
        view = replace(view, topic=topic.id if topic else 0)
        asked = page_telegram.waits_for_reply(telegram, forum, viewer, topic.id) if topic else None
        if topic:
            self.seen.note("regional", str(topic.id), self._last_in(topic.id))
        places = [Place(str(each.id), each.name, self._unread_in(each.id), each is topic, busy=True) for each in topics]
        return Desk(
            "telegram",
            tuple(places),
            str(topic.id) if topic else "",
            topic.name if topic else "",
            "",
            page_telegram.bubbles(telegram, forum, viewer, topic.id) if topic else (),
            reply_to=str(asked.id) if asked else "",
            quoted=asked.text[:90] if asked else "",
            notices=self._notices("regional"),
        ), view

    def _last_in(self, topic: int) -> float:
        return float(max((each.id for each in self.simulator.telegram.messages(self.cast.forum, topic)), default=0))

    def _unread_in(self, topic: int) -> int:
        until = self.seen.until("regional", str(topic))
        every = [each for each in self.simulator.telegram.messages(self.cast.forum, topic) if not each.service]
        return sum(1 for each in every if each.id > until and each.sender is not self.cast.regional)

    def _badges(self) -> dict[str, int]:
        channels = self.cast.channels.values()
        on_slack = {name: sum(self._unread(name, each) for each in channels) for name in ("liaison", "backup")}
        topics = self.cast.forum.topics
        return on_slack | {"regional": sum(self._unread_in(topic) for topic in topics)}
