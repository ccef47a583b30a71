"""What staff see of partners: lists with filters, one organisation's page, people, imports. On both databases."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import TypeVar

import pytest

from bot.core.errors import NotAllowed, Unknown
from bot.core.invitation import ConnectionState
from bot.core.organisation import Observer, OrganisationStatus
from bot.core.permission import Viewer
from bot.core.person import Connection, Invite, InviteKind, Person, Role, Staff, StaffRole
from bot.services import organisations as acts
from bot.services.organisations import By
from storage import addresses, invites, organisations, people
from storage.database import Database, Transaction
from storage.directory_tables import duplicates, merges
from storage.exchange_tables import import_changes, import_problems, imports
from storage.reads import imports as import_reads
from storage.reads import partner_page, partners
from storage.reads import people as people_reads
from storage.reads.partners import Wanted
from storage.sealing import ProcessSeal
from storage.tables import queries
from tests.services.office import WORLD, Office, open_office

T = TypeVar("T")


def viewer(role: Role, region: str = "") -> Viewer:
    roles = (StaffRole(person=7, role=role, region=region),)
    return Viewer(person=7, staff=Staff(person=7, roles=roles), world=WORLD)


MANAGER = viewer(Role.MANAGER)


class Eyes:
    """Somebody who looks at the lists."""

    def __init__(self, office: Office) -> None:
        self.office, self.now = office, office.now

    def run(self, work: Callable[[Transaction], T]) -> T:
        return self.office.database.run_sync(work)

    def ids(self, who: Viewer = MANAGER, text: str = "", sort: str = "name", **filters: str) -> list[str]:
        wanted = Wanted(text=text, filters=filters, sort=sort, rows=100)
        return [row.id for row in self.run(lambda tx: partners.listed(tx, who, wanted, self.now)).rows]

    def people(self, who: Viewer = MANAGER, text: str = "", sort: str = "name", **filters: str) -> list[str]:
        wanted = Wanted(text=text, filters=filters, sort=sort)
        return [row.name for row in self.run(lambda tx: people_reads.listed(tx, who, wanted, self.now)).rows]

    def page(self, organisation: str, who: Viewer = MANAGER) -> partner_page.PartnerPage:
        return self.run(lambda tx: partner_page.page(tx, who, organisation, self.now))

    def person(self, organisation: str, name: str, connection: Connection, chat: str = "") -> int:
        """A person of the organisation, with a Telegram chat where one is named."""
        made = Person(language="en", country="KE", organisation=organisation, connection=connection, name=name)
        return self.run(lambda tx: people.add(tx, made, "telegram", chat or f"user-{name}", chat)).id

    def invite(self, organisation: str, person: int, days: int = 14) -> None:
        kept = Invite(
            kind=InviteKind.ORGANISATION,
            organisation=organisation,
            person=person,
            made_at=self.now,
            expires_at=self.now + timedelta(days=days),
        )
        self.run(lambda tx: invites.add(tx, f"{organisation}{person}", kept))

    def change(self, organisation: str, **values: object) -> None:
        def work(tx: Transaction) -> None:
            known = organisations.get(tx, organisation)
            assert known
            organisations.save(tx, replace(known, **values), self.now)  # type: ignore[arg-type]

        self.run(work)


@pytest.fixture
def eyes(database: Database, seal: ProcessSeal, tmp_path: Path, now: datetime) -> Eyes:
    return Eyes(open_office(database, seal, tmp_path / "files", now))


def test_a_search_finds_name_acronym_id_and_domain_without_accents(eyes: Eyes) -> None:
    """Every word has to be there, in any of the four."""
    assert eyes.ids(text="solidarite LAC") == ["CSO-0043"]
    assert eyes.ids(text="sdl") == ["CSO-0043"]
    assert eyes.ids(text="cso-0043") == ["CSO-0043"]
    assert eyes.ids(text="sdl.example") == ["CSO-0043"]
    assert eyes.ids(text="solidarite harbour") == []


def test_signs_of_patterns_are_letters_in_a_search(eyes: Eyes) -> None:
    """A per cent sign finds names that have one, which none has."""
    assert eyes.ids(text="%") == eyes.ids(text="_") == []


@pytest.mark.req("S0-T0")
@pytest.mark.parametrize("code", list(WORLD.organisation_types)[:7])
def test_the_list_can_be_narrowed_to_one_type(eyes: Eyes, code: str) -> None:
    """Exactly the organisations of that type, and there are some."""
    wanted = {each.id for each in WORLD.organisations if each.type == code}
    assert set(eyes.ids(type=code)) == wanted != set()


@pytest.mark.parametrize(
    ("name", "value"),
    [("level", "regional"), ("language", "sw"), ("topic", "shelter"), ("observer", "applied"), ("listed", "no")],
)
def test_the_list_can_be_narrowed_by_facts(eyes: Eyes, name: str, value: str) -> None:
    """Each filter shows exactly those of whom it is true."""
    holds = {
        "level": lambda each: each.level == value,
        "language": lambda each: value in (each.language, *each.languages),
        "topic": lambda each: value in each.topics,
        "observer": lambda each: each.observer == value,
        "listed": lambda each: not each.listed,
    }[name]
    wanted = {each.id for each in WORLD.organisations if holds(each)}
    assert set(eyes.ids(**{name: value})) == wanted != set()


def test_a_country_is_where_one_is_based_or_works(eyes: Eyes) -> None:
    """An organisation of Kenya that also works in Peru is found under both."""
    eyes.change("CSO-0001", countries=("PE",))
    assert {"CSO-0001", "CSO-0024"} <= set(eyes.ids(country="PE"))
    assert "CSO-0001" in eyes.ids(region="EHA")
    assert "CSO-0024" not in eyes.ids(region="EHA")


def test_closed_records_are_shown_when_asked_for(eyes: Eyes) -> None:
    """The list of every day is without them."""
    eyes.change("CSO-0001", status=OrganisationStatus.CLOSED)
    assert "CSO-0001" not in eyes.ids()
    assert eyes.ids(status="closed") == ["CSO-0001"]
    assert len(eyes.ids(status="all")) == 60


@pytest.mark.req("S0-F2")
@pytest.mark.req("S1-R3a")
def test_the_list_follows_observer_status(eyes: Eyes) -> None:
    """The numbers of each state are those of the records, also after a change."""
    before = {state: len(eyes.ids(observer=state)) for state in Observer}
    eyes.change("CSO-0002", observer=Observer.APPLIED)
    after = {state: len(eyes.ids(observer=state)) for state in Observer}
    assert before == {"none": 50, "applied": 3, "observer": 7}
    assert after == {"none": 49, "applied": 4, "observer": 7}


def test_an_organisation_is_as_far_as_its_person_who_is_furthest(eyes: Eyes) -> None:
    """Connected, unreachable, invited, not yet; what a stranger claims counts for nothing."""
    eyes.person("CSO-0001", "Amina", Connection.CONFIRMED, "11")
    eyes.person("CSO-0002", "Zoé", Connection.CONFIRMED, "12")
    eyes.run(lambda tx: addresses.mark_unreachable(tx, "telegram", "12", "blocked", eyes.now))
    eyes.invite("CSO-0003", eyes.person("CSO-0003", "José", Connection.NONE))
    eyes.invite("CSO-0004", eyes.person("CSO-0004", "Nadia", Connection.NONE), days=0)
    eyes.person("CSO-0005", "Omar", Connection.CLAIMED, "15")
    found = {state: eyes.ids(connection=state) for state in ConnectionState}
    assert found[ConnectionState.CONNECTED] == ["CSO-0001"]
    assert found[ConnectionState.UNREACHABLE] == ["CSO-0002"]
    assert found[ConnectionState.INVITED] == ["CSO-0003"]
    assert {"CSO-0004", "CSO-0005"} <= set(found[ConnectionState.NOT_YET])
    rows = eyes.run(lambda tx: partners.listed(tx, MANAGER, Wanted(rows=100), eyes.now)).rows
    assert {row.id: row.state for row in rows if row.id in found[row.state]} == {row.id: row.state for row in rows}


def test_the_list_is_sorted_both_ways_and_cut_into_pages(eyes: Eyes) -> None:
    """Pages follow one another without a gap, and the count is that of all pages."""
    every = eyes.ids(sort="country")
    assert eyes.ids(sort="-country") == every[::-1]
    wanted = Wanted(sort="country", offset=20, rows=10)
    found = eyes.run(lambda tx: partners.listed(tx, MANAGER, wanted, eyes.now))
    assert ([row.id for row in found.rows], found.count) == (every[20:30], 60)
    beyond = eyes.run(lambda tx: partners.listed(tx, MANAGER, replace(wanted, offset=500), eyes.now))
    assert (beyond.rows, beyond.count) == ((), 60)


def test_a_role_of_one_region_sees_its_partners_only(eyes: Eyes) -> None:
    """East Africa: no list, page or person of another region."""
    eyes.person("CSO-0019", "Maroc", Connection.CONFIRMED, "21")
    eyes.person("CSO-0001", "Kenya", Connection.CONFIRMED, "22")
    here = viewer(Role.MANAGER, "EHA")
    assert {WORLD.region_of[each.country] for each in WORLD.organisations if each.id in eyes.ids(here)} == {"EHA"}
    assert eyes.people(here, text="Maroc") == []
    assert eyes.people(here, text="Kenya") == ["Kenya"]
    with pytest.raises(Unknown):
        eyes.page("CSO-0019", here)


def test_the_confidential_desk_sees_no_partners(eyes: Eyes) -> None:
    """Its role opens its own matters and nothing else."""
    for look in (eyes.ids, eyes.people):
        with pytest.raises(NotAllowed):
            look(viewer(Role.CONFIDENTIAL))


def test_people_are_found_by_name_organisation_and_state(eyes: Eyes) -> None:
    """Staff are not among them, nor anybody who was forgotten."""
    eyes.person("CSO-0001", "Amina", Connection.CONFIRMED, "11")
    claimed = eyes.person("CSO-0002", "Zoé", Connection.CLAIMED)
    eyes.invite("CSO-0002", claimed)
    assert eyes.people(text="amina") == eyes.people(text="harbour") == ["Amina"]
    assert eyes.people(state="connected", organisation="CSO-0001") == ["Amina"]
    assert eyes.people(state="invited") == eyes.people(connection="claimed") == ["Zoé"]
    assert eyes.people(platform="telegram", country="KE", text="Amina") == []
    eyes.run(lambda tx: people.save(tx, Person(id=claimed)))
    assert "Zoé" not in eyes.people()
    assert len(eyes.people()) == 2  # Amina, and the one who has no name yet


def test_the_page_says_where_each_fact_comes_from(eyes: Eyes) -> None:
    """What an import brought is the import's; what somebody changed since is theirs, with its day."""
    eyes.run(lambda tx: _import(tx, eyes.now))
    setup, by = eyes.office.setup, By(viewer=MANAGER, now=eyes.now + timedelta(days=1))
    eyes.run(lambda tx: acts.edit(tx, setup, "CSO-0002", 1, {"acronym": "JR"}, by))
    origins = eyes.page("CSO-0002").origins
    assert (origins["name"].source, origins["name"].at) == ("import:1", eyes.now)
    assert (origins["acronym"].source, origins["acronym"].at, origins["acronym"].person) == ("console", by.now, 7)
    assert (eyes.page("CSO-0003").origins["name"].source, eyes.page("CSO-0003").origins["name"].at) == ("world", None)


def _import(tx: Transaction, now: datetime) -> None:
    made = {"id": 1, "kind": "organisations", "file_name": "list.csv", "content": "x", "mapping": {}, "state": "done"}
    tx.execute(imports.insert().values(**made, total=3, cursor=3, accepted=1, refused=2, started_at=now))
    tx.execute(import_changes.insert().values({"import": 1, "row": 2, "target": "CSO-0002", "version": 1}))
    for row, column in ((3, "type"), (4, "country"), (4, "type")):
        tx.execute(import_problems.insert().values({"import": 1, "row": row, "column": column, "problem": "wrong"}))


def test_an_import_names_its_problems(eyes: Eyes) -> None:
    """Rows refused are counted once each, problems by row and column."""
    eyes.run(lambda tx: _import(tx, eyes.now))
    listed, count = eyes.run(lambda tx: import_reads.listed(tx, MANAGER, 0, 50))
    assert (count, listed[0].accepted, listed[0].refused) == (1, 1, 2)
    found, number = eyes.run(lambda tx: import_reads.problems(tx, MANAGER, 1, 1, 50))
    assert ([(each.row, each.column) for each in found], number) == ([(4, "country"), (4, "type")], 3)
    assert eyes.run(lambda tx: import_reads.one(tx, MANAGER, 1)).file_name == "list.csv"
    with pytest.raises(Unknown):
        eyes.run(lambda tx: import_reads.one(tx, MANAGER, 2))
    with pytest.raises(NotAllowed):
        eyes.run(lambda tx: import_reads.listed(tx, viewer(Role.FOCAL_POINT), 0, 50))


def test_the_page_shows_the_offices_as_a_tree(eyes: Eyes) -> None:
    """From the headquarters down, whichever office one looks at; a circle in old data does no harm."""
    eyes.change("CSO-0002", parent="CSO-0001")
    eyes.change("CSO-0003", parent="CSO-0002")
    tree = [(each.id, each.depth, each.here) for each in eyes.page("CSO-0002").tree]
    assert tree == [("CSO-0001", 0, False), ("CSO-0002", 1, True), ("CSO-0003", 2, False)]
    eyes.change("CSO-0001", parent="CSO-0003")
    assert {each.id for each in eyes.page("CSO-0002").tree} == {"CSO-0001", "CSO-0002", "CSO-0003"}
    assert eyes.page("CSO-0005").tree == ()


def test_the_page_shows_what_was_asked_and_nothing_private(eyes: Eyes) -> None:
    """References and states; not a word, not the number of private ones, not a stranger's."""
    asked = {
        "mine": (eyes.person("CSO-0001", "Amina", Connection.CONFIRMED, "11"), False),
        "private": (eyes.person("CSO-0001", "Zoé", Connection.CONFIRMED, "12"), True),
        "stranger": (eyes.person("CSO-0001", "Omar", Connection.CLAIMED, "13"), False),
    }
    for name, (person, private) in asked.items():
        eyes.run(lambda tx, name=name, person=person, private=private: _ask(tx, name, person, private, eyes.now))  # type: ignore[misc]
    assert [(each.reference, each.status) for each in eyes.page("CSO-0001").queries] == [("Q-0001", "new")]


def _ask(tx: Transaction, name: str, person: int, private: bool, now: datetime) -> None:
    words = dict.fromkeys(("country", "language", "account", "desk", "because", "policy"), "x")
    lists: dict[str, object] = {"topics": [], "because_fields": {}, "rating": 0, "rating_shared": False, "version": 1}
    row = {**words, **lists, "opened_by": name, "person": person, "organisation": "CSO-0001", "topic": "shelter"}
    tx.execute(queries.insert().values(**row, asked_at=now, status="new", holder=0, private=private))


def test_the_page_shows_doubles_merges_and_the_life_of_the_record(eyes: Eyes) -> None:
    """What may be the same, what was merged, and every act of staff, the latest first."""
    double = {"one": "CSO-0001", "other": "CSO-0002", "why": "name", "alike": 91, "at": eyes.now}
    merged = {"kept": "CSO-0001", "gone": "CSO-0003", "moved": {}, "by": 7, "at": eyes.now}
    eyes.run(lambda tx: (tx.execute(duplicates.insert().values(double)), tx.execute(merges.insert().values(merged))))
    setup, by = eyes.office.setup, By(viewer=MANAGER, now=eyes.now)
    eyes.run(lambda tx: acts.suspend(tx, setup, "CSO-0001", acts.StatusReason.INACTIVE, by))
    later = replace(by, now=eyes.now + timedelta(hours=1))
    eyes.run(lambda tx: acts.verify(tx, setup, "CSO-0001", later))
    page = eyes.page("CSO-0001")
    assert [(each.id, each.alike) for each in page.doubles] == [("CSO-0002", 91)]
    assert [(each.kept, each.gone) for each in page.merges] == [("CSO-0001", "CSO-0003")]
    assert [each.act for each in page.life] == ["organisation_verified", "organisation_suspended:inactive"]


def test_the_page_shows_people_and_how_each_is_reached(eyes: Eyes) -> None:
    """The confirmed come first; of addresses only the platform is shown, and whether anything arrives."""
    eyes.person("CSO-0001", "Omar", Connection.CLAIMED, "13")
    eyes.person("CSO-0001", "Amina", Connection.CONFIRMED, "11")
    eyes.run(lambda tx: addresses.mark_unreachable(tx, "telegram", "13", "blocked", eyes.now))
    shown = [(each.name, each.state, each.chats[0].unreachable) for each in eyes.page("CSO-0001").people]
    assert shown == [("Amina", "connected", ""), ("Omar", "unreachable", "blocked")]
