"""One organisation's page: its life. People, offices, questions, doubles, and who of staff did what when."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from bot.core.errors import Unknown
from bot.core.invitation import ConnectionState
from bot.core.organisation import Organisation
from bot.core.organisation_fields import FIELDS
from bot.core.permission import Permission, Viewer, check
from bot.core.person import Connection
from bot.core.query import Status
from storage import organisations as rows
from storage.database import Transaction
from storage.directory_tables import duplicates, invites, merges, organisations, people
from storage.exchange_tables import import_changes, imports
from storage.reads.connection import is_open
from storage.reads.partners import seen, states_of
from storage.reads.people import PersonRow, of_organisation
from storage.tables import audit, queries

#: Acts, questions and offices that one page shows.
MOST = 50
#: How deep the tree of offices is drawn.
DEEPEST = 6


@dataclass(frozen=True, slots=True, kw_only=True)
class Origin:
    """Where a fact comes from, and when: "world", "chat", "console" or "import:7"."""

    source: str
    #: None where nobody wrote down when: the office's own files.
    at: datetime | None
    #: Member of staff who said so; 0: nobody or the command line.
    person: int = 0
    #: That person's name, where staff have one.
    name: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class OfficeOf:
    """One line of the tree of offices."""

    id: str
    name: str
    country: str
    depth: int
    #: Whether it is the organisation whose page this is.
    here: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class AskedQuery:
    """A question that its people asked: what it is about, never its text."""

    number: int
    topic: str
    desk: str
    status: Status
    asked_at: datetime

    @property
    def reference(self) -> str:
        return f"Q-{self.number:04}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Double:
    """Another record that may be the same organisation."""

    id: str
    name: str
    why: str
    alike: int


@dataclass(frozen=True, slots=True, kw_only=True)
class MergeOf:
    """A record that became part of this one, or this one of another."""

    id: int
    kept: str
    gone: str
    at: datetime
    undone_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Act:
    """Something that staff did with the record."""

    at: datetime
    act: str
    via: str
    person: int
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PartnerPage:
    organisation: Organisation
    state: ConnectionState
    #: Field -> where it comes from.
    origins: Mapping[str, Origin]
    tree: tuple[OfficeOf, ...]
    people: tuple[PersonRow, ...]
    queries: tuple[AskedQuery, ...]
    doubles: tuple[Double, ...]
    merges: tuple[MergeOf, ...]
    life: tuple[Act, ...]
    #: Open invitations for whoever of the organisation comes.
    open_invitations: int


def page(tx: Transaction, viewer: Viewer, organisation: str, now: datetime) -> PartnerPage:
    """Raises `NotAllowed`, and `Unknown` also where the viewer's roles do not cover it."""
    found = rows.every(tx, *seen(viewer), organisations.c.id == organisation)
    if not found:
        raise Unknown
    life = _life(tx, organisation)
    return PartnerPage(
        organisation=found[0],
        state=states_of(tx, [organisation], now)[organisation],
        origins=_origins(tx, found[0], life),
        tree=_tree(tx, viewer, found[0]),
        people=of_organisation(tx, viewer, organisation, now),
        queries=_queries(tx, organisation),
        doubles=_doubles(tx, viewer, organisation),
        merges=_merges(tx, organisation),
        life=life[:MOST],
        open_invitations=_for_whoever(tx, organisation, now),
    )


def editable(tx: Transaction, viewer: Viewer, organisation: str) -> Organisation:
    """The record as it is now, for the form; raises `NotAllowed` or `Unknown`."""
    check(viewer, Permission.EDIT_PARTNERS)
    found = rows.every(tx, *seen(viewer), organisations.c.id == organisation)
    if not found:
        raise Unknown
    return found[0]


def _life(tx: Transaction, organisation: str) -> tuple[Act, ...]:
    """Acts on the record, the latest first; all of them, because the origins of old facts are among them."""
    acts = (
        sa.select(audit, people.c.name)
        .outerjoin(people, people.c.id == audit.c.person)
        .where(audit.c.about == f"organisation:{organisation}")
        .order_by(audit.c.at.desc(), audit.c.id.desc())
    )
    return tuple(
        Act(at=row.at, act=row.act, via=row.via, person=row.person, name=row.name or "") for row in tx.execute(acts)
    )


_CHANGED = "organisation_changed:"
_CONSENT = "organisation_consent:"


def _origins(tx: Transaction, organisation: Organisation, life: Sequence[Act]) -> dict[str, Origin]:
    """Each fact: the latest act that changed it, else where the record comes from."""
    first = _record_origin(tx, organisation, life)
    found = dict.fromkeys((*FIELDS, "consent"), first)
    for act in reversed(life):
        origin = Origin(source=act.via, at=act.at, person=act.person, name=act.name)
        if act.act.startswith(_CHANGED):
            found[act.act.removeprefix(_CHANGED)] = origin
        elif act.act.startswith(_CONSENT):
            found["consent"] = origin
    return found


def _record_origin(tx: Transaction, organisation: Organisation, life: Sequence[Act]) -> Origin:
    last = (
        sa.select(imports.c.id, imports.c.started_at, imports.c.by, people.c.name)
        .join(import_changes, import_changes.c["import"] == imports.c.id)
        .outerjoin(people, people.c.id == imports.c.by)
        .where(import_changes.c.target == organisation.id, imports.c.kind == "organisations")
        .where(imports.c.state != "undone")
        .order_by(imports.c.id.desc())
        .limit(1)
    )
    row = tx.execute(last).first()
    if row:
        return Origin(source=f"import:{row.id}", at=row.started_at, person=row.by, name=row.name or "")
    made = next((act for act in reversed(life) if act.act == "organisation_proposed"), None)
    return Origin(
        source=organisation.source,
        at=made.at if made else None,
        person=made.person if made else 0,
        name=made.name if made else "",
    )


def _tree(tx: Transaction, viewer: Viewer, organisation: Organisation) -> tuple[OfficeOf, ...]:
    """From the headquarters down, as far as the viewer sees it; empty where there is nothing but itself."""
    top, above = organisation.id, organisation.parent
    for _ in range(DEEPEST):
        row = tx.execute(_named(viewer).where(organisations.c.id == above)).first() if above else None
        if row is None:
            break
        top, above = row.id, row.parent
    found: list[OfficeOf] = []
    _below(tx, viewer, top, organisation.id, found)
    return tuple(found) if len(found) > 1 else ()


def _named(viewer: Viewer) -> sa.Select[Any]:
    columns = (organisations.c.id, organisations.c.name, organisations.c.country, organisations.c.parent)
    return sa.select(*columns).where(*seen(viewer), organisations.c.merged_into == "")


def _below(tx: Transaction, viewer: Viewer, top: str, here: str, found: list[OfficeOf]) -> None:
    """Level by level, at most `MOST` offices, then put into the order of the tree."""
    row = tx.execute(_named(viewer).where(organisations.c.id == top)).first()
    if row is None:
        return
    children: dict[str, list[Any]] = {}
    level, known = [top], {top}
    for _ in range(DEEPEST):
        of_level = _named(viewer).where(organisations.c.parent.in_(level)).order_by(organisations.c.name)
        fresh = [each for each in tx.execute(of_level.limit(MOST)) if each.id not in known]
        for each in fresh:
            children.setdefault(each.parent, []).append(each)
        level = [each.id for each in fresh]
        known |= set(level)
        if not level or len(known) >= MOST:
            break
    _in_order(row, 0, here, children, found)


def _in_order(row: Any, depth: int, here: str, children: Mapping[str, list[Any]], found: list[OfficeOf]) -> None:
    found.append(OfficeOf(id=row.id, name=row.name, country=row.country, depth=depth, here=row.id == here))
    for each in children.get(row.id, ()):
        _in_order(each, depth + 1, here, children, found)


def _queries(tx: Transaction, organisation: str) -> tuple[AskedQuery, ...]:
    """What its people asked for it, the latest first, and what staff entered for it.

    Private questions are nobody's business here, not even their number; what a stranger asked who only says that they
    belong to it is not its question.
    """
    speaks = sa.and_(people.c.organisation == organisation, people.c.connection.in_(_SPOKE))
    theirs = (
        sa.select(queries.c.id, queries.c.topic, queries.c.desk, queries.c.status, queries.c.asked_at)
        .join(people, people.c.id == queries.c.person)
        .where(queries.c.organisation == organisation, queries.c.private.is_(False))
        .where(sa.or_(speaks, queries.c.entered_by != 0))
        .order_by(queries.c.asked_at.desc(), queries.c.id.desc())
        .limit(MOST)
    )
    return tuple(
        AskedQuery(number=row.id, topic=row.topic, desk=row.desk, status=Status(row.status), asked_at=row.asked_at)
        for row in tx.execute(theirs)
    )


_SPOKE = (Connection.CONFIRMED, Connection.LEFT)


def _doubles(tx: Transaction, viewer: Viewer, organisation: str) -> tuple[Double, ...]:
    either = sa.or_(duplicates.c.one == organisation, duplicates.c.other == organisation)
    other = sa.case((duplicates.c.one == organisation, duplicates.c.other), else_=duplicates.c.one)
    found = (
        sa.select(organisations.c.id, organisations.c.name, duplicates.c.why, duplicates.c.alike)
        .join(duplicates, organisations.c.id == other)
        .where(either, duplicates.c.state == "open", *seen(viewer))
        .order_by(duplicates.c.alike.desc(), organisations.c.id)
    )
    return tuple(Double(id=row.id, name=row.name, why=row.why, alike=row.alike) for row in tx.execute(found))


def _merges(tx: Transaction, organisation: str) -> tuple[MergeOf, ...]:
    of_it = sa.select(merges).where(sa.or_(merges.c.kept == organisation, merges.c.gone == organisation))
    return tuple(
        MergeOf(id=row.id, kept=row.kept, gone=row.gone, at=row.at, undone_at=row.undone_at)
        for row in tx.execute(of_it.order_by(merges.c.id.desc()))
    )


def _for_whoever(tx: Transaction, organisation: str, now: datetime) -> int:
    whoever = sa.and_(invites.c.organisation == organisation, invites.c.person == 0)
    return tx.execute(sa.select(sa.func.count()).select_from(invites).where(*is_open(now), whoever)).scalar_one()
