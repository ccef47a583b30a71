"""Lists an office may keep besides: its partner organisations and ready answers."""

from collections.abc import Collection, Mapping
from datetime import date
from typing import Any

from bot.core.organisation import Level, Observer, Organisation, OrganisationConsent, OrganisationStatus
from bot.core.world import Texts, Topic
from config.world_files import Entry, Folder, Row, chosen
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
            **_optional(row),
        )
    return tuple(found.values())


def _optional(row: Row) -> dict[str, Any]:
    """What a list may say besides; the columns of the sample's csos.csv and further ones of an office."""
    lists = {name: tuple(row[name].split()) for name in ("languages", "topics", "clusters", "countries")}
    status = _STATUSES.get(row["status"], OrganisationStatus.VERIFIED)
    texts = {name: row[name] for name in ("contact_role", "quiet_hours", "ecosoc", "unpp", "since", "parent")}
    return {
        **lists,
        **texts,
        "observer_since": _day(row, "observer_since"),
        "observer_until": _day(row, "observer_until"),
        "status": status,
        "observer": chosen(row.at, row["observer_status"] or "none", Observer, Observer.NONE, "observer status"),
        "consent": chosen(row.at, row["consent"] or "pending", OrganisationConsent, _NOT_YET, "consent"),
        "iati": row["iati_org_id"],
    }


_NOT_YET = OrganisationConsent.PENDING


def _day(row: Row, column: str) -> date | None:
    try:
        return date.fromisoformat(row[column]) if row[column] else None
    except ValueError:
        row.at.bad(f"{column} is {row[column]!r}; a date such as 2026-03-01 is needed")
    return None


#: The sample says "active" and "dormant": whoever is on the office's list is known to it.
_STATUSES = {"active": OrganisationStatus.VERIFIED, **{each.value: each for each in OrganisationStatus}}


def settings(folder: Folder) -> frozenset[str]:
    """Ids of the engagement settings of taxonomies.yaml."""
    entries = folder.yaml("taxonomies.yaml").entries_or_none("engagement_settings")
    return frozenset(entry.text("id") for entry in entries)


def organisation_types(folder: Folder, known: Tongues) -> dict[str, Texts]:
    """Code -> name of every kind of organisation, in the order of the file."""
    return {entry.text("code"): entry.texts("name", known.spoken) for entry in _type_entries(folder)}


def _type_entries(folder: Folder) -> "tuple[Entry, ...]":
    top = folder.yaml("taxonomies.yaml")
    return (*top.entries("cso_types"), *top.entries_or_none("cso_type_extensions"))


def check_unlisted(folder: Folder, top: Entry) -> None:
    """What is not shown unless it asks must be a kind of organisation."""
    if "unlisted_types" in top:
        for code, at in top.placed_words("unlisted_types"):
            folder.problems.among(at, code, _types(folder), "type")


def _types(folder: Folder) -> frozenset[str]:
    return frozenset(entry.text("code") for entry in _type_entries(folder))


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
