"""Rows of a file become organisations, and are taken back again."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from bot.core import record_json
from bot.core.imports import organisations as rows_of
from bot.core.imports.layout import Problem, RawRow
from bot.core.organisation import Organisation
from bot.services.setup import Setup
from storage import organisation_batches, organisations
from storage.database import Transaction
from storage.imports import Change

#: Row -> the organisation as it would be, and as it is now.
Checked = dict[int, tuple[Organisation, Organisation | None]]


def check(
    tx: Transaction, setup: Setup, source: str, rows: Sequence[RawRow], now: datetime
) -> tuple[Checked, dict[int, tuple[Problem, ...]]]:
    """What each row would make, and why others cannot be taken. Nothing is written."""
    known = {each.id: each for each in organisations.of_ids(tx, {row["id"] for row in rows if row["id"]})}
    parents = organisation_batches.parents(tx, {row["parent"] for row in rows if row["parent"]} | known.keys())
    number = _highest(tx, rows)
    good: Checked = {}
    bad: dict[int, tuple[Problem, ...]] = {}
    for each in rows:
        row = each
        fresh_id = "" if row["id"] else f"CSO-{number + 1:04d}"
        around = _around(setup, source, row, known, parents, fresh_id, now)
        if around.known is not None and around.known.source == source:
            # A row above without an id was given the one that this row brings.
            row = replace(row, problems=(*row.problems, Problem("id", "twice")))
        found = rows_of.organisation(row, around)
        if isinstance(found, tuple):
            bad[row.number] = found
            continue
        number += bool(fresh_id)
        parents[found.id] = found.parent
        good[row.number] = (found, around.known)
    return good, bad


def _highest(tx: Transaction, rows: Sequence[RawRow]) -> int:
    """The highest number of an id such as CSO-0060 that there is or that a row brings; asked where a row has none."""
    if all(row["id"] for row in rows):
        return 0
    brought = [row["id"].removeprefix("CSO-") for row in rows]
    return max([organisations.highest_number(tx), *(int(each) for each in brought if each.isdecimal())])


def _around(
    setup: Setup,
    source: str,
    row: RawRow,
    known: Mapping[str, Organisation],
    parents: Mapping[str, str],
    fresh_id: str,
    now: datetime,
) -> rows_of.Around:
    return rows_of.Around(
        world=setup.world,
        known=known.get(row["id"]),
        fresh_id=fresh_id,
        parents=parents,
        source=source,
        today=now.date(),
    )


def keep(tx: Transaction, good: Checked, now: datetime) -> list[Change]:
    """Write what the rows make; a row that says what is known already changes nothing."""
    fresh = [after for after, before in good.values() if before is None]
    changed = [after for after, before in good.values() if before is not None and after != before]
    organisations.add_all(tx, fresh, now)
    organisation_batches.save_all(tx, changed, now)
    return [
        Change(
            row, after.id, None if before is None else record_json.dump(before), after.version + (before is not None)
        )
        for row, (after, before) in good.items()
        if after != before
    ]


def take_back(tx: Transaction, changes: Sequence[Change], now: datetime) -> set[int]:
    """Undo what these rows did; the rows whose record somebody changed or used since stay and are named."""
    known = {each.id: each for each in organisations.of_ids(tx, {each.target for each in changes})}
    same = [each for each in changes if each.target in known and known[each.target].version == each.version]
    added = [each.target for each in same if each.before is None]
    used = organisation_batches.used(tx, added)
    organisation_batches.remove_all(tx, [each for each in added if each not in used])
    before = {each.target: record_json.organisation(each.before) for each in same if each.before is not None}
    restored = [_as_before(record, known[target]) for target, record in before.items()]
    organisation_batches.save_all(tx, restored, now)
    left = {each.row for each in changes if each.target in known} - {each.row for each in same}
    return left | {each.row for each in same if each.target in used}


def _as_before(record: Organisation, now_known: Organisation) -> Organisation:
    """The record as it was, under the version that follows: a page that shows the newer one must not save it back."""
    return record_json.organisation({**record_json.dump(record), "version": now_known.version})
