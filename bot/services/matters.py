"""What the confidential desk does with its matters. Each act is given what was opened in memory, and keeps boxes."""

import json
from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.core.care import DAYS_OF_MONTH
from bot.core.errors import BotError, NotAllowed
from bot.core.matter import MatterAct, MatterOutcome, OfficeConcerned, Opened, SealedState, becomes, concerned
from bot.core.message import StoredFile
from bot.core.permission import Permission, Viewer, check
from bot.core.person import Person, Role
from bot.core.query import Query
from bot.core.routing.decision import Because
from bot.core.turn import OpenQuery, RouteQuery
from bot.core.verbs import LONGEST_TEXT
from bot.services import queries
from bot.services.setup import Setup
from bot.services.word import leave_word, tell_released
from storage import audit, matter_lines, people, sealed
from storage.database import Transaction
from storage.sealed import SealedMatter

#: Longest time a matter is kept, in months; the desk decides anew before it is over.
MOST_MONTHS = 120
#: Rows of the list.
MOST = 200


class BadWords(BotError):
    """No words, or more than one message holds."""

    template = "errors.bad_words"


class BadTime(BotError):
    """No number of months between 0 and the longest."""

    template = "errors.bad_months"


@dataclass(frozen=True, slots=True, kw_only=True)
class By:
    """Who of the confidential desk acts, on which matter, with what they opened."""

    viewer: Viewer
    now: datetime
    number: int
    opened: Opened


def listed(tx: Transaction, viewer: Viewer) -> tuple[SealedMatter, ...]:
    """References, times and states; raises `NotAllowed` for everybody but the confidential desk."""
    check(viewer, Permission.OPEN_MATTERS)
    return sealed.passed(tx, MOST)


def shown(tx: Transaction, viewer: Viewer, number: int) -> SealedMatter:
    """One with its boxes, for somebody of the desk. Raises `NotAllowed` or `Unknown`."""
    check(viewer, Permission.OPEN_MATTERS)
    return sealed.get(tx, number)


def read(tx: Transaction, by: By) -> SealedMatter:
    """Note that it was read. Raises `OfficeConcerned` for whoever works for the office it is about."""
    return _begun(tx, by, MatterAct.OPEN)


def take(tx: Transaction, by: By) -> None:
    """It is theirs from now on, whoever had it."""
    matter = _begun(tx, by, MatterAct.TAKE)
    sealed.change(tx, matter, holder=by.viewer.person)


def colleagues(tx: Transaction, by: By) -> tuple[Person, ...]:
    """Those of the desk who may have it: never somebody of the office concerned."""
    world = by.viewer.world
    desk = people.with_role(tx, Role.CONFIDENTIAL)
    fit = (staff.person for staff in desk if not concerned(staff, by.opened.country, world))
    return tuple(person for number in fit if (person := people.get(tx, number)))


def give(tx: Transaction, by: By, person: int) -> None:
    """To a colleague of the desk; nobody else can have it. Raises `OfficeConcerned` or `NotAllowed`."""
    matter = _begun(tx, by, MatterAct.GIVE)
    staff = people.staff(tx, person)
    if staff is None or not staff.has(Role.CONFIDENTIAL):
        raise NotAllowed
    if concerned(staff, by.opened.country, by.viewer.world):
        raise OfficeConcerned(reference=matter.reference)
    sealed.change(tx, matter, holder=person)


def note(tx: Transaction, setup: Setup, by: By, text: str) -> None:
    """For the desk alone, sealed like the matter."""
    matter = _begun(tx, by, MatterAct.NOTE)
    _line(tx, setup, by, matter, "note", _words(text))


def answer(tx: Transaction, setup: Setup, by: By, text: str) -> None:
    """To the sender, where they said that it is safe: a message without content, the words once they ask for them."""
    matter = _begun(tx, by, MatterAct.ANSWER)
    by.opened.check_safe(matter.reference)
    line = _line(tx, setup, by, matter, "answer", _words(text))
    leave_word(tx, setup, by.opened, matter, line, by.now)
    holder = matter.holder or by.viewer.person
    sealed.change(tx, matter, answered_at=by.now, mark_at=None, holder=holder)


def close(tx: Transaction, by: By, outcome: str) -> None:
    """With what became of it; what it says is kept until the desk decides. Raises `BotError` for another outcome."""
    if outcome not in set(MatterOutcome):
        raise BadWords
    matter = _begun(tx, by, MatterAct.CLOSE)
    sealed.change(tx, matter, state=SealedState.CLOSED, closed_at=by.now, outcome=outcome, mark_at=None)


def reopen(tx: Transaction, by: By) -> None:
    """It goes on; nothing is promised anew before the sender writes."""
    matter = _begun(tx, by, MatterAct.REOPEN)
    sealed.change(tx, matter, state=SealedState.PASSED, closed_at=None, outcome=None, keep_until=None)


def keep(tx: Transaction, by: By, months: str) -> None:
    """So long from now on, then it goes by itself; 0: at once."""
    wanted = int(months) if months.isdecimal() and len(months) < 4 else -1
    if not 0 <= wanted <= MOST_MONTHS:
        raise BadTime(most=MOST_MONTHS)
    matter = _begun(tx, by, MatterAct.KEEP)
    sealed.change(tx, matter, keep_until=by.now + timedelta(days=DAYS_OF_MONTH * wanted))


def release(tx: Transaction, setup: Setup, by: By, desk: str, files: tuple[StoredFile, ...]) -> Query:
    """What its sender calls not confidential becomes a query at an ordinary desk; the boxes are emptied.

    Only now do its words enter a row that the bot can read. Raises `NotReleasable`.
    """
    matter = _begun(tx, by, MatterAct.RELEASE)
    by.opened.check_releasable(matter.reference)
    person = people.in_chat(tx, by.opened.account, by.opened.chat)
    ordinary = desk in setup.world.desks and desk != setup.world.office.confidential_desk
    if person is None or not ordinary:
        raise NotAllowed(reference=matter.reference)
    query = _query(tx, setup, by, person, matter, desk, files)
    setup.files.erase_for_desk(matter.opened_by)
    sealed.empty(tx, matter, SealedState.RELEASED)
    tell_released(tx, setup, by.opened, matter, query, by.now)
    return query


def _query(
    tx: Transaction,
    setup: Setup,
    by: By,
    person: Person,
    matter: SealedMatter,
    desk: str,
    files: tuple[StoredFile, ...],
) -> Query:
    key = f"released:{matter.id}"
    new = Query(
        id=0,
        opened_by=key,
        person=person.id,
        organisation=person.organisation,
        country=by.opened.country,
        language=by.opened.language or person.language,
        account=by.opened.account,
        asked_at=by.now,
    )
    query = queries.open_query(tx, OpenQuery(by.opened.text, files), new, "")
    routed = queries.route(tx, setup, RouteQuery(key, "", desk=desk, because=Because.STAFF_MOVED), by.now)
    return routed or query


def erase_due(tx: Transaction, setup: Setup, now: datetime) -> int:
    """What the desk wanted to keep until now goes: words, files, notes and the way to the sender."""
    over = sealed.kept_long_enough(tx, now, MOST)
    for matter in over:
        setup.files.erase_for_desk(matter.opened_by)
        sealed.empty(tx, matter, SealedState.ERASED)
    return len(over)


def _begun(tx: Transaction, by: By, act: MatterAct) -> SealedMatter:
    """The matter, locked, with the act in the audit log; raises unless this person may do it now."""
    matter = shown(tx, by.viewer, by.number)
    if concerned(by.viewer.staff, by.opened.country, by.viewer.world):
        raise OfficeConcerned(reference=matter.reference)
    becomes(matter.state, act, matter.reference)
    audit.add(tx, by.viewer.person, f"matter.{act}", f"matter:{matter.number}", by.now, "console")
    return matter


def _words(text: str) -> str:
    if not text.strip() or len(text) > LONGEST_TEXT:
        raise BadWords
    return text.strip()


def _line(tx: Transaction, setup: Setup, by: By, matter: SealedMatter, kind: str, text: str) -> int:
    box = setup.seal_confidential(json.dumps({"said": text}, ensure_ascii=False).encode())
    words = setup.seal.seal(text.encode()) if kind == "answer" else None
    return matter_lines.add(tx, matter.id, kind, box, words, by.viewer.person, by.now)
