"""Desks: how much there is to do, who does it, when they are there, and who is above."""

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, time, timedelta

from starlette.responses import Response

from adapters.web.console.declared import Page
from adapters.web.console.visit import Visit
from bot.core.errors import BotError
from bot.core.permission import Permission
from bot.core.person import BoundDesk
from bot.core.working_time import WorkingTime, hours_of, zone_named
from bot.core.world import Desk, DeskKind, text_in
from bot.services import desk_people, presence, working_time
from bot.services.desk_people import AtDesk
from storage import desks as bound
from storage.database import Transaction
from storage.reads import desks as reads
from storage.reads.desks import Load

#: How far the calendar looks ahead.
AHEAD = timedelta(days=60)


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One desk in the list."""

    desk: Desk
    load: Load
    there: int
    away: int
    chat: BoundDesk | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """One desk as its pages show it."""

    desk: Desk
    people: Sequence[AtDesk]
    names: Mapping[int, str]
    chat: BoundDesk | None

    def member(self, person: int) -> AtDesk | None:
        return next((each for each in self.people if each.person == person), None)


async def show(visit: Visit) -> Response:
    """Every desk that the viewer's roles cover, those with overdue queries first."""

    def look(tx: Transaction, now: datetime) -> list[Row]:
        loads = reads.of_desks(tx, visit.viewer, now)
        there = presence.look(tx, visit.world, now)
        chats = {each.desk: each for each in bound.every(tx)}
        return [_row(there, desk, loads, chats) for desk in _covered(visit)]

    rows = await visit.read(look)
    order = sorted(rows, key=lambda row: (-row.load.overdue, -row.load.unclaimed, visit.reader.desk(row.desk.id)))
    return visit.draw("desks.html", rows=order, kinds=list(DeskKind), section="desk")


def _row(there: presence.Presence, desk: Desk, loads: Mapping[str, Load], chats: Mapping[str, BoundDesk]) -> Row:
    people = [each for each in desk_people.at_desk(there, desk, there.now) if each.own]
    here = sum(each.there for each in people)
    load = loads.get(desk.id, Load())
    return Row(desk=desk, load=load, there=here, away=len(people) - here, chat=chats.get(desk.id))


def _covered(visit: Visit) -> Sequence[Desk]:
    covered, hidden = visit.viewer.desks(Permission.SEE_DESKS), visit.world.office.confidential_desk
    every = visit.world.desks.values()
    return [each for each in every if each.id != hidden and (covered is None or each.id in covered)]


async def work(visit: Visit) -> Response:
    """Who has how much; who is away and who stands in."""

    def look(tx: Transaction, now: datetime) -> tuple[Mapping[int, Load], Seen]:
        loads = reads.of_people(tx, visit.viewer, visit.path("desk"), now)
        return loads, _seen(tx, visit, now, loads)

    loads, seen = await visit.read(look)
    strangers = [person for person in loads if person and not seen.member(person)]
    shown = [each for each in seen.people if each.own or each.person in loads]
    return _draw(visit, "desk.html", seen, loads=loads, shown=shown, strangers=strangers, nothing=Load())


async def calendar(visit: Visit) -> Response:
    """When the desk's posts and people work, and the days in the coming weeks on which they do not."""
    seen = await visit.read(lambda tx, now: _seen(tx, visit, now))
    mine = await visit.read(lambda tx, _now: working_time.of(tx, visit.viewer.person))
    return _calendar(visit, seen, mine, {})


def _calendar(visit: Visit, seen: Seen, mine: WorkingTime, problem: Mapping[str, str], status: int = 200) -> Response:
    today = visit.now.date()
    days = range(AHEAD.days)
    coming = [today + timedelta(days=each) for each in days]
    free = [(day, [post for post in seen.desk.posts if day in post.holidays]) for day in coming]
    return _draw(
        visit,
        "desk-calendar.html",
        seen,
        status,
        holidays=[(day, posts) for day, posts in free if posts],
        role=lambda post: text_in(post.role, visit.language, visit.world.office.default_language),
        days=lambda given: _days(visit, given),
        hours=lambda opens, closes: f"{opens:%H:%M}–{'24:00' if closes == time.max else f'{closes:%H:%M}'}",
        weekday=lambda day: visit.words(f"desks.day_{day}"),
        shown=[each for each in seen.people if each.own],
        me=seen.member(visit.viewer.person),
        mine=mine,
        problem=problem,
        ahead=AHEAD.days,
    )


def _days(visit: Visit, given: frozenset[int]) -> str:
    """Weekdays as a run where they are one: Sunday–Thursday."""
    ordered = sorted(given)
    gap = next((place for place in range(1, len(ordered)) if ordered[place] != ordered[place - 1] + 1), 0)
    turned = ordered[gap:] + ordered[:gap]
    run = all((after - before) % 7 == 1 for before, after in itertools.pairwise(turned))
    named = [str(visit.words(f"desks.day_{day}")) for day in (turned if run else ordered)]
    return f"{named[0]}–{named[-1]}" if run and len(named) > 2 else ", ".join(named)


async def keep_hours(visit: Visit) -> Response:
    """One's own days, hours and zone; empty: those of the desk."""
    desk, person = visit.path("desk"), visit.viewer.person

    def keep(tx: Transaction, now: datetime) -> None:
        reads.check_desk(visit.viewer, desk)
        known = working_time.of(tx, person)
        wanted = _wanted(visit, replace(known, version=visit.number(visit.given("version"))))
        working_time.keep(tx, wanted, person, now, "console")

    try:
        await visit.act(keep)
    except BotError as refused:
        if type(refused).template not in ("errors.hours_unread", "errors.hours_backwards", "errors.zone_unknown"):
            raise
        seen = await visit.read(lambda tx, now: _seen(tx, visit, now))
        sentence = visit.console.sentence(visit.language, refused.template, refused.fields)
        typed = {name: visit.given(name) for name in ("opens", "closes", "timezone")}
        mine = await visit.read(lambda tx, _now: working_time.of(tx, person))
        return _calendar(visit, seen, mine, {"sentence": sentence, **typed}, 400)
    return visit.go(f"/console/desk/{desk}/calendar", "desks.hours_kept")


def _wanted(visit: Visit, known: WorkingTime) -> WorkingTime:
    """What the form says. Raises `HoursUnread`, `HoursBackwards` or `ZoneUnknown`."""
    days = frozenset(int(each) for each in map(str, visit.form.getlist("days")) if each in set("1234567"))
    opens, closes, zone = (visit.given(name) for name in ("opens", "closes", "timezone"))
    begin, end = (None, None) if not (opens or closes) else hours_of(*_clock(opens), *_clock(closes or "24:00"))
    named = zone_named(zone) if zone else ""
    return replace(known, timezone=named, working_days=days, opens=begin, closes=end)


def _clock(written: str) -> tuple[str, str]:
    hour, _, minute = written[:5].partition(":")
    fine = all(each.isdecimal() and each.isascii() for each in (hour, minute))
    # What is no time of the day is refused as such, in the words that were written.
    return (hour, minute) if fine else ("99", "99")


async def above(visit: Visit) -> Response:
    """The way up from this desk, and who can be reached on it."""

    def look(tx: Transaction, now: datetime) -> tuple[Seen, list[Row]]:
        seen = _seen(tx, visit, now)
        there = presence.look(tx, visit.world, now)
        chats = {each.desk: each for each in bound.every(tx)}
        return seen, [_row(there, each, {}, chats) for each in desk_people.chain(visit.world, seen.desk.id)]

    seen, way = await visit.read(look)
    policy = visit.world.policies[visit.world.departments[seen.desk.department].policy]
    return _draw(visit, "desk-chain.html", seen, way=way, policy=policy)


def _seen(tx: Transaction, visit: Visit, now: datetime, loads: Mapping[int, Load] | None = None) -> Seen:
    """Raises `NotAllowed` for a desk that no role of the viewer covers."""
    name = visit.path("desk")
    reads.check_desk(visit.viewer, name)
    desk = visit.world.desks[name]
    people = desk_people.at_desk(presence.look(tx, visit.world, now), desk, now + AHEAD)
    deputies = [each.deputy for member in people for each in member.absences]
    known = [each.person for each in people] + [each.stands_in for each in people] + deputies + list(loads or ())
    return Seen(desk=desk, people=people, names=reads.names(tx, known), chat=bound.bound(tx, name))


def _draw(visit: Visit, template: str, seen: Seen, status: int = 200, **fields: object) -> Response:
    say = visit.words
    return visit.draw(
        template,
        status,
        seen=seen,
        named=lambda person: seen.names.get(person) or say("layout.person", id=person),
        platform=lambda account: visit.setup.kinds.get(account, account).capitalize(),
        section="desk",
        **fields,
    )


_ONE = "/console/desk/{desk}"
_SEE = Permission.SEE_DESKS

PAGES = (
    Page("/console/desk", _SEE, show),
    Page(_ONE, _SEE, work),
    Page(f"{_ONE}/calendar", _SEE, calendar),
    Page(f"{_ONE}/calendar", _SEE, keep_hours, method="POST"),
    Page(f"{_ONE}/chain", _SEE, above),
)
