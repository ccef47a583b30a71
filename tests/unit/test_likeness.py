"""Finding an organisation by what somebody writes."""

import pytest

from bot.core.likeness import alike
from tests.unit.scenes import WORLD


@pytest.mark.parametrize("text", ["harbor line aid", "Harbour Line", "HLA", "harbour line aid kenya"])
def test_a_name_is_found_as_people_write_it(text: str) -> None:
    """Misspelt, shortened, by acronym, with a word too many."""
    assert "Harbour Line Aid" in [each.name for each in alike(text, WORLD.organisations)]


@pytest.mark.parametrize("text", ["aid", "we", "Who coordinates shelter in Garissa?", "", "🙂"])
def test_everyday_words_name_nobody(text: str) -> None:
    """ "Aid" alone is half of all partners."""
    assert () == alike(text, WORLD.organisations)
