"""Who counts as staff at this moment: somebody with a role that does not rest, whom the platform calls a member."""

from dataclasses import dataclass
from datetime import datetime

from bot.core.message import Standing
from bot.core.person import Staff
from storage import people, suspensions
from storage.database import Transaction


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownStaff:
    """The roles that count, or why those that the person has do not."""

    staff: Staff | None = None
    #: A `Standing` or `Why` value; empty for somebody who never had a role.
    barred: str = ""
    barred_since: datetime | None = None


def known_staff(tx: Transaction, person: int, standing: Standing) -> KnownStaff:
    """Roles count only for a member: never for a guest, a foreign or anonymous account, or one that nobody vouches
    for at this moment."""
    if not people.roles(tx, person):
        return KnownStaff()
    if resting := suspensions.of(tx, person):
        return KnownStaff(barred=resting.why.value, barred_since=resting.at)
    if standing is not Standing.MEMBER:
        return KnownStaff(barred=standing.value)
    return KnownStaff(staff=people.staff(tx, person))
