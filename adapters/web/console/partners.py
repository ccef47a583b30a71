"""Partner organisations: the list, one organisation's page, and what staff do with its record."""

from collections.abc import Callable, Mapping
from datetime import datetime

from starlette.responses import Response

from adapters.web.console import choices
from adapters.web.console.declared import Handler, Page
from adapters.web.console.listing import Listing, read_listing
from adapters.web.console.visit import Visit
from bot.core.organisation import Organisation, OrganisationConsent
from bot.core.organisation_fields import FIELDS, BadFields, FieldProblem, written
from bot.core.partner_scope import scope_of
from bot.core.permission import Permission
from bot.services import organisations
from bot.services.organisations import By, ChangedMeanwhile, StatusReason
from storage.database import Transaction
from storage.reads import partner_page, partners
from storage.reads.partners import SORTS, Wanted

FILTERS = ("q", *partners.FILTERS)
#: Which filters stand behind "more".
MORE = ("country", "level", "topic", "language", "cluster", "observer", "listed")
#: Fields that a new record needs or usually has; the rest is added on its page.
FIRST = ("name", "acronym", "type", "level", "country", "language", "email", "topics")


async def show(visit: Visit) -> Response:
    """The list, as its address says."""
    listing = read_listing(visit.request.query_params, FILTERS, tuple(SORTS))
    wanted = wanted_of(listing)
    found = await visit.read(lambda tx, now: partners.listed(tx, visit.viewer, wanted, now))
    return visit.draw(
        "partners.html",
        listing=listing,
        found=found,
        options=filter_options(visit),
        more=any(listing.value(name) for name in MORE),
        choices=choices,
        section="partners",
    )


def wanted_of(listing: Listing) -> Wanted:
    """What the reads are asked for."""
    filters = {name: value for name, value in listing.filters.items() if name != "q"}
    return Wanted(text=listing.value("q"), filters=filters, sort=listing.sort, offset=listing.offset, rows=listing.rows)


def filter_options(visit: Visit) -> Mapping[str, choices.Options]:
    """Filter -> what can be chosen."""
    return {
        "type": choices.kinds(visit),
        "region": choices.regions(visit),
        "connection": choices.states(visit),
        "status": [*choices.statuses(visit), (partners.EVERY_STATUS, str(visit.words("partners.status_every")))],
        "country": choices.countries(visit),
        "level": choices.levels(visit),
        "topic": choices.topics(visit),
        "language": choices.spoken(visit),
        "observer": choices.observers(visit),
        "listed": choices.yes_no(visit),
    }


async def show_one(visit: Visit) -> Response:
    """The life of one organisation."""
    page = await visit.read(lambda tx, now: partner_page.page(tx, visit.viewer, visit.path("organisation"), now))
    scope = scope_of(visit.world, page.organisation.country)
    return visit.draw(
        "partner.html",
        page=page,
        choices=choices,
        may_edit=visit.viewer.may(Permission.EDIT_PARTNERS, scope) and not page.organisation.merged_into,
        may_invite=visit.viewer.may(Permission.INVITE_PARTNERS, scope) and page.organisation.open,
        may_merge=visit.viewer.may(Permission.MERGE_PARTNERS, scope),
        may_import=visit.may(Permission.IMPORT),
        section="partners",
    )


async def edit_form(visit: Visit) -> Response:
    """Every fact of the record, to be changed."""
    known = await visit.read(lambda tx, _now: partner_page.editable(tx, visit.viewer, visit.path("organisation")))
    return _form(visit, known.id, known.version, written(known), FIELDS)


async def edit(visit: Visit) -> Response:
    """Keeps what was changed; shows both where somebody else changed it meanwhile."""
    organisation, values = visit.path("organisation"), _values(visit)
    version = visit.number(visit.given("version"))
    try:
        await visit.act(
            lambda tx, now: organisations.edit(tx, visit.setup, organisation, version, values, _by(visit, now))
        )
    except BadFields as bad:
        return _form(visit, organisation, version, values, FIELDS, bad.problems)
    except ChangedMeanwhile as both:
        return _conflict(visit, both)
    return visit.go(f"/console/partners/{organisation}", "partners.kept")


async def new_form(visit: Visit) -> Response:
    """A record that nobody has yet."""
    language = visit.world.office.default_language
    return _form(visit, "", 0, {**dict.fromkeys(FIRST, ""), "level": "unknown", "language": language}, FIRST)


async def propose(visit: Visit) -> Response:
    values = _values(visit)
    try:
        fresh = await visit.act(lambda tx, now: organisations.propose(tx, visit.setup, values, _by(visit, now)))
    except BadFields as bad:
        return _form(visit, "", 0, {**dict.fromkeys(FIRST, ""), **values}, FIRST, bad.problems)
    return visit.go(f"/console/partners/{fresh.id}", "partners.proposed")


def _values(visit: Visit) -> dict[str, str]:
    """The fields that the form had; a list of choices is its words."""
    sent = {name: visit.form.getlist(name) for name in FIELDS if name in visit.form}
    return {name: " ".join(each for each in texts if isinstance(each, str)) for name, texts in sent.items()}


def _form(
    visit: Visit,
    organisation: str,
    version: int,
    values: Mapping[str, str],
    fields: tuple[str, ...],
    problems: tuple[FieldProblem, ...] = (),
) -> Response:
    told = {each.field: str(visit.words(f"partners.problem_{each.problem}", word=each.word)) for each in problems}
    return visit.draw(
        "partner-form.html",
        422 if problems else 200,
        organisation=organisation,
        version=version,
        values=values,
        fields=fields,
        problems=told,
        options=form_options(visit),
        section="partners",
    )


def form_options(visit: Visit) -> Mapping[str, choices.Options]:
    """Field -> what can be chosen; the other fields are written."""
    return {
        "type": choices.kinds(visit),
        "level": choices.levels(visit),
        "country": choices.countries(visit),
        "language": choices.office_languages(visit),
        "observer": choices.observers(visit),
        "listed": choices.yes_no(visit),
        "topics": choices.topics(visit),
    }


def _conflict(visit: Visit, both: ChangedMeanwhile) -> Response:
    theirs, yours = written(both.theirs), written(both.yours)
    differing = [name for name in FIELDS if theirs[name] != yours[name]]
    return visit.draw(
        "partner-conflict.html",
        409,
        organisation=both.theirs,
        theirs=theirs,
        yours=yours,
        differing=differing,
        section="partners",
    )


def _by(visit: Visit, now: datetime) -> By:
    return By(viewer=visit.viewer, now=now)


Act = Callable[[Transaction, Visit, By], Organisation]


def _acting(act: Act, said: str) -> Handler:
    """A handler for one act on the record: done, and back to its page."""

    async def handler(visit: Visit) -> Response:
        await visit.act(lambda tx, now: act(tx, visit, _by(visit, now)))
        return visit.go(f"/console/partners/{visit.path('organisation')}", said)

    return handler


def _reason(visit: Visit) -> StatusReason:
    given = visit.given("reason")
    return StatusReason(given) if given in set(StatusReason) else StatusReason.OTHER


def _consent(tx: Transaction, visit: Visit, by: By) -> Organisation:
    given = visit.given("consent")
    consent = OrganisationConsent(given) if given in set(OrganisationConsent) else OrganisationConsent.PENDING
    return organisations.set_consent(tx, visit.setup, visit.path("organisation"), consent, by)


def _listed(tx: Transaction, visit: Visit, by: By) -> Organisation:
    listed = visit.given("listed") == "yes"
    return organisations.set_listed(tx, visit.setup, visit.path("organisation"), listed=listed, by=by)


def _verify(tx: Transaction, visit: Visit, by: By) -> Organisation:
    return organisations.verify(tx, visit.setup, visit.path("organisation"), by)


def _suspend(tx: Transaction, visit: Visit, by: By) -> Organisation:
    return organisations.suspend(tx, visit.setup, visit.path("organisation"), _reason(visit), by)


def _close(tx: Transaction, visit: Visit, by: By) -> Organisation:
    return organisations.close(tx, visit.setup, visit.path("organisation"), _reason(visit), by)


def _reopen(tx: Transaction, visit: Visit, by: By) -> Organisation:
    return organisations.reopen(tx, visit.setup, visit.path("organisation"), by)


_ONE = "/console/partners/{organisation}"
_EDIT = Permission.EDIT_PARTNERS

PAGES = (
    Page("/console/partners", Permission.SEE_PARTNERS, show),
    Page("/console/partners/new", _EDIT, new_form),
    Page("/console/partners/new", _EDIT, propose, method="POST"),
    Page(_ONE, Permission.SEE_PARTNERS, show_one),
    Page(f"{_ONE}/edit", _EDIT, edit_form),
    Page(f"{_ONE}/edit", _EDIT, edit, method="POST"),
    Page(f"{_ONE}/verify", _EDIT, _acting(_verify, "partners.verified"), method="POST"),
    Page(f"{_ONE}/suspend", _EDIT, _acting(_suspend, "partners.suspended"), method="POST"),
    Page(f"{_ONE}/close", _EDIT, _acting(_close, "partners.closed"), method="POST"),
    Page(f"{_ONE}/reopen", _EDIT, _acting(_reopen, "partners.reopened"), method="POST"),
    Page(f"{_ONE}/consent", _EDIT, _acting(_consent, "partners.consent_kept"), method="POST"),
    Page(f"{_ONE}/listed", _EDIT, _acting(_listed, "partners.listed_kept"), method="POST"),
)
