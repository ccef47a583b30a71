"""Who we are on each account, as the platform said when we last started."""

from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from bot.core.channel import AccountInfo
from storage.database import Transaction, upsert
from storage.tables import accounts


@dataclass(frozen=True, slots=True)
class KnownAccount:
    account: str
    kind: str
    name: str
    #: When the platform said that the app was removed there.
    ended_at: datetime | None = None


def note(tx: Transaction, info: AccountInfo, kind: str) -> None:
    """The platform answers us, so the account is in order."""
    said = {"kind": kind, "name": info.name, "team": info.team, "ended_at": None}
    upsert(tx, accounts, {"account": info.account, **said}, said)


def ended(tx: Transaction, account: str, at: datetime) -> None:
    """The app was removed there, or its token was revoked."""
    tx.execute(sa.update(accounts).where(accounts.c.account == account).values(ended_at=at))


def every(tx: Transaction) -> tuple[KnownAccount, ...]:
    rows = tx.execute(sa.select(accounts).order_by(accounts.c.account))
    return tuple(KnownAccount(row.account, row.kind, row.name, row.ended_at) for row in rows)
