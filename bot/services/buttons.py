"""What a pressed button means: tokens are looked up, with the person and the chat they were made for."""

from storage import keyboards
from storage.database import Transaction
from storage.keyboards import Keyboard


def look_up(tx: Transaction, token: str) -> tuple[Keyboard, str] | None:
    """The keyboard of a token "name.place" and the choice at that place; None for a forged or forgotten one."""
    name, _, place = token.partition(".")
    board = keyboards.find(tx, name)
    if board is None or not place.isdecimal() or int(place) >= len(board.choices):
        return None
    return board, board.choices[int(place)]


def usable(board: Keyboard, account: str, chat: str, person: int) -> bool:
    """Whether this person may press it in this chat."""
    here = not board.chat or (board.account, board.chat) == (account, chat)
    return here and board.person in (0, person)
