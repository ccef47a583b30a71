"""Which records may be one organisation."""

from dataclasses import replace

import pytest

from bot.core.duplicates import LARGE, Why, card_of, compared, pairs
from bot.core.organisation import Level, Organisation

ONE = Organisation(
    id="A",
    name="Harbour Line Aid",
    acronym="HLA",
    type="NGO",
    level=Level.LOCAL,
    country="KE",
    language="en",
    timezone="UTC",
)
OTHER = replace(ONE, id="B", name="Women of the Lake", acronym="WOL", country="UG")
FREE = frozenset(("gmail.com",))


def why(one: Organisation, other: Organisation) -> str:
    found = compared(card_of(one, FREE), card_of(other, FREE))
    return found.why.value if found else ""


@pytest.mark.parametrize(
    "name",
    [
        *("Harbor Line Aid", "HARBOUR LINE AID", "Aid Harbour Line", "Harbour Line Aid e.V.", "Harbour Line Aid Inc."),
        *("The Harbour-Line Aid Association", "Hárbour Line Aid NGO", "ONG Harbour Line Aid"),
    ],
)
def test_a_name_written_in_another_way(name: str) -> None:
    """Order, case, accents, misspelling and legal form make no difference."""
    assert why(ONE, replace(OTHER, name=name, acronym="")) == Why.NAME


@pytest.mark.parametrize("name", ["Lake Line Aid", "Harbour Health Watch", "Mountain Line Aid"])
def test_another_name(name: str) -> None:
    """A word that says who it is is another: two organisations."""
    assert why(ONE, replace(OTHER, name=name, acronym="")) == ""


def test_another_number_is_another_organisation() -> None:
    """Committee of Camp 4 is not Committee of Camp 5."""
    camp = replace(ONE, name="Committee of Camp 4", acronym="")
    assert why(camp, replace(OTHER, name="Committee of Camp 5", acronym="")) == ""


def test_the_same_acronym_in_the_same_country() -> None:
    """A name in another language is found by its acronym; in another country it is another organisation."""
    french = replace(OTHER, name="Aide de la ligne du port", acronym="H.L.A.", country="KE")
    assert (why(ONE, french), why(ONE, replace(french, country="CO"))) == (Why.ACRONYM, "")


def test_a_record_that_is_called_by_the_acronym_alone() -> None:
    """Somebody wrote the short name where the name belongs."""
    assert why(ONE, replace(OTHER, name="HLA", acronym="", country="KE")) == Why.ACRONYM


def test_the_same_e_mail_domain() -> None:
    """Unless anybody can have an address there."""
    ours, theirs = replace(ONE, email="a@line.example"), replace(OTHER, email="B@LINE.example")
    assert why(ours, theirs) == Why.DOMAIN
    assert why(replace(ours, email="a@gmail.com"), replace(theirs, email="b@gmail.com")) == ""


def test_offices_of_one_organisation_are_different_on_purpose() -> None:
    """Headquarters and office, and two offices of the same one."""
    office = replace(ONE, id="C", parent="A")
    assert (why(ONE, office), why(office, replace(ONE, id="D", parent="A"))) == ("", "")


def test_a_list_is_compared_without_comparing_all_with_all() -> None:
    """The one pair among many is found, once, whichever stands first."""
    many = [replace(ONE, id=f"X{number}", name=f"Partner {number}", acronym="") for number in range(300)]
    found = list(pairs([card_of(each, FREE) for each in (*many, replace(ONE, id="Z", name="Harbor Line Aid"), ONE)]))
    assert [(each.one, each.other, each.why) for each in found] == [("A", "Z", Why.NAME)]


def test_the_same_name_a_thousand_times_stays_a_short_list() -> None:
    """Whatever a file holds, the pairs do not grow with its square."""
    same = [card_of(replace(ONE, id=f"X{number:04}"), FREE) for number in range(1000)]
    assert len(list(pairs(same))) <= 1000 * LARGE / 2


def test_only_pairs_with_certain_records() -> None:
    """After an import those among older records are not looked for again."""
    cards = [card_of(replace(ONE, id=each), FREE) for each in ("A", "B", "C")]
    assert [(each.one, each.other) for each in pairs(cards, {"C"})] == [("A", "C"), ("B", "C")]
