"""The report of a month against what happened: numbers, silence, discontent; as page, PDF and JSON."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa

from adapters.exports.insight_charts import Wording
from adapters.exports.month_report import Writer, as_json, as_pdf
from bot.core.errors import NotAllowed
from bot.core.insight import Month
from bot.core.month_report import MonthReport, Unhappy
from bot.core.person import Role
from storage.database import Database
from storage.reads import month_report
from storage.sealing import ProcessSeal
from storage.tables import entries
from tests.services.console_site import setup_of, signed_in
from tests.services.office import RENDERER, WORLD, Office, open_office
from tests.services.test_insight import answered, put, viewer

NOW = datetime(2026, 11, 25, 9, tzinfo=UTC)
NOVEMBER = Month(2026, 11)


@pytest.fixture
def office(database: Database, seal: ProcessSeal, tmp_path: Path) -> Office:
    return open_office(database, seal, tmp_path / "files", NOW)


def report(office: Office, month: Month = NOVEMBER, **limit: str) -> MonthReport:
    return office.database.run_sync(lambda tx: month_report.of_month(tx, viewer(**limit), month, NOW))


def last_id(office: Office) -> int:
    return office.database.run_sync(lambda tx: tx.execute(sa.text("SELECT max(id) FROM queries")).scalar_one())


def add_line(office: Office, at: datetime) -> None:
    """The CSO writes more to the latest query."""
    line = {"query": last_id(office), "kind": "addition", "text": "A secret word", "at": at, "author": 1, "files": []}
    values = {**line, "state": "done", "source": "", "fields": {}}
    office.database.run_sync(lambda tx: tx.execute(sa.insert(entries).values(values)))


@pytest.mark.req("S1-W6")
def test_what_was_asked_and_what_became_of_it(office: Office) -> None:
    """Of the month and of the one before; by desk, by outcome, by the way it came."""
    answered(office.database, 3)
    put(office.database, status="closed", outcome="referred", account="slack", desk="dmm")
    put(office.database, status="closed")
    put(office.database, asked_at=datetime(2026, 10, 31, 23, 59, tzinfo=UTC))
    put(office.database, desk=WORLD.office.confidential_desk)
    found = report(office)
    assert (found.asked, found.asked_before) == (3, 1)
    assert found.outcomes == {"": 1, "referred": 1, "unsaid": 1}
    assert found.accounts == {"telegram": 2, "slack": 1}
    assert [(each.desk, each.asked, each.answered) for each in found.desks] == [("mission-ke", 2, 1), ("dmm", 1, 0)]
    assert (found.kept.kept, found.times.median_hours) == (1, 3.25)


@pytest.mark.req("S1-W1")
def test_who_is_silent(office: Office) -> None:
    """Who wrote before and not for ninety days; who wrote this month; who never did."""
    one, two, three = [each.id for each in WORLD.organisations if each.country == "KE"][:3]
    put(office.database, organisation=one, asked_at=NOW - timedelta(days=200))
    put(office.database, organisation=two, asked_at=NOW - timedelta(days=200))
    put(office.database, organisation=two, asked_at=NOW - timedelta(days=2))
    found = report(office)
    east = next(each for each in found.regions if each.region == "EHA")
    assert (east.silent, east.wrote, east.silent + east.wrote + east.never) == (1, 1, east.partners)
    assert [each.organisation for each in found.silent] == [one]
    assert three not in [each.organisation for each in found.silent]


def test_what_partners_were_unhappy_about(office: Office) -> None:
    """A shared low rating, a question asked again, a complaint; a rating kept private is not looked at."""
    known = WORLD.organisations[0]
    answered(office.database, 1, rating=2, rating_shared=True, organisation=known.id)
    answered(office.database, 1, rating=1, rating_shared=False)
    answered(office.database, 1)
    add_line(office, NOW)
    again = last_id(office)
    put(office.database, concern="complaint", sensitive=True, organisation=known.id)
    found = report(office)
    assert {why: n for why, n in found.unhappy.items() if n} == {
        Unhappy.LOW_RATING: 1,
        Unhappy.ASKED_AGAIN: 1,
        Unhappy.COMPLAINT: 1,
    }
    assert [(each.query, each.organisation) for each in found.grievances] == [
        (again + 1, ""),
        (again, ""),
        (again - 2, known.name),
    ]


def test_more_before_the_answer_is_not_asked_again(office: Office) -> None:
    """Somebody who adds a thought while waiting is content."""
    answered(office.database, 10)
    add_line(office, datetime(2026, 11, 2, 10, tzinfo=UTC))
    assert report(office).grievances == ()


def test_a_manager_of_a_region_reads_of_that_region(office: Office) -> None:
    """Its desks and its partners, no others."""
    put(office.database, desk="mission-ke")
    put(office.database, desk="dmm")
    found = report(office, region="EHA")
    assert (found.asked, [each.region for each in found.regions]) == (1, ["EHA"])


@pytest.mark.parametrize("role", [Role.FOCAL_POINT, Role.EDITOR, Role.APPROVER, Role.CONFIDENTIAL])
def test_the_report_is_for_managers(office: Office, role: Role) -> None:
    """And administrators."""
    with pytest.raises(NotAllowed):
        office.database.run_sync(lambda tx: month_report.of_month(tx, viewer(role), NOVEMBER, NOW))


@pytest.mark.parametrize("language", ["en", "fr", "es"])
@pytest.mark.parametrize("empty", [True, False])
def test_the_pdf_can_be_followed(office: Office, language: str, empty: bool) -> None:
    """Tagged for screen readers, with our fonts in it, whatever there is to say; names of any script are text."""
    if not empty:
        answered(office.database, 3, rating=1, rating_shared=True)
    page = Writer(Wording(WORLD, language, RENDERER.sentence)).page(report(office))
    made = as_pdf(page)
    assert made.startswith(b"%PDF-1.7")
    assert b"/StructTreeRoot" in made
    assert b"NotoSans" in made


def test_json_is_for_programs(office: Office) -> None:
    """Numbers and ids; no name of a partner with a grievance and no text."""
    answered(office.database, 3, rating=1, rating_shared=True, organisation=WORLD.organisations[0].id)
    add_line(office, NOW)
    told = as_json(report(office))
    assert json.loads(told)["unhappy"]["low_rating"] == 1
    assert b"secret" not in told


async def test_the_page_and_its_pdf(database: Database, seal: ProcessSeal, tmp_path: Path) -> None:
    """The last month that is over, unless another is named; none that is to come."""
    open_office(database, seal, tmp_path / "files", datetime.now(UTC))
    this = Month.of(datetime.now(UTC))
    put(database, asked_at=datetime.now(UTC) - timedelta(minutes=1), concern="critical", topic="shelter")
    async with signed_in(database, setup_of(WORLD, tmp_path, seal), Role.MANAGER) as browser:
        going = await browser.get("/console/insight/month")
        page = await browser.get(f"/console/insight/month/{this}")
        kept = await browser.get(f"/console/insight/month/{this}.pdf")
        none = [(await browser.get(f"/console/insight/month/{each}")).status_code for each in (this.later(1), "x")]
    assert going.headers["location"] == f"/console/insight/month/{this.later(-1)}"
    assert page.status_code == 200
    assert "critical" in page.text
    assert (kept.headers["content-type"], kept.content[:5]) == ("application/pdf", b"%PDF-")
    assert none == [404, 404]


async def test_a_focal_point_opens_no_report(database: Database, seal: ProcessSeal, tmp_path: Path) -> None:
    """Not by a guessed address either."""
    async with signed_in(database, setup_of(WORLD, tmp_path, seal), Role.FOCAL_POINT, region="EHA") as browser:
        pages = [(await browser.get(f"/console/insight/month/2026-01{end}")).status_code for end in ("", ".pdf")]
    assert pages == [403, 403]
