"""The second factor: an authenticator's code, set up once, each code good for one use.

`at` is the time of this machine in seconds: authenticators know no product clock.
"""

from dataclasses import replace
from datetime import datetime

import pyotp

from bot.core.console import CodeResult, NoFactor, SecondFactor
from bot.core.errors import Conflict, NotAllowed
from bot.core.permission import Viewer
from bot.services import signing_in
from bot.services.setup import Setup
from bot.services.signing_in import SignedIn
from bot.services.staff import check_may_manage
from storage import audit, people, second_factors, sessions
from storage.database import Transaction

#: Seconds of one time step, and how many steps a phone's clock may be off.
STEP = 30
DRIFT = 1


def is_set_up(tx: Transaction, person: int) -> bool:
    """Whether a right code was ever shown."""
    factor = second_factors.get(tx, person)
    return factor is not None and factor.confirmed_at is not None


def secret_to_set_up(tx: Transaction, setup: Setup, person: int, fresh: str) -> str:
    """The secret that waits for its first code: the one that was begun with, else `fresh` (base32).

    Raises `Conflict` when an authenticator is set up already: its secret is never shown again.
    """
    factor = second_factors.get(tx, person, lock=True)
    if factor and factor.confirmed_at:
        raise Conflict
    if factor:
        return setup.seal.open(factor.secret).decode()
    second_factors.put(tx, SecondFactor(person=person, secret=setup.seal.seal(fresh.encode())))
    return fresh


def show_code(tx: Transaction, setup: Setup, who: SignedIn, code: str, now: datetime, at: float) -> CodeResult:
    """Take the code for this session; a wrong one is counted. The first right one sets the authenticator up."""
    person = who.person.id
    factor = second_factors.get(tx, person, lock=True)
    if factor is None:
        return CodeResult.WRONG
    if factor.locked_until and now < factor.locked_until:
        return CodeResult.LOCKED
    step = _step_of(setup, factor, code, at)
    if not step:
        return _failed(tx, setup, factor, now)
    passed = replace(factor, last_step=step, failures=0, locked_until=None, confirmed_at=factor.confirmed_at or now)
    second_factors.put(tx, passed)
    sessions.factor_shown(tx, who.session.public_id, now)
    if factor.confirmed_at is None:
        audit.add(tx, person, "factor_set_up", f"staff:{person}", now, "console")
        signing_in.tell_enrolled(tx, setup, person, who.session.device, now)
    return CodeResult.TAKEN


def reset(tx: Transaction, person: int, by: int, now: datetime, via: str) -> None:
    """Forget the authenticator and end every session: the next sign-in sets one up. Raises `NoFactor`."""
    if not second_factors.forget(tx, person):
        raise NoFactor
    signing_in.sign_out_everywhere(tx, person, by, now, via)
    audit.add(tx, by, "factor_reset", f"staff:{person}", now, via)


def reset_by(tx: Transaction, who: Viewer, person: int, now: datetime) -> None:
    """As `reset`, by another administrator; nobody resets their own, or a stolen session would be enough."""
    check_may_manage(who, people.roles(tx, person))
    if who.person == person:
        raise NotAllowed
    reset(tx, person, who.person, now, "console")


def _step_of(setup: Setup, factor: SecondFactor, code: str, at: float) -> int:
    """The time step that the code belongs to, if it was not used before; else 0."""
    totp = pyotp.TOTP(setup.seal.open(factor.secret).decode(), interval=STEP)
    given = "".join(code.split())
    steps = (int(at) // STEP + drift for drift in range(-DRIFT, DRIFT + 1))
    fresh = (step for step in steps if step > factor.last_step)
    return next((step for step in fresh if pyotp.utils.strings_equal(given, totp.generate_otp(step))), 0)


def _failed(tx: Transaction, setup: Setup, factor: SecondFactor, now: datetime) -> CodeResult:
    """Count it. Whether the next one is looked at, the answer says already."""
    failures = factor.failures + 1
    locks = failures >= setup.console.wrong_codes
    until = now + setup.console.locked if locks else None
    second_factors.put(tx, replace(factor, failures=0 if locks else failures, locked_until=until))
    audit.add(tx, factor.person, "factor_locked" if locks else "wrong_code", f"staff:{factor.person}", now, "console")
    return CodeResult.LOCKED if locks else CodeResult.WRONG
