"""What time brings: each function claims due rows and does what is due in one transaction, so that it happens once."""

from dataclasses import replace
from datetime import datetime

from bot.core.message import Address, Happened
from bot.services.data import FORGET, LAST_MESSAGE
from bot.services.setup import Setup
from storage import erasure, inbox, timers
from storage.database import Transaction
from storage.timers import Timer

#: Rows a call takes; the caller comes again at once while there are more.
MOST = 200


def fire_timers(tx: Transaction, setup: Setup, now: datetime) -> int:
    """Let conversations hear what they wanted to hear; returns how many."""
    due = timers.take_due(tx, now, MOST)
    for timer in due:
        if timer.what == FORGET:
            _let_go(tx, timer, now)
            continue
        happened = Happened(timer.what, timer.about)
        # Not by the row's number: a database may give the number of a fired timer to a later one.
        name = f"timer:{timer.what}:{timer.about}:{timer.due.isoformat()}"
        inbox.add_internal(tx, timer.account, timer.conversation, name, happened, now, setup.seal)
    return len(due)


def _let_go(tx: Transaction, timer: Timer, now: datetime) -> None:
    """The address of somebody who was told goodbye goes, once the last message is out."""
    address = Address(timer.account, timer.about)
    if not erasure.finish(tx, address):
        timers.add(tx, replace(timer, due=now + LAST_MESSAGE))
