"""`csobot duplicates …`: records that may be one organisation."""

import json
from typing import TYPE_CHECKING

import typer

if TYPE_CHECKING:
    from bot.services.merging import Preview

app = typer.Typer(add_completion=False, rich_markup_mode=None, no_args_is_help=True)
AS_JSON = typer.Option(False, "--json", help="Print JSON.")
ONE = typer.Argument(help="Organisation id, such as CSO-0001.")
TAKE = typer.Option([], "--take", help="Field whose value comes from the record that goes; may be given several times.")


@app.callback()
def duplicates() -> None:
    """Organisations with a name, acronym or e-mail domain in common; found when they are imported, added or renamed."""


@app.command("list")
def listed(
    state: str = typer.Option("open", help="open, merged or different"),
    again: bool = typer.Option(False, "--again", help="Compare all records anew first; takes seconds for thousands."),
    as_json: bool = AS_JSON,
) -> None:
    """The pairs, most alike first."""
    from bot.app.offline import opened  # noqa: PLC0415
    from bot.services import merging  # noqa: PLC0415
    from storage import clock, merges  # noqa: PLC0415

    with opened() as (database, setup):
        if again:
            found = database.run_sync(lambda tx: merging.compare_all(tx, setup))
            database.run_sync(lambda tx: merging.note(tx, found, clock.now(tx)))
        pairs = database.run_sync(lambda tx: merges.pairs(tx, state))
    if as_json:
        names = ("one", "other", "why", "alike", "state")
        print(json.dumps([{name: getattr(each, name) for name in names} for each in pairs]))
        return
    for each in pairs:
        print(f"{each.one}  {each.other}  {each.alike:>3} % by {each.why}")


@app.command()
def merge(
    kept: str = ONE,
    gone: str = typer.Argument(help="Id of the record that goes; it is closed and points to the kept one."),
    take: list[str] = TAKE,
    dry_run: bool = typer.Option(False, "--dry-run", help="Only show what would move and which values would stay."),
    as_json: bool = AS_JSON,
) -> None:
    """Make one record of two: people, queries, invitations and offices move to the kept one. Undone with its number."""
    from bot.app.offline import opened  # noqa: PLC0415
    from bot.core.permission import command_line  # noqa: PLC0415
    from bot.services import merging  # noqa: PLC0415
    from storage import clock  # noqa: PLC0415

    number = 0
    with opened() as (database, setup):
        viewer = command_line(setup.world)
        plan = database.run_sync(lambda tx: merging.preview(tx, setup, viewer, kept, gone, take))
        if not dry_run:
            number = database.run_sync(
                lambda tx: merging.merge(tx, setup, viewer, kept, gone, clock.now(tx), take, "command")
            )
    if as_json:
        print(json.dumps({"merge": number or None, **_plan(plan)}, ensure_ascii=False))
        return
    for each in plan.choices:
        print(f"{each.field}: {_shown(each.kept)} / {_shown(each.gone)} -> {_shown(each.stays)}")
    counts = ", ".join(f"{count} {name}" for name, count in _counts(plan).items())
    print(f"Moves from {gone} to {kept}: {counts}.")
    done = f"Merge {number} is done; `csobot duplicates undo {number}` parts them again."
    print(done if number else "Nothing was done.")


@app.command()
def undo(number: int = typer.Argument(metavar="ID", help="Number of the merge."), as_json: bool = AS_JSON) -> None:
    """Part two records again: exactly what moved goes back; what came since stays with the kept one."""
    from bot.app.offline import opened  # noqa: PLC0415
    from bot.core.permission import command_line  # noqa: PLC0415
    from bot.services import merging  # noqa: PLC0415
    from storage import clock  # noqa: PLC0415

    with opened() as (database, setup):
        viewer = command_line(setup.world)
        database.run_sync(lambda tx: merging.undo(tx, setup, viewer, number, clock.now(tx), "command"))
    print(json.dumps({"merge": number, "undone": True}) if as_json else f"Merge {number} is undone.")


@app.command()
def different(one: str = ONE, other: str = ONE, as_json: bool = AS_JSON) -> None:
    """Say that two records are not one; they are not shown again."""
    from bot.app.offline import opened  # noqa: PLC0415
    from bot.core.permission import command_line  # noqa: PLC0415
    from bot.services import merging  # noqa: PLC0415
    from storage import clock  # noqa: PLC0415

    with opened() as (database, setup):
        viewer = command_line(setup.world)
        database.run_sync(lambda tx: merging.different(tx, setup, viewer, one, other, clock.now(tx), "command"))
    print(json.dumps({"one": one, "other": other, "state": "different"}) if as_json else f"{one} and {other} stay two.")


def _plan(plan: "Preview") -> dict[str, object]:
    fields = [
        {"field": each.field, "kept": _shown(each.kept), "gone": _shown(each.gone), "stays": _shown(each.stays)}
        for each in plan.choices
    ]
    return {"kept": plan.kept.id, "gone": plan.gone.id, "fields": fields, "moves": _counts(plan)}


def _counts(plan: "Preview") -> dict[str, int]:
    return {name: len(getattr(plan.moved, name)) for name in ("people", "queries", "invites", "offices")}


def _shown(value: object) -> str:
    return " ".join(map(str, value)) if isinstance(value, tuple) else "" if value is None else str(value)
