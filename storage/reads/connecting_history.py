"""The monthly figure: how many partners of each region were connected, invited, unreachable, not yet.

Nothing is counted twice and nothing is kept for it: it is computed from when people were confirmed, became unreachable
and were invited. It counts the organisations that are open today; who erased their data is in no month any more.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

import sqlalchemy as sa

from bot.core.invitation import ConnectionState
from bot.core.permission import Viewer
from storage.database import Transaction
from storage.directory_tables import identities, invites, organisations, people
from storage.reads.connecting import CONFIRMED, HERE, OF_PARTNERS, WROTE, Counts, of_states, seen
from storage.tables import addresses

#: Connected since before anybody wrote down when.
_EVER = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class Month:
    """One month as it ended, or as it stands now."""

    #: "2026-11".
    month: str
    #: Region id (empty: none) -> its organisations by state.
    regions: Mapping[str, Counts]

    @property
    def total(self) -> Counts:
        return sum(self.regions.values(), Counts())


@dataclass(slots=True)
class _Facts:
    """What is known of one organisation: spans of time, with an end where there is one."""

    people: list[tuple[datetime, datetime | None]] = field(default_factory=list)
    asked: list[tuple[datetime, datetime]] = field(default_factory=list)

    def at(self, moment: datetime) -> ConnectionState:
        wrote = [(since, lost) for since, lost in self.people if since <= moment]
        if any(lost is None or lost > moment for _, lost in wrote):
            return ConnectionState.CONNECTED
        if wrote:
            return ConnectionState.UNREACHABLE
        if any(made <= moment < ended for made, ended in self.asked):
            return ConnectionState.INVITED
        return ConnectionState.NOT_YET


def months(tx: Transaction, viewer: Viewer, until: str, number: int, now: datetime) -> tuple[Month, ...]:
    """So many months up to and with this one ("2026-11"), the oldest first; the running month as it stands now."""
    ours = tx.execute(sa.select(organisations.c.id, organisations.c.country).where(seen(viewer)))
    country_of = {row.id: row.country for row in ours}
    facts = {organisation: each for organisation, each in _facts(tx).items() if organisation in country_of}
    found = []
    for year, month in _months(until, number):
        ends = min(datetime(year + month // 12, month % 12 + 1, 1, tzinfo=UTC), now)
        found.append(Month(month=f"{year}-{month:02}", regions=_regions(viewer, country_of, facts, ends)))
    return tuple(found)


def _months(until: str, number: int) -> Sequence[tuple[int, int]]:
    year, month = (int(part) for part in until.split("-"))
    last = year * 12 + month - 1
    return [(each // 12, each % 12 + 1) for each in range(last - number + 1, last + 1)]


def _regions(
    viewer: Viewer, country_of: Mapping[str, str], facts: Mapping[str, _Facts], ends: datetime
) -> Mapping[str, Counts]:
    region_of = viewer.world.region_of
    numbers: dict[str, Counter[str]] = {}
    for organisation, country in country_of.items():
        known = facts.get(organisation)
        state = known.at(ends) if known else ConnectionState.NOT_YET
        numbers.setdefault(region_of.get(country, ""), Counter())[state.value] += 1
    return {region: of_states(numbers[region]) for region in sorted(numbers)}


def _facts(tx: Transaction) -> dict[str, _Facts]:
    found: dict[str, _Facts] = {}
    since = sa.func.coalesce(people.c.connection_at, identities.c.linked_at, people.c.known_since)
    wrote = (
        sa.select(people.c.organisation, since.label("since"), addresses.c.unreachable_since.label("lost"))
        .join(identities, identities.c.person == people.c.id)
        .outerjoin(addresses, HERE)
        .where(CONFIRMED, WROTE)
    )
    for row in tx.execute(wrote):
        found.setdefault(row.organisation, _Facts()).people.append((row.since or _EVER, row.lost))
    ended = sa.func.coalesce(invites.c.used_at, invites.c.expires_at)
    asked = sa.select(invites.c.organisation, invites.c.made_at, ended.label("ended")).where(OF_PARTNERS)
    for row in tx.execute(asked.where(invites.c.made_at.is_not(None))):
        found.setdefault(row.organisation, _Facts()).asked.append((row.made_at, row.ended))
    return found
