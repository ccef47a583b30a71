"""What may stand in the fields of an organisation."""

from dataclasses import replace
from datetime import date

import pytest

from bot.core.organisation import Level, Organisation
from bot.core.organisation_fields import FieldProblem, Problem, changed, differing, written
from config import world as worlds

WORLD = worlds.load(None)
KNOWN = replace(WORLD.organisations[0], parent="")


def problems(**values: str) -> tuple[FieldProblem, ...]:
    return changed(KNOWN, values, WORLD)[1]


@pytest.mark.parametrize(
    ("field", "text", "problem"),
    [
        ("name", " ", Problem.EMPTY),
        ("name", "x" * 201, Problem.TOO_LONG),
        ("name", "Aid\x07", Problem.UNPRINTABLE),
        ("type", "CLUB", Problem.NOT_LISTED),
        ("type", "", Problem.EMPTY),
        ("level", "world", Problem.NOT_LISTED),
        ("country", "XX", Problem.NOT_LISTED),
        ("countries", "KE XX", Problem.NOT_LISTED),
        ("language", "de", Problem.NOT_LISTED),
        ("languages", "en English", Problem.NOT_LISTED),
        ("timezone", "Nairobi", Problem.NOT_A_ZONE),
        ("email", "partners at hla", Problem.NOT_AN_ADDRESS),
        ("topics", "shelter dragons", Problem.NOT_LISTED),
        ("clusters", "a;b", Problem.NOT_A_CODE),
        ("observer", "maybe", Problem.NOT_LISTED),
        ("observer_since", "4 March", Problem.NOT_A_DATE),
        ("listed", "maybe", Problem.YES_OR_NO),
        ("quiet_hours", "9pm", Problem.NOT_HOURS),
        ("since", "20", Problem.NOT_A_YEAR),
    ],
)
def test_what_cannot_be_kept_is_named(field: str, text: str, problem: Problem) -> None:
    """Each field says what is wrong with it."""
    assert [(each.field, each.problem) for each in problems(**{field: text})] == [(field, problem)]


def test_the_wrong_word_of_a_list_is_named() -> None:
    """One wrong topic among right ones is told by its word."""
    assert problems(topics="shelter dragons cccm") == (FieldProblem("topics", Problem.NOT_LISTED, "dragons"),)


def test_observer_status_does_not_end_before_it_begins() -> None:
    """Two days are wrong only together."""
    found = problems(observer_since="2026-03-04", observer_until="2026-03-03")
    assert found == (FieldProblem("observer_until", Problem.ENDS_BEFORE),)


def test_a_form_that_nobody_touched_changes_nothing() -> None:
    """What is shown is read back as it is, for every organisation of the world."""
    for known in WORLD.organisations:
        after, found = changed(known, written(known), WORLD)
        assert (differing(known, after), found) == ((), ())


def test_lists_are_words_with_blanks_or_commas() -> None:
    """Both ways of writing a list are understood, each word once."""
    after, _ = changed(KNOWN, {"topics": "shelter, cccm shelter", "observer_since": "2026-03-04"}, WORLD)
    assert (after.topics, after.observer_since) == (("shelter", "cccm"), date(2026, 3, 4))


@pytest.mark.req("S0-T0")
@pytest.mark.parametrize(
    "code",
    [
        pytest.param("NGO", marks=pytest.mark.req("S0-T1")),
        pytest.param("ADV", marks=pytest.mark.req("S0-T2")),
        pytest.param("MIG", marks=pytest.mark.req("S0-T3")),
        pytest.param("TUP", marks=pytest.mark.req("S0-T4")),
        pytest.param("MED", marks=pytest.mark.req("S0-T5")),
        pytest.param("RES", marks=pytest.mark.req("S0-T6")),
        pytest.param("FND", marks=pytest.mark.req("S0-T7")),
    ],
)
def test_an_organisation_is_of_one_of_the_seven_types(code: str) -> None:
    """Each of the seven is taken, and named in every language of the office."""
    blank = Organisation(
        id="CSO-1", name="A", acronym="", type="", level=Level.UNKNOWN, country="KE", language="en", timezone="UTC"
    )
    after, found = changed(blank, {"type": code}, WORLD)
    assert (after.type, found) == (code, ())
    assert set(WORLD.organisation_types[code]) >= set(WORLD.office.languages)


@pytest.mark.req("S0-T0")
def test_an_office_adds_types_of_its_own() -> None:
    """The list of types is the office's: an eighth is taken where its files name it."""
    larger = replace(WORLD, organisation_types={**WORLD.organisation_types, "COOP": {"en": "Cooperative"}})
    assert changed(KNOWN, {"type": "COOP"}, larger)[1] == ()
    assert problems(type="COOP") == (FieldProblem("type", Problem.NOT_LISTED, "COOP"),)
