"""What a query can be about: routing_topics.yaml, and the phrases the router learns from: routing_examples.csv."""

from collections.abc import Collection, Mapping

from babel import localedata

from bot.core.world import Department, Example, Topic, TopicOwner
from config.world_files import Entry, Folder, Problems, listed
from config.world_office import Tongues

#: The ids other tools rely on. An office adds aliases, examples and subtopics, never a topic.
ROUTING_IDS = frozenset(
    (
        *("avr", "counter-trafficking", "labour", "border", "health", "migrant-assistance", "resettlement"),
        *("movement", "emergencies", "cccm", "shelter", "ipd", "council", "idm-rcp", "mcd", "iml", "mission"),
        "oversight",
    )
)


def topics(folder: Folder, known: Tongues, departments: Mapping[str, Department]) -> Mapping[str, Topic]:
    """The topics and subtopics by id, a topic before its subtopics."""
    found: dict[str, Topic] = {}
    top = folder.yaml("routing_topics.yaml")
    for entry in top.entries("topics"):
        topic = _topic(entry, known, departments)
        _put(found, topic, entry)
        for below in entry.entries_or_none("subtopics"):
            _put(found, _subtopic(below, topic, known), below)
            owner = found[below.text("id")].department
            folder.problems.among(below.place("department"), owner, departments, "department")
    routing = {topic.id for topic in found.values() if not topic.parent}
    for missing in sorted(ROUTING_IDS - routing):
        top.at.bad(f"no topic {missing}; the 18 ids are fixed: {' '.join(sorted(ROUTING_IDS))}")
    return found


def _put(found: dict[str, Topic], topic: Topic, entry: Entry) -> None:
    if topic.id in found:
        entry.at.bad(f"topic {topic.id} stands here twice; once is allowed")
    if not topic.parent and topic.id not in ROUTING_IDS:
        entry.at.bad(f"unknown topic {topic.id!r}; the 18 ids are fixed, what an office adds is a subtopic")
    found[topic.id] = topic


def _topic(entry: Entry, known: Tongues, departments: Mapping[str, Department]) -> Topic:
    department = entry.text("department")
    problems = entry.at.problems
    problems.among(entry.place("department"), department, departments, "department")
    for watcher, at in entry.placed_words("watch") if "watch" in entry else ():
        problems.among(at, watcher, departments, "department")
    owner = entry.choice("owner", TopicOwner, TopicOwner.HQ)
    secret = department in departments and departments[department].confidential
    if secret != (owner is TopicOwner.CONFIDENTIAL):
        entry.at.bad("owner is confidential if and only if the department is confidential")
    return Topic(
        id=entry.text("id"),
        name=entry.texts("name", known.spoken),
        description=entry.texts("description", known.spoken),
        department=department,
        owner=owner,
        aliases=entry.words_or_none("aliases"),
        urgent=entry.flag("urgent"),
        watch=entry.words_or_none("watch"),
    )


def _subtopic(entry: Entry, parent: Topic, known: Tongues) -> Topic:
    return Topic(
        id=entry.text("id"),
        name=entry.texts("name", known.spoken),
        description=entry.texts("description", known.spoken),
        department=entry.text_or("department", parent.department),
        owner=parent.owner,
        parent=parent.id,
        aliases=entry.words_or_none("aliases"),
        urgent=parent.urgent,
        watch=parent.watch,
    )


def examples(folder: Folder, topics: Collection[str]) -> tuple[Example, ...]:
    """The phrases to learn from, each once."""
    found: dict[str, Example] = {}
    allowed = {"triage", *topics}
    for row in folder.csv("routing_examples.csv", ("text", "lang", "unit")):
        text = row.needed("text")
        folder.problems.among(row.at, row["unit"], allowed, "unit")
        if not localedata.exists(row["lang"] or "-"):
            row.at.bad(f"unknown language {row['lang']!r}; allowed: codes such as en, fr, es, ar")
        if text in found:
            row.at.bad(f"{text!r} stands here twice; once is allowed")
        found[text] = Example(text=text, language=row["lang"], topic=row["unit"])
    _enough(found, topics, folder.problems)
    return tuple(found.values())


def _enough(found: Mapping[str, Example], topics: Collection[str], problems: Problems) -> None:
    taught = {example.topic for example in found.values()}
    missing = sorted(topic for topic in topics if topic in ROUTING_IDS and topic not in taught)
    if missing:
        problems.add("routing_examples.csv", 1, f"no phrase for {listed(missing)}; every topic needs one")
