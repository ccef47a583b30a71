"""Who is connected, invited, unreachable, not yet; the months before; whom to remind; many invitations at once."""

import io
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import islice

from babel.dates import format_date
from starlette.responses import Response

from adapters.exports import invitation_files
from adapters.web.console.declared import Page
from adapters.web.console.inviting import written
from adapters.web.console.listing import read_listing
from adapters.web.console.visit import Visit
from bot.core.invitation import Invitation, Invitee
from bot.core.permission import Permission
from bot.services import bulk_invitations, invitations
from bot.services.bulk_invitations import Made
from storage.database import Transaction
from storage.reads import connecting, connecting_chart
from storage.reads.connecting_chart import Point

#: Months on the chart.
MONTHS = 12
#: Invitations of one file: more would keep everybody else waiting for the database.
MOST = 200
_WIDTH, _HEIGHT, _SIDE, _FOOT = 640, 200, 16, 24


@dataclass(frozen=True, slots=True, kw_only=True)
class Mark:
    """One month on the chart, in its coordinates."""

    month: str
    connected: int
    x: float
    y: float


async def show(visit: Visit) -> Response:
    """The numbers of now; the chart comes by itself."""
    counts = await visit.read(lambda tx, now: connecting.counts(tx, visit.viewer, now))
    return visit.draw(
        "connecting.html",
        counts=counts,
        total=connecting.total(counts.values()),
        mailbox=visit.world.office.mailbox,
        most=MOST,
        section="partners",
    )


async def chart(visit: Visit) -> Response:
    """The months before, as a picture and a table; a part of the page."""
    points = await visit.read(lambda tx, now: connecting_chart.connected(tx, visit.viewer, MONTHS, now))
    marks = _marks(visit, points)
    line = " ".join(f"{each.x:.1f},{each.y:.1f}" for each in marks)
    ground = _HEIGHT - _FOOT
    area = f"{marks[0].x:.1f},{ground} {line} {marks[-1].x:.1f},{ground}"
    return visit.draw(
        "connecting-chart.html", marks=marks, line=line, area=area, width=_WIDTH, height=_HEIGHT, ground=ground
    )


def _marks(visit: Visit, points: Sequence[Point]) -> Sequence[Mark]:
    most = max(1, *(each.connected for each in points))
    step = (_WIDTH - 2 * _SIDE) / (len(points) - 1)
    room = _HEIGHT - _FOOT - _SIDE
    return [
        Mark(
            month=str(format_date(each.month, "MMM y", locale=visit.words.locale)),
            connected=each.connected,
            x=_SIDE + place * step,
            y=_SIDE + room * (1 - each.connected / most),
        )
        for place, each in enumerate(points)
    ]


async def reminders(visit: Visit) -> Response:
    """Who was invited and has not come."""
    rules = visit.world.office.invitations
    listing = read_listing(visit.request.query_params, ())

    def look(tx: Transaction, now: datetime) -> tuple[Sequence[connecting.Reminder], int]:
        page = connecting.to_remind(tx, visit.viewer, rules, now, start=listing.offset, most=listing.rows)
        return page, connecting.count_to_remind(tx, visit.viewer, rules, now)

    found, count = await visit.read(look)
    return visit.draw(
        "reminders.html",
        found=found,
        count=count,
        listing=listing,
        days=rules.remind_after_days,
        most=MOST,
        section="partners",
    )


async def invite_many(visit: Visit) -> Response:
    """A file with a new invitation for the first of those who are neither connected nor invited."""

    def make(tx: Transaction, now: datetime) -> Made:
        found = bulk_invitations.uninvited(tx, visit.viewer, now)
        return _made(tx, visit, found, now, invitations.invite)

    return _file(visit, await visit.act(make))


async def remind_many(visit: Visit) -> Response:
    """A file with new invitations for the first of those to be reminded; the old ones end."""

    def make(tx: Transaction, now: datetime) -> Made:
        found = bulk_invitations.to_remind(tx, visit.setup, visit.viewer, now)
        return _made(tx, visit, found, now, invitations.renew)

    return _file(visit, await visit.act(make))


def _made(tx: Transaction, visit: Visit, found: Sequence[Invitee], now: datetime, one: bulk_invitations.Make) -> Made:
    return bulk_invitations.make(tx, visit.setup, visit.viewer, islice(found, MOST), now, "console", one)


def _file(visit: Visit, made: Made) -> Response:
    if not made.invitations:
        return visit.go("/console/connecting", "connecting.bulk_none")
    if visit.given("format") == "mail":
        return visit.file(_mails(visit, made.invitations), "invitations.zip", "application/zip")
    return visit.file(invitation_files.table(made.invitations), "invitations.csv", "text/csv; charset=utf-8")


def _mails(visit: Visit, made: Sequence[Invitation]) -> bytes:
    """One e-mail text for each, in a folder of its language."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as folder:
        for each in made:
            subject, text = (written(visit, message) for message in invitations.mail(visit.setup, each))
            name = f"{each.language}/{invitation_files.file_name(each)}.txt"
            folder.writestr(name, f"To: {each.email}\nSubject: {subject}\n\n{text}\n")
    return packed.getvalue()


_SEE, _INVITE = Permission.SEE_PARTNERS, Permission.INVITE_PARTNERS

PAGES = (
    Page("/console/connecting", _SEE, show),
    Page("/console/connecting/chart", _SEE, chart),
    Page("/console/connecting/reminders", _SEE, reminders),
    Page("/console/connecting/invite", _INVITE, invite_many, method="POST"),
    Page("/console/connecting/remind", _INVITE, remind_many, method="POST"),
)
