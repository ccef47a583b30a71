"""The demo as a newcomer plays it: on the page, with a real browser, from the question to the rating."""

import http.client
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.conftest import Sight, look

pytestmark = pytest.mark.browser

ANSWER = "The Garissa site planning group meets on Tuesdays at 10:00 in the county hall."
Looking = Callable[..., Sight]


@pytest.fixture
def looking(browser: Browser, url: str) -> Iterator[Looking]:
    """Opens windows of a size on the demo; none of them may complain of anything."""
    sights: list[Sight] = []

    def opened(width: int = 1440, height: int = 900, **more: object) -> Sight:
        context = browser.new_context(viewport={"width": width, "height": height}, locale="en-GB", **more)  # type: ignore[arg-type]
        sights.append(look(context, url))
        return sights[-1]

    yield opened
    complaints = [line for sight in sights for line in sight.complaints]
    for sight in sights:
        sight.page.context.close()
    assert complaints == []


def ask(page: Page, question: str = "Garissa") -> None:
    """Amina chooses a ready question and sends it with the keyboard."""
    page.wait_for_function("window.htmx !== undefined")
    value = page.locator("#say-amina-ready option", has_text=question).first.get_attribute("value")
    page.select_option("#say-amina-ready", value)
    expect(page.locator("#say-amina-text")).to_have_value(value or "")
    page.keyboard.press("Enter")
    expect(page.locator("#say-amina-text")).to_have_value("")


def press(page: Page, panel: str, label: str) -> None:
    """Press the last button of that label in a panel."""
    page.locator(panel).get_by_role("button", name=re.compile(label)).last.click()


def reply(page: Page, text: str) -> None:
    """Write an answer in the modal form."""
    page.locator("#pane-place").get_by_role("button", name="Reply").first.click()
    field = page.locator("[data-modal] textarea")
    expect(field).to_be_focused()
    field.fill(text)
    page.locator("[data-modal]").get_by_role("button", name="Send").click()
    expect(page.locator("[data-modal]")).to_have_count(0)


def shows(page: Page, panel: str, words: str) -> None:
    """What was said can be seen there."""
    expect(page.locator(panel).get_by_text(words).last).to_be_visible()


def test_a_newcomer_plays_the_demo_from_question_to_rating(looking: Looking, tmp_path: Path) -> None:
    """Asked, asked back for the country, routed, claimed, answered, undone once, delivered, confirmed, rated 5."""
    page = looking().page
    page.screenshot(path=tmp_path / "1-empty.png")
    ask(page)
    shows(page, "#panel-amina", "Q-0001")
    press(page, "#panel-amina", "Kenya")
    expect(page.locator("#step-waiting")).to_have_class(re.compile("step-now"))
    shows(page, "#step-waiting", "Kenya")
    page.screenshot(path=tmp_path / "2-routed.png")
    press(page, "#pane-place", "Claim")
    expect(page.locator("#step-claimed")).to_have_class(re.compile("step-done"))
    reply(page, "Too early.")
    press(page, "#pane-thread", "Undo")
    shows(page, "#step-delivered", "Taken back in time")
    reply(page, ANSWER)
    page.screenshot(path=tmp_path / "3-answering.png")
    press(page, "#pane-thread", "Send now")
    shows(page, "#panel-amina", ANSWER)
    assert page.locator("#panel-amina").get_by_text("Too early.").count() == 0
    press(page, "#panel-amina", "Yes")
    press(page, "#panel-amina", "5")
    shows(page, "#step-rated", "5 of 5")
    page.screenshot(path=tmp_path / "4-rated.png")


def test_the_demo_can_be_played_on_a_narrow_screen(looking: Looking, tmp_path: Path) -> None:
    """At 360 px the devices are tabs, and nothing is wider than the screen."""
    page = looking(360, 740).page
    ask(page)
    press(page, "#panel-amina", "Kenya")
    page.screenshot(path=tmp_path / "360-amina.png")
    page.get_by_role("tab", name="Staff").click()
    press(page, "#pane-place", "Claim")
    page.screenshot(path=tmp_path / "360-staff.png")
    page.get_by_role("tab", name="Steps").click()
    expect(page.locator("#step-claimed")).to_have_class(re.compile("step-done"))
    page.screenshot(path=tmp_path / "360-story.png")
    page.get_by_role("tab", name="Staff").click()
    page.locator("#pane-place").get_by_role("button", name="Reply").first.click()
    page.locator("[data-modal] textarea").fill(ANSWER)
    page.screenshot(path=tmp_path / "360-modal.png")
    page.locator("[data-modal]").get_by_role("button", name="Send").click()
    press(page, "#pane-thread", "Send now")
    page.get_by_role("tab", name="Amina").click()
    shows(page, "#panel-amina", ANSWER)
    assert page.evaluate("document.documentElement.scrollWidth") <= 360


def test_what_is_being_typed_survives_news(looking: Looking) -> None:
    """A draft, its focus and the caret stay while messages arrive elsewhere and in the same chat."""
    page = looking().page
    ask(page)
    field = page.locator("#say-basile-text")
    field.fill("half a sen")
    field.focus()
    shows(page, "#panel-amina", "Q-0001")
    page.wait_for_timeout(1500)
    expect(field).to_be_focused()
    expect(field).to_have_value("half a sen")


def test_the_page_speaks_french_and_an_arabic_question_runs_from_the_right(looking: Looking, tmp_path: Path) -> None:
    """The language switch stays; text in Arabic is shown right to left."""
    page = looking().page
    page.get_by_role("link", name="FR").click()
    expect(page.locator("#story-title")).to_have_text("Ce qui vient de se passer")
    page.reload()
    expect(page.locator("#story-title")).to_have_text("Ce qui vient de se passer")
    ask(page, "المآوي")
    said = page.locator("#panel-amina .mine .words")
    expect(said).to_be_visible()
    assert said.evaluate("each => getComputedStyle(each).direction") == "rtl"
    page.wait_for_timeout(1500)
    page.screenshot(path=tmp_path / "french.png")


def test_an_answer_waits_while_the_network_is_down(looking: Looking) -> None:
    """Nothing arrives while the switch is on; it arrives by itself when the switch is off."""
    page = looking().page
    page.locator("#trouble-network").check()
    ask(page)
    expect(page.get_by_text("The network is down.")).to_be_visible()
    page.wait_for_timeout(2000)
    assert page.locator("#panel-amina .theirs").count() == 0
    page.locator("#trouble-network").uncheck()
    expect(page.locator("#panel-amina").get_by_text("Q-0001").first).to_be_visible(timeout=60_000)


def test_an_answer_to_somebody_who_blocked_the_bot_is_reported(looking: Looking) -> None:
    """The desk and the strip say that it was not delivered; Amina is told why she cannot write."""
    page = looking().page
    ask(page)
    press(page, "#panel-amina", "Kenya")
    press(page, "#pane-place", "Claim")
    page.locator("#trouble-blocked").check()
    reply(page, ANSWER)
    shows(page, "#step-delivered", "Not delivered: they have blocked the bot")
    page.locator("#say-amina-text").fill("hello?")
    page.keyboard.press("Enter")
    shows(page, "#panel-amina", "Amina has blocked the bot")
    assert page.locator("#panel-amina").get_by_text(ANSWER).count() == 0


def test_photo_voice_and_document_can_be_sent(looking: Looking) -> None:
    """Each button sends a small file, and the bot answers."""
    page = looking().page
    for label in ("Voice message", "Photo", "Document"):
        page.locator("#panel-amina").get_by_role("button", name=label, exact=True).click()
        page.wait_for_timeout(1200)
    expect(page.locator("#panel-amina .mine")).to_have_count(3)
    expect(page.locator("#panel-amina .theirs").first).to_be_visible()
    assert page.locator("#panel-amina img.photo").evaluate("image => image.naturalWidth") > 0


def test_time_can_be_moved_until_the_desk_above_has_it(looking: Looking) -> None:
    """Days later the promised time has passed: the strip says why it moved, the desk reads it, and the CSO is told."""
    page = looking().page
    ask(page)
    press(page, "#panel-amina", "Kenya")
    shows(page, "#step-waiting", "Answer promised")
    for _ in range(4):
        page.locator("#clock-day").click()
    shows(page, "#step-routed", "had not answered in time")
    shows(page, "#panel-staff", "has passed: it goes to")
    shows(page, "#panel-amina", "have not kept it")
    assert "East and Horn of Africa" in page.locator("#step-waiting").inner_text()


def test_everything_begins_anew_when_somebody_starts_over(looking: Looking) -> None:
    """Start over leaves empty phones and counts from Q-0001 again."""
    sight = looking()
    page = sight.page
    ask(page)
    shows(page, "#panel-amina", "Q-0001")
    page.locator("#again").click()
    expect(page.locator("#start")).to_be_visible(timeout=30_000)
    expect(page.locator("#lost")).to_be_hidden()
    # For a moment nobody listens, and the browser says so of every question it asks.
    sight.complaints[:] = [line for line in sight.complaints if not re.search("ERR_|Failed to fetch", line)]
    ask(page)
    shows(page, "#panel-amina", "Q-0001")


def test_the_page_has_a_dark_side(looking: Looking, tmp_path: Path) -> None:
    """With a dark system the paper is dark and the ink is light."""
    page = looking(color_scheme="dark").page
    ask(page)
    press(page, "#panel-amina", "Kenya")
    page.wait_for_timeout(1500)
    page.screenshot(path=tmp_path / "dark.png")
    paper = page.locator("body").evaluate("each => getComputedStyle(each).backgroundColor")
    assert all(int(part) < 60 for part in re.findall(r"\d+", paper)[:3])


def _call(url: str, method: str, path: str, **headers: str) -> tuple[int, str]:
    connection = http.client.HTTPConnection(urlsplit(url).netloc, timeout=10)
    connection.request(method, path, headers={name.replace("_", "-"): value for name, value in headers.items()})
    answer = connection.getresponse()
    found = answer.status, answer.headers.get("content-security-policy", "")
    connection.close()
    return found


def test_no_other_site_can_use_the_page(url: str) -> None:
    """A foreign host name and a foreign origin are refused; every answer says what may be loaded."""
    assert _call(url, "GET", "/", Host="demo.example")[0] == 421
    assert _call(url, "POST", "/simulator/again", Origin="https://evil.example")[0] == 403
    assert _call(url, "POST", "/simulator/again")[0] == 403
    status, policy = _call(url, "GET", "/")
    assert status == 200
    assert "default-src 'self'" in policy
    assert "unsafe" not in policy
