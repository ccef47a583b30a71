"""`csobot erase person ID`: forget somebody who asked for it another way than in chat, or who never connected."""

import json
from dataclasses import asdict

import typer

app = typer.Typer(add_completion=False, rich_markup_mode=None, no_args_is_help=True)


@app.callback()
def erase() -> None:
    """Erasing what is kept about a person, on request."""


@app.command()
def person(
    number: int = typer.Argument(min=1, max=10**15, help="The person's number, as the partners' page shows it"),
    yes: bool = typer.Option(False, "--yes", help="Do it; without this it is only said what would go."),
    as_json: bool = typer.Option(False, "--json", help="Print JSON."),
) -> None:
    """Say what would go and what stays; with --yes it goes. It cannot be undone."""
    from bot.app.offline import opened  # noqa: PLC0415
    from bot.services import forgetting  # noqa: PLC0415
    from storage import clock  # noqa: PLC0415

    with opened() as (database, setup):
        found = database.run_sync(lambda tx: forgetting.preview(tx, number))
        if yes:
            database.run_sync(lambda tx: forgetting.forget(tx, setup, number, clock.now(tx)))
    if as_json:
        print(json.dumps({"person": number, **asdict(found), "erased": yes}))
        return
    print(f"person {number}: {'connected' if found.connected else 'never connected'}")
    for name, count in asdict(found).items():
        if name != "connected":
            print(f"  {name.replace('_', ' ')}: {count}")
    print(
        "stays: the organisation's own record, the counts, what staff wrote (without the name), audit rows by number,"
    )
    print("       and what was passed to the confidential desk, which decides about it itself")
    print("Erased." if yes else "Nothing was changed. To do it: --yes")
