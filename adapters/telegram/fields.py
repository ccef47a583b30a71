"""Reading Telegram's JSON without trusting its shape: a field that is missing or of a wrong type reads as empty."""

from collections.abc import Mapping, Sequence
from typing import TypeAlias, cast

Json: TypeAlias = Mapping[str, object]

NOTHING: Json = {}
#: Telegram's ids have at most 52 significant bits; what does not fit into 64 is none.
WIDEST_ID = 2**63


def mapping(value: object) -> Json:
    """The object, or an empty one."""
    return cast(Json, value) if isinstance(value, dict) else NOTHING


def sequence(value: object) -> Sequence[object]:
    """The array, or an empty one."""
    return value if isinstance(value, list) else ()


def flag(of: Json, name: str) -> bool:
    """True only for JSON's true."""
    return of.get(name) is True


def number(of: Json, name: str) -> int:
    """A whole number that is not negative; 0 otherwise."""
    value = of.get(name)
    return value if isinstance(value, int) and not isinstance(value, bool) and 0 <= value < WIDEST_ID else 0


def identifier(of: Json, name: str) -> str:
    """A platform id as text, empty when there is none."""
    value = of.get(name)
    if isinstance(value, bool) or not isinstance(value, int) or not -WIDEST_ID < value < WIDEST_ID:
        return ""
    return str(value)


def words(of: Json, name: str, most: int | None = None) -> str:
    """Text that can be stored anywhere: no NUL (PostgreSQL refuses it), no half of a surrogate pair (UTF-8 does)."""
    value = of.get(name)
    if not isinstance(value, str):
        return ""
    whole = value.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
    return whole.replace("\0", "")[:most]
