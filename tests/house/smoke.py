"""`python -m tests.house.smoke`: does what a newcomer does first. `make run`, open the page, stop."""

import json
import os
import signal
import subprocess
import sys
import tempfile
import threading
import time
import urllib.error
import urllib.request
from pathlib import Path

from tests.ports import free_port

ROOT = Path(__file__).resolve().parent.parent.parent
#: Seconds until it must be ready, and until it must have stopped.
READY = 60.0
STOPPED = 20.0


class Failed(Exception):
    """What a newcomer would have run into."""


def started(folder: Path, port: int) -> "subprocess.Popen[str]":
    """`make run` with a database of its own, in a process group of its own."""
    settings = {
        "CSOBOT_DATABASE_URL": f"sqlite:///{folder / 'csobot.db'}",
        "CSOBOT_FILES": str(folder / "files"),
        "CSOBOT_HTTP__PORT": str(port),
        "CSOBOT_METRICS__PORT": str(free_port()),
    }
    with (folder / "errors").open("w", encoding="utf-8") as errors:
        return subprocess.Popen(
            ["make", "run"],
            cwd=ROOT,
            env={**os.environ, **settings},
            stdout=subprocess.PIPE,
            stderr=errors,
            text=True,
            start_new_session=True,
        )


def first_line(make: "subprocess.Popen[str]") -> str:
    """The line that says where; the rest of what it prints is read away."""
    assert make.stdout is not None
    line = make.stdout.readline().strip()
    threading.Thread(target=make.stdout.read, daemon=True).start()
    return line


def fetched(url: str) -> tuple[int, bytes]:
    """Status and body; 0 while nobody listens."""
    try:
        with urllib.request.urlopen(url, timeout=5) as answer:
            return answer.status, answer.read()
    except urllib.error.HTTPError as error:
        return error.code, error.read()
    except OSError:
        return 0, b""


def wait_until_ready(url: str) -> None:
    """Raises `Failed` with the last answer when it takes too long."""
    until = time.monotonic() + READY
    while (answer := fetched(f"{url}/readyz"))[0] != 200:
        if time.monotonic() > until:
            raise Failed(f"/readyz still answers {answer[0]}: {answer[1].decode(errors='replace')}")
        time.sleep(0.1)
    if not json.loads(answer[1])["ready"]:
        raise Failed("/readyz answers 200 and says that it is not ready")


def stop(make: "subprocess.Popen[str]") -> None:
    """SIGTERM to csobot itself, as systemd or a container would send it."""
    children = Path(f"/proc/{make.pid}/task/{make.pid}/children").read_text(encoding="ascii").split()
    for child in children:
        os.kill(int(child), signal.SIGTERM)
    code = make.wait(STOPPED)
    if code != 0:
        raise Failed(f"ended with {code} on SIGTERM")


def newcomer(folder: Path) -> None:
    """Start, look, stop."""
    begun = time.monotonic()
    port = free_port()
    make = started(folder, port)
    try:
        wanted = f"http://127.0.0.1:{port}"
        said = first_line(make)
        if said != wanted:
            raise Failed(f"printed {said!r} and not {wanted}")
        wait_until_ready(wanted)
        print(f"ready after {time.monotonic() - begun:.1f} s")
        status, page = fetched(wanted)
        if status != 200 or b"<html" not in page.lower():
            raise Failed(f"the page answers {status}")
        stop(make)
    finally:
        if make.poll() is None:
            os.killpg(make.pid, signal.SIGKILL)
    errors = (folder / "errors").read_text(encoding="utf-8")
    if "Traceback" in errors:
        raise Failed("a traceback was printed")


def main() -> None:
    """Exit code 1 and what csobot wrote when anything is amiss."""
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        try:
            newcomer(folder)
        except (Failed, subprocess.TimeoutExpired) as problem:
            print((folder / "errors").read_text(encoding="utf-8"), file=sys.stderr)
            sys.exit(f"make run: {problem}")
    print("make run: it starts, is ready, shows its page and stops")


if __name__ == "__main__":
    main()
