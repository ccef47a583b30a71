"""Text made comparable: bounded, without tricks of Unicode, and folded for matching."""

import unicodedata
from functools import lru_cache

#: A text is read up to here.
LONGEST = 2000
#: More marks on one letter, or repetitions of it, carry no meaning and only cost time.
_MOST_MARKS = 2
_MOST_REPEATED = 4


def tidy(text: str) -> str:
    """At most 2,000 characters in compatibility form, without control characters and endless repetitions."""
    kept: list[str] = []
    marks = same = 0
    for written in text[:LONGEST]:
        category = unicodedata.category(written)
        # Line breaks become spaces; joiners, overrides and lone surrogates vanish.
        character = written if category[0] != "C" else " " if written in "\n\r\t" else ""
        marks = marks + 1 if category[0] == "M" else 0
        same = same + 1 if kept and character == kept[-1] else 0
        if character and marks <= _MOST_MARKS and same < _MOST_REPEATED:
            kept.append(character)
    return " ".join(unicodedata.normalize("NFKC", "".join(kept))[:LONGEST].split())


def fold(text: str) -> str:
    """Lower case, without accents and vowel marks, apostrophes straight: for matching, not for reading."""
    apart = unicodedata.normalize("NFKD", text.casefold().replace("’", "'").replace("ـ", ""))
    return "".join(character for character in apart if unicodedata.category(character) != "Mn")


@lru_cache(maxsize=8)
def tokens(text: str) -> tuple[str, ...]:
    """The folded words of a text; everything that is no letter or digit separates."""
    return tuple("".join(each if each.isalnum() else " " for each in fold(text)).split())
