"""What the tokens on buttons and forms mean. A token is looked up with person and chat, never trusted."""

from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from storage.database import Transaction
from storage.tables import keyboards


@dataclass(frozen=True, slots=True, kw_only=True)
class Keyboard:
    """The buttons of one message; button n carries the token "token.n"."""

    token: str
    account: str
    #: The chat it may be pressed in; empty: wherever the person is (a private notice).
    chat: str
    #: The person who alone may press; 0: staff of the desk.
    person: int = 0
    #: Prompt id of a conversation; empty for a desk's buttons.
    prompt: str = ""
    choices: tuple[str, ...]
    query: int = 0
    entry: int = 0
    at: datetime


_ADD = sa.insert(keyboards)


def add(tx: Transaction, keyboard: Keyboard) -> None:
    values = {name: getattr(keyboard, name) for name in Keyboard.__dataclass_fields__}
    tx.execute(_ADD, values)


def find(tx: Transaction, token: str) -> Keyboard | None:
    row = tx.execute(sa.select(keyboards).where(keyboards.c.token == token)).first()
    if row is None:
        return None
    return Keyboard(**{**row._mapping, "choices": tuple(row.choices)})


def forget(tx: Transaction, person: int) -> None:
    tx.execute(sa.delete(keyboards).where(keyboards.c.person == person))
