"""Ready answers: what may stand in them, what is filled in, and which language is taken."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.core.canned import (
    BECOMES,
    AnswerFault,
    BadAnswer,
    CannedAnswer,
    CannedState,
    Placeholder,
    check_answer,
    filled,
    placeholders,
    wording,
)
from bot.core.errors import IllegalTransition
from config import world as worlds

WORLD = worlds.load(None)
AT = datetime(2026, 11, 23, tzinfo=UTC)
VALUES = {each: f"<{each}>" for each in Placeholder}


def answer(*, name: str = "Opening hours", topic: str = "", **texts: str) -> CannedAnswer:
    return CannedAnswer(desk="mission-ke", name=name, topic=topic, texts=texts or {"en": "Hello"}, by=1, at=AT)


def faults(kept: CannedAnswer) -> list[tuple[str, AnswerFault, str]]:
    with pytest.raises(BadAnswer) as refused:
        check_answer(kept, WORLD)
    return [(each.field, each.fault, each.word) for each in refused.value.problems]


def test_every_placeholder_is_filled() -> None:
    """The five that there are."""
    text = " ".join(f"{{{each}}}" for each in Placeholder)
    assert filled(text, VALUES) == "<organisation> <reference> <desk> <due> <role>"


def test_a_value_is_not_filled_again() -> None:
    """An organisation that calls itself {desk} stays what it calls itself."""
    assert filled("{organisation}", VALUES | {Placeholder.ORGANISATION: "{desk}"}) == "{desk}"


@given(st.text(max_size=60))
def test_text_without_known_placeholders_stays(text: str) -> None:
    """Filling in changes nothing else."""
    strange = text if not set(placeholders(text)) & set(Placeholder) else ""
    assert filled(strange, VALUES) == strange


@pytest.mark.parametrize("text", ["{name}", "Dear {}", "{ organisation }", "{{organisation.__class__}}", "{Desk}"])
def test_other_words_in_braces_are_refused(text: str) -> None:
    """The set is closed: nobody reads a brace by mistake."""
    assert [(field, fault) for field, fault, _ in faults(answer(fr=text))] == [
        ("text_fr", AnswerFault.NO_SUCH_PLACEHOLDER)
    ]


@pytest.mark.parametrize(
    ("kept", "expected"),
    [
        (answer(name=" "), ("name", AnswerFault.NO_NAME, "")),
        (answer(name="x" * 61), ("name", AnswerFault.NAME_TOO_LONG, "")),
        (answer(topic="cooking"), ("topic", AnswerFault.NO_SUCH_TOPIC, "cooking")),
        (answer(en="  "), ("text_en", AnswerFault.NO_TEXT, "")),
        (answer(en="x" * 3001), ("text_en", AnswerFault.TEXT_TOO_LONG, "")),
        (answer(en="x", xx="y"), ("text_xx", AnswerFault.NO_SUCH_LANGUAGE, "xx")),
    ],
)
def test_what_cannot_be_kept(kept: CannedAnswer, expected: tuple[str, AnswerFault, str]) -> None:
    """Each fault is named with its field."""
    assert faults(kept) == [expected]


def test_every_fault_is_said_at_once() -> None:
    """Nobody mends a form three times."""
    assert [field for field, _, _ in faults(answer(name="", topic="cooking", en="{x}"))] == ["name", "topic", "text_en"]


@pytest.mark.parametrize(
    ("language", "texts", "expected"),
    [
        ("fr", {"en": "Hello", "fr": "Bonjour"}, ("fr", False)),
        ("fr", {"en": "Hello", "es": "Hola"}, ("en", True)),
        ("fr", {"es": "Hola", "ar": "مرحبا"}, ("ar", True)),
    ],
)
def test_which_language_is_taken(language: str, texts: dict[str, str], expected: tuple[str, bool]) -> None:
    """The CSO's; else the office's default; else one that there is. The fallback is known."""
    chosen = wording(answer(**texts), language, "en")
    assert (chosen.language, chosen.fell_back) == expected


@pytest.mark.parametrize("before", list(CannedState))
@pytest.mark.parametrize("after", list(CannedState))
def test_states_are_a_table(before: CannedState, after: CannedState) -> None:
    """A draft becomes ready or is given up; what is retired can be offered again; nothing else happens."""
    held = CannedAnswer(desk="mission-ke", name="x", texts={}, state=before, by=1, at=AT)
    if after in BECOMES[before]:
        assert held.become(after).state is after
    else:
        with pytest.raises(IllegalTransition):
            held.become(after)
