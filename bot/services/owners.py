"""Who answers by name for what is critical or a complaint: passed on with all other work, never left without one."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime

from bot.core.complaint import concerned
from bot.core.message import Fields
from bot.core.person import WORKING, Role, Staff
from bot.core.query import Entry, EntryKind, Query
from bot.services import cards, presence
from bot.services.acts import may_act
from bot.services.presence import Presence
from bot.services.setup import Setup
from bot.services.told import tell_member
from storage import audit
from storage import queries as rows
from storage.database import Transaction


def may_own(tx: Transaction, setup: Setup, staff: Staff | None, query: Query) -> bool:
    """Somebody active who may act on the query; never one of the desk that a complaint is about."""
    return staff is not None and may_act(tx, setup.world, staff, query)


def pass_on(tx: Transaction, setup: Setup, query: Query, receiver: int, by: int, now: datetime) -> Query:
    """To the receiver if they may, else to the manager of the desk or of the next one above; 0 where nobody is left."""
    there = presence.look(tx, setup.world, now)
    wished = there.staff.get(receiver)
    able = wished is not None and receiver != query.owner and may_own(tx, setup, wished, query)
    owner = receiver if able else next(_successors(there, query), 0)
    return named(tx, setup, query, owner, by, now)


def _successors(there: Presence, query: Query) -> Iterator[int]:
    """Managers first, desk by desk upwards, those of one desk before those of many; then whoever works there."""
    for wanted in (frozenset({Role.MANAGER}), WORKING):
        for desk in _upwards(there, query.desk):
            fitting = [each for each in there.staff.values() if _fits(there, each, desk, query, wanted)]
            yield from (each.person for each in sorted(fitting, key=_breadth))


def _fits(there: Presence, staff: Staff, desk: str, query: Query, wanted: frozenset[Role]) -> bool:
    covering = any(role.role in wanted and role.covers(desk, there.world) for role in staff.roles)
    free = staff.person != query.owner and desk not in staff.resting and not there.away(staff.person)
    return covering and free and not concerned(staff, query, there.world)


def _breadth(staff: Staff) -> tuple[bool, int]:
    return all(not role.limited for role in staff.roles), staff.person


def _upwards(there: Presence, desk: str) -> Iterator[str]:
    seen: set[str] = set()
    while desk in there.world.desks and desk not in seen:
        seen.add(desk)
        yield desk
        desk = there.world.desks[desk].escalates_to


def named(tx: Transaction, setup: Setup, query: Query, owner: int, by: int, now: datetime) -> Query:
    """From now on this person answers for it: kept, on the timeline and the card, and told to them in private."""
    saved = rows.save(tx, replace(query, owner=owner))
    fields: Fields = {"concern": query.concern or "", "owner": owner}
    rows.add_entry(tx, Entry(query=query.id, kind=EntryKind.EVENT, text="owner", at=now, author=by, fields=fields))
    audit.add(tx, by, "owner", query.reference, now)
    cards.renew_card(tx, setup, saved, now)
    says: Fields = {"reference": query.reference, "concern": query.concern or "", "desk": query.desk}
    source = f"owner:{saved.id}:{saved.version}"
    if not owner:
        cards.post_in_thread(tx, setup, saved, source, "desk.no_owner", says, now)
    elif owner != by:
        tell_member(tx, setup, owner, source, "desk.you_own", says, now, query=saved.id)
    return saved
