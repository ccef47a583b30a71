"""Words as they are compared."""

import unicodedata


def plain(text: str) -> str:
    """Lower case, without accents, outer punctuation and spaces: how whole-message words are compared."""
    letters = unicodedata.normalize("NFKD", text.strip().strip(".!¡").strip().casefold())
    return "".join(letter for letter in letters if not unicodedata.combining(letter))
