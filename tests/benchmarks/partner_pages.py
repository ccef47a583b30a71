"""How long the partner pages of the console take at 20,000 organisations and 30,000 people, on both databases.

Served by the real application in this process: sign-in, reads, templates, everything but the socket.
"""

import asyncio
from collections.abc import Mapping, Sequence
from pathlib import Path

from config import world as worlds
from storage.database import Database
from tests.benchmarks.page_times import Figure, measure, run
from tests.benchmarks.partner_data import fill

ORGANISATIONS = 20_000
ROUNDS = 20
_PARTNERS, _PEOPLE = "/console/partners", "/console/people"
#: What is asked for, by its name in the table: pages as people use them, and the dearest filters.
PAGES: Mapping[str, Sequence[str]] = {
    "partners": (_PARTNERS, f"{_PARTNERS}?page=2", f"{_PARTNERS}?page=300"),
    "partners, sorted": (f"{_PARTNERS}?sort=-changed", f"{_PARTNERS}?sort=country&page=200"),
    "partners, searched": (f"{_PARTNERS}?q=rio+women", f"{_PARTNERS}?q=solidarite", f"{_PARTNERS}?q=nothing-like-it"),
    "partners, filtered": (
        f"{_PARTNERS}?type=NGO&region=EHA",
        f"{_PARTNERS}?topic=shelter&language=fr",
        f"{_PARTNERS}?observer=observer&country=KE&status=all",
    ),
    "partners, by connection": tuple(
        f"{_PARTNERS}?connection={state}" for state in ("connected", "unreachable", "invited", "not_yet")
    ),
    "one partner": tuple(f"{_PARTNERS}/CSO-{number}" for number in (1500, 2000, 9999, 19999)),
    "the form of one": tuple(f"{_PARTNERS}/CSO-{number}/edit" for number in (1500, 19999)),
    "connecting": ("/console/connecting",),
    "connecting, by month": ("/console/connecting/chart",),
    "reminders": ("/console/connecting/reminders", "/console/connecting/reminders?page=40"),
    "people": (_PEOPLE, f"{_PEOPLE}?page=500", f"{_PEOPLE}?sort=organisation", f"{_PEOPLE}?q=amina+women"),
    "people, filtered": (
        f"{_PEOPLE}?state=unreachable",
        f"{_PEOPLE}?state=not_yet&region=AMER",
        f"{_PEOPLE}?connection=claimed&platform=telegram",
    ),
}


def fill_and_measure(database: Database, folder: Path, organisations: int, rounds: int) -> list[Figure]:
    """On an empty database; half as many people more than organisations."""
    fill(database, worlds.load(None), organisations)
    return asyncio.run(measure(database, folder / "files", rounds, PAGES))


if __name__ == "__main__":
    run("partner_pages", "organisations", ORGANISATIONS, ROUNDS, fill_and_measure)
