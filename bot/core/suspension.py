"""Staff whose roles rest: everywhere, or at the desk whose chat they left."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class Why(StrEnum):
    """Why the roles of somebody rest."""

    #: Their Slack account was deactivated.
    LEFT_WORKSPACE = "left_workspace"
    #: They left the chat of the only desk they worked at, or were removed from it.
    LEFT_GROUP = "left_group"
    #: Their Slack account became that of a guest.
    GUEST = "guest"
    #: An administrator said so, for a reason of their own, …
    BY_ADMIN = "by_admin"
    #: … because the person does not work here any more, …
    LEFT_OFFICE = "left_office"
    #: … or because the account may be in other hands.
    ACCOUNT_LOST = "account_lost"


#: What an administrator can give as the reason; the others are what a platform says.
BY_HAND = (Why.BY_ADMIN, Why.LEFT_OFFICE, Why.ACCOUNT_LOST)


@dataclass(frozen=True, slots=True, kw_only=True)
class Suspension:
    """Nothing is allowed to this member of staff until an administrator lifts it."""

    person: int
    why: Why
    at: datetime
    #: Who suspended; 0 for the command line and for what a platform said.
    by: int = 0
