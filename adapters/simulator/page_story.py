"""The strip "What just happened": the steps of one query, told from the rows of the database."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from adapters.simulator.page_cast import Cast
from adapters.simulator.page_words import Words
from bot.core.delivery import DeliveryState
from bot.core.query import EntryState, Query, Status
from bot.core.world import World, text_in
from storage.story import Line, Sending, Story, Telling


class State(StrEnum):
    """Where a step stands."""

    DONE = "done"
    NOW = "now"
    LATER = "later"
    TROUBLE = "trouble"


@dataclass(frozen=True, slots=True)
class Step:
    """One step of the way from a question to its answer."""

    name: str
    state: State
    #: In plain words; empty for what is still to come.
    says: str = ""
    at: datetime | None = None
    #: Staff side to look at, as query parameters; empty without one.
    look: Mapping[str, str] | None = None


@dataclass(frozen=True, slots=True)
class Office:
    """What the strip needs to know of the office, in words."""

    world: World
    cast: Cast
    #: (language, query) -> why it was routed there, as the CSO reads it.
    because: Callable[[str, Query], str]
    #: (language, desk id) -> the desk by its name.
    desk: Callable[[str, str], str]
    #: (language, reason) -> why a delivery failed.
    failure: Callable[[str, str], str]


class Teller:
    """Tells in one language."""

    def __init__(self, office: Office, words: Words, telling: Telling, zone: Callable[[datetime], datetime]) -> None:
        self.office = office
        self.words = words
        self.telling = telling
        self.zone = zone

    def person(self, number: int) -> str:
        """Somebody's name on this stage."""
        who = self.office.cast.called(*self.telling.people.get(number, ("", "")))
        return self.words(f"who_{who}") if who else self.words("who_somebody")

    def steps(self, story: Story) -> tuple[Step, ...]:
        """All steps of a query, those to come included."""
        done = [self._received(story), self._read(story), self._routed(story)]
        rest = [self._waiting(story), self._claimed(story), self._answered(story), self._rated(story)]
        return tuple(_only_one_now([*done, *rest]))

    def _received(self, story: Story) -> Step:
        platform = self.words(f"platform_{story.query.account}")
        says = self.words("story_received", who=self.person(story.query.person), platform=platform)
        return Step("received", State.DONE, says, story.query.asked_at)

    def _read(self, story: Story) -> Step:
        query = story.query
        language = self.words.language_name(query.language)
        if not query.topics or query.topics[0][0] == "triage":
            return Step("read", State.DONE, self.words("story_read_unclear", language=language))
        topic, share = query.topics[0]
        known = self.office.world.topics.get(topic)
        name = text_in(known.name, self.words.language) if known else topic
        says = self.words("story_read", language=language, topic=name, percent=round(share * 100))
        return Step("read", State.DONE, says)

    def _routed(self, story: Story) -> Step:
        query = story.query
        if query.status is Status.ASKED:
            asks = "story_asks_topic" if query.country else "story_asks_country"
            return Step("routed", State.NOW, self.words(asks, who=self.person(query.person)))
        because = self.office.because(self.words.language, query)
        moved = any(line.event == "moved" for line in story.lines)
        says = self.words("story_moved" if moved else "story_routed", because=because)
        return Step("routed", State.DONE, says)

    def _waiting(self, story: Story) -> Step:
        query = story.query
        if not query.desk:
            return Step("waiting", State.LATER)
        desk = self.office.desk(self.words.language, query.desk)
        due = self.words.moment(self.zone(query.due_at), "EEE HH:mm") if query.due_at else ""
        late = bool(due) and query.mark_at is None and query.answered_at is None
        key = "story_late" if late else "story_waiting" if due else "story_waiting_plain"
        state = State.TROUBLE if late else State.NOW if query.status is Status.NEW else State.DONE
        return Step("waiting", state, self.words(key, desk=desk, due=due), look=self._look(query.desk))

    def _look(self, desk: str) -> Mapping[str, str]:
        channel = self.office.cast.channels.get(desk)
        return {"persona": "liaison", "channel": channel.id} if channel else {"persona": "regional"}

    def _claimed(self, story: Story) -> Step:
        claims = [line for line in story.lines if line.event == "claimed"]
        if not story.query.holder:
            return Step("claimed", State.LATER)
        says = self.words("story_claimed", who=self.person(story.query.holder))
        return Step("claimed", State.DONE, says, claims[-1].at if claims else story.query.claimed_at)

    def _answered(self, story: Story) -> Step:
        line = story.last_answer
        if line is None and story.query.status is Status.CLAIMED:
            return Step("delivered", State.NOW, self.words("story_writing", who=self.person(story.query.holder)))
        if line is None:
            return Step("delivered", State.LATER)
        sending = story.answers.get(line.entry)
        state, key = _delivery(line, sending)
        failure = self.office.failure(self.words.language, sending.reason) if sending and sending.reason else ""
        at = sending.settled_at if sending and sending.state is DeliveryState.SENT else line.at
        who = self.person(story.query.person)
        return Step("delivered", state, self.words(key, who=who, reason=failure), at)

    def _rated(self, story: Story) -> Step:
        rating = story.query.rating
        if not rating:
            return Step("rated", State.LATER)
        key = "story_rated" if story.query.rating_shared else "story_rated_privately"
        return Step("rated", State.DONE, self.words(key, who=self.person(story.query.person), rating=rating))


def _delivery(line: Line, sending: Sending | None) -> tuple[State, str]:
    """How an answer stands, and the words for it."""
    if line.state is EntryState.UNDONE:
        return State.NOW, "story_undone"
    if line.state is EntryState.FAILED:
        return State.TROUBLE, "story_failed"
    if sending is None or (line.state is EntryState.PENDING and sending.attempts == 0):
        return State.NOW, "story_pending"
    match sending.state:
        case DeliveryState.SENT:
            return State.DONE, "story_delivered"
        case DeliveryState.QUEUED | DeliveryState.SENDING:
            return (State.TROUBLE, "story_retrying") if sending.attempts > 1 else (State.NOW, "story_leaving")
        case DeliveryState.UNCERTAIN:
            return State.TROUBLE, "story_uncertain"
        case DeliveryState.CANCELLED:
            return State.NOW, "story_undone"
        case _:
            return State.TROUBLE, "story_failed"


def _only_one_now(steps: list[Step]) -> list[Step]:
    """What comes after the first step that is not done is still to come, unless it happened already."""
    seen = False
    told = []
    for step in steps:
        if step.state is State.NOW and seen:
            told.append(Step(step.name, State.LATER, step.says, step.at, step.look))
        else:
            told.append(step)
        seen = seen or step.state is State.NOW
    return told
