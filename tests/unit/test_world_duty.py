"""A promise that counts every hour: `csobot world check` refuses a way on which nobody is there at night."""

import shutil
from pathlib import Path

import pytest

from bot.core.errors import WorldProblem
from bot.core.sla import next_above
from config import world

WORLD = world.load(None)
NAMED = "    no_duty_desk: doe\n"
DUTY_AT_DOE = "fp-doe-duty,doe,hq,duty"
DUTY_AT_IPD = "fp-ipd-duty,ipd,hq,duty"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A copy of the shipped world to break."""
    return Path(shutil.copytree(world.DEFAULT, tmp_path / "world"))


def change(folder: Path, name: str, old: str, new: str) -> None:
    file = folder / name
    content = file.read_text(encoding="utf-8")
    assert old in content
    file.write_text(content.replace(old, new, 1), encoding="utf-8")


def line(folder: Path, name: str, words: str) -> int:
    lines = (folder / name).read_text(encoding="utf-8").splitlines()
    return next(number for number, each in enumerate(lines, 1) if words in each)


def problems(folder: Path) -> str:
    with pytest.raises(WorldProblem) as caught:
        world.load(folder)
    return str(caught.value)


def without_duty(folder: Path, post: str) -> None:
    """The post keeps its hours and becomes an ordinary second one."""
    change(folder, "focal_points.csv", post, post.removesuffix("duty") + "backup")


@pytest.mark.req("S0-A2")
def test_a_desk_for_the_night_needs_a_duty_post(folder: Path) -> None:
    """File and line of the policy's word, and what to add where."""
    without_duty(folder, DUTY_AT_DOE)
    at = line(folder, "departments.yaml", NAMED.strip())
    assert (
        f"departments.yaml:{at}: urgent is 24x7 and nobody is at doe at night; "
        "add a post of kind duty (MO-SU, 00:00-24:00) at doe to focal_points.csv, or name a desk that has one"
    ) in problems(folder)


@pytest.mark.req("S0-A2")
def test_without_a_desk_for_the_night_every_desk_on_the_way_needs_a_duty_post(folder: Path) -> None:
    """Emergencies in Haiti begin at its mission, others in their regions or at headquarters."""
    change(folder, "departments.yaml", NAMED, "")
    said = problems(folder)
    assert (
        "urgent is 24x7 and nobody is at mission-ht at night; give it a no_duty_desk that has a duty post, or" in said
    )


def test_without_a_desk_for_the_night_duty_at_every_desk_is_enough(folder: Path) -> None:
    """Haiti's mission is the only desk on the way that had none."""
    change(folder, "departments.yaml", NAMED, "")
    file = folder / "focal_points.csv"
    rows = file.read_text(encoding="utf-8").splitlines(keepends=True)
    mission = next(row for row in rows if row.startswith("fp-mission-ht,"))
    start, zone = mission.index(",America/"), mission.split(",America/")[1].split(",")[0]
    duty = mission[:start].replace("fp-mission-ht,mission-ht,mission,main", "fp-ht-duty,mission-ht,mission,duty")
    file.write_text("".join([*rows, f"{duty},America/{zone},MO-SU,00:00-24:00,,region-amer\n"]), encoding="utf-8")
    assert world.load(folder).policies["urgent"].no_duty_desk == ""


def test_nobody_may_stand_in_for_the_confidential_desk(folder: Path) -> None:
    """An urgent policy would hand its matters to another desk at night."""
    change(folder, "departments.yaml", "{class: confidential, topics", "{class: urgent, topics")
    assert "urgent is 24x7 and is the promise of the confidential desk, which nobody may stand in for" in problems(
        folder
    )


def test_the_confidential_desk_takes_no_other_desks_queries(folder: Path) -> None:
    """Not at night either."""
    change(folder, "departments.yaml", NAMED, "    no_duty_desk: confidential-desk\n")
    assert "urgent: the confidential desk takes no other desk's queries; name a desk that has" in problems(folder)


def test_the_desk_above_needs_a_duty_post_too(folder: Path) -> None:
    """An urgent query that goes up at night must not go to an empty chair."""
    without_duty(folder, DUTY_AT_IPD)
    said = problems(folder)
    assert "urgent is 24x7 and goes up from doe to ipd, where nobody is at night; add a post of kind duty" in said


def test_a_desk_for_the_night_is_no_use_to_a_promise_in_desk_hours(folder: Path) -> None:
    """Somebody meant 24x7, or the line is left over."""
    change(folder, "departments.yaml", "  priority:\n    calendar: desk\n", f"  priority:\n    calendar: desk\n{NAMED}")
    assert "priority counts the desk's hours and needs no no_duty_desk; leave it out, or set calendar: 24x7" in (
        problems(folder)
    )


def test_an_urgent_query_goes_up_past_a_desk_without_duty() -> None:
    """The region of Asia has nobody at night, the entry point has; an ordinary one takes each step."""
    urgent, standard = WORLD.policies["urgent"], WORLD.policies["standard"]
    thailand = WORLD.desks["mission-th"]
    assert ("ipd", "region-ap") == (next_above(WORLD, urgent, thailand), next_above(WORLD, standard, thailand))
