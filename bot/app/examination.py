"""The examination behind `csobot doctor`: each finding is one sentence with what to do."""

from dataclasses import dataclass

from bot.app.offline import opened
from bot.core.errors import BotError
from bot.core.person import Role
from bot.services.leaving import removed_accounts
from bot.services.setup import Setup
from config import settings as config
from storage import clock, deliveries, desks, holds, inbox, people
from storage.database import Transaction

#: An event older than this stands still.
OLDEST_SECONDS = 120


@dataclass(frozen=True, slots=True)
class Finding:
    name: str
    ok: bool
    says: str


def examine() -> list[Finding]:
    """Everything that can be seen without asking a platform."""
    try:
        settings = config.load()
        channels = [*settings.telegram_accounts, *settings.slack_accounts]
        known = Finding("channels", True, ", ".join(channels) or "none configured: the simulator starts instead")
        with opened() as (database, setup):
            return [known, *database.run_sync(lambda tx: _looked_at(tx, setup))]
    except BotError as problem:
        return [Finding("start", False, str(problem))]


def _looked_at(tx: Transaction, setup: Setup) -> list[Finding]:
    return [
        Finding("office", True, f"{len(setup.world.desks)} desks, {len(setup.world.topics)} topics"),
        _bound(tx, setup),
        _accounts(tx),
        _administrators(tx),
        _waiting(tx),
        _failed(tx),
        _held(tx),
        Finding("uncertain sends", True, f"{deliveries.doubts(tx)} so far; an answer in doubt was sent once more"),
    ]


def _bound(tx: Transaction, setup: Setup) -> Finding:
    missing = [desk for desk in setup.world.desks if desks.bound(tx, desk) is None]
    office = setup.world.office
    vital = [desk for desk in missing if desk in {office.fallback_desk, office.confidential_desk}]
    if vital:
        return Finding("desks", False, f"no chat for {', '.join(vital)}: csobot invite desk {vital[0]}")
    said = f"{len(missing)} without a chat; their queries go to the desk above" if missing else "every desk has a chat"
    return Finding("desks", True, said)


def _accounts(tx: Transaction) -> Finding:
    gone = removed_accounts(tx)
    advice = f"removed by the platform: {', '.join(gone)}; install the app there again and restart csobot"
    return Finding("accounts", not gone, advice if gone else "no platform has removed us")


def _administrators(tx: Transaction) -> Finding:
    """Nobody at all is a new office; staff without an administrator is an office that cannot help itself."""
    there = bool(people.with_role(tx, *Role))
    admins = any(
        role.role is Role.ADMIN and not role.limited for each in people.with_role(tx, Role.ADMIN) for role in each.roles
    )
    advice = "nobody can manage staff: csobot invite staff admin"
    return Finding("administrators", admins or not there, "there is one" if admins else advice)


def _waiting(tx: Transaction) -> Finding:
    oldest = inbox.oldest_waiting(tx)
    seconds = (clock.now(tx) - oldest).total_seconds() if oldest else 0.0
    ok = seconds < OLDEST_SECONDS
    return Finding("events", ok, "none waits" if ok else f"the oldest waits {seconds:.0f} s: is csobot running?")


def _held(tx: Transaction) -> Finding:
    hold = holds.held(tx)
    if hold is None:
        return Finding("deliveries", True, "not held")
    since = f"held since {hold.since:%Y-%m-%d %H:%M} UTC: nothing is sent"
    return Finding(
        "deliveries", False, f"{since}. Look: csobot deliveries status; let them go: csobot deliveries release"
    )


def _failed(tx: Transaction) -> Finding:
    failed = inbox.failed(tx)
    advice = ": see the log for their ids" if failed else ""
    return Finding("failed events", not failed, f"{failed} given up{advice}")
