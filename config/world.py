"""The office's files made into a `World`. Everything is checked here, once, so that nothing has to be later."""

from collections.abc import Iterable
from importlib import resources
from pathlib import Path

from bot.core.errors import WorldProblem
from bot.core.world import Desk, DeskKind, World
from config import world_desks, world_duty, world_holidays, world_lists, world_office, world_topics
from config.world_files import Folder, Problems

#: The world the product ships, next to this module, also in an installed wheel.
DEFAULT = Path(__file__).parent / "world"


def load(folder: Path | None = None) -> World:
    """The world of a folder, or the one the product ships.

    Raises `WorldProblem` that lists all that is wrong, one `file:line: sentence` a line.
    """
    path = folder or DEFAULT
    if not path.is_dir():
        raise WorldProblem(f"{path}: there is no such folder; give one with an office.yaml and the files it needs")
    problems = Problems()
    world = _read(Folder(path, problems))
    if problems.lines:
        raise WorldProblem("\n".join(problems.lines))
    return world


def _read(folder: Folder) -> World:
    top = folder.yaml("office.yaml")
    known = world_office.tongues(top)
    posts = world_desks.rows(folder, known)
    names = {row["desk"] for row in posts}
    office = world_office.office(top, known, names, folder.problems)
    regions, region_of = world_office.regions(folder, known, names)
    structure = folder.yaml("departments.yaml")
    policies = world_office.policies(structure)
    departments = world_office.departments(structure, known, names, policies)
    topics = world_topics.topics(folder, known, departments)
    holidays = world_holidays.holidays(folder, posts)
    desks = world_desks.desks(posts, known, departments, regions, holidays)
    settings = world_lists.settings(folder)
    world_desks.check_confidential(desks, posts, office.confidential_desk, folder.problems)
    world_lists.check_answers(folder, topics, departments, known)
    world_lists.check_unlisted(folder, top)
    world = World(
        office=office,
        desks=desks,
        departments=departments,
        regions=regions,
        topics=topics,
        policies=policies,
        class_rules=world_office.class_rules(structure, policies, topics, settings),
        settings=world_office.settings(top, settings),
        examples=world_topics.examples(folder, topics),
        organisations=world_lists.organisations(folder, known, world_office.countries()),
        organisation_types=world_lists.organisation_types(folder, known),
        languages=world_office.languages(),
        region_of=region_of,
        mission_of={desk.country: desk.id for desk in desks.values() if desk.kind is DeskKind.MISSION},
        zones=_zones(desks.values()),
    )
    if not folder.problems.lines:
        world_duty.check(structure, world)
    return world


def _zones(desks: Iterable[Desk]) -> dict[str, str]:
    """Each country's zone: its mission's own, else the first that the tz database lists, which most people live by."""
    listed = resources.files("tzdata").joinpath("zoneinfo", "zone.tab").read_text(encoding="utf-8")
    rows = (line.split("\t") for line in listed.splitlines() if not line.startswith("#"))
    zones: dict[str, str] = {}
    for country, _, zone, *_ in rows:
        zones.setdefault(country, zone)
    return zones | {desk.country: desk.main.timezone for desk in desks if desk.country}
