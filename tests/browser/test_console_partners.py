"""The pages of partners in a real browser: a list comes in, somebody is invited, a record is verified."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Dialog, Page, expect

from tests.browser.conftest import Sight, look
from tests.browser.test_console import WIDE, be

pytestmark = pytest.mark.browser

#: A good row, one with an unknown type, one without a name.
LIST = """id,name,type,country,interface_language,timezone
CSO-0900,Tana Wells Circle,NGO,KE,en,Africa/Nairobi
CSO-0901,Broken One,CLUB,KE,en,Africa/Nairobi
CSO-0902,,NGO,KE,en,Africa/Nairobi
"""
#: The clock takes an import over and takes it back.
A_WHILE = 60_000


@pytest.fixture
def context(browser: Browser) -> Iterator[BrowserContext]:
    opened = browser.new_context(viewport={"width": WIDE[0], "height": WIDE[1]}, locale="en-GB")
    yield opened
    opened.close()


def list_file(folder: Path) -> Path:
    path = folder / "list.csv"
    path.write_text(LIST, encoding="utf-8")
    return path


def arrive(context: BrowserContext, url: str) -> Sight:
    """The liaison, signed in, with the browser's own complaints listened to."""
    sight = look(context, f"{url}/console/demo")
    be(sight.page, url, "Liaison")
    return sight


def bring(page: Page, url: str, file: Path) -> None:
    """Try a list of organisations out."""
    page.goto(f"{url}/console/imports")
    page.get_by_label("File").set_input_files(file)
    page.get_by_role("button", name="Try it out").click()


def said_in_dialogs(page: Page) -> list[str]:
    """What the browser asks before an act, from now on."""
    asked: list[str] = []

    def note(dialog: Dialog) -> None:
        asked.append(dialog.message)

    page.on("dialog", note)
    return asked


@pytest.mark.req("S0-N2", "S0-T0")
def test_a_list_with_broken_rows_is_tried_out_taken_over_and_undone(
    context: BrowserContext, url: str, tmp_path: Path
) -> None:
    """The trial names row, column and problem; the good row comes in, and goes out again."""
    sight = arrive(context, url)
    page = sight.page
    bring(page, url, list_file(tmp_path))
    expect(page.get_by_text("3 rows: 1 can be taken over, 2 cannot.")).to_be_visible()
    expect(page.get_by_text("Nothing was written yet.")).to_be_visible()
    wrong = page.locator(".list tbody tr")
    expect(wrong).to_have_count(2)
    for row, start in ((0, r"^Row 3\s*type\s*\S+"), (1, r"^Row 4\s*name\s*\S+")):
        expect(wrong.nth(row)).to_have_text(re.compile(start))
    page.get_by_role("button", name="Take over 1 row").click()
    expect(page.locator(".standing")).to_contain_text("3 of 3 rows", timeout=A_WHILE)
    expect(page.locator(".standing .state")).to_have_text(re.compile(r"^\W*done$"), timeout=A_WHILE)
    expect(page.locator(".list tbody tr")).to_have_count(2)
    here = page.url
    page.goto(f"{url}/console/partners/CSO-0900")
    expect(page.get_by_role("heading", name="Tana Wells Circle")).to_be_visible()
    page.goto(here)
    asked = said_in_dialogs(page)
    page.get_by_role("button", name="Undo the import").click()
    expect(page.locator(".standing .state")).to_have_text(re.compile(r"^\W*undone$"), timeout=A_WHILE)
    assert [text.partition(".")[0] for text in asked] == ["Everything this import added or changed is taken back"]
    page.goto(f"{url}/console/partners?q=CSO-0900")
    expect(page.get_by_text("No organisation is like this")).to_be_visible()
    assert sight.complaints == []


def test_an_invitation_is_made_and_shown_once(context: BrowserContext, url: str) -> None:
    """The link and its picture stand on one page; when one comes back to the organisation they are gone."""
    sight = arrive(context, url)
    page = sight.page
    page.goto(f"{url}/console/partners/CSO-0001")
    page.get_by_text("Invite somebody", exact=True).click()
    page.get_by_role("button", name="Make the invitation").click()
    expect(page.get_by_text("This is shown once")).to_be_visible()
    code = page.get_by_label("Code for Slack").input_value()
    assert re.fullmatch(r"/csobot start \S{8,}", code)
    link = page.get_by_role("textbox", name="Link")
    expect(link).to_have_value(re.compile(r"^https?://\S+[?&=]\S{8,}$"))
    picture = page.get_by_alt_text("QR picture of the invitation link")
    assert picture.evaluate("image => image.complete && image.naturalWidth") > 100
    token = link.input_value()
    page.get_by_role("button", name="Back to Harbour Line Aid").click()
    expect(page.get_by_text("invited", exact=False).first).to_be_visible()
    content = page.content()
    assert token not in content
    assert code not in content
    assert sight.complaints == []


def test_the_connecting_page_opens_with_its_chart(context: BrowserContext, url: str) -> None:
    """Numbers by region, the months as a picture that says what it shows, and the same as a table."""
    sight = arrive(context, url)
    page = sight.page
    page.get_by_role("link", name="Partners", exact=True).first.click()
    page.get_by_role("link", name="Connecting", exact=True).click()
    expect(page.get_by_text("of 60 connected")).to_be_visible()
    expect(page.get_by_role("img", name=re.compile("^Partners connected at the end of each month"))).to_be_visible()
    page.get_by_text("The same as a table").click()
    expect(page.locator("#months").locator("xpath=..").locator("tbody tr")).to_have_count(12)
    assert sight.complaints == []


def test_a_proposed_organisation_is_verified_by_keyboard(context: BrowserContext, url: str) -> None:
    """From the form to verified without a pointer; the page says first what verifying will do."""
    sight = arrive(context, url)
    page = sight.page
    page.goto(f"{url}/console/partners")
    page.get_by_role("button", name="New organisation").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="New organisation")).to_be_visible()
    page.get_by_label("Name", exact=True).focus()
    page.keyboard.type("Tana Wells")
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    page.keyboard.type("Non-gov")
    page.get_by_label("Based in").focus()
    page.keyboard.type("Kenya")
    page.get_by_label("E-mail").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_text("Added as proposed.")).to_be_visible()
    asked = said_in_dialogs(page)
    page.get_by_role("button", name="Verify").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_text("Verified: the office stands behind this record.")).to_be_visible()
    expect(page.locator(".standing")).to_contain_text("verified")
    assert asked == ["The office stands behind this record from now on. Its people can be confirmed and invited."]
    assert sight.complaints == []
