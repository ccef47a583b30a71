"""Which partners are connected, invited, unreachable, not yet: the page, the reminder list, the numbers.

Every read takes a `Viewer` and shows the partners of the regions that their roles cover, open organisations only.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from bot.core.invitation import ConnectionState, InvitationRules
from bot.core.organisation import OrganisationStatus
from bot.core.partner_scope import seen_countries
from bot.core.permission import Permission, Viewer, check
from bot.core.person import Connection, InviteKind
from storage.database import Transaction
from storage.directory_tables import identities, invites, organisations, people
from storage.reads.connection import counted
from storage.tables import addresses

OPEN = (OrganisationStatus.PROPOSED, OrganisationStatus.VERIFIED)


@dataclass(frozen=True, slots=True, kw_only=True)
class Counts:
    """How many organisations are in each state."""

    connected: int = 0
    unreachable: int = 0
    invited: int = 0
    not_yet: int = 0

    @property
    def total(self) -> int:
        return self.connected + self.unreachable + self.invited + self.not_yet

    def __add__(self, other: "Counts") -> "Counts":
        mine, theirs = (_values(each) for each in (self, other))
        return Counts(**{name: mine[name] + theirs[name] for name in mine})


def _values(counts: Counts) -> dict[str, int]:
    return {state.value: getattr(counts, state.value) for state in ConnectionState}


def of_states(numbers: Mapping[str, int]) -> Counts:
    return Counts(**{state.value: numbers.get(state.value, 0) for state in ConnectionState})


@dataclass(frozen=True, slots=True, kw_only=True)
class Partner:
    """One organisation and how far it is."""

    organisation: str
    name: str
    country: str
    #: Region id; empty where the country is in none.
    region: str
    language: str
    email: str
    state: ConnectionState
    #: Confirmed people who wrote here, and those of them who can be written to.
    people: int
    reachable: int
    #: Open invitations, and when the latest was made and ends.
    open_invitations: int
    invited_at: datetime | None
    expires_at: datetime | None
    #: Why and since when nobody of it can be reached; empty unless the state is unreachable.
    unreachable: str = ""
    unreachable_since: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Contact:
    """One person of an organisation and how far they are."""

    person: int
    name: str
    position: str
    email: str
    connection: Connection
    state: ConnectionState
    unreachable: str
    unreachable_since: datetime | None
    invited_at: datetime | None
    expires_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Reminder:
    """Somebody invited who has not come: a contact, or whoever of an organisation was meant."""

    organisation: str
    name: str
    country: str
    person: int
    contact: str
    email: str
    language: str
    platform: str
    invited_at: datetime
    expires_at: datetime
    #: Reminders so far: days on which it was invited, after the first.
    reminded: int


def seen(viewer: Viewer) -> sa.ColumnElement[bool]:
    """The organisations this viewer is shown; raises `NotAllowed` for who may see none."""
    check(viewer, Permission.SEE_PARTNERS)
    countries = seen_countries(viewer, Permission.SEE_PARTNERS, viewer.world)
    open_ = organisations.c.status.in_(OPEN)
    return open_ if countries is None else sa.and_(open_, organisations.c.country.in_(sorted(countries)))


WROTE = identities.c.chat != ""
HERE = addresses.c.key == identities.c.account + ":" + identities.c.chat
_REACHED = sa.func.coalesce(addresses.c.unreachable, "") == ""
CONFIRMED = sa.and_(people.c.connection == Connection.CONFIRMED, people.c.organisation != "")
_PEOPLE = (
    sa.select(
        people.c.organisation,
        sa.func.count(people.c.id.distinct()).label("people"),
        sa.func.count(sa.case((_REACHED, people.c.id)).distinct()).label("reachable"),
    )
    .join(identities, identities.c.person == people.c.id)
    .outerjoin(addresses, HERE)
    .where(CONFIRMED, WROTE)
    .group_by(people.c.organisation)
    .subquery("connected_people")
)
OF_PARTNERS = invites.c.kind == InviteKind.ORGANISATION


def _is_open(now: datetime) -> sa.ColumnElement[bool]:
    return sa.and_(OF_PARTNERS, invites.c.used_at.is_(None), invites.c.expires_at > now)


def _standing(viewer: Viewer, now: datetime) -> sa.Select[Any]:
    """Every organisation seen, with its state as a column."""
    asked = (
        sa.select(
            invites.c.organisation,
            sa.func.count().label("open"),
            sa.func.max(invites.c.made_at).label("made_at"),
            sa.func.max(invites.c.expires_at).label("expires_at"),
        )
        .where(_is_open(now))
        .group_by(invites.c.organisation)
        .subquery("asked")
    )
    state = sa.case(
        (_PEOPLE.c.reachable > 0, ConnectionState.CONNECTED.value),
        (_PEOPLE.c.people > 0, ConnectionState.UNREACHABLE.value),
        (asked.c.open > 0, ConnectionState.INVITED.value),
        else_=ConnectionState.NOT_YET.value,
    )
    columns = [organisations.c[name] for name in ("id", "name", "country", "language", "email")]
    return (
        sa.select(
            *columns,
            state.label("state"),
            sa.func.coalesce(_PEOPLE.c.people, 0).label("people"),
            sa.func.coalesce(_PEOPLE.c.reachable, 0).label("reachable"),
            sa.func.coalesce(asked.c.open, 0).label("open"),
            asked.c.made_at,
            asked.c.expires_at,
        )
        .outerjoin(_PEOPLE, _PEOPLE.c.organisation == organisations.c.id)
        .outerjoin(asked, asked.c.organisation == organisations.c.id)
        .where(seen(viewer))
    )


def counts(tx: Transaction, viewer: Viewer, now: datetime) -> Mapping[str, Counts]:
    """Region id (empty: none) -> its organisations by state."""
    found: dict[str, Counts] = {}
    for (country, state), number in counted(tx, seen(viewer), now).items():
        region = viewer.world.region_of.get(country, "")
        found[region] = found.get(region, Counts()) + of_states({state.value: number})
    return dict(sorted(found.items()))


def partners(
    tx: Transaction,
    viewer: Viewer,
    now: datetime,
    *,
    state: ConnectionState | None = None,
    region: str = "",
    organisation: str = "",
    start: int = 0,
    most: int | None = 50,
) -> tuple[Partner, ...]:
    """Organisations by name, of one state or region or one alone; all of them where `most` is None."""
    standing = _standing(viewer, now)
    if region:
        known = viewer.world.regions.get(region)
        standing = standing.where(organisations.c.country.in_(sorted(known.countries) if known else []))
    if organisation:
        standing = standing.where(organisations.c.id == organisation)
    every = standing.subquery()
    chosen = sa.select(every).order_by(every.c.name, every.c.id).offset(start).limit(most)
    if state:
        chosen = chosen.where(every.c.state == state.value)
    rows = tx.execute(chosen).all()
    lost = _lost(tx, [row.id for row in rows if row.state == ConnectionState.UNREACHABLE])
    return tuple(_partner(row, viewer, lost.get(row.id)) for row in rows)


def _partner(row: Any, viewer: Viewer, lost: tuple[str, datetime | None] | None) -> Partner:
    why, since = lost or ("", None)
    return Partner(
        organisation=row.id,
        name=row.name,
        country=row.country,
        region=viewer.world.region_of.get(row.country, ""),
        language=row.language,
        email=row.email,
        state=ConnectionState(row.state),
        people=row.people,
        reachable=row.reachable,
        open_invitations=row.open,
        invited_at=row.made_at,
        expires_at=row.expires_at,
        unreachable=why,
        unreachable_since=since,
    )


#: Most ids named in one statement.
_MOST_IDS = 5000


def _lost(tx: Transaction, ids: Sequence[str]) -> Mapping[str, tuple[str, datetime | None]]:
    """Organisation -> why and since when the last of its people cannot be reached."""
    found: dict[str, tuple[str, datetime | None]] = {}
    since = addresses.c.unreachable_since
    for start in range(0, len(ids), _MOST_IDS):
        gone = (
            sa.select(people.c.organisation, addresses.c.unreachable, since)
            .join(identities, identities.c.person == people.c.id)
            .join(addresses, HERE)
            .where(CONFIRMED, WROTE, people.c.organisation.in_(ids[start : start + _MOST_IDS]), ~_REACHED)
            .order_by(since, people.c.id)
        )
        found |= {row.organisation: (row.unreachable, row.unreachable_since) for row in tx.execute(gone)}
    return found


def contacts(tx: Transaction, viewer: Viewer, organisation: str, now: datetime) -> tuple[Contact, ...]:
    """The people of one organisation, each with how far they are; nobody where the viewer does not see it."""
    if (
        tx.execute(sa.select(organisations.c.id).where(seen(viewer), organisations.c.id == organisation)).first()
        is None
    ):
        return ()
    ours = sa.select(people).where(people.c.organisation == organisation).order_by(people.c.name, people.c.id)
    rows = tx.execute(ours).all()
    chats: dict[int, list[Any]] = {}
    there = sa.select(identities.c.person, addresses.c.unreachable, addresses.c.unreachable_since)
    there = there.join(people, people.c.id == identities.c.person).outerjoin(addresses, HERE)
    for row in tx.execute(there.where(people.c.organisation == organisation)):
        chats.setdefault(row.person, []).append(row)
    open_ = sa.select(invites).where(_is_open(now), invites.c.organisation == organisation, invites.c.person != 0)
    asked = {row.person: row for row in tx.execute(open_)}
    return tuple(_contact(row, chats.get(row.id, []), asked.get(row.id)) for row in rows)


def _contact(row: Any, chats: Sequence[Any], asked: Any) -> Contact:
    lost = [chat for chat in chats if chat.unreachable]
    gone = lost[0] if lost and len(lost) == len(chats) else None
    return Contact(
        person=row.id,
        name=row.name,
        position=row.position,
        email=row.email,
        connection=Connection(row.connection),
        state=_far(connected=bool(chats), gone=gone is not None, asked=asked is not None),
        unreachable=gone.unreachable if gone else "",
        unreachable_since=gone.unreachable_since if gone else None,
        invited_at=asked.made_at if asked else None,
        expires_at=asked.expires_at if asked else None,
    )


def _far(*, connected: bool, gone: bool, asked: bool) -> ConnectionState:
    if connected:
        return ConnectionState.UNREACHABLE if gone else ConnectionState.CONNECTED
    return ConnectionState.INVITED if asked else ConnectionState.NOT_YET


def to_remind(
    tx: Transaction,
    viewer: Viewer,
    rules: InvitationRules,
    now: datetime,
    *,
    start: int = 0,
    most: int | None = None,
) -> tuple[Reminder, ...]:
    """Who was invited so many days ago that the office reminds them, is not connected, and may be reminded once more.

    Of several invitations for the same contact (or for whoever comes) the latest counts, also when it is over."""
    due = _due(viewer, rules, now)
    order = (due.c.made_at, due.c.name, due.c.organisation, due.c.person)
    chosen = sa.select(due).order_by(*order).offset(start).limit(most).subquery("chosen")
    latest = sa.and_(
        invites.c.organisation == chosen.c.organisation,
        invites.c.person == chosen.c.person,
        invites.c.made_at == chosen.c.made_at,
        OF_PARTNERS,
    )
    found = (
        sa.select(chosen, invites.c.expires_at, invites.c.language, invites.c.platform)
        .add_columns(people.c.name.label("contact"), people.c.email.label("contact_email"))
        .join(invites, latest)
        .outerjoin(people, sa.and_(people.c.id == chosen.c.person, chosen.c.person != 0))
        .order_by(chosen.c.made_at, chosen.c.name, chosen.c.organisation, chosen.c.person)
    )
    rows = {(row.organisation, row.person): row for row in tx.execute(found)}
    return tuple(_reminder(row) for row in rows.values())


def count_to_remind(tx: Transaction, viewer: Viewer, rules: InvitationRules, now: datetime) -> int:
    """How long the reminder list is."""
    return tx.execute(sa.select(sa.func.count()).select_from(_due(viewer, rules, now))).scalar_one()


def _due(viewer: Viewer, rules: InvitationRules, now: datetime) -> sa.Subquery:
    """Whoever is to be reminded: the invitations are grouped once, before anything else is looked up."""
    # Several of one day are for several people, or for a second try: one occasion.
    number = sa.func.count(sa.func.date(invites.c.made_at).distinct())
    made_at = sa.func.max(invites.c.made_at)
    made = (
        sa.select(invites.c.organisation, invites.c.person, number.label("number"), made_at.label("made_at"))
        .where(OF_PARTNERS)
        .group_by(invites.c.organisation, invites.c.person)
        .having(sa.func.count(invites.c.used_at) == 0)
        .having(made_at <= now - rules.remind_after)
        .having(number <= rules.remind_most)
        .subquery("made")
    )
    wrote = sa.select(people.c.organisation).join(identities, identities.c.person == people.c.id)
    return (
        sa.select(made, organisations.c.name, organisations.c.country, organisations.c.email)
        .join(organisations, organisations.c.id == made.c.organisation)
        .where(seen(viewer), made.c.organisation.not_in(wrote.where(CONFIRMED, WROTE)))
        .subquery("due")
    )


def _reminder(row: Any) -> Reminder:
    return Reminder(
        organisation=row.organisation,
        name=row.name,
        country=row.country,
        person=row.person,
        contact=row.contact or "",
        email=row.contact_email or row.email,
        language=row.language,
        platform=row.platform,
        invited_at=row.made_at,
        expires_at=row.expires_at,
        reminded=row.number - 1,
    )


def uninvited(tx: Transaction, viewer: Viewer, now: datetime) -> tuple[Partner, ...]:
    """Every organisation that is neither connected nor invited: whom a bulk invitation is for."""
    return partners(tx, viewer, now, state=ConnectionState.NOT_YET, most=None)


def total(by_region: Iterable[Counts]) -> Counts:
    return sum(by_region, Counts())
