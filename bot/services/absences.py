"""Staff who are away: what they hold goes to whoever stands in, or back to its desk."""

from datetime import datetime

from bot.core.absence import Absence, check_absence, stand_in
from bot.services import hand_over
from bot.services.hand_over import Plan, Reason, Receiver
from bot.services.setup import Setup
from storage import absences, audit
from storage.database import Transaction

#: Absences a call begins; the caller comes again at once while there are more.
MOST = 50


def begin(tx: Transaction, setup: Setup, new: Absence, now: datetime) -> Plan | None:
    """Note it, and hand over what they hold if it begins now; returns what went where.

    Raises `AbsenceOver` or `DeputyCircle`.
    """
    check_absence(new, absences.not_over(tx, now), now)
    kept = absences.add(tx, new)
    audit.add(tx, new.person, "away", f"staff:{new.person}", now)
    return _hand_over(tx, setup, kept, now) if kept.covers(now) else None


def end(tx: Transaction, person: int, now: datetime) -> bool:
    """They are back; false where they were not away."""
    ended = absences.end(tx, person, now)
    if ended:
        audit.add(tx, person, "back", f"staff:{person}", now)
    return bool(ended)


def start_due(tx: Transaction, setup: Setup, now: datetime) -> int:
    """Hand over for everybody whose absence has begun; once each. Returns how many."""
    begun = absences.begun(tx, now, MOST)
    for absence in begun:
        _hand_over(tx, setup, absence, now)
    return len(begun)


def _hand_over(tx: Transaction, setup: Setup, absence: Absence, now: datetime) -> Plan:
    acting = stand_in(absence.deputy, absences.not_over(tx, now), now) if absence.deputy else 0
    planned = hand_over.plan(tx, setup, absence.person, Receiver(person=acting))
    hand_over.carry_out(tx, setup, planned, Reason.AWAY, absence.person, now)
    absences.note_handed_over(tx, [absence.id])
    return planned
