"""What people were told and what they agreed to: one row for each time, with the version of the text."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

import sqlalchemy as sa

from storage.database import Transaction
from storage.directory_tables import consents


class ConsentKind(StrEnum):
    """Each is given and withdrawn alone."""

    ANSWERS = "answers"
    INVITATIONS = "invitations"


#: Choices besides those of `Invitations`: the text was shown with an acknowledgement; STOP.
TOLD = "told"
WITHDRAWN = "withdrawn"


@dataclass(frozen=True, slots=True, kw_only=True)
class Consent:
    kind: ConsentKind
    #: Version of the consent text.
    version: str
    #: "told", "all", "essential", "none" or "withdrawn".
    choice: str
    at: datetime


def add(tx: Transaction, person: int, consent: Consent) -> None:
    values = {name: getattr(consent, name) for name in Consent.__dataclass_fields__}
    tx.execute(sa.insert(consents).values(person=person, **values))


def of_person(tx: Transaction, person: int) -> tuple[Consent, ...]:
    """Everything the person was told or chose, oldest first."""
    theirs = sa.select(consents).where(consents.c.person == person).order_by(consents.c.id)
    rows = tx.execute(theirs).all()
    return tuple(Consent(kind=ConsentKind(row.kind), version=row.version, choice=row.choice, at=row.at) for row in rows)
