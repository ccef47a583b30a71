"""`csobot retention`: the schedule of what is kept how long, and letting go of what is due."""

import json
from dataclasses import asdict
from typing import TYPE_CHECKING

import typer

from bot.core.errors import BotError

if TYPE_CHECKING:
    from bot.core.care import Due

app = typer.Typer(add_completion=False, rich_markup_mode=None)
DRY_RUN = typer.Option(
    False, "--dry-run", help="Say what would go; nothing is changed. This is also what happens without any option."
)
RUN = typer.Option(False, "--run", help="Let go of everything that is due now, instead of waiting for the clock.")


class BothAsked(BotError):
    """Give --dry-run or --run, not both."""


@app.command()
def retention(
    dry_run: bool = DRY_RUN,
    run: bool = RUN,
    as_json: bool = typer.Option(False, "--json", help="Print the schedule as JSON."),
) -> None:
    """Show what is kept for how long and what is due. Confidential matters have no date: their desk decides."""
    from bot.app.offline import opened  # noqa: PLC0415
    from bot.services import retention as service  # noqa: PLC0415
    from storage import clock  # noqa: PLC0415

    if dry_run and run:
        raise BothAsked
    with opened() as (database, setup):
        due = database.run_sync(lambda tx: service.due(tx, setup.world.office, clock.now(tx)))
        gone = 0
        while run and (done := database.run_sync(lambda tx: service.work_by_hand(tx, setup, clock.now(tx)))):
            gone += done
    if as_json:
        rows = [{**asdict(each), "kind": each.kind.value} for each in due]
        print(json.dumps({"schedule": rows, "gone": gone if run else None}, default=str))
        return
    for each in due:
        print(_line(each))
    print("confidential matters: no date, their desk decides")
    if run:
        print(f"Gone now: {gone}.")


def _line(each: "Due") -> str:
    oldest = f", the oldest of {each.oldest:%Y-%m-%d}" if each.oldest else ""
    return f"{each.kind.value.replace('_', ' ')}: kept {each.months} months; due {each.count}{oldest}"
