"""The console's words: templates/console/words/<language>/<area>.yaml, each text a small template of its own."""

from collections.abc import Mapping
from functools import cache
from pathlib import Path

import jinja2
import yaml
from babel import Locale
from markupsafe import Markup

FOLDER = Path(__file__).resolve().parents[3] / "templates" / "console"
DEFAULT = "en"


class Words:
    """All words of the console in one language; a word that it lacks is English."""

    def __init__(self, language: str) -> None:
        locale = Locale.parse(language)
        self.language = language
        #: "ltr" or "rtl".
        self.direction: str = locale.text_direction
        self.locale = locale
        #: A text that stands in a page of another direction says so itself.
        self._own = _environment(language)
        self._english = _environment(DEFAULT)
        self._said: dict[str, Markup] = {}

    def __call__(self, key: str, **fields: object) -> Markup:
        """The text "area.key" with its fields; an unknown key is an error of ours."""
        if fields:
            return self._rendered(key, fields)
        # A long list says the same few words hundreds of times.
        if key not in self._said:
            self._said[key] = self._rendered(key, {})
        return self._said[key]

    def _rendered(self, key: str, fields: Mapping[str, object]) -> Markup:
        environment = self._own if self.has_own(key) else self._english
        return Markup(environment.get_template(key).render(fields).strip())  # noqa: S704 - rendered with autoescape

    def has_own(self, key: str) -> bool:
        """Whether the language has this word itself."""
        return key in _texts(self.language)

    def known(self, key: str, otherwise: str, **fields: object) -> Markup:
        """The text, or where there is none the one for everything else: acts and states grow faster than words."""
        return self(key if self.has_own(key) or key in _texts(DEFAULT) else otherwise, **fields)


def languages() -> tuple[str, ...]:
    """What the console can be read in."""
    return tuple(sorted(folder.name for folder in (FOLDER / "words").iterdir() if folder.is_dir()))


@cache
def words(language: str) -> Words:
    """The words of a language, else the English ones."""
    return Words(language if language in languages() else DEFAULT)


@cache
def _texts(language: str) -> dict[str, str]:
    found: dict[str, str] = {}
    for file in sorted((FOLDER / "words" / language).glob("*.yaml")):
        # BaseLoader: "yes" and "no" stay words.
        read = yaml.load(file.read_text(encoding="utf-8"), yaml.BaseLoader)  # noqa: S506 - it makes strings only
        found |= {f"{file.stem}.{key}": text for key, text in read.items()}
    return found


@cache
def _environment(language: str) -> jinja2.Environment:
    loader = jinja2.DictLoader(_texts(language))
    return jinja2.Environment(loader=loader, autoescape=True, undefined=jinja2.StrictUndefined)
