"""Reads a text before anything is decided: gate, language, topics, whether it is sensitive, countries named."""

from pathlib import Path

from bot.core.routing import policy
from bot.core.routing.encoder import CountryFinder, Encoder, LanguageDetector
from bot.core.routing.gate import gate
from bot.core.routing.reading import Gate, Reading
from bot.core.routing.sensitive import looks_sensitive
from bot.core.routing.words import tidy, tokens
from bot.core.world import World
from bot.trained import trained

#: Up to so many words are mostly a country, a name or a yes.
FEW_WORDS = 4
LIKELY = 0.5


class Reader:
    """Trained once at start; afterwards only read, so any number of threads may call it."""

    def __init__(
        self,
        world: World,
        encoder: Encoder,
        languages: LanguageDetector,
        countries: CountryFinder,
        cache: Path | None = None,
    ) -> None:
        """What is learned from the world's phrases is kept in the folder `cache`, if there is one."""
        texts, labels = zip(*policy.phrases(world), strict=True)
        self._world = world
        self.encoder = encoder
        self._languages = languages
        self._countries = countries
        self._head = trained(encoder, texts, labels, cache)

    def read(self, text: str, country: str = "") -> Reading:
        """What a text is about. `country` is the CSO's own, so naming it proposes nothing.

        Only the first 2,000 characters are read; hostile Unicode costs no more time than plain text.
        """
        plain = tidy(text)
        kind = gate(plain)
        language = self._languages.detect(plain)
        if kind is not Gate.QUERY or not any(each.isalpha() for each in plain):
            return Reading(gate=kind, language=language, confidence=self.encoder.confidence)
        topics = self._topics(plain)
        return Reading(
            gate=kind,
            language=language,
            topics=topics,
            sensitive=looks_sensitive(plain) or self._perhaps_sensitive(plain, topics),
            confidence=self.encoder.confidence,
            countries=tuple(code for code in self._countries.find(plain) if code != country),
        )

    def _perhaps_sensitive(self, plain: str, topics: policy.Ranking) -> bool:
        """By the low threshold, which a name alone passes by chance: a few words must be likely, not just possible."""
        if len(tokens(plain)) <= FEW_WORDS and dict(topics).get(policy.OVERSIGHT, 0.0) < LIKELY:
            return False
        return policy.perhaps_sensitive(topics, self.encoder.confidence)

    def _topics(self, plain: str) -> policy.Ranking:
        ranked = self._head.ranked(self.encoder.encode([plain]))[0]
        named = policy.named_topic(plain, self._world)
        return policy.insist(ranked, named) if named else ranked
