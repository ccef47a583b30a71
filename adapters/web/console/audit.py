"""The audit log: who did what and when, filtered in the address, and as a file."""

from collections.abc import Callable, Iterable, Mapping
from datetime import date, datetime, time, timedelta

from starlette.responses import Response

from adapters.exports.sheets import Column, Format, Sheet, write_csv, write_json, write_xlsx
from adapters.web.console.declared import Page
from adapters.web.console.drawing import zone_named
from adapters.web.console.listing import Listing, read_listing
from adapters.web.console.visit import Visit
from bot.core.errors import Unknown
from bot.core.permission import Permission
from storage import audit as audit_rows
from storage.reads import audit as reads
from storage.reads.audit import AuditFilter, AuditRow

FILTERS = ("person", "act", "about", "via", "since", "until")
SORTS = ("-at", "at")
VIAS = ("chat", "console", "command")
_COLUMNS = tuple(Column(name) for name in ("at", "person", "act", "about", "via"))
_WRITERS: Mapping[str, Callable[[Sheet], bytes]] = {"csv": write_csv, "xlsx": write_xlsx, "json": write_json}
#: Kinds of things whose number leads to a page of theirs: "organisation:CSO-0001".
_LEADS_TO = {
    "organisation": "/console/partners/{}",
    "person": "/console/people?q={}",
    "staff": "/console/staff?person={}",
}

#: Years of which anybody asks; beyond the calendar's ends no zone can be counted in.
YEARS = (1970, 2200)


async def show(visit: Visit) -> Response:
    """One page of the log, the latest first."""
    listing = read_listing(visit.request.query_params, FILTERS, SORTS)
    wanted = filter_of(listing.filters, visit.zone)
    count = await visit.read(lambda tx, _now: reads.count(tx, visit.viewer, wanted))
    found = await visit.read(
        lambda tx, _now: reads.rows(
            tx, visit.viewer, wanted, offset=listing.offset, limit=listing.rows, oldest_first=listing.sort == "at"
        )
    )
    acts, persons = await visit.read(lambda tx, _now: reads.choices(tx, visit.viewer))
    return visit.draw_list(
        "audit.html",
        "audit-list.html",
        listing=listing,
        count=count,
        found=found,
        acts=[(act, _act_in_words(visit, act)) for act in acts],
        persons=[(str(person or -1), _named(visit, person, name)) for person, name in persons],
        vias=[(via, visit.words(f"audit.via_{via}")) for via in VIAS],
        chips_of=_chips(visit, listing, persons),
        act_in_words=lambda act: _act_in_words(visit, act),
        named=lambda row: _named(visit, row.person, row.name),
        leads_to=lambda row: _leads_to(visit, row),
        formats=[each.value for each in (Format.CSV, Format.XLSX, Format.JSON)],
    )


async def export(visit: Visit) -> Response:
    """The rows of the same filter as a file; ids only, as they are kept. That it was taken is noted."""
    listing = read_listing(visit.request.query_params, FILTERS)
    wanted = filter_of(listing.filters, visit.zone)
    kind = visit.path("format")
    if kind not in _WRITERS:
        raise Unknown
    await visit.act(lambda tx, now: audit_rows.add(tx, visit.viewer.person, "exported", "audit", now, "console"))
    content = await visit.read(lambda tx, _now: _WRITERS[kind](_sheet(reads.export(tx, visit.viewer, wanted))))
    name = f"audit-{visit.now:%Y-%m-%d}{Format(kind).suffix}"
    return visit.file(content, name, Format(kind).media_type)


def filter_of(given: Mapping[str, str], zone: str) -> AuditFilter:
    """What the address asks for; days are those of the reader, the last one whole."""
    person = given.get("person", "")
    until = _day(given.get("until", ""), zone)
    return AuditFilter(
        person=int(person) if person.removeprefix("-").isdecimal() and len(person) < 16 else 0,
        act=given.get("act", ""),
        about=given.get("about", ""),
        via=given.get("via", ""),
        since=_day(given.get("since", ""), zone),
        until=until + timedelta(days=1) if until else None,
    )


def _day(text: str, zone: str) -> datetime | None:
    try:
        day = date.fromisoformat(text)
    except ValueError:
        return None
    return datetime.combine(day, time(), zone_named(zone)) if YEARS[0] <= day.year <= YEARS[1] else None


def _chips(visit: Visit, listing: Listing, persons: tuple[tuple[int, str], ...]) -> dict[str, str]:
    say = visit.words
    who = {str(person or -1): _named(visit, person, name) for person, name in persons}
    return {
        "person": who.get(listing.value("person"), listing.value("person")),
        "act": _act_in_words(visit, listing.value("act")),
        "about": listing.value("about"),
        "via": say.known(f"audit.via_{listing.value('via')}", "audit.via_other"),
        "since": say("audit.chip_since", day=listing.value("since")),
        "until": say("audit.chip_until", day=listing.value("until")),
    }


def _act_in_words(visit: Visit, act: str) -> str:
    """The act as it is called; one that has no words yet, by its own name."""
    kind, _, rest = act.partition(":")
    known = visit.words.known(f"audit.act_{kind}", "audit.act_other")
    words = known if known != visit.words("audit.act_other") else kind.replace("_", " ")
    return f"{words}: {rest}" if rest else str(words)


def _named(visit: Visit, person: int, name: str) -> str:
    if person == 0:
        return str(visit.words("audit.command_line"))
    return name or str(visit.words("layout.person", id=person))


def _leads_to(visit: Visit, row: AuditRow) -> str:
    kind, _, number = row.about.partition(":")
    template = _LEADS_TO.get(kind, "")
    shown = {each.name for each in visit.console.sections(visit.signed_in)}
    reachable = "staff" in shown if kind == "staff" else "partners" in shown
    return template.format(number) if template and reachable else ""


def _sheet(found: Iterable[AuditRow]) -> Sheet:
    rows = ((each.at, each.person, each.act, each.about, each.via) for each in found)
    return Sheet("audit", _COLUMNS, rows)


PAGES = (
    Page("/console/audit", Permission.SEE_AUDIT, show),
    Page("/console/audit/export/{format}", Permission.SEE_AUDIT, export),
)
