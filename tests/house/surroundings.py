"""`python -m tests.house.surroundings`: says which tests this machine cannot run; with CI_STRICT set, a failure."""

import os
import shutil
import sys
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Need:
    """A program that some tests need."""

    #: Any of these will do.
    programs: tuple[str, ...]
    #: What is not tested without it, and how to get it.
    without: str


NEEDS = (
    Need(
        ("chromium", "chromium-browser"),
        "the browser tests are left out; install chromium (Debian: apt install chromium), or set CSOBOT_CHROMIUM",
    ),
    Need(
        ("npm",),
        "the Telegram adapter is not compared with a foreign emulator; install Node.js (Debian: apt install npm)",
    ),
)


def absent() -> list[str]:
    """A sentence for each program that is not there."""
    return [
        f"No {need.programs[0]} here: {need.without}."
        for need in NEEDS
        if not any(shutil.which(program) for program in need.programs)
        and not (need is NEEDS[0] and os.environ.get("CSOBOT_CHROMIUM"))
    ]


def main() -> None:
    """Tell; fail only where everything has to be there."""
    found = absent()
    for each in found:
        print(each, file=sys.stderr)
    sys.exit(1 if found and os.environ.get("CI_STRICT") else 0)


if __name__ == "__main__":
    main()
