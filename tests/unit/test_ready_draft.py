"""What an answer loses before it is for everybody, and how several queries and languages are named in a form."""

from datetime import UTC, datetime

import pytest

from bot.core.desk_state import DeskState, OpenForm, from_json, to_json
from bot.core.ready_draft import GAP, Named, NamesACase, Taken, draft_name, general
from bot.core.similar import worded
from bot.core.verbs import Verb, as_written, fields_of, query_numbers

NAMED = Named(reference="Q-0007", organisations=["Harbour Line Aid"], people=["Amina Yusuf"])


@pytest.mark.parametrize(
    ("said", "kept", "taken"),
    [
        (
            "The group meets on Wednesday 4 March 2026, 10:00.",
            "The group meets on Wednesday 4 March 2026, 10:00.",
            set(),
        ),
        ("Dear Amina, as Amina Yusuf asked:", f"Dear {GAP}, as {GAP} asked:", {Taken.PERSON}),
        ("For Harbour Line Aid only.", "For {organisation} only.", {Taken.ORGANISATION}),
        ("Q-0007 continues Q-0003.", f"{{reference}} continues {GAP}.", {Taken.REFERENCE}),
        ("Write to a.b+c@iom.example.org.", f"Write to {GAP}.", {Taken.EMAIL}),
        ("Call +254 700 123 456 or 0700123456.", f"Call {GAP} or {GAP}.", {Taken.PHONE}),
        ("The Aminata centre and 2026-11-24 stay.", "The Aminata centre and 2026-11-24 stay.", set()),
    ],
)
def test_what_leads_to_somebody_is_taken_out(said: str, kept: str, taken: set[Taken]) -> None:
    """Names as they are written, other references, addresses, numbers; days and ordinary words stay."""
    found = general(said, NAMED)

    assert (found.text, set(found.taken)) == (kept, taken)


def test_a_case_is_refused() -> None:
    """Taking out the number would leave a story about somebody."""
    with pytest.raises(NamesACase) as refused:
        general("Her passport number is AB1234567, born on 3 May 1999.", NAMED)

    assert refused.value.template == "errors.names_a_case"


def test_somebody_without_a_name_takes_nothing_out() -> None:
    """No name is no pattern that fits everywhere."""
    assert general("On Wednesday.", Named(reference="Q-0001", people=[""])).text == "On Wednesday."


def test_the_name_of_a_draft_fits_a_button() -> None:
    """Long topics are cut, the day stays."""
    assert len(draft_name("x" * 90, "2026-03-04")) == 60


def test_words_in_no_language_of_the_reader_are_those_of_the_first() -> None:
    """And it can be told that they are."""
    found = worded({"en": "Yes.", "fr": " "}, "fr", "en")

    assert (found.text, found.language, found.fell_back) == ("Yes.", "en", True)


@pytest.mark.parametrize(
    ("said", "numbers"),
    [("Q-0007 Q-0009", (7, 9)), ("7, 9;q9", (7, 9)), ("Q-0007 please", ()), ("", ()), ("12 15", (12, 15))],
)
def test_references_are_read_as_people_write_them(said: str, numbers: tuple[int, ...]) -> None:
    """Each once; a word that is none makes the whole unreadable."""
    assert query_numbers(said) == numbers


def test_a_field_is_asked_again_for_each_further_language() -> None:
    """It may be left out, and its label says which language."""
    found = fields_of(Verb.SIMILAR, ("fr", "es"))

    assert [(each.name, each.label, each.required) for each in found] == [
        ("queries", "queries", True),
        ("text", "text", True),
        ("text_fr", "text_in", False),
        ("text_es", "text_in", False),
    ]


def test_a_form_that_is_kept_remembers_its_languages() -> None:
    """It goes on where it was after a restart."""
    until = datetime(2026, 3, 4, tzinfo=UTC)
    form = OpenForm(verb=Verb.SIMILAR, query=1, desk="ipd", until=until, languages=("fr",))

    assert from_json(to_json(DeskState({5: form}))).forms[5] == form


@pytest.mark.parametrize(("value", "written"), [("a b", "a b"), (["7", "9"], "7 9"), (None, ""), ([], "")])
def test_several_choices_are_written_beside_each_other(value: str | list[str] | None, written: str) -> None:
    """As somebody would type them."""
    assert as_written(value) == written
