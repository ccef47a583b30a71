"""/mydata: everything that leads to a person, for computers and to read."""

import json
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest

from adapters.exports.my_data import readable
from adapters.renderer import Renderer
from bot.core.message import FileKind, Said
from bot.core.person import Invite, InviteKind, Person, Role, StaffRole
from bot.services import working_time
from bot.services.my_data import kept_about
from storage import audit, consents, invites, people
from storage.consents import Consent, ConsentKind
from storage.database import Database, Transaction
from storage.sealing import ProcessSeal
from tests.services.office import WORLD, Office, open_office

LANGUAGES = ("en", "fr", "es")


@pytest.fixture(scope="module")
def renderer() -> Renderer:
    return Renderer(WORLD)


@pytest.fixture
def office(database: Database, seal: ProcessSeal, tmp_path: Path, now: datetime, renderer: Renderer) -> Office:
    """A person of whom everything is known."""
    opened = open_office(database, seal, tmp_path / "files", now)
    opened.setup = replace(opened.setup, readable=partial(readable, renderer.line))
    opened.say("Who coordinates <b>site</b> planning?")
    kept = opened.setup.files.add(b"a list", "list.txt", "text/plain")
    opened.hear(opened.event("500", Said("", message="8", files=(replace(kept, kind=FileKind.DOCUMENT),))))
    opened.deliver()
    opened.answered("The county lead does.")
    database.run_sync(lambda tx: _known(tx, now))
    return opened


def _known(tx: Transaction, now: datetime) -> None:
    person = people.get(tx, 1)
    assert person is not None
    people.save(tx, replace(person, name="Amina Yusuf", position="Coordinator", email="amina@example.org"))
    consents.add(tx, 1, Consent(kind=ConsentKind.INVITATIONS, version="2026-11", choice="all", at=now))
    for_her = Invite(kind=InviteKind.ORGANISATION, person=1, made_at=now, expires_at=now + timedelta(days=14))
    invites.add(tx, "code", for_her)
    people.add_role(tx, StaffRole(person=1, role=Role.EDITOR, desk="ipd"))
    working_time.say(tx, 1, "SU-TH 08:00-16:00 Asia/Amman", 1, now)
    audit.add(tx, 1, "edit", "organisation:CSO-0001", now, "console")
    audit.add(tx, 2, "confirm", "person:1", now)


def about(office: Office) -> dict[str, Any]:
    person = office.database.run_sync(lambda tx: people.get(tx, 1)) or Person()
    return office.database.run_sync(lambda tx: kept_about(tx, person, office.now))


@pytest.mark.req("S0-O3b")
def test_who_they_are_is_there(office: Office) -> None:
    """Name, position and e-mail as they were given."""
    person = about(office)["person"]

    assert ("Amina Yusuf", "Coordinator", "amina@example.org") == (person["name"], person["position"], person["email"])


def test_what_they_agreed_to_is_there_with_version_and_time(office: Office) -> None:
    """Each time, not only the last."""
    assert ("invitations", "2026-11", "all") == tuple(
        about(office)["agreed"]["history"][-1][key] for key in ("kind", "version", "choice")
    )


def test_addresses_are_there_by_platform(office: Office) -> None:
    """Account, number and chat, and since when messages from there are counted."""
    address = about(office)["addresses"][0]

    assert ("telegram", "500", "500") == (address["account"], address["user"], address["chat"])
    assert address["counted"] > 0


def test_invitations_roles_and_acts_are_there(office: Office) -> None:
    """What was made for them, what they may do and what they did; who of staff confirmed them is not their own."""
    kept = about(office)

    assert ["organisation"] == [each["kind"] for each in kept["invitations"]]
    assert ["editor"] == [each["role"] for each in kept["roles"]]
    assert ["organisation:CSO-0001"] == [each["about"] for each in kept["acts"] if each["act"] == "edit"]
    assert {"at", "act", "via"} == set(kept["acts_about_you"][0])


def test_when_they_work_is_there(office: Office) -> None:
    """As they said it themselves."""
    hours = about(office)["hours"][0]

    assert ("Asia/Amman", "12347", "08:00") == (hours["timezone"], hours["working_days"], hours["opens"])


def test_questions_answers_and_names_of_files_are_there(office: Office) -> None:
    """Notes of staff are not: they are not the person's own."""
    messages = about(office)["queries"][0]["messages"]

    assert ["question", "addition", "reply"] == [each["kind"] for each in messages]
    assert ["list.txt"] == messages[1]["files"]


def test_two_files_are_sent(office: Office) -> None:
    """JSON for computers, a page for people."""
    office.say("/mydata")
    sent = [each.file.name for each in office.messages("500") if each.file]

    assert ["my-data.json", "my-data.html"] == sent


def test_the_file_is_json_as_it_was_kept(office: Office) -> None:
    """What was sent can be read by a program."""
    office.say("/mydata")
    file = next(each.file for each in office.messages("500") if each.file)
    with office.setup.files.open_plain(file) as path:
        said = json.loads(path.read_text(encoding="utf-8"))

    assert set(said) == set(about(office))


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_name_in_the_file_has_a_word(office: Office, language: str, renderer: Renderer) -> None:
    """A column that nobody named in words would show itself here, in each language."""
    page = readable(renderer.line, language, about(office)).decode()

    assert "<b>site</b>" not in page
    assert "Amina Yusuf" in page


def test_the_page_is_well_formed_and_runs_nothing(office: Office, renderer: Renderer) -> None:
    """Whatever people wrote is text, and nothing is fetched."""
    tags: list[str] = []

    class Tags(HTMLParser):
        def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
            tags.append(tag)

    Tags().feed(readable(renderer.line, "en", about(office)).decode())

    assert {"script", "img", "link", "a", "b"}.isdisjoint(tags)
    assert {"h1", "h2", "dl"} <= set(tags)
