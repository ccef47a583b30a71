"""Partners leave as files that come in again the same, on both databases."""

import csv
import io
from dataclasses import replace
from datetime import date, datetime
from pathlib import Path

import pytest

from adapters.exports import partners
from adapters.exports.sheets import WRITERS, Format
from bot.app import importing
from bot.core.imports.job import Import, ImportKind
from bot.core.imports.layout import Layout
from bot.core.organisation import Observer, OrganisationStatus
from bot.core.permission import command_line
from bot.core.person import Connection, Person
from bot.services import imports
from config import world as worlds
from storage import contacts, organisations
from storage.database import Database
from storage.reads import exports
from storage.sealing import ProcessSeal
from tests.services.office import WORLD, Office, open_office

VIEWER = command_line(WORLD)


@pytest.fixture
def office(database: Database, seal: ProcessSeal, tmp_path: Path, now: datetime) -> Office:
    return open_office(database, seal, tmp_path, now)


def whole(office: Office, form: Format = Format.CSV) -> bytes:
    lines = office.database.run_sync(lambda tx: exports.partners(tx, VIEWER))
    return WRITERS[form](partners.organisations_sheet(lines, WORLD))


def public(office: Office) -> bytes:
    shown = office.database.run_sync(lambda tx: exports.public_partners(tx, VIEWER))
    return WRITERS[Format.HXL](partners.public_sheet(shown, WORLD))


def bring_in(office: Office, path: Path) -> Import:
    content = importing.fingerprint(path)
    new = imports.NewFile(kind=ImportKind.ORGANISATIONS, name=path.name, content=content, layout=Layout())
    job = office.database.run_sync(lambda tx: imports.start(tx, VIEWER, new, office.now))
    return importing.work_off(office.database, office.setup, job, path, lambda _: None)


def unusual(office: Office) -> None:
    """Records with every field filled, a name like a formula, an office below another."""
    first = office.database.run_sync(lambda tx: organisations.get(tx, "CSO-0001"))
    assert first is not None
    full = replace(
        first,
        name='=Aid, "Juba" & others',
        countries=("UG", "SS"),
        clusters=("CCCM",),
        observer=Observer.OBSERVER,
        observer_since=date(2014, 5, 1),
        observer_until=date(2027, 5, 1),
        ecosoc="Special 2015",
        unpp="123",
        iati="XM-1",
        parent="CSO-0030",
        status=OrganisationStatus.SUSPENDED,
        listed=False,
    )
    office.database.run_sync(lambda tx: organisations.save(tx, full, office.now))


@pytest.mark.req("S0-N2")
@pytest.mark.parametrize("form", [Format.CSV, Format.XLSX, Format.HXL])
def test_what_is_exported_comes_in_the_same(office: Office, tmp_path: Path, form: Format) -> None:
    """Into an office where somebody has spoilt every name since: the rows are those of the file again."""
    unusual(office)
    before, data = office.database.run_sync(organisations.every), whole(office, form)
    for each in before:
        office.database.run_sync(
            lambda tx, each=each: organisations.save(tx, replace(each, name="Spoilt"), office.now)  # type: ignore[misc]
        )
    path = tmp_path / f"list{form.suffix}"
    path.write_bytes(data)
    job = bring_in(office, path)
    after = office.database.run_sync(organisations.every)
    assert (job.accepted, job.refused) == (60, 0)
    assert [replace(each, version=0) for each in after] == [replace(each, version=0) for each in before]
    assert whole(office, form) == data or form is Format.XLSX


def test_the_public_list_is_the_sample_s(office: Office) -> None:
    """Listed, verified, consent given; no contact, with HXL hashtags in the second row."""
    said = list(csv.reader(io.StringIO(public(office).decode())))
    listed = [each for each in WORLD.organisations if each.listed and each.consent.value == "given"]
    assert said[0] == list(partners.PUBLIC)
    assert said[1][:3] == ["#org+code", "#org+name", "#org+acronym"]
    assert [row[0] for row in said[2:]] == [each.id for each in listed]
    assert (len(listed), said[2][13]) == (27, "active")


@pytest.mark.parametrize(
    "change",
    [{"listed": False}, {"status": OrganisationStatus.SUSPENDED}, {"consent": "withdrawn"}, {"consent": "pending"}],
)
def test_who_is_not_on_the_public_list(office: Office, change: dict[str, object]) -> None:
    """One of the three is missing: the organisation is not named, nor is anything of its contact."""
    second = office.database.run_sync(lambda tx: organisations.get(tx, "CSO-0002"))
    assert second is not None
    assert second.name.encode() in public(office)
    hidden = replace(second, **change)  # type: ignore[arg-type]
    office.database.run_sync(lambda tx: organisations.save(tx, hidden, office.now))
    assert second.name.encode() not in public(office)
    assert b"@" not in public(office)


@pytest.mark.req("S1-X2")
def test_contacts_leave_without_a_chat_address(office: Office) -> None:
    """Whether somebody is connected is said, where is not."""
    fresh = Person(organisation="CSO-0001", name="Ann", connection=Connection.CONFIRMED, source="console")
    office.database.run_sync(lambda tx: contacts.add_all(tx, [fresh]))
    lines = office.database.run_sync(lambda tx: exports.contacts(tx, VIEWER))
    said = WRITERS[Format.CSV](partners.people_sheet(lines)).decode().splitlines()
    assert said[1:] == ["CSO-0001,Ann,,,,,no,confirmed"]


@pytest.mark.req("S0-T0")
def test_the_sample_s_organisations_carry_what_its_list_says(office: Office) -> None:
    """Topics, languages, observer status and consent of all sixty."""
    every = office.database.run_sync(organisations.every)
    assert (len(every), all(each.topics and each.languages for each in every)) == (60, True)
    assert sum(each.observer is Observer.OBSERVER for each in every) == 7
    assert sum(each.consent.value == "given" for each in every) == 38


def test_the_office_s_list_is_read_again_for_rows_nobody_changed(office: Office) -> None:
    """A name that the office corrects in its file arrives; a record that staff changed stays theirs."""
    first, second, *others = WORLD.organisations
    edited = office.database.run_sync(lambda tx: organisations.get(tx, second.id))
    assert edited is not None
    office.database.run_sync(lambda tx: organisations.save(tx, replace(edited, name="Ours"), office.now))
    corrected = [replace(first, name="Corrected"), replace(second, name="Corrected"), *others]
    office.database.run_sync(lambda tx: organisations.load(tx, corrected))
    kept = office.database.run_sync(lambda tx: organisations.of_ids(tx, [first.id, second.id]))
    assert {each.id: each.name for each in kept} == {first.id: "Corrected", second.id: "Ours"}
    assert worlds.load(None).organisations == WORLD.organisations
