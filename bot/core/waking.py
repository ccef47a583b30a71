"""When a query is looked at again besides the marks of its promise: we wait, it sleeps, or it should be closed by now.

The moments follow from the query; `Query.wake_at` says up to where they have been: each is acted on once.
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

from bot.core.query import Query, Status


@dataclass(frozen=True, slots=True, kw_only=True)
class FollowUpRules:
    """How patient the office is with open queries; days of 24 hours."""

    #: After a question of ours the CSO is reminded, then whoever has the query is told, then the desk.
    remind_partner_after_days: int = 3
    tell_holder_after_days: int = 7
    tell_desk_after_days: int = 14
    #: Not closed by its promised end: whoever has it is told at once, the desk so much later.
    unresolved_desk_after_days: int = 1
    #: So far ahead a promised time can be put off.
    put_off_most_days: int = 30


class Wake(StrEnum):
    """Why a query is looked at."""

    REMIND_PARTNER = "remind_partner"
    NO_REPLY_HOLDER = "no_reply_holder"
    NO_REPLY_DESK = "no_reply_desk"
    #: It has slept as long as its holder wanted.
    SLEPT = "slept"
    UNRESOLVED_HOLDER = "unresolved_holder"
    UNRESOLVED_DESK = "unresolved_desk"


#: Its end is ours to bring about.
_OURS = frozenset({Status.NEW, Status.CLAIMED})


def moments(query: Query, rules: FollowUpRules) -> tuple[tuple[datetime, Wake], ...]:
    """All of them as things stand, in order, past ones too."""
    found: list[tuple[datetime, Wake]] = []
    if query.waiting_since:
        found += [
            (query.waiting_since + timedelta(days=rules.remind_partner_after_days), Wake.REMIND_PARTNER),
            (query.waiting_since + timedelta(days=rules.tell_holder_after_days), Wake.NO_REPLY_HOLDER),
            (query.waiting_since + timedelta(days=rules.tell_desk_after_days), Wake.NO_REPLY_DESK),
        ]
    if query.snoozed_until:
        found.append((query.snoozed_until, Wake.SLEPT))
    if query.resolve_by and query.status in _OURS:
        later = query.resolve_by + timedelta(days=rules.unresolved_desk_after_days)
        found += [(query.resolve_by, Wake.UNRESOLVED_HOLDER), (later, Wake.UNRESOLVED_DESK)]
    return tuple(sorted(found))


def due(query: Query, rules: FollowUpRules, now: datetime) -> tuple[tuple[datetime, Wake], ...]:
    """Those that have come and were not acted on yet."""
    since = query.wake_at
    return tuple(each for each in moments(query, rules) if since and since <= each[0] <= now)


def armed(query: Query, rules: FollowUpRules, now: datetime) -> Query:
    """To be looked at when the next one comes."""
    ahead = (moment for moment, _ in moments(query, rules) if moment > now)
    return replace(query, wake_at=min(ahead, default=None))
