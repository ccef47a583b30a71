"""Ids put into words in a reader's language. Names of countries come from CLDR, by the adapters."""

from bot.core.world import World, text_in


def topic_title(world: World, topic: str, language: str) -> str:
    """A topic's name as it stands alone or in quotes; empty for no topic."""
    return text_in(world.topics[topic].name, language, world.office.default_language) if topic in world.topics else ""


def topic_in_sentence(world: World, topic: str, language: str) -> str:
    """A topic's name in the middle of a sentence: begins small unless it holds proper names or abbreviations."""
    title = topic_title(world, topic, language)
    return title if any(each.isupper() for each in title[1:]) else title[:1].lower() + title[1:]


def region_name(world: World, region: str, language: str) -> str:
    """A region's name; its id where the office has none of that id any more."""
    known = world.regions.get(region)
    return text_in(known.name, language, world.office.default_language) if known else region


def department_in_sentence(world: World, department: str, language: str) -> str:
    """A department's name with its article; its id where the office has none of that id any more."""
    known = world.departments.get(department)
    return text_in(known.in_sentence, language, world.office.default_language) if known else department
