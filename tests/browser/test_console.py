"""The console in a real browser: signing in with a link, the keyboard, and every page for everybody."""

import base64
import json
import re
import sqlite3
import time
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlencode
from urllib.request import Request, urlopen

import pyotp
import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, BrowserContext, Page, expect

from adapters.web.console.pages import PAGES
from bot.core.permission import Permission
from storage.sealing import ProcessSeal, process_key
from tests.browser.conftest import Sight, look

pytestmark = pytest.mark.browser

#: What is looked for: WCAG 2.1 A and AA, and good practice.
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "best-practice"]
WIDE, NARROW = (1280, 800), (360, 740)
#: Addresses that hold something in the demo.
EXAMPLES = {"organisation": "CSO-0001", "person": "1", "desk": "mission-ke", "month": "2026-10"}
#: What leads away from where it stands, is a file or a picture.
NOT_LOOKED_AT = re.compile(r"/console/factor$|export|chart|\.(csv|svg|txt|pdf)$|/qr")


@pytest.fixture
def context(browser: Browser) -> Iterator[BrowserContext]:
    opened = browser.new_context(viewport={"width": WIDE[0], "height": WIDE[1]}, locale="en-GB")
    yield opened
    opened.close()


def be(page: Page, url: str, who: str) -> None:
    """Sign in as somebody of the demo, with one click."""
    page.goto(f"{url}/console/demo")
    page.get_by_role("button", name=re.compile(f"^{who}")).click()
    page.wait_for_url(f"{url}/console/")


def ask_for_link(url: str, folder: Path) -> str:
    """The liaison writes /csobot console in a channel; the link as it left, opened with the key of the process."""
    said = urlencode({"who": "liaison", "text": "/csobot console", "place": "C0DEMODESK000"}).encode()
    urlopen(Request(f"{url}/simulator/slack-say", said, {"Origin": url}), timeout=10).close()
    seal = ProcessSeal(process_key((folder / "keys" / "process.key").read_text()))
    end = time.monotonic() + 20
    while time.monotonic() < end:
        with sqlite3.connect(folder / "demo.db") as database:
            rows = database.execute("SELECT message FROM deliveries ORDER BY id DESC").fetchall()
        for (message,) in rows:
            if sealed := json.loads(message).get("fields", {}).get("sealed_token"):
                return f"{url}/console/enter#{seal.open(base64.b64decode(sealed)).decode()}"
        time.sleep(0.2)
    pytest.fail("no link came")


def test_a_link_from_the_chat_signs_in_once(context: BrowserContext, url: str, tmp_path: Path) -> None:
    """The button, the second step with its picture, and then the page; the link opens nothing a second time."""
    link = ask_for_link(url, tmp_path)
    sight = look(context, f"{url}/console/audit")
    page = sight.page
    expect(page.get_by_role("heading", name="Sign in")).to_be_visible()
    page.goto(link)
    button = page.get_by_role("button", name="Sign in as administrator, focal point")
    expect(button).to_be_focused()
    assert "#" not in page.url
    page.reload()
    expect(page.get_by_text("This link does not work any more.")).to_be_visible()
    page.goto("about:blank")
    page.goto(link)
    button.click()
    expect(page.get_by_role("heading", name="Your second step")).to_be_visible()
    expect(page.locator(".qr svg")).to_be_visible()
    secret = (page.locator(".secret").text_content() or "").replace(" ", "")
    page.get_by_label("Six digits").fill(pyotp.TOTP(secret).now())
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Audit log")).to_be_visible()
    page.goto("about:blank")
    page.goto(link)
    expect(page.get_by_text("This link does not work any more.")).to_be_visible()
    assert [line for line in sight.complaints if "404" not in line] == []


def test_everything_works_by_keyboard(context: BrowserContext, url: str) -> None:
    """Skip link, sections, search of a list, rows, help, menu and signing out, without a pointer."""
    sight = look(context, f"{url}/console/demo")
    page = sight.page
    be(page, url, "Liaison")
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Skip to the content")).to_be_focused()
    page.keyboard.press("Enter")
    page.keyboard.press("g")
    expect(page.locator(".sections a").first).to_be_focused()
    page.get_by_role("link", name="Staff", exact=True).first.focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Staff")).to_be_visible()
    page.wait_for_load_state("load")  # a key pressed before the page's script is there means nothing
    page.keyboard.press("j")
    expect(page.locator(".list tbody tr").nth(0)).to_be_focused()
    page.keyboard.press("j")
    expect(page.locator(".list tbody tr").nth(1)).to_be_focused()
    page.keyboard.press("k")
    expect(page.locator(".list tbody tr").nth(0)).to_be_focused()
    page.keyboard.press("/")
    page.keyboard.type("liai")
    page.keyboard.press("Enter")
    expect(page.locator(".list tbody tr")).to_have_count(1)
    assert page.url.endswith("/console/staff?q=liai")
    page.locator("main").focus()
    page.keyboard.press("?")
    expect(page.get_by_role("heading", name="Keyboard")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.locator("#help")).to_be_hidden()
    page.locator(".me summary").focus()
    page.keyboard.press("Enter")
    page.get_by_role("button", name="Sign out").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_text("You are signed out.")).to_be_visible()
    assert sight.complaints == []


def addresses() -> list[str]:
    """Every page that is looked at, with an example in the place of each parameter."""
    open_ = (page for page in PAGES if page.method == "GET" and page.access is not Permission.OPEN_MATTERS)
    paths = dict.fromkeys(page.path for page in open_)
    filled = (re.sub(r"\{(\w+)\}", lambda found: EXAMPLES.get(found.group(1), "1"), path) for path in paths)
    return [path for path in filled if not NOT_LOOKED_AT.search(path)]


def test_every_page_is_for_everybody(browser: Browser, url: str) -> None:
    """Light and dark, wide and narrow: nothing for axe to find, and nothing wider than the screen."""
    wrong: list[str] = []
    for scheme in ("light", "dark"):
        for width, height in (WIDE, NARROW):
            context = browser.new_context(viewport={"width": width, "height": height}, color_scheme=scheme)  # type: ignore[arg-type]
            sight = look(context, f"{url}/console/demo")
            be(sight.page, url, "Liaison")
            for path in [*addresses(), "/console/audit?act=signed_in", "/console/nowhere"]:
                wrong += [f"{path} {scheme} {width}: {each}" for each in faults(sight, url + path)]
            context.close()
    assert "\n".join(wrong) == ""


def faults(sight: Sight, address: str) -> Iterator[str]:
    """What is wrong with the page at this address."""
    page = sight.page
    page.goto(address)
    if page.evaluate("document.documentElement.scrollWidth") > page.evaluate("window.innerWidth"):
        yield "wider than the screen"
    found = Axe().run(page, options={"runOnly": RULES, "resultTypes": ["violations"]})
    for each in found.response["violations"]:
        yield f"{each['id']}: {[node['html'][:120] for node in each['nodes'][:3]]}"
    yield from (line for line in sight.complaints if "404" not in line)
    sight.complaints.clear()


def test_arabic_runs_from_the_right(browser: Browser, url: str, tmp_path: Path) -> None:
    """On a narrow screen too: nothing runs out of it, and axe finds nothing."""
    context = browser.new_context(viewport={"width": NARROW[0], "height": NARROW[1]})
    sight = look(context, f"{url}/console/demo")
    with sqlite3.connect(tmp_path / "demo.db", timeout=10) as database:
        database.execute("UPDATE people SET language = 'ar' WHERE name = 'Liaison'")
    be(sight.page, url, "Liaison")
    own = ("/console/", "/console/sessions", "/console/staff", "/console/audit", "/console/nowhere")
    wrong = [f"{path}: {each}" for path in own for each in faults(sight, url + path)]
    assert wrong == []
    assert sight.page.evaluate("getComputedStyle(document.body).direction") == "rtl"
    context.close()
