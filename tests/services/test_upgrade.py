"""A database of the first version, with data, becomes one of the newest and loses nothing."""

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
import sqlalchemy as sa

from bot.core.organisation import OrganisationStatus
from bot.core.person import Connection, Role
from bot.core.verbs import Verb
from storage import invites, keyboards, organisations, people, queries
from storage.database import Database, make_engine
from storage.migrate import differences, migrate
from tests.services.office import WORLD

AT = datetime(2026, 1, 5, 8, 30, tzinfo=UTC)
#: What an installation of the first version holds: table -> rows, in the order in which they can be written.
FIRST: dict[str, list[dict[str, object]]] = {
    "organisations": [
        {
            "id": "CSO-0001",
            "name": "Old name",
            "acronym": "ON",
            "type": "NGO",
            "level": "local",
            "country": "KE",
            "language": "en",
            "timezone": "Africa/Nairobi",
            "email": "a@b.example",
            "listed": True,
        },
        {
            "id": "OWN-1",
            "name": "Typed by hand",
            "acronym": "",
            "type": "ADV",
            "level": "unknown",
            "country": "UG",
            "language": "fr",
            "timezone": "UTC",
            "email": "",
            "listed": False,
        },
    ],
    "people": [
        {
            "id": number,
            "language": "en",
            "country": "KE",
            "organisation": organisation,
            "claimed_name": "",
            "connection": connection,
            "invitations": "all",
            "told_version": "2026-11",
            "told_at": AT,
            "stopped": False,
            "version": 3,
        }
        for number, organisation, connection in ((1, "OWN-1", "confirmed"), (2, "", "none"))
    ],
    "identities": [{"account": "telegram", "user": "500", "person": 1, "chat": "500"}],
    "staff_roles": [
        {"person": 2, "role": "focal-point", "desk": "mission-ke"},
        {"person": 2, "role": "admin", "desk": ""},
    ],
    "invites": [
        {
            "digest": "ab" * 32,
            "kind": "staff",
            "role": "manager",
            "desk": "",
            "organisation": "",
            "expires_at": AT,
            "used_at": None,
            "used_by": None,
        }
    ],
    "queries": [
        {
            "id": 7,
            "opened_by": "telegram:1",
            "person": 1,
            "organisation": "OWN-1",
            "country": "KE",
            "language": "en",
            "account": "telegram",
            "topic": "cccm",
            "topics": [["cccm", 0.9]],
            "desk": "mission-ke",
            "because": "field_mission",
            "because_fields": {},
            "policy": "standard",
            "asked_at": AT,
            "status": "new",
            "holder": 0,
            "private": True,
            "rating": 0,
            "rating_shared": False,
            "version": 2,
        }
    ],
    "keyboards": [
        {
            "token": "card-of-7",
            "account": "slack",
            "chat": "C1",
            "person": 0,
            "prompt": "",
            "choices": ["claim", "release", "reply", "correct", "note", "reassign", "escalate", "close", "confirm"],
            "query": 7,
            "entry": 0,
            "at": AT,
        }
    ],
    "audit": [{"person": 2, "act": "bound", "about": "mission-ke", "at": AT}],
}


@pytest.fixture
def upgraded(empty_url: str) -> Iterator[Database]:
    """The first version with its rows, then everything since."""
    migrate(empty_url, "0001")
    engine = make_engine(empty_url)
    with engine.begin() as tx:
        tables = sa.MetaData()
        tables.reflect(tx)
        for name, rows in FIRST.items():
            tx.execute(sa.insert(tables.tables[name]), rows)
    engine.dispose()
    migrate(empty_url)
    database = Database(empty_url)
    yield database
    database.close()


def test_organisations_stay_and_count_as_verified(upgraded: Database) -> None:
    """They were the office's own list; what is new about them is empty."""
    own = upgraded.run_sync(lambda tx: organisations.get(tx, "OWN-1"))
    assert own is not None
    assert (own.name, own.listed, own.status) == ("Typed by hand", False, OrganisationStatus.VERIFIED)
    assert (own.topics, own.parent, own.version) == ((), "", 1)


def test_the_next_start_fills_in_what_the_office_s_list_says(upgraded: Database) -> None:
    """Topics, languages and words to search by; an organisation that is not on the list stays as it is."""
    upgraded.run_sync(lambda tx: organisations.load(tx, WORLD.organisations))
    first, own = upgraded.run_sync(lambda tx: organisations.of_ids(tx, ["CSO-0001", "OWN-1"]))
    assert (first, own.name) == (WORLD.organisations[0], "Typed by hand")


def test_people_stay_reachable_and_confirmed(upgraded: Database) -> None:
    """With what they agreed to."""
    person = upgraded.run_sync(lambda tx: people.known(tx, "telegram", "500"))
    assert person is not None
    assert (person.id, person.organisation, person.connection) == (1, "OWN-1", Connection.CONFIRMED)
    assert (person.told_at, person.version, person.source) == (AT, 3, "chat")


def test_staff_keep_their_roles(upgraded: Database) -> None:
    """A role without department and region covers what it covered."""
    staff = upgraded.run_sync(lambda tx: people.staff(tx, 2))
    assert staff is not None
    roles = {(each.role, each.desk, each.department, each.region) for each in staff.roles}
    assert roles == {(Role.FOCAL_POINT, "mission-ke", "", ""), (Role.ADMIN, "", "", "")}


def test_queries_and_codes_stay(upgraded: Database) -> None:
    """A private query is private; a code still gives what it gave."""
    query = upgraded.run_sync(lambda tx: queries.get(tx, 7))
    code = upgraded.run_sync(lambda tx: tx.execute(sa.text("SELECT kind, role, made_by FROM invites")).one())
    assert (query.organisation, query.private, query.asked_at, query.version) == ("OWN-1", True, AT, 2)
    assert tuple(code) == ("staff", "manager", 0)
    assert upgraded.run_sync(lambda tx: invites.find(tx, "unknown", AT)) is None


def test_a_card_posted_before_offers_the_verbs_of_now(upgraded: Database) -> None:
    """Its buttons are named by their place: what is new is found at the end."""
    board = upgraded.run_sync(lambda tx: keyboards.find(tx, "card-of-7"))
    assert board is not None
    assert board.choices == tuple(verb.value for verb in Verb)


def test_acts_of_staff_stay(upgraded: Database) -> None:
    """Everything was done in chat then."""
    rows = upgraded.run_sync(lambda tx: tx.execute(sa.text("SELECT person, act, about, via FROM audit")).all())
    assert [tuple(row) for row in rows] == [(2, "bound", "mission-ke", "chat")]


def test_the_shape_is_that_of_a_fresh_database(upgraded: Database, empty_url: str) -> None:
    """Nothing is missing and nothing is left over."""
    assert upgraded.run_sync(lambda tx: tx.scalar(sa.text("SELECT count(*) FROM people"))) == 2
    assert differences(empty_url) == []
