"""Answers that a desk keeps ready: their words per language, and the closed set of what is filled in."""

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from bot.core.errors import BotError, IllegalTransition
from bot.core.verbs import LONGEST_TEXT
from bot.core.world import World

#: What staff choose it by fits a button and a line.
LONGEST_NAME = 60
_BRACES = re.compile(r"\{([^{}]*)\}")


class Placeholder(StrEnum):
    """What `{name}` in a text stands for. There are no others."""

    ORGANISATION = "organisation"
    REFERENCE = "reference"
    DESK = "desk"
    #: The promised time, in the CSO's zone.
    DUE = "due"
    #: The focal point's role, never a name.
    ROLE = "role"


class CannedState(StrEnum):
    #: Written, not offered.
    DRAFT = "draft"
    READY = "ready"
    RETIRED = "retired"


#: State -> states it may become. What is not here cannot happen.
BECOMES: Mapping[CannedState, frozenset[CannedState]] = {
    CannedState.DRAFT: frozenset({CannedState.READY, CannedState.RETIRED}),
    CannedState.READY: frozenset({CannedState.RETIRED}),
    CannedState.RETIRED: frozenset({CannedState.READY}),
}


class AnswerFault(StrEnum):
    """What is wrong with a ready answer. Each has a sentence of its own that says what is allowed."""

    NO_NAME = "no_name"
    NAME_TOO_LONG = "name_too_long"
    NO_TEXT = "no_text"
    TEXT_TOO_LONG = "text_too_long"
    NO_SUCH_PLACEHOLDER = "no_such_placeholder"
    NO_SUCH_TOPIC = "no_such_topic"
    NO_SUCH_LANGUAGE = "no_such_language"


@dataclass(frozen=True, slots=True)
class AnswerProblem:
    """`field` is "name", "topic" or "text_fr"; `word` is what cannot be there."""

    field: str
    fault: AnswerFault
    word: str = ""


class BadAnswer(BotError):
    """This ready answer cannot be kept: says what is wrong with which field."""

    template = "errors.bad_answer"

    def __init__(self, problems: Collection[AnswerProblem]) -> None:
        super().__init__(fields=" ".join(each.field for each in problems))
        self.problems = tuple(problems)


@dataclass(frozen=True, slots=True, kw_only=True)
class CannedAnswer:
    """A ready answer of one desk."""

    id: int = 0
    desk: str
    #: Topic id; empty: for any.
    topic: str = ""
    #: What staff choose it by.
    name: str
    #: Language code -> CommonMark with placeholders.
    texts: Mapping[str, str]
    state: CannedState = CannedState.DRAFT
    #: The query whose answer it was made from; 0 for one written for itself.
    query: int = 0
    #: Person id of who wrote it last, and when.
    by: int
    at: datetime
    version: int = 1

    def become(self, state: CannedState) -> "CannedAnswer":
        """Raises `IllegalTransition` where the table does not know it."""
        if state not in BECOMES[self.state]:
            raise IllegalTransition(reference=self.name, status=self.state.value)
        return replace(self, state=state)


@dataclass(frozen=True, slots=True)
class Wording:
    """The words of a ready answer in one language; `asked` is the language that was wished for."""

    text: str
    language: str
    asked: str

    @property
    def fell_back(self) -> bool:
        return self.language != self.asked


def wording(answer: CannedAnswer, language: str, default: str) -> Wording:
    """In that language, else in the office's default one, else in the first that there is."""
    order = (language, default, *sorted(answer.texts))
    found = next(each for each in order if answer.texts.get(each))
    return Wording(answer.texts[found], found, language)


def placeholders(text: str) -> tuple[str, ...]:
    """The names in braces, known or not, in order."""
    return tuple(dict.fromkeys(_BRACES.findall(text)))


def filled(text: str, values: Mapping[Placeholder, str]) -> str:
    """The text with every placeholder replaced, in one pass: what a value says in braces stays as it is."""
    known = {each.value: values[each] for each in Placeholder}
    return _BRACES.sub(lambda found: known.get(found[1], found[0]), text)


def check_answer(answer: CannedAnswer, world: World) -> None:
    """Raises `BadAnswer` with everything that is wrong."""
    problems = [*_name_problems(answer.name), *_topic_problems(answer.topic, world)]
    if not any(text.strip() for text in answer.texts.values()):
        problems.append(AnswerProblem(f"text_{world.office.default_language}", AnswerFault.NO_TEXT))
    for language, text in answer.texts.items():
        problems += _text_problems(language, text, world)
    if problems:
        raise BadAnswer(problems)


def _name_problems(name: str) -> list[AnswerProblem]:
    if not name.strip():
        return [AnswerProblem("name", AnswerFault.NO_NAME)]
    return [AnswerProblem("name", AnswerFault.NAME_TOO_LONG)] if len(name) > LONGEST_NAME else []


def _topic_problems(topic: str, world: World) -> list[AnswerProblem]:
    strange = topic and topic not in world.topics
    return [AnswerProblem("topic", AnswerFault.NO_SUCH_TOPIC, topic)] if strange else []


def _text_problems(language: str, text: str, world: World) -> list[AnswerProblem]:
    field = f"text_{language}"
    if language not in {*world.office.languages, *world.office.content_languages}:
        return [AnswerProblem(field, AnswerFault.NO_SUCH_LANGUAGE, language)]
    if len(text) > LONGEST_TEXT:
        return [AnswerProblem(field, AnswerFault.TEXT_TOO_LONG)]
    strange = [each for each in placeholders(text) if each not in set(Placeholder)]
    return [AnswerProblem(field, AnswerFault.NO_SUCH_PLACEHOLDER, each) for each in strange[:1]]
