"""When a query is looked at besides its marks."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from bot.core.query import Query, Status
from bot.core.waking import FollowUpRules, Wake, armed, due, moments

NOW = datetime(2026, 11, 23, 7, tzinfo=UTC)
RULES = FollowUpRules()
WAITS = Query(id=1, opened_by="a", person=1, account="telegram", asked_at=NOW, status=Status.WAITING, waiting_since=NOW)


@given(st.lists(st.integers(1, 10 * 24 * 60), min_size=1, max_size=30))
def test_however_often_the_clock_looks_each_moment_comes_once(gaps: list[int]) -> None:
    """In order, none left out and none twice."""
    query, now, come = armed(WAITS, RULES, NOW), NOW, []
    for gap in gaps:
        now += timedelta(minutes=gap)
        come += [wake for _, wake in due(query, RULES, now)]
        query = armed(query, RULES, now)
    assert [wake for moment, wake in moments(WAITS, RULES) if moment <= now] == come


def test_what_is_over_is_not_told() -> None:
    """The CSO has written: nothing of the waiting comes any more."""
    query = armed(WAITS, RULES, NOW)
    heard = Query(id=1, opened_by="a", person=1, account="telegram", asked_at=NOW, wake_at=query.wake_at)
    assert () == due(heard, RULES, NOW + timedelta(days=30))


def test_while_we_wait_the_end_is_not_ours() -> None:
    """Nobody is told that a query should be closed whose CSO thinks."""
    waits = replace(WAITS, resolve_by=NOW + timedelta(days=1))
    assert Wake.UNRESOLVED_HOLDER not in [wake for _, wake in moments(waits, RULES)]
