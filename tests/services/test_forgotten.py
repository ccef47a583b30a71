"""After /forgetme nothing of the person is found: every way words come in, every place they could stay."""

from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa

from bot.core.channel import Op
from bot.core.delivery import DeliveryState, NewDelivery
from bot.core.message import Address, Event, FileKind, Message, Place, Pressed, Said, Submitted
from bot.core.person import Connection, Invite, InviteKind, Person, Role, StaffRole
from bot.core.query import Entry, EntryKind, Query
from bot.core.turn import FormNeeded
from bot.services import clock, data, forgetting
from storage import audit, consents, deliveries, erasure, file_uses, invites, people, posts, queries, traces
from storage.consents import Consent, ConsentKind
from storage.console_tables import second_factors, sessions, sign_ins
from storage.database import Database, Transaction
from storage.directory_tables import identities, organisations, suspensions
from storage.exchange_tables import import_changes, import_problems, imports
from storage.journal import ErasureJournal
from storage.sealing import ProcessSeal
from storage.tables import deliveries as ledger
from tests.services.bytes_kept import database_bytes, found_in, store_bytes
from tests.services.office import Office, open_office

USER = "77005511993"
NAME, POSITION, EMAIL = "Aminata Éboué-Quintana", "Coordinatrice wolofone", "aminata.ebq@partenaire.example"
CLAIMED = "Association Ndeye Xaritoo"
QUESTION = "Qui coordonne le site de Zwegedougou?"
ADDITION, EDIT = "Le puits de Tamkaraba est sec", "Le puits de Tamkarabu est tari"
FILE, VOICE = b"liste de Yokoloma: quatre familles", b"OggS voix de Mbarqueza"
STAFF_NOTE = "Rappeler Aminata Éboué-Quintana demain; Aminata préfère Telegram"
WORDS = (
    *(USER, NAME, "Éboué", "Aminata", POSITION, EMAIL, CLAIMED, "Zwegedougou", "Tamkaraba", "Tamkarabu"),
    *("Yokoloma", "Mbarqueza", "liste-de-yokoloma.txt"),
)


@pytest.fixture
def office(database: Database, seal: ProcessSeal, tmp_path: Path, now: datetime) -> Office:
    opened = open_office(database, seal, tmp_path / "files", now)
    opened.setup = replace(opened.setup, erased=ErasureJournal(tmp_path / "erasures.jsonl").note)
    database.run_sync(
        lambda tx: people.add(tx, Person(language="en", country="KE", told_version="1"), "telegram", USER, USER)
    )
    return opened


def person(office: Office) -> Person:
    found = office.database.run_sync(lambda tx: people.known(tx, "telegram", USER))
    assert found is not None
    return found


def everything(office: Office) -> int:
    """The person's words come in by every way there is; returns the person's number."""
    office.say(QUESTION, user=USER)
    office.deliver()
    office.hear(office.event(USER, Said(ADDITION, message="71")))
    office.hear(office.event(USER, Said(EDIT, message="71", edited=True)))
    for content, name, kind in (
        (FILE, "liste-de-yokoloma.txt", FileKind.DOCUMENT),
        (VOICE, "voix.ogg", FileKind.VOICE),
    ):
        kept = replace(office.setup.files.add(content, name, "text/plain"), kind=kind)
        office.hear(office.event(USER, Said("", message=name, files=(kept,))))
    office.deliver()
    number = person(office).id
    office.database.run_sync(lambda tx: _known_otherwise(tx, office, number))
    office.deliver()
    needed = next(each for each in office.staff_press("note") if isinstance(each, FormNeeded))
    office.hear(office.event("ULIA", Submitted(needed.token, {"text": STAFF_NOTE}), "C1", Place.GROUP))
    office.deliver()
    return number


def _known_otherwise(tx: Transaction, office: Office, number: int) -> None:
    """By /me, as a claimed organisation, by a colleague, a member of staff, an import and the console."""
    now = office.now
    known = people.get(tx, number)
    assert known is not None
    named = replace(
        known, name=NAME, position=POSITION, email=EMAIL, claimed_name=CLAIMED, connection=Connection.CLAIMED
    )
    people.save(tx, named)
    behalf = queries.add(
        tx, Query(id=0, opened_by="console:1", person=number, account="console", asked_at=now, entered_by=2)
    )
    queries.add_entry(
        tx, Entry(query=behalf.id, kind=EntryKind.QUESTION, text="Au téléphone: Tamkaraba", at=now, author=2)
    )
    consents.add(tx, number, Consent(kind=ConsentKind.INVITATIONS, version="2026-11", choice="all", at=now))
    invite = Invite(kind=InviteKind.ORGANISATION, person=number, expires_at=now + timedelta(days=14))
    invites.add(tx, "unused", invite)
    _imported(tx, number, now)
    _signed_in(tx, number, now)
    _told_to_others(tx, office)


def _imported(tx: Transaction, number: int, now: datetime) -> None:
    row = {
        "kind": "people",
        "file_name": "people.csv",
        "content": "c",
        "mapping": {},
        "state": "done",
        "started_at": now,
    }
    key = tx.execute(sa.insert(imports).values(row).returning(imports.c.id)).scalar_one()
    before = {"name": NAME, "email": EMAIL, "position": POSITION}
    tx.execute(sa.insert(import_changes).values(**{"import": key}, row=2, target=str(number), before=before, version=3))
    problem = f"{EMAIL} stands there twice"
    tx.execute(sa.insert(import_problems).values(**{"import": key}, row=3, column="email", problem=problem))


def _signed_in(tx: Transaction, number: int, now: datetime) -> None:
    later = now + timedelta(hours=1)
    tx.execute(sa.insert(sign_ins).values(digest="s", person=number, made_at=now, expires_at=later))
    seen = {"made_at": now, "seen_at": now, "expires_at": later, "device": "Firefox"}
    tx.execute(sa.insert(sessions).values(digest="c", public_id="p", person=number, **seen))
    tx.execute(sa.insert(second_factors).values(person=number, secret=b"sealed"))
    tx.execute(sa.insert(suspensions).values(person=number, at=now, why="guest"))
    audit.add(tx, number, "linked", "staff", now)


def _told_to_others(tx: Transaction, office: Office) -> None:
    """A colleague is asked to confirm, and the desk hears of a new organisation."""
    for chat, fields in (("500", {"name": NAME, "reference": ""}), ("C1", {"name": CLAIMED, "reference": ""})):
        account = "telegram" if chat == "500" else "slack"
        message = Message("conversation.answer_file", fields)
        deliveries.add(
            tx, NewDelivery(source=f"asks:{chat}", to=Address(account, chat), message=message, due=office.now)
        )


def forget(office: Office) -> None:
    """/forgetme, Erase, the last message leaves, and the address is let go."""
    office.say("/forgetme", user=USER)
    office.hear(office.event(USER, Pressed(office.token("buttons.erase"), "1")))
    office.deliver()
    office.later(minutes=3)
    office.database.run_sync(lambda tx: clock.fire_timers(tx, office.setup, office.now))
    contents = office.setup.files.kept_since(0)
    for unused in office.database.run_sync(lambda tx: file_uses.unused(tx, contents)):
        office.setup.files.erase(unused)


def left(office: Office, url: str) -> list[str]:
    return found_in(database_bytes(office.database, url) + store_bytes(office.setup.files), WORDS)


@pytest.mark.req("S0-O3b")
def test_every_word_is_there_before(office: Office, database_url: str) -> None:
    """The search finds what is there: else that it finds nothing would say nothing."""
    everything(office)

    assert list(WORDS) == left(office, database_url)


@pytest.mark.req("S0-O3b")
def test_no_byte_is_left_of_a_person(office: Office, database_url: str) -> None:
    """Tables, free pages, journal, ledger, file store: nothing."""
    everything(office)
    forget(office)

    assert [] == left(office, database_url)


def test_the_journal_names_nobody(office: Office, tmp_path: Path) -> None:
    """A number and a time: enough to erase again, not enough to know whom."""
    number = everything(office)
    forget(office)
    journal = tmp_path / "erasures.jsonl"

    assert [] == found_in(journal.read_bytes(), WORDS)
    assert (number,) == ErasureJournal(journal).since(office.now - timedelta(hours=1))


def test_no_row_leads_to_the_person_but_by_number(office: Office) -> None:
    """Roles, consents, sign-ins, sessions, codes: all gone. What staff did stays, by a number."""
    number = everything(office)
    forget(office)
    tables = (identities, sign_ins, sessions, second_factors, suspensions)
    theirs = [
        office.database.run_sync(lambda tx, t=t: tx.execute(t.select().where(t.c.person == number)).all())
        for t in tables
    ]

    assert [[]] * len(tables) == theirs
    assert (None, ()) == office.database.run_sync(
        lambda tx: (invites.find(tx, "unused", office.now), consents.of_person(tx, number))
    )


def test_what_staff_wrote_stays_without_the_name(office: Office) -> None:
    """The focal point's file keeps the note; nobody can tell whom it is about."""
    everything(office)
    forget(office)
    lines = office.database.run_sync(lambda tx: queries.timeline(tx, 1))

    assert ["Rappeler … demain; … préfère Telegram"] == [line.text for line in lines if line.kind is EntryKind.NOTE]


def test_posts_that_name_the_person_to_others_are_deleted(office: Office) -> None:
    """A request to confirm somebody who is gone is taken back."""
    everything(office)
    forget(office)
    removed = office.database.run_sync(lambda tx: tx.execute(ledger.select().where(ledger.c.op == Op.DELETE)).all())

    assert {"500", "C1"} <= {row.chat for row in removed}


def fail_removals(office: Office, *reasons: str) -> None:
    """The platform refuses these acts, whatever is tried."""
    real = office._outcome

    def refused(delivery: object, state: DeliveryState) -> object:
        outcome = real(delivery, state)  # type: ignore[arg-type]
        if outcome.delivery.op.value in reasons:
            return replace(outcome, state=DeliveryState.REFUSED, result="", reason="message can't be deleted")
        return outcome

    office._outcome = refused  # type: ignore[method-assign,assignment]


def test_a_post_too_old_to_delete_is_overwritten(office: Office) -> None:
    """Telegram deletes nothing after 48 hours, but lets us edit."""
    office.say(QUESTION, user=USER)
    office.deliver()
    office.hear(office.event(USER, Said(ADDITION, message="71")))
    office.deliver()
    fail_removals(office, "delete")
    forget(office)
    edits = [m for m in office.messages("C1") if m.template == "desk.post_erased"]

    assert (1, []) == (len(edits), [t for t in office.templates("C1") if t == "desk.erase_by_hand"])


def test_a_post_that_can_neither_be_deleted_nor_edited_is_named_to_the_desk(office: Office) -> None:
    """Counted, and somebody is told what to do by hand."""
    office.say(QUESTION, user=USER)
    office.deliver()
    for message in ("71", "72"):
        office.hear(office.event(USER, Said(ADDITION, message=message)))
    office.deliver()
    fail_removals(office, "delete", "edit")
    forget(office)
    told = [m for m in office.messages("C1") if m.template == "desk.erase_by_hand"]

    assert [3] == [message.fields["count"] for message in told]


def test_a_file_that_cannot_be_deleted_is_named_to_the_desk(office: Office) -> None:
    """Its caption can be changed, the file itself cannot."""
    office.say(QUESTION, user=USER)
    office.deliver()
    kept = office.setup.files.add(FILE, "liste.txt", "text/plain")
    office.hear(office.event(USER, Said("", message="73", files=(kept,))))
    office.deliver()
    fail_removals(office, "delete")
    forget(office)

    assert "desk.erase_by_hand" in office.templates("C1")


def test_a_contact_who_never_connected_is_erased_on_request(office: Office, database_url: str) -> None:
    """Staff see numbers, say yes, and nothing is left."""
    known = Person(name=NAME, position=POSITION, email=EMAIL, source="import:1")
    number = office.database.run_sync(lambda tx: people.add(tx, known, "x", "x", "")).id
    office.database.run_sync(lambda tx: tx.execute(sa.delete(identities).where(identities.c.account == "x")))
    office.database.run_sync(lambda tx: _imported(tx, number, office.now))
    seen = office.database.run_sync(lambda tx: forgetting.preview(tx, number))
    office.database.run_sync(lambda tx: forgetting.forget(tx, office.setup, number, office.now))

    assert (False, 0) == (seen.connected, seen.addresses)
    assert [] == found_in(database_bytes(office.database, database_url), (NAME, EMAIL, POSITION))


def test_a_request_by_another_way_lets_the_address_go_at_once(office: Office, database_url: str) -> None:
    """No last message is waited for."""
    number = everything(office)
    office.database.run_sync(lambda tx: forgetting.forget(tx, office.setup, number, office.now))

    assert [] == found_in(database_bytes(office.database, database_url), WORDS)


def test_staff_who_leave_let_go_of_their_queries(office: Office) -> None:
    """What they had is free for a colleague; their acts stay by number."""
    office.say(QUESTION, user=USER)
    office.deliver()
    office.staff_press("claim")
    liaison = office.database.run_sync(lambda tx: people.known(tx, "slack", "ULIA"))
    assert liaison is not None
    office.database.run_sync(lambda tx: people.add_role(tx, StaffRole(person=liaison.id, role=Role.ADMIN)))
    office.database.run_sync(lambda tx: data.erase(tx, office.setup, liaison, office.now))
    query = office.database.run_sync(lambda tx: queries.get(tx, 1))

    assert ("new", 0) == (query.status.value, query.holder)


def test_an_organisation_of_nobody_else_goes_with_the_person(office: Office, database_url: str) -> None:
    """A proposed record that exists because they named it; a known organisation's own record stays."""
    number = everything(office)
    office.database.run_sync(lambda tx: _proposed(tx, number))
    office.database.run_sync(lambda tx: forgetting.forget(tx, office.setup, number, office.now))

    assert [] == found_in(database_bytes(office.database, database_url), (CLAIMED,))


def _proposed(tx: Transaction, number: int) -> None:
    first = tx.execute(organisations.select().limit(1)).one()._mapping
    values = {
        **first,
        "id": "CSO-9999",
        "name": CLAIMED,
        "status": "proposed",
        "source": "chat",
        "search": CLAIMED.lower(),
    }
    tx.execute(organisations.insert().values(values))
    known = people.get(tx, number)
    assert known is not None
    people.save(tx, replace(known, organisation="CSO-9999"))


def test_words_that_are_in_other_words_hit_nobody_else(office: Office) -> None:
    """Erasing Ali does not blank what was said to Alice."""
    office.database.run_sync(lambda tx: _told_to_others(tx, office))
    ali = Person(id=9, name="Ali")
    words = office.database.run_sync(lambda tx: traces.words_of(tx, ali))
    hit = office.database.run_sync(lambda tx: posts.unsent_mentions(tx, words, ()))

    assert (('"Ali"',), ()) == (words, hit)


def test_an_event_of_the_forgotten_leaves_no_conversation(office: Office) -> None:
    """Whoever writes again is new."""
    everything(office)
    forget(office)
    again: Event = office.event(USER, Said("Bonjour", message="99"))
    office.hear(again)

    assert ("", "") == (person(office).name, person(office).claimed_name)
    assert erasure.FORGOTTEN not in person(office).source
