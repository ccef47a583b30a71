"""The real process and a real browser."""

import os
import shutil
import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.error import URLError

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

from tests.ports import free_port

ROOT = Path(__file__).resolve().parents[2]
START_SECONDS = 60.0
MISSING = (
    "There is no Chromium on this machine, so the page was not tried in a browser. "
    "Install it (on Debian: apt-get install chromium), or name it in CSOBOT_CHROMIUM."
)


@pytest.fixture(scope="session")
def chromium() -> str:
    """Where the browser is; without one these tests are skipped, and in CI they fail."""
    found = os.environ.get("CSOBOT_CHROMIUM") or shutil.which("chromium") or shutil.which("chromium-browser")
    if found:
        return found
    if os.environ.get("CI_STRICT") == "1":
        pytest.fail(MISSING)
    pytest.skip(MISSING)


@pytest.fixture(scope="package")
def browser(chromium: str) -> Iterator[Browser]:
    """Ends with these tests: while it is open its event loop runs, and no other test can have one."""
    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        yield opened
        opened.close()


@pytest.fixture
def url(tmp_path: Path) -> Iterator[str]:
    """The address of a demo of this test's own: `python -m bot run` with nothing configured."""
    port = free_port()
    mine = {
        "CSOBOT_DATABASE_URL": f"sqlite:///{tmp_path / 'demo.db'}",
        "CSOBOT_FILES": str(tmp_path / "files"),
        "CSOBOT_HTTP__PORT": str(port),
        "CSOBOT_METRICS__PORT": str(free_port()),
        "CSOBOT_LOG_LEVEL": "warning",
        "OPENBLAS_NUM_THREADS": "1",
        "PYTHONPATH": str(ROOT),
    }
    others = {name: value for name, value in os.environ.items() if not name.startswith("CSOBOT_")}
    log = tmp_path / "log.txt"
    with log.open("wb") as out:
        process = subprocess.Popen(
            [sys.executable, "-m", "bot", "run"], env=others | mine, cwd=tmp_path, stdout=out, stderr=out
        )
    address = f"http://127.0.0.1:{port}"
    try:
        _wait(process, f"{address}/readyz", log)
        yield address
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(20)


def _wait(process: "subprocess.Popen[bytes]", address: str, log: Path) -> None:
    end = time.monotonic() + START_SECONDS
    while time.monotonic() < end:
        if process.poll() is not None:
            pytest.fail(f"csobot ended:\n{log.read_text()[-2000:]}")
        try:
            with urllib.request.urlopen(address, timeout=5):
                return
        except (URLError, OSError):
            time.sleep(0.2)
    pytest.fail(f"csobot did not start in {START_SECONDS:.0f} s:\n{log.read_text()[-2000:]}")


@dataclass(slots=True)
class Sight:
    """A window on the demo, and everything the browser complained of."""

    page: Page
    complaints: list[str]


def look(context: BrowserContext, address: str) -> Sight:
    """Open the page; complaints are collected from the first byte on."""
    page = context.new_page()
    sight = Sight(page, [])
    page.on("console", lambda said: sight.complaints.append(said.text) if said.type in ("error", "warning") else None)
    page.on("pageerror", lambda error: sight.complaints.append(str(error)))
    page.on("dialog", lambda dialog: dialog.accept())
    page.set_default_timeout(20_000)
    page.goto(address)
    return sight
