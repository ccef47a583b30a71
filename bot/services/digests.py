"""Digests of staff: each once a day, as their own day begins or ends, whatever was down meanwhile."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta

from bot.core.absence import Absence, away
from bot.core.calendar import Calendar, timezone
from bot.core.digest import Day, DigestKind, EmptyDigest, due
from bot.core.message import Address, Button, Fields
from bot.core.permission import Permission, Viewer
from bot.core.person import Staff
from bot.core.working_time import WorkingTime
from bot.services import desk_lists, told, working_time
from bot.services.setup import Setup
from bot.services.told import Told
from storage import absences, digests, keyboards, people, working_times
from storage.database import Transaction
from storage.keyboards import Keyboard
from storage.reads import digest as reads
from storage.reads.query_scope import own_desks

#: Digests a call makes; the caller comes again at once while there are more. Others want to write in between.
MOST = 5
#: Whoever never had one gets their first as a day begins, not in the middle of the day on which they were linked.
FIRST_WITHIN = timedelta(minutes=10)
#: After so many days a digest that was made is forgotten.
KEPT_DAYS = 60
LISTS = ("show:queue", "show:mine", "show:due")


@dataclass(frozen=True, slots=True)
class Wanted:
    """A digest that is due."""

    staff: Staff
    kind: DigestKind
    day: Day
    zone: str


def send_due(tx: Transaction, setup: Setup, now: datetime) -> int:
    """Make the digests that are due; returns how many, at most `MOST`."""
    made = 0
    for wanted in _due(tx, setup, now):
        person = wanted.staff.person
        reader = _reader(tx, setup, person, wanted.zone)
        if reader is None:
            continue
        first = not digests.had_one(tx, person)
        if not digests.claim(tx, person, wanted.kind, wanted.day.date, now):
            continue
        if not first or now < wanted.day.begins + FIRST_WITHIN:
            _tell(tx, setup, wanted, reader, now)
        made += 1
        if made == MOST:
            break
    if made:
        digests.forget(tx, (now - timedelta(days=KEPT_DAYS)).date())
    return made


def _due(tx: Transaction, setup: Setup, now: datetime) -> Iterator[Wanted]:
    """Of everybody who handles queries, is at work and wants them."""
    own, gone = working_times.everybody(tx), absences.not_over(tx, now)
    days = [(now + timedelta(days=each)).date() for each in (-1, 0, 1)]
    made = digests.made(tx, days)
    for staff in people.everybody_of_staff(tx):
        theirs = own.get(staff.person, WorkingTime(person=staff.person))
        for kind, calendar in _kinds(setup, staff, theirs, gone, now):
            day = due(kind, calendar, setup.world.office.digests, now)
            if day and (staff.person, kind.value, day.date.isoformat()) not in made:
                yield Wanted(staff, kind, day, calendar.zone)


def _kinds(
    setup: Setup, staff: Staff, theirs: WorkingTime, gone: Iterable[Absence], now: datetime
) -> Sequence[tuple[DigestKind, Calendar]]:
    """Which digests somebody gets, with their calendar; none while they are away."""
    desk = working_time.main_desk(setup.world, staff)
    sees = Viewer(person=staff.person, staff=staff, world=setup.world).may(Permission.SEE_QUERIES)
    if desk is None or not sees or away(staff.person, gone, now):
        return ()
    calendar = theirs.calendar(desk.main)
    wants = ((DigestKind.MORNING, theirs.morning), (DigestKind.EVENING, theirs.evening))
    return tuple((kind, calendar) for kind, wanted in wants if wanted)


def _reader(tx: Transaction, setup: Setup, person: int, zone: str) -> Told | None:
    """Their private chat, which on Slack need not have been used; None where nothing leads to them."""
    if reader := told.member(tx, setup, person):
        return reader
    known = people.get(tx, person)
    slack = next((each for each in people.identities_of(tx, person) if setup.has_forms(each[0])), None)
    if known is None or slack is None or people.private_address(tx, person, "") is not None:
        return None
    return Told(address=Address(*slack), person=person, language=told.language_of(setup, known), zone=zone)


def _tell(tx: Transaction, setup: Setup, wanted: Wanted, reader: Told, now: datetime) -> None:
    viewer = Viewer(person=wanted.staff.person, staff=wanted.staff, world=setup.world)
    make = _morning if wanted.kind is DigestKind.MORNING else _evening
    fields = make(tx, viewer, wanted, now)
    if not fields["busy"] and setup.world.office.digests.empty is EmptyDigest.NOTHING:
        return
    own = own_desks(viewer)
    places: Fields = {"desk": own[0] if len(own) == 1 else "", "desks": len(own)}
    source = f"digest:{wanted.kind}:{wanted.staff.person}:{wanted.day.date.isoformat()}"
    buttons = _buttons(tx, setup, reader, now) if fields["busy"] else ()
    template = f"digests.{wanted.kind}"
    told.tell(tx, reader, source, 0, template, {**fields, **places}, now, buttons=buttons)


def _morning(tx: Transaction, viewer: Viewer, wanted: Wanted, now: datetime) -> Fields:
    found = reads.morning(tx, viewer, wanted.day, now, viewer.world.office.digests.lines)
    parts: Fields = {
        "overdue": _lines(viewer, found.overdue, now),
        "today": _lines(viewer, found.today, now),
        "unclaimed": _lines(viewer, found.unclaimed, now),
        "waiting": _references(found.waiting),
        "came": _references(found.came),
        "mine": found.mine,
        "watched": [{"reference": f"Q-{each.query:04}", "what": each.what} for each in found.watched],
    }
    counted = (found.overdue, found.today, found.unclaimed, found.came)
    busy = any(each.count for each in counted) or bool(found.mine or found.watched or found.managed.loads)
    return {**parts, **_managed(found.managed), "left": wanted.day.left.isoformat(), "busy": busy}


def _evening(tx: Transaction, viewer: Viewer, wanted: Wanted, now: datetime) -> Fields:
    begun = datetime.combine(wanted.day.date, time.min, timezone(wanted.zone))
    found = reads.evening(tx, viewer, wanted.day, begun, now, viewer.world.office.digests.lines)
    busy = bool(found.answered.count or found.mine or found.unclaimed or found.overdue.count or found.managed.loads)
    return {
        "answered": _references(found.answered),
        "by_reader": found.answered_by_reader,
        "mine": found.mine,
        "unclaimed": found.unclaimed,
        "overdue": _references(found.overdue),
        "tomorrow": _lines(viewer, found.tomorrow, now),
        **_managed(found.managed),
        "busy": busy,
    }


def _lines(viewer: Viewer, part: reads.Part, now: datetime) -> Fields:
    """Some as lines, and how many more there are."""
    lines = [desk_lists.line(viewer, row, now) for row in part.rows]
    return {"rows": lines, "count": part.count, "more": part.count - len(lines)}


def _references(part: reads.Part) -> Fields:
    named = [row.reference for row in part.rows]
    return {"references": named, "count": part.count, "more": part.count - len(named)}


def _managed(managed: reads.Managed) -> Fields:
    loads: list[Fields] = [
        {"desk": each.desk, "open": each.open, "unclaimed": each.unclaimed, "overdue": each.overdue}
        for each in managed.loads
    ]
    return {"loads": loads, "other_desks": managed.desks - len(loads), "broken": _references(managed.broken)}


def _buttons(tx: Transaction, setup: Setup, reader: Told, now: datetime) -> tuple[Button, ...]:
    """The lists behind the digest."""
    token = setup.new_token()
    board = Keyboard(
        token=token,
        account=reader.address.account,
        chat="",
        person=reader.person,
        prompt=f"{desk_lists.PROMPTS}digest",
        choices=LISTS,
        at=now,
    )
    keyboards.add(tx, board)
    names = (each.partition(":")[2] for each in LISTS)
    return tuple(Button(f"lists.show_{name}", f"{token}.{place}") for place, name in enumerate(names))
