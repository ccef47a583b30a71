"""The page's own words, one file per language, and the ready questions."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from pathlib import Path

import yaml
from babel import Locale
from babel.dates import format_datetime

FOLDER = Path(__file__).resolve().parent.parent.parent / "templates" / "simulator"
DEFAULT = "en"


@dataclass(frozen=True, slots=True)
class Words:
    """All words of the page in one language."""

    language: str
    texts: Mapping[str, str]

    def __call__(self, key: str, **fields: object) -> str:
        """The text with its fields filled in; an unknown key is an error of ours."""
        return self.texts[key].format(**fields)

    def language_name(self, code: str) -> str:
        """A language as this one calls it."""
        name: str = Locale.parse(self.language).languages.get(code, code)
        return name[:1].upper() + name[1:]

    def moment(self, at: datetime, pattern: str = "EEE d MMM, HH:mm") -> str:
        """A local time in words."""
        return str(format_datetime(at, pattern, locale=self.language))


@dataclass(frozen=True, slots=True)
class Question:
    """Something to ask at once."""

    language: str
    text: str
    rtl: bool


def languages() -> tuple[str, ...]:
    """What the page can be read in."""
    return tuple(sorted(file.stem for file in FOLDER.glob("??.yaml")))


@cache
def words(language: str) -> Words:
    """The words of a language, else the default ones."""
    file = FOLDER / f"{language if language in languages() else DEFAULT}.yaml"
    # BaseLoader: "yes" and "no" stay words.
    return Words(file.stem, yaml.load(file.read_text(encoding="utf-8"), yaml.BaseLoader))  # noqa: S506 - strings only


@cache
def questions() -> Mapping[str, Sequence[Question]]:
    """Ready questions by the name of their language in that language."""
    read = yaml.safe_load((FOLDER / "questions.yaml").read_text(encoding="utf-8"))
    found: dict[str, Sequence[Question]] = {}
    for language, texts in read.items():
        locale = Locale.parse(language)
        name: str = locale.languages[language]
        rtl = locale.text_direction == "rtl"
        found[name[:1].upper() + name[1:]] = tuple(Question(language, text, rtl) for text in texts)
    return found


def preferred(accepted: str) -> str:
    """The first language of an Accept-Language header that the page can be read in."""
    for each in accepted.split(","):
        language = each.partition(";")[0].strip().lower()[:2]
        if language in languages():
            return language
    return DEFAULT
