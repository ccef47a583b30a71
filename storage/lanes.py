"""Lanes: the pace of one account, kept in a row so that every process keeps it together (GCRA)."""

from dataclasses import dataclass

import sqlalchemy as sa

from storage.clock import seconds_sql
from storage.database import Transaction, upsert
from storage.tables import lanes

#: Stay this much under the platform's limit.
SHARE = 0.99
#: How far ahead sends are given their moment.
AHEAD = 0.25
#: Come back for more when only this much of it is left: several rows per claim instead of one.
_REFILL = 0.15
#: No pause is longer; what reaches further was written before the clock was set back.
LONGEST_PAUSE = 3600.0


def spacing(rate: float) -> float:
    """Seconds between two sends of a lane."""
    return 1.0 / (SHARE * rate)


@dataclass(frozen=True, slots=True)
class Lane:
    """A locked lane as it stands: how many sends it has room for, and from when on."""

    account: str
    #: The database's clock, seconds.
    now: float
    #: When the next send may leave.
    start: float
    spacing: float

    @property
    def room(self) -> int:
        """How many sends may be given their moment now."""
        ahead = self.now + AHEAD - self.start
        return 0 if ahead < 0 else int(ahead / self.spacing) + 1

    @property
    def wait(self) -> float:
        """Seconds until the first one of them may leave."""
        return max(0.0, self.start - self.now)

    def refill(self, n: int) -> float:
        """Seconds until it is worth asking again, after `n` sends were given their moment."""
        return max(0.0, self.start + n * self.spacing - self.now - _REFILL)


def lock(tx: Transaction, account: str, rate: float) -> Lane:
    """The account's lane, locked until the transaction ends: nobody else claims for this account meanwhile.

    Times further ahead than they can be are taken back: they were written before the database's clock was set back.
    """
    row = tx.execute(_row(tx, account)).one_or_none()
    if row is None:
        upsert(tx, lanes, {"account": account})
        row = tx.execute(_row(tx, account)).one()
    now = tx.execute(sa.select(seconds_sql(tx))).scalar_one()
    gap = spacing(rate)
    tat = min(row.tat, now + AHEAD + gap)
    paused = row.paused_until if row.paused_until <= now + LONGEST_PAUSE else 0.0
    return Lane(account, now, max(tat, paused, now), gap)


def reserve(tx: Transaction, lane: Lane, n: int) -> None:
    """Take `n` moments of a locked lane."""
    later = {"tat": lane.start + n * lane.spacing}
    tx.execute(sa.update(lanes).where(lanes.c.account == lane.account).values(later))


def pause(tx: Transaction, account: str, wait: float) -> None:
    """Nothing leaves by this account for a while: the platform said so."""
    until = seconds_sql(tx) + min(wait, LONGEST_PAUSE)
    upsert(tx, lanes, {"account": account, "paused_until": until}, {"paused_until": until})


def _row(tx: Transaction, account: str) -> sa.Select[tuple[float, float]]:
    return sa.select(lanes.c.tat, lanes.c.paused_until).where(lanes.c.account == account).with_for_update()
