"""A delivery: one thing to send to one address, and what became of it."""

from dataclasses import dataclass
from datetime import datetime
from enum import IntEnum, StrEnum

from bot.core.channel import Op
from bot.core.message import Address, Message


class DeliveryState(StrEnum):
    QUEUED = "queued"
    SENDING = "sending"
    #: Accepted by the platform; it says no more than that.
    SENT = "sent"
    REFUSED = "refused"
    UNREACHABLE = "unreachable"
    #: It may or may not have arrived: the process or the connection died in between.
    UNCERTAIN = "uncertain"
    CANCELLED = "cancelled"


#: The whole life of a delivery. SENT → QUEUED is a card that changed; UNCERTAIN → QUEUED is "send again".
TRANSITIONS = {
    DeliveryState.QUEUED: {DeliveryState.SENDING, DeliveryState.CANCELLED},
    DeliveryState.SENDING: {
        DeliveryState.QUEUED,
        DeliveryState.SENT,
        DeliveryState.REFUSED,
        DeliveryState.UNREACHABLE,
        DeliveryState.UNCERTAIN,
    },
    DeliveryState.SENT: {DeliveryState.QUEUED},
    DeliveryState.UNCERTAIN: {DeliveryState.QUEUED},
    DeliveryState.UNREACHABLE: {DeliveryState.QUEUED},
    DeliveryState.REFUSED: set(),
    DeliveryState.CANCELLED: set(),
}


class Priority(IntEnum):
    """Smaller leaves first."""

    CONVERSATION = 0
    STAFF = 5
    BULK = 9


class DeliveryKind(StrEnum):
    """What to do after a doubt."""

    #: An answer to a CSO: counted uncertain and sent once more, marked "may have reached you".
    ANSWER = "answer"
    #: A line of the conversation, a card, a note at a desk: counted uncertain and sent again, up to five times.
    NOTICE = "notice"
    #: Never again without a person's decision.
    ANNOUNCEMENT = "announcement"


@dataclass(frozen=True, slots=True, kw_only=True)
class NewDelivery:
    """What to put into the ledger."""

    #: Unique together with part, account and chat: adding it twice adds it once.
    source: str
    part: int = 0
    to: Address
    op: Op = Op.POST
    message: Message
    kind: DeliveryKind = DeliveryKind.NOTICE
    priority: Priority = Priority.CONVERSATION
    due: datetime
    #: Delivery ids; 0 without one. `root` names the thread, `target` the message to edit or delete.
    after: int = 0
    root: int = 0
    target: int = 0
    query: int = 0
    entry: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """A claimed row, with everything that sending needs."""

    id: int
    to: Address
    op: Op
    message: Message
    kind: DeliveryKind
    attempts: int
    plain: bool
    revision: int
    #: Platform ids looked up from the rows named by root and target.
    thread_or_reply: str = ""
    target: str = ""
    query: int = 0
    entry: int = 0
    #: True when an earlier attempt is uncertain.
    repeated: bool = False
    #: Number of this claim: a result that comes after the lease was lost is told by it.
    fence: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What became of one attempt."""

    delivery: Delivery
    state: DeliveryState
    result: str = ""
    reason: str = ""
    #: For QUEUED: seconds until the next attempt.
    wait: float = 0.0
    #: The whole lane waits, not only this address.
    everywhere: bool = False
    #: The address the chat has moved to.
    moved_to: Address | None = None
    plain: bool = False
