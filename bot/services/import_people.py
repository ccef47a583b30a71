"""Rows of a file become contacts of organisations, and are taken back again. Nobody is connected by a file."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime

from bot.core import record_json
from bot.core.imports import people as rows_of
from bot.core.imports.layout import Problem, RawRow
from bot.core.likeness import plain
from bot.core.organisation import Organisation
from bot.core.person import Person
from bot.services.setup import Setup
from storage import contacts, organisations
from storage.database import Transaction
from storage.imports import Change

#: Row -> the person as they would be, and as they are now.
Checked = dict[int, tuple[Person, Person | None]]


def check(
    tx: Transaction, setup: Setup, source: str, rows: Sequence[RawRow], now: datetime
) -> tuple[Checked, dict[int, tuple[Problem, ...]]]:
    """What each row would make, and why others cannot be taken. Nothing is written."""
    named = _named(tx, {row["organisation"] for row in rows if row["organisation"]})
    theirs = _contacts(contacts.of_organisations(tx, {each.id for each in named.values()}))
    good: Checked = {}
    bad: dict[int, tuple[Problem, ...]] = {}
    for row in rows:
        organisation = named.get(row["organisation"])
        known = rows_of.same_person(row, theirs.get(organisation.id, {})) if organisation else None
        around = rows_of.Around(world=setup.world, organisation=organisation, known=known, source=source, now=now)
        found = rows_of.person(row, around)
        if isinstance(found, tuple):
            bad[row.number] = found
        else:
            good[row.number] = (found, known)
    return good, bad


def _named(tx: Transaction, words: Iterable[str]) -> dict[str, Organisation]:
    """Word of a file -> the organisation it names: its id, or a name or acronym that no other has."""
    wanted = set(words)
    found = {each.id: each for each in organisations.of_ids(tx, wanted)}
    if missing := wanted - found.keys():
        by_name: dict[str, list[Organisation]] = {}
        for each in organisations.every(tx):
            for word in {plain(each.name), plain(each.acronym)} - {""}:
                by_name.setdefault(word, []).append(each)
        alone = {word: by_name.get(plain(word), []) for word in missing}
        found |= {word: those[0] for word, those in alone.items() if len(those) == 1}
    return found


def _contacts(known: Iterable[Person]) -> dict[str, dict[tuple[str, str], Person]]:
    """Organisation -> its people by address and by name."""
    found: dict[str, dict[tuple[str, str], Person]] = {}
    for person in known:
        theirs = found.setdefault(person.organisation, {})
        for kind, word in (("email", person.email), ("name", person.name)):
            if word:
                theirs.setdefault((kind, word.casefold()), person)
    return found


def keep(tx: Transaction, good: Checked, now: datetime) -> list[Change]:
    """Write what the rows make; a row that says what is known already changes nothing."""
    fresh = {row: after for row, (after, before) in good.items() if before is None}
    changed = {row: (after, before) for row, (after, before) in good.items() if before is not None and after != before}
    added = dict(zip(fresh, contacts.add_all(tx, list(fresh.values())), strict=True))
    contacts.save_all(tx, [after for after, _ in changed.values()])
    new = [Change(row, str(each.id), None, each.version) for row, each in added.items()]
    return new + [
        Change(row, str(after.id), record_json.dump(before), after.version + 1)
        for row, (after, before) in changed.items()
    ]


def take_back(tx: Transaction, changes: Sequence[Change], now: datetime) -> set[int]:
    """Undo what these rows did; the rows whose person somebody changed or met since stay and are named."""
    known = {str(each.id): each for each in contacts.by_ids(tx, [int(each.target) for each in changes])}
    same = [each for each in changes if each.target in known and known[each.target].version == each.version]
    added = [int(each.target) for each in same if each.before is None]
    used = contacts.used(tx, added)
    contacts.remove_all(tx, [each for each in added if each not in used])
    restored = [
        replace(record_json.person(each.before), version=known[each.target].version)
        for each in same
        if each.before is not None
    ]
    contacts.save_all(tx, restored)
    left = {each.row for each in changes if each.target in known} - {each.row for each in same}
    return left | {each.row for each in same if int(each.target) in used}
