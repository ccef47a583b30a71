"""People of partners: the list, and what staff decide about them."""

from collections.abc import Mapping

from starlette.responses import Response

from adapters.web.console import choices
from adapters.web.console.declared import Page
from adapters.web.console.listing import read_listing
from adapters.web.console.partners import wanted_of
from adapters.web.console.visit import Visit
from bot.core.permission import Permission
from bot.services import partner_people
from storage.reads import people

FILTERS = ("q", *people.FILTERS)
_EDIT = Permission.EDIT_PARTNERS


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


async def confirm(visit: Visit) -> Response:
    """Staff say that the person speaks for the organisation."""
    person = await visit.act(lambda tx, now: partner_people.confirm(tx, visit.setup, visit.viewer, _person(visit), now))
    return _back(visit, person.organisation, "people.confirmed")


async def refuse(visit: Visit) -> Response:
    person = await visit.act(lambda tx, now: partner_people.refuse(tx, visit.setup, visit.viewer, _person(visit), now))
    return _back(visit, person.organisation, "people.refused")


async def left(visit: Visit) -> Response:
    """The person has left; what is open goes to a colleague, where one is named."""
    to = visit.number(visit.given("to"))
    organisation = await visit.act(
        lambda tx, now: partner_people.left(tx, visit.setup, visit.viewer, _person(visit), to, now)
    )
    return _back(visit, organisation, "people.noted_left")


async def speaker(visit: Visit) -> Response:
    """From now on the registration of this person counts."""
    organisation = await visit.act(
        lambda tx, now: partner_people.name_speaker(tx, visit.setup, visit.viewer, _person(visit), now)
    )
    return _back(visit, organisation, "people.speaker_named")


def _person(visit: Visit) -> int:
    return visit.number(visit.path("person"))


def _back(visit: Visit, organisation: str, said: str) -> Response:
    return visit.go(f"/console/partners/{organisation}#people" if organisation else "/console/people", said)


PAGES = (
    Page("/console/people", Permission.SEE_PARTNERS, show),
    Page("/console/people/{person}/confirm", _EDIT, confirm, method="POST"),
    Page("/console/people/{person}/refuse", _EDIT, refuse, method="POST"),
    Page("/console/people/{person}/left", _EDIT, left, method="POST"),
    Page("/console/people/{person}/speaker", _EDIT, speaker, method="POST"),
)
