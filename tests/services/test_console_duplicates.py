"""Records that may be one organisation, in the console: compared, merged, parted, called two. On both databases."""

from dataclasses import replace
from datetime import datetime
from pathlib import Path

import pytest

from bot.core.organisation import Organisation, OrganisationStatus
from bot.core.person import Role
from bot.services import merging
from bot.services.setup import Setup
from storage import organisations
from storage.database import Database, Transaction
from storage.sealing import ProcessSeal
from tests.services.console_site import setup_of, signed_in
from tests.services.office import WORLD

KEPT, GONE = "CSO-0001", "CSO-9001"


@pytest.fixture
def setup(database: Database, seal: ProcessSeal, tmp_path: Path, now: datetime) -> Setup:
    """The sample's partners, one of them twice: the second record knows an e-mail address and another acronym."""
    setup = setup_of(WORLD, tmp_path / "files", seal)

    def fill(tx: Transaction) -> None:
        organisations.load(tx, WORLD.organisations)
        first = organisations.get(tx, KEPT)
        assert first
        double = replace(first, id=GONE, acronym="ZZZ", email="", listed=False, observer_since=None, version=1)
        organisations.add_where_free(tx, double, now)
        merging.look_for_duplicates(tx, setup, double, now)

    database.run_sync(fill)
    return setup


def record(database: Database, organisation: str) -> Organisation:
    found = database.run_sync(lambda tx: organisations.get(tx, organisation))
    assert found
    return found


async def test_a_pair_is_listed_with_why_it_may_be_one(database: Database, setup: Setup) -> None:
    """Nobody has to look for doubles."""
    async with signed_in(database, setup, Role.MANAGER) as browser:
        shown = (await browser.get("/console/duplicates")).text
    assert f'id="pair-{KEPT}-{GONE}"' in shown
    assert "the names are alike" in shown


async def test_the_two_are_shown_field_by_field(database: Database, setup: Setup) -> None:
    """Before anything is done one sees which values stay, and can take the other one."""
    async with signed_in(database, setup, Role.MANAGER) as browser:
        shown = (await browser.get(f"/console/duplicates/{KEPT}/{GONE}")).text
    assert f"{KEPT} stays. {GONE} is closed and points to it." in shown
    assert 'name="take" value="acronym"' in shown


async def test_merging_takes_the_values_that_were_ticked(database: Database, setup: Setup) -> None:
    """The ticked value comes from the other record; the rest stays."""
    name = record(database, KEPT).name
    async with signed_in(database, setup, Role.MANAGER) as browser:
        done = await browser.post(f"/console/duplicates/{KEPT}/{GONE}/merge", take="acronym")
    assert done.headers["location"] == f"/console/partners/{KEPT}"
    assert (record(database, KEPT).acronym, record(database, KEPT).name) == ("ZZZ", name)
    assert record(database, GONE).status is OrganisationStatus.CLOSED


async def test_a_merge_is_parted_from_the_page_of_the_one_that_stays(database: Database, setup: Setup) -> None:
    """A mistake costs one press."""
    before = record(database, GONE)
    async with signed_in(database, setup, Role.MANAGER) as browser:
        await browser.post(f"/console/duplicates/{KEPT}/{GONE}/merge")
        assert 'action="/console/merges/1/undo"' in (await browser.get(f"/console/partners/{KEPT}")).text
        await browser.post("/console/merges/1/undo")
    assert record(database, GONE).status is before.status


async def test_a_pair_called_two_is_not_shown_again(database: Database, setup: Setup) -> None:
    """One look is enough."""
    async with signed_in(database, setup, Role.MANAGER) as browser:
        await browser.post(f"/console/duplicates/{KEPT}/{GONE}/different")
        shown = (await browser.get("/console/duplicates")).text
    assert f'id="pair-{KEPT}-{GONE}"' not in shown


@pytest.mark.parametrize("role", [Role.FOCAL_POINT, Role.EDITOR, Role.APPROVER, Role.CONFIDENTIAL])
async def test_who_may_not_merge_gets_no_page(database: Database, setup: Setup, role: Role) -> None:
    """Records are put together by managers and administrators."""
    async with signed_in(database, setup, role) as browser:
        assert (await browser.get("/console/duplicates")).status_code == 403


@pytest.mark.parametrize("language", ["fr", "es"])
async def test_the_pages_speak_the_readers_language(database: Database, setup: Setup, language: str) -> None:
    """No word is missing."""
    async with signed_in(database, setup, Role.MANAGER, language=language) as browser:
        pages = [await browser.get(path) for path in ("/console/duplicates", f"/console/duplicates/{KEPT}/{GONE}")]
    assert [f'lang="{language}"' in each.text for each in pages] == [True, True]
    assert [each.status_code for each in pages] == [200, 200]
