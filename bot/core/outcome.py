"""What an attempt comes to: every way in which a channel can say no, and what follows from it."""

from bot.core.channel import (
    BadMarkup,
    Doubtful,
    Moved,
    Refused,
    Retry,
    SendError,
    ThreadGone,
    Unreachable,
)
from bot.core.delivery import Delivery, DeliveryState, Outcome

#: Attempts before a mistake of our own is given up.
MOST_FAILURES = 3
_LONGEST_WAIT = 60.0
#: Attempts that are not slowed down beyond what the platform asks for.
_PATIENT = 2


def sent(delivery: Delivery, result: str) -> Outcome:
    """Accepted by the platform, which names it `result`."""
    return Outcome(delivery=delivery, state=DeliveryState.SENT, result=result)


def put_back(delivery: Delivery) -> Outcome:
    """It was not tried after all."""
    return Outcome(delivery=delivery, state=DeliveryState.QUEUED)


def doubtful(delivery: Delivery, reason: str) -> Outcome:
    """It may or may not have arrived; the ledger knows by the kind what to do then.

    A second doubt in a row makes the chat wait, so that a connection that keeps breaking does not repeat it at once.
    """
    wait = _backoff(delivery) if delivery.attempts > 1 else 0.0
    return Outcome(delivery=delivery, state=DeliveryState.UNCERTAIN, reason=reason, wait=wait)


def failed(delivery: Delivery) -> Outcome:
    """A mistake of our own: tried again with backoff, and given up in the end."""
    if delivery.attempts >= MOST_FAILURES:
        return Outcome(delivery=delivery, state=DeliveryState.REFUSED, reason="internal")
    return Outcome(delivery=delivery, state=DeliveryState.QUEUED, reason="internal", wait=_backoff(delivery))


def of_error(delivery: Delivery, error: SendError) -> Outcome:
    """What a channel's refusal means for the delivery."""
    match error:
        case Retry():
            return _later(delivery, error)
        case Unreachable():
            return _ended(delivery, DeliveryState.UNREACHABLE, _why(error, "unreachable"))
        case Moved() if delivery.attempts <= MOST_FAILURES:
            return Outcome(delivery=delivery, state=DeliveryState.QUEUED, reason="moved", moved_to=error.to)
        case BadMarkup() if not delivery.plain:
            return Outcome(delivery=delivery, state=DeliveryState.QUEUED, reason="markup", plain=True)
        case ThreadGone():
            return _ended(delivery, DeliveryState.REFUSED, "thread_gone")
        case Doubtful():
            return doubtful(delivery, _why(error, "connection"))
        case Refused():
            return _ended(delivery, DeliveryState.REFUSED, _why(error, "refused"))
        case _:
            return _ended(delivery, DeliveryState.REFUSED, type(error).__name__.lower())


def _later(delivery: Delivery, error: Retry) -> Outcome:
    asked = max(0.0, error.after.total_seconds())
    wait = asked if delivery.attempts <= _PATIENT else max(asked, _backoff(delivery))
    return Outcome(
        delivery=delivery, state=DeliveryState.QUEUED, reason="later", wait=wait, everywhere=error.everywhere
    )


def _ended(delivery: Delivery, state: DeliveryState, reason: str) -> Outcome:
    return Outcome(delivery=delivery, state=state, reason=reason)


def _backoff(delivery: Delivery) -> float:
    return min(_LONGEST_WAIT, 0.5 * 2.0 ** min(delivery.attempts, 10))


def _why(error: SendError, otherwise: str) -> str:
    """What the adapter said, not the docstring that stands in for silence."""
    return str(error.args[0]) if error.args and error.args[0] else otherwise
