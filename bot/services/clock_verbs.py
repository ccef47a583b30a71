"""What staff do about the time that was promised: ask the CSO back, send word, put it off."""

from collections.abc import Sequence
from datetime import datetime, time, timedelta

from bot.core import query_clock
from bot.core.message import Fields
from bot.core.moments import moment
from bot.core.promise import ClockStands, PromiseBackwards
from bot.core.query import Entry, EntryKind, Query
from bot.core.query_clock import desk_of, policy_of
from bot.core.turn import Immediate
from bot.services import answers, by_mail, cards
from bot.services.acts import Act, MomentPast, TooFarAhead, only_holder, tell_asker
from storage import queries as rows

#: Where a desk has no closing time of its own.
_DAY_ENDS = time(23, 59)


def ask_back(act: Act) -> Sequence[Immediate]:
    """Ask the CSO something: once the question is with it, the clock stands until it writes."""
    return answers.answer(act, EntryKind.ASKED_BACK, act.text, act.files)


def update(act: Act) -> Sequence[Immediate]:
    """A word that is no answer yet: the CSO is told when it hears again."""
    return answers.answer(act, EntryKind.UPDATE, act.text, act.files)


def put_off(act: Act) -> Sequence[Immediate]:
    """Promise a later time, with the reason that the CSO reads. Raises what tells the next step."""
    only_holder(act)
    query, to = act.query, moment_of(act, "until")
    most = act.setup.world.office.follow_up.put_off_most_days
    if to > act.now + timedelta(days=most):
        raise TooFarAhead(reference=query.reference, days=most)
    later = rows.save(act.tx, _promised(act, to))
    said = query.due_at.isoformat() if query.due_at else ""
    fields: Fields = {"from": said, "to": to.isoformat(), "reason": act.text}
    line = Entry(query=query.id, kind=EntryKind.EVENT, text="put_off", at=act.now, author=act.person, fields=fields)
    rows.add_entry(act.tx, line)
    cards.renew_card(act.tx, act.setup, later, act.now)
    tell_asker(act, later, "conversation.put_off", {"reason": act.text, "before": said})
    by_mail.tell_so(act, later, "conversation.put_off", {"reason": act.text, "before": said})
    return ()


def _promised(act: Act, to: datetime) -> Query:
    policy, desk = policy_of(act.setup.world, act.query), desk_of(act.setup.world, act.query)
    due = act.query.due_at.isoformat() if act.query.due_at else ""
    try:
        return query_clock.put_off(act.query, policy, desk, to, act.now)
    except ClockStands:
        raise ClockStands(reference=act.query.reference) from None
    except PromiseBackwards:
        raise PromiseBackwards(reference=act.query.reference, due=due) from None


def moment_of(act: Act, name: str) -> datetime:
    """The moment that was written, in the desk's zone; a day alone means its end. Raises `MomentPast`."""
    desk = desk_of(act.setup.world, act.query).main
    meant = moment(act.values.get(name, ""), act.now, desk.timezone, min(desk.closes, _DAY_ENDS))
    if meant is None or meant <= act.now:
        raise MomentPast(reference=act.query.reference)
    return meant
