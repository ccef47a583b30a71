"""The queue as every page of queries shows it: the tabs with their counts, the filters, and the rows."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from adapters.web.console import choices
from adapters.web.console.listing import Listing, read_listing
from adapters.web.console.visit import Visit
from bot.core.permission import Permission
from bot.core.query import Status
from storage.database import Transaction
from storage.reads import queue
from storage.reads.query_scope import own_desks
from storage.reads.queue import SORTS, Found, Row, Tab, Wanted

LIST = "/console/queries"
FILTERS = ("tab", "q", *queue.FILTERS)
#: Filters that stand beside the tabs.
CHOSEN = ("topic", "region", "language", "desk", "status")
#: Verbs that can be done with many queries at once, by name: some come later.
BULK = ("claim", "release", "reassign", "escalate", "snooze", "priority", "watch", "add_watcher", "close", "reopen")


@dataclass(frozen=True, slots=True, kw_only=True)
class Queue:
    """What stands left of a query, and alone on a narrow screen."""

    listing: Listing
    tab: Tab
    found: Found
    tabs: Sequence[Tab]
    #: Whether the reader has desks of their own, or sees those of a region or of all.
    own: bool
    #: Number of the query that is open beside it; 0 without one.
    open: int

    @property
    def searched(self) -> bool:
        return bool(self.listing.value("q"))

    @property
    def own_many(self) -> bool:
        """Whether the rows of one's own desks are of several: then each says which."""
        return len({row.desk for row in self.found.rows}) > 1

    def to(self, number: int, more: str = "") -> str:
        """The address of a query, with this list beside it."""
        address = self.listing.on_page(self.listing.page)
        return f"{LIST}/{number}{more}{'' if address == '?' else address}"

    @property
    def address(self) -> str:
        """The address of this list alone."""
        address = self.listing.on_page(self.listing.page)
        return f"{LIST}{'' if address == '?' else address}"


def listing_of(visit: Visit) -> Listing:
    """What the address of the page asks for."""
    return read_listing(visit.request.query_params, FILTERS, tuple(SORTS))


def look(tx: Transaction, visit: Visit, now: datetime, number: int = 0) -> Queue:
    """The list as the address of the page wants it; raises `NotAllowed`."""
    listing = listing_of(visit)
    given = listing.value("tab")
    tab = Tab(given) if given in set(Tab) else Tab.DESK
    filters = {name: value for name, value in listing.filters.items() if name in queue.FILTERS}
    wanted = Wanted(
        tab=tab,
        text=listing.value("q"),
        filters=filters,
        sort=listing.sort,
        offset=listing.offset,
        rows=listing.rows,
        day_ends=visit.reader.day_ends,
    )
    found = queue.listed(tx, visit.viewer, wanted, now)
    own = bool(own_desks(visit.viewer))
    return Queue(listing=listing, tab=tab, found=found, tabs=tabs_of(visit), own=own, open=number)


def tabs_of(visit: Visit) -> Sequence[Tab]:
    """All, but that of everything where it would be that of one's own desk."""
    both = own_desks(visit.viewer) and queue.wider_than_own(visit.viewer)
    return [tab for tab in Tab if both or tab is not Tab.EVERY]


def options(visit: Visit) -> Mapping[str, choices.Options]:
    """Filter -> what can be chosen."""
    known = {Status.NEW, Status.CLAIMED, Status.WAITING, Status.ANSWERED, Status.CLOSED}
    states = [(each.value, str(visit.words(f"queries.status_{each}"))) for each in Status if each in known]
    return {
        "topic": choices.topics(visit),
        "region": choices.regions(visit),
        "language": choices.office_languages(visit),
        "desk": desks(visit),
        "status": states,
    }


def desks(visit: Visit) -> choices.Options:
    """The desks whose queries the reader sees, by name."""
    hidden = visit.world.office.confidential_desk
    seen = visit.viewer.desks(Permission.SEE_QUERIES) or frozenset(visit.world.desks)
    named = [(desk, visit.reader.desk(desk)) for desk in seen if desk != hidden]
    return sorted(named, key=lambda option: option[1].casefold())


def standing(row: Row, now: datetime, day_ends: datetime) -> tuple[str, str]:
    """How a row stands: the shape, and the word "queries.is_…" that says it."""
    if row.status in (Status.ANSWERED, Status.CLOSED):
        return ("good" if row.status is Status.ANSWERED else "rest"), row.status.value
    if row.due_at is not None and row.due_at <= now:
        return "bad", "overdue"
    if row.status is Status.WAITING:
        return "rest", "waiting"
    if row.due_at is not None:
        return ("warn" if row.due_at <= day_ends else "rest"), "due"
    return "rest", row.status.value
