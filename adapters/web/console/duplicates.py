"""Records that may be one organisation: the list, two side by side, merging them and parting them again."""

from starlette.responses import Response

from adapters.web.console.declared import Page
from adapters.web.console.listing import read_listing
from adapters.web.console.visit import Visit
from bot.core.merge import LISTS
from bot.core.organisation_fields import FIELDS, written
from bot.core.permission import Permission
from bot.services import merging
from storage.reads import duplicates


async def show(visit: Visit) -> Response:
    """The pairs that nobody has looked at yet."""
    listing = read_listing(visit.request.query_params, ())
    found, count = await visit.read(lambda tx, _now: duplicates.listed(tx, visit.viewer, listing.offset, listing.rows))
    return visit.draw("duplicates.html", listing=listing, found=found, count=count, section="partners")


async def look(visit: Visit) -> Response:
    """What a merge would do: which values stay, what moves."""
    kept, gone = visit.path("kept"), visit.path("gone")
    take = [name for name in visit.request.query_params.getlist("take") if name in FIELDS]
    plan = await visit.read(lambda tx, _now: merging.preview(tx, visit.setup, visit.viewer, kept, gone, take))
    ours, theirs = written(plan.kept), written(plan.gone)
    return visit.draw(
        "duplicate.html",
        plan=plan,
        ours=ours,
        theirs=theirs,
        lists=LISTS,
        differing=[name for name in FIELDS if ours[name] != theirs[name]],
        take=take,
        section="partners",
    )


async def merge(visit: Visit) -> Response:
    """Make one of the two; the page of the one that stays offers to part them again."""
    kept, gone = visit.path("kept"), visit.path("gone")
    take = [name for name in visit.form.getlist("take") if name in FIELDS]
    await visit.act(lambda tx, now: merging.merge(tx, visit.setup, visit.viewer, kept, gone, now, take))
    return visit.go(f"/console/partners/{kept}", "duplicates.merged", gone=gone)


async def different(visit: Visit) -> Response:
    """The two are not one: they are not shown again."""
    one, other = visit.path("kept"), visit.path("gone")
    await visit.act(lambda tx, now: merging.different(tx, visit.setup, visit.viewer, one, other, now))
    return visit.go("/console/duplicates", "duplicates.called_different")


async def undo(visit: Visit) -> Response:
    """Part two again; what moved goes back."""
    number = visit.number(visit.path("merge"))
    await visit.act(lambda tx, now: merging.undo(tx, visit.setup, visit.viewer, number, now))
    return visit.go("/console/duplicates", "duplicates.parted")


_MAY = Permission.MERGE_PARTNERS
PAGES = (
    Page("/console/duplicates", _MAY, show),
    Page("/console/duplicates/{kept}/{gone}", _MAY, look),
    Page("/console/duplicates/{kept}/{gone}/merge", _MAY, merge, method="POST"),
    Page("/console/duplicates/{kept}/{gone}/different", _MAY, different, method="POST"),
    Page("/console/merges/{merge}/undo", _MAY, undo, method="POST"),
)
