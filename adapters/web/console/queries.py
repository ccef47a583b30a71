"""Queries: the queue on the left, one query on the right; on a narrow screen one after the other."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import quote

from starlette.responses import Response

from adapters.web.console import queue
from adapters.web.console.declared import Page
from adapters.web.console.queue import LIST, Queue
from adapters.web.console.visit import Visit
from bot.core.errors import Unknown
from bot.core.message import StoredFile
from bot.core.permission import Permission
from bot.core.query import UNANSWERED
from bot.core.verbs import VERBS, Verb
from bot.services import by_console, by_mail
from bot.services.by_mail import MailOnly
from bot.services.zone import reader_zone
from storage.database import Transaction
from storage.reads import query_page, similar
from storage.reads.query_page import QueryPage
from storage.reads.queue import Found, Tab
from storage.sealing import Unopenable

#: Verbs that stand in the row of buttons, in this order; the others are behind "more". By name: some come later.
FIRST = ("claim", "reply", "canned", "note", "ask_back", "reassign", "escalate", "snooze", "close")
#: Verb -> the key that begins it.
KEYS = {Verb.CLAIM: "c", Verb.REPLY: "r", Verb.NOTE: "n"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Opened:
    """A query as its page shows it."""

    page: QueryPage
    verbs: Sequence[Verb]
    #: The zone in which the CSO reads times.
    zone: str

    #: Where an answer goes that staff send themselves; None where the CSO reads here.
    mail: MailOnly | None = None
    #: How many like it are open that the viewer may see.
    similar: int = 0

    @property
    def first(self) -> Sequence[Verb]:
        """The verbs in the row."""
        return sorted((verb for verb in self.verbs if verb in FIRST), key=lambda verb: FIRST.index(verb.value))

    @property
    def more(self) -> Sequence[Verb]:
        """The verbs behind it."""
        return [verb for verb in self.verbs if verb not in FIRST]


async def show(visit: Visit) -> Response:
    """The list, as its address says; beside a query it renews itself with `open`."""
    number = visit.number(visit.given("open"))
    found = await visit.read(lambda tx, now: queue.look(tx, visit, now, number))
    return visit.draw_list("queries.html", "queue-list.html", **shown(visit, found))


async def show_one(visit: Visit) -> Response:
    """One query with the list beside it; for its own polling only what changes."""
    number = visit.number(visit.path("query"))
    if "hx-request" in visit.request.headers:
        opened = await visit.read(lambda tx, _now: look(tx, visit, number))
        return visit.draw_list("queries.html", "query-live.html", **shown(visit, alone(visit, number), opened))
    found, opened = await visit.read(lambda tx, now: (queue.look(tx, visit, now, number), look(tx, visit, number)))
    return visit.draw("queries.html", **shown(visit, found, opened))


def alone(visit: Visit, number: int) -> Queue:
    """The address of the list without its rows: what renews itself needs no more."""
    nothing = Found(rows=(), count=0, more=False, counts={})
    return Queue(listing=queue.listing_of(visit), tab=Tab.DESK, found=nothing, tabs=(), own=True, open=number)


def look(tx: Transaction, visit: Visit, number: int) -> Opened:
    """Raises `Unknown` also where the viewer may not see it."""
    page = query_page.page(tx, visit.viewer, number)
    verbs = by_console.offered(tx, visit.setup, visit.viewer, page)
    zone = reader_zone(tx, visit.setup, page.query)
    near = similar.count(tx, visit.viewer, number) if page.query.status in UNANSWERED and verbs else 0
    return Opened(page=page, verbs=verbs, zone=zone, mail=by_mail.mail_only(tx, page.query), similar=near)


def shown(visit: Visit, found: Queue, opened: Opened | None = None, **more: object) -> Mapping[str, object]:
    """What the templates of this section are given."""
    return {
        "queue": found,
        "options": queue.options(visit),
        "standing": queue.standing,
        "opened": opened,
        "declared": VERBS,
        "bulk": [each for each in queue.BULK if each in set(Verb)],
        "undo": visit.setup.undo.total_seconds(),
        "keys": KEYS,
        "verb": lambda verb: visit.console.sentence(visit.language, f"verbs.{verb}", {}),
        "because": lambda: because(visit, opened) if opened else "",
        "form": None,
        "notices": (),
        "problem": "",
        "section": "queries",
        **more,
    }


def because(visit: Visit, opened: Opened) -> str:
    """Why the desk has it, as staff say it of the CSO."""
    query, reader = opened.page.query, visit.reader
    given = {name: str(value) for name, value in query.because_fields.items()}
    words: dict[str, object] = {
        "country": reader.country(given.get("country", query.country)),
        "region": reader.region(given.get("region", "")),
        "topic": reader.topic(given.get("topic", query.topic)),
        "from_desk": reader.desk(given.get("from_desk", "")),
        "reason": given.get("reason", ""),
    }
    return str(visit.words.known(f"queries.because_{query.because or 'no_topic'}", "queries.because_other", **words))


async def download(visit: Visit) -> Response:
    """A file of a line, to keep; it is never shown in the page."""
    number, line, place = (visit.number(visit.path(name)) for name in ("query", "entry", "place"))
    stored = await visit.read(lambda tx, _now: query_page.file(tx, visit.viewer, number, line, place))
    try:
        content = await asyncio.to_thread(_plain, visit, stored)
    except Unopenable:
        raise Unknown from None
    headers = {"Content-Disposition": f"attachment; filename*=UTF-8''{quote(stored.name or 'file', safe='')}"}
    return Response(content, media_type="application/octet-stream", headers=headers)


def _plain(visit: Visit, stored: StoredFile) -> bytes:
    with visit.setup.files.open_plain(stored) as path:
        return path.read_bytes()


_SEE = Permission.SEE_QUERIES

PAGES = (
    Page(LIST, _SEE, show),
    Page(f"{LIST}/{{query}}", _SEE, show_one),
    Page(f"{LIST}/{{query}}/files/{{entry}}/{{place}}", _SEE, download),
)
