"""What is in the ledger against what people saw: nothing lost, nothing twice that is not counted as a doubt."""

import re
from collections import Counter
from dataclasses import dataclass

import sqlalchemy as sa

from adapters.simulator.slack_state import SlackMessage
from bot.core.query import EntryKind
from storage import inbox
from storage.database import Transaction
from storage.tables import conversations, deliveries, desk_threads, entries, queries
from tests.acceptance.kill_stage import SlackDesk, Stage

ANSWER = re.compile(r"extension (\d{3})")


@dataclass(frozen=True, slots=True)
class Books:
    """What the database says."""

    #: Text of a question -> how many queries hold it.
    questions: Counter[str]
    #: Text of a reply -> how many replies hold it.
    replies: Counter[str]
    statuses: Counter[str]
    #: Deliveries by state, and doubts of each, by id.
    states: Counter[str]
    doubts: dict[int, int]
    #: Doubts of the card, and of the answer, by the text of the question.
    card_doubts: dict[str, int]
    answer_doubts: dict[str, int]
    #: Questions whose answer was in doubt twice: it is left to the focal point, who is told.
    uncertain_answers: frozenset[str]
    events_waiting: int
    events_failed: int
    leases: int

    @property
    def unfinished(self) -> int:
        return self.states["queued"] + self.states["sending"]


def read(tx: Transaction) -> Books:
    """Everything at one moment."""
    lines = tx.execute(sa.select(entries.c.query, entries.c.kind, entries.c.text, entries.c.id)).all()
    asked = {line.query: line.text for line in lines if line.kind == EntryKind.QUESTION}
    rows = tx.execute(sa.select(deliveries.c.id, deliveries.c.source, deliveries.c.state, deliveries.c.doubts)).all()
    doubts = {row.id: row.doubts for row in rows}
    sources = {f"reply:{line.id}": line.query for line in lines if line.kind == EntryKind.REPLY}
    answers = {asked[sources[row.source]]: row for row in rows if row.source in sources}
    places = tx.execute(sa.select(desk_threads.c.query, desk_threads.c.card)).all()
    waiting = sa.select(sa.func.coalesce(sa.func.sum(conversations.c.pending), 0))
    leased = sa.select(sa.func.count()).where(conversations.c.lease_by.is_not(None))
    return Books(
        questions=Counter(line.text for line in lines if line.kind == EntryKind.QUESTION),
        replies=Counter(line.text for line in lines if line.kind == EntryKind.REPLY),
        statuses=Counter(tx.execute(sa.select(queries.c.status)).scalars()),
        states=Counter(row.state for row in rows),
        doubts=doubts,
        card_doubts={asked[place.query]: doubts[place.card] for place in places},
        answer_doubts={question: row.doubts for question, row in answers.items()},
        uncertain_answers=frozenset(question for question, row in answers.items() if row.state == "uncertain"),
        events_waiting=int(tx.execute(waiting).scalar_one()),
        events_failed=inbox.failed(tx),
        leases=tx.execute(leased).scalar_one(),
    )


def answers_seen(stage: Stage) -> dict[int, list[int]]:
    """By partner, the numbers in all answers that reached them."""
    return {
        partner.number: [int(number) for text in stage.told(partner) for number in ANSWER.findall(text)]
        for partner in stage.partners
    }


def cards_seen(stage: Stage) -> Counter[str]:
    """How many messages at desks offer to reply to each question, whatever they were edited into since."""
    texts: list[str] = []
    for desk in stage.desks.values():
        if isinstance(desk, SlackDesk):
            slack = stage.simulator.slack
            texts += [slack.plain(each) for each in slack.from_bot(desk.channel, "")]
        else:
            texts += [each.text for each in stage.simulator.telegram.from_bot(desk.forum)]
    known = {partner.question for partner in stage.partners}
    return Counter(question for text in texts for question in known if question in text)


def slack_posts(stage: Stage) -> Counter[int]:
    """How often each delivery was posted on Slack: every post carries the delivery's id."""
    messages = [
        message
        for channel in list(stage.simulator.slack.state.channels.values())
        for message in stage.simulator.slack.history(channel)
    ]
    return Counter(number for message in messages if (number := _delivery(message)))


def _delivery(message: SlackMessage) -> int:
    payload = message.metadata.get("event_payload")
    number = payload.get("delivery") if isinstance(payload, dict) else 0
    return int(number) if isinstance(number, int | str) else 0
