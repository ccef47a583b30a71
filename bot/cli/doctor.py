"""`csobot doctor`: what is wrong with this installation, and what to do about it."""

import json

import typer

from bot.core.errors import BotError

app = typer.Typer(add_completion=False, rich_markup_mode=None)


@app.command()
def doctor(as_json: bool = typer.Option(False, "--json", help="Print the findings as JSON.")) -> None:
    """Check settings, office, database, desks and what waits. Exit code 1 when something needs a person."""
    from bot.app.examination import examine  # noqa: PLC0415

    findings = examine()
    if as_json:
        print(json.dumps([{"name": each.name, "ok": each.ok, "says": each.says} for each in findings]))
    else:
        for each in findings:
            print(f"{'ok  ' if each.ok else 'look'}  {each.name}: {each.says}")
    if not all(each.ok for each in findings):
        raise NotWell("something above needs a person")


class NotWell(BotError):
    """Something needs a person."""
