"""What to do with a reading: route by oneself, ask, hand it to the entry point, or nothing."""

from collections.abc import Iterable

from bot.core.routing.decision import Choice, Decision
from bot.core.routing.reading import Confidence, Gate, Reading
from bot.core.routing.words import tokens
from bot.core.world import TopicOwner, World

#: Not a topic: unclear or out of scope.
TRIAGE = "triage"
#: The topic of all that is confidential.
OVERSIGHT = "oversight"
#: From here on the router acts by itself.
SURE = 0.70
#: From here on "out of scope" is believed without asking.
OUT_OF_SCOPE = 0.50
#: From here on a text is treated as a possible allegation.
PERHAPS_SENSITIVE = 0.05
#: A topic named by its own abbreviation is as good as chosen.
NAMED = 0.95
_MOST_ALTERNATIVES = 3
_SHORT_ALIAS = 3

Ranking = tuple[tuple[str, float], ...]


def decide(reading: Reading, world: World) -> Decision:
    """The decision for a reading. Sensitive before everything else; what only the lexical fallback says is asked."""
    if reading.gate is not Gate.QUERY:
        return Decision(Choice.NONE, "", 1.0, ())
    if reading.sensitive:
        return Decision(Choice.ASK, OVERSIGHT, dict(reading.topics).get(OVERSIGHT, 0.0), (), sensitive=True)
    offered = _offered(reading.topics, world)
    unclear = dict(reading.topics).get(TRIAGE, 0.0)
    if not offered or _out_of_scope(reading, unclear):
        return Decision(Choice.TRIAGE, "", unclear, offered[:_MOST_ALTERNATIVES])
    topic, confidence = offered[0]
    sure = confidence >= SURE and reading.confidence is Confidence.CALIBRATED
    choice = Choice.AUTO if sure else Choice.ASK
    return Decision(choice, topic, confidence, offered[1 : _MOST_ALTERNATIVES + 1])


def _out_of_scope(reading: Reading, unclear: float) -> bool:
    first = reading.topics[0][0]
    return first == TRIAGE and unclear >= OUT_OF_SCOPE and reading.confidence is Confidence.CALIBRATED


def _offered(topics: Ranking, world: World) -> Ranking:
    """Topics that may be shown as a button: never the confidential one, never "unclear"."""
    return tuple(
        (topic, confidence)
        for topic, confidence in topics
        if topic in world.topics and world.topics[topic].owner is not TopicOwner.CONFIDENTIAL
    )


def perhaps_sensitive(topics: Ranking, confidence: Confidence) -> bool:
    """The router's own low threshold. Uncalibrated numbers count only where they put the topic first."""
    if confidence is Confidence.CALIBRATED:
        return dict(topics).get(OVERSIGHT, 0.0) >= PERHAPS_SENSITIVE
    return bool(topics) and topics[0][0] == OVERSIGHT


def named_topic(text: str, world: World) -> str:
    """The one topic that a text names by an alias ("CCCM"); empty when it names none, or several.

    A short alias in capitals counts only in capitals: "IDM" is no word, "idm" may be one in another language.
    """
    folded, written = tokens(text), frozenset("".join(c if c.isalnum() else " " for c in text).split())
    named = {
        topic.parent or topic.id
        for topic in world.topics.values()
        for alias in topic.aliases
        if (alias in written if alias.isupper() and len(alias) <= _SHORT_ALIAS else _within(tokens(alias), folded))
    }
    return next(iter(named)) if len(named) == 1 else ""


def _within(phrase: tuple[str, ...], words: tuple[str, ...]) -> bool:
    return any(words[at : at + len(phrase)] == phrase for at in range(len(words) - len(phrase) + 1))


def insist(topics: Ranking, topic: str) -> Ranking:
    """The ranking when a topic was named: it comes first, all others share the rest as before."""
    before = dict(topics).get(topic, 0.0)
    if before >= NAMED:
        return topics
    scale = (1 - NAMED) / max(1 - before, 1e-9)
    return ((topic, NAMED), *((other, share * scale) for other, share in topics if other != topic))


def units(reading: Reading) -> tuple[str, ...]:
    """Topic ids or "triage", most likely first, as an evaluation counts them: greetings are triage."""
    if reading.gate is not Gate.QUERY:
        return (TRIAGE,)
    ranked = [topic for topic, _ in reading.topics] or [TRIAGE]
    first = [OVERSIGHT] if reading.sensitive else []
    return tuple(dict.fromkeys([*first, *ranked]))


def unit_of(topic: str, world: World) -> str:
    """The routing topic that a topic or subtopic belongs to."""
    known = world.topics.get(topic)
    return known.parent or known.id if known else topic


def phrases(world: World) -> Iterable[tuple[str, str]]:
    """(text, label) the router learns from: the office's phrases, and its topics' names and descriptions."""
    for example in world.examples:
        yield example.text, unit_of(example.topic, world)
    for topic in world.topics.values():
        for text in (*topic.name.values(), *topic.description.values()):
            yield text, topic.parent or topic.id
