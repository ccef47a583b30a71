"""`csobot console …`: the way back in for somebody who lost their second factor."""

import json

import typer

app = typer.Typer(add_completion=False, rich_markup_mode=None, no_args_is_help=True)


@app.callback()
def console() -> None:
    """Look after signing in to the console."""


@app.command(name="reset-factor")
def reset_factor(
    person: int = typer.Argument(help="Number of the member of staff, as the page Staff or the audit log shows it"),
    as_json: bool = typer.Option(False, "--json", help="Print what was done as JSON."),
) -> None:
    """Forget somebody's authenticator and end their sessions; they set up a new one at the next sign-in."""
    from bot.app.offline import opened  # noqa: PLC0415
    from bot.services import second_factor  # noqa: PLC0415
    from storage import clock  # noqa: PLC0415

    with opened() as (database, _setup):
        database.run_sync(lambda tx: second_factor.reset(tx, person, 0, clock.now(tx), "command"))
    if as_json:
        print(json.dumps({"person": person, "reset": True}))
        return
    print(f"The second step of person {person} is reset; every session of theirs has ended.")
