"""Names of countries in a text, in the office's languages, by CLDR. What is found is a proposal, never an answer."""

from collections.abc import Iterable, Iterator

from babel import Locale, UnknownLocaleError

from bot.core.routing.words import fold, tokens

#: What people write that CLDR does not.
_ALSO = {
    "CD": "DRC|RDC|DR Congo|RD Congo|Congo-Kinshasa",
    "CG": "Congo-Brazzaville",
    "CI": "Ivory Coast|Cote d'Ivoire|Costa de Marfil",
    "CV": "Cape Verde",
    "GB": "UK|United Kingdom|Great Britain",
    "LA": "Laos",
    "MM": "Burma|Myanmar",
    "PS": "Palestine|Palestina|فلسطين",
    "SY": "Syria|Syrie|Siria",
    "SZ": "Swaziland",
    "TR": "Turkey|Turquie|Turquia",
    "US": "USA|United States of America|EEUU|EE.UU.",
    "VE": "Venezuela",
}
#: Names that are also everyday words where they are written small.
_CAPITAL_ONLY = frozenset(("chile", "georgia", "guinea", "jersey", "jordan", "maurice", "turkey", "china", "grenade"))
#: "Réunion" begins half of all French invitations.
_NEVER = frozenset((("reunion",), ("la", "reunion")))
#: Shorter names need a capital too: "Chad", "Mali" (Swahili for property), "Iran".
_SHORT = 4
_ARABIC_PREFIXES = "وبلفك"


#: CLDR's codes for what is no country or territory that somebody works in.
_NO_COUNTRY = frozenset(("EU", "EZ", "QO", "UN", "XA", "XB", "ZZ"))


def every_country() -> frozenset[str]:
    """The two-letter codes that CLDR names as a country or territory."""
    return frozenset(str(code) for code in Locale("en").territories if len(str(code)) == 2) - _NO_COUNTRY


class Countries:
    """A dictionary of names, matched by whole words, the longest first ("Papua New Guinea" is no Guinea)."""

    def __init__(self, languages: Iterable[str], codes: Iterable[str]) -> None:
        wanted = frozenset(codes)
        self._names: dict[tuple[str, ...], str] = {}
        for language in languages:
            for code, name in Locale.parse(language).territories.items():
                if code in wanted:
                    self._learn(str(name), str(code))
        for code in wanted & _ALSO.keys():
            for name in _ALSO[code].split("|"):
                self._learn(name, code)
        self._longest = max(map(len, self._names), default=0)

    def find(self, text: str) -> tuple[str, ...]:
        """ISO codes in the order they are named, each once."""
        return tuple(dict.fromkeys(self._found(tokens(text), _capitalised(text))))

    def _learn(self, name: str, code: str) -> None:
        for form in (name, *name.replace(")", "(").split("(")):
            if (words := tokens(form)) and words not in _NEVER:
                self._names.setdefault(words, code)

    def _found(self, words: tuple[str, ...], capitals: frozenset[str]) -> Iterator[str]:
        here = 0
        while here < len(words):
            for end in range(min(here + self._longest, len(words)), here, -1):
                code = self._code(words[here:end], capitals)
                if code:
                    yield code
                    here = end - 1
                    break
            here += 1

    def _code(self, words: tuple[str, ...], capitals: frozenset[str]) -> str:
        code = self._names.get(words, "")
        if not code and words[0][0] in _ARABIC_PREFIXES and len(words[0]) > _SHORT:
            return self._names.get((words[0][1:], *words[1:]), "")
        ambiguous = len(words) == 1 and words[0].isascii() and (len(words[0]) <= _SHORT or words[0] in _CAPITAL_ONLY)
        return "" if ambiguous and words[0] not in capitals else code


def _capitalised(text: str) -> frozenset[str]:
    """The words that are written with a capital, folded."""
    words = "".join(each if each.isalnum() else " " for each in text).split()
    return frozenset(fold(word) for word in words if word[0].isupper())


#: English names that take an article in a sentence.
_THE = frozenset(
    (
        *("AE", "AX", "BL", "BQ", "BS", "CC", "CF", "CK", "CZ", "DO", "FK", "FO", "GM", "KM", "KY", "MH", "MP"),
        *("MV", "NL", "PH", "PS", "SB", "SC", "TC", "TF", "US", "GB", "VA", "VG", "VI"),
    )
)


def country_name(code: str, language: str) -> str:
    """The name CLDR gives a country or territory, in English with its article; the code where it gives none."""
    try:
        name = str(Locale.parse(language).territories.get(code, code))
    except (UnknownLocaleError, ValueError):
        return code
    return f"the {name}" if language == "en" and code in _THE else name
