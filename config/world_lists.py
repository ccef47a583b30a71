"""Lists an office may keep besides: its partner organisations and ready answers."""

from collections.abc import Collection, Mapping

from bot.core.world import Level, Organisation, Topic
from config.world_files import Folder, Row, chosen
from config.world_office import Tongues, zone

_COLUMNS = ("id", "name", "acronym", "type", "level", "country", "interface_language", "timezone", "email", "listed")


def organisations(folder: Folder, known: Tongues, countries: Collection[str]) -> tuple[Organisation, ...]:
    """The partners of csos.csv; none when the office keeps no list here."""
    if not folder.holds("csos.csv"):
        return ()
    types = _types(folder)
    found: dict[str, Organisation] = {}
    for row in folder.csv("csos.csv", _COLUMNS):
        _check(row, types, known, countries)
        if row.needed("id") in found:
            row.at.bad(f"organisation {row['id']} stands here twice; once is allowed")
        found[row["id"]] = Organisation(
            id=row["id"],
            name=row.needed("name"),
            acronym=row["acronym"],
            type=row["type"],
            level=chosen(row.at, row["level"], Level, Level.UNKNOWN, "level"),
            country=row["country"],
            language=row["interface_language"],
            timezone=zone(row.at, row["timezone"]),
            email=row["email"],
            listed=row.yes("listed"),
        )
    return tuple(found.values())


def _types(folder: Folder) -> frozenset[str]:
    top = folder.yaml("taxonomies.yaml")
    entries = (*top.entries("cso_types"), *top.entries_or_none("cso_type_extensions"))
    return frozenset(entry.text("code") for entry in entries)


def _check(row: Row, types: Collection[str], known: Tongues, countries: Collection[str]) -> None:
    problems = row.at.problems
    problems.among(row.at, row["type"], types, "type")
    problems.among(row.at, row["country"], countries, "country")
    problems.among(row.at, row["interface_language"], known.spoken, "interface language")


def check_answers(folder: Folder, topics: Mapping[str, Topic], departments: Collection[str], known: Tongues) -> None:
    """Ready answers name a topic and a department that exist and are written in every language of the office."""
    if not folder.holds("faq.yaml"):
        return
    for entry in folder.yaml("faq.yaml").entries("faq"):
        folder.problems.among(entry.place("topic"), entry.text("topic"), topics, "topic")
        folder.problems.among(entry.place("department"), entry.text("department"), departments, "department")
        for key in ("question", "answer"):
            entry.texts(key, known.spoken)
