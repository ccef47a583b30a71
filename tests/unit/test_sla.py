"""What is promised."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.core.calendar import after
from bot.core.organisation import Level
from bot.core.sla import desk_for, policy_for, promised, rounded_up, zone_of
from bot.core.world import ClassRule, Desk
from tests.unit.scenes import WORLD

KENYA = WORLD.desks["mission-ke"]
STANDARD = WORLD.policies["standard"]


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("asked", "promise"),
    [
        ("2026-11-23T06:12", "2026-11-24T07:00"),  # transcript 01: Mon 09:12 → Tue 10:00 (Nairobi)
        ("2026-11-26T06:32", "2026-11-27T07:30"),  # transcript 02: Thu 09:32 → Fri 10:30
        ("2026-11-27T13:00", "2026-11-30T13:30"),  # Friday afternoon runs on after the weekend
        ("2026-11-28T09:00", "2026-12-01T06:00"),  # Saturday counts from Monday's opening
    ],
)
@pytest.mark.req("S0-C3")
def test_a_promise_is_working_time_of_the_desk(asked: str, promise: str) -> None:
    """Nine working hours of a desk open 08:30 to 17:00 in Nairobi."""
    assert utc(promise) == promised(utc(asked), STANDARD, KENYA, "Africa/Nairobi")


def test_sunday_to_thursday_exists() -> None:
    """A desk in Cairo works on Sunday and not on Friday."""
    cairo = WORLD.desks["region-mena"].main.calendar

    assert utc("2026-11-29T07:30") == after(cairo, utc("2026-11-26T15:30"), timedelta(hours=1))


@pytest.mark.req("S0-A2")
def test_urgent_runs_around_the_clock() -> None:
    """Four hours on a Saturday night are four hours."""
    assert utc("2026-11-28T23:30") == promised(utc("2026-11-28T19:30"), WORLD.policies["urgent"], KENYA, "UTC")


def test_rounding_is_by_the_readers_clock() -> None:
    """Kathmandu is a quarter hour off: its half hours are not everybody's."""
    assert utc("2026-11-23T06:45") == rounded_up(utc("2026-11-23T06:20"), "Asia/Kathmandu")


def test_the_promise_is_that_of_the_topics_department() -> None:
    """Assisted return is priority, whichever desk answers."""
    assert "priority" == policy_for(WORLD, "avr", "mission-ke").id


def test_a_triaged_query_has_the_promise_of_the_entry_point() -> None:
    """No topic, no exception."""
    assert "standard" == policy_for(WORLD, "triage", "ipd").id


def test_times_are_shown_in_the_country_of_the_reader() -> None:
    """Kenya reads Nairobi's time."""
    assert "Africa/Nairobi" == zone_of(WORLD, "KE")


@given(
    st.datetimes(datetime(2026, 1, 1), datetime(2027, 12, 31)),
    st.sampled_from(list(WORLD.desks.values())),
)
def test_no_promise_lies_in_the_past(asked: datetime, desk: Desk) -> None:
    """Whatever the calendar, zone and summer time."""
    moment = asked.replace(tzinfo=UTC)

    assert promised(moment, STANDARD, desk, "Europe/Zurich") > moment


@pytest.mark.req("S0-A2")
def test_shelter_in_a_humanitarian_setting_is_urgent() -> None:
    """Haiti is one in the sample world: the clock runs day and night."""
    assert "urgent" == policy_for(WORLD, "shelter", "region-amer", "HT").id


def test_shelter_elsewhere_is_not() -> None:
    """Kenya is in no humanitarian setting there: the desk's own hours count."""
    assert "standard" == policy_for(WORLD, "shelter", "mission-ke", "KE").id


def test_the_first_rule_that_fits_decides() -> None:
    """Levels are asked for as well as topics and settings."""
    rules = (
        ClassRule(policy="priority", topics=frozenset({"avr"}), levels=frozenset({Level.LOCAL})),
        ClassRule(policy="urgent"),
    )
    world = replace(WORLD, class_rules=rules)

    found = [policy_for(world, "avr", "mission-ke", "KE", level).id for level in (Level.LOCAL, Level.GLOBAL)]

    assert ["priority", "urgent"] == found


def test_an_urgent_query_goes_where_somebody_is_at_night() -> None:
    """A mission without a duty post hands it to the desk that the policy names."""
    urgent = WORLD.policies["urgent"]

    assert ["doe", "region-eha"] == [desk_for(WORLD, urgent, desk) for desk in ("mission-ke", "region-eha")]
