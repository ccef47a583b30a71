"""The queue and one query in a real browser: by keyboard, on a narrow screen, with two people, for everybody."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from tests.browser.conftest import Sight, look
from tests.browser.query_data import fill
from tests.browser.test_console import NARROW, WIDE, be, faults

pytestmark = pytest.mark.browser
#: What renews itself does so at the latest then.
A_WHILE = 25_000
ANSWER = "Two more trucks leave on Friday."


@pytest.fixture
def morning(url: str, tmp_path: Path) -> str:
    """The address of a demo with a full desk."""
    fill(url, tmp_path)
    return url


@pytest.fixture
def context(browser: Browser) -> Iterator[BrowserContext]:
    opened = browser.new_context(viewport={"width": WIDE[0], "height": WIDE[1]}, locale="en-GB")
    yield opened
    opened.close()


def arrive(context: BrowserContext, url: str, who: str = "Liaison", path: str = "/console/queries") -> Sight:
    """Somebody of the demo at the queue."""
    sight = look(context, f"{url}/console/demo")
    be(sight.page, url, who)
    sight.page.goto(url + path)
    sight.page.wait_for_load_state("load")
    return sight


def pressed(page: Page, key: str) -> None:
    """A key that leads to another page means something only once its script is there."""
    page.keyboard.press(key)
    page.wait_for_load_state("load")


def test_a_focal_point_works_by_keyboard_alone(context: BrowserContext, morning: str, tmp_path: Path) -> None:
    """Through the list, open, note, claim, reply, undo, search and help: without a pointer."""
    sight = arrive(context, morning)
    page = sight.page
    rows = page.locator(".queue > li")
    expect(rows).to_have_count(4)
    page.keyboard.press("j")
    expect(rows.nth(0)).to_be_focused()
    page.keyboard.press("j")
    expect(rows.nth(1)).to_be_focused()
    page.keyboard.press("c")
    expect(page.get_by_text("It is yours now.")).to_be_visible()
    expect(page.locator(".query-head")).to_contain_text("claimed by you")
    page.wait_for_load_state("load")
    page.keyboard.press("n")
    note = page.get_by_label("Internal note")
    expect(note).to_be_focused()
    page.keyboard.type("asked the depot")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.locator(".timeline .internal")).to_contain_text("asked the depot")
    page.wait_for_load_state("load")
    page.keyboard.press("r")
    expect(page.get_by_label("Your answer")).to_be_focused()
    page.keyboard.type(ANSWER)
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.locator(".timeline .pending")).to_contain_text(ANSWER)
    page.screenshot(path=tmp_path / "pending.png")
    page.get_by_role("button", name="Undo").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_text("taken back, nothing was sent")).to_be_visible()
    page.wait_for_load_state("load")
    page.locator("main").focus()
    page.keyboard.press("/")
    page.keyboard.type("beitbridge")
    page.keyboard.press("Enter")
    expect(rows).to_have_count(1)
    page.wait_for_load_state("load")
    page.keyboard.press("j")
    page.keyboard.press("Enter")
    expect(page.locator(".query-head h1")).to_contain_text("Q-0002")
    page.wait_for_load_state("load")
    page.keyboard.press("?")
    expect(page.locator("#help")).to_contain_text("claim the query")
    page.keyboard.press("Escape")
    assert sight.complaints == []


def test_on_a_narrow_screen_the_query_slides_over_the_list(browser: Browser, morning: str, tmp_path: Path) -> None:
    """At 360 px: the list, one query with all that can be done, an answer, and the way back."""
    context = browser.new_context(viewport={"width": NARROW[0], "height": NARROW[1]}, locale="en-GB")
    sight = arrive(context, morning)
    page = sight.page
    expect(page.locator("#query")).to_be_hidden()
    page.screenshot(path=tmp_path / "360-list.png")
    page.get_by_role("link", name=re.compile("Q-0001")).click()
    expect(page.locator(".queue")).to_be_hidden()
    expect(page.locator(".query-head")).to_contain_text("overdue 2 hr")
    page.screenshot(path=tmp_path / "360-query.png")
    page.get_by_role("button", name="Reply").click()
    page.get_by_label("Your answer").fill(ANSWER)
    page.get_by_role("button", name="Send", exact=True).click()
    expect(page.locator(".timeline .pending")).to_contain_text(ANSWER)
    page.get_by_role("button", name="Send now").click()
    page.get_by_role("link", name="Queue").click()
    expect(page.locator(".queue > li").first).to_be_visible()
    page.wait_for_function("width => document.documentElement.scrollWidth <= width", arg=NARROW[0])
    assert sight.complaints == []
    context.close()


def test_two_people_see_what_the_other_does_and_lose_nothing(browser: Browser, morning: str) -> None:
    """One types while the other claims and notes: it shows by itself, and what was typed is still there afterwards."""
    first, second = (browser.new_context(viewport={"width": 1280, "height": 800}, locale="en-GB") for _ in range(2))
    here = arrive(first, morning, "Manager", "/console/queries/2/reply").page
    here.get_by_label("Your answer").fill("Half an ans")
    there = arrive(second, morning, "Backup", "/console/queries/2").page
    there.locator(".verbs").get_by_role("button", name="Claim").click()
    expect(there.locator(".query-head")).to_contain_text("claimed by you")
    expect(here.locator(".query-head")).to_contain_text("claimed by Backup", timeout=A_WHILE)
    expect(here.get_by_label("Your answer")).to_have_value("Half an ans")
    here.get_by_label("Your answer").press_sequentially("wer.")
    here.get_by_role("button", name="Send", exact=True).click()
    expect(here.locator(".fresh")).to_contain_text("Backup claimed it")
    expect(here.get_by_label("Your answer")).to_have_value("Half an answer.")
    here.get_by_role("button", name="Send it all the same").click()
    expect(here.locator(".timeline .pending")).to_contain_text("Half an answer.")
    expect(there.locator(".timeline")).to_contain_text("Half an answer.", timeout=A_WHILE)
    first.close()
    second.close()


def test_what_has_not_changed_is_not_sent_again(context: BrowserContext, morning: str) -> None:
    """The list that renews itself is answered with 304."""
    page = arrive(context, morning).page
    with page.expect_response(lambda answer: answer.status == 304, timeout=3 * A_WHILE) as answered:
        page.wait_for_timeout(1)
    assert "/console/queries" in answered.value.url


def test_many_at_once_say_what_they_did(context: BrowserContext, morning: str, tmp_path: Path) -> None:
    """Tick two, choose a verb, read what will be done, do it, read what could not be done."""
    sight = arrive(context, morning)
    page = sight.page
    expect(page.locator("#bulk")).to_be_hidden()
    for reference in ("Q-0001", "Q-0002"):
        page.get_by_role("checkbox", name=f"Choose {reference}").check()
    page.locator("#bulk select").select_option(label="Claim")
    page.get_by_role("button", name="Next").click()
    expect(page.get_by_role("heading", name="Claim: 2 queries")).to_be_visible()
    page.get_by_role("button", name="Claim: all 2").click()
    expect(page.get_by_role("status")).to_contain_text("Q-0002")
    expect(page.get_by_role("alert")).to_contain_text("You have Q-0001 already.")
    page.screenshot(path=tmp_path / "bulk.png")
    assert sight.complaints == []


def test_words_that_were_not_sent_are_there_again(context: BrowserContext, morning: str) -> None:
    """Whoever follows a link by mistake finds what they had typed."""
    page = arrive(context, morning, path="/console/queries/1/reply").page
    page.get_by_label("Your answer").press_sequentially("Half an ans")
    page.get_by_role("link", name=re.compile("Q-0002")).first.click()
    expect(page.locator(".query-head h1")).to_contain_text("Q-0002")
    page.goto(f"{morning}/console/queries/1/reply")
    expect(page.get_by_label("Your answer")).to_have_value("Half an ans")


LOOKED_AT = (
    *(
        "",
        "?tab=mine",
        "?tab=snoozed",
        "?q=nothing-like-it",
        "?tab=done&topic=shelter",
        "/1",
        "/2",
        "/4",
        "/5?tab=done",
    ),
    *("/1/reply", "/1/note", "/1/reassign", "/2/close", "/bulk?verb=reassign&ids=1&ids=2", "/bulk?verb=claim"),
)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_pages_of_queries_are_for_everybody(browser: Browser, morning: str, scheme: str) -> None:
    """Wide and narrow: nothing for axe to find, and nothing wider than the screen."""
    wrong: list[str] = []
    for width, height in (WIDE, NARROW):
        context = browser.new_context(viewport={"width": width, "height": height}, color_scheme=scheme)  # type: ignore[arg-type]
        sight = arrive(context, morning)
        for path in LOOKED_AT:
            wrong += [f"{path} {width}: {each}" for each in faults(sight, f"{morning}/console/queries{path}")]
        context.close()
    assert "\n".join(wrong) == ""


def test_the_strip_of_the_demo_leads_to_the_query(context: BrowserContext, url: str) -> None:
    """From what just happened to the same question in the console, as somebody of the demo's staff."""
    sight = look(context, url)
    page = sight.page
    page.wait_for_function("window.htmx !== undefined")
    page.fill("#say-amina-text", "Who coordinates the camp in Garissa, Kenya?")
    page.keyboard.press("Enter")
    page.locator("#panel-amina").get_by_role("button", name=re.compile("Kenya")).last.click()
    page.get_by_role("link", name="Q-0001 in the console").click()
    page.get_by_role("button", name=re.compile("demo|staff", re.IGNORECASE)).click()
    page.get_by_role("button", name=re.compile("^Liaison")).click()
    expect(page.locator(".query-head h1")).to_contain_text("Q-0001")
    expect(page.locator(".timeline")).to_contain_text("Who coordinates the camp in Garissa")
