"""When people are left alone and when they are told: quiet_hours, digests and follow_up of office.yaml."""

from datetime import time

from bot.core.digest import DigestRules, EmptyDigest
from bot.core.quiet import NEVER_QUIET, QuietHours
from bot.core.quiet import quiet_hours as read
from bot.core.waking import FollowUpRules
from config.world_files import Entry

#: A digest that comes earlier says nothing of the day.
_MOST_MINUTES = 240
#: Longer than that it is no digest any more.
_MOST_LINES = 20
#: Nobody waits longer than a year for a word.
_MOST_DAYS = 365


def quiet_hours(top: Entry) -> QuietHours:
    """The office's own, for organisations that have none; an office that says nothing is never quiet."""
    if "quiet_hours" not in top:
        return NEVER_QUIET
    entry = top.entry("quiet_hours")
    written = entry.text("default")
    found = read(written)
    if found is None:
        entry.place("default").bad(f"{written!r} says no hours; write them like '21:00-07:00'")
    return found or NEVER_QUIET


def digests(top: Entry) -> DigestRules:
    """What the office leaves out is as the product has it."""
    rules = DigestRules()
    if "digests" not in top:
        return rules
    entry = top.entry("digests")
    for name in entry.names:
        entry.at.problems.among(entry.place(name), name, DigestRules.__dataclass_fields__, "setting of digests")
    return DigestRules(
        empty=entry.choice("empty", EmptyDigest, rules.empty) if "empty" in entry else rules.empty,
        evening_minutes_before_end=_number(
            entry, "evening_minutes_before_end", _MOST_MINUTES, rules.evening_minutes_before_end
        ),
        lines=_number(entry, "lines", _MOST_LINES, rules.lines),
        around_the_clock_morning=_clock(entry, "around_the_clock_morning", rules.around_the_clock_morning),
        around_the_clock_evening=_clock(entry, "around_the_clock_evening", rules.around_the_clock_evening),
    )


def follow_up(top: Entry) -> FollowUpRules:
    """What the office leaves out is as the product has it; who is told later comes later."""
    rules = FollowUpRules()
    if "follow_up" not in top:
        return rules
    entry, known = top.entry("follow_up"), FollowUpRules.__dataclass_fields__
    for name in entry.names:
        entry.at.problems.among(entry.place(name), name, known, "setting of follow_up")
    rules = FollowUpRules(**{name: _number(entry, name, _MOST_DAYS, getattr(rules, name)) for name in known})
    steps = (rules.remind_partner_after_days, rules.tell_holder_after_days, rules.tell_desk_after_days)
    if sorted(set(steps)) != list(steps):
        names = "remind_partner_after_days, tell_holder_after_days and tell_desk_after_days"
        entry.at.bad(f"{names} are {', '.join(map(str, steps))}; each must be later than the one before")
    return rules


def _number(entry: Entry, name: str, most: int, usual: int) -> int:
    if name not in entry:
        return usual
    number = entry.whole(name)
    if not 1 <= number <= most:
        entry.place(name).bad(f"{name} is {number}; allowed: 1 to {most}")
    return number


def _clock(entry: Entry, name: str, usual: time) -> time:
    if name not in entry:
        return usual
    written = entry.text(name)
    found = read(f"{written}-00:00")
    if found is None:
        entry.place(name).bad(f"{written!r} is no time; write it like '08:00'")
    return found.begins if found else usual
