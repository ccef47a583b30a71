"""Duplicates: found, called different, or merged into one record, and parted again."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace
from datetime import datetime

from bot.core import record_json
from bot.core.duplicates import Pair, card_of, compared, pairs
from bot.core.errors import Unknown
from bot.core.merge import CannotMerge, CannotUndoMerge, Choice, Moved, choices, merged, parted
from bot.core.organisation import TRANSITIONS, Organisation, OrganisationStatus
from bot.core.partner_scope import scope_of
from bot.core.permission import Permission, Viewer, check
from bot.services.setup import Setup
from storage import audit, merges, organisations
from storage.database import Transaction


@dataclass(frozen=True, slots=True, kw_only=True)
class Preview:
    """What a merge would do."""

    kept: Organisation
    gone: Organisation
    #: The record that stays, as it would be.
    result: Organisation
    #: The fields in which the two differ, and which value stays.
    choices: tuple[Choice, ...]
    #: What moves over.
    moved: Moved


def look_for_duplicates(tx: Transaction, setup: Setup, organisation: Organisation, now: datetime) -> int:
    """Compare one that was added or renamed with those it may be; how many new pairs were found."""
    free_mail = setup.world.office.free_mail_domains
    mine = card_of(organisation, free_mail)
    found = (compared(mine, other) for other in merges.near(tx, mine, free_mail))
    return merges.note(tx, [each for each in found if each is not None], now)


def compare_all(tx: Transaction, setup: Setup, source: str = "") -> list[Pair]:
    """All pairs, or those with a record of this source. Takes seconds for thousands and writes nothing."""
    cards = merges.cards(tx, setup.world.office.free_mail_domains)
    return list(pairs(cards, organisations.of_source(tx, source) if source else None))


def note(tx: Transaction, found: Iterable[Pair], now: datetime) -> int:
    """Keep what `compare_all` found; pairs that somebody has looked at stay as they were said to be."""
    return merges.note(tx, found, now)


def different(
    tx: Transaction, setup: Setup, viewer: Viewer, one: str, other: str, now: datetime, via: str = "console"
) -> None:
    """Somebody looked: the two are not one. They are not shown again."""
    for each in (one, other):
        _known(tx, setup, viewer, each)
    merges.set_state(tx, one, other, "different", now)
    audit.add(tx, viewer.person, f"organisation_different:{other}", f"organisation:{one}", now, via)


def preview(tx: Transaction, setup: Setup, viewer: Viewer, kept: str, gone: str, take: Collection[str] = ()) -> Preview:
    """What would move and which values would stay; raises `CannotMerge`, `Unknown` or `NotAllowed`."""
    stays, goes = _known(tx, setup, viewer, kept), _known(tx, setup, viewer, gone)
    closes = OrganisationStatus.CLOSED in TRANSITIONS[goes.status]
    if kept == gone or not closes or stays.status is OrganisationStatus.CLOSED or stays.merged_into:
        raise CannotMerge(kept=kept, gone=gone)
    result = merged(stays, goes, take)
    moved = merges.belonging(tx, gone)
    return Preview(kept=stays, gone=goes, result=result, choices=choices(stays, goes, result), moved=moved)


def merge(
    tx: Transaction,
    setup: Setup,
    viewer: Viewer,
    kept: str,
    gone: str,
    now: datetime,
    take: Collection[str] = (),
    via: str = "console",
) -> int:
    """Make one of two: everything moves to `kept`, `gone` is closed. The number of the merge, for undoing it."""
    plan = preview(tx, setup, viewer, kept, gone, take)
    after = organisations.save(tx, plan.result, now)
    merges.move(tx, plan.moved, gone, kept)
    closed = replace(plan.gone, status=OrganisationStatus.CLOSED, merged_into=kept)
    organisations.save(tx, closed, now)
    merges.set_state(tx, kept, gone, "merged", now)
    made = merges.Merge(
        id=0,
        kept=kept,
        gone=gone,
        moved=plan.moved,
        before_kept=record_json.dump(plan.kept),
        before_gone=record_json.dump(plan.gone),
        after=record_json.dump(after),
        by=viewer.person,
        at=now,
        undone_at=None,
    )
    number = merges.add(tx, made)
    for each, act in ((kept, f"organisation_merged:{gone}"), (gone, f"organisation_merged_into:{kept}")):
        audit.add(tx, viewer.person, act, f"organisation:{each}", now, via)
    return number


def undo(tx: Transaction, setup: Setup, viewer: Viewer, number: int, now: datetime, via: str = "console") -> None:
    """Part the two again: exactly what moved goes back. What came or was changed since stays with the kept one.

    Raises `CannotUndoMerge` with what stands in the way.
    """
    made = merges.get(tx, number)
    if made is None or made.undone_at is not None:
        raise CannotUndoMerge(f"There is no merge {number} to undo.", number=number, gone="")
    kept, gone = _known(tx, setup, viewer, made.kept), _known(tx, setup, viewer, made.gone)
    if later := merges.standing(tx, made.kept):
        said = f"{made.kept} was merged into {later.kept} since: undo merge {later.id} first."
        raise CannotUndoMerge(said, number=number, gone=made.gone)
    if gone.merged_into != made.kept:
        raise CannotUndoMerge(f"{made.gone} was opened again since.", number=number, gone=made.gone)
    before = record_json.organisation(made.before_gone)
    organisations.save(tx, replace(gone, status=before.status, merged_into=before.merged_into), now)
    merges.move(tx, made.moved, made.kept, made.gone)
    kept = _known(tx, setup, viewer, made.kept)
    after, was = record_json.organisation(made.after), record_json.organisation(made.before_kept)
    organisations.save(tx, parted(kept, was, after), now)
    merges.mark_undone(tx, number, now)
    merges.set_state(tx, made.kept, made.gone, "open", now)
    audit.add(tx, viewer.person, f"organisation_unmerged:{made.gone}", f"organisation:{made.kept}", now, via)


def _known(tx: Transaction, setup: Setup, viewer: Viewer, organisation: str) -> Organisation:
    check(viewer, Permission.MERGE_PARTNERS)
    found = organisations.get(tx, organisation)
    if found is None:
        raise Unknown(f"There is no organisation {organisation!r}.")
    check(viewer, Permission.MERGE_PARTNERS, scope_of(setup.world, found.country))
    return found
