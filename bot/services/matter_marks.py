"""Reminders of the confidential desk: without a word of the matter, and to nobody but the desk itself."""

from datetime import datetime

from bot.core.matter import next_mark, percent_of
from bot.core.message import Fields
from bot.services.confidential import policy_and_desk, tell_desk
from bot.services.matters import erase_due
from bot.services.setup import Setup
from bot.services.told import tell_member
from storage import sealed
from storage.database import Transaction
from storage.sealed import SealedMatter

#: Matters a call looks at; the caller comes again at once while there are more.
MOST = 100


def look(tx: Transaction, setup: Setup, now: datetime) -> int:
    """Remind of what is due, each mark once, and let go what the desk wanted to keep until now; how many there were."""
    due = sealed.at_mark(tx, now, MOST)
    for matter in due:
        _remind(tx, setup, matter, now)
    return len(due) + erase_due(tx, setup, now)


def _remind(tx: Transaction, setup: Setup, matter: SealedMatter, now: datetime) -> None:
    """After downtime one word is enough: the last of the marks that have come."""
    policy, desk = policy_and_desk(setup)
    since = matter.promised_at or matter.at
    reached, mark = matter.marks_reached, matter.mark_at
    while mark and mark <= now:
        reached += 1
        mark = next_mark(policy, desk, since, reached)
    percent = percent_of(policy, reached)
    sealed.change(tx, matter, marks_reached=reached, mark_at=mark)
    source = f"matter-mark:{matter.id}:{since.isoformat()}:{percent}"
    fields: Fields = {"percent": percent, "held": bool(matter.holder)}
    tell_desk(tx, setup, source, "confidential.mark", matter, now, fields)
    if matter.holder:
        due = matter.due_at.isoformat() if matter.due_at else ""
        own: Fields = {"reference": matter.reference, "due": due, **fields}
        tell_member(tx, setup, matter.holder, source, "confidential.mark", own, now, query=0)
