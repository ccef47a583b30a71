"""A query that goes on in another one: lines, watchers, the earlier promise; and what is never put together."""

from dataclasses import replace
from pathlib import Path

import pytest

from bot.core.message import Place, Submitted
from bot.core.person import Connection, Person
from bot.core.query import Concern, EntryKind, Query, QueryOutcome, Status
from bot.core.turn import FormNeeded
from bot.core.verbs import Verb
from bot.services import cards, data, joining, verbs
from bot.services.acts import Act, HeldByOther
from bot.services.together import NoSuchQuery
from storage import people, queries, watchers
from storage.database import Database, Transaction
from storage.sealing import ProcessSeal
from tests.services.office import SURE, Office, change, notices, open_office
from tests.services.test_promises import NOW

pytestmark = pytest.mark.req("S0-C2")


@pytest.fixture
def office(database: Database, seal: ProcessSeal, tmp_path: Path) -> Office:
    """Two questions of the same person at the mission; the second came two hours later and is on its card."""
    opened = open_office(database, seal, tmp_path / "files", NOW)
    opened.say("Who coordinates site planning?")
    opened.deliver()
    opened.later(hours=2)
    second(opened)
    return opened


def second(office: Office, **changes: object) -> Query:
    """A second query like the first one, asked now."""

    def ask(tx: Transaction) -> Query:
        first = queries.get(tx, 1)
        new = replace(first, id=0, opened_by="telegram:second", asked_at=office.now, **changes)
        return queries.add(tx, new)

    return office.database.run_sync(ask)


def now_is(office: Office, number: int) -> Query:
    return office.database.run_sync(lambda tx: queries.get(tx, number))


def merge(office: Office, into: str = "Q-0002", user: str = "ULIA") -> None:
    """The liaison merges the first query into another one."""

    def work(tx: Transaction) -> None:
        person = people.known(tx, "slack", user)
        assert person is not None
        staff = people.staff(tx, person.id)
        assert staff is not None
        act = Act(
            tx=tx,
            setup=office.setup,
            now=office.now,
            key="slack:merge",
            person=person.id,
            staff=staff,
            query=queries.get(tx, 1),
            verb=Verb.MERGE,
            values={"query": into},
        )
        verbs.perform(act)

    office.database.run_sync(work)


def test_it_is_closed_and_says_where_it_goes_on(office: Office) -> None:
    """With an outcome of its own; the card offers nothing any more."""
    merge(office)
    gone = now_is(office, 1)
    assert (gone.status, gone.outcome, gone.merged_into) == (Status.CLOSED, QueryOutcome.MERGED, 2)
    assert next((each.template, each.buttons) for each in office.messages("C1")) == ("desk.card_merged", ())


def test_its_lines_stand_in_the_other_one(office: Office) -> None:
    """Marked with where they come from; only what happened stays behind."""
    merge(office)
    kept = office.database.run_sync(lambda tx: queries.timeline(tx, 2))
    gone = office.database.run_sync(lambda tx: queries.timeline(tx, 1))
    assert [(line.text, line.kind, line.fields.get("from")) for line in kept if line.kind is not EntryKind.EVENT] == [
        ("Who coordinates site planning?", EntryKind.ADDITION, "Q-0001")
    ]
    assert {line.kind for line in gone} == {EntryKind.EVENT}


def test_the_earlier_promise_counts(office: Office) -> None:
    """The CSO was promised it first."""
    change(office, 2, due_at=now_is(office, 1).due_at.replace(day=28))  # type: ignore[union-attr]
    promised = now_is(office, 1)
    merge(office)
    kept = now_is(office, 2)
    assert (kept.due_at, kept.mark_at, kept.clock_since) == (promised.due_at, promised.mark_at, promised.clock_since)


def test_a_later_promise_changes_nothing(office: Office) -> None:
    """The other one's was earlier."""
    change(office, 1, due_at=now_is(office, 1).due_at.replace(day=28))  # type: ignore[union-attr]
    before = now_is(office, 2)
    merge(office)
    assert now_is(office, 2).due_at == before.due_at


def test_the_cso_is_told_once(office: Office) -> None:
    """Both references, one message."""
    merge(office)
    told = [each for each in office.messages("500") if each.template == "conversation.merged"]
    assert [(each.fields["reference"], each.fields["other"]) for each in told] == [("Q-0001", "Q-0002")]


def test_later_words_go_to_the_one_that_goes_on(office: Office) -> None:
    """Whatever they answer, and with which reference."""
    merge(office)
    office.say("Also: when does the group meet?", SURE)
    assert office.database.run_sync(lambda tx: queries.timeline(tx, 2))[-1].text == "Also: when does the group meet?"


def test_whoever_watched_watches_on(office: Office) -> None:
    """The matter is the same."""
    office.database.run_sync(lambda tx: watchers.add(tx, 1, 3, office.now))
    merge(office)
    assert office.database.run_sync(lambda tx: watchers.of_query(tx, 2)) == (3,)


def test_what_was_answered_is_to_be_answered_again(office: Office) -> None:
    """The other question has no answer yet: somebody has it, and the clock runs."""
    change(office, 2, status=Status.ANSWERED, due_at=None, clock_since=None, mark_at=None, answered_at=office.now)
    merge(office)
    kept = now_is(office, 2)
    assert (kept.status, kept.due_at) == (Status.NEW, now_is(office, 1).due_at)


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"person": 2}, joining.OtherAsker),
        ({"sensitive": True}, joining.OneSensitive),
        ({"status": Status.CLOSED}, joining.NotOpen),
        ({"desk": "mission-et"}, NoSuchQuery),
        ({"desk": "confidential-desk"}, NoSuchQuery),
    ],
    ids=lambda each: str(each) if isinstance(each, dict) else "",
)
def test_what_stays_apart(office: Office, changes: dict[str, object], why: type[Exception]) -> None:
    """Another partner's, across what is sensitive, what is closed, and what is not theirs to see."""
    change(office, 2, **changes)
    with pytest.raises(why):
        merge(office)
    assert now_is(office, 1).merged_into == 0


def test_what_somebody_answers_for_keeps_its_own_answer(office: Office) -> None:
    """A complaint never disappears in another question."""
    change(office, 1, concern=Concern.COMPLAINT, owner=2)
    with pytest.raises(joining.OwnAnswer):
        merge(office)
    assert now_is(office, 1).status is Status.NEW


def test_it_does_not_go_on_in_itself(office: Office) -> None:
    """There has to be another one."""
    with pytest.raises(NoSuchQuery):
        merge(office, "Q-0001")
    assert now_is(office, 1).merged_into == 0


def test_a_colleague_has_it(office: Office) -> None:
    """Theirs to merge."""
    change(office, 1, status=Status.CLAIMED, holder=3)
    with pytest.raises(HeldByOther):
        merge(office)
    assert now_is(office, 1).merged_into == 0


def test_the_answer_reaches_a_colleague_whose_question_went_on(office: Office) -> None:
    """Both asked, one answer, and each reads it."""

    def colleague(tx: Transaction) -> int:
        stated = Person(language="en", organisation="CSO-0001", connection=Connection.CONFIRMED, told_version="2026-11")
        return people.add(tx, stated, "telegram", "600", "600").id

    other = office.database.run_sync(colleague)
    change(office, 1, organisation="CSO-0001")
    change(office, 2, organisation="CSO-0001", person=other)
    merge(office)
    needed = _form(office, 2)
    office.hear(office.event("ULIA", Submitted(needed.token, {"text": "On Wednesday."}), "C1", Place.GROUP))
    office.later(seconds=11)
    office.deliver()
    office.deliver()
    assert "conversation.answer" in office.templates("600")
    assert "conversation.answer" in office.templates("500")


def _form(office: Office, number: int) -> FormNeeded:
    """The reply form of a query that was put up without a card."""
    office.database.run_sync(lambda tx: cards.post_query(tx, office.setup, queries.get(tx, number), office.now))
    office._look()
    needed = office.staff_press("reply")[0]
    assert isinstance(needed, FormNeeded), notices([needed])
    return needed


@pytest.mark.req("S0-O3b")
def test_words_in_a_colleagues_question_are_forgotten_too(office: Office) -> None:
    """/forgetme of one of the two: the other's question goes on without their words."""
    other = office.database.run_sync(
        lambda tx: people.add(tx, Person(language="en", organisation="CSO-0001"), "telegram", "600", "600").id
    )
    change(office, 1, organisation="CSO-0001")
    change(office, 2, organisation="CSO-0001", person=other)
    merge(office)
    office.database.run_sync(lambda tx: cards.post_query(tx, office.setup, queries.get(tx, 2), office.now))
    asker = now_is(office, 1).person
    office.database.run_sync(lambda tx: data.erase(tx, office.setup, _known(tx, asker), office.now))
    kept = office.database.run_sync(lambda tx: queries.timeline(tx, 2))
    posted = [str(value) for message in office.messages() for value in message.fields.values()]
    assert (now_is(office, 2).open, [line.text for line in kept if line.kind is EntryKind.ADDITION]) == (True, [""])
    assert not [words for words in posted if "site planning" in words]


def _known(tx: Transaction, number: int) -> Person:
    person = people.get(tx, number)
    assert person is not None
    return person
