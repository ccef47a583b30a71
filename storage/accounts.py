"""Who we are on each account, as the platform said when we last started."""

from dataclasses import dataclass

import sqlalchemy as sa

from bot.core.channel import AccountInfo
from storage.database import Transaction, upsert
from storage.tables import accounts


@dataclass(frozen=True, slots=True)
class KnownAccount:
    account: str
    kind: str
    name: str


def note(tx: Transaction, info: AccountInfo, kind: str) -> None:
    said = {"kind": kind, "name": info.name, "team": info.team}
    upsert(tx, accounts, {"account": info.account, **said}, said)


def every(tx: Transaction) -> tuple[KnownAccount, ...]:
    rows = tx.execute(sa.select(accounts).order_by(accounts.c.account))
    return tuple(KnownAccount(row.account, row.kind, row.name) for row in rows)
