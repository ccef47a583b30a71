"""Critical messages and complaints: a named owner, an answer before the end, and never the desk they are about."""

from collections.abc import Sequence
from dataclasses import replace

from bot.core.complaint import concerned
from bot.core.errors import NotAllowed
from bot.core.message import Fields
from bot.core.query import Concern, Entry, EntryKind, Query
from bot.core.query_clock import desk_of, policy_of
from bot.core.routing.decision import Because, Route
from bot.core.sla import next_above
from bot.core.turn import Immediate
from bot.core.verbs import NO_CONCERN
from bot.services import cards, owners, queries
from bot.services.acts import Act, NobodyAbove, manages, tell_asker
from storage import people, watchers
from storage import queries as rows


class OwnerNeeded(NotAllowed):
    """Nobody is named who answers for it."""

    template = "errors.owner_needed"


class CannotOwn(NotAllowed):
    """They do not work at the desk, or the complaint is about theirs."""

    template = "errors.cannot_own"


class OwnerStays(NotAllowed):
    """Somebody answers for it already: that changes only when work is handed over."""

    template = "errors.owner_stays"


class OnlyOwner(NotAllowed):
    """Only who answers for it, or a manager of the desk, says that it is none any more."""

    template = "errors.only_owner"


def tag(act: Act) -> Sequence[Immediate]:
    """Critical, a complaint, or neither any more. Raises one of the refusals above, or `NobodyAbove`."""
    if act.values["concern"] == NO_CONCERN:
        return _untag(act)
    concern = Concern(act.values["concern"])
    about = act.values.get("about", "") if concern is Concern.COMPLAINT else ""
    tagged = replace(act.query, concern=concern, complaint_about=about)
    owner = _owner(act, tagged)
    if about in _places(act):
        tagged = _away_from(act, tagged)
    _forget_watchers(act, tagged)
    fields: Fields = {"concern": concern.value}
    _event(act, tagged, fields)
    if owner != tagged.owner:
        owners.named(act.tx, act.setup, tagged, owner, act.person, act.now)
    else:
        cards.renew_card(act.tx, act.setup, rows.save(act.tx, tagged), act.now)
    return (act.notice("desk.tagged", {"reference": tagged.reference, **fields}),)


def _untag(act: Act) -> Sequence[Immediate]:
    query = act.query
    if query.concern is not None and act.person != query.owner and not manages(act):
        raise OnlyOwner(reference=query.reference)
    saved = rows.save(act.tx, replace(query, concern=None, owner=0, complaint_about=""))
    _event(act, saved, {"concern": ""})
    cards.renew_card(act.tx, act.setup, saved, act.now)
    return (act.notice("desk.tagged", {"reference": query.reference, "concern": ""}),)


def _owner(act: Act, tagged: Query) -> int:
    """Who is named, or who answers for it already."""
    chosen = int(act.values.get("owner") or 0)
    if tagged.owner:
        if chosen not in (0, tagged.owner):
            raise OwnerStays(reference=tagged.reference)
        chosen = tagged.owner
    if not chosen:
        raise OwnerNeeded(reference=tagged.reference)
    if not owners.may_own(act.tx, act.setup, people.staff(act.tx, chosen), tagged):
        raise CannotOwn(reference=tagged.reference)
    return chosen


def _places(act: Act) -> set[str]:
    """The desk that has it, and the one in whose chat it is shown."""
    return {act.query.desk, cards.thread_desk(act.tx, act.query)}


def _away_from(act: Act, tagged: Query) -> Query:
    """To the next desk above that the complaint is not about; the CSO is told."""
    world = act.setup.world
    above = next_above(world, policy_of(world, tagged), desk_of(world, tagged), tagged.complaint_about)
    if not above:
        raise NobodyAbove(reference=tagged.reference)
    place = Route(above, Because.COMPLAINT, {"topic": tagged.topic})
    moved = queries.move(act.tx, act.setup, tagged, place, act.now, act.person)
    tell_asker(act, moved, "conversation.moved_complaint", {})
    return moved


def _forget_watchers(act: Act, tagged: Query) -> None:
    """Nobody of the desk that it is about watches it any more."""
    for person in watchers.of_query(act.tx, tagged.id):
        staff = people.staff(act.tx, person)
        if staff is not None and concerned(staff, tagged, act.setup.world):
            watchers.remove(act.tx, tagged.id, person)


def _event(act: Act, query: Query, fields: Fields) -> None:
    line = Entry(query=query.id, kind=EntryKind.EVENT, text="concern", at=act.now, author=act.person, fields=fields)
    rows.add_entry(act.tx, line)
