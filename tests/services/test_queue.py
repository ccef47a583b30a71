"""The queue of the console: who sees what, the tabs, the filters, and the search. On both databases."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import TypeVar

import pytest
import sqlalchemy as sa

from bot.core.errors import NotAllowed
from bot.core.permission import Viewer
from bot.core.person import Person, Role, StaffRole
from bot.core.query import Entry, EntryKind, Query, Status
from bot.services import data
from storage import people, query_words
from storage import queries as rows
from storage.database import Database, Transaction
from storage.desk_tables import watchers
from storage.reads import queue
from storage.reads.queue import Tab, Wanted
from storage.sealing import ProcessSeal
from tests.services.office import WORLD, Office, open_office

T = TypeVar("T")
CONFIDENTIAL = WORLD.office.confidential_desk


class Desk:
    """Queries as a test wants them, and somebody who looks at them."""

    def __init__(self, office: Office) -> None:
        self.office, self.now = office, office.now
        self.asker = self.run(lambda tx: people.known(tx, "telegram", "500"))
        self.made = 0

    def run(self, work: Callable[[Transaction], T]) -> T:
        return self.office.database.run_sync(work)

    def query(self, text: str = "Where is the camp?", desk: str = "mission-ke", **fields: object) -> Query:
        """At a desk, with these words."""
        assert self.asker is not None
        person, self.made = self.asker.id, self.made + 1
        blank = Query(
            id=0, opened_by=f"made:{self.made}", person=person, account="telegram", asked_at=self.now, country="KE"
        )
        wanted = replace(blank, desk=desk, topic="cccm", **{"status": Status.NEW, **fields})  # type: ignore[arg-type]
        return self.run(lambda tx: self._kept(tx, wanted, text))

    def _kept(self, tx: Transaction, wanted: Query, text: str) -> Query:
        query = rows.add(tx, wanted)
        line = Entry(query=query.id, kind=EntryKind.QUESTION, text=text, at=self.now, author=query.person)
        rows.add_entry(tx, line)
        return query

    def staff(self, *roles: StaffRole) -> Viewer:
        """A new member of staff with these roles, which get their number."""

        def settle(tx: Transaction) -> Viewer:
            person = people.add(tx, Person(language="en", name="Amber desk"), "slack", f"UNEW{self.made}", "")
            for role in roles:
                people.add_role(tx, replace(role, person=person.id))
            staff = people.staff(tx, person.id)
            assert staff is not None
            return Viewer(person=person.id, staff=staff, world=WORLD)

        self.made += 1
        return self.run(settle)

    def ids(self, who: Viewer, tab: Tab = Tab.EVERY, text: str = "", sort: str = "due", **filters: str) -> list[int]:
        wanted = Wanted(tab=tab, text=text, sort=sort, filters=filters, day_ends=self.now + timedelta(hours=10))
        return [row.id for row in self.run(lambda tx: queue.listed(tx, who, wanted, self.now)).rows]

    def counts(self, who: Viewer) -> dict[Tab, int]:
        wanted = Wanted(tab=Tab.EVERY, day_ends=self.now + timedelta(hours=10))
        return dict(self.run(lambda tx: queue.listed(tx, who, wanted, self.now)).counts)


@pytest.fixture
def desk(database: Database, seal: ProcessSeal, tmp_path: Path, now: datetime) -> Desk:
    return Desk(open_office(database, seal, tmp_path / "files", now))


def role(kind: Role = Role.FOCAL_POINT, **limit: str) -> StaffRole:
    return StaffRole(person=0, role=kind, **limit)


MANAGER = role(Role.MANAGER)
KENYA = role(desk="mission-ke")


# Who sees what.


def test_a_focal_point_sees_their_desk_and_no_other(desk: Desk) -> None:
    """What another desk has is not in the list."""
    here, _elsewhere = desk.query(), desk.query(desk="mission-et")
    assert desk.ids(desk.staff(KENYA)) == [here.id]


def test_a_manager_of_a_region_sees_the_desks_of_the_region(desk: Desk) -> None:
    """The regional office and its missions, and no desk elsewhere."""
    seen = [desk.query(desk=each).id for each in ("mission-ke", "mission-et", "region-eha")]
    desk.query(desk="region-amer")
    assert desk.ids(desk.staff(role(Role.MANAGER, region="EHA"))) == seen


@pytest.mark.parametrize("kind", [Role.FOCAL_POINT, Role.MANAGER])
def test_nobody_sees_what_the_confidential_desk_has(desk: Desk, kind: Role) -> None:
    """Not in the list, not in a count, not by its words, not by its number."""
    hidden = desk.query("A matter of zanzibarite", desk=CONFIDENTIAL)
    who = desk.staff(role(kind))
    found = [desk.ids(who), desk.ids(who, text="zanzibarite"), desk.ids(who, text=hidden.reference)]
    assert (found, desk.counts(who)[Tab.EVERY]) == ([[], [], []], 0)


@pytest.mark.parametrize("kind", [Role.EDITOR, Role.APPROVER, Role.ADMIN, Role.CONFIDENTIAL])
def test_other_roles_see_no_queries(desk: Desk, kind: Role) -> None:
    """Administrators do not by being administrators."""
    who = desk.staff(role(kind))
    with pytest.raises(NotAllowed):
        desk.ids(who)


def test_what_one_holds_at_another_desk_is_seen(desk: Desk) -> None:
    """It moved, and it is still in their hands."""
    who = desk.staff(KENYA)
    held = desk.query(desk="mission-et", status=Status.CLAIMED, holder=who.person)
    assert desk.ids(who) == [held.id]


def test_what_one_watches_at_another_desk_is_seen(desk: Desk) -> None:
    """A colleague asked them to keep an eye on it."""
    who, watched = desk.staff(KENYA), desk.query(desk="mission-et")
    desk.run(lambda tx: tx.execute(sa.insert(watchers).values(query=watched.id, person=who.person, at=desk.now)))
    assert desk.ids(who) == [watched.id]


def test_what_is_handled_in_the_chat_of_the_desk_is_seen(desk: Desk) -> None:
    """A mission without a chat of its own works in that of the desk above."""
    desk.office.say("How do we enter the camp?")
    desk.run(lambda tx: tx.execute(sa.text("UPDATE queries SET desk = 'mission-et'")))
    assert len(desk.ids(desk.staff(KENYA))) == 1


def test_a_desk_whose_chat_one_left_is_not_seen(desk: Desk) -> None:
    """Their role rests there."""
    desk.query()
    who = desk.staff(KENYA)
    resting = replace(who, staff=replace(who.staff, resting=frozenset({"mission-ke"})))
    assert desk.ids(resting) == []


def test_a_question_that_is_still_being_asked_is_nobody_s(desk: Desk) -> None:
    """It has no desk yet."""
    desk.query(status=Status.ASKED, desk="")
    assert desk.ids(desk.staff(MANAGER)) == []


# Tabs, filters, order.


def test_each_tab_holds_what_it_says(desk: Desk) -> None:
    """One query for each, and the counts beside the names."""
    who = desk.staff(role(Role.MANAGER), KENYA)
    soon, past = desk.now + timedelta(hours=2), desk.now - timedelta(hours=2)
    mine = desk.query(status=Status.CLAIMED, holder=who.person, due_at=desk.now + timedelta(days=3))
    unclaimed = desk.query(desk="mission-et", due_at=desk.now + timedelta(days=2))
    due = desk.query(status=Status.CLAIMED, holder=1, due_at=soon)
    overdue = desk.query(status=Status.CLAIMED, holder=1, due_at=past)
    waiting = desk.query(status=Status.WAITING, holder=1, waiting_since=past)
    snoozed = desk.query(status=Status.CLAIMED, holder=who.person, snoozed_until=soon)
    done = desk.query(status=Status.CLOSED)
    expected = {
        Tab.MINE: [mine],
        Tab.DESK: [overdue, due, mine, waiting, snoozed],
        Tab.EVERY: [overdue, due, unclaimed, mine, waiting, snoozed],
        Tab.UNCLAIMED: [unclaimed],
        Tab.DUE: [due],
        Tab.OVERDUE: [overdue],
        Tab.WAITING: [waiting],
        Tab.SNOOZED: [snoozed],
        Tab.DONE: [done],
    }
    assert {tab: desk.ids(who, tab) for tab in Tab} == {tab: [each.id for each in of] for tab, of in expected.items()}
    assert desk.counts(who) == {tab: len(of) for tab, of in expected.items() if tab is not Tab.DONE}


def test_a_query_that_was_put_off_is_back_when_its_promise_has_passed(desk: Desk) -> None:
    """No query is forgotten by putting it off."""
    who = desk.staff(KENYA)
    late = desk.query(
        status=Status.CLAIMED,
        holder=who.person,
        snoozed_until=desk.now + timedelta(days=1),
        due_at=desk.now - timedelta(minutes=1),
    )
    assert desk.ids(who, Tab.MINE) == [late.id]


@pytest.mark.parametrize(
    "by",
    [{"topic": "shelter"}, {"language": "fr"}, {"region": "AMER"}, {"desk": "mission-et"}, {"status": "claimed"}],
    ids=lambda by: next(iter(by)),
)
def test_each_filter_leaves_what_it_names(desk: Desk, by: dict[str, str]) -> None:
    """The other query is of another topic, language, region, desk and status."""
    desk.query()
    wanted = desk.query(
        desk="mission-et", country="HT", language="fr", status=Status.CLAIMED, holder=1, topics=(), policy="standard"
    )
    desk.run(lambda tx: rows.save(tx, replace(rows.get(tx, wanted.id), topic="shelter")))
    assert desk.ids(desk.staff(MANAGER), **by) == [wanted.id]


def test_what_is_due_first_stands_first_and_what_is_not_due_last(desk: Desk) -> None:
    """And the other way round when that is asked for; by reference too."""
    late, never, soon = desk.query(due_at=desk.now + timedelta(days=2)), desk.query(), desk.query(due_at=desk.now)
    who = desk.staff(MANAGER)
    orders = {sort: desk.ids(who, sort=sort) for sort in ("due", "-due", "asked", "-asked")}
    assert orders == {
        "due": [soon.id, late.id, never.id],
        "-due": [late.id, soon.id, never.id],
        "asked": [late.id, never.id, soon.id],
        "-asked": [soon.id, never.id, late.id],
    }


def test_a_row_names_the_holder_and_shows_the_beginning_of_the_question(desk: Desk) -> None:
    """Of a sensitive one it shows no word."""
    who = desk.staff(KENYA)
    plain = desk.query("  Kits are\nfinished", status=Status.CLAIMED, holder=who.person)
    hidden = desk.query("She is at risk", sensitive=True)
    shown = {
        row.id: (row.words, row.holder_name) for row in desk.run(lambda tx: queue.rows_of(tx, [plain.id, hidden.id]))
    }
    assert shown == {plain.id: ("Kits are finished", "Amber desk"), hidden.id: ("", "")}


def test_the_bar_counts_what_there_is_to_do(desk: Desk) -> None:
    """At one's own desks, answered and closed ones left out."""
    for status in (Status.NEW, Status.CLAIMED, Status.WAITING, Status.ANSWERED, Status.CLOSED):
        desk.query(status=status)
    desk.query(desk="mission-et")
    who = desk.staff(KENYA)
    assert desk.run(lambda tx: queue.open_count(tx, who)) == 3


# Search.


@pytest.mark.parametrize(
    "text",
    ["etude", "ÉTUDE", "étu", "reunion etude", "geneve", "مخيم", "hilfsgüter", "HILFSGUTER", "2026", "Q-0001", "1"],
)
def test_words_are_found_whatever_their_accents_and_case(desk: Desk, text: str) -> None:
    """By a whole word, by its beginning, by several, and by the reference."""
    found = desk.query("Étude sur la réunion à Genève en 2026; Hilfsgüter für مُخَيَّم")
    desk.query("Something else")
    assert desk.ids(desk.staff(MANAGER), text=text) == [found.id]


def test_every_word_must_be_there(desk: Desk) -> None:
    """One that is not there finds nothing."""
    desk.query("Shelter kits")
    assert desk.ids(desk.staff(MANAGER), text="shelter boats") == []


def test_notes_and_answers_are_found_too(desk: Desk) -> None:
    """In whichever line of the timeline the word stands; closed queries as well."""
    query = desk.query(status=Status.CLOSED)
    note = Entry(query=query.id, kind=EntryKind.NOTE, text="asked the warehouse", at=desk.now, author=1, source="a:b:1")
    desk.run(lambda tx: rows.add_entry(tx, note))
    who = desk.staff(MANAGER)
    before = desk.ids(who, text="warehouse camp")
    desk.run(lambda tx: rows.change_note(tx, "a:b:1", "asked the harbour"))
    assert (before, desk.ids(who, text="warehouse"), desk.ids(who, text="harbour")) == ([query.id], [], [query.id])


def test_queries_are_found_by_the_name_of_the_organisation(desk: Desk) -> None:
    """As staff know it."""
    known = WORLD.organisations[0]
    theirs = desk.query(organisation=known.id)
    desk.query()
    assert desk.ids(desk.staff(MANAGER), text=known.name) == [theirs.id]


@pytest.mark.parametrize(
    "text",
    [
        *('"', "'", "a OR b", "shelter NOT kits", "NEAR(a b)", "words:shelter", "-shelter", "shelter*", "(((", "^a"),
        *(
            "');DROP TABLE queries;--",
            "a & b | !c",
            ":*",
            "<->",
            "\\",
            "%",
            "_",
            "*",
            "🏕",
            "\u200b",
            "x" * 500,
            "a " * 300,
        ),
    ],
)
def test_a_hostile_search_is_only_words(desk: Desk, text: str) -> None:
    """Nothing breaks, nothing is found that is not there, and everything still stands."""
    desk.query("camp")
    who = desk.staff(MANAGER)
    assert (desk.ids(who, text=text), len(desk.ids(who))) == ([], 1)


def test_words_of_another_desk_are_not_found(desk: Desk) -> None:
    """Who may not see a query does not find it."""
    desk.query("Zwegedougou", desk="mission-et")
    assert desk.ids(desk.staff(KENYA), text="zwegedougou") == []


def test_the_words_of_a_sensitive_query_leave_the_index(desk: Desk) -> None:
    """At the moment when it becomes sensitive, and later lines do not come in."""
    query = desk.query("Zwegedougou")
    sensitive = desk.run(lambda tx: rows.save(tx, replace(query, sensitive=True)))
    line = Entry(query=sensitive.id, kind=EntryKind.ADDITION, text="Tamkaraba", at=desk.now, author=query.person)
    desk.run(lambda tx: rows.add_entry(tx, line))
    who = desk.staff(MANAGER)
    found = [desk.ids(who, text=text) for text in ("zwegedougou", "tamkaraba", query.reference)]
    assert found == [[], [], [query.id]]


def test_the_words_of_somebody_forgotten_leave_the_index(desk: Desk) -> None:
    """The index says what the timelines say."""
    query = desk.query("Zwegedougou")
    assert desk.asker is not None
    asker = desk.asker
    desk.run(lambda tx: data.erase(tx, desk.office.setup, asker, desk.now))
    who = desk.staff(MANAGER)
    assert (desk.ids(who, text="zwegedougou"), desk.ids(who, text=query.reference)) == ([], [query.id])


def test_words_that_are_too_old_leave_the_index(desk: Desk) -> None:
    """When the time is over for the texts."""
    query = desk.query("Zwegedougou")
    desk.run(lambda tx: rows.expire_texts(tx, query.id))
    assert desk.ids(desk.staff(MANAGER), text="zwegedougou") == []


def test_the_index_can_be_made_again(desk: Desk) -> None:
    """From the timelines alone: after an upgrade and after a backup was put back."""
    query = desk.query("Zwegedougou")
    desk.run(lambda tx: query_words.forget(tx, [query.id]))
    who = desk.staff(MANAGER)
    before = desk.ids(who, text="zwegedougou")
    desk.run(query_words.rebuild)
    assert (before, desk.ids(who, text="zwegedougou")) == ([], [query.id])


def test_words_come_in_with_the_message_that_brings_them(desk: Desk) -> None:
    """In its own transaction: what a CSO wrote is found at once."""
    desk.office.say("Where can we get mosquito nets in Kakuma?")
    assert len(desk.ids(desk.staff(KENYA), text="mosquito kakuma")) == 1
