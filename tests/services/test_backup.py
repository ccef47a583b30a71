"""Backups: whole, checkable, the same for both databases; restored with deliveries held and erasures honoured."""

import json
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa

from bot.app import backup as backups
from bot.app import keys as app_keys
from bot.app.offline import opened
from bot.core.delivery import DeliveryState
from bot.core.errors import SettingsProblem
from bot.core.message import Place, Said, Submitted
from bot.core.query import EntryState
from bot.core.routing.reading import Reading
from bot.services import data, held
from bot.services.setup import Setup
from config import settings as config
from storage import clock, deliveries, holds, people, queries, table_rows
from storage.archive import BadBackup
from storage.database import Database
from storage.sealed_tables import sealed
from storage.sealing import ProcessSeal, WrongPassphrase, new_confidential_pair
from storage.table_rows import tables
from storage.tables import inbox
from tests.services.bytes_kept import database_bytes, found_in, store_bytes
from tests.services.office import WORLD, Office, open_office

SECRET = "An officer at Kumbaruta asks for favours"
QUESTION = "Who coordinates the site of Zwegedougou?"
FILE = b"list of Yokoloma"


@pytest.fixture
def place(tmp_path: Path, database_url: str, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An installation: its settings name this database and folder."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("CSOBOT_DATABASE_URL", database_url)
    monkeypatch.setenv("CSOBOT_FILES", str(tmp_path / "files"))
    monkeypatch.setenv("CSOBOT_ERASURES", str(tmp_path / "keys" / "erasures.jsonl"))
    return tmp_path


@pytest.fixture
def office(place: Path, database: Database) -> Office:
    """With a question, an answer that waits, a file and a confidential matter in it."""
    key = app_keys.load_keys(config.load()).seal
    with opened() as (_, setup):
        now = database.run_sync(clock.now)
    made = open_office(database, key, place / "files", now)
    made.setup = replace(setup, kinds={"telegram": "telegram", "slack": "slack"})
    made.say(QUESTION)
    made.deliver()
    kept = made.setup.files.add(FILE, "yokoloma.txt", "text/plain")
    made.hear(made.event("500", Said("", message="5", files=(kept,))))
    made.deliver()
    made.say(SECRET, Reading(sensitive=True, language="en"))
    return made


def snapshot(database: Database) -> dict[str, list[bytes]]:
    return database.run_sync(lambda tx: {table.name: list(table_rows.lines(tx, table)) for table in tables()})


def restore(place: Path, *, over: bool = True) -> backups.Restored:
    with backups.archive(place / "b", None, "") as found:
        return backups.restore(config.load(), found, replace=over)


def problems(place: Path) -> list[str]:
    with backups.archive(place / "b", None, "") as found:
        return backups.examine(config.load(), found)


def test_what_is_restored_is_what_was_there(office: Office, place: Path, database: Database) -> None:
    """Row by row; only the hold is new, and no number is given out twice."""
    before = snapshot(database)
    backups.back_up(place / "b", "")
    office.say("something later")
    restore(place)
    after = snapshot(database)
    after["holds"] = []

    assert before == after
    again = office.database.run_sync(lambda tx: people.add(tx, WORLD_PERSON, "telegram", "900", "900"))
    assert again.id > max(json.loads(line)["id"] for line in before["people"])


WORLD_PERSON = people.Person(language="en")


def test_files_come_back_with_it(office: Office, place: Path) -> None:
    """The store holds them again, sealed as they were."""
    backups.back_up(place / "b", "")
    for content in office.setup.files.kept_since(0):
        office.setup.files.erase(content)
    restore(place)

    assert FILE in store_bytes(office.setup.files)


def test_nothing_is_sent_after_a_restore(office: Office, place: Path, database: Database) -> None:
    """Yesterday's queue waits until somebody has looked."""
    backups.back_up(place / "b", "")
    restore(place)
    claim = database.run_sync(lambda tx: deliveries.claim(tx, "me", "telegram", 9, office.now, 1000.0, 9.0))

    assert [] == claim.deliveries
    assert database.run_sync(held.standing).queued > 0


def test_released_deliveries_leave(office: Office, place: Path, database: Database) -> None:
    """Somebody has looked: everything goes its way."""
    backups.back_up(place / "b", "")
    restore(place)
    database.run_sync(lambda tx: held.release(tx, office.setup, None, office.now))
    claim = database.run_sync(lambda tx: deliveries.claim(tx, "me", "telegram", 9, office.now, 1000.0, 9.0))

    assert [] != claim.deliveries
    assert database.run_sync(holds.held) is None


def test_an_answer_that_is_cancelled_is_named_to_its_desk(office: Office, place: Path, database: Database) -> None:
    """The focal point learns that it did not leave, with the words still there."""
    needed = office.staff_press("reply")[0]
    office.hear(office.event("ULIA", Submitted(needed.token, {"text": "On Friday."}), "C1", Place.GROUP))  # type: ignore[union-attr]
    backups.back_up(place / "b", "")
    restore(place)
    moment = office.now + timedelta(days=1)
    cancelled = database.run_sync(lambda tx: held.release(tx, office.setup, moment, office.now))
    lines = database.run_sync(lambda tx: queries.timeline(tx, 1))

    assert cancelled > 0
    assert [EntryState.FAILED] == [line.state for line in lines if line.text == "On Friday."]
    assert "desk.answer_failed" in office.templates("C1")


def test_a_database_in_use_is_not_overwritten_by_mistake(office: Office, place: Path, database: Database) -> None:
    """Only --replace throws away what is there."""
    backups.back_up(place / "b", "")
    before = snapshot(database)
    with pytest.raises(backups.NotEmpty):
        restore(place, over=False)

    assert before == snapshot(database)


def test_a_check_touches_nothing(office: Office, place: Path, database: Database) -> None:
    """Neither rows nor files."""
    backups.back_up(place / "b", "")
    before = (snapshot(database), sorted(office.setup.files.every()))

    assert [] == problems(place)
    assert before == (snapshot(database), sorted(office.setup.files.every()))


def test_a_changed_byte_is_noticed(office: Office, place: Path, database: Database) -> None:
    """And nothing of it is restored."""
    backups.back_up(place / "b", "")
    whole = (place / "b").read_bytes()
    (place / "b").write_bytes(whole.replace(b"Zwegedougou", b"Zwegedougoo", 1))
    before = snapshot(database)

    assert [True] == ["was changed" in each for each in problems(place)]
    with pytest.raises(BadBackup):
        restore(place)
    assert before == snapshot(database)


def test_a_backup_that_was_cut_off_is_none(office: Office, place: Path) -> None:
    """The manifest stands at its end."""
    backups.back_up(place / "b", "")
    whole = (place / "b").read_bytes()
    (place / "b").write_bytes(whole[: len(whole) // 2])
    with pytest.raises(BadBackup):
        problems(place)


def test_a_failed_backup_leaves_no_file(office: Office, place: Path) -> None:
    """Whole or not at all; the one from yesterday stays."""
    (place / "b").write_bytes(b"yesterday")
    with pytest.raises(SettingsProblem):
        backups.back_up(place / "b", "no public key")

    assert (b"yesterday", []) == ((place / "b").read_bytes(), list(place.glob("*.partial")))


def test_the_wrong_process_key_is_said_before_anything_is_lost(
    office: Office, place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Files and waiting events would be unreadable."""
    backups.back_up(place / "b", "")
    monkeypatch.setenv("CSOBOT_PROCESS_KEY", "A" * 43)

    assert ["the process key"] == [each[:15] for each in problems(place)]


def test_keys_are_not_in_it_and_no_confidential_word(office: Office, place: Path) -> None:
    """A backup that lies open betrays no matter."""
    backups.back_up(place / "b", "")
    content = (place / "b").read_bytes()
    keys = [path.read_bytes().strip() for path in place.rglob("*.key")]

    assert keys
    assert [] == [key for key in keys if key in content]
    assert [] == found_in(content, ("Kumbaruta", "favours"))


def test_a_sealed_backup_shows_nothing_and_opens_with_its_key(office: Office, place: Path, database: Database) -> None:
    """Only the holder of the private key reads it."""
    public, private = new_confidential_pair("open sesame")
    (place / "private.json").write_text(private)
    before = snapshot(database)
    backups.back_up(place / "b", public)
    with backups.archive(place / "b", place / "private.json", "open sesame") as found:
        backups.restore(config.load(), found, replace=True)
    after = snapshot(database) | {"holds": []}

    assert [] == found_in((place / "b").read_bytes(), ("Zwegedougou", "manifest", "people"))
    assert before == after


def test_a_sealed_backup_needs_the_right_passphrase(office: Office, place: Path) -> None:
    """Anything else is refused with a word about why."""
    public, private = new_confidential_pair("open sesame")
    (place / "private.json").write_text(private)
    backups.back_up(place / "b", public)
    with pytest.raises(WrongPassphrase), backups.archive(place / "b", place / "private.json", "wrong"):
        pass


def erase(office: Office, setup: Setup) -> None:
    known = office.database.run_sync(lambda tx: people.known(tx, "telegram", "500"))
    assert known is not None
    office.database.run_sync(lambda tx: data.erase_without_farewell(tx, setup, known, office.now))


@pytest.mark.req("S0-O3b")
def test_whoever_was_erased_since_is_erased_again(
    office: Office, place: Path, database: Database, database_url: str
) -> None:
    """An older backup brings nobody back: not in the tables, not in the files."""
    backups.back_up(place / "b", "")
    erase(office, office.setup)
    restored = restore(place)
    kept = database_bytes(database, database_url) + store_bytes(office.setup.files)

    assert 1 == restored.erased_again
    assert [] == found_in(kept, ("Zwegedougou", "Yokoloma", "Kumbaruta"))
    assert database.run_sync(lambda tx: people.known(tx, "telegram", "500")) is None


def test_the_erased_are_in_no_newer_backup(office: Office, place: Path) -> None:
    """What was erased before the backup is not in it at all."""
    erase(office, office.setup)
    backups.back_up(place / "b", "")

    assert [] == found_in((place / "b").read_bytes(), ("Zwegedougou",))


def test_one_database_restores_what_the_other_wrote(
    office: Office, place: Path, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch, database_url: str
) -> None:
    """The form is our own: SQLite moves to PostgreSQL and back."""
    before = snapshot(office.database)
    process = (place / "keys" / app_keys.PROCESS_KEY, place / "var" / "keys" / app_keys.PROCESS_KEY)
    monkeypatch.setenv("CSOBOT_PROCESS_KEY", next(path for path in process if path.exists()).read_text().strip())
    backups.back_up(place / "b", "")
    other = "postgresql_url" if database_url.startswith("sqlite") else "sqlite_url"
    url: str = request.getfixturevalue(other)
    monkeypatch.setenv("CSOBOT_DATABASE_URL", url)
    restore(place)
    database = Database(url)
    after = snapshot(database) | {"holds": []}
    database.close()

    assert before == after


def test_waiting_events_and_sealed_matters_are_bytes_again(office: Office, place: Path, database: Database) -> None:
    """Binary columns survive the way through text."""
    boxes = database.run_sync(lambda tx: tx.execute(sa.select(sealed.c.box)).scalars().all())
    backups.back_up(place / "b", "")
    restore(place)

    assert boxes == database.run_sync(lambda tx: tx.execute(sa.select(sealed.c.box)).scalars().all())
    assert DeliveryState.QUEUED in database.run_sync(deliveries.totals)
    assert database.run_sync(lambda tx: tx.execute(sa.select(sa.func.count()).select_from(inbox)).scalar_one()) >= 0
    assert isinstance(office.setup.seal, ProcessSeal)
    assert WORLD.office.retention_months["query_text"] == 24
