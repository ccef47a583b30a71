"""Many organisations at once, for imports: a few statements for hundreds of rows."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime

import sqlalchemy as sa

from bot.core.errors import Conflict
from bot.core.organisation import Organisation
from storage.database import Transaction
from storage.directory_tables import duplicates, invites, merges, organisations, people
from storage.organisations import in_parts, row_of, set_facets
from storage.tables import queries

_SAVE = (
    sa.update(organisations)
    .where(organisations.c.id == sa.bindparam("saved_id"), organisations.c.version == sa.bindparam("saved_version"))
    .values({column.name: sa.bindparam(column.name) for column in organisations.c if column.name != "id"})
)
#: Where another row may say that it belongs to an organisation.
_USES = (
    people.c.organisation,
    queries.c.organisation,
    invites.c.organisation,
    organisations.c.parent,
    organisations.c.merged_into,
    merges.c.kept,
    merges.c.gone,
)


def save_all(tx: Transaction, changed: Sequence[Organisation], now: datetime) -> None:
    """As `organisations.save` for each; raises `Conflict` when somebody else changed one since."""
    if not changed:
        return
    saved = [replace(each, version=each.version + 1) for each in changed]
    rows = [_values(after, before, now) for after, before in zip(saved, changed, strict=True)]
    if tx.execute(_SAVE, rows).rowcount != len(rows):
        raise Conflict
    set_facets(tx, saved)


def _values(after: Organisation, before: Organisation, now: datetime) -> dict[str, object]:
    values = row_of(after, now) | {"saved_id": before.id, "saved_version": before.version}
    del values["id"]
    return values


def parents(tx: Transaction, ids: Iterable[str]) -> dict[str, str]:
    """Id -> id of the organisation it is an office of, of these and of all above them; unknown ids are left out."""
    found: dict[str, str] = {}
    asked = set(ids)
    while asked:
        columns = sa.select(organisations.c.id, organisations.c.parent)
        for some in in_parts(sorted(asked)):
            found |= {row.id: row.parent for row in tx.execute(columns.where(organisations.c.id.in_(some)))}
        asked = {found[each] for each in asked if found.get(each)} - found.keys()
    return found


def used(tx: Transaction, ids: Sequence[str]) -> set[str]:
    """Those to which people, queries, invitations, offices or merges belong."""
    found: set[str] = set()
    for column in _USES:
        for some in in_parts(ids):
            found |= set(tx.execute(sa.select(column).where(column.in_(some)).distinct()).scalars())
    return found


def remove_all(tx: Transaction, ids: Sequence[str]) -> None:
    """Leave nothing of them; nothing may belong to them any more."""
    for some in in_parts(ids):
        pair = sa.or_(duplicates.c.one.in_(some), duplicates.c.other.in_(some))
        tx.execute(sa.delete(duplicates).where(pair))
        tx.execute(sa.delete(organisations).where(organisations.c.id.in_(some)))
