"""Who would answer each topic, from each region, in each language that partners there write. Gaps are named."""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum

from bot.core.world import Topic, TopicOwner, World

#: Desk id -> languages spoken by somebody who is there now; a desk where nobody is has none.
Spoken = Mapping[str, frozenset[str]]


class Cover(StrEnum):
    """How well one topic is covered in one region and language, by the desk that gets it first."""

    COVERED = "covered"
    #: Not at the desk that gets it first, but at one above.
    ABOVE = "above"
    NOBODY = "nobody"


#: From the best to the worst.
ORDER = (Cover.COVERED, Cover.ABOVE, Cover.NOBODY)


@dataclass(frozen=True, slots=True)
class Gap:
    """A language that the desk which gets queries of a region first cannot answer."""

    region: str
    language: str
    desk: str
    #: Desk above it that can; empty: nobody at all.
    above: str
    #: Topics that come to this desk from the region.
    topics: tuple[str, ...]

    @property
    def cover(self) -> Cover:
        return Cover.ABOVE if self.above else Cover.NOBODY


@dataclass(frozen=True, slots=True)
class Coverage:
    """All of it."""

    #: (topic, region) -> language -> how well, by the worst of the desks concerned.
    cells: Mapping[tuple[str, str], Mapping[str, Cover]]
    #: Those that nobody covers first.
    gaps: tuple[Gap, ...]

    def worst(self, topic: str, region: str) -> Cover:
        return max(self.cells.get((topic, region), {}).values(), key=ORDER.index, default=Cover.COVERED)

    def lacking(self, topic: str, region: str) -> tuple[str, ...]:
        """Languages of the worst kind; none where all is covered."""
        worst, cell = self.worst(topic, region), self.cells.get((topic, region), {})
        return tuple(language for language, cover in cell.items() if cover is worst and worst is not Cover.COVERED)


def coverage(world: World, spoken: Spoken, written: Mapping[str, frozenset[str]]) -> Coverage:
    """`written`: region id -> languages that its partners write. The confidential desk is never looked at."""
    cells: dict[tuple[str, str], dict[str, Cover]] = defaultdict(dict)
    topics: dict[tuple[str, str, str], list[str]] = defaultdict(list)
    for topic, region, desk in _first_desks(world):
        for language in sorted(written.get(region, frozenset())):
            cover = _cover(world, spoken, desk, language)
            known = cells[topic, region].get(language, Cover.COVERED)
            cells[topic, region][language] = max(known, cover, key=ORDER.index)
            if cover is not Cover.COVERED:
                topics[region, language, desk].append(topic)
    gaps = [
        Gap(region, language, desk, _who_can(world, spoken, desk, language), tuple(about))
        for (region, language, desk), about in topics.items()
    ]
    return Coverage(
        dict(cells), tuple(sorted(gaps, key=lambda gap: (bool(gap.above), gap.region, gap.language, gap.desk)))
    )


def _first_desks(world: World) -> Iterator[tuple[str, str, str]]:
    """(topic, region, desk): who gets queries on the topic from the region first."""
    hidden = world.office.confidential_desk
    for topic in world.topics.values():
        if topic.owner is TopicOwner.CONFIDENTIAL:
            continue
        for region in world.regions.values():
            for desk in sorted(_desks_of(world, topic, region.id)):
                if desk != hidden:
                    yield topic.id, region.id, desk


def _desks_of(world: World, topic: Topic, region: str) -> frozenset[str]:
    known = world.regions[region]
    if topic.owner is TopicOwner.HQ or not known.countries:
        return frozenset({world.departments[topic.department].desk})
    return frozenset(world.mission_of.get(country, known.desk) for country in known.countries)


def _cover(world: World, spoken: Spoken, desk: str, language: str) -> Cover:
    if language in spoken.get(desk, frozenset()):
        return Cover.COVERED
    return Cover.ABOVE if _who_can(world, spoken, desk, language) else Cover.NOBODY


def _who_can(world: World, spoken: Spoken, desk: str, language: str) -> str:
    """The first desk above that can; empty where none can."""
    seen = {desk, world.office.confidential_desk}
    above = world.desks[desk].escalates_to
    while above in world.desks and above not in seen:
        if language in spoken.get(above, frozenset()):
            return above
        seen.add(above)
        above = world.desks[above].escalates_to
    return ""
