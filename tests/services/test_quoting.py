"""“Do not quote us publicly”: the CSO says so, staff see it, and wherever words could become public it holds."""

from dataclasses import replace
from itertools import product
from pathlib import Path

import pytest
import sqlalchemy as sa

from bot.core.canned import CannedState
from bot.core.discretion import NotToBeQuoted, may_quote, shows_words
from bot.core.query import Query
from bot.services import canned as answers
from bot.services.canned import Draft
from storage import canned, discretion, queries
from storage.database import Database
from storage.sealing import ProcessSeal
from storage.tables import queries as query_rows
from tests.services.office import Office, open_office
from tests.services.test_canned import by
from tests.services.test_joining import merge, now_is, second
from tests.services.test_promises import NOW

pytestmark = pytest.mark.req("S1-W32")
MADE = Draft(desk="mission-ke", name="Site planning", texts={"en": "The group meets on Wednesday."}, query=1)


@pytest.fixture
def office(database: Database, seal: ProcessSeal, tmp_path: Path) -> Office:
    opened = open_office(database, seal, tmp_path / "files", NOW)
    opened.say("Who coordinates site planning?")
    return opened


def query(office: Office) -> Query:
    return office.database.run_sync(lambda tx: queries.get(tx, 1))


@pytest.mark.parametrize(
    "words",
    ["/noquote Q-0001", "/noquote 1", "/noquote", "Do not quote us publicly", "Ne nous citez pas.", "¡No nos citen!"],
)
def test_the_cso_says_so(office: Office, words: str) -> None:
    """By the number, of the latest question, or in words."""
    office.say(words)
    assert query(office).no_quotes
    assert office.templates("500")[-1] == "conversation.not_quoted"


def test_it_is_taken_back(office: Office) -> None:
    """/quote makes it quotable again."""
    office.say("/noquote")
    office.say("/quote Q-0001")
    assert not query(office).no_quotes
    assert office.templates("500")[-1] == "conversation.quoted_again"


def test_a_button_below_the_question_says_it_and_takes_it_back(office: Office) -> None:
    """/query shows the one that is not so yet; both stay usable."""
    office.say("/query Q-0001")
    office.press(office.token("buttons.do_not_quote"))
    assert query(office).no_quotes
    office.say("/query Q-0001")
    office.press(office.token("buttons.may_quote"))
    assert not query(office).no_quotes


def test_nobody_decides_for_somebody_else(office: Office) -> None:
    """Another CSO learns not even whether the question exists."""
    for words in ("/noquote Q-0001", "/noquote Q-0099"):
        office.say(words, user="777")
        assert office.templates("777")[-1] == "partners.no_such_query"
    assert not query(office).no_quotes


def test_staff_see_it_on_the_card(office: Office) -> None:
    """The card says it, and does not once it is taken back."""
    card = [message for message in office.messages("C1") if message.template == "desk.card"]
    assert not card[-1].fields["no_quotes"]
    office.say("/noquote")
    card = [message for message in office.messages("C1") if message.template == "desk.card"]
    assert card[-1].fields["no_quotes"]


@pytest.mark.parametrize("change", [{"no_quotes": True}, {"sensitive": True}, {"private": True}])
def test_no_ready_answer_is_made_from_it(office: Office, change: dict[str, bool]) -> None:
    """Neither written nor, once it is a draft, made ready: the same holds for an FAQ, which begins as such a draft."""
    kept = office.database.run_sync(lambda tx: answers.create(tx, office.setup, MADE, by()))
    office.database.run_sync(lambda tx: queries.save(tx, replace(queries.get(tx, 1), **change)))  # type: ignore[arg-type]
    with pytest.raises(NotToBeQuoted):
        office.database.run_sync(lambda tx: answers.create(tx, office.setup, MADE, by()))
    with pytest.raises(NotToBeQuoted):
        office.database.run_sync(lambda tx: answers.ready(tx, office.setup, kept.id, by()))


def test_a_ready_answer_made_from_it_is_taken_away(office: Office) -> None:
    """From the moment the CSO says so nobody is offered it any more."""
    kept = office.database.run_sync(lambda tx: answers.create(tx, office.setup, MADE, by()))
    office.database.run_sync(lambda tx: answers.ready(tx, office.setup, kept.id, by()))
    office.say("/noquote Q-0001")
    state = office.database.run_sync(lambda tx: canned.get(tx, kept.id)).state
    assert state is CannedState.RETIRED


def test_what_goes_on_in_another_question_takes_its_wish_along(office: Office) -> None:
    """A ready answer made from the question that survives is taken away when one joins it that nobody may quote."""
    second(office)
    made = replace(MADE, query=2)
    kept = office.database.run_sync(lambda tx: answers.create(tx, office.setup, made, by()))
    office.database.run_sync(lambda tx: answers.ready(tx, office.setup, kept.id, by()))
    office.say("/noquote Q-0001")
    merge(office)
    state = office.database.run_sync(lambda tx: canned.get(tx, kept.id)).state
    assert (now_is(office, 2).no_quotes, state) == (True, CannedState.RETIRED)


def test_statements_agree_with_the_rule(office: Office) -> None:
    """What the core says of a query, a statement finds of its row, whatever is set."""
    for no_quotes, sensitive, private in product((False, True), repeat=3):
        marks = {"no_quotes": no_quotes, "sensitive": sensitive, "private": private}
        changed = replace(query(office), **marks)  # type: ignore[arg-type]
        saved = office.database.run_sync(lambda tx, changed=changed: queries.save(tx, changed))
        both = sa.select(discretion.may_quote(), discretion.shows_words()).where(query_rows.c.id == 1)
        found = office.database.run_sync(lambda tx, both=both: tx.execute(both).one())
        assert (bool(found[0]), bool(found[1])) == (may_quote(saved), shows_words(saved))
