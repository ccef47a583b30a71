"""Effects that concern promises and who of staff is there, each performed in its one place."""

from collections.abc import Callable
from typing import Any

from bot.core.absence import Absence
from bot.core.desk_turn import ChooseDigests, EndAbsence, EscalateQuery, SetAbsence, SetHours, ShowChart, ShowList
from bot.core.errors import BotError
from bot.core.message import Fields
from bot.core.working_time import clock_words
from bot.services import absences, desk_lists, promises, working_time
from bot.services.acting import Acting, tell_acting
from bot.services.charts import show_chart
from storage import people, queries


def escalate(acting: Acting, effect: EscalateQuery) -> None:
    """The mark of the promised time, now: what was said when it came is not said again."""
    query = queries.opened_by(acting.tx, effect.about)
    if query is not None:
        promises.break_now(acting.tx, acting.setup, query, acting.now)


def set_absence(acting: Acting, effect: SetAbsence) -> None:
    new = Absence(person=acting.person.id, begins=effect.begins, ends=effect.ends, deputy=effect.deputy)
    try:
        with acting.tx.begin_nested():
            plan = absences.begin(acting.tx, acting.setup, new, acting.now)
    except BotError as problem:
        tell_acting(acting, acting.told, problem.template, problem.fields)
        return
    fields: Fields = {
        "begins": effect.begins.isoformat(),
        "ends": effect.ends.isoformat(),
        "later": plan is None,
        "taken": plan.taken if plan else (),
        "returned": plan.returned if plan else (),
    }
    tell_acting(acting, acting.told, "staff.away", fields)


def end_absence(acting: Acting, effect: EndAbsence) -> None:
    was_away = absences.end(acting.tx, acting.person.id, acting.now)
    tell_acting(acting, acting.told, "staff.back" if was_away else "staff.not_away", {})


def choose_digests(acting: Acting, effect: ChooseDigests) -> None:
    """What they want from now on; without a wish, how it stands."""
    kept = working_time.of(acting.tx, acting.person.id)
    morning = kept.morning if effect.morning is None else effect.morning
    evening = kept.evening if effect.evening is None else effect.evening
    if (morning, evening) != (kept.morning, kept.evening):
        by = acting.person.id
        working_time.choose_digests(acting.tx, by, morning=morning, evening=evening, by=by, now=acting.now)
    fields: Fields = {"morning": morning, "evening": evening, "slash": acting.setup.slash(acting.event.address.account)}
    tell_acting(acting, acting.told, "lists.digests", fields)


def set_hours(acting: Acting, effect: SetHours) -> None:
    """Keep what they said, and say how it stands; what cannot be read changes nothing."""
    tx, by = acting.tx, acting.person.id
    try:
        if effect.as_the_desk:
            working_time.as_the_desk(tx, by, by, acting.now)
        elif effect.words:
            working_time.say(tx, by, effect.words, by, acting.now)
    except BotError as problem:
        tell_acting(acting, acting.told, problem.template, problem.fields)
        return
    _say_hours(acting, changed=effect.as_the_desk or bool(effect.words))


def _say_hours(acting: Acting, *, changed: bool) -> None:
    staff = people.staff(acting.tx, acting.person.id)
    desk = working_time.main_desk(acting.setup.world, staff) if staff else None
    if desk is None:
        tell_acting(acting, acting.told, "staff.hours_no_desk", {})
        return
    kept = working_time.of(acting.tx, acting.person.id)
    works = kept.calendar(desk.main)
    fields: Fields = {
        "changed": changed,
        "own": kept.own,
        "desk": desk.id,
        "days": sorted(works.working_days),
        "opens": works.opens.isoformat("minutes"),
        "closes": clock_words(works.closes),
        "in_zone": works.zone,
        "kind": acting.setup.kinds.get(acting.told.address.account, ""),
    }
    tell_acting(acting, acting.told, "staff.hours", fields)


HANDLERS: dict[type, Callable[[Acting, Any], None]] = {
    ShowList: desk_lists.show,
    ChooseDigests: choose_digests,
    ShowChart: show_chart,
    SetHours: set_hours,
    EscalateQuery: escalate,
    SetAbsence: set_absence,
    EndAbsence: end_absence,
}
