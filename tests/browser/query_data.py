"""Queries of a demo as a desk has them on a busy morning."""

import time
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from urllib.parse import urlencode
from urllib.request import Request, urlopen

import sqlalchemy as sa

from bot.core.message import FileKind
from bot.core.person import Connection
from bot.core.query import Concern, Entry, EntryKind, EntryState, Query, Status
from storage import clock, organisations, people
from storage import queries as rows
from storage.database import Database, Transaction
from storage.desk_tables import query_links, watchers
from storage.files import FileStore
from storage.sealing import ProcessSeal, process_key

AMINA, LIAISON, BACKUP = "4000000000900", "U0DEMOLIA", "U0DEMOBAK"
QUESTIONS = (
    "Shelter kits are finished in Dadaab and a cyclone is expected on Thursday. Who can send more, and by when?",
    "Can two of our staff join the training for officers at Beitbridge?",
    "Nous cherchons le formulaire de retour volontaire pour trois familles.",
    "ما هي شروط التسجيل كشريك؟",
    "Where is the warehouse? " + "averylongwordthatdoesnotbreak" * 6,
    "How do we become an observer?",
)


def fill(url: str, folder: Path) -> None:
    """Six queries of Amina at the Kenyan mission: claimed, new, waiting, sensitive, answered and closed."""
    said = urlencode({"who": "amina", "text": "/start"}).encode()
    urlopen(Request(f"{url}/simulator/telegram-say", said, {"Origin": url}), timeout=10).close()
    database = Database(f"sqlite:///{folder / 'demo.db'}")
    end = time.monotonic() + 20
    while database.run_sync(lambda tx: people.known(tx, "telegram", AMINA)) is None and time.monotonic() < end:
        time.sleep(0.1)
    seal = ProcessSeal(process_key((folder / "keys" / "process.key").read_text()))
    database.run_sync(lambda tx: _fill(tx, FileStore(folder / "files", seal)))
    database.close()


def _fill(tx: Transaction, store: FileStore) -> None:
    now = clock.now(tx)
    liaison, backup = (_staff(tx, user) for user in (LIAISON, BACKUP))
    known = organisations.of_ids(tx, ["CSO-0001"])[0]
    amina = people.known(tx, "telegram", AMINA)
    assert amina is not None
    speaks = replace(amina, country="KE", organisation=known.id, connection=Connection.CONFIRMED, name="Amina")
    asker = people.save(tx, replace(speaks, language="en"))
    blank = Query(
        id=0,
        opened_by="",
        person=asker.id,
        organisation=known.id,
        country="KE",
        account="telegram",
        topic="shelter",
        topics=(("shelter", 0.81),),
        desk="mission-ke",
        because="country_and_topic",
        because_fields={"topic": "shelter", "country": "KE"},
        policy="urgent",
        asked_at=now - timedelta(hours=9),
    )
    wanted = (
        replace(blank, status=Status.CLAIMED, holder=liaison, due_at=now - timedelta(hours=2), no_quotes=True),
        replace(blank, status=Status.NEW, due_at=now + timedelta(minutes=30), concern=Concern.COMPLAINT, owner=backup),
        replace(blank, status=Status.WAITING, holder=liaison, waiting_since=now - timedelta(hours=1)),
        replace(blank, status=Status.NEW, sensitive=True, due_at=now + timedelta(days=9)),
        replace(blank, status=Status.ANSWERED, holder=backup, answered_at=now - timedelta(hours=1), private=True),
        replace(blank, status=Status.CLOSED, holder=backup, answered_at=now - timedelta(hours=3)),
    )
    photo = replace(store.add(b"\xff\xd8\xff photo", "camp.jpg", "image/jpeg"), kind=FileKind.PHOTO)
    numbers = []
    for place, (query, text) in enumerate(zip(wanted, QUESTIONS, strict=True)):
        made = rows.add(tx, replace(query, opened_by=f"morning:{place}"))
        numbers.append(made.id)
        line = Entry(query=made.id, kind=EntryKind.QUESTION, text=text, at=made.asked_at, author=asker.id)
        rows.add_entry(tx, replace(line, files=(photo,) if not place else ()))
        if made.holder:
            rows.add_entry(tx, replace(line, kind=EntryKind.EVENT, text="claimed", author=made.holder))
            rows.add_entry(tx, replace(line, kind=EntryKind.NOTE, text="Asked the warehouse.", author=backup))
    sent = Entry(query=numbers[0], kind=EntryKind.REPLY, text="Tomorrow.", at=now, author=liaison)
    rows.add_entry(tx, replace(sent, state=EntryState.REPLACED))
    rows.add_entry(tx, replace(sent, kind=EntryKind.CORRECTION, text="Two trucks leave tonight."))
    tx.execute(sa.insert(query_links).values(query=numbers[0], other=numbers[1], kind="linked", by=liaison, at=now))
    tx.execute(sa.insert(watchers).values(query=numbers[0], person=backup, at=now))


def _staff(tx: Transaction, user: str) -> int:
    found = people.known(tx, "slack", user)
    assert found is not None
    return found.id
