"""The life of a query."""

import pytest

from bot.core.errors import IllegalTransition
from bot.core.query import TRANSITIONS, Action, Status
from bot.core.verbs import VERBS, Verb, offered, problems
from tests.unit.scenes import NOW, WORLD, query


def test_a_claimed_query_cannot_be_claimed_again() -> None:
    """The second focal point is told, in words a person understands."""
    with pytest.raises(IllegalTransition, match="Q-0001 is claimed"):
        query().claimed_by(3, NOW).claimed_by(4, NOW)


def test_a_moved_query_is_nobodys() -> None:
    """At the new desk somebody takes it up anew; the promise stays."""
    moved = query().claimed_by(3, NOW).moved_to("region-eha", "staff_moved", {})

    assert (0, query().due_at, Status.NEW) == (moved.holder, moved.due_at, moved.status)


def test_every_open_state_can_be_closed() -> None:
    """No query is stuck."""
    open_states = {status for status in Status if status is not Status.CLOSED}

    assert open_states == {status for status, action in TRANSITIONS if action is Action.CLOSE}


def test_a_closed_query_offers_only_what_is_possible() -> None:
    """The card always shows the true state."""
    closed = offered(query(1, Status.CLOSED), unconfirmed=False, answered=True)

    assert (Verb.CORRECT, Verb.REOPEN, Verb.MORE) == closed


def test_every_verb_on_a_card_is_possible_in_its_state() -> None:
    """No button leads to a refusal by the table."""
    moves = {Verb.CLAIM: Action.CLAIM, Verb.RELEASE: Action.RELEASE, Verb.REPLY: Action.REPLY, Verb.CLOSE: Action.CLOSE}
    shown = {(status, moves[verb]) for verb in moves for status in VERBS[verb].offered_in}

    assert shown <= set(TRANSITIONS)


def test_a_form_without_words_is_refused() -> None:
    """Blanks are no answer."""
    assert ["errors.field_empty"] == [
        each.template for each in problems(Verb.REPLY, {"text": "  "}, frozenset(), NOW.date())
    ]


def test_a_form_names_a_desk_of_this_office() -> None:
    """A desk that does not exist is refused at once."""
    wrong = problems(Verb.REASSIGN, {"desk": "moon", "text": "because"}, frozenset(WORLD.desks), NOW.date())

    assert ["errors.no_such_desk"] == [each.template for each in wrong]
