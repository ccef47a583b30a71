"""A list of partners as an office might hand it over: as many rows as wanted, some of them broken in a known way."""

import csv
import random
from collections.abc import Callable, Iterator
from pathlib import Path

from bot.core.imports.organisations import COLUMNS

#: Country -> zone of it.
_PLACES = {
    "KE": "Africa/Nairobi",
    "SN": "Africa/Dakar",
    "CO": "America/Bogota",
    "NP": "Asia/Kathmandu",
    "IT": "Europe/Rome",
}
_TYPES = ("NGO", "ADV", "MIG", "TUP", "MED", "RES", "FND")
_TOPICS = ("labour", "health", "shelter", "cccm", "emergencies", "climate", "resettlement")
_FIRST = ("Harbour", "River", "Savannah", "Mountain", "Coast", "Border", "Lake", "Desert", "Island", "Valley", "Delta")
_SECOND = ("Relief", "Justice", "Health", "Youth", "Women", "Labour", "Shelter", "Rights", "Learning", "Water")
_THIRD = (
    "Network",
    "Circle",
    "Initiative",
    "Alliance",
    "Union",
    "House",
    "Bridge",
    "Forum",
    "Watch",
    "Centre",
    "Trust",
)
_SYLLABLES = ("ka", "mo", "ri", "tu", "sa", "be", "no", "li", "wa", "zi", "pe", "du", "fa", "go", "hi", "ju")

Row = dict[str, str]

#: How a row can be broken: the column that is named for it ("" the row as a whole), and what is done to the row.
BREAKS: tuple[tuple[str, Callable[[Row], None]], ...] = (
    ("name", lambda row: row.update(name="")),
    ("name", lambda row: row.update(name='=HYPERLINK("http://x.example","y")')),
    ("name", lambda row: row.update(name="Bell\x07 Foundation")),
    ("type", lambda row: row.update(type="XYZ")),
    ("level", lambda row: row.update(level="planetary")),
    ("country", lambda row: row.update(country="Kenia")),
    ("languages", lambda row: row.update(languages="en klingon")),
    ("interface_language", lambda row: row.update(interface_language="xx")),
    ("timezone", lambda row: row.update(timezone="Mars/Olympus")),
    ("topics", lambda row: row.update(topics="shelter juggling")),
    ("observer_status", lambda row: row.update(observer_status="maybe")),
    ("observer_until", lambda row: row.update(observer_since="2024-02-30", observer_until="yesterday")),
    ("email", lambda row: row.update(email="not an address")),
    ("consent", lambda row: row.update(consent="perhaps")),
    ("quiet_hours", lambda row: row.update(quiet_hours="25:00-99:00")),
    ("listed", lambda row: row.update(listed="sometimes")),
    ("since", lambda row: row.update(since="last year")),
    ("parent", lambda row: row.update(parent="CSO-NOBODY")),
    ("", lambda row: row.update(_more="one cell too many")),
)


def organisation(number: int, chance: random.Random) -> Row:
    """One row that is right in every column."""
    country = chance.choice(sorted(_PLACES))
    place = "".join(chance.choices(_SYLLABLES, k=4)).capitalize()
    words = [chance.choice(words) for words in (_FIRST, _SECOND, _THIRD)]
    name = " ".join([place, *words])
    acronym = "".join(word[0] for word in name.split()) + chance.choice("ABCDEFGHIJ")
    row = dict.fromkeys(COLUMNS, "")
    row |= {"id": f"ORG-{number:05}", "name": name, "acronym": acronym, "type": chance.choice(_TYPES)}
    row |= {"level": "national", "country": country, "languages": "en fr", "interface_language": "en"}
    row |= {"timezone": _PLACES[country], "topics": " ".join(chance.sample(_TOPICS, 2)), "observer_status": "none"}
    row |= {"email": f"office@{place.lower()}{number}.example", "consent": "given", "quiet_hours": "21:00-07:00"}
    return row | {"listed": "yes", "status": "active", "since": str(chance.randrange(1995, 2024))}


def rows(count: int, broken: float, chance: random.Random) -> Iterator[tuple[Row, str | None]]:
    """The rows, and for each the column that is wrong, or None."""
    for number in range(1, count + 1):
        row, column = organisation(number, chance), None
        if chance.random() < broken:
            column, spoil = BREAKS[number % len(BREAKS)]
            spoil(row)
        yield row, column


def write(path: Path, count: int, broken: float = 0.05, seed: int = 7) -> dict[int, str]:
    """Write the list as CSV; row of the file -> column that is wrong there."""
    wrong: dict[int, str] = {}
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(COLUMNS)
        for number, (row, column) in enumerate(rows(count, broken, random.Random(seed)), 2):
            more = [row.pop("_more")] if "_more" in row else []
            writer.writerow([*row.values(), *more])
            if column is not None:
                wrong[number] = column
    return wrong
