"""Digests: who gets one, when, and what it tells; each exactly once."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa

from bot.core.absence import Absence
from bot.core.digest import DigestRules, EmptyDigest
from bot.core.message import Message, Pressed
from bot.core.message_json import load_message
from bot.core.person import Person, Role, StaffRole
from bot.core.query import Entry, EntryKind, Status
from bot.core.working_time import WorkingTime
from bot.services import digests
from storage import absences, people, queries, working_times
from storage.database import Database
from storage.desk_tables import digests as made_rows
from storage.desk_tables import watchers
from storage.sealing import ProcessSeal
from storage.tables import deliveries
from tests.services.office import Office, change, open_office, person

#: Tuesday 24 March 2026, 08:30 in Nairobi: the day of the mission begins.
MORNING = datetime(2026, 3, 24, 5, 30, tzinfo=UTC)
DAY = timedelta(days=1)


@pytest.fixture
def office(database: Database, seal: ProcessSeal, tmp_path: Path) -> Office:
    """The day before; the liaison of the Kenyan mission reads in private and has had digests."""
    opened = open_office(database, seal, tmp_path / "files", MORNING - DAY)
    database.run_sync(lambda tx: people.note_chat(tx, "slack", "ULIA", "DLIA"))
    make(opened)
    opened.deliver()
    return opened


def make(office: Office) -> int:
    return office.database.run_sync(lambda tx: digests.send_due(tx, office.setup, office.now))


def told(office: Office, chat: str = "DLIA") -> list[Message]:
    """The digests in a chat, in order."""
    found = deliveries.select().where(deliveries.c.chat == chat, deliveries.c.source.startswith("digest:"))
    rows = office.database.run_sync(lambda tx: tx.execute(found.order_by(deliveries.c.id)).all())
    return [load_message(row.message) for row in rows]


def next_morning(office: Office) -> Message:
    """What the liaison reads on Tuesday morning."""
    office.now = MORNING
    make(office)
    return told(office)[-1]


def ask(office: Office, number: int) -> None:
    for each in range(number):
        office.say(f"private: Where is the camp, question {each}?")
        office.later(hours=1)
    office.deliver()


def part(message: Message, name: str) -> list[str]:
    """References in a part of a digest."""
    found = message.fields[name]
    assert isinstance(found, dict)
    if "rows" in found:
        return [row["reference"] for row in found["rows"]]
    return list(found["references"])


def test_the_morning_tells_what_there_is_to_do(office: Office) -> None:
    """Overdue, due today, unclaimed for later, waiting, and what came since they left."""
    ask(office, 5)
    me = person(office, "ULIA")
    change(office, 1, due_at=MORNING - DAY)
    change(office, 2, due_at=MORNING + timedelta(hours=3), status=Status.CLAIMED, holder=me)
    change(office, 3, due_at=MORNING + DAY)
    change(office, 4, due_at=None, status=Status.WAITING, holder=me, waiting_since=MORNING - DAY)
    change(office, 5, due_at=MORNING + DAY, asked_at=MORNING - timedelta(hours=2))
    digest = next_morning(office)
    assert {name: part(digest, name) for name in ("overdue", "today", "unclaimed", "waiting", "came")} == {
        "overdue": ["Q-0001"],
        "today": ["Q-0002"],
        "unclaimed": ["Q-0003", "Q-0005"],
        "waiting": ["Q-0004"],
        "came": ["Q-0005"],
    }


def test_a_colleagues_work_is_not_theirs(office: Office) -> None:
    """What somebody else has is due to somebody else."""
    ask(office, 1)
    change(office, 1, due_at=MORNING - DAY, status=Status.CLAIMED, holder=person(office, "UBAK"))
    assert next_morning(office).fields["busy"] is False


def test_what_they_watch_is_told_by_the_last_that_happened(office: Office) -> None:
    """What others did since they left."""
    ask(office, 1)
    me, colleague = person(office, "ULIA"), person(office, "UBAK")
    change(office, 1, status=Status.CLAIMED, holder=colleague, due_at=MORNING + DAY)
    night = MORNING - timedelta(hours=8)
    lines = [
        Entry(query=1, kind=EntryKind.EVENT, text="claimed", at=night, author=colleague),
        Entry(query=1, kind=EntryKind.REPLY, text="On Wednesday.", at=night, author=colleague),
    ]
    office.database.run_sync(lambda tx: tx.execute(sa.insert(watchers).values(query=1, person=me, at=night)))
    for line in lines:
        office.database.run_sync(lambda tx, line=line: queries.add_entry(tx, line))
    assert next_morning(office).fields["watched"] == [{"reference": "Q-0001", "what": "reply"}]


def test_long_parts_are_counted(office: Office) -> None:
    """Five are named; forty open queries are no wall of text."""
    ask(office, 7)
    for number in range(1, 8):
        change(office, number, due_at=MORNING - DAY)
    overdue = next_morning(office).fields["overdue"]
    assert isinstance(overdue, dict)
    assert (len(overdue["rows"]), overdue["count"], overdue["more"]) == (5, 7, 2)


def test_an_empty_desk_is_one_line(office: Office) -> None:
    """Without buttons."""
    digest = next_morning(office)
    assert (digest.template, digest.fields["busy"], digest.buttons) == ("digests.morning", False, ())


def test_an_office_may_say_nothing_of_an_empty_desk(office: Office) -> None:
    """It is not made up for later in the day either."""
    before = len(told(office))
    quiet = replace(office.setup.world.office, digests=DigestRules(empty=EmptyDigest.NOTHING))
    office.setup = replace(office.setup, world=replace(office.setup.world, office=quiet))
    office.now = MORNING
    make(office)
    ask(office, 1)
    make(office)
    assert len(told(office)) == before


def test_the_evening_is_for_whoever_wants_it(office: Office) -> None:
    """Half an hour before the day ends: what was answered, what is open, what is due next."""
    ask(office, 3)
    me = person(office, "ULIA")
    change(office, 1, status=Status.ANSWERED, holder=me, answered_at=MORNING + timedelta(hours=2), due_at=None)
    change(office, 2, status=Status.CLAIMED, holder=me, due_at=MORNING + DAY)
    change(office, 3, due_at=MORNING + 3 * DAY)
    next_morning(office)
    office.database.run_sync(lambda tx: working_times.save(tx, WorkingTime(person=me, evening=True)))
    office.now = datetime(2026, 3, 24, 13, 30, tzinfo=UTC)
    make(office)
    digest = told(office)[-1]
    assert (digest.template, part(digest, "answered"), part(digest, "tomorrow")) == (
        "digests.evening",
        ["Q-0001"],
        ["Q-0002"],
    )
    assert (digest.fields["by_reader"], digest.fields["mine"], digest.fields["unclaimed"]) == (1, 1, 1)


def test_who_switched_it_off_gets_none(office: Office) -> None:
    """Until they switch it on again."""
    before = len(told(office))
    me = person(office, "ULIA")
    office.database.run_sync(lambda tx: working_times.save(tx, WorkingTime(person=me, morning=False)))
    office.now = MORNING
    make(office)
    assert len(told(office)) == before


def test_a_manager_reads_how_the_desks_stand(office: Office) -> None:
    """Open, unclaimed and overdue by desk, and the promises that were not kept since they left."""
    me = person(office, "ULIA")
    office.database.run_sync(lambda tx: people.add_role(tx, StaffRole(person=me, role=Role.MANAGER, region="EHA")))
    ask(office, 2)
    change(office, 1, due_at=MORNING - DAY, broken_at=MORNING - timedelta(hours=3))
    digest = next_morning(office)
    assert digest.fields["loads"] == [{"desk": "mission-ke", "open": 2, "unclaimed": 2, "overdue": 1}]
    assert part(digest, "broken") == ["Q-0001"]


def test_nothing_of_a_sensitive_query_is_told(office: Office) -> None:
    """Its reference only: neither who asked nor about what."""
    ask(office, 1)
    change(office, 1, sensitive=True, due_at=MORNING - DAY)
    overdue = next_morning(office).fields["overdue"]
    assert isinstance(overdue, dict)
    assert (overdue["rows"][0]["organisation"], overdue["rows"][0]["topic"]) == ("", "")


def test_the_lists_are_behind_its_buttons(office: Office) -> None:
    """Pressed in the private chat."""
    ask(office, 1)
    digest = next_morning(office)
    office.hear(office.event("ULIA", Pressed(digest.buttons[0].token, "1"), "DLIA", account="slack"))
    assert office.templates("DLIA")[-1] == "lists.page"


def test_on_slack_no_private_chat_is_needed(office: Office) -> None:
    """Who never wrote to the bot is reached by their user name there."""
    next_morning(office)
    assert [each.template for each in told(office, "UBAK")] == ["digests.morning", "digests.morning"]


def test_a_new_colleague_begins_tomorrow(office: Office) -> None:
    """Linked in the middle of the day, nobody is wished a good morning at once."""

    def link(user: str) -> None:
        new = office.database.run_sync(lambda tx: people.add(tx, Person(language="en"), "slack", user, "DNEW"))
        role = StaffRole(person=new.id, role=Role.FOCAL_POINT, desk="mission-ke")
        office.database.run_sync(lambda tx: people.add_role(tx, role))

    link("UNEW")
    office.now = MORNING + timedelta(hours=3)
    make(office)
    on_the_first_day = len(told(office, "DNEW"))
    office.now = MORNING + DAY
    make(office)
    assert (on_the_first_day, len(told(office, "DNEW"))) == (0, 1)


def test_many_replicas_make_one(office: Office) -> None:
    """Four at once, each of which finds it due."""
    before = len(told(office))
    office.now = MORNING
    with ThreadPoolExecutor(4) as replicas:
        list(replicas.map(lambda _: make(office), range(4)))
    assert len(told(office)) == before + 1


# Two weeks of three people in three zones.

#: A Sunday; clocks go forward in Zurich on the 29th.
BEGIN, END = datetime(2026, 3, 22, tzinfo=UTC), datetime(2026, 4, 5, tzinfo=UTC)
#: Nothing runs on Wednesday morning.
DOWN = (datetime(2026, 3, 25, 4, tzinfo=UTC), datetime(2026, 3, 25, 9, tzinfo=UTC))
AWAY = (datetime(2026, 3, 24, 7, tzinfo=UTC), datetime(2026, 3, 26, 12, tzinfo=UTC))
STEP = timedelta(minutes=30)
PEOPLE = {"UKE": "mission-ke", "ULY": "mission-ly", "UCH": "dmm-ibm"}

#: Monday to Friday in Nairobi, from 08:30; Friday 3 April is a holiday; on the 25th as soon as somebody was up again.
NAIROBI = [
    *("2026-03-23T05:30", "2026-03-24T05:30", "2026-03-25T09:00", "2026-03-26T05:30", "2026-03-27T05:30"),
    *("2026-03-30T05:30", "2026-03-31T05:30", "2026-04-01T05:30", "2026-04-02T05:30"),
]
#: Sunday to Thursday in Tripoli; Sunday 22 March is a holiday.
TRIPOLI = [
    *("2026-03-23T06:30", "2026-03-24T06:30", "2026-03-25T09:00", "2026-03-26T06:30"),
    *("2026-03-29T06:30", "2026-03-30T06:30", "2026-03-31T06:30", "2026-04-01T06:30", "2026-04-02T06:30"),
]
#: The evenings of the same days, half an hour before five.
TRIPOLI_EVENINGS = [f"{moment[:10]}T14:30" for moment in TRIPOLI]
#: Monday to Friday in Zurich, from 08:30 by the clock on the wall; away from Tuesday on, back on Thursday at noon.
ZURICH = [
    *("2026-03-23T07:30", "2026-03-26T12:00", "2026-03-27T07:30"),
    *("2026-03-30T06:30", "2026-03-31T06:30", "2026-04-01T06:30", "2026-04-02T06:30", "2026-04-03T06:30"),
]


@pytest.fixture
def fortnight(database: Database, seal: ProcessSeal, tmp_path: Path) -> Office:
    """Two weeks later, looked at every half hour by two replicas, with five hours in which nothing ran."""
    opened = open_office(database, seal, tmp_path / "files", BEGIN)
    for user, desk in PEOPLE.items():
        new = database.run_sync(lambda tx, user=user: people.add(tx, Person(language="en"), "slack", user, f"D{user}"))
        role = StaffRole(person=new.id, role=Role.FOCAL_POINT, desk=desk)
        database.run_sync(lambda tx, role=role: people.add_role(tx, role))
    zurich, tripoli = person(opened, "UCH"), person(opened, "ULY")
    database.run_sync(lambda tx: absences.add(tx, Absence(person=zurich, begins=AWAY[0], ends=AWAY[1])))
    database.run_sync(lambda tx: working_times.save(tx, WorkingTime(person=tripoli, evening=True)))
    while opened.now < END:
        if not DOWN[0] <= opened.now < DOWN[1]:
            make(opened)
            make(opened)
        opened.now += STEP
    return opened


def when(office: Office, user: str, kind: str) -> list[str]:
    """When the digests of a kind were queued for somebody."""
    named = deliveries.c.source.startswith(f"digest:{kind}:")
    found = sa.select(deliveries.c.due).where(deliveries.c.chat == f"D{user}", named).order_by(deliveries.c.id)
    moments = office.database.run_sync(lambda tx: tx.scalars(found).all())
    return [moment.strftime("%Y-%m-%dT%H:%M") for moment in moments]


def test_two_weeks_of_three_people_in_three_zones(fortnight: Office) -> None:
    """Each morning of work as it begins by their own clock, exactly once; none on days off, holidays and while away;
    late after downtime."""
    found = {user: when(fortnight, user, "morning") for user in PEOPLE}
    assert found == {"UKE": NAIROBI, "ULY": TRIPOLI, "UCH": ZURICH}
    assert {user: when(fortnight, user, "evening") for user in PEOPLE} == {
        "UKE": [],
        "ULY": TRIPOLI_EVENINGS,
        "UCH": [],
    }
    rows = fortnight.database.run_sync(lambda tx: tx.execute(sa.select(made_rows.c.person)).all())
    theirs = [row for row in rows if row.person in {person(fortnight, user) for user in PEOPLE}]
    assert len(theirs) == len(NAIROBI) + len(TRIPOLI) + len(TRIPOLI_EVENINGS) + len(ZURICH)
