"""Nobody waits for an empty chair: who is away, who stands in, and what happens at each mark of a promise."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.core.absence import Absence, AbsenceOver, DeputyCircle, check_absence, stand_in
from bot.core.escalation import (
    Escalate,
    GiveTo,
    PromiseAgain,
    RemindDesk,
    RemindHolder,
    ReturnToDesk,
    Situation,
    at_mark,
    marks,
)
from tests.unit.scenes import WORLD

NOW = datetime(2026, 11, 23, 8, tzinfo=UTC)
STANDARD, URGENT, CONFIDENTIAL = (WORLD.policies[name] for name in ("standard", "urgent", "confidential"))


def gone(person: int, deputy: int = 0, days: int = 3, starts: int = 0) -> Absence:
    begins = NOW + timedelta(days=starts)
    return Absence(person=person, begins=begins, ends=begins + timedelta(days=days), deputy=deputy)


def at(percent: int, **more: object) -> Situation:
    return Situation(policy=STANDARD, percent=percent, above="region-eha", **more)  # type: ignore[arg-type]


def test_whoever_is_there_acts_themselves() -> None:
    """An absence that is over keeps nobody away."""
    assert 1 == stand_in(1, [gone(1, 2, days=1, starts=-2)], NOW)


def test_a_deputy_who_is_away_has_a_deputy() -> None:
    """1 named 2, 2 named 3, and 3 is there."""
    assert 3 == stand_in(1, [gone(1, 2), gone(2, 3)], NOW)


def test_nobody_stands_in_where_nobody_was_named() -> None:
    """The desk decides."""
    assert 0 == stand_in(1, [gone(1, 2), gone(2)], NOW)


@pytest.mark.parametrize(
    ("new", "others"),
    [(gone(1, 1), []), (gone(1, 2), [gone(2, 1)]), (gone(1, 2), [gone(2, 3), gone(3, 1)])],
    ids=["oneself", "each-other", "three-in-a-ring"],
)
def test_a_circle_of_deputies_is_refused(new: Absence, others: list[Absence]) -> None:
    """However long the ring."""
    with pytest.raises(DeputyCircle):
        check_absence(new, others, NOW)


def test_absences_that_never_meet_make_no_circle() -> None:
    """2 is back before 1 leaves."""
    assert check_absence(gone(1, 2, starts=5), [gone(2, 1, days=3)], NOW) is None


def test_an_absence_in_the_past_is_refused() -> None:
    """Nothing can be handed over then."""
    with pytest.raises(AbsenceOver):
        check_absence(gone(1, 2, days=1, starts=-2), [], NOW)


absences = st.lists(
    st.builds(gone, st.integers(1, 5), st.integers(0, 5), st.integers(1, 4), st.integers(-3, 6)), max_size=12
)


@given(absences, st.integers(-3, 10))
def test_what_was_accepted_never_leads_in_a_circle(asked: list[Absence], day: int) -> None:
    """Whatever was asked for in whatever order, and at any moment: whoever stands in is there."""
    kept: list[Absence] = []
    for new in asked:
        try:
            check_absence(new, kept, NOW - timedelta(days=9))
        except DeputyCircle:
            continue
        kept.append(new)
    moment = NOW + timedelta(days=day)
    acting = stand_in(1, kept, moment)
    assert not any(each.person == acting and each.covers(moment) for each in kept)


def test_half_time_is_between_the_holder_and_us() -> None:
    """Nobody else is told."""
    assert (RemindHolder(50),) == at_mark(at(50, holder=1, acting=1))


def test_later_the_desk_hears_it_too() -> None:
    """At four fifths."""
    assert (RemindHolder(80), RemindDesk(80)) == at_mark(at(80, holder=1, acting=1))


def test_what_nobody_claimed_is_the_desks() -> None:
    """The thread is reminded."""
    assert (RemindDesk(50),) == at_mark(at(50))


def test_a_holder_who_is_away_hands_over() -> None:
    """To whoever stands in."""
    assert (GiveTo(2), RemindHolder(50)) == at_mark(at(50, holder=1, acting=2))


def test_without_a_deputy_it_is_the_desks_again() -> None:
    """And the desk is told."""
    assert (ReturnToDesk(silent=False), RemindDesk(50)) == at_mark(at(50, holder=1))


def test_a_silent_holder_gives_it_back() -> None:
    """They are there and have written nothing."""
    assert (ReturnToDesk(silent=True), RemindDesk(80)) == at_mark(at(80, holder=1, acting=1, silent=True))


def test_an_empty_desk_hands_up_at_once() -> None:
    """There is nobody to remind."""
    assert (Escalate("region-eha", broken=False),) == at_mark(at(50, staffed=False))


@pytest.mark.req("S1-R5b")
def test_the_promised_time_sends_it_up() -> None:
    """Whoever had it."""
    assert (Escalate("region-eha", broken=True),) == at_mark(at(100, holder=1, acting=1))


def test_urgent_goes_up_before_the_time() -> None:
    """At three quarters: the promise is not broken yet."""
    urgent = Situation(policy=URGENT, percent=75, holder=1, acting=1, above="ipd")
    assert (Escalate("ipd", broken=False),) == at_mark(urgent)


def test_the_confidential_desk_keeps_what_it_has() -> None:
    """However late, and even when nobody is there."""
    late = Situation(policy=CONFIDENTIAL, percent=100, above="ipd", staffed=False)
    assert (RemindDesk(100),) == at_mark(late)


def test_at_the_top_the_desk_is_told_and_the_cso_too() -> None:
    """Nobody is above: it stays, and it is said to both."""
    assert (RemindDesk(100), PromiseAgain()) == at_mark(Situation(policy=STANDARD, percent=100))


def test_before_the_end_nothing_is_promised_anew_at_the_top() -> None:
    """A reminder is enough while the time has not passed."""
    assert (RemindDesk(80),) == at_mark(Situation(policy=STANDARD, percent=80))


def test_the_end_of_a_promise_is_always_looked_at() -> None:
    """Also where a policy reminds at other marks only."""
    assert [(50, 80, 100), (25, 50, 75, 100), (50, 100)] == [marks(each) for each in (STANDARD, URGENT, CONFIDENTIAL)]
