"""`csobot restore`: put a backup back, with deliveries held; or only look whether it could be."""

import json
from dataclasses import asdict
from pathlib import Path

import typer

app = typer.Typer(add_completion=False, rich_markup_mode=None)
FILE = typer.Argument(help="What `csobot backup` wrote")
KEY = typer.Option(None, "--key", help="Private key file of a sealed backup.")
PASSPHRASE = typer.Option(
    None, "--passphrase-file", help="File with the passphrase of that key; asked for without one."
)


@app.command()
def restore(
    file: Path = FILE,
    check: bool = typer.Option(False, "--check", help="Compare it with its manifest and touch nothing."),
    replace: bool = typer.Option(False, "--replace", help="Throw away what is in the database now."),
    key: Path = KEY,
    passphrase_file: Path = PASSPHRASE,
    as_json: bool = typer.Option(False, "--json", help="Print what was found or done as JSON."),
) -> None:
    """Stop csobot first. Afterwards nothing is sent until `csobot deliveries release`; erased people stay erased."""
    from bot.app import backup as backups  # noqa: PLC0415
    from config import settings as config  # noqa: PLC0415

    settings = config.load()
    with backups.archive(file, key, _passphrase(key, passphrase_file)) as found:
        if check:
            _checked(backups.examine(settings, found), found.manifest.created_at.isoformat(), as_json)
            return
        done = backups.restore(settings, found, replace=replace)
    if as_json:
        print(json.dumps(asdict(done)))
        return
    print(f"{done.rows} rows and {done.files} files are back. Erased again since then: {done.erased_again}.")
    print("Deliveries are held: see `csobot deliveries status`, then `csobot deliveries release`.")


def _checked(problems: list[str], created_at: str, as_json: bool) -> None:
    if as_json:
        print(json.dumps({"ok": not problems, "problems": problems, "created_at": created_at}))
    else:
        print("\n".join(problems) if problems else f"Whole and unchanged, made {created_at}.")
    if problems:
        raise typer.Exit(1)


def _passphrase(key: Path | None, file: Path | None) -> str:
    if key is None:
        return ""
    if file is not None:
        return file.read_text(encoding="utf-8").strip()
    return str(typer.prompt("Passphrase", hide_input=True))
