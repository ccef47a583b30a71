"""Finding an organisation by what somebody writes of its name, and what makes two names alike."""

import unicodedata
from collections.abc import Iterable

from rapidfuzz import fuzz, utils

from bot.core.organisation import Organisation

#: At least this alike, of 100, to be offered.
ALIKE = 82
MOST = 3


def alike(text: str, known: Iterable[Organisation]) -> tuple[Organisation, ...]:
    """The organisations that the text may name, most alike first: by acronym, or by name with misspellings."""
    wanted = utils.default_process(text[:200])
    if len(wanted) < 2:
        return ()
    scored = ((_score(wanted, each), each) for each in known)
    found = sorted((pair for pair in scored if pair[0] >= ALIKE), key=lambda pair: (-pair[0], pair[1].name))
    return tuple(each for _, each in found[:MOST])


def _score(wanted: str, organisation: Organisation) -> float:
    if wanted == utils.default_process(organisation.acronym):
        return 100.0
    name = utils.default_process(organisation.name)
    whole = fuzz.token_sort_ratio(wanted, name)
    # Part of a name is enough only when it is a good part: "aid" alone names half of all partners.
    part = fuzz.token_set_ratio(wanted, name) if len(wanted) >= max(6, len(name) // 2) else 0.0
    return max(whole, part)


def search_words(organisation: Organisation) -> str:
    """What search looks at: name, acronym, id and e-mail domain, without case and accents."""
    return plain(" ".join((organisation.name, organisation.acronym, organisation.id, organisation.domain)))


def plain(text: str) -> str:
    """In lower case, without accents, blanks single: how a search and what it searches meet."""
    bare = "".join(sign for sign in unicodedata.normalize("NFKD", text) if not unicodedata.combining(sign))
    return " ".join(bare.casefold().split())
