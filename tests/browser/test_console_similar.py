"""One answer to several questions in a real browser: by keyboard, wide and narrow, and sent."""

import re
import sqlite3
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import urlencode
from urllib.request import Request, urlopen

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, BrowserContext, Page, expect

from tests.browser.conftest import look
from tests.browser.test_console import NARROW, RULES, WIDE, be

pytestmark = pytest.mark.browser

LINK = "1 similar open: look at them side by side"
ANSWER = "On Monday, on the page of the consultation."
SHOWN = 30.0
UNDER_WAY = (
    "SELECT (SELECT count(*) FROM deliveries WHERE state IN ('queued', 'sending'))"
    " + (SELECT count(*) FROM inbox WHERE state = 'waiting')"
)


@pytest.fixture
def context(browser: Browser) -> Iterator[BrowserContext]:
    # Without motion: the browser complains of a transition between pages that a resize cuts short.
    size = {"width": WIDE[0], "height": WIDE[1]}
    opened = browser.new_context(viewport=size, locale="en-GB", reduced_motion="reduce")  # type: ignore[arg-type]
    yield opened
    opened.close()


class Partners:
    """What the two partners of the demo write."""

    def __init__(self, url: str, database: Path) -> None:
        self.url, self.database = url, database

    def count(self, statement: str) -> int:
        with sqlite3.connect(self.database) as opened:
            return int(opened.execute(statement).fetchone()[0])

    def until(self, is_so: Callable[[], bool]) -> None:
        end = time.monotonic() + SHOWN
        while not is_so():
            assert time.monotonic() < end, "it did not happen"
            time.sleep(0.1)

    def says(self, who: str, platform: str, text: str) -> None:
        """And the bot has answered."""
        sent = "SELECT count(*) FROM deliveries WHERE state = 'sent'"
        before = self.count(sent)
        form = urlencode({"who": who, "text": text}).encode()
        urlopen(Request(f"{self.url}/simulator/{platform}-say", form, {"Origin": self.url}), timeout=10).close()
        self.until(lambda: self.count(sent) > before and self.count(UNDER_WAY) == 0)

    def ask(self) -> None:
        """The same question, in two languages, on two platforms."""
        for who, platform, question in (
            ("amina", "telegram", "When will the recommendations of the consultation be published?"),
            ("basile", "slack", "Quand les recommandations de la consultation seront-elles publiées ?"),
        ):
            self.says(who, platform, question)
            self.says(who, platform, "1")  # the country that the bot proposes
            self.says(who, platform, "1")  # and the topic
        self.until(lambda: self.count("SELECT count(*) FROM queries WHERE status = 'new'") == 2)
        self.until(lambda: self.count("SELECT count(*) FROM similar_queries") == 1)


def check(page: Page) -> None:
    """Nothing for axe to find, and nothing wider than the screen, on both widths."""
    for width, height in (WIDE, NARROW):
        page.set_viewport_size({"width": width, "height": height})
        found = Axe().run(page, options={"runOnly": RULES, "resultTypes": ["violations"]})
        assert found.response["violations"] == []
        assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")


@pytest.mark.req("S1-W22")
def test_one_answer_to_two_partners(context: BrowserContext, url: str, tmp_path: Path) -> None:
    """From the query's page to what each gets, and out; the second reads another language and is told apart."""
    Partners(url, tmp_path / "demo.db").ask()
    sight = look(context, f"{url}/console/demo")
    page = sight.page
    be(page, url, "Liaison")
    page.goto(f"{url}/console/queries/1")
    page.get_by_role("link", name=LINK).click()
    expect(page.locator("article.one")).to_have_count(2)
    check(page)
    page.screenshot(path=tmp_path / "1-side-by-side.png", full_page=True)
    page.get_by_role("checkbox", name=re.compile("Q-0002")).focus()
    page.keyboard.press("Space")
    page.get_by_label("Your answer, in this language: English").focus()
    page.keyboard.type(ANSWER)
    page.get_by_role("button", name="Look at what each gets").focus()
    page.keyboard.press("Enter")
    expect(page.locator(".previews blockquote")).to_have_text([ANSWER, ANSWER])
    expect(page.get_by_text("No words in French: gets English")).to_be_visible()
    check(page)
    page.screenshot(path=tmp_path / "2-preview.png", full_page=True)
    page.get_by_role("button", name="Send to all 2").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="2 answers leave in 10 seconds")).to_be_visible()
    check(page)
    page.get_by_role("button", name="Take all of it back").click()
    expect(page.get_by_text("Taken back: 2.")).to_be_visible()
    assert sight.complaints == []


def test_nothing_written_is_said_and_the_ticks_stay(context: BrowserContext, url: str, tmp_path: Path) -> None:
    """The page says what is missing; with nothing similar it says what to do."""
    Partners(url, tmp_path / "demo.db").ask()
    sight = look(context, f"{url}/console/demo")
    page = sight.page
    be(page, url, "Liaison")
    page.goto(f"{url}/console/queries/2/similar")
    page.get_by_role("checkbox", name=re.compile("Q-0001")).check()
    page.get_by_role("button", name="Look at what each gets").click()
    expect(page.get_by_role("alert")).to_contain_text("Write your answer in at least one language.")
    expect(page.get_by_role("checkbox", name=re.compile("Q-0001"))).to_be_checked()
    check(page)
