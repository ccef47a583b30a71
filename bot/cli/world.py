"""`csobot world …`: the office's files."""

import json
import re
import sys
from pathlib import Path
from typing import Annotated

import typer

from bot.core.errors import WorldProblem
from bot.core.world import World
from config import settings, world

app = typer.Typer(rich_markup_mode=None, pretty_exceptions_enable=False, no_args_is_help=True, add_completion=False)

_PROBLEM = re.compile(r"(?P<file>[^:]+):(?P<line>\d+): (?P<text>.*)")


@app.callback()
def office() -> None:
    """The files that describe the office: desks, departments, regions, topics, promises."""


@app.command()
def check(
    folder: Annotated[
        Path | None, typer.Argument(metavar="[DIR]", help="The folder; CSOBOT_WORLD or the world shipped without one.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Check all files together: every mistake with file, line and what is allowed. Exit code 1 if there is any."""
    path = folder or settings.load().world
    try:
        counts = _counts(world.load(path))
    except WorldProblem as problem:
        _refuse(str(problem).splitlines(), as_json)
    else:
        print(json.dumps({"ok": True, "problems": [], "counts": counts}) if as_json else _sentence(counts))


def _counts(checked: World) -> dict[str, int]:
    return {
        "desks": len(checked.desks),
        "departments": len(checked.departments),
        "regions": len(checked.regions),
        "countries": len(checked.region_of),
        "topics": len(checked.topics),
        "examples": len(checked.examples),
        "organisations": len(checked.organisations),
    }


def _sentence(counts: dict[str, int]) -> str:
    return "No problems: " + ", ".join(f"{count} {name}" for name, count in counts.items()) + "."


def _refuse(problems: list[str], as_json: bool) -> None:
    if as_json:
        rows = [match.groupdict() if (match := _PROBLEM.fullmatch(each)) else {"text": each} for each in problems]
        print(json.dumps({"ok": False, "problems": rows}, ensure_ascii=False))
    else:
        print("\n".join(problems))
    count = len(problems)
    print(f"csobot: {count} problem{'s' if count > 1 else ''} in the office's files", file=sys.stderr)
    raise typer.Exit(1)
