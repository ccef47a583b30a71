"""Which organisations on a list may be one and the same: by name, acronym or e-mail domain, in seconds for thousands.

Names are compared only within blocks that share the beginnings of words, so that nobody is compared with everybody.
"""

import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import combinations

from rapidfuzz import fuzz

from bot.core.likeness import plain
from bot.core.organisation import Organisation

#: Names at least this alike, of 100, may be one, when the words in which they differ are alike as well.
ALIKE = 86
ALIKE_REST = 70
#: Below, how alike two names are is not worth a figure.
_LEAST = 50
#: What is said of two that share an e-mail domain or an acronym: sure enough for a person to look.
SAME_DOMAIN = 80
SAME_ACRONYM = 75
#: A block with more members says little; there each is compared with those next to it by name only.
LARGE = 40
_NEXT = 8
#: Most words of a name that make blocks, and letters of each.
_WORDS = 6
_LETTERS = 4
_WORD = re.compile(r"\w+")
#: Legal forms and little words: they make two names neither alike nor different.
_EMPTY = frozenset(
    (
        *("ngo", "ong", "osc", "cso", "inc", "ltd", "llc", "gmbh", "ev", "e", "v", "asbl", "aisbl"),
        *("association", "asociacion", "associazione", "foundation", "fondation", "fundacion", "society", "societe"),
        *("organisation", "organization", "organizacion", "the", "of", "for", "and", "in", "de", "la", "le", "les"),
        *("el", "los", "las", "des", "du", "da", "do", "di", "y", "et", "und", "a", "en", "para", "pour", "per"),
    )
)


class Why(StrEnum):
    """What two records have in common."""

    NAME = "name"
    ACRONYM = "acronym"
    DOMAIN = "domain"


@dataclass(frozen=True, slots=True)
class Pair:
    """Two organisations that may be one; `one` is the smaller id."""

    one: str
    other: str
    why: Why
    #: 0 to 100.
    alike: int


@dataclass(frozen=True, slots=True)
class Card:
    """What of an organisation is compared."""

    id: str
    #: Words of its name that say something, in alphabetical order.
    words: tuple[str, ...]
    #: The same in one text.
    name: str
    #: Words with digits: "Camp 4" is not "Camp 5", however alike they look.
    numbers: tuple[str, ...]
    acronym: str
    domain: str
    country: str
    parent: str


def card_of(organisation: Organisation, free_mail: Collection[str]) -> Card:
    """The organisation as it is compared."""
    each = organisation
    return card(each.id, each.name, each.acronym, each.email, each.country, each.parent, free_mail)


def card(id: str, name: str, acronym: str, email: str, country: str, parent: str, free_mail: Collection[str]) -> Card:
    """The same from what of an organisation is compared, without the organisation."""
    found = _WORD.findall(plain(name).replace("'", "").replace("’", ""))
    words = tuple(sorted([word for word in found if word not in _EMPTY] or found))
    domain = email.rpartition("@")[2].casefold()
    return Card(
        id=id,
        words=words,
        name=" ".join(words),
        numbers=tuple(word for word in words if any(sign.isdigit() for sign in word)),
        acronym=plain(acronym).replace(".", "").replace(" ", ""),
        domain="" if domain in free_mail else domain,
        country=country,
        parent=parent,
    )


def blocks_of(each: Card) -> Iterator[str]:
    """The blocks it belongs to: two that may be one share at least one of them."""
    starts = sorted({word[:_LETTERS] for word in each.words[:_WORDS]})
    yield f"n:{each.name}"
    yield from (f"w:{start}" for start in starts)
    yield from (f"p:{one}:{other}" for one, other in combinations(starts, 2))
    if len(each.acronym) > 2:
        yield f"a:{each.acronym}"
        yield f"n:{each.acronym}"
    if each.domain:
        yield f"d:{each.domain}"


def pairs(cards: Sequence[Card], of: Collection[str] | None = None) -> Iterator[Pair]:
    """All pairs that may be one; with `of`, only those in which one of these ids is."""
    members = _members(cards)
    for place, each in enumerate(cards):
        others = {other for key in blocks_of(each) for other in _near(members.get(key, ()), place)}
        for other in sorted(other for other in others if other > place):
            wanted = of is None or each.id in of or cards[other].id in of
            if wanted and (found := compared(each, cards[other])):
                yield found


def _members(cards: Sequence[Card]) -> Mapping[str, Sequence[int]]:
    """Block -> its members, by name; blocks of one are left out."""
    members: dict[str, list[int]] = {}
    for place, each in enumerate(cards):
        for key in blocks_of(each):
            members.setdefault(key, []).append(place)
    several = {key: places for key, places in members.items() if len(places) > 1}
    for places in several.values():
        if len(places) > LARGE:
            places.sort(key=lambda place: cards[place].name)
    return several


def _near(places: Sequence[int], place: int) -> Iterable[int]:
    if len(places) <= LARGE:
        return places
    here = places.index(place)
    return places[max(0, here - _NEXT) : here + _NEXT + 1]


def compared(one: Card, other: Card) -> Pair | None:
    """Why the two may be one; None when they are different. Offices of one organisation are different on purpose."""
    related = one.parent == other.id or other.parent == one.id or (one.parent and one.parent == other.parent)
    if one.id == other.id or related:
        return None
    first, second = sorted((one.id, other.id))
    alike = 0.0 if one.numbers != other.numbers else fuzz.ratio(one.name, other.name, score_cutoff=_LEAST)
    if alike >= ALIKE and _rest_alike(one, other):
        return Pair(first, second, Why.NAME, int(alike))
    if one.domain and one.domain == other.domain:
        return Pair(first, second, Why.DOMAIN, max(SAME_DOMAIN, int(alike)))
    if one.country == other.country and _same_acronym(one, other):
        return Pair(first, second, Why.ACRONYM, max(SAME_ACRONYM, int(alike)))
    return None


def _rest_alike(one: Card, other: Card) -> bool:
    """Whether the words that only one of them has are misspellings of each other: "Lake House" is no "Hill House"."""
    ours = " ".join(word for word in one.words if word not in other.words)
    theirs = " ".join(word for word in other.words if word not in one.words)
    return not ours or not theirs or fuzz.ratio(ours, theirs) >= ALIKE_REST


def _same_acronym(one: Card, other: Card) -> bool:
    """The same acronym, or the one is called what the other is called for short."""
    if len(one.acronym) > 2 and one.acronym == other.acronym:
        return True
    names = {each.name for each in (one, other) if len(each.name) > 2}
    return bool(names & {one.acronym, other.acronym})
