"""When staff work: set by themselves or by who may change a desk's calendar, and asked for."""

from dataclasses import replace
from datetime import datetime

from bot.core.calendar import Calendar
from bot.core.person import Staff
from bot.core.working_time import WorkingTime
from bot.core.world import Desk, World
from storage import audit, working_times
from storage.database import Transaction


def of(tx: Transaction, person: int) -> WorkingTime:
    """The person's own; everything the desk's where they said nothing."""
    return working_times.of(tx, person)


def keep(tx: Transaction, new: WorkingTime, by: int, now: datetime, via: str = "chat") -> WorkingTime:
    """Keep what was set. Raises `Conflict` where somebody else changed it since it was read."""
    kept = working_times.save(tx, new)
    audit.add(tx, by, "hours_set", f"staff:{new.person}", now, via)
    return kept


def say(tx: Transaction, person: int, words: str, by: int, now: datetime, via: str = "chat") -> WorkingTime:
    """Change what the words name ("SU-TH 08:00-16:00 Asia/Amman"); raises the refusals of `WorkingTime.said`."""
    return keep(tx, working_times.of(tx, person).said(words), by, now, via)


def as_the_desk(tx: Transaction, person: int, by: int, now: datetime, via: str = "chat") -> WorkingTime:
    """Nothing of their own any more."""
    return keep(tx, working_times.of(tx, person).as_the_desk(), by, now, via)


def choose_digests(
    tx: Transaction, person: int, *, morning: bool, evening: bool, by: int, now: datetime, via: str = "chat"
) -> WorkingTime:
    """Which digests the person wants."""
    wanted = replace(working_times.of(tx, person), morning=morning, evening=evening)
    kept = working_times.save(tx, wanted)
    audit.add(tx, by, "digests_chosen", f"staff:{person}", now, via)
    return kept


def main_desk(world: World, staff: Staff) -> Desk | None:
    """The desk whose calendar is a person's own where they said nothing: the first that a role of theirs names."""
    named = (role.desk for role in staff.roles if role.desk in world.desks)
    covered = (desk for desk in world.desks if staff.may_act_at(desk, world))
    first = next(named, "") or next(covered, "")
    return world.desks[first] if first else None


def calendar(tx: Transaction, world: World, staff: Staff) -> Calendar | None:
    """When the person works; None for somebody who handles no queries anywhere."""
    desk = main_desk(world, staff)
    return working_times.of(tx, staff.person).calendar(desk.main) if desk else None
