"""People of partners: the list."""

from collections.abc import Mapping

from starlette.responses import Response

from adapters.web.console import choices
from adapters.web.console.declared import Page
from adapters.web.console.listing import read_listing
from adapters.web.console.partners import wanted_of
from adapters.web.console.visit import Visit
from bot.core.permission import Permission
from storage.reads import people

FILTERS = ("q", *people.FILTERS)


async def show(visit: Visit) -> Response:
    """The list, as its address says."""
    listing = read_listing(visit.request.query_params, FILTERS, tuple(people.SORTS))
    wanted = wanted_of(listing)
    found = await visit.read(lambda tx, now: people.listed(tx, visit.viewer, wanted, now))
    return visit.draw(
        "people.html", listing=listing, found=found, options=_options(visit), choices=choices, section="partners"
    )


def _options(visit: Visit) -> Mapping[str, choices.Options]:
    platforms = [(each, str(visit.words(f"people.platform_{each}"))) for each in ("telegram", "slack")]
    return {
        "connection": choices.connections(visit),
        "state": choices.states(visit),
        "region": choices.regions(visit),
        "country": choices.countries(visit),
        "language": choices.office_languages(visit),
        "platform": platforms,
    }


PAGES = (Page("/console/people", Permission.SEE_PARTNERS, show),)
