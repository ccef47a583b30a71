"""Two records of one person become one: everything that named the one names the other."""

import sqlalchemy as sa

from storage.database import Transaction
from storage.directory_tables import consents, identities, invites, organisations
from storage.erasure import forget_person
from storage.tables import entries, keyboards, queries

#: Columns that name a partner's person. The audit log is left as it was written.
_NAMES_A_PERSON = (
    identities.c.person,
    entries.c.author,
    consents.c.person,
    keyboards.c.person,
    invites.c.person,
    invites.c.used_by,
    invites.c.made_by,
    organisations.c.speaker,
)


def fold(tx: Transaction, gone: int, kept: int) -> None:
    """What belonged to `gone`, who is no member of staff, belongs to `kept`.

    Of `gone` the number stays: SQLite would give it to somebody else, whom a backup restored later would then erase.
    """
    moved = sa.update(queries).where(queries.c.person == gone)
    tx.execute(moved.values(person=kept, version=queries.c.version + 1))
    for column in _NAMES_A_PERSON:
        tx.execute(sa.update(column.table).where(column == gone).values({column.name: kept}))
    forget_person(tx, gone)
